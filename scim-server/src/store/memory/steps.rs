//! The steps that changes are made of. Each step gives the one that takes it back, so that a commit that fails costs what it
//! touched, however much the tenant has.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::resources::{Resources, Row, taken_key};
use crate::Timestamp;
use crate::store::{Document, Reference, UniqueKey};

/// One step: what a part of the resources is from now on.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// There is that resource, or none. Either way it has no content and no element.
    Row(u64, Option<Box<Row>>),
    /// The resource has this content.
    Kept(u64, Kept),
    /// The collection has an element of that value with this item, or none.
    Element { owner: u64, path: String, value: String, item: Option<Document> },
    /// The resource is at that version since then.
    Stamp(u64, u64, Timestamp),
}

/// The document of a resource and what is indexed of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept {
    pub(super) document: Document,
    pub(super) unique: Vec<UniqueKey>,
    pub(super) references: Vec<Reference>,
}

impl Resources {
    /// Makes a step that can be taken back until [`Resources::keep`].
    pub(super) fn make(&mut self, step: Step) {
        let back = self.swap(step);
        self.undo.extend(back);
    }

    /// The changes stay.
    pub(super) fn keep(&mut self) {
        self.undo.clear();
    }

    /// The resources are again as they were when the changes began.
    pub(super) fn take_back(&mut self) {
        while let Some(step) = self.undo.pop() {
            self.swap(step);
        }
    }

    /// Makes a step and returns the one that takes it back. Of a resource that is not there no part can change.
    fn swap(&mut self, step: Step) -> Option<Step> {
        match step {
            Step::Row(number, Some(row)) => {
                self.numbers.insert(row.key.id.clone(), number);
                self.rows.insert(number, *row);
                Some(Step::Row(number, None))
            }
            Step::Row(number, None) => {
                let row = self.rows.remove(&number)?;
                self.numbers.remove(&row.key.id);
                Some(Step::Row(number, Some(Box::new(row))))
            }
            Step::Kept(number, new) => {
                let row = self.rows.get_mut(&number)?;
                let old = std::mem::replace(&mut row.kept, new);
                for unique in &old.unique {
                    self.taken.remove(&taken_key(&row.key.kind, unique));
                }
                for reference in &old.references {
                    unname(&mut self.named_by, &reference.value, number, &reference.path);
                }
                for unique in &row.kept.unique {
                    self.taken.insert(taken_key(&row.key.kind, unique), number);
                }
                for reference in &row.kept.references {
                    name(&mut self.named_by, &reference.value, number, &reference.path);
                }
                Some(Step::Kept(number, old))
            }
            Step::Element { owner, path, value, item } => {
                let collections = &mut self.rows.get_mut(&owner)?.collections;
                let old = match item {
                    Some(item) => {
                        name(&mut self.named_by, &value, owner, &path);
                        collections.entry(path.clone()).or_default().insert(value.clone(), item)
                    }
                    None => {
                        unname(&mut self.named_by, &value, owner, &path);
                        take(collections, &path, &value)
                    }
                };
                Some(Step::Element { owner, path, value, item: old })
            }
            Step::Stamp(number, version, modified) => {
                let row = self.rows.get_mut(&number)?;
                let old = Step::Stamp(number, row.version, row.modified);
                (row.version, row.modified) = (version, modified);
                Some(old)
            }
        }
    }
}

fn take(collections: &mut BTreeMap<String, BTreeMap<String, Document>>, path: &str, value: &str) -> Option<Document> {
    let elements = collections.get_mut(path)?;
    let item = elements.remove(value);
    if elements.is_empty() {
        collections.remove(path);
    }
    item
}

fn name(named_by: &mut HashMap<String, BTreeSet<(u64, String)>>, id: &str, owner: u64, path: &str) {
    named_by.entry(id.to_owned()).or_default().insert((owner, path.to_owned()));
}

fn unname(named_by: &mut HashMap<String, BTreeSet<(u64, String)>>, id: &str, owner: u64, path: &str) {
    if let Some(owners) = named_by.get_mut(id) {
        owners.remove(&(owner, path.to_owned()));
        if owners.is_empty() {
            named_by.remove(id);
        }
    }
}

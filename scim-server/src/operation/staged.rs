//! Changes that are decided and not yet written, so that later ones of the same unit can be decided on what they will leave behind.

use std::collections::BTreeMap;

use super::Scope;
use crate::store::{Change, Content, Document, Edit, Element, Expected, Load, ResourceKey, Stored, remove_reference};
use crate::validate::place;
use crate::{Error, ResourceType, Result, Stores, Timestamp};

/// The changes of one unit. The resources that they were decided on are pinned: the unit is written only if each of them is still as
/// it was read, so within it nothing can differ from what was foreseen.
#[derive(Debug, Default)]
pub(super) struct Staged {
    /// What was read, in that order: the resource, its version, and for which operation.
    pins: Vec<(ResourceKey, u64, usize)>,
    changes: Vec<Change>,
    /// Which operation each change is of.
    operations: Vec<usize>,
    /// What the resources that change will be like, by id.
    after: BTreeMap<String, After>,
    /// Which operation is being decided.
    operation: usize,
}

#[derive(Debug)]
enum After {
    /// It is new.
    New(Box<Stored>),
    /// It differs from what the store has.
    Changed { key: ResourceKey, document: Option<Document>, changes: u64, edits: Vec<(String, Edit)> },
    /// It is gone.
    Gone,
}

impl Staged {
    /// What is decided from here on is of that operation.
    pub(super) fn begin(&mut self, operation: usize) {
        self.operation = operation;
    }

    /// Whether no change is decided yet: then the store has everything as it will be.
    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The resource as it will be after the changes so far.
    pub(super) async fn read<S: Stores>(&mut self, scope: &Scope<S>, key: &ResourceKey, load: &Load) -> Result<Stored> {
        match self.after.get(&key.id) {
            Some(After::New(stored)) if stored.key.kind.name == key.kind.name => {
                let mut stored = Stored::clone(stored);
                stored.collections.retain(|path, _| load.wants(path));
                return Ok(stored);
            }
            Some(After::New(_) | After::Gone) => return Err(Error::not_found()),
            Some(After::Changed { .. }) | None => {}
        }
        let mut stored = scope.read_whole(key, load).await?;
        if !self.pins.iter().any(|(pinned, ..)| pinned.id == key.id) {
            self.pins.push((key.clone(), stored.version, self.operation));
        }
        for (gone, _) in self.after.iter().filter(|(_, after)| matches!(after, After::Gone)) {
            forget_references(&key.kind, &mut stored.document, gone);
            stored.collections.values_mut().for_each(|elements| elements.retain(|element| element.value != *gone));
        }
        if let Some(After::Changed { document, changes, edits, .. }) = self.after.get(&key.id) {
            stored.version += changes;
            if let Some(document) = document {
                stored.document.clone_from(document);
            }
            for (path, edit) in edits.iter().filter(|(path, _)| load.wants(path)) {
                apply(stored.collections.entry(path.clone()).or_default(), edit);
            }
        }
        Ok(stored)
    }

    /// Also this change.
    pub(super) fn add(&mut self, change: Change) {
        let change = match change {
            Change::Create { key, new } => {
                self.after.insert(key.id.clone(), After::New(Box::new(created(&key, &new))));
                Change::Create { key, new }
            }
            Change::Update { key, new, edits, .. } => {
                self.update(&key, new.as_ref(), &edits);
                Change::Update { key, expected: Expected::Any, new, edits }
            }
            Change::Delete { key, .. } => {
                self.after.values_mut().for_each(|after| after.forget(&key));
                self.after.insert(key.id.clone(), After::Gone);
                Change::Delete { key, expected: Expected::Any }
            }
        };
        self.changes.push(change);
        self.operations.push(self.operation);
    }

    fn update(&mut self, key: &ResourceKey, new: Option<&Content>, edited: &[(String, Edit)]) {
        let unchanged = || After::Changed { key: key.clone(), document: None, changes: 0, edits: Vec::new() };
        match self.after.entry(key.id.clone()).or_insert_with(unchanged) {
            After::New(stored) => {
                stored.version += 1;
                if let Some(new) = new {
                    stored.document.clone_from(&new.document);
                }
                for (path, edit) in edited {
                    apply(stored.collections.entry(path.clone()).or_default(), edit);
                }
            }
            After::Changed { document, changes, edits, .. } => {
                *changes += 1;
                if let Some(new) = new {
                    *document = Some(new.document.clone());
                }
                edits.extend_from_slice(edited);
            }
            // The store finds that there is nothing to update.
            After::Gone => {}
        }
    }

    /// The list for the store: the pins, then the changes.
    pub(super) fn list(&self) -> Vec<Change> {
        let pin = |(key, version, _): &(ResourceKey, u64, usize)| Change::Update {
            key: key.clone(),
            expected: Expected::Is(*version),
            new: None,
            edits: Vec::new(),
        };
        self.pins.iter().map(pin).chain(self.changes.iter().cloned()).collect()
    }

    /// Whether that place of the list is a pin: if it fails, somebody has come between.
    pub(super) fn is_pin(&self, place: usize) -> bool {
        place < self.pins.len()
    }

    /// The operation of the change or pin at that place of the list.
    pub(super) fn operation_at(&self, place: usize) -> usize {
        let pins = self.pins.iter().map(|(_, _, operation)| *operation);
        pins.chain(self.operations.iter().copied()).nth(place).unwrap_or_default()
    }

    /// The operations of the changes, each with the place of its change in the list.
    pub(super) fn operations(&self) -> impl Iterator<Item = (usize, usize)> {
        self.operations.iter().enumerate().map(|(place, operation)| (*operation, self.pins.len() + place))
    }
}

impl After {
    fn forget(&mut self, gone: &ResourceKey) {
        match self {
            After::New(stored) => {
                forget_references(&stored.key.kind, &mut stored.document, &gone.id);
                stored.collections.values_mut().for_each(|elements| elements.retain(|element| element.value != gone.id));
            }
            After::Changed { key, document, edits, .. } => {
                if let Some(document) = document {
                    forget_references(&key.kind, document, &gone.id);
                }
                for (_, edit) in edits {
                    match edit {
                        Edit::Delta { put, .. } => put.retain(|element| element.value != gone.id),
                        Edit::Replace { elements, .. } => elements.retain(|element| element.value != gone.id),
                    }
                }
            }
            After::Gone => {}
        }
    }
}

/// A resource as it is when it has just been created.
fn created(key: &ResourceKey, new: &Content) -> Stored {
    let now = Timestamp::now();
    Stored {
        key: key.clone(),
        version: 1,
        created: now,
        modified: now,
        document: new.document.clone(),
        collections: new.collections.iter().cloned().collect(),
        long: Vec::new(),
        referents: BTreeMap::new(),
    }
}

/// Takes a deleted resource out of a document that names it (S63).
fn forget_references(kind: &ResourceType, document: &mut Document, gone: &str) {
    for path in &kind.references {
        let named = place::get(document, path).and_then(|value| value.get("value")?.as_str());
        if named == Some(gone) {
            remove_reference(kind, document, &path.to_string());
        }
    }
}

fn apply(elements: &mut Vec<Element>, edit: &Edit) {
    let put = match edit {
        Edit::Delta { put, remove, .. } => {
            elements.retain(|element| !remove.contains(&element.value) && !put.iter().any(|new| new.value == element.value));
            put
        }
        Edit::Replace { elements: all, .. } => {
            elements.clear();
            all
        }
    };
    elements.extend(put.iter().cloned());
    elements.sort_by(|one, other| one.value.cmp(&other.value));
}

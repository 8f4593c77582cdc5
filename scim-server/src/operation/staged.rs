//! Changes that are decided and not yet written, so that later ones of the same unit can be decided on what they will leave behind.

use std::collections::BTreeMap;

use super::Scope;
use crate::etag::IfMatch;
use crate::patch::Visits;
use crate::store::{Change, Content, Document, Edit, Element, Expected, Load, ResourceKey, Stored, remove_reference};
use crate::validate::place;
use crate::{Error, ResourceType, Result, Stores, Timestamp};

/// The changes of one unit. The resources that they were decided on are pinned: the unit is written only if each of them is still as
/// it was read, so within it nothing can differ from what was foreseen, but for versions: whether the edit of a collection changes
/// anything (an element may be there already, or unknown and left out) and whom a deletion touches only the store can tell.
#[derive(Debug, Default)]
pub(super) struct Staged {
    /// What was read, in that order: the resource, its version, and for which operation.
    pins: Vec<(ResourceKey, u64, usize)>,
    changes: Vec<Change>,
    /// Which operation each change is of.
    operations: Vec<usize>,
    /// What the resources that change will be like, by id.
    after: BTreeMap<String, After>,
    /// How many resources will be gone.
    gone: u64,
    /// Which operation is being decided.
    operation: usize,
    /// The version at which its change is to be made, where the store has to compare it.
    expected: Option<Expected>,
    visits: Visits,
}

#[derive(Debug)]
enum After {
    /// It is new. So many changes of it may come to nothing.
    New { stored: Box<Stored>, uncertain: u64 },
    /// It differs from what the store has, by so many changes, and so many more that may come to nothing.
    Changed { key: ResourceKey, document: Option<Document>, certain: u64, uncertain: u64, edits: Vec<(String, Edit)> },
    /// It is gone.
    Gone,
}

impl Staged {
    /// No changes yet, and decisions that may look at so many values.
    pub(super) fn within(visits: Visits) -> Self {
        Self { visits, ..Self::default() }
    }

    /// What is decided from here on is of that operation.
    pub(super) fn begin(&mut self, operation: usize) {
        (self.operation, self.expected) = (operation, None);
    }

    /// How many values may still be looked at.
    pub(super) fn visits(&mut self) -> &mut Visits {
        &mut self.visits
    }

    /// Whether no change is decided yet: then the store has everything as it will be.
    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The resource as it will be after the changes so far, at the least version that it may have then.
    pub(super) async fn read<S: Stores>(&mut self, scope: &Scope<S>, key: &ResourceKey, load: &Load) -> Result<Stored> {
        self.visits.take(0)?;
        let stored = self.read_on(scope, key, load).await?;
        self.visits.read(&stored)?;
        Ok(stored)
    }

    async fn read_on<S: Stores>(&mut self, scope: &Scope<S>, key: &ResourceKey, load: &Load) -> Result<Stored> {
        match self.after.get(&key.id) {
            Some(After::New { stored, .. }) if stored.key.kind.name == key.kind.name => {
                let mut stored = Stored::clone(stored);
                stored.collections.retain(|path, _| load.wants(path));
                return Ok(stored);
            }
            Some(After::New { .. } | After::Gone) => return Err(Error::not_found()),
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
        if let Some(After::Changed { document, certain, edits, .. }) = self.after.get(&key.id) {
            stored.version += certain;
            if let Some(document) = document {
                stored.document.clone_from(document);
            }
            for (path, edit) in edits.iter().filter(|(path, _)| load.wants(path)) {
                apply(stored.collections.entry(path.clone()).or_default(), edit);
            }
        }
        Ok(stored)
    }

    /// Compares with the version that the resource will have. Where that is open the store compares when its change comes.
    ///
    /// # Errors
    /// 412 if it cannot be one of the client's.
    pub(super) fn check(&mut self, if_match: &IfMatch, current: &Stored) -> Result<()> {
        let open = self.open(&current.key);
        if open == 0 {
            return if_match.check(current.version);
        }
        self.expected = Some(if_match.among(current.version..=current.version + open)?);
        Ok(())
    }

    /// How many more changes there may be of a resource than are certain.
    fn open(&self, key: &ResourceKey) -> u64 {
        let edits = match self.after.get(&key.id) {
            Some(After::New { uncertain, .. } | After::Changed { uncertain, .. }) => *uncertain,
            Some(After::Gone) | None => 0,
        };
        // At most one for each attribute that may have named what is gone.
        let naming = key.kind.references.len() + key.kind.collections.len();
        edits + self.gone * naming as u64
    }

    /// Also what the operation comes to.
    pub(super) fn add(&mut self, key: &ResourceKey, change: Option<Change>) {
        let expected = self.expected.take().unwrap_or(Expected::Any);
        let change = match change {
            // The store is asked for the version alone, and to compare it.
            None if self.open(key) > 0 => Change::Update { key: key.clone(), expected, new: None, edits: Vec::new() },
            None => return,
            Some(Change::Create { key, new }) => {
                self.after.insert(key.id.clone(), After::New { stored: Box::new(created(&key, &new)), uncertain: 0 });
                Change::Create { key, new }
            }
            Some(Change::Update { key, new, edits, .. }) => {
                self.update(&key, new.as_ref(), &edits);
                Change::Update { key, expected, new, edits }
            }
            Some(Change::Delete { key, .. }) => {
                self.after.values_mut().for_each(|after| after.forget(&key));
                self.after.insert(key.id.clone(), After::Gone);
                self.gone += 1;
                Change::Delete { key, expected }
            }
        };
        self.changes.push(change);
        self.operations.push(self.operation);
    }

    fn update(&mut self, key: &ResourceKey, new: Option<&Content>, edited: &[(String, Edit)]) {
        let (is_certain, may_be_nothing) = (u64::from(new.is_some()), u64::from(new.is_none()));
        let unchanged = || After::Changed { key: key.clone(), document: None, certain: 0, uncertain: 0, edits: Vec::new() };
        match self.after.entry(key.id.clone()).or_insert_with(unchanged) {
            After::New { stored, uncertain } => {
                stored.version += is_certain;
                *uncertain += may_be_nothing;
                if let Some(new) = new {
                    stored.document.clone_from(&new.document);
                }
                for (path, edit) in edited {
                    apply(stored.collections.entry(path.clone()).or_default(), edit);
                }
            }
            After::Changed { document, certain, uncertain, edits, .. } => {
                *certain += is_certain;
                *uncertain += may_be_nothing;
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
            After::New { stored, .. } => {
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

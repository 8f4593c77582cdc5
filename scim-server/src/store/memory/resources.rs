//! The resources of one tenant: how they are read and changed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::steps::{Kept, Step};
use crate::filter::{CompareOp, Condition, Logic, ResolvedFilter, Term};
use crate::store::{
    Change, Content, Document, Edit, Element, Expected, Load, Reference, Referent, ResourceKey, StoreError, Stored, UniqueKey, Unknown,
    Written, remove_reference,
};
use crate::{Derived, Mutability, ResourceType, Timestamp};

/// All resources of a tenant, by the number of their creation.
#[derive(Debug, Clone, Default)]
pub(super) struct Resources {
    /// The last number that was given. A commit that fails uses its numbers up.
    last: u64,
    pub(super) rows: BTreeMap<u64, Row>,
    pub(super) numbers: HashMap<String, u64>,
    /// Type, path and key of each value that is taken, and by whom.
    pub(super) taken: HashMap<(String, String, String), u64>,
    /// For each id, who names it by which collection or reference.
    pub(super) named_by: HashMap<String, BTreeSet<(u64, String)>>,
    /// What takes back the changes of the present commit, last step first.
    pub(super) undo: Vec<Step>,
}

#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) key: ResourceKey,
    pub(super) version: u64,
    pub(super) created: Timestamp,
    pub(super) modified: Timestamp,
    pub(super) kept: Kept,
    pub(super) collections: BTreeMap<String, BTreeMap<String, Document>>,
}

impl Resources {
    pub(super) fn find(&self, key: &ResourceKey) -> Option<u64> {
        let number = *self.numbers.get(&key.id)?;
        (self.rows[&number].key.kind.name == key.kind.name).then_some(number)
    }

    /// The numbers of the resources that a filter may match: of the type, or the one that has the unique value which the filter asks for.
    pub(super) fn candidates(&self, kind: &ResourceType, filter: Option<&ResolvedFilter>) -> impl Iterator<Item = u64> {
        let taken = |(path, key): (String, &str)| self.taken.get(&(kind.name.clone(), path, key.to_owned())).copied();
        let span = match filter.and_then(unique_value).map(taken) {
            None => Some(0..=u64::MAX),
            Some(only) => only.map(|number| number..=number),
        };
        let rows = span.into_iter().flat_map(|span| self.rows.range(span));
        rows.filter(|(_, row)| row.key.kind.name == kind.name).map(|(number, _)| *number)
    }

    pub(super) fn stored(&self, number: u64, load: &Load) -> Stored {
        let row = &self.rows[&number];
        let (mut collections, mut long) = (BTreeMap::new(), Vec::new());
        for (path, elements) in row.collections.iter().filter(|(path, _)| load.wants(path)) {
            if load.limit().is_some_and(|limit| elements.len() > limit as usize) {
                long.push(path.clone());
                continue;
            }
            let elements =
                elements.iter().map(|(value, item)| Element { value: value.clone(), item: item.clone(), referent: self.referent(value) });
            collections.insert(path.clone(), elements.collect());
        }
        for derived in row.key.kind.derived.iter().filter(|derived| load.wants(&derived.attribute.to_string())) {
            let elements = self.containers(&row.key.id, derived).into_iter().map(|(owner, is_indirect)| {
                let id = &self.rows[&owner].key.id;
                Element::derived(id.clone(), is_indirect, self.referent(id))
            });
            collections.entry(derived.attribute.to_string()).or_insert_with(Vec::new).extend(elements);
        }
        let referents = row.kept.references.iter().filter_map(|reference| Some((reference.path.clone(), self.referent(&reference.value)?)));
        Stored {
            key: row.key.clone(),
            version: row.version,
            created: row.created,
            modified: row.modified,
            document: row.kept.document.clone(),
            collections,
            long,
            referents: referents.collect(),
        }
    }

    /// The resources that contain that one by the collection, and whether they do so only through others.
    fn containers(&self, id: &str, derived: &Derived) -> BTreeMap<u64, bool> {
        let owners = |id: &str| {
            let owners = self.named_by.get(id).into_iter().flatten();
            owners
                .filter(|(owner, path)| *path == derived.from_collection && self.rows[owner].key.kind.name == derived.from_type)
                .map(|(owner, _)| *owner)
                .collect::<Vec<u64>>()
        };
        let mut open = owners(id);
        let mut found: BTreeMap<u64, bool> = open.iter().map(|owner| (*owner, false)).collect();
        while let Some(owner) = open.pop().filter(|_| derived.indirect) {
            for outer in owners(&self.rows[&owner].key.id) {
                found.entry(outer).or_insert_with(|| {
                    open.push(outer);
                    true
                });
            }
        }
        found
    }

    pub(super) fn referent(&self, id: &str) -> Option<Referent> {
        let row = &self.rows[self.numbers.get(id)?];
        let display = row.kept.document.get("displayName").and_then(|name| name.as_str()).map(ToOwned::to_owned);
        Some(Referent { type_name: row.key.kind.name.clone(), display })
    }

    /// Carries out a change of a list that creates these ids.
    pub(super) fn apply(&mut self, change: &Change, created: &BTreeMap<&str, &str>) -> Result<Written, StoreError> {
        match change {
            Change::Create { key, new } => self.create(key, new, created),
            Change::Update { key, expected, new, edits } => self.update(key, *expected, new.as_ref(), edits, created),
            Change::Delete { key, expected } => self.delete(key, *expected),
        }
    }

    fn create(&mut self, key: &ResourceKey, new: &Content, created: &BTreeMap<&str, &str>) -> Result<Written, StoreError> {
        let number = self.last + 1;
        self.check_references(new, &[], created)?;
        self.check_unique(&key.kind, new, number)?;
        // Elements and references name an id without its type: it is unique in the tenant.
        if self.numbers.contains_key(&key.id) {
            return Err(StoreError::NotUnique { path: "id".to_owned() });
        }
        let mut collections = Vec::new();
        let mut left_out = Vec::new();
        for (path, elements) in &new.collections {
            let (known, unknown) = self.known_elements(&key.kind, path, elements, new.unknown_elements, &BTreeMap::new(), created)?;
            collections.push((path, known));
            left_out.extend(unknown);
        }
        let now = Timestamp::now();
        let (key, kept) = (key.clone(), Kept::default());
        let row = Row { key, version: 1, created: now, modified: now, kept, collections: BTreeMap::new() };
        self.last = number;
        self.make(Step::Row(number, Some(Box::new(row))));
        self.set_content(number, new);
        for (path, elements) in collections {
            for element in elements {
                self.put(number, path, element);
            }
        }
        Ok(self.written(number, true, left_out))
    }

    fn update(
        &mut self,
        key: &ResourceKey,
        expected: Expected,
        new: Option<&Content>,
        edits: &[(String, Edit)],
        created: &BTreeMap<&str, &str>,
    ) -> Result<Written, StoreError> {
        let number = self.at(key, expected)?;
        if let Some(new) = new {
            self.check_references(new, &self.rows[&number].kept.references, created)?;
            self.check_unique(&key.kind, new, number)?;
        }
        let mut puts = Vec::new();
        let mut removals = Vec::new();
        let mut left_out = Vec::new();
        for (path, edit) in edits {
            let none = BTreeMap::new();
            let present = self.rows[&number].collections.get(path).unwrap_or(&none);
            let (wanted, unknown) = match edit {
                Edit::Delta { put, unknown, .. } => (put, *unknown),
                Edit::Replace { elements, unknown } => (elements, *unknown),
            };
            let (known, unknown) = self.known_elements(&key.kind, path, wanted, unknown, present, created)?;
            left_out.extend(unknown);
            match edit {
                Edit::Delta { remove, .. } => {
                    removals.extend(remove.iter().filter(|value| present.contains_key(*value)).map(|value| (path, value.clone())))
                }
                Edit::Replace { .. } => {
                    let wanted: BTreeSet<&str> = known.iter().map(|element| element.value.as_str()).collect();
                    removals.extend(present.keys().filter(|value| !wanted.contains(value.as_str())).map(|value| (path, value.clone())));
                }
            }
            puts.extend(
                known.into_iter().filter(|element| present.get(&element.value) != Some(&element.item)).map(|element| (path, element)),
            );
        }
        // A new password is a change, although no document shows it.
        let document_changes = new.is_some_and(|new| new.document != self.rows[&number].kept.document || !new.secrets.is_empty());
        let changed = document_changes || !puts.is_empty() || !removals.is_empty();
        if let Some(new) = new {
            self.set_content(number, new);
        }
        for (path, value) in removals {
            self.take(number, path, &value);
        }
        for (path, element) in puts {
            self.put(number, path, element);
        }
        if changed {
            self.touch(number);
        }
        Ok(self.written(number, changed, left_out))
    }

    fn delete(&mut self, key: &ResourceKey, expected: Expected) -> Result<Written, StoreError> {
        let number = self.at(key, expected)?;
        let written = self.written(number, true, Vec::new());
        let owners = self.named_by.get(&key.id).cloned().unwrap_or_default();
        for (owner, path) in owners.into_iter().filter(|(owner, _)| *owner != number) {
            if self.rows[&owner].collections.contains_key(&path) {
                self.take(owner, &path, &key.id);
            } else {
                self.forget_reference(owner, &path);
            }
            self.touch(owner);
        }
        self.make(Step::Kept(number, Kept::default()));
        let collections: Vec<(String, String)> = self.rows[&number]
            .collections
            .iter()
            .flat_map(|(path, elements)| elements.keys().map(move |value| (path.clone(), value.clone())))
            .collect();
        for (path, value) in collections {
            self.take(number, &path, &value);
        }
        self.make(Step::Row(number, None));
        Ok(written)
    }

    /// The resource, if it is at the expected version.
    fn at(&self, key: &ResourceKey, expected: Expected) -> Result<u64, StoreError> {
        let number = self.find(key).ok_or(StoreError::NotFound)?;
        match expected {
            Expected::Is(version) if self.rows[&number].version != version => Err(StoreError::VersionMismatch),
            Expected::Is(_) | Expected::Any => Ok(number),
        }
    }

    fn check_unique(&self, kind: &ResourceType, new: &Content, number: u64) -> Result<(), StoreError> {
        let taken = |unique: &&UniqueKey| self.taken.get(&taken_key(kind, unique)).is_some_and(|owner| *owner != number);
        match new.unique.iter().find(taken) {
            Some(unique) => Err(StoreError::NotUnique { path: unique.path.clone() }),
            None => Ok(()),
        }
    }

    /// A reference that stood there already is as it was, like an element of a collection.
    fn check_references(&self, new: &Content, present: &[Reference], created: &BTreeMap<&str, &str>) -> Result<(), StoreError> {
        let stood = |reference: &Reference| present.iter().any(|old| old.path == reference.path && old.value == reference.value);
        let dangling = |reference: &&Reference| {
            reference.unknown == Unknown::Refuse && !stood(reference) && !self.is_of(&reference.value, &reference.types, created)
        };
        match new.references.iter().find(dangling) {
            Some(reference) => Err(StoreError::UnknownReference { path: reference.path.clone(), value: reference.value.clone() }),
            None => Ok(()),
        }
    }

    /// Whether the id is a resource of one of these types, or will be one after this list.
    fn is_of(&self, id: &str, types: &[String], created: &BTreeMap<&str, &str>) -> bool {
        let kind = self.numbers.get(id).map(|number| self.rows[number].key.kind.name.as_str());
        kind.or_else(|| created.get(id).copied()).is_some_and(|kind| types.iter().any(|known| known == kind))
    }

    /// The elements to keep, each id once, and the unknown ids that are left out.
    fn known_elements(
        &self,
        kind: &ResourceType,
        path: &str,
        elements: &[Element],
        unknown: Unknown,
        present: &BTreeMap<String, Document>,
        created: &BTreeMap<&str, &str>,
    ) -> Result<(Vec<Element>, Vec<String>), StoreError> {
        let types = kind
            .collections
            .iter()
            .find(|collection| collection.attribute.to_string() == path)
            .map_or(&[] as &[String], |found| &found.types);
        // Of an id that is given twice the last word counts.
        let (mut known, mut left_out) = (BTreeMap::new(), Vec::new());
        for element in elements {
            if unknown == Unknown::Keep || present.contains_key(&element.value) || self.is_of(&element.value, types, created) {
                known.insert(&element.value, element.clone());
                continue;
            }
            match unknown {
                Unknown::LeaveOut => left_out.push(element.value.clone()),
                Unknown::Refuse | Unknown::Keep => {
                    return Err(StoreError::UnknownReference { path: path.to_owned(), value: element.value.clone() });
                }
            }
        }
        Ok((known.into_values().collect(), left_out))
    }

    fn set_content(&mut self, number: u64, new: &Content) {
        let kept = Kept { document: new.document.clone(), unique: new.unique.clone(), references: new.references.clone() };
        self.make(Step::Kept(number, kept));
    }

    fn forget_reference(&mut self, owner: u64, path: &str) {
        let row = &self.rows[&owner];
        let mut kept = row.kept.clone();
        remove_reference(&row.key.kind, &mut kept.document, path);
        kept.references.retain(|reference| reference.path != path);
        self.make(Step::Kept(owner, kept));
    }

    fn put(&mut self, owner: u64, path: &str, Element { value, item, .. }: Element) {
        self.make(Step::Element { owner, path: path.to_owned(), value, item: Some(item) });
    }

    fn take(&mut self, owner: u64, path: &str, value: &str) {
        self.make(Step::Element { owner, path: path.to_owned(), value: value.to_owned(), item: None });
    }

    /// The version moves; the time never goes back (T33).
    fn touch(&mut self, number: u64) {
        let row = &self.rows[&number];
        self.make(Step::Stamp(number, row.version + 1, row.modified.max(Timestamp::now())));
    }

    fn written(&self, number: u64, changed: bool, left_out: Vec<String>) -> Written {
        let row = &self.rows[&number];
        Written { version: row.version, created: row.created, modified: row.modified, changed, left_out }
    }
}

/// The path and the key of a unique value that whatever matches must have.
fn unique_value(filter: &ResolvedFilter) -> Option<(String, &str)> {
    match filter {
        Logic::And(parts) => parts.iter().find_map(unique_value),
        Logic::Term(Term::Attribute(path, Condition::Compare(CompareOp::Eq, key))) => {
            // No document has what is read-only, such as `id`.
            let is_kept = path.attribute.is_unique() && path.sub.is_none() && path.attribute.mutability != Mutability::ReadOnly;
            is_kept.then(|| (path.to_string(), key.as_str()))
        }
        Logic::Term(_) | Logic::Or(_) | Logic::Not(_) => None,
    }
}

pub(super) fn taken_key(kind: &ResourceType, unique: &UniqueKey) -> (String, String, String) {
    (kind.name.clone(), unique.path.clone(), unique.key.clone())
}

//! The reference store: everything in memory, one lock a tenant. It is written to be read, and every other store is compared with it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use super::{
    Change, Content, Document, Edit, Element, Expected, Found, Load, Query, Reference, Referent, ResourceKey, Store, StoreError, Stored,
    Stores, UniqueKey, Unknown, Written, remove_reference,
};
use crate::filter::matches;
use crate::representation::represent;
use crate::{Caller, ResourceType, TenantId, Timestamp};

#[cfg(test)]
mod tests;

/// The memory stores of all tenants. Clones share their resources.
#[derive(Debug, Clone, Default)]
pub struct MemoryStores {
    tenants: Arc<RwLock<HashMap<TenantId, MemoryStore>>>,
}

/// One tenant's resources in memory.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    resources: Arc<RwLock<Resources>>,
}

impl MemoryStores {
    /// Stores without any resource.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Stores for MemoryStores {
    type Store = MemoryStore;

    fn of(&self, caller: &Caller) -> MemoryStore {
        // A lock is poisoned only by a panic, and no code under these locks leaves the data half changed.
        if let Some(store) = self.tenants.read().unwrap_or_else(PoisonError::into_inner).get(&caller.tenant) {
            return store.clone();
        }
        self.tenants.write().unwrap_or_else(PoisonError::into_inner).entry(caller.tenant.clone()).or_default().clone()
    }
}

impl Store for MemoryStore {
    async fn get(&self, key: &ResourceKey, load: &Load) -> Result<Option<Stored>, StoreError> {
        let resources = self.resources.read().unwrap_or_else(PoisonError::into_inner);
        Ok(resources.find(key).map(|number| resources.stored(number, load)))
    }

    async fn query(&self, query: &Query) -> Result<Found, StoreError> {
        let resources = self.resources.read().unwrap_or_else(PoisonError::into_inner);
        let mut matching = Vec::new();
        for (number, row) in &resources.rows {
            let of_the_type = row.key.kind.name == query.kind.name;
            let matches = |filter| matches(filter, &represent(&resources.stored(*number, &Load::Everything), ""));
            if of_the_type && query.filter.as_ref().is_none_or(matches) {
                matching.push(*number);
            }
        }
        let skipped = usize::try_from(query.start.saturating_sub(1)).unwrap_or(usize::MAX);
        let page = matching.iter().skip(skipped).take(query.count as usize);
        Ok(Found { total: matching.len() as u64, resources: page.map(|number| resources.stored(*number, &query.load)).collect() })
    }

    async fn commit(&self, changes: &[Change]) -> Result<Vec<Written>, StoreError> {
        let mut resources = self.resources.write().unwrap_or_else(PoisonError::into_inner);
        // One change is decided before it touches anything; of several, a later one may fail after an earlier one was made.
        let before = (changes.len() > 1).then(|| resources.clone());
        let outcome = changes.iter().map(|change| resources.apply(change)).collect();
        if let (Err(_), Some(before)) = (&outcome, before) {
            *resources = before;
        }
        outcome
    }
}

/// All resources of a tenant, by the number of their creation.
#[derive(Debug, Clone, Default)]
struct Resources {
    last: u64,
    rows: BTreeMap<u64, Row>,
    numbers: HashMap<String, u64>,
    /// Type, path and key of each value that is taken, and by whom.
    taken: HashMap<(String, String, String), u64>,
    /// For each id, who names it by which collection or reference.
    named_by: HashMap<String, BTreeSet<(u64, String)>>,
}

#[derive(Debug, Clone)]
struct Row {
    key: ResourceKey,
    version: u64,
    created: Timestamp,
    modified: Timestamp,
    document: Document,
    collections: BTreeMap<String, BTreeMap<String, Document>>,
    unique: Vec<UniqueKey>,
    references: Vec<Reference>,
}

impl Resources {
    fn find(&self, key: &ResourceKey) -> Option<u64> {
        let number = *self.numbers.get(&key.id)?;
        (self.rows[&number].key.kind.name == key.kind.name).then_some(number)
    }

    fn stored(&self, number: u64, load: &Load) -> Stored {
        let row = &self.rows[&number];
        let mut collections = BTreeMap::new();
        for (path, elements) in row.collections.iter().filter(|(path, _)| load.wants(path)) {
            let elements =
                elements.iter().map(|(value, item)| Element { value: value.clone(), item: item.clone(), referent: self.referent(value) });
            collections.insert(path.clone(), elements.collect());
        }
        for derived in row.key.kind.derived.iter().filter(|derived| load.wants(&derived.attribute.to_string())) {
            let owners = self.named_by.get(&row.key.id).into_iter().flatten();
            let owners =
                owners.filter(|(owner, path)| *path == derived.from_collection && self.rows[owner].key.kind.name == derived.from_type);
            let elements: Vec<Element> = owners
                .map(|(owner, _)| {
                    let id = &self.rows[owner].key.id;
                    Element { value: id.clone(), item: Document::new(), referent: self.referent(id) }
                })
                .collect();
            collections.entry(derived.attribute.to_string()).or_insert_with(Vec::new).extend(elements);
        }
        let referents = row.references.iter().filter_map(|reference| Some((reference.path.clone(), self.referent(&reference.value)?)));
        Stored {
            key: row.key.clone(),
            version: row.version,
            created: row.created,
            modified: row.modified,
            document: row.document.clone(),
            collections,
            referents: referents.collect(),
        }
    }

    fn referent(&self, id: &str) -> Option<Referent> {
        let row = &self.rows[self.numbers.get(id)?];
        let display = row.document.get("displayName").and_then(|name| name.as_str()).map(ToOwned::to_owned);
        Some(Referent { type_name: row.key.kind.name.clone(), display })
    }

    fn apply(&mut self, change: &Change) -> Result<Written, StoreError> {
        match change {
            Change::Create { key, new } => self.create(key, new),
            Change::Update { key, expected, new, edits } => self.update(key, *expected, new.as_ref(), edits),
            Change::Delete { key, expected } => self.delete(key, *expected),
        }
    }

    fn create(&mut self, key: &ResourceKey, new: &Content) -> Result<Written, StoreError> {
        let number = self.last + 1;
        self.check_references(new, &[])?;
        self.check_unique(&key.kind, new, number)?;
        // Elements and references name an id without its type: it is unique in the tenant.
        if self.numbers.contains_key(&key.id) {
            return Err(StoreError::NotUnique { path: "id".to_owned() });
        }
        let mut collections = Vec::new();
        let mut left_out = Vec::new();
        for (path, elements) in &new.collections {
            let (known, unknown) = self.known_elements(&key.kind, path, elements, new.unknown_elements, &BTreeMap::new())?;
            collections.push((path, known));
            left_out.extend(unknown);
        }
        let now = Timestamp::now();
        let row = Row {
            key: key.clone(),
            version: 1,
            created: now,
            modified: now,
            document: new.document.clone(),
            collections: BTreeMap::new(),
            unique: Vec::new(),
            references: Vec::new(),
        };
        self.last = number;
        self.rows.insert(number, row);
        self.numbers.insert(key.id.clone(), number);
        self.set_content(number, new);
        for (path, elements) in collections {
            for element in elements {
                self.put(number, path, &element);
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
    ) -> Result<Written, StoreError> {
        let number = self.at(key, expected)?;
        if let Some(new) = new {
            self.check_references(new, &self.rows[&number].references)?;
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
            let (known, unknown) = self.known_elements(&key.kind, path, wanted, unknown, present)?;
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
        let document_changes = new.is_some_and(|new| new.document != self.rows[&number].document || !new.secrets.is_empty());
        let changed = document_changes || !puts.is_empty() || !removals.is_empty();
        if let Some(new) = new {
            self.set_content(number, new);
        }
        for (path, value) in removals {
            self.take(number, path, &value);
        }
        for (path, element) in puts {
            self.put(number, path, &element);
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
        self.clear_content(number);
        let collections: Vec<(String, String)> = self.rows[&number]
            .collections
            .iter()
            .flat_map(|(path, elements)| elements.keys().map(move |value| (path.clone(), value.clone())))
            .collect();
        for (path, value) in collections {
            self.take(number, &path, &value);
        }
        self.rows.remove(&number);
        self.numbers.remove(&key.id);
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
    fn check_references(&self, new: &Content, present: &[Reference]) -> Result<(), StoreError> {
        let stood = |reference: &Reference| present.iter().any(|old| old.path == reference.path && old.value == reference.value);
        let dangling = |reference: &&Reference| {
            reference.unknown == Unknown::Refuse && !stood(reference) && !self.is_of(&reference.value, &reference.types)
        };
        match new.references.iter().find(dangling) {
            Some(reference) => Err(StoreError::UnknownReference { path: reference.path.clone(), value: reference.value.clone() }),
            None => Ok(()),
        }
    }

    /// Whether the id is a resource of one of these types.
    fn is_of(&self, id: &str, types: &[String]) -> bool {
        self.numbers.get(id).is_some_and(|number| types.contains(&self.rows[number].key.kind.name))
    }

    /// The elements to keep, each id once, and the unknown ids that are left out.
    fn known_elements(
        &self,
        kind: &ResourceType,
        path: &str,
        elements: &[Element],
        unknown: Unknown,
        present: &BTreeMap<String, Document>,
    ) -> Result<(Vec<Element>, Vec<String>), StoreError> {
        let types = kind
            .collections
            .iter()
            .find(|collection| collection.attribute.to_string() == path)
            .map_or(&[] as &[String], |found| &found.types);
        // Of an id that is given twice the last word counts.
        let (mut known, mut left_out) = (BTreeMap::new(), Vec::new());
        for element in elements {
            if unknown == Unknown::Keep || present.contains_key(&element.value) || self.is_of(&element.value, types) {
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
        self.clear_content(number);
        let Some(row) = self.rows.get_mut(&number) else { return };
        row.document = new.document.clone();
        row.unique = new.unique.clone();
        row.references = new.references.clone();
        for unique in &new.unique {
            self.taken.insert(taken_key(&row.key.kind, unique), number);
        }
        for reference in &new.references {
            self.named_by.entry(reference.value.clone()).or_default().insert((number, reference.path.clone()));
        }
    }

    /// Takes the unique values and the references of a resource out of the indexes.
    fn clear_content(&mut self, number: u64) {
        let Some(row) = self.rows.get_mut(&number) else { return };
        for unique in std::mem::take(&mut row.unique) {
            self.taken.remove(&taken_key(&row.key.kind, &unique));
        }
        for reference in std::mem::take(&mut row.references) {
            unname(&mut self.named_by, &reference.value, number, &reference.path);
        }
    }

    fn forget_reference(&mut self, owner: u64, path: &str) {
        let Some(row) = self.rows.get_mut(&owner) else { return };
        remove_reference(&row.key.kind, &mut row.document, path);
        if let Some(place) = row.references.iter().position(|reference| reference.path == path) {
            let gone = row.references.remove(place);
            unname(&mut self.named_by, &gone.value, owner, path);
        }
    }

    fn put(&mut self, number: u64, path: &str, element: &Element) {
        let Some(row) = self.rows.get_mut(&number) else { return };
        row.collections.entry(path.to_owned()).or_default().insert(element.value.clone(), element.item.clone());
        self.named_by.entry(element.value.clone()).or_default().insert((number, path.to_owned()));
    }

    fn take(&mut self, number: u64, path: &str, value: &str) {
        let Some(row) = self.rows.get_mut(&number) else { return };
        if let Some(elements) = row.collections.get_mut(path) {
            elements.remove(value);
            if elements.is_empty() {
                row.collections.remove(path);
            }
        }
        unname(&mut self.named_by, value, number, path);
    }

    /// The version moves; the time never goes back (T33).
    fn touch(&mut self, number: u64) {
        if let Some(row) = self.rows.get_mut(&number) {
            row.version += 1;
            row.modified = row.modified.max(Timestamp::now());
        }
    }

    fn written(&self, number: u64, changed: bool, left_out: Vec<String>) -> Written {
        let row = &self.rows[&number];
        Written { version: row.version, created: row.created, modified: row.modified, changed, left_out }
    }
}

fn taken_key(kind: &ResourceType, unique: &UniqueKey) -> (String, String, String) {
    (kind.name.clone(), unique.path.clone(), unique.key.clone())
}

fn unname(named_by: &mut HashMap<String, BTreeSet<(u64, String)>>, id: &str, owner: u64, path: &str) {
    if let Some(owners) = named_by.get_mut(id) {
        owners.remove(&(owner, path.to_owned()));
        if owners.is_empty() {
            named_by.remove(id);
        }
    }
}

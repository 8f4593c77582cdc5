//! The reference store: everything in memory, one lock a tenant. It is written to be read, and every other store is compared with it.

mod resources;
mod steps;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::{
    Change, CursorKey, Document, Element, Found, Load, Page, Piece, Position, Query, ResourceKey, Store, StoreError, Stored, Stores,
    Written, created_ids,
};
use crate::filter::matches;
use crate::representation::represent;
use crate::sort::{compare, sort_key};
use crate::{Caller, TenantId};
use resources::Resources;

/// The memory stores of all tenants. Clones share their resources.
#[derive(Debug, Clone, Default)]
pub struct MemoryStores {
    tenants: Arc<RwLock<HashMap<TenantId, MemoryStore>>>,
}

/// One tenant's resources in memory.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    /// What they are now. A snapshot keeps what they were: a commit leaves that alone.
    resources: Arc<RwLock<Arc<Resources>>>,
    cursor_keys: Arc<Mutex<BTreeMap<u32, CursorKey>>>,
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
        for (target, asked) in query.targets.iter().enumerate() {
            for number in resources.candidates(&asked.kind, asked.filter.as_ref()) {
                let needed = asked.filter.is_some() || asked.sort.is_some();
                let shown = if needed { represent(&resources.stored(number, &Load::Everything), "") } else { Document::new() };
                if asked.filter.as_ref().is_none_or(|filter| matches(filter, &shown)) {
                    let key = asked.sort.as_ref().and_then(|path| sort_key(path, &shown));
                    let number = i64::try_from(number).map_err(|error| StoreError::Internal(Box::new(error)))?;
                    matching.push(Position { key, target, number });
                }
            }
        }
        let order = |one: &Position, other: &Position| {
            let by_key = compare(one.key.as_deref(), other.key.as_deref(), query.order);
            by_key.then(one.target.cmp(&other.target)).then(one.number.cmp(&other.number))
        };
        matching.sort_by(order);
        let (skipped, is_cursor) = match &query.page {
            Page::Index { start, .. } => (usize::try_from(start.saturating_sub(1)).unwrap_or(usize::MAX), false),
            Page::After { position: None, .. } => (0, true),
            Page::After { position: Some(last), .. } => (matching.partition_point(|found| order(found, last).is_le()), true),
        };
        let rest = matching.get(skipped..).unwrap_or_default();
        let page = &rest[..rest.len().min(query.page.count() as usize)];
        let next = page.last().filter(|_| is_cursor && page.len() < rest.len()).cloned();
        let read = |position: &Position| resources.stored(position.number.unsigned_abs(), &query.load);
        Ok(Found { total: query.total.then_some(matching.len() as u64), resources: page.iter().map(read).collect(), next })
    }

    async fn elements(&self, of: &ResourceKey, piece: &Piece) -> Result<Vec<Element>, StoreError> {
        use std::ops::Bound::{Excluded, Unbounded};
        let resources = self.resources.read().unwrap_or_else(PoisonError::into_inner);
        let number = resources.find(of).ok_or(StoreError::NotFound)?;
        let Some(elements) = resources.rows[&number].collections.get(&piece.path) else { return Ok(Vec::new()) };
        let start = piece.after.as_deref().map_or(Unbounded, Excluded);
        let following = elements.range::<str, _>((start, Unbounded)).take(piece.count as usize);
        Ok(following
            .map(|(value, item)| Element { value: value.clone(), item: item.clone(), referent: resources.referent(value) })
            .collect())
    }

    async fn snapshot(&self) -> Result<Self, StoreError> {
        let resources = self.resources.read().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(Self { resources: Arc::new(RwLock::new(resources)), cursor_keys: self.cursor_keys.clone() })
    }

    async fn commit(&self, changes: &[Change]) -> Result<Vec<Written>, StoreError> {
        let mut resources = self.resources.write().unwrap_or_else(PoisonError::into_inner);
        let resources = Arc::make_mut(&mut resources);
        let mut created = created_ids(changes);
        let mut apply = |change: &Change| {
            if let Change::Delete { key, .. } = change {
                created.remove(key.id.as_str());
            }
            resources.apply(change, &created)
        };
        let numbered = changes.iter().enumerate();
        let outcome = numbered.map(|(place, change)| apply(change).map_err(|error| error.in_list(place, changes))).collect();
        match outcome {
            Ok(_) => resources.keep(),
            Err(_) => resources.take_back(),
        }
        outcome
    }

    async fn cursor_key(&self, generation: u32, new: Option<CursorKey>) -> Result<Option<CursorKey>, StoreError> {
        let mut keys = self.cursor_keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let (None, Some(new)) = (keys.get(&generation), new) {
            keys.retain(|kept, _| kept.saturating_add(1) >= generation);
            keys.insert(generation, new);
        }
        Ok(keys.get(&generation).cloned())
    }
}

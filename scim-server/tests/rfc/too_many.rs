//! A store that looks at so many resources and no more (RFC 7644 §3.4.2.1).

use scim_server::store::{Change, CursorKey, Element, Found, Load, Page, Piece, Query, ResourceKey, StoreError, Stored, Target, Written};
use scim_server::{Caller, MemoryStore, MemoryStores, Store, Stores};

/// Memory stores whose filters may look at that many resources.
#[derive(Clone)]
pub(crate) struct Looking {
    inner: MemoryStores,
    limit: u64,
}

impl Looking {
    pub(crate) fn at(limit: u64) -> Self {
        Self { inner: MemoryStores::new(), limit }
    }
}

pub(crate) struct LookingStore(MemoryStore, u64);

impl Stores for Looking {
    type Store = LookingStore;

    fn of(&self, caller: &Caller) -> LookingStore {
        LookingStore(self.inner.of(caller), self.limit)
    }
}

impl Store for LookingStore {
    async fn get(&self, key: &ResourceKey, load: &Load) -> Result<Option<Stored>, StoreError> {
        self.0.get(key, load).await
    }

    async fn query(&self, query: &Query) -> Result<Found, StoreError> {
        let all = query.targets.iter().map(|target| Target { kind: target.kind.clone(), filter: None, sort: None });
        let all = Query { targets: all.collect(), page: Page::Index { start: 1, count: 0 }, total: true, ..query.clone() };
        let is_filtered = query.targets.iter().any(|target| target.filter.is_some());
        if is_filtered && self.0.query(&all).await?.total > Some(self.1) {
            return Err(StoreError::TooMany);
        }
        self.0.query(query).await
    }

    async fn elements(&self, of: &ResourceKey, piece: &Piece) -> Result<Vec<Element>, StoreError> {
        self.0.elements(of, piece).await
    }

    async fn cursor_key(&self, generation: u32, new: Option<CursorKey>) -> Result<Option<CursorKey>, StoreError> {
        self.0.cursor_key(generation, new).await
    }

    async fn snapshot(&self) -> Result<Self, StoreError> {
        Ok(Self(self.0.snapshot().await?, self.1))
    }

    async fn commit(&self, changes: &[Change]) -> Result<Vec<Written>, StoreError> {
        self.0.commit(changes).await
    }
}

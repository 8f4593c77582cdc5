//! A storage that does not answer, or whose writes are broken off (T28).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use scim_server::store::{Change, CursorKey, Element, Found, Load, Piece, Query, ResourceKey, StoreError, Stored, Written};
use scim_server::{Caller, MemoryStore, Store, Stores};
use serde_json::json;

use super::*;

/// The memory stores, with writes that fail.
#[derive(Clone)]
struct Failing {
    inner: MemoryStores,
    /// From which write on they fail.
    from: usize,
    is_away: bool,
    writes: Arc<AtomicUsize>,
    /// Whether reads fail, and how many there were.
    reads_fail: bool,
    reads: Arc<AtomicUsize>,
}

struct FailingStore(MemoryStore, Failing);

impl Stores for Failing {
    type Store = FailingStore;

    fn of(&self, caller: &Caller) -> FailingStore {
        FailingStore(self.inner.of(caller), self.clone())
    }
}

impl Store for FailingStore {
    async fn get(&self, key: &ResourceKey, load: &Load) -> Result<Option<Stored>, StoreError> {
        self.1.reads.fetch_add(1, Ordering::Relaxed);
        if self.1.reads_fail {
            return Err(StoreError::Unavailable("a secret of the storage".into()));
        }
        self.0.get(key, load).await
    }

    async fn query(&self, query: &Query) -> Result<Found, StoreError> {
        self.0.query(query).await
    }

    async fn elements(&self, of: &ResourceKey, piece: &Piece) -> Result<Vec<Element>, StoreError> {
        self.0.elements(of, piece).await
    }

    async fn cursor_key(&self, generation: u32, new: Option<CursorKey>) -> Result<Option<CursorKey>, StoreError> {
        self.0.cursor_key(generation, new).await
    }

    async fn snapshot(&self) -> Result<Self, StoreError> {
        Ok(Self(self.0.snapshot().await?, self.1.clone()))
    }

    async fn commit(&self, changes: &[Change]) -> Result<Vec<Written>, StoreError> {
        let write = self.1.writes.fetch_add(1, Ordering::Relaxed);
        match (write >= self.1.from, self.1.is_away) {
            (false, _) => self.0.commit(changes).await,
            (true, true) => Err(StoreError::Unavailable("a secret of the storage".into())),
            (true, false) => Err(StoreError::Internal("a secret of the storage".into())),
        }
    }
}

fn failing(from: usize, is_away: bool, atomic: bool) -> (Server, Arc<AtomicUsize>) {
    let stores = Failing { inner: MemoryStores::new(), from, is_away, writes: Arc::default(), reads_fail: false, reads: Arc::default() };
    let writes = stores.writes.clone();
    (on(stores, atomic), writes)
}

fn on(stores: Failing, atomic: bool) -> Server {
    let tokens = StaticTokens::new().with(TOKEN, TenantId::new("acme"), Profile::RFC);
    let scim = ScimServer::new(Registry::rfc7643(), stores, tokens).with_atomic_bulk(atomic);
    serve(scim)
}

fn creates(count: usize) -> Vec<Value> {
    (0..count).map(|number| post(&number.to_string(), "/Users", user(&format!("user{number}")))).collect()
}

#[tokio::test]
async fn a_storage_that_is_away_is_not_asked_again_for_each_operation() {
    for atomic in [false, true] {
        let (server, writes) = failing(0, true, atomic);
        let results = bulk(&server, creates(1_000)).await;
        assert_eq!(results.len(), 1_000);
        let expected = if atomic { "409" } else { "503" };
        assert!(results[1..].iter().all(|result| result["status"] == expected), "{}", results[1]);
        assert_eq!(results[0]["status"], "503");
        assert_eq!(writes.load(Ordering::Relaxed), 1);
        assert!(!json!(results).to_string().contains("secret"));
    }
    // What was written before stays, and says so.
    let (server, writes) = failing(1, true, false);
    let mut operations = creates(3);
    operations.insert(1, delete("/Users/bulkId:0"));
    operations.push(json!({"method": "GET", "path": "/Users/1"}));
    let results = bulk(&server, operations).await;
    assert_eq!(statuses(&results), ["201", "503", "503", "503", "400"], "{results:?}");
    assert_eq!((writes.load(Ordering::Relaxed), server.get("/Users").await.body["totalResults"].clone()), (2, json!(1)));
}

#[tokio::test]
async fn a_defect_is_told_as_one_and_each_operation_is_tried_alone() {
    let (server, writes) = failing(0, false, false);
    let results = bulk(&server, creates(3)).await;
    assert_eq!(statuses(&results), ["500"; 3]);
    assert!(results.iter().all(|result| detail(result).contains("request id") && !result.to_string().contains("secret")), "{results:?}");
    assert_eq!(writes.load(Ordering::Relaxed), 4);
}

#[tokio::test]
async fn a_storage_that_cannot_be_read_is_not_asked_again_for_each_operation() {
    for atomic in [false, true] {
        let reads = Arc::<AtomicUsize>::default();
        let (inner, writes) = (MemoryStores::new(), Arc::default());
        let server = on(Failing { inner, from: 0, is_away: true, writes, reads_fail: true, reads: reads.clone() }, atomic);
        let title = || json!([{"op": "add", "path": "title", "value": "x"}]);
        let operations = (0..50).map(|number| patch(&format!("/Users/{number}"), title())).collect();
        let results = bulk(&server, operations).await;
        assert_eq!((results.len(), results[0]["status"].as_str()), (50, Some("503")));
        assert_eq!(results[49]["status"], if atomic { "409" } else { "503" });
        assert!(reads.load(Ordering::Relaxed) <= 2, "{reads:?}");
    }
}

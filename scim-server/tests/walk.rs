//! A walk by cursor through ten thousand users, on the memory store.

#[path = "support"]
mod support {
    pub(crate) mod exchange;
    pub(crate) mod walk;
}

use std::sync::Arc;

use scim_server::{MemoryStores, Registry};

/// RFC: 9865-2-02 9865-2.2-01
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_walk_returns_every_user_that_was_there_throughout_exactly_once() {
    let stores = MemoryStores::new();
    support::walk::every_user_that_stays_is_met_exactly_once([stores.clone(), stores], &Arc::new(Registry::rfc7643())).await;
}

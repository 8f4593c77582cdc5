//! A walk by cursor through ten thousand users, by two servers in turn, on every engine.

#[path = "../../scim-server/tests/support"]
mod exchanges {
    pub(crate) mod exchange;
    pub(crate) mod walk;
}
mod support;

use std::sync::Arc;

use exchanges::walk::every_user_that_stays_is_met_exactly_once;
use scim_sea_orm::{Options, SqlStores, Synchronous};
use scim_server::Registry;
use support::{Database, on_each_engine};

on_each_engine!(a_walk_returns_every_user_that_was_there_throughout_exactly_once);

/// RFC: 9865-2-02 9865-2.2-01
async fn a_walk_returns_every_user_that_was_there_throughout_exactly_once(database: Database) {
    let registry = Arc::new(Registry::rfc7643());
    // Both instances have their own connections and share the database alone. What a disk does is no matter here.
    let options = Options::new(&database.url).synchronous(Synchronous::Off);
    let connect = async || SqlStores::connect(&options, registry.clone()).await.expect("the database opens");
    every_user_that_stays_is_met_exactly_once([connect().await, connect().await], &registry).await;
}

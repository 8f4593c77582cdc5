//! The contract of the store port, on SQLite.

use std::sync::Arc;

use scim_sea_orm::{Indexed, Options, SqlStores};
use scim_server::store::contract;

async fn holds(options: Options) {
    let registry = contract::registry();
    let stores = SqlStores::connect(&options, Arc::clone(&registry)).await.expect("the database opens");
    let failures = contract::run(&stores, &registry).await;
    assert!(failures.is_empty(), "{failures:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_holds_in_a_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    holds(Options::new(format!("sqlite://{}/contract.db?mode=rwc", folder.path().display()))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_holds_in_memory_with_everything_indexed() {
    holds(Options::new("sqlite::memory:").indexed(Indexed::All)).await;
}

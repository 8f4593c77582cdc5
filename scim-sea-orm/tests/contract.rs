//! The contract of the store port, on every engine.

mod support;

use std::sync::Arc;

use scim_sea_orm::{Indexed, Options, SqlStores};
use scim_server::store::contract;
use support::{Database, on_each_engine};

on_each_engine!(the_contract_holds, the_contract_holds_with_everything_indexed, the_contract_holds_with_searchable_attributes);

async fn holds(options: Options) {
    let registry = contract::registry();
    let stores = SqlStores::connect(&options, Arc::clone(&registry)).await.expect("the database opens");
    let failures = contract::run(&stores, &registry).await;
    assert!(failures.is_empty(), "{failures:#?}");
}

async fn the_contract_holds(database: Database) {
    holds(Options::new(&database.url)).await;
}

async fn the_contract_holds_with_everything_indexed(database: Database) {
    holds(Options::new(&database.url).indexed(Indexed::All)).await;
}

async fn the_contract_holds_with_searchable_attributes(database: Database) {
    let paths = ["userName", "displayName", "externalId", "title", "name.familyName", "emails.value", "emails.type", "serial"];
    holds(Options::new(&database.url).searchable(paths)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_holds_in_memory() {
    holds(Options::new("sqlite::memory:")).await;
}

//! The example that keeps users in an application's own table keeps its part of the contract.

#[path = "../examples/users_table/filter.rs"]
mod filter;
#[path = "../examples/users_table/store.rs"]
mod store;
#[path = "../examples/users_table/table.rs"]
mod table;

use std::sync::Arc;

use scim_server::store::contract;
use store::UsersTable;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn all() {
    let stores = UsersTable::open("sqlite::memory:").await.expect("the table is made");
    let registry = Arc::new(store::registry().expect("the schema is one"));
    let names = contract::case_names();
    let failures = contract::run_only(&stores, &registry, &names).await;
    for failure in &failures { println!("FAIL {failure}"); }
    let passed: Vec<_> = names.iter().filter(|name| failures.iter().all(|f| f.case != **name)).collect();
    println!("{} of {} pass: {passed:#?}", passed.len(), names.len());
}

//! Resource types that are not the RFC's: how they are declared, what is refused, and that all else follows from the declaration.

mod declarations;
#[path = "../support/exchange.rs"]
mod exchange;
mod house;
mod stories;
mod views;

use std::sync::Arc;

use scim_server::MemoryStores;

#[tokio::test]
async fn what_follows_from_a_declaration_holds_in_memory() {
    stories::run(&Arc::new(house::from_json()), &MemoryStores::new()).await;
}

#[test]
fn json_builder_and_derive_declare_the_same_registry() {
    let (json, built, derived) = (house::from_json(), house::built(), house::derived());
    assert_eq!(built, json);
    assert_eq!(derived, json);
    // The discovery documents say all of it.
    let schemas = |registry: &scim_server::Registry| serde_json::to_string_pretty(registry.schemas()).expect("schemas are JSON");
    assert_eq!(schemas(&built), schemas(&json));
    assert_eq!(schemas(&derived), schemas(&json));
}

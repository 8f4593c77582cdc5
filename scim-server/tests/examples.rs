//! The examples: each is run, and is as short as it promises.

#[path = "support/program.rs"]
mod program;

use program::Program;
use serde_json::{Value, json};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const DEVICE: &str = "urn:example:params:scim:schemas:2.0:Device";
const LEASE: &str = "urn:example:params:scim:schemas:extension:2.0:Lease";

#[test]
fn no_example_is_longer_than_it_promises() {
    for (name, source, most) in [
        ("hello", include_str!("../examples/hello.rs"), 25),
        ("custom_type", include_str!("../examples/custom_type.rs"), 60),
        ("derived_type", include_str!("../examples/derived_type.rs"), 60),
        ("nested", include_str!("../examples/nested.rs"), 60),
    ] {
        let lines = source.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).count();
        assert!((5..=most).contains(&lines), "{name}: {lines} lines neither blank nor comment");
        assert!(!source.contains("/*"), "{name}: comments are counted by their `//`");
        assert!(source.lines().all(|line| line.chars().count() <= 140 && line.matches(';').count() <= 1), "{name}: as rustfmt leaves it");
    }
}

#[tokio::test]
async fn hello_serves_users_and_groups() {
    let hello = Program::start("hello").await;
    let ana = hello.create("/scim/v2/Users", json!({"schemas": [USER], "userName": "ana"})).await;
    let group = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "All", "members": [{"value": ana}]});
    hello.create("/scim/v2/Groups", group).await;
    let (status, user) = hello.send("GET", &format!("/scim/v2/Users/{ana}"), None).await;
    assert_eq!((status, &user["groups"][0]["display"]), (200, &json!("All")));
}

/// What both declarations of `Device` come to.
async fn serves_devices(example: &str) -> Vec<Value> {
    let program = Program::start(example).await;
    let ana = program.create("/scim/v2/Users", json!({"schemas": [USER], "userName": "ana", "displayName": "Ana"})).await;
    let mut device = json!({"schemas": [DEVICE], "serialNumber": "A-1", "holders": [{"value": ana}]});
    let (status, refusal) = program.send("POST", "/scim/v2/Devices", Some(&device)).await;
    assert_eq!((status, refusal["detail"].as_str().is_some_and(|detail| detail.contains(LEASE))), (400, true), "{refusal}");
    device[LEASE] = json!({"contract": "L-1", "costCentre": "CC-7"});
    let id = program.create("/scim/v2/Devices", device).await;
    let filter = format!("/scim/v2/Devices?filter={LEASE}:costCentre%20eq%20%22cc-7%22%20and%20holders.value%20eq%20%22{ana}%22");
    let (status, list) = program.send("GET", &filter, None).await;
    assert_eq!((status, &list["totalResults"]), (200, &json!(1)), "{list}");
    assert_eq!((&list["Resources"][0]["id"], &list["Resources"][0]["holders"][0]["display"]), (&json!(id), &json!("Ana")));
    let mut said = Vec::new();
    for path in [format!("Schemas/{DEVICE}"), format!("Schemas/{LEASE}"), "ResourceTypes/Device".to_owned()] {
        let (status, mut found) = program.send("GET", &format!("/scim/v2/{path}"), None).await;
        assert_eq!(status, 200, "{path}");
        assert!(found.as_object_mut().is_some_and(|found| found.shift_remove("meta").is_some()), "its location is the program's");
        said.push(found);
    }
    said
}

#[tokio::test]
async fn the_built_and_the_derived_type_are_served_and_are_the_same() {
    assert_eq!(serves_devices("custom_type").await, serves_devices("derived_type").await);
}

#[tokio::test]
async fn the_nested_server_and_the_application_share_one_port_and_one_state() {
    let nested = Program::start("nested").await;
    assert_eq!(nested.send("GET", "/people", None).await, (200, json!({"people": []})));
    let ana = nested.create("/scim/v2/Users", json!({"schemas": [USER], "userName": "ana"})).await;
    assert_eq!(nested.send("GET", "/people", None).await, (200, json!({"people": ["ana"]})));
    let (status, user) = nested.send("GET", &format!("/scim/v2/Users/{ana}"), None).await;
    assert_eq!(status, 200);
    assert!(user["meta"]["location"].as_str().is_some_and(|location| location.ends_with(&format!("/scim/v2/Users/{ana}"))), "{user}");
}

//! The resources of RFC 7643 §3 and §8 (`fixtures/rfc7643`): §3 and §8.1 to §8.4 are created and read back, §8.5 and §8.6 give the shape of discovery.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::server;
use crate::support::exchange::Server;

const BASE: &str = "http://localhost/scim/v2";
const CORE_USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const CORE_GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn printed(name: &str) -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/rfc7643").join(name);
    serde_json::from_str(&fs::read_to_string(file).expect("the fixture is there")).expect("the fixture is JSON")
}

/// Creates a resource and gives its id.
async fn create(server: &Server, endpoint: &str, body: &Value) -> String {
    let answer = server.send("POST", endpoint, &Map::new(), Some(body)).await;
    assert_eq!(answer.status, 201, "{body}: {}", answer.body);
    answer.body["id"].as_str().expect("a resource has an id").to_owned()
}

/// A printed resource on our server: its own URLs and ids, and the times and version that only the server knows.
fn ours(printed: &Value, ids: &[(String, String)], read: &Value) -> Value {
    let mut text = printed.to_string().replace("https://example.com/v2", BASE).replace("\"../", &format!("\"{BASE}/"));
    for (old, new) in ids {
        text = text.replace(old, new);
    }
    let mut expected: Value = serde_json::from_str(&text).expect("replaced text is still JSON");
    for name in ["created", "lastModified", "version"] {
        assert!(read["meta"][name].is_string(), "meta.{name} of {read}");
        expected["meta"][name] = read["meta"][name].clone();
    }
    expected
}

fn text(value: &Value) -> String {
    value.as_str().expect("it is a text").to_owned()
}

fn by_value(list: &mut Value) {
    list.as_array_mut().expect("it is a list").sort_by_key(|element| element["value"].to_string());
}

/// Creates the printed user, and the groups that the print says it is in; what is read then is what was printed.
async fn user_is_read_as_printed(file: &str) {
    let server = server();
    let printed = printed(file);
    let mut ids = Vec::new();
    let manager = &printed[ENTERPRISE]["manager"];
    if let (Some(id), Some(name)) = (manager["value"].as_str(), manager["displayName"].as_str()) {
        let user = json!({"schemas": [CORE_USER], "userName": "manager", "displayName": name});
        ids.push((id.to_owned(), create(&server, "/Users", &user).await));
    }
    let mut sent = printed.clone();
    if let Some((_, manager)) = ids.first() {
        sent[ENTERPRISE]["manager"]["value"] = json!(manager);
    }
    let id = create(&server, "/Users", &sent).await;
    ids.push((text(&printed["id"]), id.clone()));
    for group in printed["groups"].as_array().into_iter().flatten() {
        let body = json!({"schemas": [CORE_GROUP], "displayName": group["display"], "members": [{"value": id}]});
        ids.push((text(&group["value"]), create(&server, "/Groups", &body).await));
    }

    let mut read = server.get(&format!("/Users/{id}")).await.body;

    let mut expected = ours(&printed, &ids, &read);
    // Printed, but never returned (RFC 7643 §4.1.1, §8.7.1).
    expected.as_object_mut().expect("it is an object").shift_remove("password");
    if expected.get("groups").is_some() {
        for group in expected["groups"].as_array_mut().expect("it is a list") {
            // The print leaves out how the user came to be in the group (§4.1.2).
            group["type"] = json!("direct");
        }
        by_value(&mut expected["groups"]);
        by_value(&mut read["groups"]);
    }
    assert_eq!(read, expected);
}

/// RFC: 7643-3-07 7643-3-08
#[tokio::test]
async fn the_structure_of_a_resource_is_as_printed() {
    user_is_read_as_printed("3-resource-structure.json").await;
}

/// RFC: 7643-8.1-01
#[tokio::test]
async fn the_minimal_user_is_read_as_printed() {
    user_is_read_as_printed("8.1-user-minimal.json").await;
}

/// RFC: 7643-8.2-01
#[tokio::test]
async fn the_full_user_is_read_as_printed() {
    user_is_read_as_printed("8.2-user-full.json").await;
}

/// RFC: 7643-8.3-01 7643-4.3-01 7643-4.3-02
#[tokio::test]
async fn the_enterprise_user_is_read_as_printed() {
    user_is_read_as_printed("8.3-user-enterprise.json").await;
}

/// RFC: 7643-8.4-01
#[tokio::test]
async fn the_group_is_read_as_printed() {
    let server = server();
    let printed = printed("8.4-group.json");
    let mut sent = printed.clone();
    let mut ids = Vec::new();
    for (number, member) in printed["members"].as_array().expect("the group has members").iter().enumerate() {
        let user = json!({"schemas": [CORE_USER], "userName": format!("member{number}"), "displayName": member["display"]});
        let id = create(&server, "/Users", &user).await;
        sent["members"][number]["value"] = json!(id);
        ids.push((text(&member["value"]), id));
    }
    let id = create(&server, "/Groups", &sent).await;
    ids.push((text(&printed["id"]), id.clone()));

    let mut read = server.get(&format!("/Groups/{id}")).await.body;

    let mut expected = ours(&printed, &ids, &read);
    for member in expected["members"].as_array_mut().expect("it is a list") {
        // The print leaves out the type of the member (§4.2).
        member["type"] = json!("User");
    }
    by_value(&mut expected["members"]);
    by_value(&mut read["members"]);
    assert_eq!(read, expected);
}

/// What of the printed shape is missing in ours: members, and the JSON types of their values.
fn missing(printed: &Value, ours: &Value, path: &str) -> Vec<String> {
    match (printed, ours) {
        (Value::Object(printed), Value::Object(ours)) => printed
            .iter()
            .flat_map(|(name, value)| match ours.get(name) {
                Some(found) => missing(value, found, &format!("{path}.{name}")),
                None => vec![format!("{path}.{name}")],
            })
            .collect(),
        // Our list may be shorter: each of our elements has the printed shape.
        (Value::Array(printed), Value::Array(ours)) => match printed.first() {
            Some(first) => ours.iter().flat_map(|element| missing(first, element, &format!("{path}[]"))).collect(),
            None => Vec::new(),
        },
        (Value::String(_), Value::String(_)) | (Value::Bool(_), Value::Bool(_)) | (Value::Number(_), Value::Number(_)) => Vec::new(),
        _ => vec![format!("{path} is {ours}")],
    }
}

/// RFC: 7643-8.5-01
#[tokio::test]
async fn the_configuration_has_the_printed_shape() {
    let server = server();
    let answer = server.get("/ServiceProviderConfig").await;
    let printed = printed("8.5-service-provider-config.json");
    assert_eq!(answer.body["schemas"], printed["schemas"]);
    assert!(!answer.body["authenticationSchemes"].as_array().expect("it is a list").is_empty());
    // OPTIONAL: the addresses of help pages (§5), and in `meta` what changes (§3.1): the configuration is no stored resource.
    let optional = ["documentationUri", "authenticationSchemes[].documentationUri", "meta.created", "meta.lastModified", "meta.version"];
    let optional: Vec<String> = optional.iter().map(|path| format!("config.{path}")).collect();
    assert_eq!(missing(&printed, &answer.body, "config"), optional);
}

/// RFC: 7643-8.6-01 7643-6-03 7643-6-05 7643-6-06 7643-6-08 7643-6-09
#[tokio::test]
async fn the_resource_types_are_as_printed() {
    let server = server();
    let mut expected = printed("8.6-resource-types.json");
    // Not required here: the minimal user of §8.1 has no extension.
    expected[0]["schemaExtensions"][0]["required"] = json!(false);
    for (number, name) in ["User", "Group"].into_iter().enumerate() {
        expected[number]["meta"]["location"] = json!(format!("{BASE}/ResourceTypes/{name}"));
        assert_eq!(server.get(&format!("/ResourceTypes/{name}")).await.body, expected[number]);
    }
    assert_eq!(server.get("/ResourceTypes").await.body["Resources"], expected);
}

//! T02: an id of another tenant is answered like one that never was, byte for byte, and nothing of the other tenant changes.

use serde_json::{Map, Value, json};

use super::{Answer, group, id, open, patch, post, serve, user};
use crate::support::{Database, on_each_engine};

on_each_engine!(foreign_ids_are_answered_like_unknown_ones_on_every_route);

/// What can differ between two equal answers.
fn comparable(answer: &Answer) -> (u16, Value, Vec<(String, String)>) {
    let headers = answer.headers.iter().filter(|(name, _)| *name != "x-request-id").map(|(name, value)| (name.clone(), value.clone()));
    (answer.status, answer.body.clone(), headers.collect())
}

async fn foreign_ids_are_answered_like_unknown_ones_on_every_route(database: Database) {
    let stores = open(&database).await;
    let (ours, theirs) = (serve(&stores, "ours"), serve(&stores, "theirs"));
    let their_user = id(&post(&theirs, "/Users", &user("same@x")).await);
    let their_group = id(&post(&theirs, "/Groups", &group("Same", &[&their_user])).await);
    let our_user = id(&post(&ours, "/Users", &user("same@x")).await);
    let our_group = id(&post(&ours, "/Groups", &group("Same", &[&our_user])).await);
    let before = everything(&theirs, &[("Users", &their_user), ("Groups", &their_group)]).await;

    let unknown = "00000000-0000-4000-8000-000000000000";
    let mut compared = 0;
    for foreign in [&their_user, &their_group] {
        for (method, path, body) in requests(&our_user, &our_group) {
            let with = |id: &str| {
                (
                    path.replace("{id}", id),
                    body.as_ref().map(|body| serde_json::from_str(&body.to_string().replace("{id}", id)).expect("JSON")),
                )
            };
            let ((foreign_path, foreign_body), (unknown_path, unknown_body)) = (with(foreign), with(unknown));
            let send = async |path: &str, body: Option<&Value>| ours.send(method, path, &Map::new(), body).await;
            let (found, expected) = (send(&foreign_path, foreign_body.as_ref()).await, send(&unknown_path, unknown_body.as_ref()).await);
            assert!(expected.status != 201 && expected.status < 500, "{method} {path}: {}", expected.body);
            let echo = |answer: &Answer, id: &str| {
                let (status, body, headers) = comparable(answer);
                (status, body.to_string().replace(id, "{id}"), headers)
            };
            // An id that the client itself named may come back in the detail; nothing else differs.
            assert_eq!(echo(&found, foreign), echo(&expected, unknown), "{method} {path}");
            compared += 1;
        }
    }
    assert!(compared >= 60, "{compared}");
    assert_eq!(everything(&theirs, &[("Users", &their_user), ("Groups", &their_group)]).await, before);
    let ours_now = ours.get("/Users").await.body.to_string() + &ours.get("/Groups").await.body.to_string();
    assert!(!ours_now.contains(&their_user) && !ours_now.contains(&their_group));
}

/// Every route and method with the id in every place where an id can stand.
fn requests(our_user: &str, our_group: &str) -> Vec<(&'static str, String, Option<Value>)> {
    let replace = |value: Value| Some(patch(json!([value])));
    let mut requests = Vec::new();
    for endpoint in ["Users", "Groups"] {
        let body = if endpoint == "Users" { user("put@x") } else { group("put", &[]) };
        requests.extend([
            ("GET", format!("/{endpoint}/{{id}}"), None),
            ("HEAD", format!("/{endpoint}/{{id}}"), None),
            ("GET", format!("/{endpoint}/{{id}}?attributes=id"), None),
            ("PUT", format!("/{endpoint}/{{id}}"), Some(body)),
            ("PATCH", format!("/{endpoint}/{{id}}"), replace(json!({"op": "replace", "path": "displayName", "value": "x"}))),
            ("DELETE", format!("/{endpoint}/{{id}}"), None),
            ("POST", format!("/{endpoint}/{{id}}"), Some(json!({}))),
            ("GET", format!("/{endpoint}?filter=id%20eq%20%22{{id}}%22"), None),
            ("GET", format!("/{endpoint}?filter=id%20sw%20%22{{id}}%22"), None),
        ]);
    }
    requests.extend([
        ("GET", "/Groups?filter=members.value%20eq%20%22{id}%22".to_owned(), None),
        ("GET", "/Groups?filter=members%5Bvalue%20eq%20%22{id}%22%5D".to_owned(), None),
        ("GET", "/Users?filter=groups.value%20eq%20%22{id}%22".to_owned(), None),
        ("GET", "/Schemas/{id}".to_owned(), None),
        ("GET", "/ResourceTypes/{id}".to_owned(), None),
        ("POST", "/Groups".to_owned(), Some(group("new", &["{id}"]))),
        ("PUT", format!("/Groups/{our_group}"), Some(group("Same", &["{id}"]))),
        ("PATCH", format!("/Groups/{our_group}"), replace(json!({"op": "add", "path": "members", "value": [{"value": "{id}"}]}))),
        ("PATCH", format!("/Groups/{our_group}"), replace(json!({"op": "replace", "path": "members", "value": [{"value": "{id}"}]}))),
        ("PATCH", format!("/Groups/{our_group}"), replace(json!({"op": "remove", "path": "members[value eq \"{id}\"]"}))),
        ("PATCH", format!("/Groups/{our_group}"), replace(json!({"op": "remove", "path": "members", "value": [{"value": "{id}"}]}))),
        (
            "PATCH",
            format!("/Groups/{our_group}"),
            replace(json!({"op": "replace", "path": "members[value eq \"{id}\"].type", "value": "User"})),
        ),
    ]);
    let manager = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";
    for value in [json!({"value": "{id}"}), json!({"$ref": "https://example.com/v2/Users/{id}"})] {
        requests.push(("PATCH", format!("/Users/{our_user}"), replace(json!({"op": "add", "path": manager, "value": value}))));
    }
    requests.push((
        "PATCH",
        format!("/Users/{our_user}"),
        replace(json!({"op": "replace", "path": format!("{manager}.value"), "value": "{id}"})),
    ));
    requests
}

async fn everything(server: &super::Server, resources: &[(&str, &str)]) -> Vec<(u16, Value, Vec<(String, String)>)> {
    let mut all = Vec::new();
    for (endpoint, id) in resources {
        all.push(comparable(&server.get(&format!("/{endpoint}/{id}")).await));
        all.push(comparable(&server.get(&format!("/{endpoint}")).await));
    }
    all
}

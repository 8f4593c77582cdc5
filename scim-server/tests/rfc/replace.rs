//! Replacing resources with PUT (RFC 7644 §3.5.1).

use serde_json::{Value, json};

use crate::{ENTERPRISE, Scim, assert_error, user, user_with};

/// RFC: 7644-3.2-05 7644-3.5.1-01 7644-3.5.2-18
#[tokio::test]
async fn a_put_creates_nothing() {
    let scim = Scim::start();
    for id in ["00000000-0000-4000-8000-000000000000", "bjensen"] {
        assert_error(&scim.put(&format!("/Users/{id}"), &user("bjensen")).await, 404, None);
    }
    assert_error(&scim.put("/Users", &user("bjensen")).await, 405, None);
    assert_eq!(scim.read("/Users").await["totalResults"], 0);
}

/// RFC: 7644-3.5-01 7644-3.5.1-03 7644-3.5.1-04 7644-3.5.1-11
#[tokio::test]
async fn a_put_replaces_and_does_not_merge() {
    let scim = Scim::start();
    let old = json!({"displayName": "Old", "title": "Guide", "emails": [{"value": "a@x.example", "type": "work"}, {"value": "b@x.example"}],
        "name": {"givenName": "Barbara", "familyName": "Jensen"}, ENTERPRISE: {"department": "Ops", "division": "Park"}});
    let path = scim.create("/Users", &user_with("bjensen", old)).await;
    let new = user_with(
        "jensen",
        json!({"displayName": "New", "emails": [{"value": "c@x.example"}], "name": {"givenName": "B"},
        ENTERPRISE: {"department": "Sales"}}),
    );
    let answer = scim.put(&path, &new).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, scim.read(&path).await, "the entire resource");
    for name in ["userName", "displayName", "emails", "name", ENTERPRISE] {
        assert_eq!(answer.body[name], new[name], "{name}");
    }
    assert_eq!(answer.body.get("title"), None);
}

/// RFC: 7644-3.5.1-09 7644-3.1-07
#[tokio::test]
async fn what_was_read_can_be_sent_back_as_it_is() {
    let scim = Scim::start();
    let path = scim.create("/Users", &user_with("bjensen", json!({"emails": [{"value": "b@x.example", "primary": true}]}))).await;
    let id = path.rsplit('/').next().expect("an id");
    scim.create("/Groups", &json!({"schemas": [crate::GROUP], "displayName": "Staff", "members": [{"value": id}]})).await;
    let read = scim.read(&path).await;
    let answer = scim.put(&path, &read).await;
    assert_eq!((answer.status, &answer.body), (200, &read));
    let mut forged = read.clone();
    forged["id"] = json!("other");
    forged["meta"] = json!({"created": "1999-01-01T00:00:00Z"});
    forged["groups"] = Value::Null;
    assert_eq!(scim.put(&path, &forged).await.body, read);
}

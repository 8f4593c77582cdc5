//! Creating resources (RFC 7644 §3.3).

use serde_json::{Value, json};

use crate::{BASE, ENTERPRISE, Scim, assert_error, group, text, user, user_with};

/// RFC: 7644-3.3-06..09 7644-3.1-09 7644-3.2-04 7643-6-13
#[tokio::test]
async fn a_create_answers_201_with_the_resource_and_its_url() {
    let scim = Scim::start();
    for (endpoint, body) in [("/Users", user_with("bjensen", json!({"title": "Guide"}))), ("/Groups", group("Staff"))] {
        let answer = scim.post(endpoint, &body).await;
        assert_eq!(answer.status, 201);
        assert_eq!(answer.headers["location"], text(&answer.body["meta"]["location"]));
        for (name, value) in body.as_object().expect("an object") {
            assert_eq!(answer.body[name], *value);
        }
        let path = answer.headers["location"].strip_prefix(BASE).expect("an absolute URL of ours");
        assert_eq!(scim.read(path).await, answer.body, "the state as the server has it");
    }
}

/// RFC: 7644-3.3-02 7644-3.3.1-01
#[tokio::test]
async fn what_the_server_makes_is_ignored_in_a_create() {
    let scim = Scim::start();
    let forged = json!({"id": "mine", "meta": {"resourceType": "Group"}, "groups": [{"value": "g"}],
        ENTERPRISE: {"manager": {"displayName": "nobody"}}});
    let made = scim.post("/Users", &user_with("bjensen", forged)).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_ne!(made.body["id"], "mine");
    assert_eq!(made.body["meta"]["resourceType"], "User");
    assert_eq!((made.body.get("groups"), made.body.get(ENTERPRISE)), (None, None));
}

/// RFC: 7644-3.12-29 7644-3.12-30 7644-3.12-08 7644-3.12-21
#[tokio::test]
async fn a_body_that_is_no_object_of_json_is_refused() {
    let scim = Scim::start();
    let path = scim.create("/Users", &user("bjensen")).await;
    for (method, path) in [("POST", "/Users"), ("PUT", path.as_str()), ("PATCH", path.as_str())] {
        for body in ["", "{", "[]", "\"x\"", "7", "null", "{\"a\":}", "{\"userName\": \"x\",}", "{} {}"] {
            assert_error(&scim.exchange(method, path, &[], body).await, 400, Some("invalidSyntax"));
        }
    }
    assert_eq!(scim.read("/Users").await["Resources"].as_array().map(Vec::len), Some(1));
    assert_ne!(scim.read(&path).await["userName"], Value::Null);
}

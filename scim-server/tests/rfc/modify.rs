//! Modifying resources with PATCH (RFC 7644 §3.5.2), over HTTP.

use serde_json::{Value, json};

use crate::{ENTERPRISE, Scim, USER, assert_error, group, user_with};

async fn babs(scim: &Scim) -> String {
    scim.create("/Users", &user_with("bjensen", json!({
        "displayName": "Babs", "title": "Guide", "name": {"givenName": "Barbara", "middleName": "Jane", "familyName": "Jensen"},
        "emails": [{"value": "w@x.example", "type": "work", "display": "Work", "primary": true}, {"value": "h@x.example", "type": "home", "display": "Home"}],
    }))).await
}

/// RFC: 7644-3.5-02 7644-3.5.2-27 7644-3.5.2-28 7644-3.2-06
#[tokio::test]
async fn a_patch_answers_200_with_the_resource_or_204_without() {
    let scim = Scim::start();
    let path = babs(&scim).await;
    assert_eq!(scim.read("/ServiceProviderConfig").await["patch"]["supported"], true);
    let rename = |name: &str| json!([{"op": "replace", "path": "displayName", "value": name}]);
    let answer = scim.patch(&path, rename("Barbara")).await;
    assert_eq!((answer.status, &answer.body), (200, &scim.read(&path).await));
    assert_eq!(answer.body["displayName"], "Barbara");
    let staff = scim.create("/Groups", &group("Staff")).await;
    let answer = scim.patch(&staff, rename("Crew")).await;
    assert_eq!((answer.status, answer.body.is_null()), (204, true));
    for (path, name) in [(&path, "Babs"), (&staff, "Team")] {
        let answer = scim.patch(&format!("{path}?attributes=displayName"), rename(name)).await;
        assert_eq!((answer.status, &answer.body["displayName"]), (200, &json!(name)));
        assert_eq!(answer.body.as_object().map(serde_json::Map::len), Some(3), "{}", answer.body);
    }
}

/// RFC: 7644-3.5.2-24..26 7644-3.5.2-18
#[tokio::test]
async fn all_operations_are_carried_out_or_none() {
    let scim = Scim::start();
    let path = babs(&scim).await;
    let before = scim.read(&path).await;
    for (wrong, keyword) in [
        (json!({"op": "replace", "path": "id", "value": "x"}), "mutability"),
        (json!({"op": "replace", "path": "active", "value": "x"}), "invalidValue"),
        (json!({"op": "replace", "path": "emails[type eq \"none\"].value", "value": "x"}), "noTarget"),
        (json!({"op": "remove", "path": "userName"}), "mutability"),
        (json!({"op": "add", "path": "emails[", "value": "x"}), "invalidPath"),
        (
            json!({"op": "add", "path": "emails", "value": [{"value": "a", "primary": true}, {"value": "b", "primary": true}]}),
            "invalidValue",
        ),
    ] {
        let good = json!({"op": "replace", "path": "title", "value": "Boss"});
        for operations in [json!([good, wrong]), json!([wrong, good]), json!([good, wrong, good])] {
            assert_error(&scim.patch(&path, operations).await, 400, Some(keyword));
            assert_eq!(scim.read(&path).await, before, "also its version and time: {wrong}");
        }
    }
}

/// RFC: 7644-3.5.2.2-02 7644-3.5.2.2-03 7644-3.5.2.2-05 7644-3.5.2.2-07 7644-3.5.2.2-08
#[tokio::test]
async fn what_is_removed_is_unassigned() {
    let scim = Scim::start();
    let path = babs(&scim).await;
    let after = async |path_of: &str| scim.patch(&path, json!([{"op": "remove", "path": path_of}])).await.body;
    assert_eq!(after("title").await.get("title"), None);
    assert_eq!(after("name.middleName").await["name"], json!({"givenName": "Barbara", "familyName": "Jensen"}));
    let emails = after(r#"emails[type eq "work"].display"#).await["emails"].clone();
    assert_eq!(
        emails,
        json!([{"value": "w@x.example", "type": "work", "primary": true}, {"value": "h@x.example", "type": "home", "display": "Home"}])
    );
    let emails = after(r#"emails[type eq "work"]"#).await["emails"].clone();
    assert_eq!(emails, json!([{"value": "h@x.example", "type": "home", "display": "Home"}]));
    assert_eq!(after(r#"emails[value eq "h@x.example"]"#).await.get("emails"), None, "the last one");
    assert!(scim.found("/Users", "emails pr").await.is_empty());
    let both = json!([{"op": "add", "path": "emails", "value": [{"value": "a@x.example"}, {"value": "b@x.example"}]}]);
    assert_eq!(scim.patch(&path, both).await.body["emails"].as_array().map(Vec::len), Some(2));
    assert_eq!(after("emails").await.get("emails"), None);
}

/// RFC: 7644-3.5.2.2-11 7644-3.5.2.1-11 7644-3.5.2.1-15
#[tokio::test]
async fn a_member_can_be_added_twice_and_removed_twice() {
    let scim = Scim::start();
    let path = babs(&scim).await;
    let id = path.rsplit('/').next().expect("an id");
    let staff = scim.create("/Groups", &group("Staff")).await;
    let count = async || scim.read(&staff).await.get("members").and_then(Value::as_array).map_or(0, Vec::len);
    for _ in 0..2 {
        assert_eq!(scim.patch(&staff, json!([{"op": "add", "path": "members", "value": [{"value": id}]}])).await.status, 204);
        assert_eq!(count().await, 1);
    }
    for _ in 0..2 {
        assert_eq!(scim.patch(&staff, json!([{"op": "remove", "path": format!(r#"members[value eq "{id}"]"#)}])).await.status, 204);
        assert_eq!(count().await, 0);
    }
}

/// RFC: 7644-3.5.2-20 7644-3.5.2-21
#[tokio::test]
async fn an_operation_finds_the_schemas_that_the_one_before_it_left() {
    let scim = Scim::start();
    let path = babs(&scim).await;
    let department = format!("{ENTERPRISE}:department");
    let add = json!([{"op": "add", "path": "schemas", "value": [ENTERPRISE]}, {"op": "add", "path": department, "value": "Ops"}]);
    let body = scim.patch(&path, add).await.body;
    assert_eq!((&body["schemas"], &body[ENTERPRISE]["department"]), (&json!([USER, ENTERPRISE]), &json!("Ops")));
    let exchange = json!([
        {"op": "remove", "path": format!(r#"schemas[value eq "{ENTERPRISE}"]"#)},
        {"op": "add", "path": format!("{ENTERPRISE}:division"), "value": "Park"},
    ]);
    let body = scim.patch(&path, exchange).await.body;
    assert_eq!((&body["schemas"], &body[ENTERPRISE]), (&json!([USER, ENTERPRISE]), &json!({"division": "Park"})));
}

/// RFC: 7644-3.5.2-23 7644-3.5.2.3-09
#[tokio::test]
async fn a_new_primary_value_takes_the_mark_from_the_old_one() {
    let scim = Scim::start();
    for operation in [
        json!({"op": "add", "path": "emails", "value": [{"value": "n@x.example", "primary": true}]}),
        json!({"op": "replace", "path": "emails[type eq \"home\"].primary", "value": true}),
        json!({"op": "add", "value": {"emails": [{"value": "n@x.example", "primary": true}]}}),
    ] {
        let path = babs(&scim).await;
        let body = scim.patch(&path, json!([operation])).await.body;
        let primary: Vec<&Value> = body["emails"].as_array().expect("a list").iter().filter(|email| email["primary"] == true).collect();
        assert_eq!(primary.len(), 1, "{operation}: {body}");
        assert_ne!(primary[0]["value"], "w@x.example", "{operation}");
        assert_eq!(scim.delete(&path).await.status, 204);
    }
}

//! The attributes that every resource has (RFC 7643 §3, §3.1).

use std::time::{SystemTime, UNIX_EPOCH};

use scim_server::comparison::parse_date_time;
use serde_json::{Value, json};

use crate::{BASE, ENTERPRISE, OTHER_TOKEN, Scim, USER, group, text, user, user_with, with};

/// What a client cannot decide of a resource, tried at create.
fn forged() -> Value {
    json!({"id": "bulkId:mine", "meta": {"resourceType": "Robot", "created": "1999-01-01T00:00:00Z", "lastModified": "1999-01-01T00:00:00Z",
        "location": "https://evil.example/1", "version": "W/\"forged\""}})
}

/// RFC: 7643-3-01 7643-3-07 7643-3.1-01 7643-3.1-02 7643-3.1-09 7643-3.1-12 7643-3.1-16 7643-3.1-19 7643-3.1-20 7643-2.3.5-03
/// RFC: 7643-2.3-06 7644-3.3.1-01 7644-3.1-02
#[tokio::test]
async fn the_server_makes_id_and_meta_of_every_resource() {
    let scim = Scim::start();
    let extended = with(user("babs"), json!({"schemas": [USER, ENTERPRISE], ENTERPRISE: {"department": "Ops"}}));
    for (endpoint, body, type_name) in
        [("/Users", user("bjensen"), "User"), ("/Users", extended, "User"), ("/Groups", group("Staff"), "Group")]
    {
        let made = scim.post(endpoint, &with(body.clone(), forged())).await.body;
        assert_eq!(made["schemas"], body["schemas"], "the base schema, as an array");
        let id = text(&made["id"]);
        assert!(!id.is_empty() && !id.to_ascii_lowercase().contains("bulkid"), "{id}");
        assert!(made.get("externalId").is_none(), "{made}");
        assert_eq!(made["meta"]["resourceType"], type_name);
        assert_eq!(made["meta"]["location"], format!("{BASE}{endpoint}/{id}"));
        assert_ne!(made["meta"]["version"], "W/\"forged\"");
        let created = parse_date_time(&text(&made["meta"]["created"])).expect("created is a dateTime");
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is past 1970").as_secs();
        assert!(now.abs_diff(u64::try_from(created.unix_timestamp()).expect("it is past 1970")) < 60, "{created}");
        assert_eq!(made["meta"]["lastModified"], made["meta"]["created"]);
    }
}

/// RFC: 7643-3-06 7643-3.1-05 7644-3.9-11 7643-3-01 7643-3-03
#[tokio::test]
async fn every_representation_names_its_schemas_and_id() {
    let scim = Scim::start();
    let path = scim.create("/Users", &user_with("bjensen", json!({"title": "Guide", "externalId": "e1"}))).await;
    let id = path.trim_start_matches("/Users/").to_owned();
    for query in
        ["", "?attributes=title", "?attributes=nothing", "?excludedAttributes=id,schemas", "?attributes=externalId", "?attributes=meta"]
    {
        let one = scim.read(&format!("{path}{query}")).await;
        let listed = scim.read(&format!("/Users{query}")).await["Resources"][0].clone();
        let written = scim
            .send(
                "PATCH",
                &format!("{path}{query}"),
                &json!({"schemas": [crate::PATCH_OP], "Operations": [
            {"op": "replace", "path": "title", "value": "Guide"}]}),
            )
            .await
            .body;
        for shown in [one, listed, written] {
            assert_eq!((&shown["id"], &shown["schemas"]), (&json!(id), &json!([USER])), "{query}: {shown}");
            assert_eq!(
                shown.get("externalId").is_some(),
                query.is_empty() || query.contains("externalId") || query.contains("excluded"),
                "{query}"
            );
        }
    }
}

/// RFC: 7643-3.1-06 7643-3.1-07 7644-3.5.1-15
#[tokio::test]
async fn an_id_is_of_one_resource_for_ever() {
    let scim = Scim::start();
    let mut ids: Vec<String> = Vec::new();
    for number in 0..20 {
        for (endpoint, body) in [("/Users", user(&format!("user{number}"))), ("/Groups", group("Staff"))] {
            ids.push(scim.create(endpoint, &body).await.rsplit('/').next().expect("an id").to_owned());
        }
    }
    let path = scim.create("/Users", &user("bjensen")).await;
    let before = scim.read(&path).await;
    let changed = [
        scim.put(&path, &user("jensen")).await.body,
        scim.patch(&path, json!([{"op": "add", "path": "title", "value": "Guide"}])).await.body,
        scim.read(&path).await,
    ];
    for after in changed {
        assert_eq!(after["id"], before["id"]);
        assert_eq!((&after["meta"]["created"], &after["meta"]["location"]), (&before["meta"]["created"], &before["meta"]["location"]));
    }
    ids.push(text(&before["id"]));
    assert_eq!(scim.delete(&path).await.status, 204);
    let again = scim.read(&scim.create("/Users", &user("jensen")).await).await;
    ids.push(text(&again["id"]));
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "no id twice, not across types and not after a delete");
}

/// RFC: 7643-3.1-20 7644-3.5.2.1-12 7644-3.5.2.1-15 7644-3.14-07
#[tokio::test]
async fn the_time_of_the_last_change_moves_with_changes_only() {
    let scim = Scim::start();
    let path =
        scim.create("/Users", &user_with("bjensen", json!({"title": "Guide", "emails": [{"value": "b@x.example", "type": "work"}]}))).await;
    let before = scim.read(&path).await;
    for same in [
        json!({"op": "add", "path": "emails", "value": [{"value": "b@x.example", "type": "work"}]}),
        json!({"op": "add", "path": "title", "value": "Guide"}),
        json!({"op": "add", "value": {"title": "Guide"}}),
        json!({"op": "replace", "path": "title", "value": "Guide"}),
    ] {
        let answer = scim.patch(&path, json!([same])).await;
        assert_eq!((answer.status, &answer.body), (200, &before), "{same}");
    }
    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    for body in
        [scim.patch(&path, json!([{"op": "add", "path": "title", "value": "Boss"}])).await.body, scim.put(&path, &user("other")).await.body]
    {
        assert!(text(&body["meta"]["lastModified"]) > text(&before["meta"]["lastModified"]), "{body}");
        assert_ne!(body["meta"]["version"], before["meta"]["version"]);
        assert_eq!(body["meta"]["created"], before["meta"]["created"]);
    }
}

/// RFC: 7643-3.1-11 7643-3.1-14 7643-3.1-15 7643-7-24
#[tokio::test]
async fn an_external_id_is_the_clients_own() {
    let scim = Scim::start();
    for name in ["first", "second"] {
        let body = scim.post("/Users", &user_with(name, json!({"externalId": "AbC"}))).await;
        assert_eq!((body.status, &body.body["externalId"]), (201, &json!("AbC")), "not unique, and as it was sent");
    }
    assert_eq!(scim.found("/Users", r#"externalId eq "AbC""#).await, ["first", "second"]);
    assert!(scim.found("/Users", r#"externalId eq "abc""#).await.is_empty());
    let path = scim.create("/Users", &user("third")).await;
    let answer = scim.patch(&path, json!([{"op": "replace", "path": "externalId", "value": "New"}])).await;
    assert_eq!(answer.body["externalId"], "New");
}

/// RFC: 7643-3.1-13 7644-6.2-02 7644-6.1-01
#[tokio::test]
async fn an_external_id_means_nothing_in_another_domain() {
    let scim = Scim::start();
    let other = [("authorization", &*format!("Bearer {OTHER_TOKEN}")), ("content-type", "application/scim+json")];
    scim.create("/Users", &user_with("mine", json!({"externalId": "1"}))).await;
    let theirs = scim.exchange("POST", "/Users", &other, user_with("theirs", json!({"externalId": "1"})).to_string()).await;
    assert_eq!(theirs.status, 201);
    let query = format!("/Users?filter={}", crate::encoded(r#"externalId eq "1""#));
    let theirs = scim.exchange("GET", &query, &other, "").await;
    assert_eq!(crate::names(&theirs), ["theirs"]);
    assert_eq!(scim.found("/Users", r#"externalId eq "1""#).await, ["mine"]);
}

/// RFC: 7643-3-02 7643-3-05 7643-3-07 7643-3.3-01
#[tokio::test]
async fn schemas_is_a_set_whose_order_means_nothing() {
    let scim = Scim::start();
    let more = json!({ENTERPRISE: {"department": "Ops"}});
    let mut seen = Vec::new();
    for (name, schemas) in
        [("a", json!([USER, ENTERPRISE])), ("b", json!([ENTERPRISE, USER])), ("c", json!([USER, ENTERPRISE, USER, ENTERPRISE]))]
    {
        let body = with(user_with(name, more.clone()), json!({"schemas": schemas}));
        let answer = scim.post("/Users", &body).await;
        assert_eq!(answer.status, 201, "{schemas}: {}", answer.body);
        assert_eq!(answer.body[ENTERPRISE]["department"], "Ops");
        seen.push(answer.body["schemas"].clone());
    }
    assert_eq!(seen, vec![json!([USER, ENTERPRISE]); 3]);
}

/// RFC: 7643-2.3.8-01
#[tokio::test]
async fn attributes_stand_in_any_order() {
    let scim = Scim::start();
    let ends = [
        r#"{"userName":"a","name":{"givenName":"G","familyName":"F"},"title":"T","schemas":["{USER}"]}"#,
        r#"{"schemas":["{USER}"],"title":"T","name":{"familyName":"F","givenName":"G"},"userName":"b"}"#,
    ];
    for body in ends {
        let answer = scim.exchange("POST", "/Users", &[], body.replace("{USER}", USER)).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        assert_eq!(
            (&answer.body["title"], &answer.body["name"]["familyName"], &answer.body["schemas"]),
            (&json!("T"), &json!("F"), &json!([USER]))
        );
    }
}

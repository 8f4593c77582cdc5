//! Every characteristic of RFC 7643 §7 on every verb, by a type that has each of them.

use scim_server::{Profile, Registry, RegistryDocument};
use serde_json::{Value, json};

use crate::exchange::Answer;
use crate::{Scim, assert_error, with};

const CARD: &str = "urn:example:2.0:Card";

fn document() -> RegistryDocument {
    serde_json::from_value(json!({
        "schemas": [{"id": CARD, "name": "Card", "description": "A library card", "attributes": [
            {"name": "number", "required": true, "returned": "always", "uniqueness": "server"},
            {"name": "plain"},
            {"name": "notes", "returned": "request"},
            {"name": "hidden", "returned": "never"},
            {"name": "key", "mutability": "writeOnly"},
            {"name": "issued", "mutability": "immutable", "caseExact": true},
            {"name": "state", "mutability": "readOnly"},
            {"name": "exact", "caseExact": true},
            {"name": "chips", "multiValued": true, "uniqueness": "global"},
            {"name": "pages", "type": "integer"},
            {"name": "price", "type": "decimal"},
            {"name": "due", "type": "dateTime"},
            {"name": "colour", "canonicalValues": ["red", "blue"]},
            {"name": "shelf", "canonicalValues": ["Adult", "Child"], "enforceCanonicalValues": true},
            {"name": "owner", "type": "complex", "subAttributes": [
                {"name": "name", "returned": "always"}, {"name": "address"}, {"name": "log", "returned": "request"},
                {"name": "pin", "returned": "never"}, {"name": "since", "mutability": "immutable"}, {"name": "rank", "mutability": "readOnly"}
            ]}
        ]}],
        "resourceTypes": [{"name": "Card", "endpoint": "/Cards", "schema": CARD}]
    }))
    .expect("the document is a registry document")
}

fn scim() -> Scim {
    Scim::with(Registry::rfc7643_and(document()).expect("the types fit together"), Profile::RFC)
}

fn card(number: &str, more: Value) -> Value {
    with(json!({"schemas": [CARD], "number": number}), more)
}

/// The names of what is shown of a card, `owner.name` for a part, without `schemas`, `id` and `meta`.
fn shown(card: &Value) -> Vec<String> {
    let mut names = Vec::new();
    for (name, value) in
        card.as_object().expect("a card is an object").iter().filter(|(name, _)| !["schemas", "id", "meta"].contains(&name.as_str()))
    {
        match value.as_object() {
            Some(parts) => names.extend(parts.keys().map(|part| format!("{name}.{part}"))),
            None => names.push(name.clone()),
        }
    }
    names
}

#[track_caller]
fn shows(answer: &Answer, expected: &str) {
    assert!(matches!(answer.status, 200 | 201), "{}", answer.body);
    let card = answer.body.get("Resources").map_or(&answer.body, |list| &list[0]);
    assert_eq!(shown(card).join(" "), expected, "{}", answer.body);
}

/// RFC: 7643-7-29..31 7643-7-33 7643-7-34 7644-3.4-02 7644-3.9-01 7644-3.9-04 7644-3.9-05 7644-3.9-07 7644-3.9-08 7644-3.9-12
/// RFC: 7644-3.4.2.5-01 7644-3.4.2.5-02 7644-3.4.2.5-04
#[tokio::test]
async fn each_answer_shows_what_returned_says() {
    let scim = scim();
    let everything = card(
        "1",
        json!({"plain": "p", "notes": "n", "hidden": "h", "key": "k",
        "owner": {"name": "o", "address": "a", "log": "l", "pin": "1234"}}),
    );
    let all = "number plain notes owner.name owner.address owner.log";
    let usual = "number plain owner.name owner.address";
    let created = scim.post("/Cards", &everything).await;
    shows(&created, all);
    let path = format!("/Cards/{}", created.body["id"].as_str().expect("an id"));
    // A read shows what was not asked for only by default.
    for (query, expected) in [
        ("", usual),
        ("?attributes=plain", "number plain"),
        ("?attributes=notes", "number notes"),
        ("?attributes=owner", "number owner.name owner.address"),
        ("?attributes=owner.log", "number owner.name owner.log"),
        ("?attributes=owner.address", "number owner.name owner.address"),
        ("?attributes=hidden,key,owner.pin", "number owner.name"),
        ("?attributes=urn:example:2.0:Card", usual),
        ("?excludedAttributes=number,plain,id", "number owner.name owner.address"),
        ("?excludedAttributes=owner.name,owner.address", "number plain owner.name"),
    ] {
        shows(&scim.get(&format!("{path}{query}")).await, expected);
        shows(&scim.get(&format!("/Cards{query}")).await, expected);
        // A write that names nothing of the rest is no request for it.
        let nothing = json!([{"op": "add", "path": "exact", "value": null}]);
        shows(&scim.patch(&format!("{path}{query}"), nothing).await, expected);
    }
    // What is returned on request is, if the write names it and the parameters do not say otherwise.
    let rename = |name: &str, value: &str| json!([{"op": "replace", "path": name, "value": value}]);
    shows(&scim.patch(&path, rename("notes", "m")).await, "number plain notes owner.name owner.address");
    shows(&scim.patch(&path, rename("owner.log", "m")).await, all.replace(" notes", "").as_str());
    shows(&scim.patch(&path, json!([{"op": "replace", "value": {"notes": "x", "owner": {"log": "y"}}}])).await, all);
    shows(&scim.patch(&format!("{path}?attributes=plain"), rename("notes", "o")).await, "number plain");
    shows(&scim.patch(&format!("{path}?excludedAttributes=notes"), rename("notes", "p")).await, usual);
    let replaced = card("1", json!({"plain": "p", "notes": "n", "owner": {"name": "o"}}));
    shows(&scim.put(&path, &replaced).await, "number plain notes owner.name");
    shows(&scim.put(&format!("{path}?attributes=owner"), &replaced).await, "number owner.name");
    shows(&scim.put(&path, &card("1", json!({"plain": "p"}))).await, "number plain");
}

/// RFC: 7643-7-26 7643-7-27 7643-7-28 7644-3.5.1-06..09 7644-3.5.2-15 7644-3.5.2-18 7644-3.12-20
#[tokio::test]
async fn each_verb_keeps_to_mutability() {
    let scim = scim();
    let forged = json!({"state": "forged", "owner": {"name": "o", "rank": "forged"}});
    let path = scim.create("/Cards", &card("1", forged.clone())).await;
    let first = scim.read(&path).await;
    assert_eq!(shown(&first), ["number", "owner.name"], "what is readOnly is ignored at create");
    let answer = scim.put(&path, &card("1", forged)).await;
    assert_eq!((answer.status, &answer.body), (200, &first), "and at replace");
    for (name, value) in
        [("state", json!("x")), ("owner.rank", json!("x")), ("id", json!("x")), ("meta.created", json!("2011-05-13T04:42:34Z"))]
    {
        for op in ["add", "replace", "remove"] {
            let answer = scim.patch(&path, json!([{"op": op, "path": name, "value": value}])).await;
            assert_error(&answer, 400, Some("mutability"));
        }
    }
    // What is immutable takes its first value by any verb, and that alone.
    let set = json!({"issued": "Monday", "owner": {"name": "o", "since": "2011"}});
    let by_create = scim.create("/Cards", &card("2", set.clone())).await;
    let by_replace = scim.create("/Cards", &card("3", json!({}))).await;
    assert_eq!(scim.put(&by_replace, &card("3", set.clone())).await.body["issued"], "Monday");
    let by_patch = scim.create("/Cards", &card("4", json!({"owner": {"name": "o"}}))).await;
    let add = json!([{"op": "add", "path": "issued", "value": "Monday"}, {"op": "add", "path": "owner.since", "value": "2011"}]);
    assert_eq!(scim.patch(&by_patch, add).await.body["owner"]["since"], "2011");
    for (path, number) in [(&by_create, "2"), (&by_replace, "3"), (&by_patch, "4")] {
        let before = scim.read(path).await;
        assert_eq!(scim.put(path, &card(number, set.clone())).await.body, before, "the same value again");
        for other in [json!({"issued": "monday"}), json!({"issued": "Monday", "owner": {"since": "2012"}})] {
            assert_error(&scim.put(path, &card(number, other)).await, 400, Some("mutability"));
        }
        for operation in [
            json!({"op": "replace", "path": "issued", "value": "Tuesday"}),
            json!({"op": "add", "path": "issued", "value": "Tuesday"}),
            json!({"op": "remove", "path": "issued"}),
            json!({"op": "replace", "value": {"owner": {"since": "2012"}}}),
            json!({"op": "remove", "path": "owner.since"}),
            json!({"op": "remove", "path": "owner"}),
        ] {
            assert_error(&scim.patch(path, json!([operation])).await, 400, Some("mutability"));
        }
        assert_eq!(scim.read(path).await, before);
    }
    // The rest may change at any time.
    assert_eq!(scim.patch(&path, json!([{"op": "replace", "path": "plain", "value": "new"}])).await.body["plain"], "new");
    assert_eq!(scim.put(&path, &card("1", json!({"plain": "newer"}))).await.body["plain"], "newer");
}

/// RFC: 7643-7-36..38 7644-3.12-19
#[tokio::test]
async fn no_value_stands_twice_where_it_must_be_unique() {
    let scim = scim();
    let first = scim.create("/Cards", &card("N1", json!({"chips": ["A", "B"], "plain": "same"}))).await;
    let second = scim.create("/Cards", &card("N2", json!({"chips": ["C"], "plain": "same"}))).await;
    for taken in [card("n1", json!({})), card("N3", json!({"chips": ["D", "b"]}))] {
        assert_error(&scim.post("/Cards", &taken).await, 409, Some("uniqueness"));
        assert_error(&scim.put(&second, &taken).await, 409, Some("uniqueness"));
    }
    assert_error(&scim.patch(&second, json!([{"op": "add", "path": "chips", "value": ["a"]}])).await, 409, Some("uniqueness"));
    assert_eq!(scim.put(&first, &card("n1", json!({"chips": ["b", "E"]}))).await.status, 200, "its own values");
    assert_eq!(scim.patch(&second, json!([{"op": "add", "path": "chips", "value": ["a"]}])).await.status, 200, "a value that was given up");
}

/// RFC: 7643-7-23 7643-7-24 7643-2.2-03 7644-3.4.2.2-51
#[tokio::test]
async fn case_counts_where_the_schema_says_so() {
    let scim = scim();
    let path = scim.create("/Cards", &card("1", json!({"exact": "AbC", "plain": "AbC"}))).await;
    let read = scim.read(&path).await;
    assert_eq!((&read["exact"], &read["plain"]), (&json!("AbC"), &json!("AbC")));
    for (filter, count) in [
        (r#"exact eq "AbC""#, 1),
        (r#"exact eq "abc""#, 0),
        (r#"exact sw "ab""#, 0),
        (r#"exact co "bC""#, 1),
        (r#"plain eq "abc""#, 1),
        (r#"plain ew "BC""#, 1),
    ] {
        assert_eq!(scim.filter("/Cards", filter).await.body["totalResults"], count, "{filter}");
    }
}

/// RFC: 7643-2.3-04 7643-2.3-05 7643-2.3.3-01 7643-2.3.4-01 7643-2.3.5-01 7643-2.3.5-02 7644-3.4.2.2-28 7644-3.4.2.2-29 7643-2.3.5-03
#[tokio::test]
async fn numbers_and_instants_are_what_they_mean() {
    let scim = scim();
    for (index, wrong) in [
        r#""pages": 1.0"#,
        r#""pages": 1e3"#,
        r#""pages": "1""#,
        r#""pages": 9223372036854775808"#,
        r#""price": "1.5""#,
        r#""due": 5"#,
        r#""due": "2011-05-13""#,
        r#""due": "04:42:34Z""#,
        r#""due": "2011-02-30T00:00:00Z""#,
    ]
    .into_iter()
    .enumerate()
    {
        let body = format!(r#"{{"schemas": ["{CARD}"], "number": "{index}", {wrong}}}"#);
        assert_error(&scim.exchange("POST", "/Cards", &[], body).await, 400, Some("invalidValue"));
    }
    for (number, text) in [
        ("9", r#""pages": 9, "price": 1.10, "due": "2011-05-13T06:42:34+02:00""#),
        ("10", r#""pages": 10, "price": 0.30000000000000000004, "due": "2011-05-13T04:42:34.5Z""#),
    ] {
        let body = format!(r#"{{"schemas": ["{CARD}"], "number": "{number}", {text}}}"#);
        let answer = scim.exchange("POST", "/Cards", &[], body).await;
        assert!(answer.body.to_string().contains(&text.replace(": ", ":").replace(", ", ",")), "{}", answer.body);
    }
    for (filter, count) in [
        ("pages lt 10", 1),
        ("pages ge 9", 2),
        ("pages gt 9", 1),
        ("price gt 0.30000000000000000003", 2),
        ("price lt 0.5", 1),
        (r#"due eq "2011-05-13T04:42:34Z""#, 1),
        (r#"due gt "2011-05-13T04:42:34Z""#, 1),
        (r#"due le "2011-05-13T05:42:34.5+01:00""#, 2),
    ] {
        assert_eq!(scim.filter("/Cards", filter).await.body["totalResults"], count, "{filter}");
    }
}

/// RFC: 7643-2.2-01..07 7643-2.3.1-03 7643-7-22
#[tokio::test]
async fn a_definition_of_nothing_but_a_name_has_the_defaults() {
    let scim = scim();
    let schema = scim.read(&format!("/Schemas/{CARD}")).await;
    let attributes = schema["attributes"].as_array().expect("a list");
    let plain = attributes.iter().find(|attribute| attribute["name"] == "plain").expect("it is there");
    let expected = json!({"name": "plain", "type": "string", "multiValued": false, "description": "", "required": false, "caseExact": false,
        "mutability": "readWrite", "returned": "default", "uniqueness": "none"});
    assert_eq!(*plain, expected);
    // The canonical values are what is suggested (S81).
    assert_eq!(scim.post("/Cards", &card("1", json!({"colour": "green"}))).await.body["colour"], "green");
}

/// RFC: 7643-2.3.1-03
#[tokio::test]
async fn canonical_values_can_be_all_that_is_accepted() {
    let scim = scim();
    let answer = scim.post("/Cards", &card("1", json!({"shelf": "adult"}))).await;
    assert_eq!((answer.status, &answer.body["shelf"]), (201, &json!("Adult")), "the spelling of the schema");
    let path = format!("/Cards/{}", answer.body["id"].as_str().expect("an id"));
    let other = json!({"shelf": "Attic"});
    let patch = json!([{"op": "replace", "path": "shelf", "value": "Attic"}]);
    for answer in
        [scim.post("/Cards", &card("2", other.clone())).await, scim.put(&path, &card("1", other)).await, scim.patch(&path, patch).await]
    {
        assert_error(&answer, 400, Some("invalidValue"));
        assert!(answer.body["detail"].as_str().is_some_and(|detail| detail.contains("Adult, Child")), "{}", answer.body);
    }
    let schema = scim.read(&format!("/Schemas/{CARD}")).await;
    let shelf =
        schema["attributes"].as_array().expect("a list").iter().find(|attribute| attribute["name"] == "shelf").expect("it is there");
    assert_eq!((&shelf["canonicalValues"], shelf.get("enforceCanonicalValues")), (&json!(["Adult", "Child"]), None));
}

/// RFC: 7643-3.1-04
#[test]
fn no_schema_redefines_what_every_resource_has() {
    for name in ["id", "externalId", "META", "schemas"] {
        let mut document = document();
        document.schemas[0] =
            serde_json::from_value(json!({"id": CARD, "attributes": [{"name": name, "returned": "never"}]})).expect("a schema");
        let error = Registry::rfc7643_and(document).expect_err("it would change the attribute");
        assert!(error.to_string().contains("has `"), "{error}");
    }
}

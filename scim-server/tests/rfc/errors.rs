//! What goes wrong and what an administrator is told: `docs/errors.md`, made from real requests (RFC 7644 §3.12).

use std::fmt::Write;
use std::fs;
use std::path::Path;

use scim_server::{Limits, Profile, Registry};
use serde_json::{Value, json};

use crate::{ENTERPRISE, GROUP, PATCH_OP, Scim, USER, assert_error, encoded, scim_server, user_with};

/// What a request of the catalogue sends.
enum Sent {
    /// A method and a path; `{path}` is the user's.
    Request(&'static str, String, String),
    /// The same with one header more.
    WithHeader(&'static str, String, String, (&'static str, &'static str)),
}

fn get(path: &str) -> Sent {
    Sent::Request("GET", path.to_owned(), String::new())
}

fn filter(text: &str) -> Sent {
    get(&format!("/Users?filter={}", encoded(text)))
}

fn post(path: &str, body: impl ToString) -> Sent {
    Sent::Request("POST", path.to_owned(), body.to_string())
}

fn user(more: Value) -> Sent {
    post("/Users", user_with("new", more))
}

fn put(more: Value) -> Sent {
    Sent::Request("PUT", "{path}".into(), user_with("bjensen", more).to_string())
}

fn patch(operations: Value) -> Sent {
    Sent::Request("PATCH", "{path}".into(), json!({"schemas": [PATCH_OP], "Operations": operations}).to_string())
}

fn operation(operation: Value) -> Sent {
    patch(json!([operation]))
}

/// Each with what it is about; the answer is what `docs/errors.md` says.
fn catalogue() -> Vec<(&'static str, Sent)> {
    vec![
        ("a filter that breaks off", filter("userName eq")),
        ("text without double quotes", filter("userName eq 'bjensen'")),
        ("an unknown operator", filter(r#"userName like "b""#)),
        ("an operator that does not apply", filter("active gt true")),
        ("a value of another type", filter(r#"active eq "true""#)),
        ("an unknown attribute in a filter", filter(r#"usrName eq "b""#)),
        ("a complex attribute without sub-attribute", filter(r#"name eq "Barbara""#)),
        ("a filter on a secret", filter(r#"password eq "x""#)),
        ("an extension's attribute without its URN", filter(r#"department eq "Ops""#)),
        ("a page that is no number", get("/Users?count=many")),
        ("a parameter that is given twice", get("/Users?count=1&count=2")),
        ("both projections", get("/Users?attributes=title&excludedAttributes=name")),
        ("a filter on discovery", get("/Schemas?filter=id%20pr")),
        ("an unknown resource", get("/Users/00000000-0000-4000-8000-000000000000")),
        ("an unknown endpoint", get("/Robots")),
        ("an unknown path", get("/Users/1/2")),
        ("an unknown schema", get("/Schemas/urn:example:unknown")),
        ("an unknown resource type", get("/ResourceTypes/Robot")),
        ("another version", get("/v1/Users")),
        ("a method that the endpoint lacks", Sent::Request("DELETE", "/Schemas".into(), String::new())),
        ("no token", Sent::WithHeader("GET", "/Users".into(), String::new(), ("authorization", "Basic eDp5"))),
        ("a wrong token", Sent::WithHeader("GET", "/Users".into(), String::new(), ("authorization", "Bearer wrong"))),
        ("another media type", Sent::WithHeader("POST", "/Users".into(), "x".into(), ("content-type", "text/plain"))),
        ("a compressed body", Sent::WithHeader("POST", "/Users".into(), "x".into(), ("content-encoding", "gzip"))),
        ("an old tag", Sent::WithHeader("DELETE", "{path}".into(), String::new(), ("if-match", "W/\"0\""))),
        ("a tag without quotes", Sent::WithHeader("DELETE", "{path}".into(), String::new(), ("if-match", "0"))),
        ("no body", post("/Users", "")),
        ("no JSON", post("/Users", "{\"userName\": ")),
        ("no object", post("/Users", "[]")),
        ("a name twice", post("/Users", r#"{"userName": "a", "userName": "b"}"#)),
        ("no `schemas`", post("/Users", json!({"userName": "new"}))),
        ("`schemas` without the base", post("/Users", json!({"schemas": [ENTERPRISE], "userName": "new"}))),
        ("`schemas` that is no list", post("/Users", json!({"schemas": USER, "userName": "new"}))),
        ("a body over the limit", post("/Users", "x".repeat(5_000))),
        ("nothing for what is required", post("/Users", json!({"schemas": [USER]}))),
        ("an empty name", post("/Users", json!({"schemas": [USER], "userName": ""}))),
        ("a blank name", post("/Users", json!({"schemas": [USER], "userName": "  "}))),
        ("a name with an invisible character", post("/Users", json!({"schemas": [USER], "userName": "b\u{200b}"}))),
        ("a name that is taken", post("/Users", json!({"schemas": [USER], "userName": "BJensen"}))),
        ("a number for text", user(json!({"title": 1}))),
        ("text for a boolean", user(json!({"active": "yes"}))),
        ("text for a complex attribute", user(json!({"name": "Barbara"}))),
        ("one value for a list", user(json!({"emails": {"value": "b@x.example"}}))),
        ("a list for one value", user(json!({"title": ["a", "b"]}))),
        ("text for an element", user(json!({"emails": ["b@x.example"]}))),
        ("null in a list", user(json!({"emails": [null]}))),
        ("two primary values", user(json!({"emails": [{"value": "a", "primary": true}, {"value": "b", "primary": true}]}))),
        ("bytes that are no base64", user(json!({"x509Certificates": [{"value": "***"}]}))),
        ("two spellings of one name", user(json!({"title": "a", "TITLE": "b"}))),
        ("no object for an extension", user(json!({ENTERPRISE: "Ops"}))),
        ("a manager that does not exist", user(json!({ENTERPRISE: {"manager": {"value": "nobody"}}}))),
        ("a manager without id", user(json!({ENTERPRISE: {"manager": {"value": " "}}}))),
        (
            "a member that does not exist",
            post("/Groups", json!({"schemas": [GROUP], "displayName": "G", "members": [{"value": "nobody"}]})),
        ),
        ("a member without id", post("/Groups", json!({"schemas": [GROUP], "displayName": "G", "members": [{"display": "Babs"}]}))),
        ("a new password", put(json!({"password": "secret"}))),
        (
            "no message",
            Sent::Request(
                "PATCH",
                "{path}".into(),
                json!({"schemas": [USER], "Operations": [{"op": "remove", "path": "title"}]}).to_string(),
            ),
        ),
        ("no operations", Sent::Request("PATCH", "{path}".into(), json!({"schemas": [PATCH_OP]}).to_string())),
        ("an empty list of operations", patch(json!([]))),
        ("too many operations", patch(Value::Array(vec![json!({"op": "remove", "path": "title"}); 11]))),
        ("no object for an operation", operation(json!("add"))),
        ("an unknown operation", operation(json!({"op": "move", "path": "title"}))),
        ("a path that is no text", operation(json!({"op": "add", "path": 1, "value": "x"}))),
        ("no value", operation(json!({"op": "add", "path": "title"}))),
        ("no path", operation(json!({"op": "remove"}))),
        ("no set of attributes", operation(json!({"op": "add", "value": "x"}))),
        ("a malformed path", operation(json!({"op": "add", "path": "emails[", "value": "x"}))),
        ("an array index", operation(json!({"op": "add", "path": "emails[0]", "value": "x"}))),
        ("an unknown attribute in a path", operation(json!({"op": "add", "path": "colour", "value": "x"}))),
        ("brackets on one value", operation(json!({"op": "add", "path": "name[givenName pr]", "value": {}}))),
        ("a wrong filter in a path", operation(json!({"op": "add", "path": "emails[kind pr]", "value": {}}))),
        ("a filter that selects nothing", operation(json!({"op": "replace", "path": "emails[type eq \"x\"].value", "value": "y"}))),
        ("what is required, removed", operation(json!({"op": "remove", "path": "userName"}))),
        ("what the server makes", operation(json!({"op": "replace", "path": "id", "value": "x"}))),
        ("the base schema", operation(json!({"op": "remove", "path": "schemas"}))),
        ("an unknown schema in a PATCH", operation(json!({"op": "add", "path": "schemas", "value": ["urn:example:x"]}))),
    ]
}

const HEAD: &str = "# What goes wrong, and what the client is told

Made by `UPDATE_ERRORS=1 cargo test -p scim-server --all-features --test rfc errors` from requests that a server of the profile `rfc` got; a test
fails when it is stale. `detail` is part of the API: it names the attribute and what to change, and never a secret. Every answer also has the id of
its request in the header `X-Request-Id`, under which the log has more.

| what was sent | status | scimType | detail |
|---|---|---|---|
";

/// RFC: 7644-3.12-01..05 7644-3.2-17 7644-3.12-08 7644-3.12-09 7644-3.12-11..13 7644-3.12-17 7644-3.12-19..25 7644-3.12-28
#[tokio::test]
async fn every_refusal_tells_what_to_change() {
    let limits = Limits { body: 4_000, patch_operations: 10, ..Limits::default() };
    let scim = Scim::of(scim_server(Registry::rfc7643(), Profile::RFC).with_limits(limits));
    let path = scim.create("/Users", &user_with("bjensen", json!({"emails": [{"value": "b@x.example", "type": "work"}]}))).await;
    let before = scim.read("/Users").await;
    let mut table = HEAD.to_owned();
    for (what, sent) in catalogue() {
        let answer = match sent {
            Sent::Request(method, to, body) => scim.exchange(method, &to.replace("{path}", &path), &[], body).await,
            Sent::WithHeader(method, to, body, header) => scim.exchange(method, &to.replace("{path}", &path), &[header], body).await,
        };
        let keyword = answer.body["scimType"].as_str();
        assert!((400..500).contains(&answer.status), "{what}: {} {}", answer.status, answer.body);
        assert_error(&answer, answer.status, keyword);
        let detail = answer.body["detail"].as_str().expect("a detail").replace('|', "\\|").replace('\n', "<br>");
        writeln!(table, "| {what} | {} | {} | {detail} |", answer.status, keyword.unwrap_or("–")).expect("a text takes more text");
    }
    assert_eq!(scim.read("/Users").await, before, "what is refused changes nothing");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors.md");
    if std::env::var_os("UPDATE_ERRORS").is_some() {
        fs::write(&file, &table).expect("docs/errors.md can be written");
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    let differs = committed.lines().zip(table.lines()).find(|(old, new)| old != new);
    assert!(
        committed == table,
        "docs/errors.md is stale ({differs:?}): UPDATE_ERRORS=1 cargo test -p scim-server --all-features --test rfc errors"
    );
}

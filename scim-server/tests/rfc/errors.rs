//! What goes wrong and what an administrator is told: `docs/errors.md`, made from real requests (RFC 7644 §3.12).

use std::fmt::Write;
use std::fs;
use std::path::Path;

use std::time::Duration;

use scim_server::http::{RateLimits, endpoint};
use scim_server::{Limits, Profile, Registry, ScimServer, StaticTokens, TenantId};
use serde_json::{Value, json};

use crate::exchange::{Answer, Server, TOKEN};
use crate::too_many::Looking;
use crate::{ENTERPRISE, GROUP, PATCH_OP, Scim, USER, assert_error, encoded, group, scim_server, user as a_user, user_with, with};

const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// What a request of the catalogue sends.
enum Sent {
    /// A method and a path; `{path}` is the user's, `{cursor}` that of the second page of all users, one by one.
    Request(&'static str, String, String),
    /// The same with one header more.
    WithHeader(&'static str, String, String, (&'static str, &'static str)),
    /// A bulk request, and which of its operations it is about.
    Operation(usize, Value),
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

fn cursor(query: &str) -> Sent {
    get(&format!("/Users?{query}&cursor={{cursor}}"))
}

fn bulk(message: Value) -> Sent {
    post("/Bulk", with(json!({"schemas": [BULK_REQUEST]}), message))
}

/// What is answered to the last of the operations.
fn in_bulk(operations: Value) -> Sent {
    let last = operations.as_array().expect("a list of operations").len() - 1;
    Sent::Operation(last, json!({"schemas": [BULK_REQUEST], "Operations": operations}))
}

/// A POST of that data.
fn bulk_post(bulk_id: &str, path: &str, data: Value) -> Value {
    json!({"method": "POST", "path": path, "bulkId": bulk_id, "data": data})
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
        ("a direction that is none", get("/Users?sortBy=userName&sortOrder=up")),
        ("sorting by an unknown attribute", get("/Users?sortBy=colour")),
        ("sorting by a secret", get("/Users?sortBy=password")),
        ("sorting by a complex attribute", get("/Users?sortBy=name")),
        ("no message of a search", post("/Users/.search", json!({"schemas": [PATCH_OP], "filter": "title pr"}))),
        ("a cursor that is none", get("/Users?count=1&cursor=page2")),
        ("a cursor of another query", cursor("count=1&filter=title%20pr")),
        ("another count than on the page before", cursor("count=2")),
        ("a count with a cursor that is no number", get("/Users?count=many&cursor=")),
        ("two ways to name a page", get("/Users?startIndex=2&cursor=")),
    ]
}

/// Requests with many operations, and single operations of such requests.
fn bulk_catalogue() -> Vec<(&'static str, Sent)> {
    let delete = || json!({"method": "DELETE", "path": "/Users/00000000-0000-4000-8000-000000000000"});
    let named = |members: Value| with(group("G"), json!({"members": members}));
    let patches = json!([{"op": "remove", "path": "title"}, {"op": "remove", "path": "title"}, {"op": "remove", "path": "title"}]);
    let patch = || json!({"method": "PATCH", "path": "{path}", "data": {"schemas": [PATCH_OP], "Operations": patches}});
    vec![
        ("a bulk request of another schema", post("/Bulk", json!({"schemas": [PATCH_OP], "Operations": [delete()]}))),
        ("a bulk request without operations", bulk(json!({}))),
        ("a bulk request with an empty list of operations", bulk(json!({"Operations": []}))),
        ("a bulk request with operations that are no list", bulk(json!({"Operations": delete()}))),
        ("a bulk request with `failOnErrors` of 0", bulk(json!({"failOnErrors": 0, "Operations": [delete()]}))),
        ("a bulk request with too many operations", bulk(json!({"Operations": vec![delete(); 6]}))),
        ("a bulk request with too many operations in its PATCHes", bulk(json!({"Operations": vec![patch(); 4]}))),
        ("a bulk request over its limit of bytes", bulk(json!({"Operations": [bulk_post("a", "/Users", json!("x".repeat(3_000)))]}))),
        ("a bulk request with another method than POST", Sent::Request("PUT", "/Bulk".into(), String::new())),
        ("no object for an operation of a bulk request", in_bulk(json!(["DELETE"]))),
        ("no method", in_bulk(json!([{"path": "/Users"}]))),
        ("a method that changes nothing", in_bulk(json!([{"method": "GET", "path": "/Users"}]))),
        ("no path in a bulk request", in_bulk(json!([{"method": "DELETE"}]))),
        ("a path of a bulk request that leads elsewhere", in_bulk(json!([bulk_post("a", "/Bulk", json!({}))]))),
        ("a POST to a resource", in_bulk(json!([bulk_post("a", "/Users/1", a_user("new"))]))),
        ("a DELETE of a type", in_bulk(json!([{"method": "DELETE", "path": "/Users"}]))),
        ("an unknown endpoint in a bulk request", in_bulk(json!([bulk_post("a", "/Robots", json!({}))]))),
        ("an unknown resource in a bulk request", in_bulk(json!([delete()]))),
        ("no data", in_bulk(json!([{"method": "POST", "path": "/Users", "bulkId": "a"}]))),
        ("data that is no object", in_bulk(json!([bulk_post("a", "/Users", json!("new"))]))),
        ("a POST without `bulkId`", in_bulk(json!([{"method": "POST", "path": "/Users", "data": a_user("new")}]))),
        ("a `bulkId` that is given twice", in_bulk(json!([bulk_post("a", "/Users", json!({})), bulk_post("a", "/Users", a_user("new"))]))),
        ("a `bulkId` that nothing has", in_bulk(json!([bulk_post("a", "/Groups", named(json!([{"value": "bulkId:b"}])))]))),
        ("a `bulkId` that nothing has, in a path", in_bulk(json!([{"method": "DELETE", "path": "/Users/bulkId:b"}]))),
        (
            "a reference to what was not created",
            in_bulk(json!([bulk_post("a", "/Users", json!({})), bulk_post("b", "/Groups", named(json!([{"value": "bulkId:a"}])))])),
        ),
        ("a group that would contain itself", in_bulk(json!([bulk_post("a", "/Groups", named(json!([{"value": "bulkId:a"}])))]))),
        ("an old version", in_bulk(json!([{"method": "DELETE", "path": "{path}", "version": "W/\"0\""}]))),
        ("a version that is no tag", in_bulk(json!([{"method": "DELETE", "path": "{path}", "version": 1}]))),
        ("a name that is taken, in a bulk request", in_bulk(json!([bulk_post("a", "/Users", a_user("BJensen"))]))),
    ]
}

/// The server of the catalogue with something about it that the request meets.
fn with_limits(change: impl FnOnce(&mut Limits)) -> Scim {
    let mut limits = Limits::default();
    change(&mut limits);
    Scim::of(scim_server(Registry::rfc7643(), Profile::RFC).with_limits(limits))
}

fn with_rate_limits(limits: RateLimits) -> Scim {
    Scim(Server::new(endpoint(scim_server(Registry::rfc7643(), Profile::RFC)).with_rate_limits(limits)))
}

/// Requests that are refused by servers that are set up in another way.
fn elsewhere() -> Vec<(&'static str, Scim, Sent)> {
    let server = || scim_server(Registry::rfc7643(), Profile::RFC);
    let tokens = StaticTokens::new().with(TOKEN, TenantId::new("acme"), Profile::RFC);
    let looking = ScimServer::new(Registry::rfc7643(), Looking::at(1), tokens);
    vec![
        ("a cursor that is too old", with_limits(|limits| limits.cursor_timeout = Duration::ZERO), cursor("count=1")),
        ("a filter that looks at too many resources", Scim(Server::new(endpoint(looking))), filter("title pr")),
        ("a filter on what must not stand in a URL", Scim::of(server().with_sensitive_attributes(["emails.value"])), filter("emails pr")),
        ("a query over everything, where there is none", Scim::of(server().without_root_queries()), get("/")),
        (
            "an operation of a bulk request that is one unit, of which another fails",
            Scim::of(server().with_atomic_bulk(true)),
            in_bulk(json!([bulk_post("a", "/Users", json!({})), bulk_post("b", "/Users", a_user("new"))])),
        ),
        ("more requests than the limit allows", with_rate_limits(RateLimits { per_token: 4, ..RateLimits::default() }), get("/Users")),
        (
            "more requests at the same time than the server takes",
            with_rate_limits(RateLimits { under_way: 0, ..RateLimits::default() }),
            get("/Users"),
        ),
    ]
}

/// The answer, or that to the operation that it is about.
async fn answer(scim: &Scim, sent: Sent, path: &str, cursor: &str) -> Answer {
    let placed = |text: &str| text.replace("{path}", path).replace("{cursor}", cursor);
    match sent {
        Sent::Request(method, to, body) => scim.exchange(method, &placed(&to), &[], placed(&body)).await,
        Sent::WithHeader(method, to, body, header) => scim.exchange(method, &placed(&to), &[header], body).await,
        Sent::Operation(place, message) => {
            let mut answer = scim.exchange("POST", "/Bulk", &[], placed(&message.to_string())).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            let result = answer.body["Operations"][place].take();
            answer.status = result["status"].as_str().and_then(|status| status.parse().ok()).expect("a status");
            answer.body = result["response"].clone();
            answer
        }
    }
}

/// The users that there are before anything goes wrong, and the cursor of their second page.
async fn populated(scim: &Scim) -> (String, String) {
    let path = scim.create("/Users", &user_with("bjensen", json!({"emails": [{"value": "b@x.example", "type": "work"}]}))).await;
    scim.create("/Users", &a_user("jsmith")).await;
    let page = scim.read("/Users?count=1&cursor=").await;
    (path, page["nextCursor"].as_str().expect("another page follows").to_owned())
}

const HEAD: &str = "# What goes wrong, and what the client is told

Made by `UPDATE_ERRORS=1 cargo test -p scim-server --all-features --test rfc errors` from requests that a server of the profile `rfc` got; a test
fails when it is stale. `detail` is part of the API: it names the attribute and what to change, and never a secret. Every answer also has the id of
its request in the header `X-Request-Id`, under which the log has more.

| what was sent | status | scimType | detail |
|---|---|---|---|
";

/// RFC: 7644-3.12-01..05 7644-3.2-17 7644-3.12-08 7644-3.12-09 7644-3.12-11..14 7644-3.12-17 7644-3.12-19..28
/// RFC: 9865-2.1-01..04 9865-5.3-01
#[tokio::test(start_paused = true)]
async fn every_refusal_tells_what_to_change() {
    let limits = Limits { body: 4_000, patch_operations: 10, bulk_operations: 5, bulk_payload: 3_000, ..Limits::default() };
    let scim = Scim::of(scim_server(Registry::rfc7643(), Profile::RFC).with_limits(limits));
    let (path, cursor) = populated(&scim).await;
    let before = scim.read("/Users").await;
    let mut table = HEAD.to_owned();
    for (what, sent) in catalogue().into_iter().chain(bulk_catalogue()) {
        add(&mut table, what, &answer(&scim, sent, &path, &cursor).await);
    }
    assert_eq!(scim.read("/Users").await, before, "what is refused changes nothing");
    assert_eq!(scim.read("/Groups").await["totalResults"], 0);
    for (what, scim, sent) in elsewhere() {
        // A server that refuses everything has no users.
        let is_open = scim.get("/Users?count=0").await.status == 200;
        let (path, cursor) = if is_open { populated(&scim).await } else { Default::default() };
        // The age of a cursor is told by the clock, in milliseconds.
        std::thread::sleep(Duration::from_millis(2));
        add(&mut table, what, &answer(&scim, sent, &path, &cursor).await);
    }
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

/// One more line of the table.
fn add(table: &mut String, what: &str, answer: &Answer) {
    let keyword = answer.body["scimType"].as_str();
    assert!((400..504).contains(&answer.status) && answer.status != 500, "{what}: {} {}", answer.status, answer.body);
    assert_error(answer, answer.status, keyword);
    let detail = answer.body["detail"].as_str().expect("a detail").replace('|', "\\|").replace('\n', "<br>");
    writeln!(table, "| {what} | {} | {} | {detail} |", answer.status, keyword.unwrap_or("–")).expect("a text takes more text");
}

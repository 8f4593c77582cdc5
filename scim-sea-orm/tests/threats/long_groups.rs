//! Long groups on every engine: read, listed and changed in pieces they are what they are at once, and those who read them slowly
//! leave connections to the others (T13, T24).

use std::sync::Arc;
use std::time::Duration;

use poem::{Endpoint, Request, Response};
use scim_sea_orm::{Options, SqlStores, Synchronous};
use scim_server::http::{ScimEndpoint, endpoint};
use scim_server::store::{Change, Content, Element, Load, ResourceKey, Store};
use scim_server::{Caller, Limits, Profile, Registry, ScimServer, StaticTokens, Stores, TenantId};
use serde_json::{Value, json};

use super::exchange::TOKEN;
use super::patch;
use super::support::{Database, on_each_engine};

on_each_engine!(a_long_group_in_pieces_is_what_it_is_at_once, slow_readers_leave_connections_to_others);

const TENANT: &str = "long";

async fn open(options: Options) -> SqlStores {
    SqlStores::connect(&options.synchronous(Synchronous::Off), Registry::rfc7643()).await.expect("the database opens")
}

fn serve(stores: &SqlStores, elements_at_once: u32) -> ScimEndpoint<SqlStores> {
    let tokens = StaticTokens::new().with(TOKEN, TenantId::new(TENANT), Profile::RFC);
    let limits = Limits { elements_at_once, ..Limits::default() };
    endpoint(ScimServer::new(stores.registry().clone(), stores.clone(), tokens).with_limits(limits))
}

fn key(stores: &SqlStores, kind: &str, id: String) -> ResourceKey {
    ResourceKey { kind: stores.registry().by_name(kind).expect("a type of the RFC").clone(), id }
}

fn created(stores: &SqlStores, kind: &str, id: String, document: Value, members: Vec<String>) -> Change {
    let members = members.into_iter().map(|value| Element { value, item: Default::default(), referent: None }).collect();
    let new = Content {
        document: document.as_object().expect("an object").clone(),
        collections: vec![("members".into(), members)],
        ..Content::default()
    };
    Change::Create { key: key(stores, kind, id), new }
}

/// Users, and groups of so many of them.
async fn fill(stores: &SqlStores, users: usize, groups: &[usize]) {
    let store = stores.of(&Caller::new(TenantId::new(TENANT), "test"));
    let user = |number: usize| {
        let name = if number.is_multiple_of(2) { json!({"displayName": format!("User {number}")}) } else { json!({}) };
        created(stores, "User", format!("u{number:05}"), name, Vec::new())
    };
    let all: Vec<Change> = (0..users).map(user).collect();
    for piece in all.chunks(500) {
        store.commit(piece).await.expect("they are new");
    }
    for (number, size) in groups.iter().enumerate() {
        let members = (0..*size).map(|number| format!("u{number:05}")).collect();
        let group = created(stores, "Group", format!("g{number}"), json!({"displayName": format!("{size} members")}), members);
        store.commit(&[group]).await.expect("it is new");
    }
}

async fn send(server: &ScimEndpoint<SqlStores>, method: &str, path: &str, body: Option<Value>) -> Response {
    let request = Request::builder().method(method.parse().expect("a method")).uri_str(path);
    let request = request.header("authorization", format!("Bearer {TOKEN}")).content_type("application/scim+json");
    server.get_response(request.body(body.map(|body| body.to_string()).unwrap_or_default())).await
}

async fn text(mut response: Response) -> String {
    assert!(response.status().is_success(), "{}", response.status());
    String::from_utf8(response.take_body().into_bytes().await.expect("it is whole").to_vec()).expect("UTF-8")
}

async fn a_long_group_in_pieces_is_what_it_is_at_once(database: Database) {
    let stores = open(Options::new(&database.url)).await;
    // More than a page of lists reads at once, so that the long ones have to be found first.
    fill(&stores, 9_000, &[0, 9_000, 3, 2_000, 101, 100]).await;
    let whole = serve(&stores, u32::MAX);
    for limit in [100, 101, 1_000, 9_000] {
        let in_pieces = serve(&stores, limit);
        for path in ["/Groups/g1", "/Groups/g1?attributes=members.display", "/Groups/g5", "/Groups", "/Groups?excludedAttributes=members"] {
            let expected = text(send(&whole, "GET", path, None).await).await;
            let found = text(send(&in_pieces, "GET", path, None).await).await;
            assert!(found == expected, "{path} in pieces of {limit}: {} instead of {} bytes", found.len(), expected.len());
        }
    }
    // The same changes, of a group at once and of its twin in pieces.
    let twin = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "2000 members",
        "members": (0..2_000).map(|number| json!({"value": format!("u{number:05}")})).collect::<Vec<_>>()});
    let created: Value = serde_json::from_str(&text(send(&whole, "POST", "/Groups", Some(twin)).await).await).expect("JSON");
    let twin = format!("/Groups/{}", created["id"].as_str().expect("an id"));
    for operations in [
        json!([{"op": "remove", "path": "members[display ew \"7\" or display ew \"8\"]"}]),
        json!([{"op": "add", "path": "members", "value": [{"value": "u00008"}, {"value": "u08000"}]},
            {"op": "remove", "path": "members[not (display pr) and value gt \"u01500\"]"}]),
        json!([{"op": "remove", "path": "members[type eq \"Group\"]"}]),
        json!([{"op": "remove", "path": "members[type eq \"User\"]"}, {"op": "add", "path": "members", "value": [{"value": "u00001"}]}]),
    ] {
        let mut members = Vec::new();
        for (server, path) in [(&whole, "/Groups/g3"), (&serve(&stores, 100), &*twin)] {
            assert_eq!(send(server, "PATCH", path, Some(patch(operations.clone()))).await.status().as_u16(), 204, "{operations}");
            let group = text(send(&whole, "GET", path, None).await).await;
            let mut group: Value = serde_json::from_str(&group).expect("JSON");
            members.push((group["members"].take(), group["meta"]["version"].take()));
        }
        assert_eq!(members[0], members[1], "{operations}");
    }
}

async fn slow_readers_leave_connections_to_others(database: Database) {
    let options = Options::new(&database.url).connections(4).acquire_timeout(Duration::from_secs(1));
    let stores = open(options).await;
    fill(&stores, 50, &[50]).await;
    let server = Arc::new(serve(&stores, 10));
    let slow = send(&server, "GET", "/Groups/g0", None).await;
    // The share of those who read long collections is taken: another one is told so, and does not wait for ever.
    assert_eq!(send(&server, "GET", "/Groups/g0", None).await.status().as_u16(), 503);
    // Nobody else notices.
    for _ in 0..20 {
        assert_eq!(send(&server, "GET", "/Users/u00001", None).await.status().as_u16(), 200);
        let add = patch(json!([{"op": "add", "path": "displayName", "value": "G"}]));
        assert_eq!(send(&server, "PATCH", "/Groups/g0", Some(add)).await.status().as_u16(), 204);
    }
    assert!(text(slow).await.contains("50 members"), "the reader sees the group as it was");
    // And then it is free again.
    let stored = stores.of(&Caller::new(TenantId::new(TENANT), "test")).get(&key(&stores, "Group", "g0".into()), &Load::DOCUMENT).await;
    assert_eq!(stored.expect("an answer").expect("a group").document["displayName"], "G");
    let mut free = false;
    for _ in 0..50 {
        free = free || send(&server, "GET", "/Groups/g0", None).await.status().as_u16() == 200;
    }
    assert!(free, "the share was not given back");
}

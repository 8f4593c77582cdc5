//! Long collections: the answers are the same bytes, and one piece of them at a time is in memory.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use poem::{Endpoint, Request, Response};
use scim_server::http::endpoint;

use scim_server::store::{Change, CursorKey, Element, Found, Load, Piece, Query, ResourceKey, StoreError, Stored, Written};
use scim_server::{
    Caller, Exchange, Limits, MemoryStore, MemoryStores, Observer, Profile, Registry, ScimServer, StaticTokens, Store, Stores, TenantId,
};
use serde_json::{Value, json};

use super::{GROUP, TOKEN, USER, patch, request};

/// A memory store that tells how it is read.
#[derive(Clone, Default)]
struct Watched {
    inner: MemoryStores,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    /// The most elements of one collection that were given out at once.
    largest: AtomicUsize,
    pieces: AtomicU32,
    reads: AtomicU32,
    /// The piece that fails, from 1; 0 for none.
    fails_at: AtomicU32,
}

#[derive(Clone)]
struct WatchedStore {
    inner: MemoryStore,
    seen: Arc<Seen>,
    /// Has one owner more for each snapshot that is held.
    _held: Option<Arc<Seen>>,
}

impl Stores for Watched {
    type Store = WatchedStore;

    fn of(&self, caller: &Caller) -> WatchedStore {
        WatchedStore { inner: self.inner.of(caller), seen: self.seen.clone(), _held: None }
    }
}

impl Seen {
    fn note(&self, stored: &Stored) {
        let most = stored.collections.values().map(Vec::len).max().unwrap_or_default();
        self.largest.fetch_max(most, Ordering::Relaxed);
    }
}

impl Store for WatchedStore {
    async fn get(&self, key: &ResourceKey, load: &Load) -> Result<Option<Stored>, StoreError> {
        self.seen.reads.fetch_add(1, Ordering::Relaxed);
        let found = self.inner.get(key, load).await?;
        found.iter().for_each(|stored| self.seen.note(stored));
        Ok(found)
    }

    async fn query(&self, query: &Query) -> Result<Found, StoreError> {
        let found = self.inner.query(query).await?;
        found.resources.iter().for_each(|stored| self.seen.note(stored));
        Ok(found)
    }

    async fn elements(&self, of: &ResourceKey, piece: &Piece) -> Result<Vec<Element>, StoreError> {
        let number = self.seen.pieces.fetch_add(1, Ordering::Relaxed) + 1;
        if number == self.seen.fails_at.load(Ordering::Relaxed) {
            return Err(StoreError::Unavailable("it fell".into()));
        }
        let found = self.inner.elements(of, piece).await?;
        self.seen.largest.fetch_max(found.len(), Ordering::Relaxed);
        Ok(found)
    }

    async fn snapshot(&self) -> Result<Self, StoreError> {
        Ok(Self { inner: self.inner.snapshot().await?, _held: Some(self.seen.clone()), ..self.clone() })
    }

    async fn commit(&self, changes: &[Change]) -> Result<Vec<Written>, StoreError> {
        self.inner.commit(changes).await
    }

    async fn cursor_key(&self, generation: u32, new: Option<CursorKey>) -> Result<Option<CursorKey>, StoreError> {
        self.inner.cursor_key(generation, new).await
    }
}

fn server(stores: &Watched, elements_at_once: u32) -> ScimServer<Watched> {
    let tokens = StaticTokens::new().with(TOKEN, TenantId::new("acme"), Profile::RFC);
    ScimServer::new(Registry::rfc7643(), stores.clone(), tokens)
        .with_public_url("https://scim.example.com/v2")
        .with_limits(Limits { elements_at_once, ..Limits::default() })
}

/// Status, headers and bytes as they are.
struct Raw {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Result<Vec<u8>, String>,
}

async fn raw(server: &ScimServer<Watched>, request: Request) -> Raw {
    let mut response = endpoint(server.clone()).get_response(request).await;
    let headers = response.headers().iter().filter(|(name, _)| *name != "x-request-id");
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().expect("ASCII").to_owned())).collect();
    let body = body(&mut response).await;
    Raw { status: response.status().as_u16(), headers, body }
}

/// The whole body. The task of a connection whose answer breaks off does not survive it.
async fn body(response: &mut Response) -> Result<Vec<u8>, String> {
    let body = response.take_body();
    let read = tokio::spawn(async move { body.into_bytes().await.expect("it can be read").to_vec() });
    read.await.map_err(|error| error.to_string())
}

async fn get(server: &ScimServer<Watched>, path: &str) -> Raw {
    raw(server, request("GET", path).finish()).await
}

async fn send(server: &ScimServer<Watched>, method: &str, path: &str, body: &Value) -> Raw {
    raw(server, request(method, path).content_type("application/scim+json").body(body.to_string())).await
}

impl Raw {
    fn text(&self) -> &str {
        std::str::from_utf8(self.body.as_deref().expect("the body is whole")).expect("UTF-8")
    }

    fn json(&self) -> Value {
        serde_json::from_str(self.text()).expect("the body is JSON")
    }
}

/// A user, with a name that is shown or without.
async fn create_user(server: &ScimServer<Watched>, number: usize) -> String {
    let mut user = json!({"schemas": [USER], "userName": format!("user{number}")});
    if !number.is_multiple_of(3) {
        user["displayName"] = json!(format!("User \"{number}\""));
    }
    send(server, "POST", "/Users", &user).await.json()["id"].as_str().expect("an id").to_owned()
}

async fn create_group(server: &ScimServer<Watched>, members: &[String]) -> String {
    let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
    let group = json!({"schemas": [GROUP], "displayName": format!("{} members", members.len()), "members": members});
    send(server, "POST", "/Groups", &group).await.json()["id"].as_str().expect("an id").to_owned()
}

const PROJECTIONS: [&str; 12] = [
    "",
    "?attributes=members",
    "?attributes=members.value",
    "?attributes=members.display",
    "?attributes=members.display,displayName",
    "?attributes=displayName",
    "?attributes=members.type,members.$ref,meta.version",
    "?attributes=nothing",
    "?excludedAttributes=members",
    "?excludedAttributes=members.display,meta",
    "?excludedAttributes=members.value,members.$ref,members.type",
    "?excludedAttributes=displayName",
];

/// RFC: 7644-3.4.1-01 7644-3.4.2-01
#[tokio::test]
async fn an_answer_in_pieces_has_the_bytes_of_the_whole_one() {
    let stores = Watched::default();
    let whole = server(&stores, u32::MAX);
    let mut users = Vec::new();
    for number in 0..9 {
        users.push(create_user(&whole, number).await);
    }
    let mut paths = Vec::new();
    for size in [0, 1, 2, 3, 4, 5, 9] {
        let id = create_group(&whole, &users[..size]).await;
        paths.extend(PROJECTIONS.map(|projection| format!("/Groups/{id}{projection}")));
    }
    paths.extend(PROJECTIONS.map(|projection| format!("/Groups{projection}")));
    paths.extend(["count=0", "count=3", "startIndex=3", "filter=members%20pr", "startIndex=99"].map(|query| format!("/Groups?{query}")));
    let mut in_pieces = 0;
    for path in &paths {
        let expected = get(&whole, path).await;
        for limit in 0..=6 {
            let server = server(&stores, limit);
            stores.seen.largest.store(0, Ordering::Relaxed);
            let before = stores.seen.pieces.load(Ordering::Relaxed);
            let found = get(&server, path).await;
            assert_eq!((found.status, &found.headers), (expected.status, &expected.headers), "{path} in pieces of {limit}");
            assert_eq!(found.text(), expected.text(), "{path} in pieces of {limit}");
            assert!(stores.seen.largest.load(Ordering::Relaxed) <= limit.max(1) as usize, "{path} in pieces of {limit}");
            in_pieces += u32::from(stores.seen.pieces.load(Ordering::Relaxed) > before);
        }
    }
    assert!(in_pieces > 200, "{in_pieces} of the answers came in pieces");
}

#[tokio::test]
async fn answers_to_writes_come_in_pieces_too() {
    let stores = Watched::default();
    let (whole, small) = (server(&stores, u32::MAX), server(&stores, 2));
    let mut users = Vec::new();
    for number in 0..5 {
        users.push(create_user(&whole, number).await);
    }
    let members: Vec<Value> = users.iter().map(|id| json!({"value": id})).collect();
    let group = json!({"schemas": [GROUP], "displayName": "G", "members": members});
    for method in ["POST", "PUT", "PATCH"] {
        let id = create_group(&whole, &users[..1]).await;
        let (path, body) = match method {
            "POST" => ("/Groups".to_owned(), group.clone()),
            "PUT" => (format!("/Groups/{id}"), group.clone()),
            _ => (format!("/Groups/{id}?attributes=members"), patch(json!([{"op": "add", "path": "members", "value": members}]))),
        };
        let pieces = stores.seen.pieces.load(Ordering::Relaxed);
        let found = send(&small, method, &path, &body).await;
        assert_eq!(found.status, if method == "POST" { 201 } else { 200 }, "{method}");
        assert!(stores.seen.pieces.load(Ordering::Relaxed) > pieces, "{method} came in one piece");
        let id = found.json()["id"].as_str().expect("an id").to_owned();
        let projection = if method == "PATCH" { "?attributes=members" } else { "" };
        let expected = get(&whole, &format!("/Groups/{id}{projection}")).await;
        assert_eq!(found.text(), expected.text(), "{method}");
        assert_eq!(found.headers["etag"], expected.headers["etag"], "{method}");
    }
}

#[tokio::test]
async fn a_short_collection_costs_one_read_and_no_piece() {
    let stores = Watched::default();
    let server = server(&stores, 1_000);
    let user = create_user(&server, 1).await;
    let id = create_group(&server, &[user]).await;
    stores.seen.reads.store(0, Ordering::Relaxed);
    assert_eq!(get(&server, &format!("/Groups/{id}")).await.status, 200);
    assert_eq!((stores.seen.reads.load(Ordering::Relaxed), stores.seen.pieces.load(Ordering::Relaxed)), (1, 0));
}

#[tokio::test]
async fn a_reader_sees_one_moment_while_others_write() {
    let stores = Watched::default();
    let server = server(&stores, 2);
    let mut users = Vec::new();
    for number in 0..7 {
        users.push(create_user(&server, number).await);
    }
    let id = create_group(&server, &users).await;
    let expected = get(&server, &format!("/Groups/{id}")).await;
    let mut response = endpoint(server.clone()).get_response(request("GET", &format!("/Groups/{id}")).finish()).await;
    let emptied = send(&server, "PATCH", &format!("/Groups/{id}"), &patch(json!([{"op": "remove", "path": "members"}]))).await;
    assert_eq!(emptied.status, 204);
    let bytes = body(&mut response).await.expect("the body is whole");
    assert_eq!(std::str::from_utf8(&bytes).expect("UTF-8"), expected.text());
    assert_eq!(response.headers()["etag"].to_str().ok(), expected.headers.get("etag").map(String::as_str));
    assert_ne!(get(&server, &format!("/Groups/{id}")).await.headers["etag"], expected.headers["etag"]);
}

/// Remembers the statuses of all exchanges.
#[derive(Clone, Default)]
struct Statuses(Arc<Mutex<Vec<u16>>>);

impl Observer for Statuses {
    fn finished(&self, exchange: &Exchange<'_>) {
        self.0.lock().expect("no panic").push(exchange.status);
    }
}

#[tokio::test]
async fn what_breaks_off_does_not_look_whole_and_what_fails_before_it_is_an_error() {
    let stores = Watched::default();
    let statuses = Statuses::default();
    let server = server(&stores, 2).with_observer(statuses.clone());
    let mut users = Vec::new();
    for number in 0..7 {
        users.push(create_user(&server, number).await);
    }
    let id = create_group(&server, &users).await;
    for (fails_at, status) in [(0, 200), (1, 503), (2, 200), (3, 200), (4, 200)] {
        stores.seen.pieces.store(0, Ordering::Relaxed);
        stores.seen.fails_at.store(fails_at, Ordering::Relaxed);
        statuses.0.lock().expect("no panic").clear();
        let found = get(&server, &format!("/Groups/{id}")).await;
        assert_eq!(found.status, status, "fails at {fails_at}");
        assert_eq!(found.body.is_err(), fails_at > 1, "fails at {fails_at}");
        assert_eq!(*statuses.0.lock().expect("no panic"), [status], "fails at {fails_at}");
    }
}

/// Waits until no snapshot is held.
async fn released(stores: &Watched) -> bool {
    let owners = |stores: &Watched| Arc::strong_count(&stores.seen);
    let base = 1 + 1;
    for _ in 0..100 {
        if owners(stores) <= base {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    false
}

#[tokio::test(start_paused = true)]
async fn who_does_not_read_holds_no_snapshot_longer_than_a_minute() {
    let stores = Watched::default();
    let server = server(&stores, 2);
    let mut users = Vec::new();
    for number in 0..9 {
        users.push(create_user(&server, number).await);
    }
    let id = create_group(&server, &users).await;
    let mut response = endpoint(server.clone()).get_response(request("GET", &format!("/Groups/{id}")).finish()).await;
    assert!(!released(&stores).await, "the snapshot is held for the reader");
    tokio::time::sleep(Duration::from_secs(61)).await;
    assert!(released(&stores).await, "the snapshot is still held");
    assert!(body(&mut response).await.is_err(), "half an answer looks whole");
    // And who goes away holds none at all.
    let response = endpoint(server.clone()).get_response(request("GET", &format!("/Groups/{id}")).finish()).await;
    drop(response);
    assert!(released(&stores).await, "the snapshot of a reader who went away is still held");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_wire_a_long_answer_is_chunked_its_head_tells_no_length_and_a_broken_one_has_no_end() {
    let stores = Watched::default();
    let scim = server(&stores, 2);
    let mut users = Vec::new();
    for number in 0..7 {
        users.push(create_user(&scim, number).await);
    }
    let id = create_group(&scim, &users).await;
    let expected = get(&scim, &format!("/Groups/{id}")).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/scim/v2/Groups/{id}", listener.local_addr().expect("it is bound"));
    let serving = tokio::spawn(scim.clone().serve(listener, std::future::pending()));
    let client = reqwest::Client::new();
    let ask = async |method: reqwest::Method| client.request(method, &url).bearer_auth(TOKEN).send().await.expect("an answer");

    let whole = ask(reqwest::Method::GET).await;
    let length = |answer: &reqwest::Response| answer.headers().get("content-length").cloned();
    assert_eq!((whole.status().as_u16(), length(&whole)), (200, None));
    assert_eq!(whole.headers()["transfer-encoding"], "chunked");
    assert_eq!(whole.text().await.expect("it is whole"), expected.text());

    let head = ask(reqwest::Method::HEAD).await;
    assert_eq!((head.status().as_u16(), length(&head)), (200, None), "the length that GET does not tell");
    assert_eq!(head.headers()["etag"], *expected.headers["etag"]);
    assert_eq!(head.headers()["content-type"], "application/scim+json; charset=utf-8");

    stores.seen.pieces.store(0, Ordering::Relaxed);
    stores.seen.fails_at.store(3, Ordering::Relaxed);
    let broken = ask(reqwest::Method::GET).await;
    assert_eq!(broken.status().as_u16(), 200);
    let text = broken.text().await;
    assert!(text.is_err(), "half an answer looks whole: {text:?}");
    serving.abort();
}

/// Two groups of the same members: one is changed at once, the other one in pieces.
#[tokio::test]
async fn a_patch_that_selects_by_more_than_the_id_holds_one_piece_at_a_time() {
    let stores = Watched::default();
    let (whole, small) = (server(&stores, u32::MAX), server(&stores, 2));
    let mut users = Vec::new();
    for number in 0..9 {
        users.push(create_user(&whole, number).await);
    }
    for (operations, status) in [
        (json!([{"op": "remove", "path": "members[display co \"7\"]"}]), 200),
        (json!([{"op": "remove", "path": "members[not (display pr)]"}]), 200),
        (
            json!([{"op": "remove", "path": "members[type eq \"User\"]"}, {"op": "add", "path": "members", "value": [{"value": users[0]}]}]),
            200,
        ),
        (json!([{"op": "remove", "path": "members[type eq \"Group\"]"}]), 200),
        (json!([{"op": "replace", "path": "members[display co \"7\"]", "value": {"value": users[0]}}]), 200),
        (json!([{"op": "replace", "path": "members[type eq \"Group\"]", "value": {"value": users[0]}}]), 400),
        (json!([{"op": "add", "path": "members[display co \"77\"]", "value": {"value": users[0]}}]), 400),
    ] {
        let mut answers = Vec::new();
        for server in [&whole, &small] {
            let id = create_group(&whole, &users).await;
            let before = stores.seen.pieces.load(Ordering::Relaxed);
            stores.seen.largest.store(0, Ordering::Relaxed);
            let answer = send(server, "PATCH", &format!("/Groups/{id}?attributes=displayName"), &patch(operations.clone())).await;
            if std::ptr::eq(server, &small) {
                assert!(stores.seen.largest.load(Ordering::Relaxed) <= 2, "{operations}");
                assert!(stores.seen.pieces.load(Ordering::Relaxed) > before + 3, "{operations}");
            }
            let shown = get(&whole, &format!("/Groups/{id}")).await.json();
            let detail = if answer.status == 200 { Value::Null } else { answer.json() };
            answers.push((answer.status, detail, shown["members"].clone(), shown["meta"]["version"].clone()));
        }
        assert_eq!(answers[0], answers[1], "{operations}");
        assert_eq!(answers[0].0, status, "{operations}: {}", answers[0].1);
    }
}

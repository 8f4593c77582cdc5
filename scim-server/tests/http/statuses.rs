//! Every status that the server answers with an error has the body of RFC 7644 §3.12.

use std::sync::{Arc, Mutex};

use poem::Request;
use scim_server::http::endpoint;
use scim_server::{
    Authenticate, Boxed, Caller, Error, Exchange, Limits, MemoryStores, Observer, Profile, Registry, Result, ScimServer, ScimType,
};
use serde_json::{Value, json};

use crate::exchange::{Answer, Server, TOKEN};
use crate::{assert_error, create, patch, request, scim_server, send, send_bytes, server, user};

/// RFC: 7644-3.2-17 7644-3.12-01 7644-3.12-02 7644-3.12-03 7644-3.12-08 7644-3.12-12 7644-3.12-16..17
/// RFC: 7644-3.12-19..24 7644-3.12-28 7644-3.1-04 7643-4.1.1-03
/// RFC: 7644-3.11-02
#[tokio::test]
async fn every_error_has_its_status_keyword_and_body() {
    let server = server(Profile::RFC);
    let path = format!("/Users/{}", create(&server, "/Users", &user("bjensen")).await);
    let path = path.as_str();
    let long = format!("/Users?filter=userName%20eq%20%22{}%22", "x".repeat(62 * 1024));
    let operation = |operation: Value| patch(json!([operation])).to_string();
    let cases: Vec<(&str, &str, String, u16, Option<&str>)> = vec![
        ("GET", "/Users?filter=(", String::new(), 400, Some("invalidFilter")),
        ("GET", "/Users?filter=%ff", String::new(), 400, Some("invalidFilter")),
        ("GET", "/Users?count=abc", String::new(), 400, Some("invalidValue")),
        ("GET", "/Users?startIndex=1.5", String::new(), 400, Some("invalidValue")),
        ("GET", "/Users?attributes=title&excludedAttributes=name", String::new(), 400, Some("invalidValue")),
        ("GET", "/v1/Users", String::new(), 400, Some("invalidVers")),
        ("POST", "/Users", String::new(), 400, Some("invalidSyntax")),
        ("POST", "/Users", "[]".into(), 400, Some("invalidSyntax")),
        ("POST", "/Users", "{\"a\":1,\"a\":2}".into(), 400, Some("invalidSyntax")),
        ("POST", "/Users", user("").to_string(), 400, Some("invalidValue")),
        ("PATCH", path, operation(json!({"op": "add", "path": "a[", "value": 1})), 400, Some("invalidPath")),
        ("PATCH", path, operation(json!({"op": "replace", "path": "emails[type eq \"x\"].value", "value": "y"})), 400, Some("noTarget")),
        ("PATCH", path, operation(json!({"op": "replace", "path": "id", "value": "x"})), 400, Some("mutability")),
        ("PATCH", path, operation(json!({"op": "remove"})), 400, Some("noTarget")),
        ("PATCH", path, operation(json!({"op": "sing"})), 400, Some("invalidSyntax")),
        ("GET", "/Schemas?filter=id%20pr", String::new(), 403, None),
        ("GET", "/Users/unknown", String::new(), 404, None),
        ("GET", "/Nothing", String::new(), 404, None),
        ("PUT", "/Users", "{}".into(), 405, None),
        ("POST", "/Users", user("BJensen").to_string(), 409, Some("uniqueness")),
        ("GET", long.as_str(), String::new(), 414, None),
        ("POST", "/Bulk", "{}".into(), 400, Some("invalidSyntax")),
        ("GET", "/Users?sortBy=name", String::new(), 400, Some("invalidValue")),
        ("GET", "/Users?sortBy=userName&sortOrder=up", String::new(), 400, Some("invalidValue")),
        ("GET", "/Users?cursor=x", String::new(), 400, Some("invalidCursor")),
        ("GET", "/Users?cursor&count=x", String::new(), 400, Some("invalidCount")),
        ("POST", "/Users/.search", "{\"schemas\":[]}".into(), 400, Some("invalidSyntax")),
        ("GET", "/Me", String::new(), 501, None),
    ];
    for (method, path, body, status, scim_type) in cases {
        assert_error(&send_bytes(&server, method, path, body).await, status, scim_type);
    }
    let many = patch(Value::Array(vec![json!({"op": "remove", "path": "title"}); Limits::default().patch_operations + 1]));
    assert_error(&send(&server, "PATCH", path, &many).await, 413, None);
    let body = "x".repeat(Limits::default().body + 1);
    assert_error(&send_bytes(&server, "PUT", path, body).await, 413, None);
    // A query has no members: its limit is the small one, also at an endpoint whose resources may have many.
    for path in ["/.search", "/Groups/.search"] {
        assert_error(&send_bytes(&server, "POST", path, "x".repeat(Limits::default().body + 1)).await, 413, None);
    }
    let text = request("POST", "/Users").header("content-type", "text/plain").body("x");
    assert_error(&server.answer(text).await, 415, None);
    let stale = request("DELETE", path).header("if-match", "W/\"none\"").finish();
    assert_error(&server.answer(stale).await, 412, None);
    let fat = (0..9).fold(request("GET", "/Users"), |request, number| request.header(format!("x-{number}"), "y".repeat(8_000)));
    let answer = server.answer(fat.finish()).await;
    assert_error(&answer, 431, None);
    assert!(answer.body["detail"].as_str().is_some_and(|detail| detail.contains("65536")), "{}", answer.body);
}

/// What an authenticator may do.
#[derive(Clone, Copy)]
enum Mood {
    Unavailable,
    Broken,
    Panics,
}

impl Authenticate for Mood {
    fn authenticate<'a>(&'a self, _: &'a str) -> Boxed<'a, Result<Option<Caller>>> {
        Box::pin(async move {
            match self {
                Mood::Unavailable => Err(Error::unavailable("the database at 10.1.2.3 is away")),
                Mood::Broken => Err(Error::internal("column `token` is missing in table `secrets`")),
                Mood::Panics => panic!("the authenticator of this test panics"),
            }
        })
    }
}

async fn under(mood: Mood, request: Request) -> Answer {
    let server = ScimServer::new(Registry::rfc7643(), MemoryStores::new(), mood);
    Server::new(endpoint(server)).answer(request).await
}

#[tokio::test]
async fn an_authenticator_that_cannot_tell_is_503_and_never_401() {
    let answer = under(Mood::Unavailable, request("GET", "/Users").finish()).await;
    assert_error(&answer, 503, None);
    assert_eq!(answer.headers["retry-after"], "1");
    assert!(!answer.headers.contains_key("www-authenticate"));
    assert!(!answer.body.to_string().contains("10.1.2.3"), "{}", answer.body);
    // Without a token nobody has to be asked.
    let answer = under(Mood::Unavailable, Request::builder().uri_str("/Users").finish()).await;
    assert_error(&answer, 401, None);
}

/// RFC: 7644-3.12-15
#[tokio::test]
async fn a_defect_is_500_and_says_nothing_but_the_id_of_the_request() {
    for mood in [Mood::Broken, Mood::Panics] {
        let answer = under(mood, request("GET", "/Users").finish()).await;
        assert_error(&answer, 500, None);
        let detail = answer.body["detail"].as_str().expect("a detail");
        assert!(detail.contains(&answer.headers["x-request-id"]), "{detail}");
        for inner in ["token", "secrets", "panic"] {
            assert!(!detail.contains(inner), "{detail}");
        }
    }
}

/// What was told of each exchange.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Observer for Told {
    fn finished(&self, exchange: &Exchange<'_>) {
        self.0.lock().expect("no test panics while it holds this").push(format!("{exchange:?}"));
    }
}

/// RFC: 7644-7.5.1-01
#[tokio::test]
async fn the_observer_learns_of_every_exchange_and_of_no_secret() {
    let told = Told::default();
    let server = Server::new(endpoint(scim_server(Profile::RFC).with_observer(told.clone())));
    let mut secretive = user("bjensen");
    secretive["password"] = json!("marker-password");
    let answer = send(&server, "POST", "/Users?attributes=marker-query", &secretive).await;
    assert_eq!(answer.status, 201);
    server.get("/Users?filter=userName%20eq%20%22marker-query%22").await;
    server.get("/Users?filter=password%20eq%20%22marker-password%22").await;
    server.answer(Request::builder().uri_str("/Users").header("authorization", "Bearer marker-token").finish()).await;
    let told = told.0.lock().expect("no test panics while it holds this").clone();
    assert_eq!(told.len(), 4);
    for (line, expected) in told.iter().zip(["status: 201", "status: 200", "status: 400", "status: 401"]) {
        assert!(line.contains(expected), "{line}");
        for marker in ["marker", TOKEN] {
            assert!(!line.contains(marker), "{line}");
        }
    }
    assert!(told[0].contains(&answer.headers["x-request-id"]), "the same id on the wire and in the record");
    assert!(told[3].contains("caller: None"), "{}", told[3]);
}

#[tokio::test]
async fn words_of_the_client_are_shown_short_and_without_invisible_characters() {
    let server = server(Profile::RFC);
    for text in ["%1b%5b31mred", "%0d%0aX-Evil:%20yes", "%e2%80%ae", "%00%07", "%e2%80%8b"] {
        for path in [format!("/{text}"), format!("/Schemas/{text}"), format!("/Users?count={text}"), format!("/Users?filter={text}%20pr")] {
            let answer = server.get(&path).await;
            let detail = answer.body["detail"].as_str().unwrap_or_else(|| panic!("{path} is refused: {}", answer.body));
            let clean = |c: char| c == '\n' || !(c.is_control() || "\u{200b}\u{202e}".contains(c));
            assert!(detail.chars().all(clean), "{path}: {detail:?}");
        }
    }
    let long = server.get(&format!("/{}", "n".repeat(5_000))).await;
    assert!(long.body["detail"].as_str().is_some_and(|detail| detail.len() < 300), "{}", long.body);
}

#[tokio::test]
async fn every_keyword_of_table_9_is_written_as_the_rfc_writes_it() {
    let all = [
        (ScimType::InvalidFilter, "invalidFilter"),
        (ScimType::TooMany, "tooMany"),
        (ScimType::Uniqueness, "uniqueness"),
        (ScimType::Mutability, "mutability"),
        (ScimType::InvalidSyntax, "invalidSyntax"),
        (ScimType::InvalidPath, "invalidPath"),
        (ScimType::NoTarget, "noTarget"),
        (ScimType::InvalidValue, "invalidValue"),
        (ScimType::InvalidVers, "invalidVers"),
        (ScimType::Sensitive, "sensitive"),
    ];
    for (keyword, word) in all {
        assert_eq!(json!(keyword), json!(word));
    }
}

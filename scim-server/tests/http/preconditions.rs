//! `ETag` and `If-Match` (RFC 7644 §3.14; S09, S41, S49, S68).

use poem::http::HeaderValue;
use scim_server::Profile;
use serde_json::{Value, json};

use crate::exchange::{Answer, Server};
use crate::{GROUP, assert_error, create, patch, request, server, user};

/// Sends a write with those `If-Match` headers.
async fn write(server: &Server, method: &str, path: &str, tags: &[&str], body: &Value) -> Answer {
    let mut request = request(method, path);
    for tag in tags {
        request = request.header("if-match", *tag);
    }
    server.answer(request.body(body.to_string())).await
}

fn title(text: &str) -> Value {
    patch(json!([{"op": "replace", "path": "title", "value": text}]))
}

async fn tag(server: &Server, path: &str) -> String {
    let answer = server.get(path).await;
    assert_eq!(answer.headers["etag"], answer.body["meta"]["version"].as_str().expect("a version"), "S49: one tag");
    answer.headers["etag"].clone()
}

/// A user that has been changed once, its path, its former and its present tag.
async fn changed() -> (Server, String, String, String) {
    let server = server(Profile::RFC);
    let path = format!("/Users/{}", create(&server, "/Users", &user("bjensen")).await);
    let old = tag(&server, &path).await;
    assert_eq!(write(&server, "PATCH", &path, &[&old], &title("first")).await.status, 200);
    let new = tag(&server, &path).await;
    assert_ne!(old, new);
    (server, path, old, new)
}

#[tokio::test]
async fn a_stale_tag_is_412_and_changes_nothing() {
    let (server, path, old, _) = changed().await;
    let before = server.get(&path).await.body;
    for (method, body) in [("PATCH", title("second")), ("PUT", user("other")), ("DELETE", Value::Null)] {
        for tags in [vec![old.as_str()], vec!["\"none\""], vec![&old, "W/\"none\""], vec!["W/\"none\", \"never\""], vec!["\"\""]] {
            assert_error(&write(&server, method, &path, &tags, &body).await, 412, None);
            assert_eq!(server.get(&path).await.body, before);
        }
    }
}

#[tokio::test]
async fn the_present_tag_is_accepted_in_every_form() {
    let (server, path, old, new) = changed().await;
    let strong = new.trim_start_matches("W/").to_owned();
    assert!(new.starts_with("W/\""), "{new}: what we send is weak and quoted");
    for tags in [vec![new.as_str()], vec![&strong], vec!["*"], vec![" * "], vec![&old, &new], vec![&format!("{old} ,, {strong}")]] {
        // The same again changes nothing, so the tag stays (S41).
        let answer = write(&server, "PATCH", &path, &tags, &title("first")).await;
        assert_eq!(answer.status, 200, "{tags:?}: {}", answer.body);
        assert_eq!(answer.headers["etag"], new, "{tags:?}");
    }
    let answer = write(&server, "PUT", &path, &[&strong], &user("renamed")).await;
    assert_eq!((answer.status, answer.body["userName"].as_str()), (200, Some("renamed")));
    assert_ne!(answer.headers["etag"], new);
    assert_eq!(write(&server, "DELETE", &path, &[&answer.headers["etag"]], &Value::Null).await.status, 204);
}

#[tokio::test]
async fn what_is_no_tag_is_400() {
    let (server, path, _, new) = changed().await;
    let bare = new.trim_start_matches("W/").trim_matches('"').to_owned();
    let before = server.get(&path).await.body;
    for (method, body) in [("PATCH", title("second")), ("PUT", user("other")), ("DELETE", Value::Null)] {
        for tags in [vec![bare.as_str()], vec![""], vec!["w/\"1\""], vec!["*", &new], vec!["\"1"], vec!["\"1\" \"2\""]] {
            assert_error(&write(&server, method, &path, &tags, &body).await, 400, Some("invalidValue"));
        }
        for bytes in [b"\"\xe9\"".as_slice(), b"\xff\xfe", b"\"1\", \"\xc3\xa9\""] {
            let header = HeaderValue::from_bytes(bytes).expect("a header value");
            let answer = server.answer(request(method, &path).header("if-match", header).body(body.to_string())).await;
            assert_error(&answer, 400, Some("invalidValue"));
        }
        assert_eq!(server.get(&path).await.body, before);
    }
}

#[tokio::test]
async fn a_missing_resource_is_404_whatever_the_tag() {
    let server = server(Profile::RFC);
    for (method, body) in [("PATCH", title("x")), ("PUT", user("x")), ("DELETE", Value::Null)] {
        for tags in [vec![], vec!["*"], vec!["W/\"1\""]] {
            assert_error(&write(&server, method, "/Users/unknown", &tags, &body).await, 404, None);
        }
    }
}

#[tokio::test]
async fn if_match_is_not_looked_at_where_nothing_is_changed() {
    let (server, path, old, _) = changed().await;
    for tag in [old.as_str(), "no tag at all"] {
        assert_eq!(write(&server, "GET", &path, &[tag], &Value::Null).await.status, 200);
        assert_eq!(write(&server, "GET", "/Users", &[tag], &Value::Null).await.status, 200);
    }
}

#[tokio::test]
async fn answers_of_one_resource_say_where_it_is_and_its_tag() {
    let server = server(Profile::RFC);
    let mut answers = vec![write(&server, "POST", "/Users", &[], &user("bjensen")).await];
    let id = answers[0].body["id"].as_str().expect("an id").to_owned();
    let (path, location) = (format!("/Users/{id}"), format!("https://scim.example.com/v2/Users/{id}"));
    answers.push(server.get(&path).await);
    answers.push(write(&server, "PUT", &path, &[], &user("jensen")).await);
    answers.push(write(&server, "PATCH", &path, &[], &title("x")).await);
    for (answer, status) in answers.iter().zip([201, 200, 200, 200]) {
        assert_eq!(answer.status, status);
        assert_eq!(answer.headers["location"], location);
        assert_eq!(answer.headers["content-location"], location);
        assert_eq!(answer.body["meta"]["location"], location);
        assert_eq!(answer.headers["etag"], answer.body["meta"]["version"].as_str().expect("a version"));
    }
    let group = create(&server, "/Groups", &json!({"schemas": [GROUP], "displayName": "Staff"})).await;
    let rename = patch(json!([{"op": "replace", "path": "displayName", "value": "Crew"}]));
    let answer = write(&server, "PATCH", &format!("/Groups/{group}"), &[], &rename).await;
    assert_eq!((answer.status, answer.body.is_null()), (204, true));
    assert!(!answer.headers.contains_key("content-type") && !answer.headers.contains_key("content-location"));
    assert_eq!(answer.headers["location"], format!("https://scim.example.com/v2/Groups/{group}"));
    assert_eq!(answer.headers["etag"], tag(&server, &format!("/Groups/{group}")).await);
}

#[tokio::test]
async fn no_forged_host_changes_a_url() {
    let server = server(Profile::LENIENT);
    let expected = server.get("/ServiceProviderConfig").await.body;
    let path = format!("/Users/{}", create(&server, "/Users", &user("bjensen")).await);
    let resource = server.get(&path).await;
    for (name, value) in [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "gopher"),
        ("x-forwarded-prefix", "/evil"),
        ("forwarded", "host=evil.example;proto=http"),
        ("x-original-url", "/Groups"),
        ("x-rewrite-url", "/Groups"),
    ] {
        assert_eq!(server.answer(request("GET", "/ServiceProviderConfig").header(name, value).finish()).await.body, expected, "{name}");
        let answer = server.answer(request("GET", &path).header(name, value).finish()).await;
        assert_eq!((&answer.body, &answer.headers["location"]), (&resource.body, &resource.headers["location"]), "{name}");
    }
}

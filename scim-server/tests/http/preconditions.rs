//! `ETag`, `If-Match` and `If-None-Match` (RFC 7644 §3.14; S09, S41, S49, S68).

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

/// RFC: 7644-3.12-13 9110-13.1.1-03 7644-3.14-06 7644-3.5.1-16
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

/// RFC: 7643-3.1-24 9110-8.8.3-01 9110-13.1.2-03 7644-3.14-01 7644-3.14-07
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

/// RFC: 9110-13.1.1-02
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

/// RFC: 7643-3.1-21 7643-3.1-22 7644-3.3-08 7644-3.3-09 7644-3.14-02 7644-3.14-03
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

async fn read(server: &Server, path: &str, tags: &[&str]) -> Answer {
    let mut request = request("GET", path);
    for tag in tags {
        request = request.header("if-none-match", *tag);
    }
    server.answer(request.finish()).await
}

/// RFC: 7644-3.14-04 7644-3.14-08 9110-13.1.2-01 9110-13.1.2-02 9110-13.1.2-03 9110-15.4.5-01
#[tokio::test]
async fn what_the_client_has_already_is_304_with_its_tag_and_without_a_body() {
    let (server, path, old, new) = changed().await;
    let projected = format!("{path}?attributes=title");
    let full = server.get(&projected).await;
    let strong = new.trim_start_matches("W/").to_owned();
    for tags in [vec![new.as_str()], vec![&strong], vec!["*"], vec![&old, &new], vec![&format!("\"x\" ,, {strong}")]] {
        let answer = read(&server, &projected, &tags).await;
        assert_eq!((answer.status, &answer.body), (304, &Value::Null), "{tags:?}");
        for name in ["etag", "content-location", "location"] {
            assert_eq!(answer.headers[name], full.headers[name], "{tags:?} {name}");
        }
        assert!(!answer.headers.contains_key("content-type"));
        let head = tags.iter().fold(request("HEAD", &projected), |request, tag| request.header("if-none-match", *tag));
        assert_eq!(server.answer(head.finish()).await.status, 304);
    }
    for tags in [vec![old.as_str()], vec!["\"none\""], vec![&old, "\"none\""], vec!["\"\""]] {
        let answer = read(&server, &projected, &tags).await;
        assert_eq!((answer.status, &answer.body), (200, &full.body), "{tags:?}");
    }
    for tags in [vec!["3"], vec![""], vec!["*", &new], vec!["\"1"]] {
        assert_error(&read(&server, &projected, &tags).await, 400, Some("invalidValue"));
    }
    assert_error(&read(&server, "/Users/unknown", &["*"]).await, 404, None);
}

/// The tag does not cover what other resources say of this one, so their change must be seen.
#[tokio::test]
async fn an_answer_that_shows_other_resources_is_never_304_for_a_tag() {
    let (server, path, _, new) = changed().await;
    let id = path.trim_start_matches("/Users/").to_owned();
    assert_eq!(read(&server, &path, &[&new]).await.status, 200);
    let group = create(&server, "/Groups", &json!({"schemas": [GROUP], "displayName": "Staff", "members": [{"value": id}]})).await;
    let group = format!("/Groups/{group}");
    let answer = read(&server, &path, &[&new]).await;
    assert_eq!((answer.status, &answer.headers["etag"]), (200, &new), "the version did not move");
    assert_eq!(answer.body["groups"][0]["display"], "Staff");
    for (path, status) in [
        (format!("{path}?excludedAttributes=groups"), 200),
        (format!("{path}?attributes=groups.value"), 200),
        (format!("{path}?excludedAttributes=groups,{}:manager", crate::ENTERPRISE), 304),
        (format!("{group}?attributes=members"), 200),
        (group.clone(), 200),
        (format!("{group}?excludedAttributes=members"), 304),
    ] {
        let tag = tag(&server, path.split('?').next().unwrap_or_default()).await;
        assert_eq!(read(&server, &path, &[&tag]).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn lists_and_discovery_have_no_tag_to_compare() {
    let (server, _, _, new) = changed().await;
    for path in ["/Users", "/", "/Schemas", "/ServiceProviderConfig", "/ResourceTypes/User"] {
        for tag in [new.as_str(), "*", "no tag at all"] {
            let answer = read(&server, path, &[tag]).await;
            assert!(answer.status == 200 && !answer.headers.contains_key("etag"), "{path} {tag}");
        }
    }
    let post = request("POST", "/Users").header("if-none-match", "*").body(user("new").to_string());
    assert_eq!(server.answer(post).await.status, 201, "what POST creates has no tag yet");
    let search = request("POST", "/.search").header("if-none-match", "*").body("{}");
    assert_eq!(server.answer(search).await.status, 200);
}

/// RFC: 9110-13.1.2-02 9110-13.2.2-01
#[tokio::test]
async fn a_change_of_what_the_client_excludes_is_412() {
    let (server, path, old, new) = changed().await;
    let before = server.get(&path).await.body;
    let write = async |method: &str, path: &str, tags: &[&str], body: &Value| {
        let request = tags.iter().fold(request(method, path), |request, tag| request.header("if-none-match", *tag));
        server.answer(request.body(body.to_string())).await
    };
    for (method, body) in [("PATCH", title("second")), ("PUT", user("other")), ("DELETE", Value::Null)] {
        for tags in [vec!["*"], vec![new.as_str()], vec![&old, &new]] {
            assert_error(&write(method, &path, &tags, &body).await, 412, None);
        }
        assert_error(&write(method, &path, &["3"], &body).await, 400, Some("invalidValue"));
        assert_error(&write(method, "/Users/unknown", &["*"], &body).await, 404, None);
        assert_error(&write(method, "/Users/unknown", &["\"1\""], &body).await, 404, None);
        assert_eq!(server.get(&path).await.body, before);
    }
    assert_eq!(write("PATCH", &path, &[&old, "\"none\""], &title("second")).await.body["title"], "second");
    assert_eq!(write("DELETE", &path, &[&old], &Value::Null).await.status, 204);
}

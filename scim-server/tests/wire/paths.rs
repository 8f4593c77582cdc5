//! The base path, and the URLs that answers show.

use crate::socket::{Listening, create, get, head};

#[tokio::test]
async fn the_endpoints_stand_below_the_base_and_nothing_else_does() {
    let server = Listening::start().await;
    for (target, status) in [
        ("/scim/v2/Users", 200),
        ("/scim/v2/Users/", 200),
        ("/scim/v2/Users?count=1", 200),
        ("/scim/v2/Users/?count=1", 200),
        ("http://elsewhere.example/scim/v2/Users", 200),
        ("/scim/v2", 200),
        ("/scim/v2/", 200),
        ("/scim/v2?filter=userName+pr", 200),
        ("/scim/v2/v3/Users", 400),
        ("/scim/v2//Users", 404),
        ("/scim/v2/%2FUsers", 404),
        ("/scim/v2Users", 404),
        ("/scim/v3/Users", 404),
        ("/SCIM/v2/Users", 404),
        ("/scim/%76%32/Users", 404),
        ("//scim/v2/Users", 404),
        ("/scim/v2/../v2/Users", 404),
        ("/", 404),
        ("/Users", 404),
        ("/scim/v2/Users/%ff", 404),
        ("/scim/v2/%ff", 404),
        ("/scim/v2/Users/%00", 404),
        ("/scim/v2/Users/%2e%2e%2fGroups", 404),
    ] {
        let answer = server.ask(get(target)).await;
        if status == 200 {
            assert_eq!(answer.status, 200, "{target}: {answer:?}");
        } else {
            assert_eq!(answer.status, status, "{target}: {answer:?}");
            answer.assert_error(status);
        }
    }
}

#[tokio::test]
async fn a_path_that_is_not_utf8_is_refused_for_want_of_a_token_first() {
    let server = Listening::start().await;
    for target in ["/scim/v2/Users/%ff", "/scim/v2/%ff%fe", "/scim/v2/nothing/at/all", "/scim/v2"] {
        let answer = server.ask(format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n")).await;
        answer.assert_error(401);
        assert_eq!(answer.header("www-authenticate"), Some(r#"Bearer realm="scim""#));
    }
}

#[tokio::test]
async fn urls_come_from_the_configuration_and_never_from_the_request() {
    let server = Listening::start().await;
    let headers = [
        "Host: evil.example",
        "X-Forwarded-Host: evil.example",
        "X-Forwarded-Proto: https",
        "Forwarded: host=evil.example;proto=https",
        "X-Original-URL: /scim/v2/Groups",
    ];
    let body = crate::socket::user("ana");
    let mut with_length = headers[1..].to_vec();
    let length = format!("Content-Length: {}", body.len());
    with_length.push(&length);
    let request = head("POST", "/scim/v2/Users", &with_length).replace("Host: localhost", headers[0]) + &body;
    let answer = server.ask(request).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let base = format!("http://{}/scim/v2/Users/", server.address);
    let location = answer.header("location").expect("a location");
    assert!(location.starts_with(&base), "{location}");
    assert_eq!(answer.header("content-location"), Some(location));
    assert_eq!(answer.body["meta"]["location"], location);
    assert!(!format!("{answer:?}").contains("evil"), "{answer:?}");
}

#[tokio::test]
async fn head_tells_the_length_of_the_body_that_get_sends() {
    let server = Listening::start().await;
    server.ask(create("ana")).await;
    for target in ["/scim/v2/Users", "/scim/v2/Schemas", "/scim/v2/Users/unknown", "/outside"] {
        let full = server.ask(get(target)).await;
        let mut connection = server.connect().await;
        connection.send(head("HEAD", target, &[])).await;
        let short = connection.answer_to_head().await;
        assert!(full.bytes > 0, "{full:?}");
        assert_eq!((short.status, short.header("content-length")), (full.status, full.header("content-length")), "{target}");
        assert_eq!(short.header("content-type"), full.header("content-type"), "{target}");
        // If a body had been sent, the next answer would not begin where this one ended.
        connection.send(get("/scim/v2/Users")).await;
        assert_eq!(connection.answer().await.status, 200, "{target}");
    }
}

/// RFC: 9110-15.4.5-01
#[tokio::test]
async fn a_304_ends_with_its_head() {
    let server = Listening::start().await;
    let created = server.ask(create("ana")).await;
    let target = format!("/scim/v2/Users/{}?attributes=userName", created.body["id"].as_str().expect("an id"));
    let tag = format!("If-None-Match: {}", created.header("etag").expect("a tag"));
    for method in ["GET", "HEAD"] {
        let mut connection = server.connect().await;
        connection.send(head(method, &target, &[&tag])).await;
        let answer = connection.answer_to_head().await;
        assert_eq!((answer.status, answer.header("etag")), (304, created.header("etag")), "{method}");
        assert_eq!(answer.header("content-location"), created.header("content-location"), "{method}");
        assert!(answer.header("content-type").is_none() && answer.header("content-length").is_none(), "{answer:?}");
        // If a body had been sent, the next answer would not begin where this one ended.
        connection.send(get("/scim/v2/Users")).await;
        assert_eq!(connection.answer().await.status, 200, "{method}");
    }
}

#[tokio::test]
async fn a_head_over_its_limits_is_refused_in_words() {
    let server = Listening::start().await;
    let long = "x".repeat(64 << 10);
    server.ask(get(&format!("/scim/v2/Users?filter=userName+eq+%22{}%22", &long[..61 << 10]))).await.assert_error(414);
    server.ask(head("GET", "/scim/v2/Users", &[&format!("X-Long: {long}")])).await.assert_error(431);
    let filter = format!("/scim/v2/Users?filter=userName+eq+%22{}%22", "%78".repeat(16_000));
    assert_eq!(server.ask(get(&filter)).await.status, 200, "a filter within its own limit fits, percent-encoded");
}

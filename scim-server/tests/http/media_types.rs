//! Media types of requests and answers, and how much of a body is read (RFC 7644 §3.1; S40, T13, T38).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::stream;
use poem::Body;
use poem::http::HeaderValue;
use scim_server::{Limits, Profile};

use crate::exchange::{Answer, Server};
use crate::{assert_error, request, scim_server, server, user};

async fn create_as(server: &Server, name: &str, headers: &[(&str, &[u8])]) -> Answer {
    let mut request = request("POST", "/Users");
    for (name, value) in headers {
        request = request.header(*name, HeaderValue::from_bytes(value).expect("a header value"));
    }
    server.answer(request.body(user(name).to_string())).await
}

/// RFC: 7644-3.8-08 7644-3.8-09 7644-8.1-01 7644-3.1-01
#[tokio::test]
async fn json_in_utf_8_is_read_under_its_media_types_and_under_none() {
    let server = server(Profile::RFC);
    let accepted: [&[u8]; 11] = [
        b"application/scim+json",
        b"application/json",
        b"Application/SCIM+JSON",
        b"application/scim+json;charset=utf-8",
        b"application/scim+json; charset=UTF-8",
        b"application/json; Charset=\"utf-8\"",
        b"application/json ; charset=utf-8 ; profile=\"a;b\"",
        b"application/json;odata=verbose",
        b"application/json;",
        b"",
        b"  ",
    ];
    for (index, media_type) in accepted.into_iter().enumerate() {
        let answer = create_as(&server, &format!("user{index}"), &[("content-type", media_type)]).await;
        assert_eq!(answer.status, 201, "{}: {}", String::from_utf8_lossy(media_type), answer.body);
        assert_eq!(answer.headers["content-type"], "application/scim+json; charset=utf-8");
    }
    assert_eq!(create_as(&server, "none", &[]).await.status, 201);
}

/// RFC: 9110-15.5.16-01
#[tokio::test]
async fn other_media_types_charsets_and_codings_are_415() {
    let server = server(Profile::LENIENT);
    let refused: [&[u8]; 13] = [
        b"text/plain",
        b"text/json",
        b"application/xml",
        b"application/x-www-form-urlencoded",
        b"multipart/form-data; boundary=x",
        b"application/scim+jsonx",
        b"application/scim",
        b"json",
        b"application/json; charset=utf-16",
        b"application/json; charset=iso-8859-1",
        b"application/json; charset=utf-8; charset=latin1",
        b"application/json, text/plain",
        b"application/json\xe9",
    ];
    for media_type in refused {
        assert_error(&create_as(&server, "bjensen", &[("content-type", media_type)]).await, 415, None);
    }
    let twice: [(&str, &[u8]); 2] = [("content-type", b"application/json"), ("content-type", b"text/plain")];
    assert_error(&create_as(&server, "bjensen", &twice).await, 415, None);
    for coding in ["gzip", "deflate", "br", "identity, gzip"] {
        assert_error(&create_as(&server, "bjensen", &[("content-encoding", coding.as_bytes())]).await, 415, None);
    }
    assert_eq!(server.get("/Users").await.body["totalResults"], 0);
    assert_eq!(create_as(&server, "bjensen", &[("content-encoding", b"identity")]).await.status, 201);
}

/// RFC: 7644-3.8-06 7644-3.8-07 9110-15.5.7-01
#[tokio::test]
async fn the_header_accept_is_ignored() {
    let server = server(Profile::RFC);
    for accept in ["application/scim+json", "application/json", "application/xml", "*/*", "text/html;q=0.1", ""] {
        let answer = server.answer(request("GET", "/Users").header("accept", accept).finish()).await;
        assert_eq!(answer.status, 200, "{accept}");
        assert_eq!(answer.headers["content-type"], "application/scim+json; charset=utf-8");
    }
}

fn small() -> Server {
    let limits = Limits { body: 1_000, body_with_collection: 2_000, ..Limits::default() };
    Server::new(scim_server::http::endpoint(scim_server(Profile::RFC).with_limits(limits)))
}

/// A body that is padded to that many bytes, in pieces of 100.
fn pieces(length: usize, counted: Arc<AtomicUsize>) -> Body {
    let mut text = user("bjensen").to_string();
    text.push_str(&" ".repeat(length - text.len()));
    let pieces: Vec<Vec<u8>> = text.into_bytes().chunks(100).map(<[u8]>::to_vec).collect();
    Body::from_bytes_stream(stream::iter(pieces.into_iter().map(move |piece| {
        counted.fetch_add(piece.len(), Ordering::Relaxed);
        Ok::<_, std::io::Error>(piece)
    })))
}

#[tokio::test]
async fn a_body_at_the_limit_is_read_and_one_byte_more_is_413() {
    let server = small();
    for (endpoint, limit) in [("/Users", 1_000), ("/Groups", 2_000)] {
        let over = server.answer(request("POST", endpoint).body(pieces(limit + 1, Arc::default()))).await;
        assert_error(&over, 413, None);
        assert!(over.body["detail"].as_str().is_some_and(|detail| detail.contains(&limit.to_string())), "{}", over.body);
        let declared = request("POST", endpoint).header("content-length", limit + 1).body(pieces(limit + 1, Arc::default()));
        assert_error(&server.answer(declared).await, 413, None);
    }
    assert_eq!(server.answer(request("POST", "/Users").body(pieces(1_000, Arc::default()))).await.status, 201);
}

#[tokio::test]
async fn of_a_body_over_the_limit_at_most_2_mib_more_are_read() {
    const EXTRA: usize = 2 << 20;
    let server = small();
    for (length, most, least) in [(EXTRA, EXTRA, EXTRA), (20 * EXTRA, 1_000 + EXTRA + 100, EXTRA)] {
        let read = Arc::new(AtomicUsize::new(0));
        let answer = server.answer(request("POST", "/Users").body(pieces(length, read.clone()))).await;
        assert_error(&answer, 413, None);
        let read = read.load(Ordering::Relaxed);
        assert!((least..=most).contains(&read), "{read} of {length}");
        // Who still has much to send must not take the next request's head for the rest of this body.
        assert_eq!(answer.headers.get("connection").map(String::as_str), (length > 2 * EXTRA).then_some("close"));
    }
    let read = Arc::new(AtomicUsize::new(0));
    let waiting = request("POST", "/Users").header("expect", "100-continue").header("content-length", 5_000);
    assert_error(&server.answer(waiting.body(pieces(5_000, read.clone()))).await, 413, None);
    assert_eq!(read.load(Ordering::Relaxed), 0, "who waits for the word to go on does not get it");
}

#[tokio::test]
async fn a_body_that_breaks_off_creates_nothing() {
    let server = server(Profile::RFC);
    let half: Vec<Result<Vec<u8>, std::io::Error>> =
        vec![Ok(br#"{"schemas": ["#.to_vec()), Err(std::io::ErrorKind::ConnectionReset.into())];
    let answer = server.answer(request("POST", "/Users").body(Body::from_bytes_stream(stream::iter(half)))).await;
    assert_error(&answer, 400, Some("invalidSyntax"));
    assert_eq!(server.get("/Users").await.body["totalResults"], 0);
}

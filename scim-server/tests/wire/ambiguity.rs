//! Requests that two parsers could read in two ways (T38; RFC 9112 §6.3, RFC 9110 §5.5).

use crate::socket::{Body, Listening, TOKEN, create, head, user};

/// Refused, or its connection closed, and never carried out.
#[tokio::test]
async fn ambiguous_framing_is_refused_and_the_connection_closed() {
    let server = Listening::start().await;
    let body = user("ana");
    let length = body.len();
    let chunk = format!("{length:x}\r\n{body}\r\n0\r\n\r\n");
    let start = format!("POST /scim/v2/Users HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n");
    for (what, request) in [
        ("two lengths", format!("{start}Content-Length: {length}\r\nContent-Length: 5\r\n\r\n{body}")),
        ("a list of lengths", format!("{start}Content-Length: {length}, 5\r\n\r\n{body}")),
        ("a signed length", format!("{start}Content-Length: +{length}\r\n\r\n{body}")),
        ("a negative length", format!("{start}Content-Length: -1\r\n\r\n{body}")),
        ("a length that is no number", format!("{start}Content-Length: 0x10\r\n\r\n{body}")),
        ("another last coding than chunked", format!("{start}Transfer-Encoding: chunked, identity\r\n\r\n{chunk}")),
        ("an unknown coding", format!("{start}Transfer-Encoding: xchunked\r\n\r\n{chunk}")),
        ("a blank before the colon", format!("{start}Content-Length : {length}\r\n\r\n{body}")),
        ("a folded header", format!("{start}X-Folded: a\r\n b\r\nContent-Length: {length}\r\n\r\n{body}")),
        ("a NUL in a header", format!("{start}X-Nul: a\0b\r\nContent-Length: {length}\r\n\r\n{body}")),
        ("a carriage return in a header", format!("{start}X-Cr: a\rb\r\nContent-Length: {length}\r\n\r\n{body}")),
        ("a chunk length that is no number", format!("{start}Transfer-Encoding: chunked\r\n\r\nzz\r\n{body}\r\n0\r\n\r\n")),
        ("a blank in the target", start.replace("/Users", "/Users x") + "\r\n"),
        ("no version", start.replace(" HTTP/1.1", "") + "\r\n"),
    ] {
        let mut connection = server.connect().await;
        connection.send(&request).await;
        let answer = connection.try_answer(Body::Sent).await;
        if let Some(answer) = &answer {
            assert_eq!(answer.status, 400, "{what}: {answer:?}");
        }
        assert!(connection.is_closed().await, "{what}: the connection stays open after {answer:?}");
        assert_eq!(server.users().await, 0, "{what} was carried out");
    }
}

#[tokio::test]
async fn a_length_beside_a_chunked_body_does_not_split_the_request() {
    let server = Listening::start().await;
    let inner = create("smuggled");
    let chunk = format!("{:x}\r\n{inner}\r\n0\r\n\r\n", inner.len());
    for headers in [["Content-Length: 5", "Transfer-Encoding: chunked"], ["Transfer-Encoding: chunked", "Content-Length: 5"]] {
        let mut connection = server.connect().await;
        connection.send(head("POST", "/scim/v2/Users", &headers) + &chunk).await;
        let answer = connection.answer().await;
        assert_eq!(answer.status, 400, "{answer:?}");
        assert_eq!(server.users().await, 0, "a request within a body was carried out");
    }
}

#[tokio::test]
async fn headers_that_name_another_method_or_caller_are_ignored() {
    let server = Listening::start().await;
    let created = server.ask(create("ana")).await;
    let target = format!("/scim/v2/Users/{}", created.body["id"].as_str().expect("an id"));
    for header in ["X-HTTP-Method-Override: DELETE", "X-HTTP-Method: DELETE", "X-Method-Override: DELETE"] {
        assert_eq!(server.ask(head("GET", &target, &[header])).await.status, 200, "{header}");
        server.ask(head("POST", &target, &[header, "Content-Length: 0"])).await.assert_error(405);
    }
    for header in ["Cookie: token=wire-token", "X-Forwarded-User: admin", "Proxy-Authorization: Bearer wire-token"] {
        let request = head("GET", &target, &[header]).replace(&format!("Authorization: Bearer {TOKEN}\r\nC"), "C");
        let request = request.replacen(&format!("Authorization: Bearer {TOKEN}\r\n"), "", 1);
        server.ask(request).await.assert_error(401);
    }
    assert_eq!(server.users().await, 1);
}

//! Bodies that are too large, never end, break off, or that nobody wants (T13, T24).

use tokio::io::AsyncWriteExt;

use crate::socket::{Connection, Listening, TOKEN, create, get, head, user};

static PIECE: [u8; 64 << 10] = [b' '; 64 << 10];

/// Sends up to so many bytes and returns how many were taken before the server closed the connection.
async fn pour(connection: &mut Connection, chunked: Chunked, most: usize) -> usize {
    let mut taken = 0;
    while taken < most {
        let sent = match chunked {
            Chunked::Yes => {
                let mut chunk = format!("{:x}\r\n", PIECE.len()).into_bytes();
                chunk.extend_from_slice(&PIECE);
                chunk.extend_from_slice(b"\r\n");
                connection.stream.write_all(&chunk).await
            }
            Chunked::No => connection.stream.write_all(&PIECE).await,
        };
        if sent.is_err() {
            break;
        }
        taken += PIECE.len();
    }
    taken
}

#[derive(Debug, Clone, Copy)]
enum Chunked {
    Yes,
    No,
}

#[tokio::test]
async fn a_body_just_over_the_limit_gets_an_answer_that_names_the_limit() {
    let server = Listening::start().await;
    // A declared length is refused at once, and of the rest at most two mebibytes are read: less than a client with a group sends.
    for (endpoint, limit, chunked) in
        [("Users", 1 << 20, Chunked::Yes), ("Users", 1 << 20, Chunked::No), ("Groups", 16 << 20, Chunked::Yes)]
    {
        let size = (limit / PIECE.len() + 2) * PIECE.len();
        let length = match chunked {
            Chunked::Yes => "Transfer-Encoding: chunked".to_owned(),
            Chunked::No => format!("Content-Length: {size}"),
        };
        let mut connection = server.connect().await;
        connection.send(head("POST", &format!("/scim/v2/{endpoint}"), &[&length])).await;
        assert_eq!(pour(&mut connection, chunked, size).await, size, "{endpoint} {chunked:?}: the server takes the rest");
        if matches!(chunked, Chunked::Yes) {
            connection.send("0\r\n\r\n").await;
        }
        let answer = connection.answer().await;
        answer.assert_error(413);
        assert!(answer.body["detail"].to_string().contains(&limit.to_string()), "{answer:?}");
    }
    assert_eq!(server.users().await, 0);
}

/// T13
#[tokio::test]
async fn a_hundred_megabytes_are_not_taken_in() {
    let server = Listening::start().await;
    let gzip = "Content-Encoding: gzip";
    for (chunked, lines) in [
        (Chunked::Yes, &["Transfer-Encoding: chunked"][..]),
        (Chunked::No, &["Content-Length: 104857600"]),
        (Chunked::Yes, &["Transfer-Encoding: chunked", gzip]),
        (Chunked::No, &["Content-Length: 104857600", gzip]),
    ] {
        for token in [TOKEN, "wrong"] {
            let mut connection = server.connect().await;
            connection.send(head("POST", "/scim/v2/Users", lines).replace(TOKEN, token)).await;
            let taken = pour(&mut connection, chunked, 100 << 20).await;
            // The limit, two mebibytes more, and what the sockets of both sides hold.
            assert!(taken < 20 << 20, "{lines:?} {token}: {taken} bytes were taken");
        }
    }
    assert_eq!(server.users().await, 0);
}

#[tokio::test]
async fn a_refused_request_leaves_the_connection_usable() {
    let server = Listening::start().await;
    let mut connection = server.connect().await;
    let body = user(&"x".repeat(200_000));
    let length = format!("Content-Length: {}", body.len());
    for (request, status) in [
        (head("POST", "/scim/v2/Nothing", &[&length]) + &body, 404),
        (head("POST", "/scim/v2/Users", &[&length]).replace(TOKEN, "wrong") + &body, 401),
        (head("POST", "/scim/v2/Users", &["Content-Type: text/plain", &length]) + &body, 415),
        (head("POST", "/scim/v2/Schemas", &[&length]) + &body, 405),
        (head("DELETE", "/scim/v2/Users/unknown", &[&length]) + &body, 404),
    ] {
        connection.send(request).await;
        connection.answer().await.assert_error(status);
    }
    connection.send(create("ana")).await;
    assert_eq!(connection.answer().await.status, 201);
    assert_eq!(server.users().await, 1);
}

#[tokio::test]
async fn a_body_that_the_client_holds_back_is_asked_for_only_if_it_is_wanted() {
    let server = Listening::start().await;
    let body = user("ana");
    let request = head("POST", "/scim/v2/Users", &["Expect: 100-continue", &format!("Content-Length: {}", body.len())]);

    let mut refused = server.connect().await;
    refused.send(request.replace(TOKEN, "wrong")).await;
    refused.answer().await.assert_error(401);

    let mut wanted = server.connect().await;
    wanted.send(&request).await;
    assert_eq!(wanted.answer().await.status, 100);
    wanted.send(&body).await;
    assert_eq!(wanted.answer().await.status, 201);
}

#[tokio::test]
async fn a_body_that_breaks_off_changes_nothing() {
    let server = Listening::start().await;
    let body = user("ana");
    for length in [format!("Content-Length: {}", body.len() + 1), "Transfer-Encoding: chunked".to_owned()] {
        let mut connection = server.connect().await;
        connection.send(head("POST", "/scim/v2/Users", &[&length])).await;
        if length.starts_with("Transfer") {
            connection.send(format!("{:x}\r\n{body}\r\n", body.len())).await;
        } else {
            connection.send(&body).await;
        }
        connection.stream.shutdown().await.expect("our side closes");
        if let Some(answer) = connection.try_answer(crate::socket::Body::Sent).await {
            assert_eq!(answer.status, 400, "{answer:?}");
        }
    }
    assert_eq!(server.users().await, 0);
    assert_eq!(server.ask(get("/scim/v2/Users")).await.status, 200);
}

//! What only the wire shows: heads beyond every limit, bytes that are no HTTP, connections.

use std::time::Duration;

use poem::listener::TcpAcceptor;
use poem::{Route, Server};
use scim_server::Profile;
use scim_server::http::{endpoint, scim_errors};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::exchange::TOKEN;
use crate::{scim_server, user};

/// Serves on a free port of the loopback, below `/scim/v2`, and says where.
async fn serve() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let acceptor = TcpAcceptor::from_tokio(listener).expect("an acceptor");
    let application = scim_errors(Route::new().nest("/scim/v2", endpoint(scim_server(Profile::RFC))));
    tokio::spawn(Server::new_with_acceptor(acceptor).run(application));
    address
}

/// Sends the bytes and reads until the server closes or says nothing for a while.
async fn exchange(address: std::net::SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    // Who is refused in the middle of sending may find the connection closed.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(Ok(length)) = tokio::time::timeout(Duration::from_millis(300), stream.read(&mut piece)).await {
        if length == 0 {
            break;
        }
        answer.extend_from_slice(&piece[..length]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

fn head(first: &str, more: &str) -> Vec<u8> {
    format!("{first} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n{more}\r\n").into_bytes()
}

#[track_caller]
fn status(answer: &str) -> u16 {
    let status = answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).and_then(|status| status.parse().ok());
    status.unwrap_or_else(|| panic!("no answer: {answer:?}"))
}

async fn assert_alive(address: std::net::SocketAddr) {
    let answer = exchange(address, &head("GET /scim/v2/Users", "Connection: close\r\n")).await;
    assert_eq!(status(&answer), 200, "the server goes on");
}

#[tokio::test]
async fn urls_of_any_length_are_answered_and_stop_nothing() {
    let address = serve().await;
    for depth in [1_000, 10_000, 15_000, 20_000, 60_000, 100_000, 1_000_000] {
        for word in ["(", "not%20("] {
            let answer = exchange(address, &head(&format!("GET /scim/v2/Users?filter={}", word.repeat(depth)), "")).await;
            // Beyond some 64 KiB of URL the HTTP library itself refuses; far beyond it only closes.
            let known = answer.is_empty() && depth >= 60_000 || matches!(status(&answer), 400 | 414 | 431);
            assert!(known, "depth {depth}: {answer:.60}");
            if depth * word.len() < 60_000 {
                assert!(answer.contains("\"status\":\"4"), "depth {depth} has a SCIM error: {answer:.300}");
            }
        }
    }
    let many: String = (0..150).map(|number| format!("X-{number}: y\r\n")).collect();
    assert_eq!(status(&exchange(address, &head("GET /scim/v2/Users", &many)).await), 431);
    assert_alive(address).await;
}

#[tokio::test]
async fn head_and_errors_keep_the_connection_in_step() {
    let address = serve().await;
    let mut bytes = head("HEAD /scim/v2/Users", "");
    bytes.extend(head("HEAD /scim/v2/nothing", ""));
    bytes.extend(head("OPTIONS /scim/v2/Users", ""));
    bytes.extend(head("GET /scim/v2/ServiceProviderConfig", "Connection: close\r\n"));
    let answer = exchange(address, &bytes).await;
    let statuses: Vec<&str> = answer.split("HTTP/1.1 ").skip(1).map(|rest| &rest[..3]).collect();
    assert_eq!(statuses, ["200", "404", "204", "200"], "{answer}");
    assert_eq!(answer.matches("\r\n\r\n{").count(), 1, "only the last one has a body: {answer}");
}

#[tokio::test]
async fn ambiguous_lengths_are_refused_and_the_connection_closed() {
    let address = serve().await;
    let body = user("smuggled").to_string();
    for lengths in [
        format!("Content-Length: {}\r\nContent-Length: 0\r\n", body.len()),
        format!("Content-Length: {}, 0\r\n", body.len()),
        "Content-Length: +5\r\n".into(),
        "Content-Length: -1\r\n".into(),
        "Content-Length: 99999999999999999999\r\n".into(),
        "Content-Length: 0x10\r\n".into(),
        "Transfer-Encoding: gzip\r\n".into(),
        "Transfer-Encoding: chunked, gzip\r\n".into(),
        "Transfer-Encoding : chunked\r\n".into(),
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n".into(),
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n".into(),
    ] {
        let mut bytes = head("POST /scim/v2/Users", &lengths);
        bytes.extend_from_slice(body.as_bytes());
        bytes.extend(head("GET /scim/v2/Users", ""));
        let answer = exchange(address, &bytes).await;
        let statuses: Vec<&str> = answer.split("HTTP/1.1 ").skip(1).map(|rest| &rest[..3]).collect();
        assert_eq!(statuses, ["400"], "{lengths}: {answer}");
    }
    let answer = exchange(address, &head("GET /scim/v2/Users", "Connection: close\r\n")).await;
    assert!(answer.contains("\"totalResults\":0"), "{answer}");
}

#[tokio::test]
async fn a_body_over_the_limit_is_answered_before_it_ends() {
    let address = serve().await;
    for length in ["Content-Length: 104857600\r\n", "Transfer-Encoding: chunked\r\n"] {
        let mut bytes = head("POST /scim/v2/Users", length);
        for _ in 0..64 {
            if length.starts_with('T') {
                bytes.extend_from_slice(b"10000\r\n");
            }
            bytes.extend(std::iter::repeat_n(b' ', 1 << 16));
            if length.starts_with('T') {
                bytes.extend_from_slice(b"\r\n");
            }
        }
        let answer = exchange(address, &bytes).await;
        assert!(answer.is_empty() || status(&answer) == 413, "{answer}");
    }
    let answer = exchange(address, &head("POST /scim/v2/Users", "Content-Length: 104857600\r\nExpect: 100-continue\r\n")).await;
    assert_eq!(status(&answer), 413, "{answer}: no word to go on");
    assert_alive(address).await;
}

#[tokio::test]
async fn what_is_not_below_the_base_is_a_scim_error_too() {
    let address = serve().await;
    for path in ["/", "/scim", "/scim/v1/Users", "/scim/v2x", "/favicon.ico", "*"] {
        let answer = exchange(address, &head(&format!("GET {path}"), "Connection: close\r\n")).await;
        assert_eq!(status(&answer), 404, "{path}");
        assert!(answer.contains("application/scim+json") && answer.contains("\"status\":\"404\""), "{path}: {answer}");
    }
    for path in ["/scim/v2", "/scim/v2/"] {
        assert_eq!(status(&exchange(address, &head(&format!("GET {path}"), "")).await), 200, "{path}: a query at the root");
    }
}

#[tokio::test]
async fn bytes_that_are_no_http_yield_no_5xx() {
    let address = serve().await;
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let valid = [head("PATCH /scim/v2/Users/1", "Content-Length: 2\r\n"), b"{}".to_vec()].concat();
    let mut attempts = Vec::new();
    for _ in 0..300 {
        let mut bytes = valid.clone();
        for _ in 0..=random() % 3 {
            let place = usize::try_from(random()).unwrap_or_default() % bytes.len();
            match random() % 3 {
                0 => bytes[place] = random().to_le_bytes()[0],
                1 => bytes.truncate(place + 1),
                _ => bytes.insert(place, b"\r\n\0 :%/\xff"[usize::try_from(random() % 8).unwrap_or_default()]),
            }
        }
        attempts.push(tokio::spawn(async move { (exchange(address, &bytes).await, bytes) }));
    }
    let mut answered = 0;
    for attempt in attempts {
        let (answer, bytes) = attempt.await.expect("the exchange ends");
        if !answer.is_empty() {
            assert!(status(&answer) < 500, "{:?}: {answer}", String::from_utf8_lossy(&bytes));
            answered += 1;
        }
    }
    assert!(answered >= 150, "only {answered} were answered");
    assert_alive(address).await;
}

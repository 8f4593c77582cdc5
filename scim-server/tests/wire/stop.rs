//! Stopping without losing work (T34).

use std::time::{Duration, Instant};

use crate::socket::{Listening, head, user};

#[tokio::test]
async fn a_request_under_way_is_answered_and_idle_connections_do_not_hold_the_end() {
    let mut server = Listening::start().await;
    let mut idle = server.connect().await;
    idle.send(head("GET", "/scim/v2/Users", &[])).await;
    assert_eq!(idle.answer().await.status, 200);
    let body = user("ana");
    let (first, second) = body.split_at(10);
    let mut busy = server.connect().await;
    busy.send(head("POST", "/scim/v2/Users", &["Expect: 100-continue", &format!("Content-Length: {}", body.len())])).await;
    assert_eq!(busy.answer().await.status, 100, "the request is under way");
    busy.send(first).await;

    server.tell_to_stop();
    let started = Instant::now();
    let address = server.address;
    busy.send(second).await;
    assert_eq!(busy.answer().await.status, 201);
    server.ended().await;

    assert!(started.elapsed() <= Duration::from_secs(3), "{:?}", started.elapsed());
    tokio::net::TcpStream::connect(address).await.expect_err("nobody listens any more");
}

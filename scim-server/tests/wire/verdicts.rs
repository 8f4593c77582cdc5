//! Many raw requests, straight and through a reverse proxy: the same verdict (T38).

use std::net::SocketAddr;

use tokio::io::AsyncWriteExt;

use crate::proxy::Proxy;
use crate::requests::Verdict::{self, Answered, Refused, Repaired};
use crate::requests::{bare_line_feeds, framing, meaning};
use crate::socket::{Body, Connection, Listening, head};

/// Every request.
fn cases() -> Vec<(String, Vec<u8>, Verdict)> {
    let all: Vec<_> = framing().into_iter().chain(bare_line_feeds()).chain(meaning()).collect();
    assert!(all.len() >= 150, "only {} requests", all.len());
    all
}

/// What is wrong with what becomes of the request at that door of the server.
async fn wrong(server: &Listening, door: SocketAddr, request: &[u8], verdict: Verdict) -> Option<String> {
    let mut connection = Connection::to(door).await;
    connection.send(request).await;
    if verdict == Refused && door != server.address {
        // A proxy may wait for the rest of what it will not understand.
        connection.stream.shutdown().await.expect("our side closes");
    }
    let mut statuses = Vec::new();
    // To the end of the connection, if that is what the verdict comes to: nobody else answers on it.
    while let Some(answer) = connection.try_answer(Body::Sent).await {
        statuses.push(answer.status);
        if matches!(verdict, Answered(_) | Repaired(_)) {
            break;
        }
    }
    let created = usize::from(matches!(verdict, Answered(201) | Repaired(201)));
    let users = delete_users(server).await;
    let is_right = match verdict {
        Answered(status) | Repaired(status) => statuses == [status],
        Refused => statuses.iter().all(|status| [400, 501, 502, 505].contains(status)),
    };
    (!is_right || users != created).then(|| format!("{statuses:?}, and {users} users"))
}

/// The list of what is wrong is empty.
#[track_caller]
fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Deletes all users, and tells how many there were.
async fn delete_users(server: &Listening) -> usize {
    let list = server.ask(head("GET", "/scim/v2/Users", &[])).await;
    let users = list.body["Resources"].as_array().expect("a list");
    for user in users {
        let path = format!("/scim/v2/Users/{}", user["id"].as_str().expect("an id"));
        assert_eq!(server.ask(head("DELETE", &path, &[])).await.status, 204);
    }
    users.len()
}

/// T38
#[tokio::test]
async fn every_raw_request_has_one_verdict_and_an_ambiguous_one_closes_the_connection() {
    let server = Listening::start().await;
    let mut all = Vec::new();
    for (what, request, verdict) in cases() {
        let verdict = if matches!(verdict, Repaired(_)) { Refused } else { verdict };
        all.extend(wrong(&server, server.address, &request, verdict).await.map(|wrong| format!("{what}: {wrong}")));
    }
    assert_none(&all);
}

/// T38
#[tokio::test]
async fn through_a_reverse_proxy_the_verdict_is_the_same_or_that_of_what_the_proxy_made_of_it() {
    let server = Listening::start().await;
    let proxy = Proxy::start(server.address).await;
    let mut all = Vec::new();
    for (what, request, verdict) in cases() {
        all.extend(wrong(&server, proxy.address, &request, verdict).await.map(|wrong| format!("{what}: {wrong}")));
    }
    assert_none(&all);
}

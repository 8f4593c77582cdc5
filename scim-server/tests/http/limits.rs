//! Limits on how much is taken from whom (T29, T21).

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream;
use poem::http::Method;
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Addr, Body, Endpoint, Request, RequestBuilder, RequestParts, http};
use scim_server::http::{RateLimits, endpoint};
use scim_server::{Limits, Profile};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::exchange::{Answer, Server, TOKEN};
use crate::{GROUP, OTHER_TOKEN, assert_error, everything, scim_server, user};

fn server(limits: RateLimits) -> Server {
    Server::new(endpoint(scim_server(Profile::RFC)).with_rate_limits(limits))
}

fn request(token: &str) -> RequestBuilder {
    Request::builder().uri_str("/Users?count=0").header("authorization", format!("Bearer {token}"))
}

/// The request as it comes from that address.
fn from(address: &str, request: RequestBuilder) -> Request {
    let request = request.finish();
    let mut parts = http::Request::builder().uri(request.uri()).body(()).expect("a request").into_parts().0;
    parts.headers = request.headers().clone();
    let peer = RemoteAddr(Addr::SocketAddr(format!("{address}:1").parse().expect("an address")));
    Request::from_parts(RequestParts::from((parts, LocalAddr::default(), peer, Scheme::HTTP)), Body::empty())
}

/// The seconds of `Retry-After`.
fn wait(answer: &Answer) -> Duration {
    Duration::from_secs(answer.headers["retry-after"].parse().expect("a number of seconds"))
}

#[tokio::test(start_paused = true)]
async fn a_client_that_waits_as_long_as_it_is_told_is_served() {
    let server = server(RateLimits::default());
    let (mut waited, mut served) = (0, 0);
    for _ in 0..1000 {
        let mut answer = server.answer(request(TOKEN).finish()).await;
        if answer.status == 429 {
            assert_error(&answer, 429, None);
            waited += 1;
            sleep(wait(&answer)).await;
            answer = server.answer(request(TOKEN).finish()).await;
        }
        served += usize::from(answer.status == 200);
    }
    assert!(waited >= 5, "the client was faster than the limit: {waited}");
    assert_eq!(served, 1000);
}

/// T29
#[tokio::test(start_paused = true)]
async fn all_who_were_told_to_wait_are_served_when_they_come_back() {
    let server = Arc::new(server(RateLimits::default()));
    let clients: Vec<_> = (0..500)
        .map(|_| {
            let server = server.clone();
            tokio::spawn(async move {
                let answer = server.answer(request(TOKEN).finish()).await;
                if answer.status == 200 {
                    return 0;
                }
                sleep(wait(&answer)).await;
                u32::from(server.answer(request(TOKEN).finish()).await.status != 200) + 1
            })
        })
        .collect();
    let mut outcomes = [0; 3];
    for client in clients {
        outcomes[client.await.expect("no panic") as usize] += 1;
    }
    let [at_once, after_waiting, in_vain] = outcomes;
    assert!(at_once >= 100 && after_waiting >= 390, "{outcomes:?}");
    assert!(in_vain * 100 <= after_waiting, "at least 99 in a hundred: {outcomes:?}");
}

/// T29
#[tokio::test(start_paused = true)]
async fn one_tenant_over_its_limit_does_not_touch_another() {
    let server = server(RateLimits::default());
    let mut refused = 0;
    for second in 0..10 {
        for _ in 0..1000 {
            refused += usize::from(server.answer(request(TOKEN).finish()).await.status == 429);
        }
        for _ in 0..25 {
            assert_eq!(server.answer(request(OTHER_TOKEN).finish()).await.status, 200, "in second {second}");
        }
        sleep(Duration::from_secs(1)).await;
    }
    assert!(refused >= 8000, "ten times the limit: {refused}");
}

/// T29
#[tokio::test(start_paused = true)]
async fn twenty_bad_credentials_a_minute_from_an_address_and_valid_ones_are_served_all_the_same() {
    let server = server(RateLimits::default());
    for (index, token) in (0..60).map(|index| (index, if index % 2 == 0 { "wrong" } else { "\"\"" })) {
        let answer = server.answer(from("192.0.2.1", request(token))).await;
        assert_error(&answer, if index < 20 { 401 } else { 429 }, None);
        assert_eq!(answer.headers.contains_key("retry-after"), index >= 20);
        assert_eq!(server.answer(from("192.0.2.1", request(TOKEN))).await.status, 200, "a valid one after {index} bad ones");
    }
    assert_eq!(server.answer(from("192.0.2.2", request("wrong"))).await.status, 401, "another address");
    let bare = || from("192.0.2.1", Request::builder().uri_str("/Users"));
    assert_eq!(server.answer(bare()).await.status, 401, "who shows none yet is asked for one");
    let refused = server.answer(from("192.0.2.1", request("wrong"))).await;
    sleep(wait(&refused)).await;
    assert_eq!(server.answer(from("192.0.2.1", request("wrong"))).await.status, 401);
}

#[tokio::test(start_paused = true)]
async fn a_forged_address_neither_escapes_a_limit_nor_puts_others_over_theirs() {
    let limits = RateLimits { per_address: 10, proxies: vec!["10.0.0.1/32".parse().expect("a network")], ..RateLimits::default() };
    let server = server(limits);
    let forged = |peer, client: String| from(peer, request(TOKEN).header("x-forwarded-for", client));
    let mut statuses = [0; 2];
    for index in 0..30 {
        let answer = server.answer(forged("192.0.2.1", format!("198.51.100.{index}"))).await;
        statuses[usize::from(answer.status == 429)] += 1;
    }
    assert_eq!(statuses, [10, 20], "the peer itself is counted");
    assert_eq!(server.answer(from("198.51.100.7", request(TOKEN))).await.status, 200, "whom it named is not");
    for index in 0..30 {
        let answer = server.answer(forged("10.0.0.1", format!("203.0.113.{index}"))).await;
        assert_eq!(answer.status, 200, "the listed proxy speaks for many");
    }
}

#[tokio::test(start_paused = true)]
async fn who_looks_at_open_discovery_too_often_keeps_no_other_from_looking() {
    let server = Server::new(endpoint(scim_server(Profile::RFC).with_open_discovery()).with_rate_limits(RateLimits::default()));
    let look = || Request::builder().uri_str("/ServiceProviderConfig");
    let mut statuses = [0; 2];
    for _ in 0..300 {
        let answer = server.answer(from("192.0.2.1", look())).await;
        statuses[usize::from(answer.status == 429)] += 1;
    }
    assert_eq!(statuses, [100, 200]);
    assert_eq!(server.answer(from("192.0.2.2", look())).await.status, 200);
    let valid = look().header("authorization", format!("Bearer {TOKEN}"));
    assert_eq!(server.answer(from("192.0.2.1", valid)).await.status, 200);
}

#[tokio::test]
async fn an_answer_in_pieces_is_under_way_until_it_was_read() {
    let scim = scim_server(Profile::RFC).with_limits(Limits { elements_at_once: 2, ..Limits::default() });
    let endpoint = endpoint(scim).with_rate_limits(RateLimits { under_way: 2, ..RateLimits::default() });
    let send = async |method: Method, path: &str, body: Value| {
        let request = request(TOKEN).method(method).uri_str(path).content_type("application/scim+json");
        endpoint.get_response(request.body(if body.is_null() { String::new() } else { body.to_string() })).await
    };
    let mut members = Vec::new();
    for name in ["ana", "bea", "cem", "dua", "eve", "fay", "gus", "hal"] {
        let mut created = send(Method::POST, "/Users", user(name)).await;
        let created: Value = serde_json::from_slice(&created.take_body().into_vec().await.expect("a body")).expect("JSON");
        members.push(json!({"value": created["id"]}));
    }
    let group = json!({"schemas": [GROUP], "displayName": "Staff", "members": members});
    let answer = send(Method::POST, "/Groups", group).await;
    let path = answer.headers()["location"].to_str().expect("ASCII").replace("https://scim.example.com/v2", "");
    answer.into_body().into_vec().await.expect("it is whole");
    let slow = send(Method::GET, &path, Value::Null).await;
    assert_eq!(slow.status(), 200);
    assert_eq!(send(Method::GET, "/Users", Value::Null).await.status(), 503, "its reader has not come to the end");
    slow.into_body().into_vec().await.expect("it is whole");
    let again = send(Method::GET, &path, Value::Null).await;
    assert_eq!(again.status(), 200, "the place is free again");
    drop(again);
    let freed = async {
        while send(Method::GET, "/Users", Value::Null).await.status() != 200 {
            sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), freed).await.expect("it comes free when the reader goes away");
}

#[tokio::test]
async fn a_server_with_enough_to_do_says_when_to_come_back() {
    let server = Arc::new(server(RateLimits { under_way: 2, ..RateLimits::default() }));
    let (started, begun) = tokio::sync::oneshot::channel();
    // A body that begins and does not go on.
    let body = Body::from_bytes_stream(stream::once(async move {
        started.send(()).expect("the test waits for it");
        std::future::pending::<Result<Vec<u8>, std::io::Error>>().await
    }));
    let slow = request(TOKEN).method(Method::POST).uri_str("/Users").body(body);
    let busy = tokio::spawn({
        let server = server.clone();
        async move { server.answer(slow).await }
    });
    begun.await.expect("it is under way");
    let answer = server.answer(request(TOKEN).finish()).await;
    assert_error(&answer, 503, None);
    assert_eq!(wait(&answer), Duration::from_secs(1));
    assert_eq!(server.answer(request(OTHER_TOKEN).finish()).await.status, 200, "the other tenant has its half");
    busy.abort();
    busy.await.expect_err("the client went away");
    assert_eq!(everything(&server).await[0]["totalResults"], 0, "the place is free again");
}

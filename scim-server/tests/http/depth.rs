//! A small input neither stops the process nor burns time (T12): nesting of bodies, filters and paths.
//!
//! The server runs on threads with a stack of 2 MiB, the runtime's default.

use std::time::{Duration, Instant};

use scim_server::Profile;
use serde_json::json;

use crate::exchange::{Answer, Server};
use crate::{GROUP, assert_error, create, everything, patch, request, send, send_bytes, server, user};

/// The deepest nesting that is accepted.
const LIMIT: usize = 40;
const TOO_DEEP: [usize; 4] = [41, 1_000, 100_000, 1_000_000];

/// Sends on a thread of the runtime, whose stack is 2 MiB, and takes the fastest of three: other tests run beside.
async fn quickest(server: &Server, method: &str, path: &str, body: &str) -> (Answer, Duration) {
    let mut best: Option<(Answer, Duration)> = None;
    for _ in 0..3 {
        // The copy of the body is the test's own.
        let request = request(method, path).header("content-type", "application/scim+json").body(body.to_owned());
        let started = Instant::now();
        let answer = server.answer(request).await;
        let taken = started.elapsed();
        if best.as_ref().is_none_or(|(_, least)| taken < *least) {
            best = Some((answer, taken));
        }
    }
    best.expect("three tries were made")
}

/// 10 ms in release; unoptimised code may take longer, and a megabyte has to be copied.
fn allowed() -> Duration {
    Duration::from_millis(if cfg!(debug_assertions) { 300 } else { 10 })
}

/// Runs the test on a thread with that stack, whatever the environment says.
fn on_a_small_stack(test: impl AsyncFnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(test());
    });
    thread.expect("a thread").join().expect("the stack is deep enough");
}

#[test]
fn bodies_are_40_levels_deep_at_most() {
    on_a_small_stack(async || {
        let server = server(Profile::RFC);
        let person = format!("/Users/{}", create(&server, "/Users", &user("bjensen")).await);
        let group = format!("/Groups/{}", create(&server, "/Groups", &json!({"schemas": [GROUP], "displayName": "Staff"})).await);
        let before = everything(&server).await;
        for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
            let levels = open.matches(['[', '{']).count();
            for depth in TOO_DEEP {
                for end in [close.repeat(depth / levels), close.repeat(depth / levels) + "]", String::new(), "!".into()] {
                    let body = format!("{{\"schemas\":[\"{GROUP}\"],\"a\":{}{end}", open.repeat(depth / levels + 1));
                    for (method, path) in [("POST", "/Groups"), ("PUT", &group), ("PATCH", &group), ("POST", "/Users"), ("PATCH", &person)]
                    {
                        let (answer, taken) = quickest(&server, method, path, &body).await;
                        let fits = body.len() <= 1 << 20 || path.starts_with("/Groups");
                        assert_error(&answer, if fits { 400 } else { 413 }, fits.then_some("invalidSyntax"));
                        assert!(taken <= allowed(), "{method} {path}, depth {depth}: {taken:?}");
                    }
                }
            }
        }
        assert_eq!(everything(&server).await, before);
        // The same at the limit is an unknown attribute, which is left out.
        let deep = format!(
            "{{\"schemas\":[\"{}\"],\"userName\":\"deep\",\"a\":{}1{}}}",
            crate::USER,
            "[".repeat(LIMIT - 1),
            "]".repeat(LIMIT - 1)
        );
        assert_eq!(send_bytes(&server, "POST", "/Users", deep).await.status, 201);
    });
}

/// Filters of that depth: parentheses, negations, and brackets within them.
fn nested(depth: usize) -> [String; 4] {
    [
        format!("{}userName pr{}", "(".repeat(depth), ")".repeat(depth)),
        format!("{}userName pr{}", "not (".repeat(depth), ")".repeat(depth)),
        format!("{}userName pr and emails[type eq \"x\"]{}", "(".repeat(depth - 1), ")".repeat(depth - 1)),
        format!("emails[{}type eq \"x\"{}]", "(".repeat(depth - 1), ")".repeat(depth - 1)),
    ]
}

fn query(filter: &str) -> String {
    format!("/Users?filter={}", filter.replace(' ', "%20").replace('"', "%22").replace('[', "%5B").replace(']', "%5D"))
}

#[test]
fn filters_are_40_deep_at_most() {
    on_a_small_stack(async || {
        let server = server(Profile::RFC);
        create(&server, "/Users", &user("bjensen")).await;
        for filter in nested(LIMIT) {
            assert_eq!(server.get(&query(&filter)).await.status, 200, "{filter}");
        }
        for depth in TOO_DEEP {
            for filter in nested(depth) {
                for end in ["", ")", " and", "]"] {
                    let path = query(&format!("{filter}{end}"));
                    // A URL beyond 65,534 bytes cannot even be written in process: what the wire answers is told in `wire`.
                    if path.len() >= 65_534 {
                        continue;
                    }
                    let (answer, taken) = quickest(&server, "GET", &path, "").await;
                    let fits = path.len() <= 60 * 1024;
                    assert_error(&answer, if fits { 400 } else { 414 }, fits.then_some("invalidFilter"));
                    assert!(taken <= allowed(), "depth {depth}: {taken:?}");
                }
            }
        }
    });
}

#[test]
fn paths_of_patch_are_40_deep_at_most() {
    on_a_small_stack(async || {
        let server = server(Profile::RFC);
        let group = format!("/Groups/{}", create(&server, "/Groups", &json!({"schemas": [GROUP], "displayName": "Staff"})).await);
        let before = everything(&server).await;
        let path = |depth: usize, word: &str, end: &str| {
            format!("members[{}value eq \"x\"{}]{end}", word.repeat(depth - 1), ")".repeat(depth - 1))
        };
        for word in ["(", "not ("] {
            let body = patch(json!([{"op": "remove", "path": path(LIMIT, word, "")}]));
            assert_eq!(send(&server, "PATCH", &group, &body).await.status, 204, "{word}");
            for depth in TOO_DEEP {
                for end in ["", "]", ".value eq", ")"] {
                    for op in ["add", "remove", "replace"] {
                        let operation = json!({"op": op, "path": path(depth, word, end), "value": {"display": "x"}});
                        let (answer, taken) = quickest(&server, "PATCH", &group, &patch(json!([operation])).to_string()).await;
                        let keyword = answer.body["scimType"].as_str().unwrap_or_default().to_owned();
                        assert!(["invalidPath", "invalidFilter"].contains(&keyword.as_str()), "{}", answer.body);
                        assert_error(&answer, 400, Some(&keyword));
                        assert!(taken <= allowed(), "depth {depth}: {taken:?}");
                    }
                }
            }
        }
        for depth in TOO_DEEP {
            let (answer, taken) =
                quickest(&server, "PATCH", &group, &patch(json!([{"op": "remove", "path": "[".repeat(depth)}])).to_string()).await;
            assert_error(&answer, 400, Some("invalidPath"));
            assert!(taken <= allowed(), "depth {depth}: {taken:?}");
        }
        assert_eq!(everything(&server).await, before);
    });
}

#[test]
fn terms_are_500_at_most() {
    on_a_small_stack(async || {
        let server = server(Profile::RFC);
        create(&server, "/Users", &user("bjensen")).await;
        let chain = |terms: usize, word: &str| vec!["title pr"; terms].join(word);
        for word in [" or ", " and "] {
            assert_eq!(server.get(&query(&chain(500, word))).await.status, 200);
            for terms in [501, 1_000] {
                assert_error(&server.get(&query(&chain(terms, word))).await, 400, Some("invalidFilter"));
            }
        }
        let group = format!("/Groups/{}", create(&server, "/Groups", &json!({"schemas": [GROUP], "displayName": "Staff"})).await);
        for (terms, status) in [(500, 204), (501, 400), (100_000, 400)] {
            let path = format!("members[{}]", vec!["value eq \"x\""; terms].join(" or "));
            let answer = send(&server, "PATCH", &group, &patch(json!([{"op": "remove", "path": path}]))).await;
            assert_eq!(answer.status, status, "{terms}: {}", answer.body);
        }
    });
}

//! What no bulk request may do: fall over, hang, or leave something behind that was not asked for (T13).

use std::time::{Duration, Instant};

use serde_json::json;

use super::*;

fn named(count: usize, members: impl Fn(usize) -> Vec<String>) -> Vec<Value> {
    let one = |number: usize| {
        let members: Vec<String> = members(number);
        let members: Vec<&str> = members.iter().map(String::as_str).collect();
        post(&number.to_string(), "/Groups", group(&format!("group {number}"), &members))
    };
    (0..count).map(one).collect()
}

#[tokio::test]
async fn circles_and_chains_of_a_thousand_end() {
    for server in [server(), atomic_server()] {
        let started = Instant::now();
        let circle = bulk(&server, named(1_000, |number| vec![format!("bulkId:{}", (number + 1) % 1_000)])).await;
        assert_eq!(statuses(&circle), ["201"; 1_000]);
        assert_eq!(members(&server, &id(&circle[999])).await, [id(&circle[0])]);
        let chain = named(1_000, |number| if number < 999 { vec![format!("bulkId:{}", number + 1)] } else { vec![] });
        assert_eq!(statuses(&bulk(&server, chain).await), ["201"; 1_000]);
        let backwards = named(1_000, |number| if number > 0 { vec![format!("bulkId:{}", number - 1)] } else { vec![] });
        assert_eq!(statuses(&bulk(&server, backwards).await), ["201"; 1_000]);
        // One wrong link, and the whole circle is not there.
        let mut broken = named(1_000, |number| vec![format!("bulkId:{}", (number + 1) % 1_000)]);
        broken[500]["data"]["displayName"] = json!(7);
        let results = bulk(&server, broken).await;
        assert_eq!(statuses(&results).iter().filter(|status| **status == "409").count(), 999);
        assert_eq!(results[500]["status"], "400");
        assert_eq!(server.get("/Groups?count=0").await.body["totalResults"], 3_000);
        assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
    }
}

#[tokio::test]
async fn everybody_may_name_everybody() {
    let server = server();
    let all: Vec<String> = (0..100).map(|number| format!("bulkId:{number}")).collect();
    let others = |number: usize| all.iter().enumerate().filter(|(other, _)| *other != number).map(|(_, name)| name.clone()).collect();
    let results = bulk(&server, named(100, others)).await;
    assert_eq!(statuses(&results), ["201"; 100]);
    assert_eq!(members(&server, &id(&results[50])).await.len(), 99);
}

#[tokio::test]
async fn a_resource_that_names_itself_is_refused_where_a_single_request_would_be() {
    for server in [server(), atomic_server()] {
        let results = bulk(&server, named(1, |_| vec!["bulkId:0".into()])).await;
        assert_eq!((statuses(&results), &results[0]["response"]["scimType"]), (vec!["400"], &json!("invalidValue")));
        assert!(detail(&results[0]).contains("itself"));
        let own = json!({"schemas": [USER, ENTERPRISE], "userName": "own", (ENTERPRISE): {"manager": {"value": "bulkId:own"}}});
        let results = bulk(&server, vec![post("own", "/Users", own)]).await;
        assert_eq!(statuses(&results), ["201"], "{results:?}");
        let own = id(&results[0]);
        assert_eq!(server.get(&format!("/Users/{own}")).await.body[ENTERPRISE]["manager"]["value"], own);
    }
}

#[tokio::test]
async fn a_hundred_thousand_operations_are_refused_at_once() {
    let server = server();
    let started = Instant::now();
    for operation in [json!({}), json!(null), json!([]), json!({"method": "POST"})] {
        let message = format!("{{\"Operations\":[{}]}}", vec![operation.to_string(); 40_000].join(","));
        assert!(message.len() <= 1 << 20);
        let answer = send(&server, "POST", "/Bulk", &serde_json::from_str(&message).expect("JSON")).await;
        assert_eq!(answer.status, 413, "{}", answer.body);
        let message = json!({"Operations": vec![operation; 100_000]});
        let answer = send(&server, "POST", "/Bulk", &message).await;
        assert_eq!(answer.status, 413, "{}", answer.body);
    }
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    assert_eq!(everything(&server).await[0]["totalResults"], 0);
}

#[tokio::test]
async fn deep_data_is_refused_whole() {
    let server = server();
    for depth in [36, 37, 1_000] {
        let deep = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        let message = format!(
            r#"{{"Operations":[{{"method":"POST","path":"/Users","bulkId":"x","data":{{"schemas":["{USER}"],"userName":"d{depth}","x":{deep}}}}}]}}"#
        );
        let request =
            poem::Request::builder().method(poem::http::Method::POST).uri_str("/Bulk").header("authorization", format!("Bearer {TOKEN}"));
        let answer = server.answer(request.header("content-type", "application/scim+json").body(message)).await;
        assert_eq!(answer.status, if depth == 36 { 200 } else { 400 }, "{depth}: {}", answer.body);
    }
    assert_eq!(server.get("/Users?count=0").await.body["totalResults"], 1);
}

#[tokio::test]
async fn only_post_is_served() {
    let server = server();
    for method in ["GET", "PUT", "PATCH", "DELETE"] {
        let answer = send(&server, method, "/Bulk", &json!({})).await;
        assert_eq!((answer.status, answer.headers["allow"].as_str()), (405, "OPTIONS, POST"), "{method}");
    }
}

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

/// A user with that many addresses.
async fn with_addresses(server: &Server, count: usize) -> String {
    let mut large = user("large");
    large["emails"] = (0..count).map(|number| json!({"value": format!("{number}"), "type": "work"})).collect();
    create(server, "/Users", &large).await
}

/// T13: the operations of one PATCH may look at a million values together, and so may those of a whole bulk request.
#[tokio::test]
async fn many_operations_look_at_no_more_values_than_one_request_may() {
    let replace = |place: usize| json!([{"op": "replace", "path": format!("emails[value eq \"{place}\"].type"), "value": "home"}]);
    for atomic in [false, true] {
        let server = if atomic { atomic_server() } else { server() };
        let large = with_addresses(&server, 9_999).await;
        let small = create(&server, "/Users", &user("small")).await;
        let mut operations: Vec<Value> = (0..70).map(|place| patch(&format!("/Users/{large}"), replace(place))).collect();
        operations.push(patch(&format!("/Users/{small}"), json!([{"op": "add", "path": "title", "value": "x"}])));
        operations.push(put(&format!("/Users/{large}"), json!({"schemas": [USER], "userName": "large"})));
        let before = everything(&server).await;
        let started = Instant::now();
        let results = bulk(&server, operations.clone()).await;
        assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
        // Each looks at the ten thousand values of the document, and once more at those of its path. Whatever comes later would read some, too.
        let refused: Vec<usize> = (0..results.len()).filter(|place| results[*place]["status"] == "413").collect();
        if atomic {
            assert_eq!((refused.as_slice(), everything(&server).await), (&[50][..], before));
        } else {
            assert_eq!(refused, (50..72).collect::<Vec<_>>());
            assert!(results[..50].iter().all(|result| result["status"] == "200"));
            let shown = server.get(&format!("/Users/{large}")).await.body;
            assert_eq!((&shown["emails"][49]["type"], &shown["emails"][50]["type"]), (&json!("home"), &json!("work")));
        }
        assert!(detail(&results[50]).contains("several requests"), "{}", results[50]);
        // What was not done is done by the next request.
        let rest = if atomic { operations[..5].to_vec() } else { operations[50..].to_vec() };
        assert!(bulk(&server, rest).await.iter().all(|result| result["status"] == "200"));
    }
}

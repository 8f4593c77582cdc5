//! T14 and T16: equal creates, and writes that meet.

use std::sync::Arc;

use serde_json::{Map, json};

use super::{Database, id, patch, post, user};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixteen_equal_creates_one_wins_in_every_round() {
    let database = Database::new();
    let stores = database.open().await;
    let server = Arc::new(database.serve(&stores, "t14"));
    // The same name in four spellings: case, composed and decomposed, full width.
    let spellings =
        |round: usize| [format!("josé{round}@x"), format!("JOSÉ{round}@X"), format!("jose\u{301}{round}@x"), format!("ｊosé{round}@x")];
    for round in 0..200 {
        let names = spellings(round);
        let tasks = (0..16).map(|task| {
            let (server, body) = (server.clone(), user(&names[task % names.len()]));
            tokio::spawn(async move { post(&server, "/Users", &body).await })
        });
        let mut statuses = Vec::new();
        for task in tasks.collect::<Vec<_>>() {
            let answer = task.await.expect("no panic");
            if answer.status != 201 {
                assert_eq!((answer.status, &answer.body["scimType"]), (409, &json!("uniqueness")), "round {round}: {}", answer.body);
            }
            statuses.push(answer.status);
        }
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "round {round}: {statuses:?}");
    }
    assert_eq!(server.get("/Users?count=0").await.body["totalResults"], 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_writes_at_one_version_one_wins_on_two_instances() {
    let database = Database::new();
    let (one, two) = (database.open().await, database.open().await);
    let servers = [Arc::new(database.serve(&one, "t16")), Arc::new(database.serve(&two, "t16"))];
    let user = id(&post(&servers[0], "/Users", &user("duel@x")).await);
    let path = format!("/Users/{user}");
    for round in 0..200 {
        let tag = servers[round % 2].get(&path).await.headers["etag"].clone();
        let mut tasks = Vec::new();
        for (number, server) in servers.iter().enumerate() {
            let (server, path, headers) = (server.clone(), path.clone(), json!({"If-Match": tag}));
            let body = patch(json!([{"op": "replace", "path": "title", "value": format!("{round} {number}")}]));
            tasks.push(tokio::spawn(async move {
                server.send("PATCH", &path, headers.as_object().expect("headers"), Some(&body)).await.status
            }));
        }
        let mut statuses = Vec::new();
        for task in tasks {
            statuses.push(task.await.expect("no panic"));
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412], "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn patches_of_different_attributes_both_survive() {
    let database = Database::new();
    let (one, two) = (database.open().await, database.open().await);
    let servers = [Arc::new(database.serve(&one, "t16")), Arc::new(database.serve(&two, "t16"))];
    let user = id(&post(&servers[0], "/Users", &user("disjoint@x")).await);
    let path = format!("/Users/{user}");
    let attributes = ["title", "nickName", "displayName", "locale", "timezone", "userType"];
    for round in 0..40 {
        let mut tasks = Vec::new();
        for (number, attribute) in attributes.iter().enumerate() {
            let (server, path) = (servers[number % 2].clone(), path.clone());
            let body = patch(json!([{"op": "replace", "path": attribute, "value": format!("{attribute} {round}")}]));
            tasks.push(tokio::spawn(async move { server.send("PATCH", &path, &Map::new(), Some(&body)).await.status }));
        }
        for task in tasks {
            assert_eq!(task.await.expect("no panic"), 200);
        }
        let body = servers[0].get(&path).await.body;
        for attribute in attributes {
            assert_eq!(body[attribute], format!("{attribute} {round}"));
        }
    }
}

#[tokio::test]
async fn every_change_moves_the_version_and_no_change_leaves_it() {
    let database = Database::new();
    let stores = database.open().await;
    let server = database.serve(&stores, "t16");
    let user = id(&post(&server, "/Users", &user("version@x")).await);
    let path = format!("/Users/{user}");
    let set = |title: &str| patch(json!([{"op": "replace", "path": "title", "value": title}]));
    let before = server.get(&path).await;
    let changed = server.send("PATCH", &path, &Map::new(), Some(&set("a"))).await;
    assert_ne!(changed.headers["etag"], before.headers["etag"]);
    let same = server.send("PATCH", &path, &Map::new(), Some(&set("a"))).await;
    assert_eq!((&same.headers["etag"], &same.body["meta"]), (&changed.headers["etag"], &changed.body["meta"]));
    assert_eq!(server.get(&path).await.body, same.body);
}

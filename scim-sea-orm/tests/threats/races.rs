//! T14 and T16: equal creates, and writes that meet.

use std::sync::Arc;

use serde_json::{Map, json};

use sea_orm::{ConnectionTrait, TransactionTrait};

use super::{id, open, patch, post, serve, user};
use crate::support::{Database, Engine, on_each_engine};

on_each_engine!(
    of_sixteen_equal_creates_one_wins_in_every_round,
    of_two_writes_at_one_version_one_wins_on_two_instances,
    patches_of_different_attributes_both_survive,
    every_change_moves_the_version_and_no_change_leaves_it,
    a_manager_who_is_deleted_takes_no_new_one_along,
);

/// RFC: 7643-7-44 7643-7-37
async fn of_sixteen_equal_creates_one_wins_in_every_round(database: Database) {
    let stores = open(&database).await;
    let server = Arc::new(serve(&stores, "t14"));
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

async fn of_two_writes_at_one_version_one_wins_on_two_instances(database: Database) {
    let (one, two) = (open(&database).await, open(&database).await);
    let servers = [Arc::new(serve(&one, "t16")), Arc::new(serve(&two, "t16"))];
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

async fn patches_of_different_attributes_both_survive(database: Database) {
    let (one, two) = (open(&database).await, open(&database).await);
    let servers = [Arc::new(serve(&one, "t16")), Arc::new(serve(&two, "t16"))];
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

async fn every_change_moves_the_version_and_no_change_leaves_it(database: Database) {
    let stores = open(&database).await;
    let server = serve(&stores, "t16");
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

async fn a_manager_who_is_deleted_takes_no_new_one_along(database: Database) {
    const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let (one, two) = (open(&database).await, open(&database).await);
    let servers = [Arc::new(serve(&one, "managers")), Arc::new(serve(&two, "managers"))];
    let old = id(&post(&servers[0], "/Users", &user("old@x")).await);
    let new = id(&post(&servers[0], "/Users", &user("new@x")).await);
    let mut report = user("report@x");
    report[ENTERPRISE] = json!({"manager": {"value": old}});
    let report = id(&post(&servers[0], "/Users", &report).await);
    // Both writes wait: the new manager first, the deletion behind it.
    let holder = sea_orm::Database::connect(&database.url).await.expect("the database opens");
    let held = holder.begin().await.expect("a transaction");
    if database.engine != Engine::Sqlite {
        held.execute_unprepared("UPDATE scim_resource SET version = version").await.expect("all rows are locked");
    }
    let (server, path) = (servers[0].clone(), format!("/Users/{report}"));
    let body = patch(json!([{"op": "replace", "path": format!("{ENTERPRISE}:manager"), "value": {"value": new}}]));
    let change = tokio::spawn(async move { server.send("PATCH", &path, &Map::new(), Some(&body)).await.status });
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let (server, path) = (servers[1].clone(), format!("/Users/{old}"));
    let deletion = tokio::spawn(async move { server.send("DELETE", &path, &Map::new(), None).await.status });
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    held.rollback().await.expect("the rows are free");
    assert_eq!((change.await.expect("no panic"), deletion.await.expect("no panic")), (200, 204));
    let left = servers[0].get(&format!("/Users/{report}")).await.body;
    assert_eq!(left[ENTERPRISE]["manager"]["value"], json!(new), "{left}");
}

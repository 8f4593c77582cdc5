//! T32: groups in groups in a circle are read, changed and deleted in bounded time, and a name brings nothing back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use scim_sea_orm::{Options, SqlStores};
use scim_server::{Registry, ResourceTypeDeclaration};
use sea_orm::ConnectionTrait;
use serde_json::{Map, json};

use super::{group, id, patch, post, serve, user};
use crate::support::{Database, Engine, on_each_engine};

on_each_engine!(a_thousand_groups_in_a_circle_are_bounded, a_group_that_is_created_again_has_nothing_of_the_old_one);

/// A server whose users' `groups` also list the groups that contain theirs.
fn registry() -> Registry {
    let mut group = ResourceTypeDeclaration::group();
    group.collections[0].indirect = true;
    Registry::new(Vec::new(), vec![ResourceTypeDeclaration::user(), group]).expect("they fit together")
}

/// No request may take longer, in a debug build among other tests.
const BOUND: Duration = Duration::from_secs(20);

/// T32
async fn a_thousand_groups_in_a_circle_are_bounded(database: Database) {
    const GROUPS: usize = 1000;
    let stores = SqlStores::connect(&Options::new(&database.url), Arc::new(registry())).await.expect("the database opens");
    let server = serve(&stores, "t32");
    let member = id(&post(&server, "/Users", &user("ana")).await);
    let first = id(&post(&server, "/Groups", &group("ring 0", &[&member])).await);
    let mut last = first.clone();
    for number in 1..GROUPS {
        last = id(&post(&server, "/Groups", &group(&format!("ring {number}"), &[&last])).await);
    }
    if database.engine == Engine::Postgres {
        // As its autovacuum does within a minute; before, it plans for tables that it takes to be empty.
        stores.database().execute_unprepared("ANALYZE").await.expect("it is analysed");
    }
    let close = patch(json!([{"op": "add", "path": "members", "value": [{"value": last}]}]));
    let request = async |method: &str, path: &str, body: Option<&serde_json::Value>, status: u16| {
        let started = Instant::now();
        let answer = server.send(method, path, &Map::new(), body).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
        assert!(started.elapsed() < BOUND, "{method} {path} took {:?}", started.elapsed());
        answer
    };
    request("PATCH", &format!("/Groups/{first}"), Some(&close), 204).await;
    let groups = request("GET", &format!("/Users/{member}"), None, 200).await.body["groups"].clone();
    let groups = groups.as_array().expect("a list");
    let direct = groups.iter().filter(|group| group["type"] == "direct").count();
    assert_eq!((groups.len(), direct), (GROUPS, 1), "each once");
    let found = request("GET", &format!("/Users?filter=groups.value%20eq%20%22{last}%22"), None, 200).await;
    assert_eq!(found.body["totalResults"], 1);
    request("DELETE", &format!("/Groups/{last}"), None, 204).await;
    let left = request("GET", &format!("/Users/{member}"), None, 200).await.body["groups"].as_array().expect("a list").len();
    assert_eq!(left, GROUPS - 1);
    request("DELETE", &format!("/Users/{member}"), None, 204).await;
}

/// T32
async fn a_group_that_is_created_again_has_nothing_of_the_old_one(database: Database) {
    let stores = SqlStores::connect(&Options::new(&database.url), Arc::new(registry())).await.expect("the database opens");
    let server = serve(&stores, "t32");
    let member = id(&post(&server, "/Users", &user("ana")).await);
    let old = id(&post(&server, "/Groups", &group("Admins", &[&member])).await);
    server.send("DELETE", &format!("/Groups/{old}"), &Map::new(), None).await;
    let new = id(&post(&server, "/Groups", &group("Admins", &[])).await);
    assert_ne!(new, old, "whatever was mapped to the old id is not mapped to this one");
    assert!(server.get(&format!("/Groups/{new}")).await.body["members"].is_null());
    assert!(server.get(&format!("/Users/{member}")).await.body["groups"].is_null());
    // Renaming onto a name that another has makes two groups, not one.
    let other = id(&post(&server, "/Groups", &group("Guests", &[&member])).await);
    let rename = patch(json!([{"op": "replace", "path": "displayName", "value": "Admins"}]));
    assert_eq!(server.send("PATCH", &format!("/Groups/{other}"), &Map::new(), Some(&rename)).await.status, 204);
    assert!(server.get(&format!("/Groups/{new}")).await.body["members"].is_null());
    let groups = server.get(&format!("/Users/{member}")).await.body["groups"].clone();
    assert_eq!((groups.as_array().map(Vec::len), &groups[0]["value"]), (Some(1), &json!(other)));
}

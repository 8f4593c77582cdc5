//! T01: nothing that a client chooses becomes an internal identifier.

use serde_json::json;

use super::{id, open, post, serve, user};
use crate::support::{Database, on_each_engine};

on_each_engine!(names_that_look_like_ids_make_new_users_and_touch_no_old_one, an_id_is_never_used_again);

async fn names_that_look_like_ids_make_new_users_and_touch_no_old_one(database: Database) {
    let stores = open(&database).await;
    let server = serve(&stores, "t01");
    let old = id(&post(&server, "/Users", &user("old@x")).await);
    let before = server.get(&format!("/Users/{old}")).await.body;
    let mut ids = vec![old.clone()];
    for (number, chosen) in ["1", "0", "-1", "admin", "2", &old, "9223372036854775807"].into_iter().enumerate() {
        for (name, external) in [(chosen.to_owned(), format!("external {number}")), (format!("name {number}"), chosen.to_owned())] {
            let mut body = user(&name);
            body["externalId"] = json!(external);
            body["id"] = json!(old);
            let new = id(&post(&server, "/Users", &body).await);
            assert!(!ids.contains(&new) && new != chosen, "{new}");
            ids.push(new);
            assert_eq!(server.get(&format!("/Users/{old}")).await.body, before, "byte for byte as it was");
        }
    }
    // The number under which the database keeps a resource is no id.
    for number in 0..20 {
        assert_eq!(server.get(&format!("/Users/{number}")).await.status, 404);
    }
}

async fn an_id_is_never_used_again(database: Database) {
    let stores = open(&database).await;
    let server = serve(&stores, "t01");
    let first = id(&post(&server, "/Users", &user("again@x")).await);
    assert_eq!(server.send("DELETE", &format!("/Users/{first}"), &serde_json::Map::new(), None).await.status, 204);
    let second = id(&post(&server, "/Users", &user("again@x")).await);
    assert_ne!(first, second);
    assert_eq!(server.get(&format!("/Users/{first}")).await.status, 404);
}

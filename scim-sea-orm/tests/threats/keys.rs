//! Keys come from reserved ranges, and none is used twice.

use std::collections::BTreeSet;

use scim_sea_orm::SqlStores;
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};

use super::support::{Database, on_each_engine};
use super::{id, open, post, serve, user};

on_each_engine!(creates_that_wait_share_a_range_and_no_key_is_used_twice);

async fn keys(stores: &SqlStores) -> Vec<i64> {
    // `key` is a word of MySQL's.
    let mark = if stores.database().get_database_backend() == DatabaseBackend::MySql { '`' } else { '"' };
    numbers(stores, &format!("SELECT {mark}key{mark} AS n FROM scim_resource")).await
}

async fn numbers(stores: &SqlStores, select: &str) -> Vec<i64> {
    let select = Statement::from_string(stores.database().get_database_backend(), select);
    let rows = stores.database().query_all_raw(select).await.expect("an answer");
    rows.iter().map(|row| row.try_get("", "n").expect("a number")).collect()
}

async fn creates_that_wait_share_a_range_and_no_key_is_used_twice(database: Database) {
    let stores = open(&database).await;
    let (first, next) = (async |count: usize| create(&stores, "one", count).await, "SELECT next AS n FROM scim_key_range");
    first(32).await;
    let reserved = numbers(&stores, next).await;
    assert_eq!(keys(&stores).await.into_iter().collect::<BTreeSet<i64>>(), (1..=32).collect(), "dense, in one range");
    first(16).await;
    assert_eq!(numbers(&stores, next).await, reserved, "the rest of the range serves them");
    // Another server has ranges of its own.
    let other = open(&database).await;
    tokio::join!(create(&stores, "again", 200), create(&other, "other", 200));
    let (keys, unique) = (keys(&stores).await, keys(&other).await.into_iter().collect::<BTreeSet<i64>>());
    assert_eq!((keys.len(), unique.len()), (448, 448));
}

async fn create(stores: &SqlStores, name: &str, count: usize) {
    let server = std::sync::Arc::new(serve(stores, "keys"));
    let start = keys(stores).await.len();
    let tasks: Vec<_> = (start..start + count)
        .map(|number| {
            let (server, user) = (server.clone(), user(&format!("{name}{number}")));
            tokio::spawn(async move { id(&post(&server, "/Users", &user).await) })
        })
        .collect();
    for task in tasks {
        task.await.expect("it is created");
    }
}

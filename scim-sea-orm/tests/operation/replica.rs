//! A replica answers what may be stale, and nothing else.

use poem::Endpoint;
use poem::http::Uri;
use scim_sea_orm::{Indexed, Options, SqlStores};
use scim_server::store::{Piece, Query, Store, StoreError};
use scim_server::{Profile, Registry, ScimServer, StaticTokens, TenantId};
use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::support::{Database, on_each_engine};
use crate::world::{create, creation, ids, key, open, query, quiet, read, sqlite, store, user};

on_each_engine!(
    a_query_that_may_be_stale_is_answered_by_the_replica_and_no_other,
    a_client_asks_for_the_replica_with_max_stale,
    a_write_is_decided_on_the_primary,
    what_a_replica_cannot_answer_the_primary_does,
);

fn stale(query: Query) -> Query {
    Query { may_be_stale: true, ..query }
}

/// A primary with two users, and a replica that has seen the first only. It is gone with its database.
async fn pair(database: &Database) -> (Database, SqlStores) {
    let stores = open(&Options::new(&database.url)).await;
    user(&stores, "first", "first@example.com").await;
    create(&store(&stores), &stores, "Group", "sales", json!({"displayName": "Sales", "members": [{"value": "first"}]})).await;
    let mut seen = Vec::new();
    stores.export(None, &mut seen, &quiet).await.expect("it is exported");
    let replica = Database::new(database.engine).await.expect("the engine is there");
    open(&Options::new(&replica.url)).await.import(&mut seen.as_slice(), &quiet).await.expect("it is imported");
    user(&stores, "second", "second@example.com").await;
    let stores = open(&Options::new(&database.url).replica(&replica.url)).await;
    (replica, stores)
}

async fn a_query_that_may_be_stale_is_answered_by_the_replica_and_no_other(database: Database) {
    let (_replica, stores) = pair(&database).await;
    let users = query(&stores, "User", None);
    assert_eq!(ids(&stores, &users).await, ["first", "second"]);
    assert_eq!(ids(&stores, &stale(users.clone())).await, ["first"]);
    assert_eq!(ids(&stores, &stale(query(&stores, "User", Some(r#"userName eq "SECOND@example.com""#)))).await, [""; 0]);
    // Whatever is written, and read by key, is the primary's.
    user(&stores, "third", "third@example.com").await;
    assert!(read(&stores, "User", "second").await.is_some() && read(&stores, "User", "third").await.is_some());
    let piece = Piece { path: "members".into(), after: None, count: 10 };
    assert_eq!(store(&stores).elements(&key(&stores, "Group", "sales"), &piece).await.expect("it is there").len(), 1);
    assert_eq!(ids(&stores, &users).await, ["first", "second", "third"]);
    assert_eq!(ids(&stores, &stale(users)).await, ["first"]);
}

async fn a_write_is_decided_on_the_primary(database: Database) {
    let (_replica, stores) = pair(&database).await;
    assert_eq!(ids(&stores, &stale(query(&stores, "User", None))).await, ["first"]);
    let taken = creation(&stores, "User", "other", json!({"userName": "second@example.com"}), Profile::RFC);
    let error = store(&stores).commit(&[taken]).await.expect_err("the name is taken");
    assert!(matches!(error, StoreError::NotUnique { .. }), "{error}");
}

async fn a_client_asks_for_the_replica_with_max_stale(database: Database) {
    let (_replica, stores) = pair(&database).await;
    let tokens = StaticTokens::new().with("s3cret", TenantId::new("acme"), Profile::RFC);
    let endpoint = scim_server::http::endpoint(ScimServer::new(Registry::rfc7643(), stores, tokens));
    for (path, cache_control, total) in [
        ("/Users", None, Some(2)),
        ("/Users", Some("max-stale"), Some(1)),
        ("/Users", Some("no-transform, Max-Stale"), Some(1)),
        ("/Users", Some("max-stale=60"), Some(2)),
        ("/Users", Some("no-cache"), Some(2)),
        ("/Users", Some("no-cache, max-stale"), Some(2)),
        ("/Users", Some("max-stale, max-age=0"), Some(2)),
        ("/Users?filter=userName%20eq%20%22second@example.com%22", Some("max-stale"), Some(0)),
        ("/Users/second", Some("max-stale"), None),
    ] {
        let request = poem::Request::builder().uri(Uri::from_static(path)).header("authorization", "Bearer s3cret");
        let request = cache_control.into_iter().fold(request, |request, value| request.header("cache-control", value)).finish();
        let answer = endpoint.call(request).await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path} {cache_control:?}");
        let body: serde_json::Value = answer.into_body().into_json().await.expect("JSON");
        assert_eq!(body["totalResults"].as_u64(), total, "{path} {cache_control:?}");
    }
}

/// Its tables are away when it is asked again.
async fn what_a_replica_cannot_answer_the_primary_does(database: Database) {
    let (replica, stores) = pair(&database).await;
    let users = stale(query(&stores, "User", None));
    assert_eq!(ids(&stores, &users).await, ["first"]);
    let operator = open(&Options::new(&replica.url)).await;
    operator.database().execute_unprepared("DROP TABLE scim_resource").await.expect("the table is there");
    for _ in 0..3 {
        assert_eq!(ids(&stores, &users).await, ["first", "second"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_without_the_tables_or_with_another_index_is_not_asked() {
    let (database, folder) = (sqlite().await, tempfile::tempdir().expect("a temporary folder"));
    let stores = open(&Options::new(&database.url)).await;
    user(&stores, "first", "first@example.com").await;
    let other = Options::new(format!("sqlite://{}?mode=rwc", folder.path().join("other.db").display()));
    open(&other.indexed(Indexed::All)).await;
    std::fs::write(folder.path().join("empty.db"), "").expect("a file");
    for replica in ["empty.db", "other.db", "missing.db"] {
        let url = format!("sqlite://{}?mode=ro", folder.path().join(replica).display());
        let stores = open(&Options::new(&database.url).replica(url)).await;
        for _ in 0..2 {
            assert_eq!(ids(&stores, &stale(query(&stores, "User", None))).await, ["first"], "{replica}");
        }
    }
}

//! How long a request waits for a connection, a lock or a statement.

use std::time::{Duration, Instant};

use scim_sea_orm::Options;
use scim_server::store::{Change, Expected, Store, StoreError};
use sea_orm::{ConnectionTrait, SqliteTransactionMode, TransactionOptions, TransactionTrait};

use crate::support::{Database, Engine, on_each_engine};
use crate::world::{ids, key, open, query, store, user};

on_each_engine!(
    a_request_waits_no_longer_for_a_connection_than_it_may,
    a_statement_runs_no_longer_than_it_may,
    a_transaction_of_postgresql_idles_no_longer_than_it_may,
    a_write_waits_no_longer_for_a_lock_than_it_may,
);

/// The work fails, after about that time.
async fn gives_up<T, E>(after: Duration, what: &str, work: impl Future<Output = Result<T, E>>) -> E {
    let started = Instant::now();
    let outcome = tokio::time::timeout(Duration::from_secs(20), work).await;
    let error = outcome.unwrap_or_else(|_| panic!("{what} never gave up")).err().unwrap_or_else(|| panic!("{what} must fail"));
    let spent = started.elapsed();
    assert!(spent >= after / 2 && spent < after + Duration::from_secs(10), "{what}: {spent:?}");
    error
}

async fn a_request_waits_no_longer_for_a_connection_than_it_may(database: Database) {
    let wait = Duration::from_millis(400);
    let stores = open(&Options::new(&database.url).connections(1).acquire_timeout(wait)).await;
    // The tenant is known from here on, so that one statement is one wait.
    let all = query(&stores, "User", None);
    assert!(ids(&stores, &all).await.is_empty());
    let held = stores.database().begin().await.expect("the only connection is free");
    let error = gives_up(wait, "the wait for a connection", store(&stores).query(&all)).await;
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    held.rollback().await.expect("it is given back");
    assert!(ids(&stores, &all).await.is_empty());
}

async fn a_statement_runs_no_longer_than_it_may(database: Database) {
    let limit = Duration::from_millis(300);
    let long = match database.engine {
        // Only the wait for the lock has a limit there.
        Engine::Sqlite => return,
        Engine::Postgres => "SELECT pg_sleep(10)",
        Engine::MariaDb => "SELECT COUNT(*) FROM seq_1_to_1000000000 AS a, seq_1_to_1000 AS b",
    };
    let stores = open(&Options::new(&database.url).statement_timeout(limit)).await;
    gives_up(limit, long, stores.database().execute_unprepared(long)).await;
}

async fn a_transaction_of_postgresql_idles_no_longer_than_it_may(database: Database) {
    if database.engine != Engine::Postgres {
        return;
    }
    let stores = open(&Options::new(&database.url).statement_timeout(Duration::from_millis(200))).await;
    let idle = stores.database().begin().await.expect("a connection is free");
    idle.execute_unprepared("SELECT 1").await.expect("it has begun");
    tokio::time::sleep(Duration::from_millis(800)).await;
    idle.execute_unprepared("SELECT 1").await.expect_err("the server has ended it");
    assert!(ids(&stores, &query(&stores, "User", None)).await.is_empty());

    // What is exported to a slow reader, or imported from a slow writer, may take its time between two pieces.
    user(&stores, "ana", "ana@example.com").await;
    let pause = |_| std::thread::sleep(Duration::from_millis(500));
    let mut file = Vec::new();
    stores.export(None, &mut file, &pause).await.expect("it is exported");
    let fresh = Database::new(Engine::Postgres).await.expect("the engine is there");
    let copy = open(&Options::new(&fresh.url).statement_timeout(Duration::from_millis(200))).await;
    copy.import(&mut file.as_slice(), &pause).await.expect("it is imported");
}

/// A write that was in another's way is tried again, so it gives up after some such waits.
async fn a_write_waits_no_longer_for_a_lock_than_it_may(database: Database) {
    let stores = open(&Options::new(&database.url)).await;
    user(&stores, "ana", "ana@example.com").await;
    let waiting = open(&Options::new(&database.url).statement_timeout(Duration::from_millis(50))).await;
    let options = TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
    let held = stores.database().begin_with_options(options).await.expect("a transaction");
    held.execute_unprepared("UPDATE scim_resource SET version = version").await.expect("the row is locked");
    let delete = Change::Delete { key: key(&waiting, "User", "ana"), expected: Expected::Any };
    let started = Instant::now();
    let outcome = tokio::time::timeout(Duration::from_secs(25), store(&waiting).commit(&[delete])).await;
    let error = outcome.expect("it gives up").expect_err("the row is locked");
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    println!("{:?} gave up after {:?}", database.engine, started.elapsed());
    held.rollback().await.expect("the row is free");
}

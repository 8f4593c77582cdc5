//! Cursors between instances, and what their keys are to exports (RFC 9865, T26).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use scim_sea_orm::{Options, SqlStores};
use scim_server::{Error, Leniency, Parameters, Profile, Registry, ScimServer, StaticTokens, Store, Stores, Timestamp};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::support::{Database, on_each_engine};
use crate::world::{caller, creation, open, quiet, store};

on_each_engine!(
    a_cursor_leads_on_at_every_instance_until_its_key_is_destroyed,
    a_page_by_cursor_costs_the_same_statements_however_long_the_answer_is,
    no_key_is_in_an_export,
);

/// So many users, in one commit.
async fn users(stores: &SqlStores, numbers: std::ops::Range<u32>) {
    let change = |number| creation(stores, "User", &format!("user-{number}"), json!({"userName": format!("user{number}")}), Profile::RFC);
    store(stores).commit(&numbers.map(change).collect::<Vec<_>>()).await.expect("they are new");
}

/// The answer of a server on these stores to a query over the users, or over everything.
async fn ask(stores: &SqlStores, endpoint: &str, query: &str) -> Result<Value, Error> {
    let server = ScimServer::new(Registry::rfc7643(), stores.clone(), StaticTokens::new());
    let scope = server.scope(caller("acme"));
    let parameters = Parameters::parse(query, &Leniency::new(Profile::RFC))?;
    let answer = if endpoint.is_empty() { scope.query_all(&parameters).await? } else { scope.query(endpoint, &parameters).await? };
    Ok(answer.body.and_then(|body| body.document().cloned()).map(Value::Object).unwrap_or_default())
}

fn next(answer: &Value) -> &str {
    answer["nextCursor"].as_str().expect("another page follows")
}

/// The number of the present generation of keys: they change by the day.
fn generation() -> u32 {
    u32::try_from(Timestamp::now().micros() / 86_400_000_000).expect("a day of this age")
}

async fn a_cursor_leads_on_at_every_instance_until_its_key_is_destroyed(database: Database) {
    let (one, other) = (open(&Options::new(&database.url)).await, open(&Options::new(&database.url)).await);
    users(&one, 0..5).await;
    let first = ask(&one, "Users", "count=2&cursor").await.expect("a page");
    let second = ask(&other, "Users", &format!("count=2&cursor={}", next(&first))).await.expect("a page");
    let third = ask(&one, "Users", &format!("count=2&cursor={}", next(&second))).await.expect("a page");
    assert_eq!((third["Resources"].as_array().map(Vec::len), third.get("nextCursor")), (Some(1), None));
    // A server that starts later.
    let later = open(&Options::new(&database.url)).await;
    assert_eq!(ask(&later, "Users", &format!("count=2&cursor={}", next(&second))).await.expect("a page"), third);

    one.database().execute_unprepared("DELETE FROM scim_cursor_key").await.expect("the table is there");
    for stores in [&one, &other, &later] {
        let error = ask(stores, "Users", &format!("count=2&cursor={}", next(&first))).await.expect_err("its key is gone");
        assert_eq!(error.to_json()["scimType"], "invalidCursor");
    }
    let again = ask(&other, "Users", "count=2&cursor").await.expect("a page");
    assert!(ask(&one, "Users", &format!("count=2&cursor={}", next(&again))).await.is_ok(), "a new key is made");
}

async fn a_page_by_cursor_costs_the_same_statements_however_long_the_answer_is(database: Database) {
    let count = Arc::new(AtomicU64::new(0));
    let counter = count.clone();
    let options = Options::new(&database.url).statement_log(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    let stores = open(&options).await;
    let mut costs = Vec::new();
    for numbers in [0..50, 50..300] {
        users(&stores, numbers).await;
        // The key of the day is made with the first cursor.
        ask(&stores, "Users", "count=2&cursor").await.expect("a page");
        let mut cost = Vec::new();
        for (endpoint, query) in [("Users", "count=2&sortBy=title"), ("Users", "count=20"), ("", "count=20&filter=userName%20pr")] {
            let mut cursor = String::new();
            for _ in 0..2 {
                let before = count.load(Ordering::Relaxed);
                let page = ask(&stores, endpoint, &format!("{query}&cursor={cursor}")).await.expect("a page");
                cost.push(count.load(Ordering::Relaxed) - before);
                cursor = next(&page).to_owned();
            }
        }
        costs.push(cost);
    }
    assert_eq!(costs[0], costs[1]);
    assert!(costs[0].iter().all(|cost| *cost <= 8), "{:?}: {costs:?}", database.engine);
}

async fn no_key_is_in_an_export(database: Database) {
    let stores = open(&Options::new(&database.url)).await;
    users(&stores, 0..3).await;
    let first = ask(&stores, "Users", "count=1&cursor").await.expect("a page");
    let key = store(&stores).cursor_key(generation(), None).await.expect("the store answers").expect("the key was made");
    let mut file = Vec::new();
    stores.export(None, &mut file, &quiet).await.expect("it is exported");
    let hex: String = key.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(!file.windows(8).any(|bytes| bytes == &key.as_bytes()[..8] || bytes == &hex.as_bytes()[..8]));
    assert!(!String::from_utf8_lossy(&file).contains("cursor"), "nothing of the table is in it");
    // So a cursor of the one database leads nowhere in a copy of its resources.
    let copy = Database::new(database.engine).await.expect("the engine is there");
    let copied = open(&Options::new(&copy.url)).await;
    copied.import(&mut file.as_slice(), &quiet).await.expect("it is imported");
    let error = ask(&copied, "Users", &format!("count=1&cursor={}", next(&first))).await.expect_err("it has another key");
    assert_eq!(error.to_json()["scimType"], "invalidCursor");
    assert!(copied.of(&caller("acme")).cursor_key(generation(), None).await.expect("the store answers").is_none());
}

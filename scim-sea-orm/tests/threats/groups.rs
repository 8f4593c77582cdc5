//! Writes that share a transaction on SQLite share nothing else: one that is refused undoes itself alone, one whose client goes away
//! is done or not done, and nobody waits for ever.

use std::sync::Arc;
use std::time::Duration;

use scim_sea_orm::{Event, Hook, SqlStores, Stop};
use scim_server::store::{Change, Content, Load, ResourceKey, Store, StoreError, UniqueKey};
use scim_server::{Boxed, Caller, Error, Stores, TenantId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};
use serde_json::json;

use super::open;
use super::support::{Database, on_each_engine};

on_each_engine!(
    of_many_writes_at_once_each_has_its_own_end,
    a_hook_that_panics_leaves_the_next_writes_alone,
    a_hook_that_panics_takes_no_other_write_with_it,
);

/// Refuses some users, loses a race for others the first time, and panics over one.
struct Moody {
    raced: std::sync::Mutex<std::collections::BTreeSet<String>>,
}

impl Hook for Moody {
    fn run<'a>(&'a self, _: &'a DatabaseTransaction, caller: &'a Caller, event: Event<'a>) -> Boxed<'a, Result<(), Stop>> {
        let Event::Created { after, .. } = event else { return Box::pin(std::future::ready(Ok(()))) };
        let id = &after.key.id;
        assert!(id.starts_with(&format!("{}-", caller.credential)), "the hook is told who created it");
        assert!(!id.contains("panic"), "a defect of the application");
        let answer = if id.contains("refused") {
            Err(Stop::Refuse(Error::invalid_value("not this one")))
        } else if id.contains("raced") && self.raced.lock().expect("no panic").insert(id.clone()) {
            Err(Stop::Again)
        } else {
            Ok(())
        };
        Box::pin(std::future::ready(answer))
    }
}

async fn moody(database: &Database) -> SqlStores {
    open(database).await.with_hook(Moody { raced: Default::default() })
}

fn creation(stores: &SqlStores, id: &str, name: &str) -> Change {
    let document = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name});
    let unique = vec![UniqueKey { path: "userName".into(), key: name.to_owned() }];
    let new = Content { document: document.as_object().expect("an object").clone(), unique, ..Content::default() };
    Change::Create { key: ResourceKey { kind: stores.registry().by_name("User").expect("a type").clone(), id: id.to_owned() }, new }
}

fn caller(tenant: &str, credential: &str) -> Caller {
    Caller::new(TenantId::new(tenant), credential)
}

async fn exists(stores: &SqlStores, tenant: &str, id: &str) -> bool {
    let Change::Create { key, .. } = creation(stores, id, id) else { unreachable!("it is a creation") };
    stores.of(&caller(tenant, "")).get(&key, &Load::DOCUMENT).await.expect("the store answers").is_some()
}

async fn number(stores: &SqlStores, select: &str) -> i64 {
    let select = Statement::from_string(stores.database().get_database_backend(), select);
    let rows = stores.database().query_all_raw(select).await.expect("an answer");
    rows.iter().map(|row| row.try_get::<i64>("", "n").expect("a number")).sum()
}

async fn of_many_writes_at_once_each_has_its_own_end(database: Database) {
    const ROUNDS: usize = 6;
    let stores = moody(&database).await;
    let mut kept = 0;
    for round in 0..ROUNDS {
        let mut tasks = Vec::new();
        for number in 0..60 {
            // Whose it is, what becomes of it, and whether its client waits for the answer.
            let (tenant, end) = (["one", "two"][number % 2], ["kept", "refused", "raced", "taken", "left", "kept"][number % 6]);
            let id = format!("{number}-{end}-{round}");
            let name = if end == "taken" { format!("taken-{round}") } else { id.clone() };
            let (stores, credential) = (stores.clone(), number.to_string());
            let change = creation(&stores, &id, &name);
            let task = tokio::spawn(async move { stores.of(&caller(tenant, &credential)).commit(&[change]).await });
            tasks.push((tenant, end, id, task));
        }
        for (place, (_, end, _, task)) in tasks.iter().enumerate() {
            if *end == "left" {
                tokio::time::sleep(Duration::from_micros(place as u64 * 20)).await;
                task.abort();
            }
        }
        let mut taken = 0;
        for (tenant, end, id, task) in tasks {
            let outcome = tokio::time::timeout(Duration::from_secs(30), task).await.expect("nobody waits for ever");
            let there = exists(&stores, tenant, &id).await;
            match (end, outcome) {
                ("kept" | "raced", outcome) => assert!(matches!(outcome, Ok(Ok(_))) && there, "{id}: {outcome:?}"),
                ("refused", outcome) => assert!(matches!(outcome, Ok(Err(StoreError::Refused(_)))) && !there, "{id}"),
                ("taken", Ok(Ok(_))) => {
                    assert!(there, "{id}");
                    taken += 1;
                }
                ("taken", outcome) => assert!(matches!(outcome, Ok(Err(StoreError::NotUnique { .. }))) && !there, "{id}"),
                (_, Ok(outcome)) => assert_eq!(outcome.is_ok(), there, "{id}"),
                // Its client went away: it may still be done.
                (_, Err(_)) => {}
            }
            kept += i64::from(there);
        }
        assert_eq!(taken, 1, "one of those who wanted the same name has it: they are all of one tenant");
    }
    // Those whose clients went away have come to their end by now, or never will.
    let rows = async || number(&stores, "SELECT COUNT(*) AS n FROM scim_resource").await;
    assert!(rows().await >= kept);
    assert_eq!(number(&stores, "SELECT n FROM scim_tally").await, rows().await);
}

async fn a_hook_that_panics_leaves_the_next_writes_alone(database: Database) {
    let stores = Arc::new(moody(&database).await);
    for id in ["1-panic", "2-kept"] {
        let (own, change) = (stores.clone(), creation(&stores, id, id));
        let task = tokio::spawn(async move { own.of(&caller("one", &id[..1])).commit(&[change]).await });
        let outcome = tokio::time::timeout(Duration::from_secs(30), task).await.expect("nobody waits for ever");
        assert_eq!(outcome.is_ok_and(|outcome| outcome.is_ok()), id == "2-kept");
        assert_eq!(exists(&stores, "one", id).await, id == "2-kept");
    }
}

async fn a_hook_that_panics_takes_no_other_write_with_it(database: Database) {
    let stores = moody(&database).await;
    let mut tasks = Vec::new();
    for number in 0..48 {
        let (tenant, end) = (["one", "two", "three"][number % 3], if number % 8 == 5 { "panic" } else { "kept" });
        let id = format!("{number}-{end}");
        let (own, change) = (stores.clone(), creation(&stores, &id, &id));
        let task = tokio::spawn(async move { own.of(&caller(tenant, &number.to_string())).commit(&[change]).await });
        tasks.push((tenant, end, id, task));
    }
    for (tenant, end, id, task) in tasks {
        let outcome = tokio::time::timeout(Duration::from_secs(30), task).await.expect("nobody waits for ever");
        let there = exists(&stores, tenant, &id).await;
        match end {
            "kept" => assert!(matches!(outcome, Ok(Ok(_))) && there, "{id}: {outcome:?}"),
            // On SQLite the panic is an error; elsewhere it is that of the request's own task.
            _ => assert!(matches!(outcome, Err(_) | Ok(Err(StoreError::Internal(_)))) && !there, "{id}: {outcome:?}"),
        }
    }
    assert_eq!(number(&stores, "SELECT COUNT(*) AS n FROM scim_resource").await, 42);
    assert_eq!(number(&stores, "SELECT n FROM scim_tally").await, 42);
}

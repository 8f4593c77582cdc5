//! The index follows another declaration, and mends what does not fit the documents.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use scim_sea_orm::{ConnectError, Defect, Indexed, Options, SqlStores};
use scim_server::store::Store;
use scim_server::{Profile, Registry, RegistryDocument};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;
use tokio::sync::Notify;

use crate::support::{Database, Engine, on_each_engine};
use crate::world::{caller, checked, creation, ids, open, population, query, quiet, store};

on_each_engine!(
    another_declaration_is_refused_until_the_index_is_made_anew,
    a_reindex_that_is_broken_off_anywhere_can_be_run_again,
    every_fault_is_found_and_mended,
    a_collision_is_named_and_the_old_declaration_can_be_taken_back,
);

async fn reindex(options: &Options) -> Result<SqlStores, ConnectError> {
    SqlStores::reindex(options, Registry::rfc7643(), &quiet).await
}

async fn refusal(options: &Options) -> ConnectError {
    SqlStores::connect(options, Registry::rfc7643()).await.expect_err("the index is another")
}

/// Every row of the index and of the links.
pub(crate) async fn rows(stores: &SqlStores) -> Vec<String> {
    let mut rows = Vec::new();
    for (table, columns) in
        [("scim_value", &["tenant", "attribute", "slot", "element", "key"][..]), ("scim_link", &["tenant", "attribute", "owner"])]
    {
        let backend = stores.database().get_database_backend();
        let quoted: Vec<String> =
            columns.iter().map(|column| if *column == "key" { "scim_value.key".into() } else { (*column).to_owned() }).collect();
        let compared = if table == "scim_value" { "value" } else { "compared" };
        let select = Statement::from_string(backend, format!("SELECT {}, {table}.{compared} AS bytes FROM {table}", quoted.join(", ")));
        for row in stores.database().query_all_raw(select).await.expect("the rows") {
            let numbers: Vec<i64> = columns.iter().map(|column| row.try_get("", column).expect("a number")).collect();
            rows.push(format!("{table} {numbers:?} {:?}", row.try_get::<Vec<u8>>("", "bytes").expect("bytes")));
        }
    }
    rows.sort();
    rows
}

async fn another_declaration_is_refused_until_the_index_is_made_anew(database: Database) {
    let (default, all) = (Options::new(&database.url), Options::new(&database.url).indexed(Indexed::All));
    let stores = open(&default).await;
    population(&stores).await;
    let by_nick_name = query(&stores, "User", Some(r#"nickName eq "Nick 7""#));
    assert!(!store(&stores).explain(&by_nick_name).await.expect("a plan").exact);
    let before = rows(&stores).await;
    assert!(matches!(refusal(&all).await, ConnectError::OtherIndex));

    let stores = reindex(&all).await.expect("the index is made");
    checked(&stores).await;
    assert!(rows(&stores).await.len() > before.len());
    assert!(matches!(refusal(&default).await, ConnectError::OtherIndex));
    let stores = open(&all).await;
    assert!(store(&stores).explain(&by_nick_name).await.expect("a plan").exact);
    assert_eq!(ids(&stores, &by_nick_name).await, ["user-7"]);

    let stores = reindex(&default).await.expect("the index is made");
    assert_eq!(rows(&stores).await, before);
    let stores = open(&default).await;
    // What a profile made unique is unique still: nothing in the document says so.
    let taken = creation(&stores, "Group", "other", json!({"displayName": "GROUP 0"}), Profile::ENTRA);
    assert!(store(&stores).commit(&[taken]).await.is_err());
    let free = creation(&stores, "Group", "other", json!({"displayName": "GROUP 1"}), Profile::ENTRA);
    assert!(store(&stores).commit(&[free]).await.is_ok());
    checked(&stores).await;
}

async fn a_reindex_that_is_broken_off_anywhere_can_be_run_again(database: Database) {
    let default = Options::new(&database.url);
    let stores = open(&default).await;
    population(&stores).await;
    let before = rows(&stores).await;
    drop(stores);
    let mut broken_off = 0;
    for statements in [1, 2, 3, 5, 8, 13, 21, 34, 55, 89] {
        let (reached, left) = (Arc::new(Notify::new()), Arc::new(AtomicU64::new(0)));
        let (told, count) = (reached.clone(), left.clone());
        // Statements of the start do not count: it arms itself when the declaration is written.
        let all = Options::new(&database.url).indexed(Indexed::All).statement_log(move |statement| {
            let armed = count.load(Ordering::SeqCst) > 0 || statement.contains("INSERT") && statement.contains("scim_setting");
            if armed && count.fetch_add(1, Ordering::SeqCst) + 1 == statements {
                told.notify_one();
            }
        });
        let finished = tokio::select! {
            biased;
            () = reached.notified() => false,
            outcome = reindex(&all) => { outcome.expect("the index is made"); true }
        };
        if !finished {
            broken_off += 1;
            assert!(matches!(refusal(&default).await, ConnectError::UnfinishedIndex), "after {statements} statements");
            let all = Options::new(&database.url).indexed(Indexed::All);
            assert!(matches!(refusal(&all).await, ConnectError::UnfinishedIndex), "after {statements} statements");
            let stores = reindex(&all).await.expect("the index is made");
            checked(&stores).await;
        }
        let stores = reindex(&default).await.expect("the index is made");
        assert_eq!(rows(&stores).await, before, "after {statements} statements");
    }
    assert!(broken_off >= 5, "{broken_off}");
}

async fn every_fault_is_found_and_mended(database: Database) {
    let options = Options::new(&database.url);
    let stores = open(&options).await;
    population(&stores).await;
    let intact = rows(&stores).await;
    let clean = checked(&stores).await;
    assert!(clean.resources > 0 && clean.values > clean.resources && clean.links > 0 && clean.unknown == 0, "{clean:?}");
    let longer = match database.engine {
        Engine::MariaDb => "CONCAT(value, value)",
        Engine::Sqlite | Engine::Postgres => "value || value",
    };
    // Elements stand nowhere else, nor does what a profile made unique: the last ones cannot all come back.
    let (mended, lossy) = (true, false);
    for (damage, defect, comes_back) in [
        ("UPDATE scim_value SET slot = slot + 100000 WHERE slot = 2", Defect::StrangeValue, mended),
        ("UPDATE scim_value SET element = element + 10 WHERE slot > 0", Defect::StrangeValue, mended),
        ("DELETE FROM scim_value WHERE slot = 3", Defect::MissingValue, mended),
        (&format!("UPDATE scim_link SET compared = {longer}"), Defect::WrongComparison, mended),
        ("UPDATE scim_resource SET display = NULL", Defect::WrongDisplay, mended),
        ("UPDATE scim_tally SET n = n + 1", Defect::WrongTally, mended),
        ("DELETE FROM scim_tally", Defect::WrongTally, mended),
        ("UPDATE scim_key_range SET next = 1", Defect::WrongKeyRange, mended),
        ("DELETE FROM scim_key_range", Defect::WrongKeyRange, mended),
        ("DELETE FROM scim_value WHERE slot = 0", Defect::MissingValue, lossy),
        ("UPDATE scim_link SET owner = owner + 100000", Defect::StrangeLink, lossy),
        ("DELETE FROM scim_link", Defect::MissingLink, lossy),
        ("DELETE FROM scim_resource", Defect::StrangeValue, lossy),
    ] {
        stores.database().execute_unprepared(damage).await.expect(damage);
        let found = stores.check(&quiet).await.expect("the database answers");
        assert!(found.faults.iter().any(|fault| fault.defect == defect), "{damage}: {found:?}");
        assert_eq!(found.fault_count, found.faults.len() as u64);
        assert!(found.faults.iter().all(|fault| fault.to_string().starts_with("tenant \"acme\", ")), "{found:?}");
        let again = reindex(&options).await.expect("the index is made");
        checked(&again).await;
        if comes_back {
            assert_eq!(rows(&again).await, intact, "{damage}");
        }
    }
    assert_eq!(rows(&stores).await, [""; 0]);
}

/// Devices whose `serial` is unique, or not.
fn devices(uniqueness: &str) -> Arc<Registry> {
    let document: RegistryDocument = serde_json::from_value(json!({
        "schemas": [{"id": "urn:example:Device", "name": "Device", "description": "A device", "attributes": [
            {"name": "serial", "type": "string", "multiValued": false, "description": "Its number", "required": true, "caseExact": false,
             "mutability": "readWrite", "returned": "default", "uniqueness": uniqueness}]}],
        "resourceTypes": [{"name": "Device", "endpoint": "/Devices", "schema": "urn:example:Device"}],
    }))
    .expect("a document");
    Arc::new(Registry::rfc7643_and(document).expect("the types fit together"))
}

async fn a_collision_is_named_and_the_old_declaration_can_be_taken_back(database: Database) {
    let options = Options::new(&database.url);
    let stores = SqlStores::connect(&options, devices("none")).await.expect("the database opens");
    for (id, serial) in [("one", "A1"), ("two", "B2"), ("three", "a1")] {
        let change = creation(&stores, "Device", id, json!({"serial": serial}), Profile::RFC);
        store(&stores).commit(&[change]).await.expect("it is new");
    }
    let error = SqlStores::reindex(&options, devices("server"), &quiet).await.expect_err("two have one serial");
    let ConnectError::NotUnique { tenant, path, id } = &error else { panic!("{error}") };
    assert_eq!((tenant.as_str(), path.as_str()), ("acme", "serial"));
    assert!(["one", "three"].contains(&id.as_str()), "{id}");
    assert!(!error.to_string().to_lowercase().contains("a1"), "{error}");
    let error = SqlStores::connect(&options, devices("none")).await.expect_err("it was not made to its end");
    assert!(matches!(error, ConnectError::UnfinishedIndex), "{error}");
    let stores = SqlStores::reindex(&options, devices("none"), &quiet).await.expect("the index is made");
    checked(&stores).await;
    // One of the two goes.
    let key = crate::world::key(&stores, "Device", "three");
    let delete = scim_server::store::Change::Delete { key, expected: scim_server::store::Expected::Any };
    store(&stores).commit(&[delete]).await.expect("it is there");
    let stores = SqlStores::reindex(&options, devices("server"), &quiet).await.expect("the index is made");
    checked(&stores).await;
    let taken = creation(&stores, "Device", "four", json!({"serial": "b2"}), Profile::RFC);
    let acme = scim_server::Stores::of(&stores, &caller("acme"));
    assert!(acme.commit(&[taken]).await.is_err());
}

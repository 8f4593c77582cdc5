//! The trigram index follows the declaration, imports and backups, and is mended.

use std::io::Cursor;

use scim_sea_orm::{ConnectError, Defect, Options, SearchedBy, SqlStores};
use scim_server::store::{Change, Expected, Store, StoreError};
use scim_server::{Profile, Registry};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;

use crate::reindex::rows;
use crate::support::{Database, Engine, on_each_engine};
use crate::world::{checked, creation, ids, key, open, population, query, quiet, sqlite, store};

on_each_engine!(
    searchable_attributes_come_and_go_with_a_reindex,
    what_is_imported_is_searchable,
    a_searchable_value_that_must_be_unique_is,
    a_replica_that_can_only_be_read_is_searched,
);

pub(crate) const PATHS: [&str; 4] = ["userName", "displayName", "title", "emails.value"];

fn searchable(database: &Database) -> Options {
    Options::new(&database.url).searchable(PATHS)
}

async fn reindex(options: &Options) -> SqlStores {
    SqlStores::reindex(options, Registry::rfc7643(), &quiet).await.expect("the index is made")
}

/// Those whose name has a part, and whether trigrams find them.
async fn found(stores: &SqlStores) -> (Vec<String>, Option<SearchedBy>) {
    let asked = query(stores, "User", Some(r#"displayName co "ser 17" or userName co "17@EX""#));
    let explained = store(stores).explain(&asked).await.expect("a plan");
    assert!(explained.exact);
    (ids(stores, &asked).await, explained.searches.first().map(|search| search.by))
}

fn by_trigrams(database: &Database) -> Option<SearchedBy> {
    Some(if database.engine == Engine::MariaDb { SearchedBy::NoTrigrams } else { SearchedBy::Trigrams })
}

async fn searchable_attributes_come_and_go_with_a_reindex(database: Database) {
    let default = Options::new(&database.url);
    let stores = open(&default).await;
    population(&stores).await;
    let before = rows(&stores).await;
    assert_eq!(found(&stores).await, (vec!["user-17".to_owned()], None));
    let error = SqlStores::connect(&searchable(&database), Registry::rfc7643()).await.expect_err("it is declared otherwise");
    assert!(matches!(error, ConnectError::OtherIndex), "{error}");

    let stores = reindex(&searchable(&database)).await;
    assert_eq!(found(&stores).await, (vec!["user-17".to_owned()], by_trigrams(&database)));
    // As many rows as before: they only stand elsewhere. `title` and the others are in the default.
    assert_eq!(rows(&stores).await.len(), before.len());
    checked(&stores).await;
    let delete = Change::Delete { key: key(&stores, "User", "user-17"), expected: Expected::Any };
    store(&stores).commit(&[delete]).await.expect("it is there");
    assert_eq!(found(&stores).await.0, [""; 0]);
    store(&stores)
        .commit(&[creation(&stores, "User", "new", json!({"userName": "user17@example.com"}), Profile::RFC)])
        .await
        .expect("it is free");
    assert_eq!(found(&stores).await.0, ["new"]);
    checked(&stores).await;

    let stores = reindex(&default).await;
    assert_eq!(found(&stores).await, (vec!["new".to_owned()], None));
    checked(&stores).await;
    if database.engine == Engine::Sqlite {
        assert_eq!(number(&stores, "SELECT COUNT(*) AS n FROM scim_search").await, 0);
    }
}

async fn what_is_imported_is_searchable(database: Database) {
    let stores = open(&Options::new(&database.url)).await;
    population(&stores).await;
    let mut file = Vec::new();
    stores.export(None, &mut file, &quiet).await.expect("it is exported");
    let target = Database::new(database.engine).await.expect("the engine is there");
    let copy = open(&searchable(&target)).await;
    copy.import(&mut Cursor::new(file), &quiet).await.expect("it is imported");
    assert_eq!(found(&copy).await, (vec!["user-17".to_owned()], by_trigrams(&target)));
    checked(&copy).await;
}

async fn a_searchable_value_that_must_be_unique_is(database: Database) {
    let stores = open(&searchable(&database)).await;
    population(&stores).await;
    for taken in [
        creation(&stores, "User", "new", json!({"userName": "USER7@example.com"}), Profile::RFC),
        creation(&stores, "Group", "new", json!({"displayName": "GROUP 0"}), Profile::ENTRA),
    ] {
        assert!(matches!(store(&stores).commit(&[taken]).await, Err(StoreError::NotUnique { .. })));
    }
    let by_name = query(&stores, "User", Some(r#"userName eq "User7@Example.com""#));
    assert_eq!(ids(&stores, &by_name).await, ["user-7"]);
    let by_group = query(&stores, "User", Some(r#"groups.display co "roup 0""#));
    assert_eq!(ids(&stores, &by_group).await.len(), 20);
}

async fn number(stores: &SqlStores, select: &str) -> i64 {
    let select = Statement::from_string(stores.database().get_database_backend(), select);
    stores.database().query_one_raw(select).await.expect("an answer").expect("a row").try_get("", "n").expect("a number")
}

#[tokio::test]
async fn texts_that_the_index_of_sqlite_lacks_or_has_too_much_are_found_and_mended() {
    let database = sqlite().await;
    let stores = open(&searchable(&database)).await;
    population(&stores).await;
    checked(&stores).await;
    let whole = (vec!["user-17".to_owned()], Some(SearchedBy::Trigrams));
    for (damage, is_found) in [
        ("DELETE FROM scim_search", true),
        (
            "INSERT INTO scim_search (tenant, attribute, value) SELECT tenant, attribute, CAST('strange' AS blob) FROM scim_search LIMIT 1",
            true,
        ),
        // A check does not read the trigrams themselves.
        ("INSERT INTO scim_trigram (scim_trigram) VALUES ('delete-all')", false),
    ] {
        stores.database().execute_unprepared(damage).await.expect(damage);
        let check = stores.check(&quiet).await.expect("the database answers");
        assert_eq!(check.faults.iter().any(|fault| fault.defect == Defect::WrongText), is_found, "{damage}: {check:?}");
        let again = reindex(&searchable(&database)).await;
        checked(&again).await;
        assert_eq!(found(&again).await, whole, "{damage}");
        assert_eq!(number(&again, "SELECT COUNT(*) AS n FROM scim_search WHERE value = CAST('strange' AS blob)").await, 0);
        again
            .database()
            .execute_unprepared("INSERT INTO scim_trigram (scim_trigram, rank) VALUES ('integrity-check', 1)")
            .await
            .expect(damage);
    }
}

async fn a_replica_that_can_only_be_read_is_searched(database: Database) {
    let replica = Database::new(database.engine).await.expect("the engine is there");
    for (target, ids) in [(&replica, &["first"][..]), (&database, &["first", "second"])] {
        let stores = open(&searchable(target)).await;
        for id in ids {
            let change = creation(&stores, "User", id, json!({"userName": id, "displayName": format!("The {id} one")}), Profile::RFC);
            store(&stores).commit(&[change]).await.expect("it is new");
        }
        stores.close().await.expect("it closes");
    }
    let url = match database.engine {
        Engine::Sqlite => replica.url.replace("mode=rwc", "mode=ro"),
        Engine::Postgres => {
            let (_, name) = replica.url.rsplit_once('/').expect("a URL with a database");
            let connection = sea_orm::Database::connect(&replica.url).await.expect("the database opens");
            let read_only = format!("ALTER DATABASE {name} SET default_transaction_read_only = on");
            connection.execute_unprepared(&read_only).await.expect("its owner may");
            replica.url.clone()
        }
        Engine::MariaDb => replica.url.clone(),
    };
    let stores = open(&searchable(&database).replica(url)).await;
    let mut asked = query(&stores, "User", Some(r#"displayName co "one""#));
    assert_eq!(ids(&stores, &asked).await, ["first", "second"]);
    asked.may_be_stale = true;
    assert_eq!(ids(&stores, &asked).await, ["first"]);
}

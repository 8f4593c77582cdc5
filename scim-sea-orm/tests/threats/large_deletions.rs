//! A deletion that concerns very many resources is answered when all of it is done, in transactions of a bounded size; what a server
//! leaves undone the next one does.

use std::time::Duration;

use scim_sea_orm::{Options, SqlStore, SqlStores, Synchronous};
use scim_server::store::{Change, Content, Document, Element, Expected, Load, Page, Query, ResourceKey, Store, Unknown};
use scim_server::{Caller, Registry, Stores, TenantId};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;

use super::support::{Database, on_each_engine};

on_each_engine!(a_member_of_very_many_groups_and_a_group_of_very_many_members_go_whole);

/// More than two transactions take away.
const MANY: usize = 10_500;

async fn open(database: &Database) -> SqlStores {
    let options = Options::new(&database.url).synchronous(Synchronous::Off);
    SqlStores::connect(&options, Registry::rfc7643()).await.expect("the database opens")
}

fn store(stores: &SqlStores) -> SqlStore {
    stores.of(&Caller::new(TenantId::new("many"), "test"))
}

fn key(stores: &SqlStores, kind: &str, id: &str) -> ResourceKey {
    ResourceKey { kind: stores.registry().by_name(kind).expect("a type of the RFC").clone(), id: id.to_owned() }
}

fn group(stores: &SqlStores, id: &str, members: impl Iterator<Item = String>) -> Change {
    let document = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "g"});
    let members = members.map(|value| Element { value, item: Document::new(), referent: None }).collect();
    let new = Content {
        document: document.as_object().expect("an object").clone(),
        collections: vec![("members".into(), members)],
        unknown_elements: Unknown::Keep,
        ..Content::default()
    };
    Change::Create { key: key(stores, "Group", id), new }
}

async fn delete(stores: &SqlStores, kind: &str, id: &str) {
    let delete = Change::Delete { key: key(stores, kind, id), expected: Expected::Any };
    store(stores).commit(&[delete]).await.expect("it is deleted");
}

async fn count(stores: &SqlStores, table: &str) -> i64 {
    let database = stores.database();
    let select = Statement::from_string(database.get_database_backend(), format!("SELECT COUNT(*) AS n FROM {table}"));
    database.query_one_raw(select).await.expect("an answer").expect("a row").try_get("", "n").expect("a number")
}

/// A user in very many groups, and a group of very many members.
async fn fill(stores: &SqlStores) {
    let document = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "busy"});
    let new = Content { document: document.as_object().expect("an object").clone(), ..Content::default() };
    store(stores).commit(&[Change::Create { key: key(stores, "User", "busy"), new }]).await.expect("it is new");
    let groups: Vec<Change> = (0..MANY).map(|number| group(stores, &format!("g{number:05}"), std::iter::once("busy".to_owned()))).collect();
    for piece in groups.chunks(1_000) {
        store(stores).commit(piece).await.expect("they are new");
    }
    let members = (0..MANY).map(|number| format!("m{number:05}"));
    store(stores).commit(&[group(stores, "crowd", members)]).await.expect("it is new");
}

async fn a_member_of_very_many_groups_and_a_group_of_very_many_members_go_whole(database: Database) {
    let stores = open(&database).await;
    fill(&stores).await;
    delete(&stores, "Group", "crowd").await;
    assert_eq!((count(&stores, "scim_link").await, count(&stores, "scim_cleanup").await), (MANY as i64, 0));
    delete(&stores, "User", "busy").await;
    assert_eq!((count(&stores, "scim_link").await, count(&stores, "scim_cleanup").await), (0, 0));
    for place in [1, 5_000, 5_001, 10_000, MANY as u64] {
        let kind = key(&stores, "Group", "").kind;
        let query = Query { load: Load::Everything, ..Query::of(kind, None, Page::Index { start: place, count: 1 }) };
        let found = store(&stores).query(&query).await.expect("the store answers");
        assert_eq!(found.total, Some(MANY as u64));
        let [group] = found.resources.as_slice() else { panic!("no group at {place}") };
        assert_eq!((group.version, group.collections.get("members").map_or(0, Vec::len)), (2, 0), "group {place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_server_takes_away_what_one_left() {
    let Some(database) = Database::new(super::support::Engine::Sqlite).await else { return };
    let stores = open(&database).await;
    fill(&stores).await;
    let failing = "CREATE TRIGGER failing BEFORE DELETE ON scim_cleanup BEGIN SELECT RAISE(ABORT, 'the server ends here'); END";
    stores.database().execute_unprepared(failing).await.expect("a trigger");
    delete(&stores, "User", "busy").await;
    assert_eq!(count(&stores, "scim_cleanup").await, 1);
    assert!(count(&stores, "scim_link").await > MANY as i64, "some of the user's are left");
    let user = store(&stores).get(&key(&stores, "User", "busy"), &Load::DOCUMENT).await.expect("the store answers");
    assert!(user.is_none(), "it is gone all the same");
    stores.database().execute_unprepared("DROP TRIGGER failing").await.expect("no trigger");
    let next = open(&database).await;
    store(&next).get(&key(&next, "User", "busy"), &Load::DOCUMENT).await.expect("the store answers");
    for _ in 0..500 {
        if count(&next, "scim_cleanup").await == 0 {
            assert_eq!(count(&next, "scim_link").await, MANY as i64, "only those of the crowd are left");
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nobody took the rest away");
}

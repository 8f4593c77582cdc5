//! What the tests of this folder share: callers and resources.

use std::sync::Arc;

use scim_sea_orm::{Check, Options, Progress, SqlStore, SqlStores};
use scim_server::store::{Change, Load, Page, Query, ResourceKey, Store, Stored};
use scim_server::validate::Draft;
use scim_server::{Caller, Leniency, Profile, Registry, ResourceType, Stores, TenantId, filter};
use serde_json::{Value, json};

use crate::support::{Database, Engine};

/// A new database in a file.
pub(crate) async fn sqlite() -> Database {
    Database::new(Engine::Sqlite).await.expect("SQLite needs nothing")
}

pub(crate) async fn open(options: &Options) -> SqlStores {
    SqlStores::connect(options, Registry::rfc7643()).await.expect("the database opens")
}

pub(crate) fn caller(tenant: &str) -> Caller {
    Caller::new(TenantId::new(tenant), "test").with_request_id("test")
}

pub(crate) fn store(stores: &SqlStores) -> SqlStore {
    stores.of(&caller("acme"))
}

pub(crate) fn kind(stores: &SqlStores, name: &str) -> Arc<ResourceType> {
    stores.registry().by_name(name).expect("the type is registered").clone()
}

pub(crate) fn key(stores: &SqlStores, name: &str, id: &str) -> ResourceKey {
    ResourceKey { kind: kind(stores, name), id: id.to_owned() }
}

pub(crate) fn creation(stores: &SqlStores, name: &str, id: &str, mut body: Value, profile: Profile) -> Change {
    let (key, leniency) = (key(stores, name, id), Leniency::new(profile));
    body["schemas"] = json!([key.kind.schema.id]);
    let draft = Draft::create(&key.kind, body, &leniency).expect("the body is right");
    Change::Create { new: draft.into_content(&key.kind, &leniency), key }
}

pub(crate) async fn create(store: &SqlStore, stores: &SqlStores, name: &str, id: &str, body: Value) {
    store.commit(&[creation(stores, name, id, body, Profile::RFC)]).await.expect("it is new");
}

pub(crate) async fn user(stores: &SqlStores, id: &str, user_name: &str) {
    create(&store(stores), stores, "User", id, json!({"userName": user_name})).await;
}

pub(crate) async fn read(stores: &SqlStores, name: &str, id: &str) -> Option<Stored> {
    store(stores).get(&key(stores, name, id), &Load::Everything).await.expect("the store answers")
}

pub(crate) fn query(stores: &SqlStores, name: &str, text: Option<&str>) -> Query {
    let kind = kind(stores, name);
    let filter = text.map(|text| filter::resolve(text, &kind, &Leniency::new(Profile::RFC)).expect("the filter is right"));
    Query::of(kind, filter, Page::Index { start: 1, count: 1_000 })
}

pub(crate) async fn ids(stores: &SqlStores, query: &Query) -> Vec<String> {
    let found = store(stores).query(query).await.expect("the store answers");
    found.resources.into_iter().map(|stored| stored.key.id).collect()
}

/// Nobody looks at the progress.
pub(crate) fn quiet(_: Progress) {}

/// The database has no fault.
pub(crate) async fn checked(stores: &SqlStores) -> Check {
    let check = stores.check(&quiet).await.expect("the database answers");
    assert_eq!(check.faults, []);
    assert_eq!(check.fault_count, 0);
    check
}

/// Twenty users, some with a manager, and four groups: one name is unique by the profile of its writer, one group is in another.
pub(crate) async fn population(stores: &SqlStores) {
    let store = store(stores);
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    for number in 0..20 {
        let mut body = json!({"userName": format!("user{number}@example.com"), "nickName": format!("Nick {number}"),
            "displayName": format!("User {number}"), "active": number % 2 == 0, "title": "x".repeat(number * 20),
            "emails": [{"value": format!("user{number}@example.com"), "type": "work", "primary": true}, {"value": "shared@example.com"}]});
        if number % 3 == 1 {
            body[enterprise] = json!({"manager": {"value": format!("user-{}", number - 1)}, "department": "Sales"});
        }
        create(&store, stores, "User", &format!("user-{number}"), body).await;
    }
    let members = |range: std::ops::Range<u32>| range.map(|number| json!({"value": format!("user-{number}")})).collect::<Vec<Value>>();
    let named = creation(stores, "Group", "group-0", json!({"displayName": "Group 0", "members": members(0..20)}), Profile::ENTRA);
    store.commit(&[named]).await.expect("it is new");
    for number in 1..3 {
        let body = json!({"displayName": format!("Group {number}"), "members": members(number..number + 3)});
        create(&store, stores, "Group", &format!("group-{number}"), body).await;
    }
    create(&store, stores, "Group", "group-3", json!({"displayName": "Nested", "members": [{"value": "group-1"}]})).await;
}

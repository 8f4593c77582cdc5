//! What a change costs does not depend on how much is there.

use std::sync::Arc;

use scim_sea_orm::Synchronous;
use scim_server::store::{Change, Edit, Element, Expected, Load, Page, Query, Store, StoreError, Unknown};
use scim_server::{Parameters, Profile, Registry, ResourceType, ScimServer, StaticTokens, Stores};
use serde_json::{Value, json};

use crate::meter::{Metered, Work};
use crate::world::{Chance, FileDatabase, answer, caller, create, creation, key, kind, query, read};

const MEMBER: &str = "00000000-0000-4000-8000-00000000000a";

/// A group of so many members that are kept as sent, and one user who is none of them.
async fn group_of(members: usize, metered: &Metered, registry: &Arc<Registry>) -> String {
    let store = metered.stores.of(&caller("acme"));
    let (group, id) = (kind(registry, "Group"), format!("{members:08}-0000-4000-8000-000000000001"));
    create(&store, &group, &id, json!({"schemas": [group.schema.id], "displayName": format!("{members} members")}))
        .await
        .expect("it is new");
    let mut chance = Chance::new(members as u64);
    let put: Vec<Element> = (0..members).map(|_| Element { value: chance.id(), item: Default::default(), referent: None }).collect();
    let edits = vec![("members".to_owned(), Edit::Delta { put, remove: Vec::new(), unknown: Unknown::Keep })];
    store.commit(&[Change::Update { key: key(&group, &id), expected: Expected::Any, new: None, edits }]).await.expect("they are put");
    id
}

fn patch(operation: Value) -> Vec<u8> {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}).to_string().into_bytes()
}

async fn patched(server: &ScimServer<scim_sea_orm::SqlStores>, metered: &Metered, id: &str, operation: Value) -> Work {
    let (scope, body, parameters) = (server.scope(caller("acme")), patch(operation), Parameters::default());
    let (answer, work) = metered.measure(scope.patch("Groups", id, &body, None, &parameters)).await;
    assert_eq!(answer.expect("the request is right").status, 204);
    work
}

#[tokio::test]
async fn a_member_comes_and_goes_at_the_same_cost_in_groups_of_ten_a_thousand_and_a_hundred_thousand() {
    let (registry, file) = (Arc::new(Registry::rfc7643()), FileDatabase::new());
    let metered = Metered::open(file.options().synchronous(Synchronous::Off), &registry).await;
    let user = kind(&registry, "User");
    let store = metered.stores.of(&caller("acme"));
    create(&store, &user, MEMBER, json!({"schemas": [user.schema.id], "userName": "ana"})).await.expect("it is new");
    let server = ScimServer::new(registry.clone(), metered.stores.clone(), StaticTokens::new());
    let mut costs: Vec<[Work; 4]> = Vec::new();
    // The first group is not measured: SQLite reads the schema for the first statement of each kind.
    for members in [3, 10, 1_000, 100_000] {
        let id = group_of(members, &metered, &registry).await;
        let add = json!({"op": "add", "path": "members", "value": [{"value": MEMBER}]});
        let remove = json!({"op": "remove", "path": format!("members[value eq \"{MEMBER}\"]")});
        let added = patched(&server, &metered, &id, add.clone()).await;
        let again = patched(&server, &metered, &id, add).await;
        let removed = patched(&server, &metered, &id, remove).await;
        let (found, read) = metered.measure(store.get(&key(&kind(&registry, "Group"), &id), &Load::DOCUMENT)).await;
        assert!(found.expect("the store answers").is_some());
        println!("{members} members: add {added:?}\n  again {again:?}\n  remove {removed:?}\n  read without members {read:?}");
        costs.push([added, again, removed, read]);
    }
    costs.remove(0);
    assert_eq!(costs[0], costs[1]);
    assert_eq!(costs[0], costs[2]);
    // One row of the group and one of the member; what has no effect is taken back.
    assert_eq!(costs[0][0].rows_written, 2);
    assert_eq!(costs[0][2].rows_written, 2);
    // Each begins with the read of the PATCH. To add: lock, look the member up, insert, move on. To remove: lock, delete, move on.
    assert_eq!(costs[0].map(|work| work.statements), [5, 3, 4, 1]);
}

#[tokio::test]
async fn a_query_that_looks_into_a_long_collection_reads_it_in_pieces_and_only_so_many() {
    let (registry, file) = (Arc::new(Registry::rfc7643()), FileDatabase::new());
    let group = kind(&registry, "Group");
    for (limit, allowed) in [(100_000, true), (13, true), (12, false)] {
        let metered = Metered::open(file.options().synchronous(Synchronous::Off).scan_limit(limit), &registry).await;
        let store = metered.stores.of(&caller("acme"));
        if limit == 100_000 {
            let user = kind(&registry, "User");
            let body = |number: usize| json!({"schemas": [user.schema.id], "userName": format!("{number}"), "displayName": "somebody ".repeat(200)});
            let changes: Vec<Change> =
                (0..1_000).map(|number| creation(&user, &format!("user-{number}"), body(number), Profile::RFC)).collect();
            store.commit(&changes).await.expect("they are new");
            let members: Vec<Value> = (0..1_000).map(|number| json!({"value": format!("user-{number}")})).collect();
            for (id, members) in [("few", members[..1].to_vec()), ("many", members)] {
                let body = json!({"schemas": [group.schema.id], "displayName": id, "members": members});
                create(&store, &group, id, body).await.expect("it is new");
            }
        }
        // Of names so long the index has the beginning: both groups count, ten pieces, and that nothing follows them.
        let asked = Query { load: Load::DOCUMENT.up_to(100), ..query(&group, r#"members.display co "nobody""#, 1, 10) };
        let (found, work) = metered.measure(store.query(&asked)).await;
        println!("limit {limit}: {work:?}");
        match found {
            Ok(found) => assert!(allowed && found.resources.is_empty(), "limit {limit}"),
            Err(error) => assert!(!allowed && matches!(error, StoreError::TooMany), "limit {limit}: {error}"),
        }
    }
}

async fn users(metered: &Metered, kind: &Arc<ResourceType>, from: usize, to: usize) {
    let store = metered.stores.of(&caller("acme"));
    let body =
        |number: usize| json!({"schemas": [kind.schema.id], "userName": format!("user{number}"), "externalId": format!("x{number}")});
    let changes: Vec<Change> =
        (from..to).map(|number| creation(kind, &format!("{number:08}-0000-4000-8000-000000000000"), body(number), Profile::RFC)).collect();
    for piece in changes.chunks(500) {
        store.commit(piece).await.expect("they are new");
    }
}

#[tokio::test]
async fn a_user_is_found_and_created_at_the_same_cost_among_many() {
    let (registry, file) = (Arc::new(Registry::rfc7643()), FileDatabase::new());
    let metered = Metered::open(file.options().synchronous(Synchronous::Off), &registry).await;
    let user = kind(&registry, "User");
    let store = metered.stores.of(&caller("acme"));
    let mut costs: Vec<Vec<Work>> = Vec::new();
    let mut there = 0;
    // The first is not measured, as above.
    for many in [50, 100, 5_000] {
        users(&metered, &user, there, many).await;
        there = many;
        let mut cost = Vec::new();
        for text in [r#"userName eq "USER42""#, r#"externalId eq "x42""#] {
            let (found, work) = metered.measure(store.query(&query(&user, text, 1, 100))).await;
            assert_eq!(answer(&found.expect("the store answers")).0, Some(1));
            cost.push(work);
        }
        let body = json!({"schemas": [user.schema.id], "userName": format!("new {many}"), "title": "x"});
        let (made, work) = metered.measure(create(&store, &user, &format!("{many:08}-1111-4000-8000-000000000000"), body)).await;
        made.expect("it is new");
        cost.push(work);
        println!("{many} users: {cost:?}");
        costs.push(cost);
    }
    assert_eq!(costs[1], costs[2]);
    // The resource, its values, the tally.
    assert_eq!(costs[1][2].statements, 3);
}

/// T13
#[tokio::test]
async fn a_page_costs_the_same_number_of_statements_however_many_resources_it_has() {
    let (registry, file) = (Arc::new(Registry::rfc7643()), FileDatabase::new());
    let metered = Metered::open(file.options().synchronous(Synchronous::Off), &registry).await;
    let user = kind(&registry, "User");
    users(&metered, &user, 0, 300).await;
    let store = metered.stores.of(&caller("acme"));
    let mut statements = Vec::new();
    for count in [10, 100, 250] {
        let query = Query { load: Load::Everything, ..Query::of(user.clone(), None, Page::Index { start: 1, count }) };
        let (found, work) = metered.measure(store.query(&query)).await;
        assert_eq!(found.expect("the store answers").resources.len(), count as usize);
        statements.push(work.statements);
    }
    assert_eq!(statements[0], statements[1]);
    assert_eq!(statements[0], statements[2]);
    assert!(statements[0] <= 5, "{statements:?}");
    assert!(read(&store, &user, "00000001-0000-4000-8000-000000000000").await.is_some());
}

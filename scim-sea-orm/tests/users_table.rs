//! The example that keeps users in an application's own table: it keeps its part of the contract, and its columns answer what they can.

#[path = "../examples/users_table/main.rs"]
#[expect(dead_code, reason = "`main` reads the command line")]
mod example;
#[path = "../../scim-server/tests/support/exchange.rs"]
mod exchange;

use std::sync::Arc;

use example::{filter, store, table};
use exchange::{Server, TOKEN};
use scim_server::filter::resolve;
use scim_server::http::endpoint;
use scim_server::store::{Change, Load, Page, Query, ResourceKey, Store, contract};
use scim_server::validate::Draft;
use scim_server::{Caller, Leniency, MemoryStores, Profile, Stores, TenantId};
use sea_orm::{DatabaseBackend, EntityTrait, QueryFilter, QueryTrait};
use serde_json::{Map, Value, json};
use store::UsersTable;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// The part of the contract that a store of users alone can keep: what needs groups, devices or attributes without a column is left out.
const PART: [&str; 37] = [
    "create/starts_at_version_one",
    "get/knows_ids_of_its_type_only",
    "get/heeds_the_case_of_ids",
    "update/of_the_unknown_is_not_found",
    "commit/of_nothing_is_nothing",
    "tenant/starts_empty",
    "tenant/sees_only_its_own",
    "tenant/has_its_own_names_and_ids",
    "tenant/handles_share_their_resources",
    "uniqueness/refuses_the_second",
    "uniqueness/holds_on_update",
    "uniqueness/allows_ones_own",
    "uniqueness/frees_the_old_value",
    "uniqueness/reads_names_to_the_end",
    "uniqueness/one_of_many_equal_creates_wins",
    "uniqueness/one_of_many_renames_wins",
    "version/counts_every_change",
    "version/stays_without_effect",
    "version/one_of_many_swaps_wins",
    "delete/takes_the_resource_away",
    "filter/treats_values_as_text",
    "sort/knows_no_locale",
    "sort/leaves_equals_as_created",
    "sort/sees_id_and_meta",
    "sort/sees_the_present_state",
    "sort/comes_before_the_page",
    "paging/is_in_order_of_creation",
    "paging/cuts_at_its_borders",
    "paging/counts_all_that_match",
    "paging/pages_fit_together",
    "cursor/goes_on_only_if_more_follows",
    "cursor/counts_all_that_match",
    "cursor/may_ask_for_nothing",
    "cursor/survives_a_delete",
    "cursor/survives_a_create",
    "cursor/survives_a_move",
    "cursor/begins_anywhere",
];

async fn table() -> UsersTable {
    UsersTable::open("sqlite::memory:").await.expect("the table is made")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn it_keeps_its_part_of_the_contract() {
    let known = contract::case_names();
    assert!(PART.iter().all(|name| known.contains(name)), "a case that is gone proves nothing");
    let registry = Arc::new(store::registry().expect("the schema is one"));
    let failures = contract::run_only(&table().await, &registry, &PART).await;
    assert!(failures.is_empty(), "{failures:#?}");
}

/// The users that the comparison looks at.
fn users() -> Vec<Value> {
    vec![
        json!({"userName": "Ana", "displayName": "Ana Díaz", "active": true, "externalId": "1"}),
        json!({"userName": "anabel", "displayName": "ANA", "active": false, "emails": [{"value": "a@x.example"}]}),
        json!({"userName": "ÉLODIE", "title": "Chief"}),
        json!({"userName": "ben%_'\"", "displayName": "", "active": true}),
        json!({"userName": "straße", "displayName": "ana díaz"}),
    ]
}

/// The ids that match, in order.
async fn ids(store: &impl Store, filter: &str) -> Vec<String> {
    let registry = store::registry().expect("the schema is one");
    let kind = registry.by_name("User").expect("it is declared").clone();
    let filter = resolve(filter, &kind, &Leniency::new(Profile::RFC)).expect(filter);
    let found = store.query(&Query::of(kind, Some(filter), Page::Index { start: 1, count: 100 })).await.expect("it answers");
    assert_eq!(found.total, Some(found.resources.len() as u64));
    found.resources.into_iter().map(|user| user.key.id).collect()
}

#[tokio::test]
async fn every_filter_finds_what_the_reference_store_finds() {
    let caller = Caller::new(TenantId::new("acme"), "test");
    let (table, memory) = (table().await.of(&caller), MemoryStores::new().of(&caller));
    let registry = store::registry().expect("the schema is one");
    let kind = registry.by_name("User").expect("it is declared");
    for (number, mut user) in users().into_iter().enumerate() {
        user["schemas"] = json!([USER]);
        let leniency = Leniency::new(Profile::RFC);
        let new = Draft::create(kind, user, &leniency).expect("the user is valid").into_content(kind, &leniency);
        let key = ResourceKey { kind: kind.clone(), id: format!("u{number}") };
        let create = [Change::Create { key: key.clone(), new }];
        table.commit(&create).await.expect("it is stored");
        memory.commit(&create).await.expect("it is stored");
        let documents = (table.get(&key, &Load::Everything).await, memory.get(&key, &Load::Everything).await);
        let (Ok(Some(one)), Ok(Some(other))) = documents else { panic!("both have it") };
        assert_eq!(Value::Object(one.document), Value::Object(other.document));
    }
    let mut tests: Vec<String> = Vec::new();
    for attribute in ["userName", "displayName", "title", "externalId", "emails.value", "id"] {
        tests.push(format!("{attribute} pr"));
        for operator in ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"] {
            for value in ["ana", "ANA DÍAZ", "strasse", "élodie", "%_'\\\"", "a", "", "1", "u3"] {
                tests.push(format!("{attribute} {operator} \"{value}\""));
            }
        }
    }
    tests.extend(["active pr", "active eq true", "active eq false", "active ne true", "active ne false"].map(str::to_owned));
    let mut found = 0;
    for (number, test) in tests.iter().enumerate() {
        let other = &tests[(number * 7 + 3) % tests.len()];
        for filter in [test.clone(), format!("not ({test})"), format!("{test} and not ({other})"), format!("not ({test} or {other})")] {
            let (one, other) = (ids(&table, &filter).await, ids(&memory, &filter).await);
            assert_eq!(one, other, "{filter}");
            found += usize::from(!one.is_empty() && one.len() < users().len());
        }
    }
    assert!(found > 500, "{found} filters tell users apart");
}

#[test]
fn the_columns_answer_what_they_can() {
    let registry = store::registry().expect("the schema is one");
    let kind = registry.by_name("User").expect("it is declared");
    for (filter, exact, narrowed) in [
        (r#"userName eq "Ana""#, true, Some(r#""login_key" = 'ana'"#)),
        (r#"userName eq "Ana" and title eq "x""#, false, Some(r#""login_key" = 'ana'"#)),
        (r#"userName eq "Ana" or title eq "x""#, false, None),
        (r#"displayName eq "Ana""#, false, Some(r#""users"."name" IS NOT NULL"#)),
        (r#"not (displayName eq "Ana")"#, false, None),
        ("title pr", false, None),
        ("active eq true", true, Some(r#""users"."active" IS NOT NULL AND "users"."active" = TRUE"#)),
    ] {
        let resolved = resolve(filter, kind, &Leniency::new(Profile::RFC)).expect(filter);
        let bounds = filter::bounds(&resolved);
        let condition = bounds.possibly.map(|sql| {
            let statement = table::Entity::find().filter(sql.0).build(DatabaseBackend::Sqlite).to_string();
            statement.split_once(" WHERE ").expect("a condition").1.to_owned()
        });
        assert_eq!((bounds.exact, condition.as_deref()), (exact, narrowed), "{filter}");
    }
}

#[tokio::test]
async fn it_serves_and_refuses_what_has_no_column() {
    let server = Server::new(endpoint(example::server(TOKEN).await.expect("it can be set up")));
    let user =
        |name: &str| json!({"schemas": [USER], "userName": name, "emails": [{"value": format!("{name}@x.example"), "type": "work"}]});
    let post = async |body: &Value| server.send("POST", "/Users", &Map::new(), Some(body)).await;
    let ana = post(&user("ana")).await;
    assert_eq!(ana.status, 201, "{}", ana.body);
    let location = &ana.headers["location"];
    let ana = ana.body["id"].as_str().expect("a resource has an id");
    assert!(location.ends_with(&format!("/Users/{ana}")), "{location}");
    let found = server.get("/Users?filter=emails.value%20co%20%22ana%22").await;
    let first = &found.body["Resources"][0];
    assert_eq!((found.status, &first["id"], &first["emails"]), (200, &json!(ana), &json!([{"value": "ana@x.example"}])));
    let taken = post(&user("ANA")).await;
    assert_eq!((taken.status, &taken.body["scimType"]), (409, &json!("uniqueness")), "{}", taken.body);
    let mut two = user("ben");
    two["emails"] = json!([{"value": "b@x.example"}, {"value": "c@x.example"}]);
    let refused = post(&two).await;
    let detail = "`emails` has more than one address: this application writes to one";
    assert_eq!((refused.status, refused.body["detail"].as_str()), (400, Some(detail)));
    assert_eq!(server.send("DELETE", &format!("/Users/{ana}"), &Map::new(), None).await.status, 204);
    assert_eq!(server.get("/Users").await.body["totalResults"], 0);
}

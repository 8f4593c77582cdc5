//! Bulk requests on every engine (RFC 7644 §3.7).

#[path = "../../scim-server/tests/support/circle.rs"]
mod circle;
#[path = "../../scim-server/tests/support/exchange.rs"]
mod exchange;
mod support;
#[path = "../../scim-server/tests/support/versions.rs"]
mod versions;

use std::sync::Arc;

use exchange::{Server, TOKEN};
use scim_sea_orm::{Options, SqlStores};
use scim_server::http::endpoint;
use scim_server::{Profile, Registry, ScimServer, StaticTokens, TenantId};
use serde_json::{Map, Value, json};
use support::{Database, on_each_engine};

on_each_engine!(
    two_groups_and_a_user_that_name_each_other_are_created_in_every_order,
    many_creates_take_few_statements,
    a_bulk_request_as_one_unit_is_done_or_not,
    a_version_counts_only_those_operations_before_it_that_changed_something,
);

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

async fn stores(options: Options) -> (Arc<Registry>, SqlStores) {
    let registry = Arc::new(Registry::rfc7643());
    let stores = SqlStores::connect(&options, registry.clone()).await.expect("the database opens");
    (registry, stores)
}

fn scim_server(registry: &Arc<Registry>, stores: &SqlStores, tenant: &str) -> ScimServer<SqlStores> {
    scim_server_for(registry, stores, tenant, Profile::RFC)
}

fn scim_server_for(registry: &Arc<Registry>, stores: &SqlStores, tenant: &str, profile: Profile) -> ScimServer<SqlStores> {
    let tokens = StaticTokens::new().with(TOKEN, TenantId::new(tenant), profile);
    ScimServer::new(registry.clone(), stores.clone(), tokens)
}

async fn bulk(server: &Server, operations: Vec<Value>) -> Vec<Value> {
    let answer = server.send("POST", "/Bulk", &Map::new(), Some(&json!({"Operations": operations}))).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["Operations"].as_array().expect("results").clone()
}

fn statuses(results: &[Value]) -> Vec<&str> {
    results.iter().map(|result| result["status"].as_str().expect("a text")).collect()
}

fn new_user(number: usize) -> Value {
    let data = json!({"schemas": [USER], "userName": format!("user{number}"), "emails": [{"value": format!("user{number}@example.com")}]});
    json!({"method": "POST", "path": "/Users", "bulkId": number.to_string(), "data": data})
}

/// RFC: 7644-3.7.1-01 7644-3.7.2-02
async fn two_groups_and_a_user_that_name_each_other_are_created_in_every_order(database: Database) {
    let (registry, stores) = stores(Options::new(&database.url)).await;
    circle::in_every_order(async |tenant| Server::new(endpoint(scim_server(&registry, &stores, &tenant)))).await;
}

/// RFC: 7644-3.7-19
async fn many_creates_take_few_statements(database: Database) {
    let statements = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counter = statements.clone();
    let options = Options::new(&database.url).statement_log(move |_| {
        counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    });
    let (registry, stores) = stores(options).await;
    let server = Server::new(endpoint(scim_server(&registry, &stores, "acme")));
    bulk(&server, vec![new_user(5_000)]).await;
    let before = statements.load(std::sync::atomic::Ordering::Relaxed);
    let results = bulk(&server, (0..1_000).map(new_user).collect()).await;
    let needed = statements.load(std::sync::atomic::Ordering::Relaxed) - before;
    assert_eq!(statuses(&results), vec!["201"; 1_000]);
    println!("{needed} statements for 1,000 creates on {:?}", database.engine);
    assert!(needed <= 250, "{needed} statements for 1,000 creates");
    // One that is refused takes no other with it.
    let results = bulk(&server, vec![new_user(2_000), new_user(7), new_user(2_001), new_user(2_002)]).await;
    assert_eq!(statuses(&results), ["201", "409", "201", "201"]);
    assert_eq!(server.get("/Users?count=0").await.body["totalResults"], 1_004);
}

async fn a_bulk_request_as_one_unit_is_done_or_not(database: Database) {
    let (registry, stores) = stores(Options::new(&database.url)).await;
    let server = Server::new(endpoint(scim_server(&registry, &stores, "acme").with_atomic_bulk(true)));
    let old = bulk(&server, vec![new_user(1)]).await;
    let old = old[0]["location"].as_str().and_then(|url| url.rsplit('/').next()).expect("a location").to_owned();
    let operations = |last: usize| {
        vec![
            json!({"method": "PATCH", "path": format!("/Users/{old}"), "data": [{"op": "replace", "path": "userName", "value": "renamed"}]}),
            new_user(1),
            json!({"method": "POST", "path": "/Groups", "bulkId": "g", "data": {"schemas": [GROUP], "displayName": "G", "members": [{"value": "bulkId:1"}, {"value": old}]}}),
            json!({"method": "PATCH", "path": "/Groups/bulkId:g", "data": [{"op": "remove", "path": format!("members[value eq \"{old}\"]")}]}),
            json!({"method": "DELETE", "path": format!("/Users/{old}")}),
            json!({"method": "PATCH", "path": "/Groups/bulkId:g", "data": [{"op": "add", "path": "externalId", "value": "x"}]}),
            new_user(last),
        ]
    };
    let before = (server.get("/Users").await.body, server.get("/Groups").await.body);
    let mut failing = operations(3);
    failing.push(json!({"method": "POST", "path": "/Users", "bulkId": "again", "data": {"schemas": [USER], "userName": "USER3"}}));
    let results = bulk(&server, failing).await;
    assert_eq!(statuses(&results), vec!["409"; 8]);
    assert_eq!(results[7]["response"]["scimType"], "uniqueness", "{results:?}");
    assert!(results[..7].iter().all(|result| result["response"]["detail"].as_str().is_some_and(|detail| detail.contains("operation 8"))));
    assert_eq!((server.get("/Users").await.body, server.get("/Groups").await.body), before);
    let results = bulk(&server, operations(3)).await;
    assert_eq!(statuses(&results), ["200", "201", "201", "204", "204", "204", "201"], "{results:?}");
    let versions: Vec<&str> = results.iter().filter_map(|result| result["version"].as_str()).collect();
    assert_eq!(versions, ["W/\"2\"", "W/\"1\"", "W/\"1\"", "W/\"2\"", "W/\"3\"", "W/\"1\""]);
    let group = server.get("/Groups").await.body["Resources"][0].clone();
    let created = results[1]["location"].as_str().and_then(|url| url.rsplit('/').next());
    assert_eq!(group["members"].as_array().map(Vec::len), Some(1), "{group}");
    assert_eq!((group["members"][0]["value"].as_str(), &group["externalId"]), (created, &json!("x")));
}

/// RFC: 7644-3.7-09
async fn a_version_counts_only_those_operations_before_it_that_changed_something(database: Database) {
    let (registry, stores) = stores(Options::new(&database.url)).await;
    versions::count_only_what_changed(async |tenant, atomic| {
        Server::new(endpoint(scim_server_for(&registry, &stores, &tenant, Profile::ENTRA).with_atomic_bulk(atomic)))
    })
    .await;
}

//! What must hold on every engine under races, failures and hostile input, over the HTTP endpoint.

#[path = "../../../scim-server/tests/support/exchange.rs"]
mod exchange;
#[path = "../support/mod.rs"]
mod support;

mod content;
mod failing_statements;
mod groups;
mod identity;
mod keys;
mod large_deletions;
mod long_groups;
mod many_terms;
mod races;
mod repeated;
mod rings;
mod spelling;
mod tenants;
mod too_many;
mod unclear_commits;

use std::sync::Arc;

use exchange::{Answer, Server, TOKEN};
use scim_sea_orm::{Options, SqlStores};
use scim_server::{Profile, Registry, ScimServer, StaticTokens, Stores, TenantId};
use serde_json::{Map, Value, json};
use support::Database;

/// An instance of its own on this database.
async fn open(database: &Database) -> SqlStores {
    SqlStores::connect(&Options::new(&database.url), Registry::rfc7643()).await.expect("the database opens")
}

/// The server of one tenant.
fn serve(stores: &SqlStores, tenant: &str) -> Server {
    serve_on(stores.registry().clone(), stores.clone(), tenant)
}

fn serve_on(registry: Arc<Registry>, stores: impl Stores, tenant: &str) -> Server {
    let tokens = StaticTokens::new().with(TOKEN, TenantId::new(tenant), Profile::RFC);
    Server::new(scim_server::http::endpoint(ScimServer::new(registry, stores, tokens)))
}

fn user(name: &str) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name})
}

fn group(name: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
    json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name, "members": members})
}

fn patch(operations: Value) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations})
}

async fn post(server: &Server, path: &str, body: &Value) -> Answer {
    server.send("POST", path, &Map::new(), Some(body)).await
}

/// Creates a resource and returns its id.
#[track_caller]
fn id(answer: &Answer) -> String {
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.body["id"].as_str().expect("a resource has an id").to_owned()
}

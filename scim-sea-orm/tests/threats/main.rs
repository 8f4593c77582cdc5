//! What must hold on SQLite under races, failures and hostile input, over the HTTP endpoint.

#[path = "../../../scim-server/tests/support/exchange.rs"]
mod exchange;

mod failing_statements;
mod identity;
mod races;
mod spelling;
mod tenants;

use std::sync::Arc;

use exchange::{Answer, Server, TOKEN};
use scim_sea_orm::{Options, SqlStores};
use scim_server::{Profile, Registry, ScimServer, StaticTokens, Stores, TenantId};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

/// A database in a file of its own, which is gone with the value.
struct Database {
    folder: TempDir,
    registry: Arc<Registry>,
}

impl Database {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder"), registry: Arc::new(Registry::rfc7643()) }
    }

    /// A server process of its own on this database.
    async fn open(&self) -> SqlStores {
        let url = format!("sqlite://{}/scim.db?mode=rwc", self.folder.path().display());
        SqlStores::connect(&Options::new(url), self.registry.clone()).await.expect("the database opens")
    }

    fn serve(&self, stores: &SqlStores, tenant: &str) -> Server {
        serve(self.registry.clone(), stores.clone(), tenant)
    }
}

fn serve(registry: Arc<Registry>, stores: impl Stores, tenant: &str) -> Server {
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

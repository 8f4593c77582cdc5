//! The OpenAPI document: it is what the server does, and it is what is committed.
#![cfg(feature = "openapi")]

#[path = "../support/committed.rs"]
mod committed;
#[path = "../support/exchange.rs"]
mod exchange;
#[path = "../support/first_user.rs"]
mod first_user;
mod operations;
mod page;
mod schemas;

use exchange::{Server, TOKEN};
use first_user::FirstUser;
use poem::Endpoint;
use scim_server::http::{OpenApi, endpoint, openapi};
use scim_server::{MemoryStores, Profile, Registry, ScimServer, StaticTokens, TenantId};
use serde_json::{Value, json};

/// The framework's own server: the types of the RFC, with everything that can be switched on.
fn scim_server(registry: Registry) -> ScimServer<MemoryStores> {
    let tokens = StaticTokens::new().with(TOKEN, TenantId::new("acme"), Profile::RFC);
    let stores = MemoryStores::new();
    ScimServer::new(registry, stores.clone(), tokens).with_public_url("https://scim.example/scim/v2").with_me(FirstUser(stores))
}

fn both(registry: Registry) -> (OpenApi, Server) {
    let server = scim_server(registry);
    (openapi(&server), Server::new(endpoint(server)))
}

/// Creates a user and a group: their endpoints and ids.
async fn inhabitants(server: &Server) -> Vec<(String, String)> {
    let mut ids = Vec::new();
    for (endpoint, schema, name) in [("/Users", "User", "userName"), ("/Groups", "Group", "displayName")] {
        let body = json!({"schemas": [format!("urn:ietf:params:scim:schemas:core:2.0:{schema}")], (name): "somebody"});
        let created = server.send("POST", endpoint, &serde_json::Map::new(), Some(&body)).await;
        ids.push((endpoint.to_owned(), created.body["id"].as_str().expect("it is created").to_owned()));
    }
    ids
}

#[test]
fn the_committed_openapi_document_is_that_of_the_server() {
    committed::assert_committed("scim.json", both(Registry::rfc7643()).0.document());
}

/// Every operation: its path, its method in small letters, and itself.
fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = document["paths"].as_object().expect("there are paths");
    paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().expect("a path has operations");
        methods.iter().map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

#[tokio::test]
async fn the_endpoint_of_the_document_passes_everything_else_on() {
    let server = scim_server(Registry::rfc7643());
    let application = openapi(&server).beside(endpoint(server).below("/scim/v2"));
    let get = async |path: &str| application.get_response(poem::Request::builder().uri_str(path).finish()).await;
    assert_eq!(get("/openapi.json").await.status(), 200);
    assert_eq!(get("/openapi").await.status(), 200);
    assert_eq!(get("/scim/v2/Users").await.status(), 401);
    assert_eq!(get("/openapi.yaml").await.status(), 404);
    assert_eq!(get("/scim/v2/openapi.json").await.status(), 401);
}

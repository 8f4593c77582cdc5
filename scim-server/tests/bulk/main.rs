//! Bulk requests on the memory store (RFC 7644 §3.7).

mod atomic;
mod away;
#[path = "../support/circle.rs"]
mod circle;
#[cfg(feature = "http")]
#[path = "../support/exchange.rs"]
mod exchange;
#[cfg(not(feature = "http"))]
#[path = "../support/without_http.rs"]
mod exchange;
#[cfg(feature = "http")]
mod hostile;
mod limits;
mod order;
mod references;
mod results;
mod rights;
mod singly;
#[path = "../support/versions.rs"]
mod versions;

use exchange::{Answer, Server, TOKEN};
use scim_server::{MemoryStores, Profile, Registry, ScimServer, StaticTokens, Stores, TenantId};
use serde_json::{Map, Value, json};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const BULK_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
const BASE: &str = "https://scim.example.com/v2";

fn scim_server(tenant: &str, profile: Profile) -> ScimServer<MemoryStores> {
    let tokens = StaticTokens::new().with(TOKEN, TenantId::new(tenant), profile);
    ScimServer::new(Registry::rfc7643(), MemoryStores::new(), tokens).with_public_url(BASE)
}

/// The server as the tests reach it: over HTTP, or its operations where there is none.
fn serve<S: Stores>(server: ScimServer<S>) -> Server {
    #[cfg(feature = "http")]
    let server = scim_server::http::endpoint(server);
    Server::new(server)
}

fn server() -> Server {
    serve(scim_server("acme", Profile::RFC))
}

/// A server on which every bulk request is one unit.
fn atomic_server() -> Server {
    serve(scim_server("acme", Profile::RFC).with_atomic_bulk(true))
}

fn user(name: &str) -> Value {
    json!({"schemas": [USER], "userName": name})
}

fn group(name: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|member| json!({"value": member})).collect();
    json!({"schemas": [GROUP], "displayName": name, "members": members})
}

fn post(bulk_id: &str, path: &str, data: Value) -> Value {
    json!({"method": "POST", "path": path, "bulkId": bulk_id, "data": data})
}

fn put(path: &str, data: Value) -> Value {
    json!({"method": "PUT", "path": path, "data": data})
}

fn patch(path: &str, operations: Value) -> Value {
    json!({"method": "PATCH", "path": path, "data": {"schemas": [PATCH_OP], "Operations": operations}})
}

fn delete(path: &str) -> Value {
    json!({"method": "DELETE", "path": path})
}

async fn send(server: &Server, method: &str, path: &str, body: &Value) -> Answer {
    server.send(method, path, &Map::new(), Some(body)).await
}

/// Sends the message and gives the results.
async fn send_message(server: &Server, message: &Value) -> Vec<Value> {
    let answer = send(server, "POST", "/Bulk", message).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body["schemas"], json!([BULK_RESPONSE]));
    answer.body["Operations"].as_array().expect("results").clone()
}

async fn bulk(server: &Server, operations: Vec<Value>) -> Vec<Value> {
    send_message(server, &json!({"schemas": [BULK_REQUEST], "Operations": operations})).await
}

async fn create(server: &Server, path: &str, body: &Value) -> String {
    let answer = send(server, "POST", path, body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.body["id"].as_str().expect("an id").to_owned()
}

fn statuses(results: &[Value]) -> Vec<&str> {
    results.iter().map(|result| result["status"].as_str().expect("the status is a text")).collect()
}

/// The id in a location.
fn id(result: &Value) -> String {
    result["location"].as_str().and_then(|url| url.rsplit('/').next()).unwrap_or_else(|| panic!("no location: {result}")).to_owned()
}

fn detail(result: &Value) -> &str {
    result["response"]["detail"].as_str().unwrap_or_default()
}

/// All that the tenant has.
async fn everything(server: &Server) -> Value {
    json!([server.get("/Users").await.body, server.get("/Groups").await.body])
}

/// The ids of a group's members.
async fn members(server: &Server, group: &str) -> Vec<String> {
    let body = server.get(&format!("/Groups/{group}")).await.body;
    let members = body["members"].as_array().into_iter().flatten();
    members.map(|member| member["value"].as_str().expect("an id").to_owned()).collect()
}

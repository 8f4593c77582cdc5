//! The HTTP layer on the memory store: what stands on the wire, and what no request may reach.

mod bytes;
mod credentials;
mod cursors;
mod depth;
#[path = "../support/exchange.rs"]
mod exchange;
mod limits;
mod long;
mod me;
mod media_types;
mod methods;
mod mutability;
mod passwords;
mod paths;
mod preconditions;
mod rights;
mod search;
mod sorting;
mod statuses;
mod wire;

use exchange::{Answer, Server, TOKEN};
use poem::http::Method;
use poem::{Body, Request};
use scim_server::http::endpoint;
use scim_server::{MemoryStores, Profile, Registry, ScimServer, StaticTokens, TenantId};
use serde_json::{Map, Value, json};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// The token of another tenant.
const OTHER_TOKEN: &str = "other-tenants-token";

/// A server without resources, for two tenants.
fn scim_server(profile: Profile) -> ScimServer<MemoryStores> {
    let tokens = StaticTokens::new().with(TOKEN, TenantId::new("acme"), profile).with(OTHER_TOKEN, TenantId::new("other"), profile);
    ScimServer::new(Registry::rfc7643(), MemoryStores::new(), tokens).with_public_url("https://scim.example.com/v2")
}

fn server(profile: Profile) -> Server {
    Server::new(endpoint(scim_server(profile)))
}

fn user(name: &str) -> Value {
    json!({"schemas": [USER], "userName": name})
}

fn patch(operations: Value) -> Value {
    json!({"schemas": [PATCH_OP], "Operations": operations})
}

/// A request with the valid token and what the table names; the rest is up to the caller.
fn request(method: &str, path: &str) -> poem::RequestBuilder {
    let method = Method::from_bytes(method.as_bytes()).expect("a method of HTTP");
    Request::builder().method(method).uri_str(path).header("authorization", format!("Bearer {TOKEN}"))
}

/// Sends a body as it is.
async fn send_bytes(server: &Server, method: &str, path: &str, body: impl Into<Body>) -> Answer {
    server.answer(request(method, path).header("content-type", "application/scim+json").body(body)).await
}

async fn send(server: &Server, method: &str, path: &str, body: &Value) -> Answer {
    server.send(method, path, &Map::new(), Some(body)).await
}

async fn create(server: &Server, endpoint: &str, body: &Value) -> String {
    let answer = send(server, "POST", endpoint, body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.body["id"].as_str().expect("a resource has an id").to_owned()
}

/// All that the tenant has.
async fn everything(server: &Server) -> Value {
    json!([server.get("/Users").await.body, server.get("/Groups").await.body])
}

/// The body is an error message with that status and a sentence (RFC 7644 §3.12), and the media type is SCIM's.
#[track_caller]
fn assert_error(answer: &Answer, status: u16, scim_type: Option<&str>) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert_eq!(answer.headers["content-type"], "application/scim+json; charset=utf-8");
    assert_eq!(answer.body["schemas"], json!([ERROR]));
    assert_eq!(answer.body["status"], status.to_string());
    assert_eq!(answer.body["scimType"].as_str(), scim_type, "{}", answer.body);
    assert!(answer.body["detail"].as_str().is_some_and(|detail| detail.len() > 12), "{}", answer.body);
    assert!(answer.headers.contains_key("x-request-id"));
}

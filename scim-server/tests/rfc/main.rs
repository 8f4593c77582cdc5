//! Requests that hold the statements of RFC 7643 and RFC 7644 one by one; `docs/rfc-index.md` lists which.

mod characteristics;
mod common;
mod create;
mod delete;
mod discovery;
mod errors;
#[path = "../support/exchange.rs"]
mod exchange;
mod filter;
mod modify;
mod paging;
mod password;
mod projection;
mod reference;
mod replace;
mod schema;
mod secrets;
mod sensitive;
mod too_many;
mod user_name;
mod values;
mod wire;

use exchange::{Answer, Server, TOKEN};
use poem::http::Method;
use poem::{Body, Request};
use scim_server::http::endpoint;
use scim_server::{MemoryStores, Profile, Registry, ScimServer, StaticTokens, TenantId};
use serde_json::{Map, Value, json};

const BASE: &str = "https://scim.example.com/v2";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// The token of another tenant.
const OTHER_TOKEN: &str = "other-tenants-token";

/// A server, and how a client speaks to it.
struct Scim(Server);

impl Scim {
    /// Without resources, with the types of RFC 7643.
    fn start() -> Self {
        Self::with(Registry::rfc7643(), Profile::RFC)
    }

    fn with(registry: Registry, profile: Profile) -> Self {
        Self::of(scim_server(registry, profile))
    }

    fn of(server: ScimServer<MemoryStores>) -> Self {
        Self(Server::new(endpoint(server)))
    }

    async fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.0.send(method, path, &Map::new(), Some(body)).await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, body).await
    }

    async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send("PUT", path, body).await
    }

    async fn patch(&self, path: &str, operations: Value) -> Answer {
        self.send("PATCH", path, &json!({"schemas": [PATCH_OP], "Operations": operations})).await
    }

    async fn delete(&self, path: &str) -> Answer {
        self.0.send("DELETE", path, &Map::new(), None).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.0.get(path).await
    }

    /// The resource at a path that there is.
    async fn read(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    /// Creates a resource and gives its path.
    async fn create(&self, endpoint: &str, body: &Value) -> String {
        let answer = self.post(endpoint, body).await;
        assert_eq!(answer.status, 201, "{body}: {}", answer.body);
        format!("{endpoint}/{}", text(&answer.body["id"]))
    }

    /// The answer to a query with that filter.
    async fn filter(&self, endpoint: &str, filter: &str) -> Answer {
        self.get(&format!("{endpoint}?filter={}", encoded(filter))).await
    }

    /// The `userName` or `displayName` of those that the filter finds, in order.
    async fn found(&self, endpoint: &str, filter: &str) -> Vec<String> {
        let answer = self.filter(endpoint, filter).await;
        assert_eq!(answer.status, 200, "{filter}: {}", answer.body);
        names(&answer)
    }

    /// Sends a request with more than a method, a path and a body of JSON.
    async fn exchange(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        let mut request = Request::builder().method(method.parse::<Method>().expect("a method of HTTP")).uri_str(path);
        let authorized = headers.iter().any(|(name, _)| *name == "authorization");
        let authorization = format!("Bearer {TOKEN}");
        for (name, value) in headers.iter().copied().chain((!authorized).then_some(("authorization", authorization.as_str()))) {
            request = request.header(name, value);
        }
        self.0.answer(request.body(body)).await
    }
}

fn scim_server(registry: Registry, profile: Profile) -> ScimServer<MemoryStores> {
    let tokens = StaticTokens::new().with(TOKEN, TenantId::new("acme"), profile).with(OTHER_TOKEN, TenantId::new("other"), profile);
    ScimServer::new(registry, MemoryStores::new(), tokens).with_public_url(BASE)
}

fn names(answer: &Answer) -> Vec<String> {
    let resources = answer.body["Resources"].as_array().into_iter().flatten();
    resources.map(|resource| text(resource.get("userName").unwrap_or(&resource["displayName"]))).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is a text")).to_owned()
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn user(name: &str) -> Value {
    json!({"schemas": [USER], "userName": name})
}

/// A user with more than a name.
fn user_with(name: &str, more: Value) -> Value {
    with(user(name), more)
}

fn group(name: &str) -> Value {
    json!({"schemas": [GROUP], "displayName": name})
}

fn with(mut base: Value, more: Value) -> Value {
    let more = more.as_object().expect("more attributes are an object").clone();
    base.as_object_mut().expect("a resource is an object").extend(more);
    base
}

/// The body is an error message with that status and a sentence (RFC 7644 §3.12).
#[track_caller]
fn assert_error(answer: &Answer, status: u16, scim_type: Option<&str>) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert_eq!(answer.body["schemas"], json!([ERROR]), "{}", answer.body);
    assert_eq!(answer.body["status"], status.to_string());
    assert_eq!(answer.body["scimType"].as_str(), scim_type, "{}", answer.body);
    assert!(answer.body["detail"].as_str().is_some_and(|detail| detail.len() > 12), "{}", answer.body);
    assert!(!answer.headers["x-request-id"].is_empty());
}

//! A SCIM client over a real socket.

use std::net::IpAddr;
use std::time::Duration;

use serde_json::{Value, json};

/// The bearer token of every server here.
pub(crate) const TOKEN: &str = "ordeal-token";

/// That of another tenant.
pub(crate) const OTHER_TOKEN: &str = "another-ordeal-token";

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// One client with connections of its own. Clones share them.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    token: &'static str,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) etag: String,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn id(&self) -> String {
        self.body["id"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn total(&self) -> u64 {
        self.body["totalResults"].as_u64().unwrap_or(u64::MAX)
    }

    /// The answer, if its status is one of these.
    pub(crate) fn expect(self, statuses: &[u16]) -> Result<Self, String> {
        if statuses.contains(&self.status) { Ok(self) } else { Err(format!("status {}: {}", self.status, self.body)) }
    }
}

impl Client {
    pub(crate) fn new(port: u16) -> Self {
        Self::of(port, TOKEN, [127, 0, 0, 1])
    }

    /// With that token, from that address.
    pub(crate) fn of(port: u16, token: &'static str, address: [u8; 4]) -> Self {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(60)).local_address(IpAddr::from(address));
        Self { http: http.build().expect("a client"), base: format!("http://127.0.0.1:{port}/scim/v2"), token }
    }

    /// Sends a request; nothing comes back if the connection breaks.
    pub(crate) async fn send(&self, method: &str, path: &str, if_match: Option<&str>, body: Option<&Value>) -> Option<Answer> {
        let method = method.parse().expect("a method of HTTP");
        let mut request = self.http.request(method, format!("{}{path}", self.base)).bearer_auth(self.token);
        if let Some(tag) = if_match {
            request = request.header("if-match", tag);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/scim+json").body(body.to_string());
        }
        let response = request.send().await.ok()?;
        let status = response.status().as_u16();
        let etag = response.headers().get("etag").and_then(|tag| tag.to_str().ok()).unwrap_or_default().to_owned();
        let bytes = response.bytes().await.ok()?;
        Some(Answer { status, etag, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) })
    }

    /// Sends a request that must be answered.
    pub(crate) async fn must(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Answer, String> {
        self.send(method, path, None, body).await.ok_or_else(|| format!("{method} {path} is not answered"))
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Answer, String> {
        self.must("GET", path, None).await
    }

    /// How many resources match.
    pub(crate) async fn count(&self, endpoint: &str, filter: &str) -> Result<u64, String> {
        let filter: String = filter.bytes().map(|byte| format!("%{byte:02x}")).collect();
        Ok(self.get(&format!("{endpoint}?count=0&filter={filter}")).await?.expect(&[200])?.total())
    }

    pub(crate) async fn new_user(&self, name: &str) -> Result<String, String> {
        Ok(self.must("POST", "/Users", Some(&user(name, name))).await?.expect(&[201])?.id())
    }

    pub(crate) async fn new_group(&self, name: &str) -> Result<String, String> {
        let body = json!({"schemas": [GROUP], "displayName": name});
        Ok(self.must("POST", "/Groups", Some(&body)).await?.expect(&[201])?.id())
    }
}

/// A user whose two marks are one.
pub(crate) fn user(name: &str, mark: &str) -> Value {
    json!({"schemas": [USER], "userName": name, "title": mark, "displayName": mark})
}

pub(crate) fn patch(operations: Value) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations})
}

/// Sets both marks of a user.
pub(crate) fn marking(mark: &str) -> Value {
    patch(json!([{"op": "replace", "path": "title", "value": mark}, {"op": "replace", "path": "displayName", "value": mark}]))
}

/// Puts a member into a group.
pub(crate) fn joining(member: &str) -> Value {
    patch(json!([{"op": "add", "path": "members", "value": [{"value": member}]}]))
}

/// Takes a member out of a group.
pub(crate) fn leaving(member: &str) -> Value {
    patch(json!([{"op": "remove", "path": format!("members[value eq \"{member}\"]")}]))
}

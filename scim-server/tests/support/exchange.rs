//! One request and its answer, in process: what a fixture's verdict is compared with.

use std::collections::BTreeMap;

use poem::endpoint::{BoxEndpoint, EndpointExt};
use poem::{Endpoint, IntoEndpoint, Request, Response};
use serde_json::{Map, Value};

/// The bearer token of every server under test.
pub(crate) const TOKEN: &str = "fixture-token";

/// A server under test.
pub(crate) struct Server(BoxEndpoint<'static, Response>);

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Value,
}

impl Server {
    pub(crate) fn new(endpoint: impl IntoEndpoint<Endpoint: Endpoint<Output = Response> + 'static>) -> Self {
        Self(endpoint.into_endpoint().boxed())
    }

    /// Sends a request below the base. A header that is null is not sent at all.
    pub(crate) async fn send(&self, method: &str, path: &str, headers: &Map<String, Value>, body: Option<&Value>) -> Answer {
        let mut sent = BTreeMap::from([("authorization".to_owned(), format!("Bearer {TOKEN}"))]);
        if body.is_some() {
            sent.insert("content-type".to_owned(), "application/scim+json".to_owned());
        }
        for (name, value) in headers {
            match value.as_str() {
                Some(value) => sent.insert(name.to_ascii_lowercase(), value.to_owned()),
                None => sent.remove(&name.to_ascii_lowercase()),
            };
        }
        let mut request = Request::builder().method(method.parse().expect("a method of HTTP")).uri_str(path);
        for (name, value) in sent {
            request = request.header(name, value);
        }
        self.answer(request.body(body.map(Value::to_string).unwrap_or_default())).await
    }

    /// Sends a request as it is.
    pub(crate) async fn answer(&self, request: Request) -> Answer {
        let mut response = self.0.get_response(request).await;
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let bytes = response.take_body().into_bytes().await.expect("the body can be read");
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).expect("a body is JSON") };
        Answer { status: response.status().as_u16(), headers, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &Map::new(), None).await
    }
}

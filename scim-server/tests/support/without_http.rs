//! One request and its answer, where there is no HTTP: the same tests hold the operations themselves.

use std::collections::BTreeMap;

use scim_server::{Body, Boxed, Parameters, Result, ScimServer, Stores};
use serde_json::{Map, Value};

/// The bearer token of every server under test.
pub(crate) const TOKEN: &str = "fixture-token";

/// A server under test.
pub(crate) struct Server(Box<dyn Fn(Request) -> Boxed<'static, Answer> + Send + Sync>);

struct Request {
    method: String,
    path: String,
    token: String,
    body: Vec<u8>,
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Value,
}

impl Server {
    pub(crate) fn new<S: Stores>(server: ScimServer<S>) -> Self {
        Self(Box::new(move |request| Box::pin(answer(server.clone(), request))))
    }

    /// Sends a request below the base. Of the headers only `authorization` counts.
    pub(crate) async fn send(&self, method: &str, path: &str, headers: &Map<String, Value>, body: Option<&Value>) -> Answer {
        let authorization = headers.get("authorization").and_then(Value::as_str);
        let token = authorization.and_then(|header| header.strip_prefix("Bearer ")).unwrap_or(TOKEN).to_owned();
        let body = body.map(Value::to_string).unwrap_or_default().into_bytes();
        self.0(Request { method: method.to_owned(), path: path.to_owned(), token, body }).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &Map::new(), None).await
    }
}

async fn answer<S: Stores>(server: ScimServer<S>, request: Request) -> Answer {
    let answer = match perform(&server, &request).await {
        Ok(answer) => answer,
        Err(error) => return Answer { status: error.status(), headers: BTreeMap::new(), body: error.to_json() },
    };
    let body = match answer.body {
        None => Value::Null,
        Some(Body::Document(document)) => Value::Object(document),
        Some(Body::InPieces(mut pieces)) => {
            let mut text = String::new();
            while let Some(piece) = pieces.next().await {
                text += &piece.expect("the store answers");
            }
            serde_json::from_str(&text).expect("a body is JSON")
        }
    };
    Answer { status: answer.status, headers: answer.etag.map(|etag| ("etag".to_owned(), etag)).into_iter().collect(), body }
}

async fn perform<S: Stores>(server: &ScimServer<S>, request: &Request) -> Result<scim_server::Answer> {
    let caller = server.authenticator().authenticate(&request.token).await?.expect("the token is known");
    let scope = server.scope(caller);
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let parameters = Parameters::parse(query, scope.leniency())?;
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let body = &request.body;
    match (request.method.as_str(), segments.as_slice()) {
        ("POST", ["Bulk"]) => scope.bulk(body).await,
        ("GET", ["ServiceProviderConfig"]) => scope.service_provider_config(&parameters),
        ("GET", [endpoint]) => scope.query(endpoint, &parameters).await,
        ("POST", [endpoint]) => scope.create(endpoint, body, &parameters).await,
        ("GET", [endpoint, id]) => scope.retrieve(endpoint, id, None, &parameters).await,
        ("PUT", [endpoint, id]) => scope.replace(endpoint, id, body, None, &parameters).await,
        ("PATCH", [endpoint, id]) => scope.patch(endpoint, id, body, None, &parameters).await,
        ("DELETE", [endpoint, id]) => scope.delete(endpoint, id, None).await,
        (method, _) => panic!("no test sends {method} to {path}"),
    }
}

//! A resource that a check has created.

use std::sync::Arc;

use serde_json::Value;

use super::Answer;
use crate::check::Outcome;
use crate::model::ResourceType;

/// A resource on the server, as it was when it was created.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Its type.
    pub kind: Arc<ResourceType>,
    /// Its id.
    pub id: String,
    /// Its path below the base URL.
    pub path: String,
    /// Its representation in the answer that created it.
    pub body: Value,
    /// The entity tag of that answer: its header `ETag`, or else `meta.version`.
    pub etag: Option<String>,
}

impl Resource {
    /// The resource that an answer shows.
    pub(super) fn of(kind: &Arc<ResourceType>, answer: &Answer) -> Outcome<Self> {
        let body = answer.expect_json()?.clone();
        let Some(id) = body["id"].as_str().filter(|id| !id.is_empty()) else {
            return Err(answer.failure("the new resource in the body, with its `id`", "no `id`"));
        };
        let etag = answer.header("etag").or(body["meta"]["version"].as_str()).map(ToOwned::to_owned);
        Ok(Self { kind: kind.clone(), id: id.to_owned(), path: path(&kind.endpoint, id), etag, body })
    }
}

/// The path of a resource.
pub(crate) fn path(endpoint: &str, id: &str) -> String {
    format!("{endpoint}/{}", super::ask::encoded(id))
}

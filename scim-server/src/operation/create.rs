//! Creating resources (RFC 7644 §3.3).

use serde_json::Value;
use uuid::Uuid;

use super::{Answer, Parameters, Scope, refused};
use crate::json::parse_object;
use crate::projection::Projection;
use crate::store::{Change, ResourceKey, Store};
use crate::validate::Draft;
use crate::{Access, Result, Stores};

impl<S: Stores> Scope<S> {
    /// Creates a resource; the id is the server's own (RFC 7644 §3.3).
    ///
    /// # Errors
    /// 403 without the right; 404 for an unknown endpoint; `invalidSyntax` and `invalidValue` for the body; 409 `uniqueness`.
    pub async fn create(&self, endpoint: &str, body: &[u8], parameters: &Parameters) -> Result<Answer> {
        let kind = self.kind(endpoint, Access::Write)?;
        let projection = Projection::parse(&kind, parameters.attributes.as_deref(), parameters.excluded_attributes.as_deref())?;
        let sent = parse_object(body)?;
        let draft = Draft::create(&kind, Value::Object(sent.clone()), &self.leniency)?;
        let new = draft.into_content(&kind, &self.leniency);
        let key = ResourceKey { kind: kind.clone(), id: new_id() };
        let written = self.store.commit(&[Change::Create { key: key.clone(), new }]).await.map_err(refused)?;
        self.note(&written);
        let stored = self.read(&key, &projection.load(&kind)).await?;
        Ok(self.show(201, &stored, &projection, Some(&sent)))
    }
}

/// A random id: it tells nothing about the resource and is never used again (T01).
fn new_id() -> String {
    Uuid::new_v4().to_string()
}

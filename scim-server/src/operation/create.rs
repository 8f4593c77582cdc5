//! Creating resources (RFC 7644 §3.3).

use serde_json::Value;
use uuid::Uuid;

use super::write::{Decided, Write};
use super::{Answer, Parameters, Scope};
use crate::json::parse_object;
use crate::patch::Visits;
use crate::projection::Projection;
use crate::store::{Change, Document, ResourceKey};
use crate::validate::{Draft, names_itself};
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
        let key = ResourceKey { kind: kind.clone(), id: new_id() };
        let write = Write::Create { key: key.clone(), body: sent.clone() };
        self.carry_out(&write, &mut Visits::default()).await?;
        let stored = self.read(&key, &projection.load(&kind)).await?;
        self.show(201, &stored, &projection, Some(&sent)).await
    }

    pub(super) fn decide_create(&self, key: &ResourceKey, body: &Document) -> Result<Decided> {
        let kind = &key.kind;
        let draft = Draft::create(kind, Value::Object(body.clone()), &self.leniency)?;
        for (path, elements) in &draft.collections {
            // Only within a bulk request can a client name what is not there yet.
            if elements.iter().any(|element| element.value == key.id) {
                return Err(names_itself(path));
            }
        }
        let new = draft.into_content(kind, &self.leniency);
        Ok(Decided { change: Some(Change::Create { key: key.clone(), new }), version: 0 })
    }
}

/// A random id: it tells nothing about the resource and is never used again (T01).
pub(super) fn new_id() -> String {
    Uuid::new_v4().to_string()
}

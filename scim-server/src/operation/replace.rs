//! Replacing a resource with PUT (RFC 7644 §3.5.1).

use serde_json::Value;

use super::{Answer, Parameters, Scope, TRIES, refused};
use crate::etag::IfMatch;
use crate::json::parse_object;
use crate::projection::Projection;
use crate::store::{Change, Edit, Expected, Load, Store, StoreError};
use crate::validate::Draft;
use crate::{Access, Error, Result, Stores};

impl<S: Stores> Scope<S> {
    /// Replaces the attributes of a resource; it never creates one.
    ///
    /// # Errors
    /// 403 without the right; 404; 412; `invalidSyntax`, `invalidValue`, `mutability`; 409 `uniqueness`.
    pub async fn replace(&self, endpoint: &str, id: &str, body: &[u8], if_match: Option<&str>, parameters: &Parameters) -> Result<Answer> {
        let key = self.key(endpoint, id, Access::Write)?;
        let if_match = if_match.map(IfMatch::parse).transpose()?.unwrap_or_default();
        let projection = Projection::parse(&key.kind, parameters.attributes.as_deref(), parameters.excluded_attributes.as_deref())?;
        let sent = parse_object(body)?;
        for _ in 0..TRIES {
            let current = self.read(&key, &Load::DOCUMENT).await?;
            if_match.check(current.version)?;
            let mut draft = Draft::replace(&key.kind, Value::Object(sent.clone()), &current, &self.leniency)?;
            let mut given = std::mem::take(&mut draft.collections);
            let changes_document = draft.document != current.document || !draft.secrets.is_empty();
            let new = draft.into_content(&key.kind, &self.leniency);
            let edits = key.kind.collections.iter().map(|collection| {
                let path = collection.attribute.to_string();
                let elements =
                    given.iter_mut().find(|(name, _)| *name == path).map(|(_, elements)| std::mem::take(elements)).unwrap_or_default();
                (path, Edit::Replace { elements, unknown: new.unknown_elements })
            });
            let edits = edits.collect();
            // What was kept of the present resource (S13) was read at this version.
            let change =
                Change::Update { key: key.clone(), expected: Expected::Is(current.version), new: changes_document.then_some(new), edits };
            match self.store.commit(&[change]).await {
                Ok(written) => {
                    self.note(&written);
                    let stored = self.read(&key, &projection.load(&key.kind)).await?;
                    return Ok(self.show(200, &stored, &projection, Some(&sent)));
                }
                // Another writer came first; whoever sent no If-Match did not ask about it, so decide anew.
                Err(StoreError::VersionMismatch) if !matches!(if_match, IfMatch::Tags(_)) => {}
                Err(error) => return Err(refused(error)),
            }
        }
        Err(Error::unavailable("the resource changed at every try"))
    }
}

//! Replacing a resource with PUT (RFC 7644 §3.5.1).

use serde_json::Value;

use super::staged::Staged;
use super::write::{Decided, Write};
use super::{Answer, Parameters, Scope};
use crate::etag::IfMatch;
use crate::json::parse_object;
use crate::patch::Visits;
use crate::projection::Projection;
use crate::store::{Change, Document, Edit, Expected, Load, ResourceKey};
use crate::validate::Draft;
use crate::{Access, Result, Stores};

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
        let write = Write::Replace { key: key.clone(), if_match, body: sent.clone() };
        self.carry_out(&write, &mut Visits::default()).await?;
        let stored = self.read(&key, &projection.load(&key.kind)).await?;
        self.show(200, &stored, &projection, Some(&sent)).await
    }

    pub(super) async fn decide_replace(
        &self,
        key: &ResourceKey,
        if_match: &IfMatch,
        body: &Document,
        staged: &mut Staged,
    ) -> Result<Decided> {
        let current = staged.read(self, key, &Load::DOCUMENT).await?;
        staged.check(if_match, &current)?;
        let mut draft = Draft::replace(&key.kind, Value::Object(body.clone()), &current, &self.leniency)?;
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
        let expected = Expected::Is(current.version);
        let change = Change::Update { key: key.clone(), expected, new: changes_document.then_some(new), edits };
        Ok(Decided { change: Some(change), version: current.version })
    }
}

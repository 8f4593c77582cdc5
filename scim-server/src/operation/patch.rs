//! Modifying a resource with PATCH (RFC 7644 §3.5.2).

use serde_json::Value;

use super::staged::Staged;
use super::write::{Decided, Write};
use super::{Answer, Parameters, Scope};
use crate::etag::IfMatch;
use crate::json::parse_object;
use crate::patch::{Folded, PatchOp, Visits};
use crate::projection::Projection;
use crate::store::{Change, Document, Expected, Load, ResourceKey};
use crate::validate::Draft;
use crate::{Access, Error, ResourceType, Result, Stores};

impl<S: Stores> Scope<S> {
    /// Applies a list of operations to a resource, all or none. Answers 200 with the resource; 204 for a type with a collection
    /// unless the request asks for attributes (S02).
    ///
    /// # Errors
    /// 403 without the right; 404; 412; 413 for too many operations; `invalidSyntax`, `invalidPath`, `invalidFilter`, `invalidValue`, `noTarget`, `mutability`; 409 `uniqueness`.
    pub async fn patch(&self, endpoint: &str, id: &str, body: &[u8], if_match: Option<&str>, parameters: &Parameters) -> Result<Answer> {
        let key = self.key(endpoint, id, Access::Write)?;
        let if_match = if_match.map(IfMatch::parse).transpose()?.unwrap_or_default();
        let projection = Projection::parse(&key.kind, parameters.attributes.as_deref(), parameters.excluded_attributes.as_deref())?;
        let sent = parse_object(body)?;
        let request = PatchOp::parse(Value::Object(sent.clone()), &self.leniency)?;
        let limit = self.server.limits().patch_operations;
        if request.len() > limit {
            return Err(Error::of_status(
                413,
                format!("the request has {} operations, the limit is {limit}: send them in several requests", request.len()),
            ));
        }
        let write = Write::Patch { key: key.clone(), if_match, request };
        let version = self.carry_out(&write, &mut Visits::default()).await?;
        if answers_nothing(&key.kind) && projection.is_default() {
            return Ok(self.show_nothing(&key, version));
        }
        let stored = self.read(&key, &projection.load(&key.kind)).await?;
        self.show(200, &stored, &projection, Some(&sent_attributes(&sent))).await
    }

    pub(super) async fn decide_patch(
        &self,
        key: &ResourceKey,
        if_match: &IfMatch,
        request: &PatchOp,
        staged: &mut Staged,
    ) -> Result<Decided> {
        let mut current = staged.read(self, key, &Load::DOCUMENT).await?;
        staged.check(if_match, &current)?;
        let mut folded = request.fold_within(&key.kind, &current, &self.leniency, staged.visits())?;
        let mut depends = false;
        if let Folded::Needs(collections) = folded {
            (current, folded) = self.fold_with(request, key, &collections, if_match, staged).await?;
            depends = true;
        }
        let Folded::Change { document, secrets, edits } = folded else {
            return Err(Error::internal("a PATCH needs collections that it was given"));
        };
        let version = current.version;
        if document.is_none() && secrets.is_empty() && edits.is_empty() {
            return Ok(Decided { change: None, version });
        }
        // Members that come and go by key depend on nothing that was read: such edits commute.
        let depends = depends || document.is_some() || !secrets.is_empty();
        let expected = if depends { Expected::Is(version) } else { if_match.expected(version) };
        let new = (document.is_some() || !secrets.is_empty()).then(|| {
            let draft = Draft { document: document.unwrap_or_else(|| current.document.clone()), secrets, collections: Vec::new() };
            draft.into_content(&key.kind, &self.leniency)
        });
        Ok(Decided { change: Some(Change::Update { key: key.clone(), expected, new, edits }), version })
    }
}

/// Whether a PATCH of such a resource is answered without it: a group may have very many members (S02).
pub(super) fn answers_nothing(kind: &ResourceType) -> bool {
    !kind.collections.is_empty()
}

/// The attributes that the operations name, as if they had been sent in one resource (S60).
fn sent_attributes(request: &Document) -> Document {
    let operations =
        request.iter().filter(|(name, _)| name.eq_ignore_ascii_case("Operations")).filter_map(|(_, list)| list.as_array()).flatten();
    let mut sent = Document::new();
    for operation in operations.filter_map(Value::as_object) {
        let member = |wanted: &str| operation.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value);
        match (member("path").and_then(Value::as_str), member("value")) {
            (Some(path), value) => {
                sent.insert(path.to_owned(), value.cloned().unwrap_or_default());
            }
            (None, Some(Value::Object(values))) => sent.extend(values.clone()),
            (None, _) => {}
        }
    }
    sent
}

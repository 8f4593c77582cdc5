//! What checks that write need: bodies for PUT, and attributes that no two resources share.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Answer, Resource, Session, merged};
use crate::check::{Outcome, Stop};
use crate::model::{AttributeType, Found, ResourceType};

impl Session {
    /// The body of a PUT: what the schemas require, as the resource has it, and these members besides. A member that is null is left out.
    ///
    /// Nothing changes but the members: a server may refuse a new `userName`.
    #[must_use]
    pub fn replacement(&self, resource: &Resource, extra: Value) -> Value {
        let mut whole = self.valid(&resource.kind, json!({}));
        for (name, value) in whole.as_object_mut().into_iter().flatten() {
            if let Some(kept) = resource.body.get(name).filter(|kept| !kept.is_null()) {
                *value = kept.clone();
            }
        }
        merged(whole, extra)
    }

    /// The answer of an optional feature. A server that does not say whether it has it is asked as if it had, and these statuses say no.
    pub(super) fn if_there(&self, feature: &str, no: &[u16], answer: Answer) -> Outcome<Answer> {
        if no.contains(&answer.status) && !self.model().config[feature]["supported"].is_boolean() {
            let status = answer.status;
            return Err(Stop::Skipped(format!("the server answers {status}, and its configuration does not name `{feature}.supported`")));
        }
        Ok(answer)
    }

    /// A type with a text of which no two resources have the same, such as `userName`, and which clients set.
    ///
    /// # Errors
    /// [`Stop::Skipped`] if no type has one.
    pub fn unique_text(&self) -> Outcome<(Arc<ResourceType>, Found)> {
        self.find("a unique text that clients set", |attribute| {
            attribute.uniqueness != "none"
                && attribute.kind == AttributeType::String
                && attribute.is_read_write()
                && attribute.name != "id"
                && !attribute.multi_valued
        })
    }
}

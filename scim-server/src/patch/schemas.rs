//! Operations on `schemas`, which follows from what the resource holds (RFC 7644 §3.5.2; S05).

use serde_json::Value;

use super::attribute::Named;
use super::operation::Action;
use super::target::AttributeTarget;
use super::{Fold, Halt};
use crate::error::quote;
use crate::filter::element_matches;
use crate::validate::value::describe;
use crate::validate::with_schemas;
use crate::{Error, Quirk, Result};

impl Fold<'_> {
    /// To name a schema changes nothing, to remove one removes its attributes.
    pub(super) fn schemas(&mut self, target: &AttributeTarget, action: &Action, named: Named) -> Result<()> {
        match action {
            Action::Add(value) => self.named(value, named).map(drop),
            Action::Replace(_) if target.selection.is_some() => {
                Err(Error::mutability("`schemas` follows from the attributes: write those, or remove a schema"))
            }
            Action::Replace(value) => {
                let urns = self.named(value, named)?;
                if urns.contains(&self.reader.kind.schema.id) {
                    return Ok(());
                }
                Err(Error::mutability(format!("`schemas` must keep the base schema `{}`", self.reader.kind.schema.id)))
            }
            Action::Remove(value) => {
                let urns = self.to_remove(target, value.as_ref())?;
                if urns.contains(&self.reader.kind.schema.id) {
                    return Err(Error::mutability(format!(
                        "the base schema `{}` cannot be removed: delete the resource",
                        self.reader.kind.schema.id
                    )));
                }
                for urn in urns {
                    match self.remove_schema(Some(&urn)) {
                        Ok(()) => {}
                        Err(Halt::Failed(error)) => return Err(error),
                        Err(Halt::Needs(_)) => unreachable!("collections belong to the base schema: the registry takes no others"),
                    }
                }
                Ok(())
            }
        }
    }

    /// The canonical URNs that a value names.
    fn named(&self, value: &Value, named: Named) -> Result<Vec<String>> {
        let items = match value {
            Value::Null => &[],
            Value::Array(items) => items.as_slice(),
            single => std::slice::from_ref(single),
        };
        let mut urns = Vec::new();
        for item in items {
            let Value::String(urn) = item else {
                return Err(Error::invalid_value(format!("`schemas` cannot hold {}: send URNs", describe(item))));
            };
            match self.reader.kind.urns().find(|known| known.eq_ignore_ascii_case(urn)) {
                Some(known) => urns.push(known.to_owned()),
                None if named == Named::InBody && self.reader.leniency.permits(Quirk::IgnoreUnknownSchemas) => {}
                None => {
                    return Err(Error::invalid_value(format!("{} is no schema of {}: leave it out", quote(urn), self.reader.kind.name)));
                }
            }
        }
        Ok(urns)
    }

    fn to_remove(&self, target: &AttributeTarget, value: Option<&Value>) -> Result<Vec<String>> {
        let present = with_schemas(self.reader.kind, self.document.clone());
        let present = present.get("schemas").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let selected =
            present.iter().filter(|urn| target.selection.as_ref().is_none_or(|selection| element_matches(&selection.filter, urn)));
        let selected = selected.filter_map(Value::as_str).map(str::to_owned);
        let Some(value) = value else { return Ok(selected.collect()) };
        if !self.reader.leniency.permits(Quirk::RemoveWithValue) {
            return Err(Error::invalid_syntax("`remove` has no `value`: select what is to be removed with a filter in `path`"));
        }
        let listed = self.named(value, Named::ByPath)?;
        Ok(selected.filter(|urn| listed.contains(urn)).collect())
    }
}

//! Operations without a path, or with a schema's URN for a path: the value is a set of attributes (RFC 7644 §3.5.2.1, §3.5.2.3; S70).

use std::collections::HashSet;

use serde_json::Value;

use super::attribute::Named;
use super::operation::Action;
use super::target::{self, AttributeTarget, Target};
use super::{Fold, Outcome};
use crate::validate::place;
use crate::validate::value::{describe, twice};
use crate::{Error, Mutability, Quirk, Result, ScimType};

impl Fold<'_> {
    /// Carries out an operation on the attributes of the whole resource (none) or of the extension with that URN.
    pub(super) fn resource(&mut self, urn: Option<&str>, action: Action) -> Outcome {
        let (value, wrap): (Value, fn(Value) -> Action) = match action {
            Action::Remove(_) => return self.remove_schema(urn),
            Action::Add(value) => (value, Action::Add),
            Action::Replace(Value::Null) if urn.is_some() => return self.remove_schema(urn),
            Action::Replace(value) => (value, Action::Replace),
        };
        let members = match value {
            Value::Null => return Ok(()),
            Value::Object(members) => members,
            other => {
                return Err(Error::invalid_value(format!(
                    "without a path `value` cannot be {}: send an object with attributes",
                    describe(&other)
                ))
                .into());
            }
        };
        let mut seen = HashSet::new();
        for (name, value) in members {
            let Some(target) = self.member(urn, &name)? else {
                self.reader.unknown(&name)?;
                continue;
            };
            let place = match &target {
                Target::Schema(urn) => urn.clone().unwrap_or_default(),
                // Two filters on one attribute are two places, and so is an attribute and its part: they apply in order.
                Target::Attribute(AttributeTarget { path, selection: None }) => path.to_string(),
                Target::Attribute(AttributeTarget { selection: Some(_), .. }) => name.clone(),
            };
            if !seen.insert(place) {
                return Err(twice(&name).into());
            }
            match target {
                Target::Schema(inner) => self.resource(inner.as_deref(), wrap(value))?,
                Target::Attribute(target) => self.attribute(&target, wrap(value), Named::InBody)?,
            }
        }
        Ok(())
    }

    /// What a member of such a value names: an attribute, an extension, or, under a quirk, what a path would.
    fn member(&self, urn: Option<&str>, name: &str) -> Result<Option<Target>> {
        let kind = self.reader.kind;
        let attribute = match urn {
            None => kind.core_attribute(name),
            Some(urn) => kind.extension_attribute(urn, name),
        };
        if let Some(path) = attribute {
            return Ok(Some(Target::Attribute(AttributeTarget { path, selection: None })));
        }
        let qualified = urn.map(|urn| format!("{urn}:{name}"));
        let text = qualified.as_deref().unwrap_or(name);
        let found = match target::find(self.reader, text) {
            Ok(found) => found,
            // A name that is no path is an unknown attribute; what has a filter is meant as a path, and wrong as one.
            Err(error) if error.scim_type() == Some(ScimType::InvalidPath) && !name.contains('[') => None,
            Err(error) => return Err(error),
        };
        Ok(found.filter(|found| match found {
            // An extension within an extension is nothing.
            Target::Schema(_) => urn.is_none(),
            Target::Attribute(AttributeTarget { path, selection }) => {
                // S70: a name with its URN is a path too.
                let is_flattened = path.sub.is_some() || selection.is_some() || name.contains(':');
                !is_flattened || self.reader.leniency.permits(Quirk::FlattenedKeys)
            }
        }))
    }

    /// Takes out all attributes of an extension. The base schema cannot go (S05).
    pub(super) fn remove_schema(&mut self, urn: Option<&str>) -> Outcome {
        let Some(urn) = urn else {
            return Err(Error::mutability(format!(
                "the base schema `{}` cannot be removed: delete the resource",
                self.reader.kind.schema.id
            ))
            .into());
        };
        let paths: Vec<_> = self.reader.kind.attributes().filter(|path| path.extension.as_deref() == Some(urn)).collect();
        for path in paths {
            if path.attribute.mutability != Mutability::ReadOnly && place::get(&self.document, &path).is_some() {
                self.attribute(&AttributeTarget { path, selection: None }, Action::Remove(None), Named::ByPath)?;
            }
        }
        self.removed.insert(urn.to_owned());
        Ok(())
    }
}

//! An operation on one attribute: whether it may be written, and by which rule (RFC 7644 §3.5.2).

use serde_json::Value;

use super::elements::Elsewhere;
use super::operation::{Action, is_nothing};
use super::target::AttributeTarget;
use super::{Fold, Halt, Outcome, cannot_be_removed, elements};
use crate::store::Document;
use crate::validate::collection::MADE_BY_SERVER;
use crate::validate::{drop_secrets, immutable, place, same};
use crate::{BoundPath, Error, Mutability, Quirk, Result};

/// How the request names the attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// In `path`: the client means exactly this attribute.
    ByPath,
    /// As a member of a value, perhaps one of many that were read before and are sent back (S10).
    InBody,
}

impl Fold<'_> {
    /// Carries out an operation on an attribute, a sub-attribute or selected elements.
    pub(super) fn attribute(&mut self, target: &AttributeTarget, action: Action, named: Named) -> Outcome {
        let path = &target.path;
        let kind = self.reader.kind;
        if path.extension.is_none() && path.attribute.name == "schemas" {
            return Ok(self.schemas(target, &action, named)?);
        }
        let read_only = path.leaf().mutability == Mutability::ReadOnly || path.attribute.mutability == Mutability::ReadOnly;
        if read_only || kind.derived(path).is_some() || self.is_made_by_server(path) {
            return self.read_only(target, &action, named);
        }
        if path.attribute.is_secret() || path.leaf().is_secret() {
            return Ok(self.secret(path, action)?);
        }
        let action = self.unwrapped(path, action);
        if matches!(action, Action::Remove(Some(_))) && !self.reader.leniency.permits(Quirk::RemoveWithValue) {
            return Err(Error::invalid_syntax("`remove` has no `value`: select what is to be removed with a filter in `path`").into());
        }
        let action = match action {
            // S61: to replace with nothing is to remove, and to add nothing changes nothing.
            Action::Replace(value) if is_nothing(&value) => Action::Remove(None),
            Action::Add(value) if is_nothing(&value) => return Ok(()),
            Action::Add(value) if !path.leaf().is_complex() => Action::Add(value),
            Action::Add(value) => match without_nothing(value) {
                nothing if is_nothing(&nothing) && !path.attribute.multi_valued => return Ok(()),
                something => Action::Add(something),
            },
            action @ (Action::Replace(_) | Action::Remove(_)) => action,
        };
        if matches!(action, Action::Remove(_)) {
            self.removed.insert(path.to_string());
        }
        if kind.collection(path).is_some() {
            self.collection(target, action)
        } else if path.attribute.multi_valued {
            self.elements(target, action)
        } else {
            Ok(self.singular(path, action)?)
        }
    }

    /// S55: nothing is known of the present value, so each new one is a change.
    fn secret(&mut self, path: &BoundPath, action: Action) -> Result<()> {
        if !self.reader.leniency.accepts_new_passwords() {
            let mut secrets = Document::new();
            secrets.insert(path.to_string(), Value::Null);
            return drop_secrets(&mut secrets, self.reader.leniency);
        }
        if path.sub.is_some() {
            return Err(Error::mutability(format!("`{path}` cannot be changed by itself: replace `{}`", path.parent())));
        }
        let value = match action {
            Action::Add(value) if is_nothing(&value) => return Ok(()),
            Action::Add(value) | Action::Replace(value) => self.reader.value(path, value)?,
            Action::Remove(_) => None,
        };
        if value.is_none() && path.attribute.required {
            return Err(cannot_be_removed(path));
        }
        place::put(&mut self.secrets, path, value.unwrap_or_default());
        Ok(())
    }

    /// Sub-attributes that follow from the id of a reference or element (S57, S80).
    fn is_made_by_server(&self, path: &BoundPath) -> bool {
        let Some(sub) = &path.sub else { return false };
        let is_element = self.reader.kind.collection(path).is_some();
        let is_reference = self.reader.kind.references.contains(&path.parent());
        let name = sub.name.as_str();
        is_element && (name == "value" || MADE_BY_SERVER.contains(&name))
            || is_reference && matches!(name, "$ref" | "display" | "displayName")
    }

    /// S10: a path to a readOnly attribute fails. In a value, what has not changed is no attempt to change it.
    fn read_only(&self, target: &AttributeTarget, action: &Action, named: Named) -> Outcome {
        let leniency = self.reader.leniency;
        let path = &target.path;
        let is_plain = path.sub.is_none() && target.selection.is_none();
        if let (Named::InBody, Action::Add(value) | Action::Replace(value)) = (named, action) {
            if is_plain && self.is_unchanged(path, value)? {
                return Ok(());
            }
            if leniency.permits(Quirk::IgnoreReadOnly) {
                return Ok(());
            }
        }
        Err(Error::mutability(format!("`{path}` is made by the server and cannot be written: leave it out")).into())
    }

    fn is_unchanged(&self, path: &BoundPath, value: &Value) -> Outcome<bool> {
        match (&path.extension, path.attribute.name.as_str()) {
            (None, "id") => return Ok(value.as_str() == Some(&self.current.key.id)),
            // Nobody means to write it, and its version has changed by the time it comes back.
            (None, "meta") => return Ok(true),
            (Some(_) | None, _) => {}
        }
        if self.reader.kind.derived(path).is_some() {
            let name = path.to_string();
            // Whoever may write another value need not read the present one.
            if self.reader.leniency.profile().has(Quirk::IgnoreReadOnly) {
                return Ok(false);
            }
            let Some(present) = self.current.collections.get(&name) else { return Err(Halt::Needs(name)) };
            let mut present: Vec<&str> = present.iter().map(|element| element.value.as_str()).collect();
            let sent = match value {
                Value::Null => Some(Vec::new()),
                Value::Array(elements) => elements.iter().map(|element| element.get("value")?.as_str()).collect(),
                Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => None,
            };
            let Some(mut sent) = sent else { return Ok(false) };
            present.sort_unstable();
            sent.sort_unstable();
            return Ok(present == sent);
        }
        Ok(match place::get(&self.document, path) {
            Some(present) => same(&path.attribute, present, value),
            None => is_nothing(value),
        })
    }

    /// INTEROP: `{"members": […]}` as the value of an operation on `members` (MISC-01).
    fn unwrapped(&self, path: &BoundPath, action: Action) -> Action {
        let attribute = path.leaf();
        let inner = |value: Value| match value {
            Value::Object(mut members) if members.len() == 1 => {
                let key = members.keys().next().filter(|key| key.eq_ignore_ascii_case(&attribute.name)).cloned();
                let wraps = key.filter(|key| attribute.sub_attribute(key).is_none());
                match wraps.filter(|_| self.reader.leniency.permits(Quirk::UnwrapAttributeValue)).and_then(|key| members.shift_remove(&key))
                {
                    Some(inner) => inner,
                    None => Value::Object(members),
                }
            }
            other => other,
        };
        match action {
            Action::Add(value) => Action::Add(inner(value)),
            Action::Remove(value) => Action::Remove(value.map(inner)),
            Action::Replace(value) => Action::Replace(inner(value)),
        }
    }

    /// A multi-valued attribute of the document.
    fn elements(&mut self, target: &AttributeTarget, action: Action) -> Outcome {
        let path = target.path.parent();
        let before = match path.attribute.mutability {
            Mutability::Immutable => place::get(&self.document, &path).cloned(),
            Mutability::ReadOnly | Mutability::ReadWrite | Mutability::WriteOnly => None,
        };
        // In place: an operation that fails ends the request, and with it this document.
        let mut elements = match place::get_mut(&mut self.document, &path) {
            Some(Value::Array(elements)) => std::mem::take(elements),
            Some(_) | None => Vec::new(),
        };
        self.visit(elements.len())?;
        elements::apply(self.reader, target, &mut elements, action, Elsewhere::Nothing)?;
        let new = (!elements.is_empty()).then_some(Value::Array(elements));
        if let Some(before) = before
            && !new.as_ref().is_some_and(|new| same(&path.attribute, &before, new))
        {
            return Err(immutable(&path).into());
        }
        place::set(&mut self.document, &path, new);
        Ok(())
    }

    /// Writes an attribute of the document. An immutable one takes its first value only.
    pub(super) fn assign(&mut self, path: &BoundPath, new: Option<Value>) -> Result<()> {
        let attribute = &path.attribute;
        if attribute.mutability == Mutability::Immutable
            && let Some(present) = place::get(&self.document, path)
            && !new.as_ref().is_some_and(|new| same(attribute, present, new))
        {
            return Err(immutable(&path.parent()));
        }
        if new.is_none() && !self.reader.kind.references.contains(&path.parent()) {
            self.check_parts(path)?;
        }
        place::set(&mut self.document, path, new);
        Ok(())
    }
}

impl Fold<'_> {
    /// A complex value cannot go while a part of it cannot.
    fn check_parts(&self, path: &BoundPath) -> Result<()> {
        let Some(Value::Object(parts)) = place::get(&self.document, path) else { return Ok(()) };
        let stays = |name: &String| {
            let sub = path.attribute.sub_attribute(name)?;
            matches!(sub.mutability, Mutability::ReadOnly | Mutability::Immutable).then_some(&sub.name)
        };
        match parts.keys().find_map(stays) {
            Some(part) => {
                let whole = path.parent();
                Err(Error::mutability(format!(
                    "`{whole}` cannot be removed, because `{whole}.{part}` cannot: remove the other sub-attributes"
                )))
            }
            None => Ok(()),
        }
    }
}

/// Takes out of the value of an `add` what adds nothing: null members, of each element, too.
fn without_nothing(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(members.into_iter().filter(|(_, member)| !is_nothing(member)).collect()),
        Value::Array(items) => {
            Value::Array(items.into_iter().map(|item| if item.is_object() { without_nothing(item) } else { item }).collect())
        }
        simple @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => simple,
    }
}

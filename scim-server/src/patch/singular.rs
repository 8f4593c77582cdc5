//! Operations on attributes with one value, simple or complex, and on their sub-attributes (RFC 7644 §3.5.2.1 to §3.5.2.3).

use serde_json::Value;

use super::operation::{Action, is_nothing};
use super::{Fold, parts};
use crate::store::Document;
use crate::validate::value::check_id;
use crate::validate::{place, same};
use crate::{BoundPath, Result};

impl Fold<'_> {
    /// Carries out an operation on a singular attribute or on a sub-attribute of one.
    pub(super) fn singular(&mut self, path: &BoundPath, action: Action) -> Result<()> {
        if path.sub.is_some() {
            return self.part(path, action);
        }
        match action {
            Action::Add(value) | Action::Replace(value) if path.attribute.is_complex() => {
                // S06, S07: the given sub-attributes are written, the others stay.
                let new = match self.reader.complex(path, value)? {
                    Some(new) => new,
                    None => return self.assign(path, None),
                };
                let mut value = self.present_parts(path);
                parts::merge(path, &mut value, new)?;
                self.assign_parts(path, value)
            }
            Action::Add(value) | Action::Replace(value) => {
                let new = self.reader.value(path, value)?;
                self.assign(path, new)
            }
            Action::Remove(guard) => {
                if self.is_guarded(path, guard)? {
                    Ok(())
                } else {
                    self.assign(path, None)
                }
            }
        }
    }

    fn part(&mut self, path: &BoundPath, action: Action) -> Result<()> {
        let mut value = self.present_parts(path);
        let adds = matches!(action, Action::Add(_));
        match action {
            Action::Add(new) | Action::Replace(new) => match self.reader.value(path, new)? {
                Some(new) if adds => parts::add(path, &mut value, new)?,
                Some(new) => parts::assign(path, &mut value, new)?,
                None => parts::unassign_guarded(path, &mut value, None)?,
            },
            Action::Remove(guard) => {
                let guard = guard.filter(|guard| !is_nothing(guard)).map(|guard| self.reader.value(path, guard)).transpose()?.flatten();
                parts::unassign_guarded(path, &mut value, guard.as_ref())?;
            }
        }
        self.assign_parts(&path.parent(), value)
    }

    fn present_parts(&self, path: &BoundPath) -> Document {
        place::get(&self.document, path).and_then(Value::as_object).cloned().unwrap_or_default()
    }

    /// A complex value of which nothing is left is unassigned, and so is a reference without an id.
    fn assign_parts(&mut self, path: &BoundPath, value: Document) -> Result<()> {
        let is_reference = self.reader.kind.references.contains(path);
        if is_reference {
            check_id(path, &value)?;
        }
        let names_nothing = is_reference && !value.contains_key("value");
        self.assign(path, (!value.is_empty() && !names_nothing).then_some(Value::Object(value)))
    }

    /// Whether the value of a `remove` says that something else was to be removed (ENTRA-62).
    fn is_guarded(&self, path: &BoundPath, guard: Option<Value>) -> Result<bool> {
        let Some(guard) = guard.filter(|guard| !is_nothing(guard)) else { return Ok(false) };
        let present = place::get(&self.document, path);
        if !path.attribute.is_complex() {
            let guard = self.reader.value(path, guard)?;
            return Ok(guard.is_some_and(|guard| !present.is_some_and(|present| same(&path.attribute, present, &guard))));
        }
        let guard = self.reader.complex(path, guard)?.map(|parts| parts.assigned).unwrap_or_default();
        let is_present =
            |name: &str, value: &Value| match (present.and_then(|present| present.get(name)), path.attribute.sub_attribute(name)) {
                (Some(present), Some(sub)) => same(sub, present, value),
                (Some(_) | None, _) => false,
            };
        Ok(!guard.iter().all(|(name, value)| is_present(name, value)))
    }
}

//! What a replace request may not change or does not mean to change (RFC 7644 §3.5.1; S13, S14).

use std::collections::HashMap;

use serde_json::Value;

use super::elements::ElementKey;
use super::{Draft, place};
use crate::comparison::comparison_key;
use crate::store::{Document, Element, Stored};
use crate::{Attribute, AttributeType, BoundPath, Error, Mutability, ResourceType, Result};

/// The attribute of RFC 7643 §4.1.1 that a replacement without it keeps: to leave it out must never let a blocked user in again.
const KEPT: &str = "active";

/// Carries over what the body leaves out and the server keeps, and refuses another value for what is immutable.
pub(super) fn keep(kind: &ResourceType, current: &Stored, draft: &mut Draft) -> Result<()> {
    for path in kind.attributes().filter(|path| path.attribute.name != "schemas") {
        if let Some(collection) = kind.collection(&path) {
            keep_in_collection(&collection.attribute, current, draft)?;
            continue;
        }
        let Some(present) = place::get(&current.document, &path) else { continue };
        let attribute = &path.attribute;
        let new = place::get(&draft.document, &path);
        let is_kept = is_kept(&path) || matches!(attribute.mutability, Mutability::ReadOnly | Mutability::Immutable);
        match new {
            // SPEC: §3.5.1 compares "input value(s)" of an immutable attribute; where there is none, none differs, and it stays.
            None if is_kept => place::put(&mut draft.document, &path, present.clone()),
            None => {
                if let Some(parts) = kept_parts(attribute, present) {
                    place::put(&mut draft.document, &path, Value::Object(parts));
                }
            }
            Some(new) if attribute.mutability == Mutability::Immutable && !same(attribute, present, new) => return Err(immutable(&path)),
            Some(new) => {
                let kept = keep_parts(&path, present, new.clone())?;
                place::put(&mut draft.document, &path, kept);
            }
        }
    }
    Ok(())
}

/// Whether the attribute stays when a replacement leaves it out (S13).
fn is_kept(path: &BoundPath) -> bool {
    path.extension.is_none() && path.attribute.name == KEPT && path.attribute.kind == AttributeType::Boolean && !path.attribute.multi_valued
}

/// Whether a value of the sub-attribute outlives a request that leaves it out: it is not the client's to write, or the client could not
/// see it (S13).
fn outlives(sub: &Attribute) -> bool {
    sub.is_secret() || matches!(sub.mutability, Mutability::ReadOnly | Mutability::Immutable)
}

/// What stays of a singular complex attribute that a replacement leaves out.
fn kept_parts(attribute: &Attribute, present: &Value) -> Option<Document> {
    let is_kept = |name: &str| attribute.sub_attribute(name).is_some_and(|sub| outlives(sub));
    let parts = present.as_object()?.iter().filter(|(name, _)| is_kept(name)).map(|(name, value)| (name.clone(), value.clone()));
    let parts: Document = parts.collect();
    (!parts.is_empty()).then_some(parts)
}

/// Carries over the sub-attributes of a complex attribute that the client cannot write; elements are the same if their `value` is (S14).
pub(crate) fn keep_parts(path: &BoundPath, present: &Value, new: Value) -> Result<Value> {
    if !path.attribute.sub_attributes.iter().any(|sub| outlives(sub)) {
        return Ok(new);
    }
    match (present, new) {
        (Value::Object(present), Value::Object(mut new)) => {
            keep_in(path, present, &mut new)?;
            Ok(Value::Object(new))
        }
        (Value::Array(present), Value::Array(mut new)) => {
            let Some(sub) = path.attribute.sub_attribute("value") else { return Ok(Value::Array(new)) };
            let key =
                |element: &Document| element.get("value").map(|value| comparison_key(sub, value).unwrap_or_else(|| value.to_string()));
            let mut counterparts = HashMap::new();
            for old in present.iter().filter_map(Value::as_object) {
                if let Some(key) = key(old) {
                    counterparts.entry(key).or_insert(old);
                }
            }
            for element in new.iter_mut().filter_map(Value::as_object_mut) {
                if let Some(counterpart) = key(element).and_then(|key| counterparts.get(&key)) {
                    keep_in(path, counterpart, element)?;
                }
            }
            Ok(Value::Array(new))
        }
        (_, new) => Ok(new),
    }
}

/// Carries over what the client cannot write of an element that is replaced where it stands, unless it has another `value` afterwards:
/// then it is another element.
pub(crate) fn keep_in_place(path: &BoundPath, present: &Document, new: &mut Document) -> Result<()> {
    let is_same = path.attribute.sub_attribute("value").is_none_or(|sub| match (present.get("value"), new.get("value")) {
        (Some(old), Some(new)) => same(sub, old, new),
        (old, new) => old.is_none() && new.is_none(),
    });
    if is_same { keep_in(path, present, new) } else { Ok(()) }
}

fn keep_in(path: &BoundPath, present: &Document, new: &mut Document) -> Result<()> {
    for sub in path.attribute.sub_attributes.iter().filter(|sub| outlives(sub)) {
        keep_part(path, sub, present, new)?;
    }
    Ok(())
}

fn keep_part(path: &BoundPath, sub: &std::sync::Arc<Attribute>, present: &Document, new: &mut Document) -> Result<()> {
    let Some(value) = present.get(&sub.name) else { return Ok(()) };
    match new.get(&sub.name) {
        Some(new) if sub.mutability == Mutability::Immutable && !same(sub, value, new) => Err(immutable(&path.with_sub(sub.clone()))),
        // A request cannot have named what is readOnly: this is the element that it replaces itself.
        Some(_) if sub.mutability != Mutability::ReadOnly => Ok(()),
        Some(_) | None => {
            new.insert(sub.name.clone(), value.clone());
            Ok(())
        }
    }
}

fn keep_in_collection(path: &BoundPath, current: &Stored, draft: &mut Draft) -> Result<()> {
    let name = path.to_string();
    let Some(present) = current.collections.get(&name) else { return Ok(()) };
    let present: HashMap<&str, &Element> = present.iter().map(|element| (element.value.as_str(), element)).collect();
    let Some((_, elements)) = draft.collections.iter_mut().find(|(named, _)| *named == name) else { return Ok(()) };
    for element in elements {
        let Some(old) = present.get(element.value.as_str()) else { continue };
        keep_item(path, old, element)?;
    }
    Ok(())
}

/// What the client cannot write of an element that stays in a collection.
pub(crate) fn keep_item(path: &BoundPath, present: &Element, new: &mut Element) -> Result<()> {
    keep_in(path, &present.item, &mut new.item)
}

/// Whether two values in canonical form mean the same.
pub(crate) fn same(attribute: &Attribute, left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && {
                let keys = |values: &[Value]| {
                    let mut keys: Vec<ElementKey> = values.iter().map(|value| ElementKey::of(attribute, value)).collect();
                    keys.sort();
                    keys
                };
                keys(left) == keys(right)
            }
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, left)| match (right.get(name), attribute.sub_attribute(name)) {
                    (Some(right), Some(sub)) => same(sub, left, right),
                    (Some(right), None) => left == right,
                    (None, _) => false,
                })
        }
        (left, right) => {
            left == right || matches!((comparison_key(attribute, left), comparison_key(attribute, right)), (Some(l), Some(r)) if l == r)
        }
    }
}

/// The refusal of another value.
pub(crate) fn immutable(path: &BoundPath) -> Error {
    Error::mutability(format!("`{path}` is immutable and has another value: leave it as it is, or create the resource anew"))
}

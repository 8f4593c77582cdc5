//! The sub-attributes of one complex value, each written under its own mutability (RFC 7644 §3.5.2).

use serde_json::Value;

use crate::store::Document;
use crate::validate::elements::collapse;
use crate::validate::value::Parts;
use crate::validate::{immutable, same};
use crate::{BoundPath, Mutability, Result};

/// Merges the given sub-attributes into a value; those that are not named stay (S07).
pub(super) fn merge(path: &BoundPath, value: &mut Document, new: Parts) -> Result<()> {
    for (name, part) in new.assigned {
        if let Some(sub) = path.attribute.sub_attribute(&name) {
            assign(&path.with_sub(sub.clone()), value, part)?;
        }
    }
    for name in new.unassigned {
        if let Some(sub) = path.attribute.sub_attribute(&name) {
            unassign_guarded(&path.with_sub(sub.clone()), value, None)?;
        }
    }
    Ok(())
}

/// Gives a sub-attribute a value. An immutable one takes its first value only.
pub(super) fn assign(leaf: &BoundPath, value: &mut Document, new: Value) -> Result<()> {
    let attribute = leaf.leaf();
    let differs = value.get(&attribute.name).is_some_and(|present| !same(attribute, present, &new));
    if differs && attribute.mutability == Mutability::Immutable {
        return Err(immutable(leaf));
    }
    value.insert(attribute.name.clone(), new);
    Ok(())
}

/// Adds to a sub-attribute: a singular one takes the value, a multi-valued one takes it beside those that it has.
pub(super) fn add(leaf: &BoundPath, value: &mut Document, new: Value) -> Result<()> {
    let both = match (value.get(&leaf.leaf().name), new) {
        (Some(Value::Array(present)), Value::Array(new)) => {
            Value::Array(collapse(leaf.leaf(), present.iter().cloned().chain(new).collect()))
        }
        (Some(_) | None, new) => new,
    };
    assign(leaf, value, both)
}

/// Takes a sub-attribute's value away, if there is no guard or it is the guard's.
pub(super) fn unassign_guarded(leaf: &BoundPath, value: &mut Document, guard: Option<&Value>) -> Result<()> {
    let attribute = leaf.leaf();
    let Some(present) = value.get(&attribute.name) else { return Ok(()) };
    if guard.is_some_and(|guard| !same(attribute, present, guard)) {
        return Ok(());
    }
    if attribute.mutability == Mutability::Immutable {
        return Err(immutable(leaf));
    }
    value.shift_remove(&attribute.name);
    Ok(())
}

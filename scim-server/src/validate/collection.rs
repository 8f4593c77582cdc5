//! The elements of a collection, e.g. `members`: each names another resource (RFC 7643 §4.2).

use std::collections::HashMap;

use serde_json::Value;

use super::value::{Parts, Reader, resolve_reference};
use crate::store::Element;
use crate::{Attribute, BoundPath, Error, Result};

/// What the server says about an element; a client's word for it is not trusted (S57).
pub(crate) const MADE_BY_SERVER: [&str; 3] = ["$ref", "type", "display"];

/// Whether an element can hold something of the client beside the id.
pub(crate) fn has_items(attribute: &Attribute) -> bool {
    attribute.sub_attributes.iter().any(|sub| sub.name != "value" && !MADE_BY_SERVER.contains(&sub.name.as_str()))
}

/// Reads a list of elements: one for each id.
pub(crate) fn read_elements(reader: Reader<'_>, path: &BoundPath, value: Value, own_id: Option<&str>) -> Result<Vec<Element>> {
    let mut elements: Vec<Element> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for item in reader.items(path, value)? {
        let element = read_element(reader, path, item, own_id)?;
        match places.get(&element.value).and_then(|place| elements.get_mut(*place)) {
            Some(first) => first.item.extend(element.item),
            None => {
                places.insert(element.value.clone(), elements.len());
                elements.push(element);
            }
        }
    }
    Ok(elements)
}

/// Reads one element. One that names nothing is refused, not left out: a client that means somebody must not empty a group.
fn read_element(reader: Reader<'_>, path: &BoundPath, item: Value, own_id: Option<&str>) -> Result<Element> {
    if item.is_null() {
        return Err(Error::invalid_value(format!("`{path}` has the element null: leave the element out")));
    }
    let mut parts = reader.element_parts(path, item)?;
    only_of_client(&mut parts);
    let value = match parts.assigned.shift_remove("value") {
        Some(Value::String(value)) if !value.trim().is_empty() => value,
        Some(_) | None => {
            return Err(Error::invalid_value(format!(
                "`{path}` has an element without `value`: send the id of the resource it stands for"
            )));
        }
    };
    if own_id == Some(value.as_str()) {
        return Err(names_itself(path));
    }
    Ok(Element { value, item: parts.assigned, referent: None })
}

/// The refusal of a resource that would contain itself.
pub(crate) fn names_itself(path: impl std::fmt::Display) -> Error {
    Error::invalid_value(format!("`{path}` names the resource itself: leave that element out"))
}

/// Takes out of an element what is not the client's to say; a `$ref` alone gives the id (S83).
pub(crate) fn only_of_client(parts: &mut Parts) {
    resolve_reference(parts);
    for name in MADE_BY_SERVER {
        parts.assigned.shift_remove(name);
        parts.unassigned.retain(|unassigned| unassigned != name);
    }
}

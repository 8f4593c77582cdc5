//! The values that a `remove` operation lists (S04).

use std::collections::HashSet;

use serde_json::Value;

use crate::validate::elements::ElementKey;
use crate::validate::same;
use crate::validate::value::{Parts, Reader, describe, resolve_reference};
use crate::{BoundPath, Error, Quirk, Result};

/// What a list of values selects.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// Elements by their `value`, as written and by comparison key.
    ids: HashSet<String>,
    keys: HashSet<ElementKey>,
    /// Elements by what they have instead of a `value`.
    parts: Vec<Parts>,
}

/// Reads the list. What names nothing selects nothing: a list never means all.
pub(super) fn read(reader: Reader<'_>, path: &BoundPath, value: Value) -> Result<Listed> {
    let attribute = path.leaf();
    let mut listed = Listed::default();
    for item in reader.items(path, value)? {
        if item.is_null() {
            continue;
        }
        if !attribute.is_complex() {
            listed.keys.insert(ElementKey::of(attribute, &item));
            continue;
        }
        let mut parts = read_item(reader, path, item)?;
        resolve_reference(&mut parts);
        if let Some(value) = parts.assigned.get("value") {
            listed.keys.insert(value_key(path, value));
            listed.ids.extend(value.as_str().map(str::to_owned));
        } else if !parts.assigned.is_empty() {
            listed.parts.push(parts);
        }
    }
    Ok(listed)
}

/// The sub-attributes of an item with a value, readOnly ones too: they describe the element here and write nothing.
fn read_item(reader: Reader<'_>, path: &BoundPath, item: Value) -> Result<Parts> {
    let object = match item {
        Value::Object(object) => object,
        Value::String(text) if reader.leniency.permits(Quirk::StringElements) => {
            let mut object = crate::store::Document::new();
            object.insert("value".into(), Value::String(text));
            object
        }
        other => {
            return Err(Error::invalid_syntax(format!("`{path}` cannot be selected by {}: list objects with `value`", describe(&other))));
        }
    };
    let mut parts = Parts::default();
    for (name, value) in object {
        if let Some(sub) = path.leaf().sub_attribute(&name).filter(|_| !value.is_null()) {
            parts.assigned.insert(sub.name.clone(), value);
        }
    }
    Ok(parts)
}

fn value_key(path: &BoundPath, value: &Value) -> ElementKey {
    let mut only = crate::store::Document::new();
    only.insert("value".into(), value.clone());
    ElementKey::of(path.leaf(), &Value::Object(only))
}

impl Listed {
    /// The ids, if the list selects by nothing else.
    pub(super) fn ids(&self) -> Option<&HashSet<String>> {
        self.parts.is_empty().then_some(&self.ids)
    }

    /// Whether the list selects that element: by `value`, or, lacking that, by all that it gives.
    pub(super) fn contains(&self, path: &BoundPath, element: &Value) -> bool {
        let attribute = path.leaf();
        let Value::Object(members) = element else {
            return self.keys.contains(&ElementKey::of(attribute, element));
        };
        if members.get("value").is_some_and(|value| self.keys.contains(&value_key(path, value))) {
            return true;
        }
        self.parts.iter().any(|parts| {
            parts.assigned.iter().all(|(name, value)| match (members.get(name), attribute.sub_attribute(name)) {
                (Some(present), Some(sub)) => same(sub, present, value),
                (Some(_) | None, _) => false,
            })
        })
    }
}

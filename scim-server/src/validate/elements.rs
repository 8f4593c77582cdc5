//! The elements of a multi-valued attribute among themselves: which are the same, and which is primary (RFC 7643 §2.4).

use std::collections::HashMap;

use serde_json::Value;

use crate::comparison::comparison_key;
use crate::store::Document;
use crate::{Attribute, BoundPath, Error, Result};

/// What makes two elements the same: `value` and `type`, or all sub-attributes where there is no `value` (S66).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ElementKey(Vec<(String, String)>);

impl ElementKey {
    /// The key of an element in canonical form.
    pub(crate) fn of(attribute: &Attribute, element: &Value) -> Self {
        let Value::Object(parts) = element else {
            return Self(vec![(String::new(), key(attribute, element))]);
        };
        let has_value = parts.contains_key("value");
        let mut keys: Vec<(String, String)> = parts
            .iter()
            // Whether it is primary is no part of what an element is.
            .filter(|(name, _)| if has_value { matches!(name.as_str(), "value" | "type") } else { name.as_str() != "primary" })
            .map(|(name, value)| (name.clone(), attribute.sub_attribute(name).map_or_else(|| value.to_string(), |sub| key(sub, value))))
            .collect();
        keys.sort();
        Self(keys)
    }
}

fn key(attribute: &Attribute, value: &Value) -> String {
    comparison_key(attribute, value).unwrap_or_else(|| value.to_string())
}

/// Makes one of equal elements, at the place of the first: later sub-attributes win, and primary stays (S66).
pub(crate) fn collapse(attribute: &Attribute, elements: Vec<Value>) -> Vec<Value> {
    let mut places: HashMap<ElementKey, usize> = HashMap::with_capacity(elements.len());
    let mut kept: Vec<Value> = Vec::with_capacity(elements.len());
    for element in elements {
        let key = ElementKey::of(attribute, &element);
        let Some(first) = places.get(&key).and_then(|place| kept.get_mut(*place)) else {
            places.insert(key, kept.len());
            kept.push(element);
            continue;
        };
        let primary = is_primary(first) || is_primary(&element);
        match (first, element) {
            (Value::Object(first), Value::Object(later)) => {
                first.extend(later);
                if primary {
                    first.insert("primary".into(), Value::Bool(true));
                }
            }
            (first, later) => *first = later,
        }
    }
    kept
}

/// Whether the element is the primary one.
pub(crate) fn is_primary(element: &Value) -> bool {
    element.get("primary") == Some(&Value::Bool(true))
}

/// Refuses a second primary element (§2.4: "the value true MUST appear no more than once").
pub(crate) fn check_primary(path: &BoundPath, elements: &[Value]) -> Result<()> {
    if elements.iter().filter(|element| is_primary(element)).count() > 1 {
        return Err(Error::invalid_value(format!("`{path}` has more than one primary value: set `primary` to true once")));
    }
    Ok(())
}

/// Whether the element still says something beside how it is labelled.
pub(crate) fn has_content(element: &Document) -> bool {
    element.keys().any(|name| !matches!(name.as_str(), "type" | "primary" | "display"))
}

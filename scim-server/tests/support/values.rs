//! The JSON of fixtures: placeholders, and how a resource is compared with what is expected of it.

use std::collections::BTreeMap;

use serde_json::Value;

/// Puts the ids in the place of `{U}`, `{G}` ….
pub(crate) fn substitute(value: &Value, ids: &BTreeMap<String, String>) -> Value {
    match value {
        Value::String(text) => Value::String(substitute_text(text, ids)),
        Value::Array(list) => list.iter().map(|element| substitute(element, ids)).collect(),
        Value::Object(object) => object.iter().map(|(name, value)| (substitute_text(name, ids), substitute(value, ids))).collect(),
        other => other.clone(),
    }
}

pub(crate) fn substitute_text(text: &str, ids: &BTreeMap<String, String>) -> String {
    ids.iter().fold(text.to_owned(), |text, (name, id)| text.replace(&format!("{{{name}}}"), id))
}

/// A resource without what the server makes: `meta`, `schemas`, and of members and the manager all but `value` (S57, S80).
pub(crate) fn essence(resource: &Value) -> Value {
    let mut resource = resource.clone();
    if let Some(object) = resource.as_object_mut() {
        object.remove("meta");
        object.remove("schemas");
        if let Some(members) = object.get_mut("members").and_then(Value::as_array_mut) {
            for member in members.iter_mut() {
                *member = serde_json::json!({"value": member["value"]});
            }
            members.sort_by_key(|member| member["value"].to_string());
        }
        for (name, extension) in object.iter_mut().filter(|(name, _)| name.starts_with("urn:")) {
            let _ = name;
            if let Some(manager) = extension.get_mut("manager") {
                *manager = serde_json::json!({"value": manager["value"]});
            }
        }
    }
    resource
}

/// Whether everything in `expected` stands in `actual`: objects may have more members, arrays must have the same
/// length, unless `{"some": […]}` is expected, where each listed value must stand in some element.
pub(crate) fn contains(actual: &Value, expected: &Value) -> bool {
    match (actual, expected) {
        (Value::Array(actual), Value::Object(expected)) => match expected.get("some").and_then(Value::as_array) {
            Some(some) => some.iter().all(|expected| actual.iter().any(|found| contains(found, expected))),
            None => false,
        },
        (Value::Object(actual), Value::Object(expected)) => {
            expected.iter().all(|(name, value)| actual.get(name).is_some_and(|found| contains(found, value)))
        }
        (Value::Array(actual), Value::Array(expected)) => {
            actual.len() == expected.len() && actual.iter().zip(expected).all(|(found, value)| contains(found, value))
        }
        (actual, expected) => actual == expected,
    }
}

//! What a fixture expects of one answer and of the resources afterwards.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::exchange::Answer;
use super::values::{contains, essence};

/// Compares an answer, and the resources before and after, with a verdict; gives what is wrong.
pub(crate) fn judge(verdict: &Value, answer: &Answer, before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) -> Vec<String> {
    let mut wrong = Vec::new();
    let statuses = verdict["status"].as_array().expect("a verdict lists statuses");
    if !statuses.iter().any(|status| *status == answer.status) {
        wrong.push(format!("status {} instead of {}: {}", answer.status, verdict["status"], answer.body));
        return wrong;
    }
    if answer.status >= 400 {
        let body = &answer.body;
        let error = body["schemas"] == json!(["urn:ietf:params:scim:api:messages:2.0:Error"])
            && body["status"].as_str().is_some_and(|status| status.parse() == Ok(answer.status))
            && body["detail"].as_str().is_some_and(|detail| !detail.is_empty());
        if !error {
            wrong.push(format!("not a SCIM error: {body}"));
        }
    }
    if holds_null(&answer.body) {
        wrong.push(format!("a null was sent: {}", answer.body));
    }
    if let Some(expected) = verdict.get("scimType").filter(|expected| answer.body["scimType"] != **expected) {
        wrong.push(format!("scimType {} instead of {expected}: {}", answer.body["scimType"], answer.body["detail"]));
    }
    if let Some(list) = verdict.get("list") {
        let found: Vec<&Value> = answer.body["Resources"].as_array().into_iter().flatten().map(|resource| &resource["id"]).collect();
        let total_differs = list.get("total").is_some_and(|total| answer.body["totalResults"] != *total);
        let ids_differ = list.get("ids").and_then(Value::as_array).is_some_and(|ids| ids.iter().collect::<Vec<_>>() != found);
        if total_differs || ids_differ {
            wrong.push(format!("list of {} with {found:?} instead of {list}", answer.body["totalResults"]));
        }
    }
    if let Some(expected) = verdict.get("resource") {
        let mut expected = expected.clone();
        let absent = expected.as_object_mut().and_then(|object| object.shift_remove("absent"));
        if !contains(&answer.body, &expected) {
            wrong.push(format!("{} does not contain {expected}", answer.body));
        }
        for path in absent.as_ref().and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            if holds(&answer.body, path) {
                wrong.push(format!("{} has {path}", answer.body));
            }
        }
    }
    for (name, expected) in verdict["headers"].as_object().into_iter().flatten() {
        let found = answer.headers.get(&name.to_ascii_lowercase());
        let fits = |found: &String| match expected.as_str() {
            Some("{integer}") => !found.is_empty() && found.bytes().all(|byte| byte.is_ascii_digit()),
            Some(expected) => found.contains(expected),
            None => false,
        };
        if !found.is_some_and(fits) {
            wrong.push(format!("header {name}: {found:?} instead of {expected}"));
        }
    }
    judge_state(verdict, before, after, &mut wrong);
    wrong
}

fn judge_state(verdict: &Value, before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>, wrong: &mut Vec<String>) {
    match verdict.get("state") {
        None => {}
        Some(Value::String(state)) => {
            let fits = match state.as_str() {
                "unchanged" => before == after,
                "gone" => after.len() < before.len(),
                other => panic!("{other} is no state"),
            };
            if !fits {
                wrong.push(format!("not {state}: from {before:?} to {after:?}"));
            }
        }
        Some(state) => {
            let path = state["of"].as_str().expect("a state is of a resource");
            let (Some(old), Some(new)) = (before.get(path), after.get(path)) else {
                wrong.push(format!("{path} is not there"));
                return;
            };
            let mut expected = old.clone();
            for (name, value) in state["changed"].as_object().into_iter().flatten() {
                expected[name] = value.clone();
            }
            for name in state["removed"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                expected.as_object_mut().expect("a resource is an object").shift_remove(name);
            }
            if essence(new) != essence(&expected) {
                wrong.push(format!("{} instead of {}", essence(new), essence(&expected)));
            }
            for (other, old) in before.iter().filter(|(other, _)| *other != path) {
                if after.get(other).map(of_its_own) != Some(of_its_own(old)) {
                    wrong.push(format!("{other} changed too"));
                }
            }
        }
    }
    if verdict["state_unchanged_meta"] == true {
        for (path, old) in before {
            if after.get(path).is_some_and(|new| new["meta"] != old["meta"]) {
                wrong.push(format!("the version or time of {path} moved"));
            }
        }
    }
}

/// A resource without what other resources say about it.
fn of_its_own(resource: &Value) -> Value {
    let mut resource = essence(resource);
    if let Some(object) = resource.as_object_mut() {
        object.shift_remove("groups");
    }
    resource
}

fn holds_null(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(list) => list.iter().any(|value| value.is_null() || holds_null(value)),
        Value::Object(object) => object.values().any(|value| value.is_null() || holds_null(value)),
        _ => false,
    }
}

/// Whether the path leads to something; through an array, in any element.
fn holds(value: &Value, path: &str) -> bool {
    match value {
        Value::Array(list) => list.iter().any(|element| holds(element, path)),
        Value::Object(object) => {
            if object.contains_key(path) {
                return true;
            }
            object.iter().any(|(name, value)| {
                path.strip_prefix(name.as_str()).and_then(|rest| rest.strip_prefix('.')).is_some_and(|rest| holds(value, rest))
            })
        }
        _ => false,
    }
}

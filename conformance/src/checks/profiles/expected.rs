//! What a client compares after a change: its own values, and nothing of what a server adds to them.

use serde_json::Value;

use crate::check::Outcome;
use crate::session::Answer;

/// Whether a value says what is expected: objects have the expected members, arrays the expected elements in any order and no other, and
/// null stands for what is not there.
fn is_like(found: &Value, expected: &Value) -> bool {
    match expected {
        Value::Null => found.is_null() || found.as_array().is_some_and(Vec::is_empty),
        Value::Object(members) => members.iter().all(|(name, value)| is_like(found.get(name).unwrap_or(&Value::Null), value)),
        Value::Array(elements) => found.as_array().is_some_and(|all| {
            all.len() == elements.len() && elements.iter().all(|element| all.iter().any(|found| is_like(found, element)))
        }),
        _ => found == expected,
    }
}

/// Fails unless the resource in the body has these members, as [`is_like`] compares them.
///
/// # Errors
/// [`crate::check::Stop::Failed`] that names the first member that is otherwise.
pub(super) fn like(answer: &Answer, expected: &Value) -> Outcome {
    for (name, value) in expected.as_object().into_iter().flatten() {
        let found = answer.body.as_ref().and_then(|body| body.get(name)).unwrap_or(&Value::Null);
        let shown = |value: &Value| if value.is_null() { "absent".to_owned() } else { value.to_string() };
        answer.expect(is_like(found, value), format!("`{name}` is {}", shown(value)), format!("it is {}", shown(found)))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::is_like;

    #[test]
    fn what_a_server_adds_does_not_count_and_what_it_loses_does() {
        for (found, expected, like) in [
            (json!({ "value": "a", "$ref": "b" }), json!({ "value": "a" }), true),
            (json!({ "value": "a" }), json!({ "value": "a", "type": "work" }), false),
            (json!([{ "value": "b" }, { "value": "a" }]), json!([{ "value": "a" }, { "value": "b" }]), true),
            (json!([{ "value": "a" }, { "value": "b" }]), json!([{ "value": "a" }]), false),
            (json!([]), json!(null), true),
            (json!({ "value": "a" }), json!({ "value": null }), false),
            (json!({}), json!({ "value": null }), true),
            (json!("True"), json!(true), false),
        ] {
            assert_eq!(is_like(&found, &expected), like, "{found} {expected}");
        }
    }
}

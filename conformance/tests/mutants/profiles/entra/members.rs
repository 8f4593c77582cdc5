//! Mutants for the checks of memberships.

use serde_json::Value;

use super::super::forms::{fails, forgets, is, mistakes, on_operations, path, refuses};
use crate::deviation::{Answered, Mutant, mutant, on_request};

/// The first value of an operation on members.
fn first(op: &Value) -> &Value {
    &op["value"][0]
}

fn removes_one(op: &Value) -> bool {
    op["op"] == "remove" && path(op).starts_with("members[")
}

/// Takes away the `value` of an operation.
fn without_value(op: &mut Value) {
    if let Some(op) = op.as_object_mut() {
        op.shift_remove("value");
    }
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant(
            "entra-patch-without-schemas",
            fails(400, |asked| asked.method == "PATCH" && asked.json().is_object() && asked.json().get("schemas").is_none()),
        ),
        // Nothing is found to be done, and the server says that it is done.
        mutant(
            "entra-patch-operations-in-lower-case",
            on_request(|asked| asked.json().get("operations").is_some().then(|| Answered::empty(204))),
        ),
        mutant("entra-patch-stray-members", refuses("invalidSyntax", |op| op.get("name").is_some())),
        mutant("entra-members-add", refuses("invalidValue", |op| op["op"] == "add" && first(op).get("$ref").is_some_and(Value::is_null))),
        // The most harmful mistake: the value of a remove is not looked at.
        mutant(
            "entra-members-remove-listed",
            mistakes(|op| {
                if is(op, "remove", "members") && op["value"].as_array().is_some_and(|members| !members.is_empty()) {
                    without_value(op);
                }
            }),
        )
        .also(&[("entra-members-remove-a-stranger", "the same operation names somebody who is no member")]),
        mutant(
            "entra-members-remove-filtered",
            mistakes(|op| {
                if removes_one(op) {
                    op["path"] = "members".into();
                }
            }),
        )
        .also(&[
            ("entra-patch-without-schemas", "the same operation in another message"),
            ("entra-members-remove-several-filtered", "the same operation, twice"),
        ]),
        mutant(
            "entra-members-remove-several-filtered",
            on_operations(|operations| {
                if operations.iter().all(removes_one) {
                    operations.truncate(1);
                }
            }),
        ),
        mutant("entra-members-remove-all", forgets(|op| is(op, "remove", "members") && op.get("value").is_none())),
        mutant(
            "entra-members-remove-nobody",
            mistakes(|op| {
                if is(op, "remove", "members") && op["value"].as_array().is_some_and(Vec::is_empty) {
                    without_value(op);
                }
            }),
        ),
        mutant(
            "entra-members-add-again",
            on_request(|asked| {
                let operations = asked.operations();
                let is_plain = |op: &Value| is(op, "add", "members") && first(op).as_object().is_some_and(|member| member.len() == 1);
                let is_one = operations.len() == 1 && operations.iter().all(is_plain) && operations[0]["value"][1].is_null();
                is_one.then(|| Answered::error(409, "uniqueness"))
            }),
        ),
        mutant(
            "entra-members-remove-a-stranger",
            refuses("noTarget", |op| is(op, "remove", "members") && first(op).as_object().is_some_and(|member| member.len() == 1)),
        ),
        mutant(
            "entra-members-add-and-remove",
            on_operations(|operations| {
                if operations.len() == 2 && is(&operations[0], "add", "members") && removes_one(&operations[1]) {
                    operations.reverse();
                }
            }),
        ),
        mutant("entra-members-bare-string", refuses("invalidValue", |op| path(op) == "members" && op["value"].is_string())),
        mutant(
            "entra-members-replace",
            mistakes(|op| {
                if is(op, "replace", "members") {
                    op["op"] = "add".into();
                }
            }),
        ),
        mutant("entra-members-unknown", refuses("invalidValue", |op| op["value"].to_string().contains("00000000-0000"))),
        mutant(
            "entra-members-many",
            fails(413, |asked| asked.operations().iter().any(|op| op["value"].as_array().is_some_and(|members| members.len() > 500))),
        ),
    ]
}

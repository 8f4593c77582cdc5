//! Mutants for the checks of what Entra sends with the flag `aadOptscim062020`.

use conformance::model::ENTERPRISE;
use serde_json::{Value, json};

use super::forms::{fails, forgets, is, mistakes, on_operations, path, refuses};
use crate::deviation::{Mutant, mutant};

/// The value of an operation without a path.
fn folded(op: &Value) -> &Value {
    if path(op).is_empty() { &op["value"] } else { &Value::Null }
}

/// Whether an operation without a path has a key for which that holds.
fn has_key(op: &Value, holds: fn(&str) -> bool) -> bool {
    folded(op).as_object().is_some_and(|members| members.keys().any(|key| holds(key)))
}

fn removes_one(op: &Value) -> bool {
    op["op"] == "remove" && path(op).starts_with("members[")
}

/// What the operation has under that key replaces all that was there.
fn replaces_whole(op: &mut Value, key: &str) {
    if folded(op)[key].is_object() {
        let value = op["value"][key].clone();
        let all = json!({ "name": { "givenName": "" }, ENTERPRISE: { "employeeNumber": "" } });
        let mut whole = all[key].clone();
        for (name, value) in value.as_object().into_iter().flatten() {
            whole[name] = value.clone();
        }
        op["value"][key] = whole;
    }
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant("entra-optscim-null-folded", refuses("invalidValue", |op| folded(op).get("nickName").is_some_and(Value::is_null))),
        mutant("entra-optscim-flag-on-every-request", fails(400, |asked| asked.query == "aadOptscim062020" && asked.method == "POST")),
        mutant("entra-optscim-dotted-keys", refuses("invalidPath", |op| has_key(op, |key| key.starts_with("name.")))),
        mutant("entra-optscim-urn-keys", refuses("invalidPath", |op| has_key(op, |key| key.ends_with("2.0:User:employeeNumber")))),
        mutant(
            "entra-optscim-mixed",
            on_operations(|operations| {
                if operations.iter().any(|op| !path(op).is_empty()) {
                    operations.retain(|op| !path(op).is_empty());
                }
            }),
        ),
        mutant("entra-optscim-nested-objects", mistakes(|op| replaces_whole(op, "name"))),
        mutant("entra-optscim-nested-extension", mistakes(|op| replaces_whole(op, ENTERPRISE))),
        mutant("entra-optscim-value-path-as-key", refuses("invalidPath", |op| has_key(op, |key| key.contains('[')))),
        mutant("entra-optscim-disable", forgets(|op| is(op, "replace", "active"))),
        mutant("entra-optscim-disable-folded", refuses("mutability", |op| folded(op)["active"] == false)),
        mutant("entra-optscim-restore-folded", refuses("mutability", |op| folded(op)["active"] == true)),
        mutant("entra-optscim-rename-folded", refuses("mutability", |op| folded(op)["userName"].is_string())),
        mutant("entra-optscim-manager", forgets(|op| op["op"] == "remove" && path(op).ends_with(":manager"))),
        mutant("entra-optscim-roles", refuses("invalidPath", |op| path(op) == "roles")),
        // Who is added replaces who was there.
        mutant(
            "entra-optscim-members-add",
            mistakes(|op| {
                if is(op, "add", "members") {
                    op["op"] = "replace".into();
                }
            }),
        ),
        mutant(
            "entra-optscim-members-remove",
            mistakes(|op| {
                if removes_one(op) {
                    op["path"] = "members".into();
                }
            }),
        )
        .also(&[("entra-optscim-members-remove-several", "the same operation, twice")]),
        mutant(
            "entra-optscim-members-remove-several",
            on_operations(|operations| {
                if operations.iter().all(removes_one) {
                    operations.truncate(1);
                }
            }),
        ),
        mutant(
            "entra-optscim-group-folded",
            mistakes(|op| {
                if folded(op).get("externalId").is_some() {
                    op["value"]["members"] = json!([]);
                }
            }),
        ),
    ]
}

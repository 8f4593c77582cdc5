//! Mutants for the checks of the forms of PATCH.

use serde_json::Value;

use super::super::forms::{forgets, is, on_operations, path, refuses};
use crate::deviation::{Answered, Mutant, mutant, on_answer, on_request};

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant("entra-patch-several-attributes", forgets(|op| path(op) == "name.familyName")),
        mutant(
            "entra-patch-capitalised-op",
            refuses("invalidSyntax", |op| op["op"].as_str().is_some_and(|op| op.starts_with(char::is_uppercase))),
        ),
        // Only operations with a path count where one has.
        mutant(
            "entra-patch-replace-mixed",
            on_operations(|operations| {
                if operations.iter().any(|op| !path(op).is_empty()) {
                    operations.retain(|op| !path(op).is_empty());
                }
            }),
        ),
        mutant("entra-patch-array-for-one-value", refuses("invalidValue", |op| path(op) == "displayName" && op["value"].is_array())),
        mutant("entra-patch-core-urn", refuses("invalidPath", |op| path(op).starts_with("urn:ietf:params:scim:schemas:core:"))),
        mutant("entra-patch-extension-urn", refuses("invalidPath", |op| path(op).ends_with("2.0:User:employeeNumber"))),
        mutant("entra-patch-dot-after-urn", refuses("invalidPath", |op| path(op).ends_with("2.0:User.department"))),
        mutant(
            "entra-patch-add-replaces-one-value",
            refuses("invalidValue", |op| is(op, "add", "displayName") && op["value"] == "Ana Ruiz"),
        ),
        mutant(
            "entra-patch-without-operations",
            on_request(|asked| {
                let is_empty = asked.method == "PATCH" && asked.json()["Operations"].as_array().is_some_and(Vec::is_empty);
                is_empty.then(|| Answered::error(400, "invalidSyntax"))
            }),
        ),
        mutant("entra-patch-unknown-path", refuses("invalidPath", |op| path(op) == "favouriteColour")),
        mutant("entra-patch-read-only-unchanged", refuses("mutability", |op| op["value"].get("id").is_some())),
        mutant(
            "entra-patch-in-order",
            on_operations(|operations| {
                if operations.first().is_some_and(|op| is(op, "remove", "displayName")) {
                    operations.reverse();
                }
            }),
        ),
        // Every look at it counts as a change.
        mutant(
            "entra-patch-without-change",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && answered.json()["displayName"] == "Ana Díaz" {
                    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_nanos();
                    answered.edit(|user| user["meta"]["lastModified"] = Value::from(format!("{now}")));
                }
            }),
        ),
        // The good operations are applied, and the bad one is told of.
        mutant(
            "entra-patch-all-or-nothing",
            on_operations(|operations| operations.retain(|op| op["value"] != "maybe")).and_answer(|asked, answered| {
                if asked.operations().iter().any(|op| op["value"] == "maybe") {
                    *answered = Answered::error(400, "invalidValue");
                }
            }),
        ),
    ]
}

//! Mutants for the checks of what goes away.

use serde_json::Value;

use super::super::forms::{is, mistakes, path, refuses};
use crate::deviation::{Mutant, mutant};

/// Whether an operation has the member `value`, and it is null.
fn has_null(op: &Value) -> bool {
    op.get("value").is_some_and(Value::is_null)
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        // The value is written, because there is one.
        mutant(
            "entra-remove-with-value",
            mistakes(|op| {
                if is(op, "remove", "emails[type eq \"work\"].value") {
                    op["op"] = "replace".into();
                }
            }),
        ),
        mutant(
            "entra-remove-element",
            mistakes(|op| {
                if is(op, "remove", "emails[type eq \"work\"]") {
                    op["path"] = "emails".into();
                }
            }),
        ),
        mutant("entra-remove-what-is-not-there", refuses("noTarget", |op| is(op, "remove", "title"))),
        mutant("entra-empty-string", refuses("invalidValue", |op| path(op) == "title" && op["value"] == ""))
            .also(&[("entra-workflow-null-update", "Microsoft's gallery workflow does the same with all attributes at once")]),
        mutant("entra-null", refuses("invalidValue", |op| path(op) == "title" && has_null(op)))
            .also(&[("entra-workflow-null-update", "Microsoft's gallery workflow does the same with all attributes at once")]),
        mutant("entra-null-through-value-path", refuses("invalidValue", |op| path(op) == "emails[type eq \"work\"].value" && has_null(op))),
    ]
}

//! Mutants for the checks of the manager.

use conformance::model::ENTERPRISE;
use serde_json::Value;

use super::super::forms::{forgets, path, refuses};
use crate::deviation::{Mutant, mutant};

/// The text of no manager that the validator sends.
const UNKNOWN: &str = "QWERTZUIOPLK";

/// The value of an operation on the manager as a whole.
fn manager(op: &Value) -> Option<&Value> {
    let is_manager = path(op).strip_prefix(ENTERPRISE) == Some(":manager");
    op.get("value").filter(|_| is_manager)
}

/// The `value` within it, if it is an object.
fn id(op: &Value) -> Option<&str> {
    manager(op)?.get("value")?.as_str()
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant(
            "entra-manager-bare-id",
            refuses("invalidValue", |op| manager(op).is_some_and(|value| value.as_str().is_some_and(|id| !id.is_empty()))),
        ),
        mutant("entra-manager-object", refuses("invalidValue", |op| id(op).is_some_and(|id| !id.is_empty() && id != UNKNOWN))),
        mutant("entra-manager-short-path", refuses("invalidPath", |op| path(op) == "manager")),
        mutant("entra-manager-value-path", refuses("invalidPath", |op| path(op).ends_with(":manager.value"))),
        mutant("entra-manager-cleared-by-empty-string", refuses("invalidValue", |op| manager(op).is_some_and(|value| value == ""))),
        mutant("entra-manager-cleared-by-empty-object", forgets(|op| id(op) == Some(""))),
        mutant("entra-manager-cleared-by-null", refuses("invalidValue", |op| manager(op).is_some_and(Value::is_null))),
        mutant("entra-manager-removed", forgets(|op| op["op"] == "remove" && path(op).ends_with(":manager"))),
        mutant("entra-manager-unknown", refuses("invalidValue", |op| id(op) == Some(UNKNOWN))),
    ]
}

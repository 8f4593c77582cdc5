//! Mutants for the checks of groups.

use serde_json::{Value, json};

use super::super::forms::{is, on_operations, path, refuses, refuses_new};
use crate::deviation::{Answered, Mutant, mutant, on_answer, on_request};

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant(
            "entra-group-rename-folded",
            refuses("invalidPath", |op| path(op).is_empty() && op["value"]["displayName"].is_string() && op["value"].get("id").is_none()),
        ),
        mutant(
            "entra-group-create",
            refuses_new("/Groups", "invalidValue", |group| group["schemas"].to_string().contains("schemas.microsoft.com")),
        ),
        mutant(
            "entra-group-duplicate",
            on_answer(|asked, answered| {
                if asked.is("POST", "/Groups") && answered.status == 409 {
                    *answered = Answered::with(201, json!({ "id": "of the same name" }));
                }
            }),
        ),
        // What is not named is unassigned.
        mutant(
            "entra-group-keeps-members",
            on_operations(|operations| {
                for op in operations.iter_mut().filter(|op| path(op).is_empty() && op["value"].get("externalId").is_some()) {
                    op["value"]["members"] = json!([]);
                }
            }),
        ),
        mutant("entra-group-external-id", refuses("mutability", |op| is(op, "add", "externalId"))),
        mutant(
            "entra-group-rename",
            on_request(|asked| {
                if asked.method == "PATCH" && asked.path.starts_with("/Groups/") {
                    asked.edit(|body| {
                        if let Some(operations) = body.get_mut("Operations").and_then(Value::as_array_mut) {
                            operations.retain(|op| path(op) != "displayName");
                        }
                    });
                }
                None
            }),
        ),
        mutant(
            "entra-group-patch-answer",
            on_answer(|asked, answered| {
                if asked.is_one("PATCH") && asked.path.starts_with("/Groups/") && answered.status == 204 {
                    answered.status = 200;
                }
            }),
        ),
    ]
}

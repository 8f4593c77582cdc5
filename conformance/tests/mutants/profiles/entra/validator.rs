//! Mutants for the checks of what else Microsoft tests.

use super::super::forms::{fails, forgets, is, on_operations, path, refuses, refuses_filter, refuses_new};
use crate::deviation::{Answered, Deviation, Mutant, mutant, on_answer};

/// What cannot be deleted, because it is not there, is said to be deleted.
fn deletes_nothing(prefix: &'static str) -> Deviation {
    on_answer(move |asked, answered| {
        if asked.is_one("DELETE") && asked.path.starts_with(prefix) && answered.status == 404 {
            *answered = Answered::empty(204);
        }
    })
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant("entra-reference-filters", refuses_filter(|filter| filter.contains(" gt "))),
        mutant("entra-reference-put", fails(400, |asked| asked.method == "PUT" && asked.json().get("displayNme").is_some())),
        mutant("entra-validator-delete-unknown-user", deletes_nothing("/Users/00000000-0000")),
        mutant("entra-validator-delete-unknown-group", deletes_nothing("/Groups/00000000-0000")),
        mutant("entra-validator-delete-group-twice", deletes_nothing("/Groups/"))
            .also(&[("entra-validator-delete-unknown-group", "a group that was deleted is unknown")]),
        mutant(
            "entra-validator-different-attributes",
            on_operations(|operations| {
                if operations.first().is_some_and(|op| is(op, "remove", "nickName")) {
                    operations.truncate(1);
                }
            }),
        ),
        mutant("entra-workflow-update-user", forgets(|op| path(op) == "userType")),
        mutant("entra-workflow-null-update", refuses("invalidValue", |op| path(op) == "userType" && op["value"] == "")),
        mutant("entra-workflow-create-again-after-disable", refuses_new("/Users", "uniqueness", |user| user["title"] == "Back")),
    ]
}

//! Mutants for the checks of what the custom SCIM connector of JumpCloud sends.

use serde_json::Value;

use crate::deviation::{Answered, Mutant, mutant, on_answer, on_request};

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        // Groups can be made and never removed.
        mutant(
            "jumpcloud-connection-test",
            on_request(|asked| (asked.method == "DELETE" && asked.path.starts_with("/Groups/")).then(|| Answered::error(501, ""))),
        ),
        // What is removed twice is a failure of the server.
        mutant(
            "jumpcloud-connection-test",
            on_answer(|asked, answered| {
                if asked.is_one("DELETE") && answered.status == 404 {
                    *answered = Answered::error(500, "");
                }
            }),
        ),
        mutant(
            "jumpcloud-removes-members-by-value",
            on_request(|asked| {
                if asked.operations().first().is_some_and(|operation| operation["op"] == "remove") {
                    asked.edit(without_value);
                }
                None
            }),
        ),
    ]
}

/// The first operation says no more what is to be removed.
fn without_value(message: &mut Value) {
    if let Some(operation) = message["Operations"][0].as_object_mut() {
        operation.shift_remove("value");
    }
}

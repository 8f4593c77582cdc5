//! Mutants for the checks of what is known of single other clients.

use serde_json::{Value, json};

use crate::deviation::{Answered, Mutant, mutant, on_answer, on_request};

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant(
            "other-removes-members-in-an-object",
            on_request(|asked| {
                if asked.operations().first().is_some_and(|operation| operation["op"] == "remove" && operation["value"].is_object()) {
                    asked.edit(without_value);
                }
                None
            }),
        ),
        mutant(
            "other-adds-members-without-path",
            on_request(|asked| {
                if asked.operations().first().is_some_and(|operation| operation["value"].get("members").is_some()) {
                    asked.edit(|body| {
                        if body["Operations"][0]["op"] == "add" {
                            body["Operations"][0]["op"] = "replace".into();
                        }
                    });
                }
                None
            }),
        ),
        mutant(
            "other-adds-extension-without-path",
            on_request(|asked| {
                let value = asked.operations().first().map(|operation| operation["value"].clone()).unwrap_or_default();
                let has_urn = value.as_object().is_some_and(|value| value.keys().any(|key| key.starts_with("urn:")));
                has_urn.then(|| Answered::error(400, "invalidPath"))
            }),
        ),
        mutant(
            "other-group-rename-with-id",
            on_request(|asked| {
                let has_id = asked.operations().iter().any(|operation| operation["value"].get("id").is_some());
                has_id.then(|| Answered::error(400, "mutability"))
            }),
        ),
        // Groups are found whoever is in them.
        mutant(
            "other-groups-of-a-member",
            on_request(|asked| {
                if asked.parameter("attributes").is_none() {
                    asked.remove_parameter("filter");
                }
                None
            }),
        ),
        mutant(
            "other-projects-sub-attributes",
            on_answer(|asked, answered| {
                if asked.parameter("attributes").is_some() {
                    answered.edit_list(|groups| groups.iter_mut().for_each(|group| group["members"] = json!([])));
                }
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

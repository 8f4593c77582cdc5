//! Mutants for the checks of RFC 7643 §4.2: groups.

use serde_json::json;

use crate::deviation::{Answered, Mutant, mutant, on_answer, on_request};

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant(
            "7643-4.2-display-name",
            on_answer(|asked, answered| {
                if asked.is("POST", "/Groups") && asked.json()["displayName"].is_null() && asked.json()["schemas"].is_array() {
                    *answered = Answered::with(201, json!({ "id": "nameless" }));
                }
            }),
        ),
        // Nobody is taken out of a group.
        mutant(
            "7643-4.2-members-change",
            on_request(|asked| {
                let operation = asked.operations().first().cloned().unwrap_or_default();
                let removes =
                    operation["op"] == "remove" && operation["path"].as_str().is_some_and(|path| path.starts_with("members[value"));
                (asked.is_one("PATCH") && removes).then(|| Answered::empty(204))
            }),
        ),
        mutant(
            "7643-4.2-members-immutable",
            on_answer(|asked, answered| {
                let path = asked.operations().first().map(|operation| operation["path"].clone()).unwrap_or_default();
                if asked.is_one("PATCH") && path.as_str().is_some_and(|path| path.starts_with("members[") && path.ends_with("].value")) {
                    *answered = Answered::empty(204);
                }
            }),
        ),
        mutant(
            "7643-4.2-member-references",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && asked.path.starts_with("/Groups") {
                    answered.edit(|body| {
                        let is_it = body["displayName"].as_str().is_some_and(|name| name.starts_with("references "));
                        if is_it && body["members"][0]["value"].is_string() {
                            body["members"][0]["value"] = body["members"][0]["$ref"].clone();
                        }
                    });
                }
            }),
        ),
        mutant(
            "7643-4.2-nested-groups",
            on_request(|asked| {
                let nested = asked.json()["members"][0]["type"] == "Group";
                (asked.is("POST", "/Groups") && nested).then(|| Answered::error(400, "invalidValue"))
            }),
        ),
        mutant(
            "7643-4.2-required-value",
            on_answer(|asked, answered| {
                if asked.is("GET", "/Schemas") {
                    answered.edit_list(|schemas| {
                        let attributes = schemas.iter_mut().filter_map(|schema| schema["attributes"].as_array_mut()).flatten();
                        let members = attributes.filter(|attribute| attribute["name"] == "members");
                        let parts = members.filter_map(|members| members["subAttributes"].as_array_mut()).flatten();
                        parts.filter(|part| part["name"] == "value").for_each(|value| value["required"] = true.into());
                    });
                }
                if asked.is("POST", "/Groups") && asked.json()["members"][0] == json!({ "display": "nobody" }) {
                    *answered = Answered::with(201, json!({ "id": "of-nobody" }));
                }
            }),
        ),
    ]
}

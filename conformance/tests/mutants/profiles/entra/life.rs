//! Mutants for the checks of a user's life.

use serde_json::json;

use super::super::forms::{fails, path, refuses};
use crate::deviation::{Answered, Asked, Mutant, mutant, on_answer, on_request};

fn is_unknown(asked: &Asked) -> bool {
    asked.path.contains("00000000-0000")
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant("entra-disable-string", refuses("invalidValue", |op| path(op) == "active" && op["value"] == "False")),
        // What an operation means is decided when `schemas` has been read.
        mutant(
            "entra-disable-boolean",
            fails(400, |asked| {
                let body = String::from_utf8_lossy(&asked.body);
                asked.method == "PATCH" && body.starts_with("{\"Operations\"") && body.contains("\"active\"")
            }),
        ),
        mutant(
            "entra-disabled-is-found",
            on_answer(|asked, answered| {
                if asked.is("GET", "/Users") && asked.parameter("filter").is_some() {
                    answered.edit_list(|users| users.retain(|user| user["active"] != false));
                }
            }),
        ),
        mutant(
            "entra-disabled-is-read",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && answered.json()["active"] == false {
                    *answered = Answered::error(404, "");
                }
            }),
        ),
        // Who is disabled is deleted.
        mutant(
            "entra-disabled-keeps-memberships",
            on_request(|asked| {
                if asked.method == "PATCH" && asked.operations().iter().any(|op| path(op) == "active" && op["value"] == false) {
                    asked.method = "DELETE".into();
                    asked.body = Vec::new();
                }
                None
            }),
        ),
        mutant("entra-restore", refuses("invalidValue", |op| path(op) == "active" && op["value"] == "True")),
        mutant("entra-rename", refuses("mutability", |op| op["value"].get("userName").is_some())),
        mutant(
            "entra-rename-to-a-taken-name",
            on_answer(|asked, answered| {
                if asked.is_one("PATCH") && answered.status == 409 {
                    *answered = Answered::error(400, "invalidValue");
                }
            }),
        ),
        mutant(
            "entra-patch-unknown-user",
            on_answer(|asked, answered| {
                if asked.is_one("PATCH") && answered.status == 404 {
                    *answered = Answered::error(400, "invalidValue");
                }
            }),
        ),
        mutant(
            "entra-delete-twice",
            on_answer(|asked, answered| {
                if asked.is_one("DELETE") && asked.path.starts_with("/Users/") && !is_unknown(asked) && answered.status == 404 {
                    *answered = Answered::empty(204);
                }
            }),
        ),
        mutant(
            "entra-deleted-is-gone",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && answered.status == 404 {
                    *answered = Answered::with(200, json!({ "id": "still there", "active": false }));
                }
            }),
        ),
        mutant(
            "entra-deleted-leaves-groups",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && asked.path.starts_with("/Groups/") {
                    answered.edit(|group| {
                        let is_left = group["displayName"].as_str().is_some_and(|name| name.ends_with("whom somebody leaves"));
                        if is_left {
                            group["members"] = json!([{ "value": "gone" }]);
                        }
                    });
                }
            }),
        ),
    ]
}

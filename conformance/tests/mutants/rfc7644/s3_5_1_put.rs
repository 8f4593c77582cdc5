//! Mutants for the checks of RFC 7644 §3.5, §3.5.1: replacing with PUT.

use serde_json::json;

use crate::deviation::{Answered, Mutant, mutant, on_answer, on_request};

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant(
            "7644-3.5-put",
            on_request(|asked| {
                (asked.is_one("PUT") && asked.json()["displayName"] == "PUT is supported").then(|| Answered::error(501, ""))
            }),
        ),
        mutant(
            "7644-3.5-patch",
            on_request(|asked| {
                let is_asked = asked.method == "PATCH" && asked.operations().iter().any(|one| one["value"] == "PATCH is supported");
                is_asked.then(|| Answered::error(501, ""))
            }),
        ),
        mutant(
            "7644-3.5.1-creates-nothing",
            on_answer(|asked, answered| {
                if asked.is_one("PUT") && answered.status == 404 && asked.header("if-match").is_none() {
                    *answered = Answered::with(201, json!({ "id": "chosen" }));
                }
            }),
        )
        .also(&[
            ("7644-3.6-deleted", "PUT is one of all operations, and makes the deleted resource anew"),
            ("beyond-isolation-put", "for one tenant the resource of another is none"),
        ]),
        // The old value stays beside the new one.
        mutant(
            "7644-3.5.1-replaced",
            on_request(|asked| {
                if asked.is_one("PUT") {
                    asked.edit(|body| {
                        if let Some(emails) = body.get_mut("emails").and_then(|emails| emails.as_array_mut()) {
                            emails.retain(|email| email["type"] != "home");
                        }
                    });
                }
                None
            }),
        ),
        mutant(
            "7644-3.5.1-omitted",
            on_request(|asked| {
                if asked.is_one("PUT") && asked.path.starts_with("/Users/") && asked.json().get("displayName").is_none() {
                    asked.edit(|body| body["displayName"] = "a default".into());
                }
                None
            }),
        ),
        // The value of the creation was not kept, so that another one is taken.
        mutant(
            "7644-3.5.1-immutable",
            on_request(|asked| {
                if asked.is_type("POST") && asked.json()["maker"] == "set once" {
                    asked.edit(|body| {
                        body.as_object_mut().expect("an object").shift_remove("maker");
                    });
                }
                None
            }),
        ),
        // A client may not even repeat the value.
        mutant(
            "7644-3.5.1-immutable",
            on_request(|asked| {
                let repeats = asked.is_one("PUT") && asked.json()["maker"] == "set once";
                repeats.then(|| Answered::error(400, "mutability"))
            }),
        ),
        mutant(
            "7644-3.5.1-immutable-refused",
            on_answer(|asked, answered| {
                if asked.is_one("PUT") && answered.is_scim_type("mutability") {
                    *answered = Answered::with(200, json!({ "id": "as-it-was" }));
                }
            }),
        )
        .also(&[("7643-7-mutability-immutable", "what is immutable is not updated")]),
        mutant(
            "7644-3.5.1-immutable-first",
            on_request(|asked| {
                let is_first = asked.is_one("PUT") && asked.json()["maker"] == "set later";
                is_first.then(|| Answered::error(400, "mutability"))
            }),
        ),
        mutant(
            "7644-3.5.1-read-only",
            on_request(|asked| {
                let has_groups = asked.is_one("PUT") && asked.json()["groups"].is_array();
                has_groups.then(|| Answered::error(400, "invalidValue"))
            }),
        ),
        mutant(
            "7644-3.5.1-entire-resource",
            on_answer(|asked, answered| {
                if asked.is_one("PUT") && answered.status == 200 {
                    answered.remove("userName");
                }
            }),
        ),
        mutant(
            "7644-3.5.1-uniqueness",
            on_answer(|asked, answered| {
                if asked.is_one("PUT") && answered.status == 409 {
                    *answered = Answered::with(200, json!({ "id": "another" }));
                }
            }),
        )
        .also(&[("7643-7-uniqueness-status", "the value is not refused at all")]),
        mutant(
            "7644-3.5.1-identity",
            on_answer(|asked, answered| {
                if asked.is_one("PUT") && answered.status == 200 {
                    answered.edit(|body| body["meta"]["created"] = "2001-02-03T04:05:06Z".into());
                }
            }),
        )
        .also(&[
            ("7643-3.1-created", "the time of creation does not change"),
            ("7643-7-mutability-read-only", "what is readOnly is not modified"),
        ]),
        mutant(
            "7644-3.5.1-if-match",
            on_request(|asked| {
                if asked.is_one("PUT") && asked.json()["displayName"] == "too late" {
                    asked.remove_header("if-match");
                }
                None
            }),
        ),
    ]
}

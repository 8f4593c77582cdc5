//! Mutants for the checks of RFC 7643 §4.1: users.

use serde_json::{Value, json};

use crate::deviation::{Answered, Asked, Mutant, mutant, on_answer, on_request};

pub(super) fn mutants() -> Vec<Mutant> {
    let mut mutants = singular();
    mutants.extend(several());
    mutants
}

fn says(asked: &Asked, text: &str) -> bool {
    String::from_utf8_lossy(&asked.body).contains(text)
}

/// A second user of that name is created.
fn created_again(asked: &Asked, answered: &mut Answered, name: &str) {
    let is_name = asked.json()["userName"].as_str().is_some_and(|sent| sent.starts_with(name));
    if asked.is("POST", "/Users") && is_name && answered.status == 409 {
        *answered = Answered::with(201, json!({ "id": "a-second-one" }));
    }
}

fn singular() -> Vec<Mutant> {
    vec![
        mutant(
            "7643-4.1.1-user-name-required",
            on_answer(|asked, answered| {
                if asked.is("POST", "/Users") && asked.json()["userName"] == "" {
                    *answered = Answered::with(201, json!({ "id": "nameless" }));
                }
            }),
        ),
        mutant("7643-4.1.1-user-name-unique", on_answer(|asked, answered| created_again(asked, answered, "taken-"))),
        mutant("7643-4.1.1-user-name-without-case", on_answer(|asked, answered| created_again(asked, answered, "CaseD-"))),
        mutant(
            "7643-4.1.1-name",
            on_answer(|asked, answered| {
                let is_barbara = answered.json()["name"]["givenName"] == "Barbara";
                if asked.is_one("GET") && is_barbara {
                    answered.edit(|body| body["name"]["formatted"] = "Barbara Jensen".into());
                }
            }),
        ),
        mutant(
            "7643-4.1.1-texts",
            on_answer(|asked, answered| {
                let body = answered.json();
                if asked.is_one("GET") && body["timezone"] == "America/Los_Angeles" && body["emails"].is_null() {
                    answered.edit(|body| body["timezone"] = "UTC-8".into());
                }
            }),
        ),
        mutant(
            "7643-4.1.1-formats",
            on_request(|asked| {
                (asked.is("POST", "/Users") && asked.json()["locale"] == "en_US").then(|| Answered::error(400, "invalidValue"))
            }),
        ),
        mutant(
            "7643-4.1.1-active",
            on_request(|asked| {
                if asked.is_one("PUT") && asked.json()["active"] == false {
                    asked.edit(|body| body["active"] = true.into());
                }
                None
            }),
        ),
        // The hash is shown.
        mutant(
            "7643-4.1.1-password-returned",
            on_answer(|asked, answered| {
                if asked.is_one("PUT") && says(asked, "\"Pw-2!") {
                    answered.edit(|body| body["password"] = "$2b$10$abcdefghijklmnopqrstuv".into());
                }
            }),
        ),
        mutant(
            "7643-4.1.1-password-filter",
            on_request(|asked| {
                let asks = asked.parameter("filter").is_some_and(|filter| filter.starts_with("password eq \"Pw-1!"));
                asks.then(|| Answered::error(403, "sensitive"))
            }),
        ),
        mutant(
            "7643-4.1.1-password-schema",
            on_answer(|asked, answered| {
                if asked.is("GET", "/Schemas") {
                    answered.edit_list(|schemas| {
                        let attributes = schemas.iter_mut().filter_map(|schema| schema["attributes"].as_array_mut()).flatten();
                        attributes
                            .filter(|attribute| attribute["name"] == "password")
                            .for_each(|password| password["returned"] = "request".into());
                    });
                }
            }),
        ),
        // It stands where nobody looks for it.
        mutant(
            "7643-4.1.1-password-in-any-form",
            on_answer(|asked, answered| {
                let sent = asked.json()["password"].clone();
                if asked.is_one("PUT") && says(asked, "\"Pw-3!") {
                    answered.edit(|body| body["urn:example:debug"] = json!({ "received": sent }));
                }
            }),
        ),
    ]
}

fn several() -> Vec<Mutant> {
    vec![
        // Addresses are cut at the plus.
        mutant(
            "7643-4.1.2-canonical-values",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && answered.json()["emails"][0]["value"] == "babs.jensen+scim@example.com" {
                    answered.edit(|body| body["emails"][0]["value"] = "babs.jensen@example.com".into());
                }
            }),
        ),
        mutant(
            "7643-4.1.2-values",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && answered.json()["entitlements"][0]["value"] == "printer:3rd-floor" {
                    answered.remove("entitlements");
                }
            }),
        ),
        mutant(
            "7643-4.1.2-forms",
            on_answer(|asked, answered| {
                if asked.is("POST", "/Users") && says(asked, "bjensen@EXAMPLE.COM") && !answered.is_error() {
                    answered.edit(|body| body["emails"][0]["value"] = "BJENSEN@EXAMPLE.COM".into());
                }
            }),
        ),
        mutant(
            "7643-4.1.2-groups",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && asked.path.starts_with("/Users") {
                    answered.edit(|body| {
                        if body["groups"][0]["type"] == "direct" {
                            body["groups"][0]["type"] = "member".into();
                        }
                    });
                }
            }),
        ),
        mutant(
            "7643-4.1.2-groups-read-only",
            on_answer(|asked, answered| {
                let named = asked.json()["groups"].clone();
                if asked.is_one("PUT") && named[0]["value"].is_string() && answered.status == 200 {
                    answered.edit(|body| body["groups"] = named);
                }
            }),
        ),
        mutant(
            "7643-4.1.2-indirect-groups",
            on_request(|asked| {
                let is_group = |member: &Value| member["type"] == "Group";
                let nested = asked.json()["members"].as_array().is_some_and(|members| members.iter().any(is_group));
                (asked.is("POST", "/Groups") && nested).then(|| Answered::error(400, "invalidValue"))
            }),
        ),
    ]
}

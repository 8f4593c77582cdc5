//! Mutants for the checks of creation.

use conformance::model::ENTERPRISE;
use serde_json::{Value, json};

use super::super::forms::refuses_new;
use crate::deviation::{Answered, Asked, Mutant, mutant, on_answer, on_request};

/// The user of the check that creates one a second time.
fn comes_back(asked: &Asked) -> bool {
    let body = asked.json();
    let name = body["externalId"].as_str().map(|name| format!("{name}@example.com"));
    asked.is("POST", "/Users") && name.is_some_and(|name| body["userName"] == name)
}

pub(super) fn mutants() -> Vec<Mutant> {
    let refuses = |check, scim_type, holds| mutant(check, refuses_new("/Users", scim_type, holds));
    vec![
        // Only one of the phone numbers is kept.
        mutant(
            "entra-create-whole",
            on_request(|asked| {
                if asked.is("POST", "/Users") {
                    asked.edit(|user| {
                        let phones = user.get_mut("phoneNumbers").and_then(Value::as_array_mut);
                        phones.into_iter().for_each(|phones| phones.truncate(1));
                    });
                }
                None
            }),
        ),
        refuses("entra-create-active-as-string", "invalidValue", |user| user["active"].is_string()),
        refuses("entra-create-null-members", "invalidValue", |user| user.get("addresses").is_some_and(Value::is_null)),
        refuses("entra-create-enterprise-at-the-top", "invalidSyntax", |user| user.get("department").is_some()),
        // The extension is lost.
        mutant(
            "entra-create-extension-not-in-schemas",
            on_request(|asked| {
                if asked.is("POST", "/Users") {
                    asked.edit(|user| {
                        let is_listed = user["schemas"].as_array().is_some_and(|schemas| schemas.iter().any(|urn| urn == ENTERPRISE));
                        if !is_listed && let Some(members) = user.as_object_mut() {
                            members.shift_remove(ENTERPRISE);
                        }
                    });
                }
                None
            }),
        ),
        refuses("entra-create-misspelt-schema", "invalidValue", |user| user["schemas"].to_string().contains("2.0User")),
        refuses("entra-create-manager-as-string", "invalidValue", |user| user[ENTERPRISE]["manager"].is_string()),
        // It stands at the top, too.
        mutant(
            "entra-manager-is-an-object",
            on_answer(|asked, answered| {
                if asked.is_one("GET") {
                    answered.edit(|user| {
                        let manager = user[ENTERPRISE]["manager"]["value"].clone();
                        if manager.is_string() {
                            user["manager"] = manager;
                        }
                    });
                }
            }),
        ),
        refuses("entra-create-with-meta", "mutability", |user| user.get("meta").is_some()),
        refuses("entra-create-with-empty-roles", "invalidValue", |user| user["roles"] == json!([])),
        mutant(
            "entra-create-primary-as-string",
            on_answer(|asked, answered| {
                if asked.is("POST", "/Users") && asked.json()["roles"][0]["primary"] == "True" {
                    answered.edit(|user| user["roles"][0]["primary"] = "True".into());
                }
            }),
        ),
        refuses("entra-create-display-name-in-role", "invalidSyntax", |user| user["roles"][0].get("displayName").is_some()),
        refuses("entra-create-names-in-any-case", "invalidSyntax", |user| user[ENTERPRISE].get("Department").is_some()),
        mutant(
            "entra-create-duplicate",
            on_answer(|asked, answered| {
                if asked.is("POST", "/Users") && answered.status == 409 {
                    *answered = Answered::error(400, "invalidValue");
                }
            }),
        ),
        mutant(
            "entra-create-without-user-name",
            on_request(|asked| {
                let is_nameless = asked.is("POST", "/Users") && asked.json()["userName"].is_null();
                is_nameless.then(|| Answered::with(201, json!({ "id": "nobody" })))
            }),
        ),
        // The id is made of the name.
        mutant(
            "entra-create-again",
            on_request(|asked| asked.is("DELETE", "/Users/of-the-name").then(|| Answered::empty(204))).and_answer(|asked, answered| {
                if comes_back(asked) {
                    *answered = Answered::with(201, json!({ "id": "of-the-name" }));
                }
            }),
        ),
        mutant(
            "entra-values-verbatim",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && answered.json()["phoneNumbers"][0]["value"] == "55555555555" {
                    answered.edit(|user| user["phoneNumbers"][0]["value"] = "+55 555 555 555".into());
                }
            }),
        ),
        mutant(
            "entra-answers-without-nulls",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && asked.path.starts_with("/Users/") {
                    answered.edit(|user| {
                        if user.get("nickName").is_none() {
                            user["nickName"] = Value::Null;
                        }
                    });
                }
            }),
        ),
    ]
}

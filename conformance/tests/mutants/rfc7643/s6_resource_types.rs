//! Mutants for the checks of RFC 7643 §6: resource types.

use serde_json::{Value, json};

use crate::deviation::{Answered, Deviation, Mutant, mutant, on_answer, on_request};

/// `/ResourceTypes` shows one type in another way.
fn type_is(name: &'static str, change: fn(&mut Value)) -> Deviation {
    on_answer(move |asked, answered| {
        if asked.is("GET", "/ResourceTypes") {
            answered.edit_list(|types| types.iter_mut().filter(|kind| kind["name"] == name).for_each(change));
        }
    })
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant(
            "7643-6-read-only",
            on_request(|asked| {
                let changes = asked.method == "PUT" && asked.path.starts_with("/ResourceTypes/");
                changes.then(|| Answered::with(200, asked.json()))
            }),
        ),
        mutant("7643-6-members", type_is("Group", |kind| kind["endpoint"] = "http://localhost/scim/v2/Groups".into()))
            .also(&[("7644-4-endpoints-reachable", "what is no relative endpoint cannot be reached below the base URL")]),
        mutant(
            "7643-6-name-of-resources",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && asked.path.starts_with("/Gadgets") && answered.json()["externalId"].is_null() {
                    answered.edit(|body| body["meta"]["resourceType"] = "Device".into());
                }
            }),
        ),
        mutant("7643-6-schema", type_is("Gadget", |kind| kind["schema"] = "urn:example:params:scim:schemas:2.0:Device".into()))
            .also(&[("7644-4-schemas-list", "it is what stands in /Schemas, seen from the other side")]),
        mutant(
            "7643-6-extension-schema",
            type_is("Gadget", |kind| kind["schemaExtensions"] = json!([{ "schema": "urn:example:Unknown", "required": true }])),
        )
        .also(&[
            ("7643-3-schemas", "what the type does not have must not stand in its resources"),
            ("7644-4-schemas-list", "it is what stands in /Schemas, seen from the other side"),
        ]),
        // A gadget without its lease is created.
        mutant(
            "7643-6-required-extension",
            on_answer(|asked, answered| {
                let has_lease = asked.json()["schemas"].as_array().is_some_and(|schemas| schemas.len() > 1);
                if asked.is("POST", "/Gadgets") && !has_lease && asked.json()["schemas"].is_array() {
                    *answered = Answered::with(201, json!({ "id": "no-lease", "schemas": asked.json()["schemas"] }));
                }
            }),
        ),
        mutant(
            "7643-6-optional-extension",
            on_request(|asked| {
                let is_plain = asked.json()["externalId"].as_str().is_some_and(|id| id.starts_with("no-extension"));
                (asked.is("POST", "/Users") && is_plain).then(|| Answered::error(400, "invalidValue"))
            }),
        ),
    ]
}

//! Mutants for the checks of RFC 7644 §1.2, §3.1: notation, and what resources and messages are.

use serde_json::{Value, json};

use crate::deviation::{Answered, Mutant, mutant, on_answer, on_request};

pub(super) fn mutants() -> Vec<Mutant> {
    let mut mutants = bodies();
    mutants.extend(schemas());
    mutants
}

fn bodies() -> Vec<Mutant> {
    vec![
        // What was decoded is decoded again.
        mutant(
            "7644-1.2-percent-encoding",
            on_request(|asked| {
                let filter = asked.parameter("filter").filter(|filter| filter.contains("+tag@example.com"));
                if let Some(filter) = filter {
                    asked.remove_parameter("filter");
                    asked.add_parameter("filter", &filter.replace('+', " "));
                }
                None
            }),
        ),
        mutant(
            "7644-3.1-media-type",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && asked.path.starts_with("/Gadgets") && answered.status == 200 {
                    answered.set_header("content-type", "application/json");
                }
            }),
        ),
        mutant(
            "7644-3.1-schemas",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && asked.path.starts_with("/Gadgets") && answered.status == 200 {
                    answered.edit(|body| body["schemas"] = json!([]));
                }
            }),
        )
        .also(&[("7643-3-schemas", "RFC 7643 §3 asks for the same of each representation")]),
        mutant(
            "7644-3.1-unknown-attributes",
            on_request(|asked| {
                let is_unknown = asked.is_type("POST") && asked.json()["noSuchAttribute"].is_string();
                is_unknown.then(|| Answered::error(400, "invalidSyntax"))
            }),
        ),
        mutant(
            "7644-3.1-echo",
            on_request(|asked| {
                let has_read_only = asked.is_one("PUT") && asked.json()["displayName"] == "sent back";
                has_read_only.then(|| Answered::error(400, "mutability"))
            }),
        ),
        mutant(
            "7644-3.1-reflects",
            on_answer(|asked, answered| {
                if asked.is_type("POST") && answered.json()["displayName"] == "reflected" {
                    answered.edit(|body| body["displayName"] = "as the client had it".into());
                }
            }),
        ),
    ]
}

fn schemas() -> Vec<Mutant> {
    vec![
        mutant(
            "7644-3.1-characteristics",
            on_answer(|asked, answered| {
                if asked.is("GET", "/Schemas") {
                    answered.each_resource(|schema| {
                        for attribute in schema["attributes"].as_array_mut().into_iter().flatten() {
                            if let Some(members) = attribute.as_object_mut() {
                                members.shift_remove("uniqueness");
                            }
                        }
                    });
                }
            }),
        ),
        mutant(
            "7644-3.1-messages",
            on_answer(|asked, answered| {
                if asked.is("POST", "/Bulk") && answered.status == 200 && asked.operations().len() == 1 {
                    answered.edit(|body| body["schemas"] = json!(["urn:example:BulkResponse"]));
                }
            }),
        )
        .also(&[("7644-3.7-response-schema", "the same URI, by its whole text")]),
        mutant(
            "7644-3.1-messages-undiscoverable",
            on_request(|asked| {
                let is_message = asked.method == "GET" && asked.path.starts_with("/Schemas/urn:ietf:params:scim:api:");
                is_message.then(|| Answered::with(200, json!({ "id": "a message", "attributes": Value::Null })))
            }),
        ),
    ]
}

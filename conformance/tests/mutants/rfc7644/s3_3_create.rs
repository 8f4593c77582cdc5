//! Mutants for the checks of RFC 7644 §3.3.

use serde_json::json;

use crate::deviation::{Mutant, mutant, on_answer, on_request};

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant(
            "7644-3.3-created",
            on_answer(|asked, answered| {
                if asked.is_type("POST") && answered.status == 201 {
                    answered.status = 200;
                }
            }),
        ),
        mutant(
            "7644-3.3-representation",
            on_answer(|asked, answered| {
                if asked.is_type("POST") && answered.status == 201 {
                    answered.remove("displayName");
                }
            }),
        )
        .also(&[("7644-3.1-reflects", "the answer is not the state of the resource")]),
        mutant(
            "7644-3.3-location-header",
            on_answer(|asked, answered| {
                if asked.is_type("POST") && answered.status == 201 {
                    let relative = answered.header("location").expect("a location").replace("http://localhost", "");
                    answered.set_header("location", &relative);
                    answered.edit(|body| body["meta"]["location"] = relative.into());
                }
            }),
        ),
        mutant(
            "7644-3.3-meta-location",
            on_answer(|asked, answered| {
                if asked.is_type("POST") && answered.status == 201 {
                    answered.edit(|body| body["meta"]["location"] = json!("http://localhost/scim/v2/Users/another"));
                }
            }),
        )
        .also(&[("7644-3.4.1-found", "a resource is retrieved at that URL")]),
        // The client chooses the id.
        mutant(
            "7644-3.3-read-only-ignored",
            on_answer(|asked, answered| {
                if asked.is_type("POST") && answered.status == 201 && asked.json()["id"].is_string() {
                    let chosen = asked.json()["id"].clone();
                    answered.edit(|body| body["id"] = chosen);
                }
            }),
        ),
        mutant(
            "7644-3.3-duplicate",
            on_answer(|asked, answered| {
                if asked.is_type("POST") && answered.status == 409 {
                    answered.status = 400;
                    answered.edit(|body| body["status"] = "400".into());
                }
            }),
        )
        .also(&[("7644-3.12-conflict", "Table 8 has the same status for it")]),
        mutant(
            "7644-3.3-defaults",
            on_request(|asked| {
                if asked.is_type("POST") {
                    asked.edit(|body| body["externalId"] = "given by the server".into());
                }
                None
            }),
        )
        .also(&[
            ("7643-3.1-external-id", "the client's own identifier is lost"),
            ("7643-3.1-external-id-of-client", "the server has none to give"),
        ]),
        mutant(
            "7644-3.3.1-resource-type",
            on_answer(|asked, answered| {
                if asked.is("POST", "/Groups") && answered.status == 201 {
                    answered.edit(|body| body["meta"]["resourceType"] = "User".into());
                }
            }),
        ),
    ]
}

//! Mutants for the checks of RFC 7644 §3.11: the alias /Me.

use serde_json::json;

use crate::deviation::{Answered, Mutant, mutant, on_answer, on_request};

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant("7644-3.11-not-implemented", on_request(|asked| asked.is("GET", "/Me").then(|| Answered::error(400, "")))),
        // The alias is as unknown as any other path.
        mutant(
            "7644-3.11-not-implemented",
            on_request(|asked| {
                if asked.is("GET", "/Me") {
                    asked.path = "/Nothing".into();
                }
                None
            })
            .and_answer(|asked, answered| {
                if answered.status == 404 && asked.path.starts_with("/scim-conformance") {
                    answered.edit(|body| body["detail"] = "unknown".into());
                } else if asked.is("GET", "/Me") {
                    *answered = Answered::with(
                        404,
                        json!({
                            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "404", "detail": "unknown",
                        }),
                    );
                }
            }),
        ),
        mutant("7644-3.11-redirect", on_request(|asked| asked.is("GET", "/Me").then(|| Answered::empty(302)))),
        mutant("7644-3.11-direct", on_request(|asked| asked.is("GET", "/Me").then(|| Answered::with(200, json!({ "user": "me" })))))
            .also(&[("7644-3.11-location", "such an answer has no location either")]),
        mutant(
            "7644-3.11-location",
            on_answer(|asked, answered| {
                if asked.is("GET", "/Me") && answered.status == 200 {
                    answered.set_header("location", "http://localhost/scim/v2/Me");
                }
            }),
        ),
    ]
}

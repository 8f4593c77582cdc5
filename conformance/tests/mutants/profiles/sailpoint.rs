//! Mutants for the checks of what the SCIM 2.0 source of SailPoint sends.

use serde_json::json;

use crate::deviation::{Answered, Mutant, mutant, on_answer, on_request};

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant(
            "sailpoint-single-discovery-resources",
            on_request(|asked| asked.is("GET", "/ResourceTypes/Group").then(|| Answered::error(404, ""))),
        ),
        mutant(
            "sailpoint-single-discovery-resources",
            on_answer(|asked, answered| {
                if asked.path.starts_with("/Schemas/") {
                    let schema = answered.json();
                    answered.edit(|body| *body = json!({ "totalResults": 1, "Resources": [schema] }));
                }
            }),
        ),
        mutant(
            "sailpoint-rate-headers",
            on_answer(|asked, answered| {
                if asked.is("GET", "/ResourceTypes") {
                    answered.set_header("x-rate-limit-limit", "100");
                }
            }),
        ),
    ]
}

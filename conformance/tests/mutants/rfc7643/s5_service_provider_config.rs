//! Mutants for the checks of RFC 7643 §5: the service provider configuration.

use serde_json::json;

use crate::deviation::{Answered, Mutant, mutant, on_answer, on_request};

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant(
            "7643-5-read-only",
            on_request(|asked| {
                let changed = asked.is("PUT", "/ServiceProviderConfig");
                changed.then(|| Answered::with(200, asked.json()))
            }),
        ),
        mutant(
            "7643-5-members",
            on_answer(|asked, answered| {
                if asked.is("GET", "/ServiceProviderConfig") && answered.status == 200 {
                    answered.edit(|body| body["filter"]["maxResults"] = "200".into());
                }
            }),
        ),
        mutant(
            "7643-5-public-schemes",
            on_request(|asked| {
                let is_anonymous = asked.is("GET", "/ServiceProviderConfig") && asked.header("authorization").is_none();
                is_anonymous.then(|| Answered::error(401, ""))
            }),
        ),
        mutant(
            "7643-5-scheme-types",
            on_answer(|asked, answered| {
                if asked.is("GET", "/ServiceProviderConfig") && answered.status == 200 {
                    answered.edit(|body| body["authenticationSchemes"][0]["type"] = json!("bearer"));
                }
            }),
        ),
    ]
}

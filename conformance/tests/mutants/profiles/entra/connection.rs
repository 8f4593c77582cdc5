//! Mutants for the checks of the connection.

use serde_json::json;

use super::super::forms::fails;
use crate::deviation::{Answered, Asked, Mutant, mutant, on_answer, on_request};

/// The filter asks for a name that is no e-mail address.
fn asks_for_nobody(asked: &Asked, attribute: &str) -> bool {
    asked.parameter("filter").is_some_and(|filter| filter.starts_with(attribute) && !filter.contains('@'))
}

fn is_foreign(asked: &Asked) -> bool {
    asked.header("authorization").is_some_and(|token| token.starts_with("Bearer eyJ"))
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant(
            "entra-probe-users",
            on_answer(|asked, answered| {
                if asked.is("GET", "/Users") && asks_for_nobody(asked, "userName eq") && answered.json()["totalResults"] == 0 {
                    *answered = Answered::error(404, "");
                }
            }),
        ),
        mutant(
            "entra-probe-groups",
            on_answer(|asked, answered| {
                if asked.is("GET", "/Groups") && asks_for_nobody(asked, "displayName eq") && answered.json()["totalResults"] == 0 {
                    *answered = Answered::error(404, "");
                }
            }),
        ),
        mutant("entra-trailing-slash", fails(404, |asked| asked.path.ends_with('/'))),
        mutant("entra-doubled-slash", fails(404, |asked| asked.path.starts_with("//"))),
        mutant("entra-unknown-parameter", fails(400, |asked| asked.query.contains("aadOptscim062020"))),
        mutant("entra-request-charset", fails(415, |asked| asked.header("content-type").is_some_and(|found| found.contains("charset")))),
        mutant("entra-request-json", fails(415, |asked| asked.header("content-type") == Some("application/json"))),
        mutant(
            "entra-answer-media-type",
            on_answer(|asked, answered| {
                if asked.is("GET", "/Users") && asked.query == "count=1" {
                    answered.set_header("content-type", "application/json");
                }
            }),
        ),
        mutant(
            "entra-unauthorised",
            on_answer(|asked, answered| {
                if answered.status == 401 && !is_foreign(asked) {
                    *answered = Answered::error(403, "");
                }
            }),
        ),
        // Whoever has a token with the right audience is let in, whoever issued it.
        mutant(
            "entra-token-of-another-tenant",
            on_request(|asked| {
                let schemas = ["urn:ietf:params:scim:api:messages:2.0:ListResponse"];
                is_foreign(asked).then(|| Answered::with(200, json!({ "schemas": schemas, "totalResults": 0, "Resources": [] })))
            }),
        ),
        mutant("entra-retry-after", fails(429, |asked| asked.is("GET", "/Users") && asked.query == "count=1")),
    ]
}

//! Mutants for the checks of RFC 7644 §3.13: versions of the protocol.

use serde_json::json;

use crate::deviation::{Answered, Mutant, mutant, on_answer, on_request};

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant(
            "7644-3.13-place",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && answered.json()["displayName"] == "at its place" {
                    let location = answered.json()["meta"]["location"].as_str().unwrap_or_default().replace("/scim/v2/", "/v2/scim/");
                    answered.edit(|body| body["meta"]["location"] = location.into());
                }
            }),
        ),
        // Any version is taken for the one that there is.
        mutant(
            "7644-3.13-other-version",
            on_request(|asked| {
                if let Some(rest) = asked.path.strip_prefix("http://localhost/scim/v9/") {
                    asked.path = format!("/{rest}");
                }
                None
            }),
        ),
        mutant(
            "7644-3.13-without-version",
            on_request(|asked| {
                let is_older = asked.path == "http://localhost/scim/Users";
                is_older.then(|| Answered::with(200, json!({ "totalResults": 0, "itemsPerPage": 1, "startIndex": 1 })))
            }),
        ),
    ]
}

//! Mutants for the checks of RFC 9967: security event tokens and asynchronous requests.

use serde_json::json;

use crate::deviation::{Answered, Asked, Mutant, mutant, on_answer, on_request};

fn may_be_later(asked: &Asked) -> bool {
    asked.is_one("PUT") && asked.header("prefer") == Some("respond-async")
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant("9967-2.5.1.1-answer", on_request(|asked| may_be_later(asked).then(|| Answered::error(400, "invalidValue")))),
        mutant("9967-2.5.1.1-accepted", on_request(|asked| may_be_later(asked).then(|| Answered::with(202, json!({ "status": "later" }))))),
        mutant(
            "9967-4-security-events",
            on_answer(|asked, answered| {
                if asked.is("GET", "/ServiceProviderConfig") && answered.status == 200 {
                    answered.edit(|body| body["securityEvents"] = json!({ "asyncRequest": true }));
                }
            }),
        ),
    ]
}

//! Mutants for the checks of RFC 7644 §5: preparing and comparing strings.

use serde_json::json;

use crate::deviation::{Answered, Mutant, mutant, on_answer};

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        // Names are compared byte by byte.
        mutant(
            "7644-5-user-names",
            on_answer(|asked, answered| {
                let is_decomposed = asked.json()["userName"].as_str().is_some_and(|name| name.starts_with("z\u{30c}"));
                if asked.is("POST", "/Users") && is_decomposed && answered.status == 409 {
                    *answered = Answered::with(201, json!({ "id": "a-second-one" }));
                }
            }),
        ),
    ]
}

//! Mutants for the checks of RFC 7644 §3.4.2.5: which attributes a query returns.

use crate::deviation::{Asked, Mutant, mutant, on_answer, on_request};

/// A query of users with that parameter.
fn asks_for(asked: &Asked, parameter: &str, value: &str) -> bool {
    asked.is("GET", "/Users") && asked.parameter(parameter).as_deref() == Some(value)
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant(
            "7644-3.4.2.5-supported",
            on_request(|asked| {
                if asks_for(asked, "excludedAttributes", "displayName") {
                    asked.remove_parameter("excludedAttributes");
                }
                None
            }),
        ),
        mutant(
            "7644-3.4.2.5-overrides",
            on_request(|asked| {
                if asks_for(asked, "attributes", "nickName") {
                    asked.remove_parameter("attributes");
                    asked.add_parameter("attributes", "nickName,meta");
                }
                None
            }),
        ),
        mutant(
            "7644-3.4.2.5-notation",
            on_answer(|asked, answered| {
                let is_extended = asked.parameter("attributes").is_some_and(|value| value.contains(":enterprise:2.0:User:"));
                if asked.is("GET", "/Users") && is_extended {
                    answered.remove("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User");
                }
            }),
        ),
        mutant(
            "7644-3.4.2.5-excluded-always",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && asked.parameter("excludedAttributes").is_some_and(|value| value.contains("label")) {
                    answered.remove("label");
                }
            }),
        ),
        mutant(
            "7644-3.4.2.5-excluded-notation",
            on_request(|asked| {
                let is_full =
                    asked.parameter("excludedAttributes").is_some_and(|value| value.starts_with("urn:ietf:params:scim:schemas:core"));
                if asked.is("GET", "/Users") && is_full {
                    asked.remove_parameter("excludedAttributes");
                }
                None
            }),
        ),
    ]
}

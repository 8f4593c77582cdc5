//! Mutants for the checks of RFC 7644 §3.4.2.4: paging by index.

use crate::deviation::{Answered, Asked, Mutant, mutant, on_answer, on_request};

/// A query by index with that value of that parameter.
fn has(asked: &Asked, name: &str, value: &str) -> bool {
    asked.is_type("GET") && asked.parameter("cursor").is_none() && asked.parameter(name).as_deref() == Some(value)
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        // From 0.
        mutant(
            "7644-3.4.2.4-start-index",
            on_request(|asked| {
                if has(asked, "startIndex", "2") && has(asked, "count", "1") && asked.parameter("attributes").is_none() {
                    asked.remove_parameter("startIndex");
                    asked.add_parameter("startIndex", "3");
                }
                None
            }),
        ),
        mutant(
            "7644-3.4.2.4-start-below-one",
            on_request(|asked| has(asked, "startIndex", "-5").then(|| Answered::error(400, "invalidValue"))),
        ),
        mutant(
            "7644-3.4.2.4-count",
            on_request(|asked| {
                if asked.path == "/Gadgets" && has(asked, "count", "2") && asked.parameter("filter").is_none() {
                    asked.remove_parameter("count");
                }
                None
            }),
        ),
        mutant("7644-3.4.2.4-negative-count", on_request(|asked| has(asked, "count", "-1").then(|| Answered::error(400, "invalidValue")))),
        mutant(
            "7644-3.4.2.4-count-zero",
            on_request(|asked| {
                if has(asked, "count", "0") {
                    asked.remove_parameter("count");
                }
                None
            }),
        ),
        mutant(
            "7644-3.4.2.4-without-count",
            on_answer(|asked, answered| {
                if asked.path == "/ServiceProviderConfig" {
                    answered.edit(|body| body["filter"]["maxResults"] = 2.into());
                }
            }),
        ),
        // It repeats the count of the request.
        mutant(
            "7644-3.4.2.4-items-per-page",
            on_answer(|asked, answered| {
                if has(asked, "count", "7") {
                    answered.edit(|body| body["itemsPerPage"] = 7.into());
                }
            }),
        ),
        mutant(
            "7644-3.4.2.4-total-results",
            on_answer(|asked, answered| {
                if has(asked, "count", "1") && asked.parameter("filter").is_some_and(|filter| filter.starts_with("displayName eq")) {
                    answered.edit(|body| body["totalResults"] = body["Resources"].as_array().map_or(0, Vec::len).into());
                }
            }),
        ),
        mutant(
            "7644-3.4.2.4-start-index-of-page",
            on_answer(|asked, answered| {
                if has(asked, "startIndex", "3") {
                    answered.edit(|body| body["startIndex"] = 1.into());
                }
            }),
        ),
        // The last page again.
        mutant(
            "7644-3.4.2.4-beyond-the-end",
            on_request(|asked| {
                if has(asked, "startIndex", "5") && asked.parameter("count").is_none() {
                    asked.remove_parameter("startIndex");
                }
                None
            }),
        ),
        // The second page begins with the last one of the first.
        mutant(
            "7644-3.4.2.4-walk",
            on_request(|asked| {
                if has(asked, "startIndex", "3") && has(asked, "count", "2") {
                    asked.remove_parameter("startIndex");
                    asked.add_parameter("startIndex", "2");
                }
                None
            }),
        ),
        mutant("7644-3.4.2.4-no-number", on_request(|asked| has(asked, "count", "abc").then(|| Answered::error(500, "")))),
    ]
}

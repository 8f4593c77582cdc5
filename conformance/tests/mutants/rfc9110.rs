//! Mutants for the checks of RFC 9110.

use serde_json::json;

use crate::deviation::{Answered, Mutant, mutant, on_answer, on_request};

pub(super) fn mutants() -> Vec<Mutant> {
    let mut mutants = conditions();
    mutants.extend(methods_and_formats());
    mutants
}

fn conditions() -> Vec<Mutant> {
    vec![
        mutant(
            "9110-8.8.3-entity-tag",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && answered.json()["displayName"] == "with a tag" {
                    answered.set_header("etag", "without-quotes");
                }
            }),
        ),
        mutant(
            "9110-13.1.1-strong-comparison",
            on_request(|asked| {
                if asked.header("if-match") == Some("\"of-another-state\"") {
                    asked.remove_header("if-match");
                }
                None
            }),
        ),
        mutant(
            "9110-13.1.1-any",
            on_answer(|asked, answered| {
                if asked.is_one("PUT") && asked.header("if-match") == Some("*") && answered.is_error() {
                    *answered = Answered::with(201, json!({ "id": "made" }));
                }
            }),
        ),
        mutant(
            "9110-13.1.1-not-performed",
            on_request(|asked| {
                if asked.method == "PATCH" {
                    asked.remove_header("if-match");
                }
                None
            }),
        ),
        mutant(
            "9110-13.1.2-weak-comparison",
            on_answer(|asked, answered| {
                let is_strong = asked.header("if-none-match").is_some_and(|tags| tags.starts_with('"') && !tags.contains(','));
                if answered.status == 304 && is_strong {
                    *answered = Answered::with(200, json!({ "id": "unchanged" }));
                }
            }),
        ),
        mutant(
            "9110-13.1.2-not-performed",
            on_request(|asked| {
                if asked.is_one("PUT") {
                    asked.remove_header("if-none-match");
                }
                None
            }),
        ),
        mutant(
            "9110-13.1.2-lists",
            on_answer(|asked, answered| {
                if answered.status == 304 && asked.header("if-none-match").is_some_and(|tags| tags.contains(',')) {
                    *answered = Answered::with(200, json!({ "id": "unchanged" }));
                }
            }),
        ),
        mutant(
            "9110-15.4.5-headers",
            on_answer(|_, answered| {
                if answered.status == 304 {
                    answered.remove_header("etag");
                }
            }),
        ),
    ]
}

fn methods_and_formats() -> Vec<Mutant> {
    vec![
        mutant(
            "9110-9.3.2-head",
            on_answer(|asked, answered| {
                if asked.method == "HEAD" && answered.status == 200 {
                    *answered = Answered::with(200, json!({ "id": "with a body" }));
                }
            }),
        ),
        mutant(
            "9110-15.5.6-allow",
            on_answer(|asked, answered| {
                if asked.is("POST", "/ServiceProviderConfig") {
                    answered.remove_header("allow");
                }
            }),
        ),
        mutant("9110-15.5.7-accept", on_request(|asked| (asked.header("accept") == Some("text/html")).then(|| Answered::error(400, "")))),
        mutant(
            "9110-15.5.16-media-type",
            on_request(|asked| (asked.header("content-type") == Some("text/xml")).then(|| Answered::error(400, "invalidSyntax"))),
        ),
    ]
}

//! Mutants for the checks of RFC 7644 §3.8: data input and output formats.

use crate::deviation::{Answered, Mutant, mutant, on_answer, on_request};

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant(
            "7644-3.8-utf-8",
            on_answer(|asked, answered| {
                if asked.is_one("GET") {
                    answered.edit(|body| {
                        if let Some(text) = body["displayName"].as_str().filter(|text| text.contains('🎉')) {
                            body["displayName"] = text.replace('🎉', "?").into();
                        }
                    });
                }
            }),
        ),
        // What is no UTF-8 is taken for Latin-1.
        mutant(
            "7644-3.8-utf-8-by-default",
            on_request(|asked| {
                if std::str::from_utf8(&asked.body).is_err() {
                    asked.body = asked.body.iter().map(|byte| char::from(*byte)).collect::<String>().into_bytes();
                }
                None
            }),
        ),
        mutant(
            "7644-3.8-accept-scim-json",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && answered.json()["displayName"] == "as SCIM" {
                    *answered = Answered::error(406, "");
                }
            }),
        ),
        mutant(
            "7644-3.8-accept-json",
            on_request(|asked| {
                (asked.is_one("GET") && asked.header("accept") == Some("application/json")).then(|| Answered::error(406, ""))
            }),
        ),
        mutant(
            "7644-3.8-default-format",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && asked.header("accept").is_none() {
                    answered.set_header("content-type", "application/json");
                }
            }),
        ),
        mutant(
            "7644-3.8-send-json",
            on_request(|asked| {
                let is_json = asked.is_type("POST") && asked.header("content-type") == Some("application/json");
                is_json.then(|| Answered::error(415, ""))
            }),
        ),
        mutant(
            "7644-3.8-json",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && answered.json()["displayName"] == "as JSON" {
                    answered.edit(|body| body["emails"] = body["emails"][0].clone());
                }
            }),
        ),
    ]
}

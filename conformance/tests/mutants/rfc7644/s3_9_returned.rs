//! Mutants for the checks of RFC 7644 §3.9: which attributes an answer returns.

use crate::deviation::{Answered, Asked, Deviation, Mutant, mutant, on_answer, on_request};

/// GET of one user with that value of that parameter.
fn reads_with(asked: &Asked, parameter: &str, value: &str) -> bool {
    asked.is_one("GET") && asked.parameter(parameter).as_deref() == Some(value)
}

/// GET of one with that value of that parameter lacks a member.
fn lacks(parameter: &'static str, value: &'static str, member: &'static str) -> Deviation {
    on_answer(move |asked, answered| {
        if reads_with(asked, parameter, value) {
            answered.remove(member);
        }
    })
}

/// GET of one with that value of that parameter is read as if it had another one.
fn read_as(parameter: &'static str, value: &'static str, other: &'static str) -> Deviation {
    on_request(move |asked| {
        if reads_with(asked, parameter, value) {
            asked.remove_parameter(parameter);
            asked.add_parameter(parameter, other);
        }
        None
    })
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant(
            "7644-3.9-default-set",
            on_answer(|asked, answered| {
                if asked.is("POST", "/Users/.search") && asked.json()["filter"].as_str().is_some_and(|filter| filter.starts_with("id eq")) {
                    answered.remove("nickName");
                }
            }),
        ),
        mutant(
            "7644-3.9-any-operation",
            on_request(|asked| {
                if asked.is_one("PUT") {
                    asked.remove_parameter("attributes");
                }
                None
            }),
        ),
        mutant(
            "7644-3.9-exclusive",
            on_request(|asked| {
                let has_both =
                    asked.is_one("GET") && asked.parameter("attributes").is_some() && asked.parameter("excludedAttributes").is_some();
                has_both.then(|| Answered::error(500, ""))
            }),
        ),
        mutant("7644-3.9-attributes", lacks("attributes", "displayName", "id")).also(&[
            ("7643-3.1-id-in-each-representation", "each representation has the id"),
            ("7643-7-returned-always", "the id is always returned"),
        ]),
        mutant("7644-3.9-sub-attributes", read_as("attributes", "name.familyName", "name")),
        mutant("7644-3.9-comma-separated", read_as("attributes", "displayName,nickName", "displayName")),
        mutant("7644-3.9-excluded-minimum", lacks("excludedAttributes", "id,displayName", "id")),
        mutant("7644-3.9-excluded", lacks("excludedAttributes", "displayName", "nickName")),
        mutant(
            "7644-3.9-extension",
            on_request(|asked| {
                let names_it =
                    asked.is_one("GET") && asked.parameter("attributes").is_some_and(|value| value.ends_with("enterprise:2.0:User"));
                names_it.then(|| Answered::error(400, "invalidValue"))
            }),
        ),
        mutant(
            "7644-3.9-unknown-name",
            on_request(|asked| reads_with(asked, "attributes", "noSuchAttribute").then(|| Answered::error(400, "invalidValue"))),
        ),
        mutant("7644-3.9-schemas", lacks("attributes", "nickName", "schemas")),
        mutant(
            "7644-3.9-never",
            on_answer(|asked, answered| {
                if reads_with(asked, "attributes", "password") {
                    answered.edit(|body| body["password"] = "$argon2id$v=19$m=19456,t=2,p=1".into());
                }
            }),
        )
        .also(&[
            ("7643-7-write-only", "what is writeOnly is not returned"),
            ("beyond-hygiene-secret-in-answers", "no answer to any request shows it"),
        ]),
    ]
}

//! Mutants for the checks of hidden attributes and clean errors.

use crate::deviation::{Answered, Mutant, mutant, on_answer, on_request};

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant(
            "beyond-hygiene-no-server-error",
            on_request(|asked| (asked.is_one("GET") && asked.path.ends_with("/%00")).then(|| Answered::error(500, ""))),
        ),
        mutant(
            "beyond-hygiene-no-internals",
            on_answer(|asked, answered| {
                if asked.is_type("POST") && answered.status == 409 {
                    answered.edit(|body| body["detail"] = "UNIQUE constraint failed: users.user_name".into());
                }
            }),
        ),
        // The hash of a password is shown where it was asked for.
        mutant(
            "beyond-hygiene-secret-in-answers",
            on_answer(|asked, answered| {
                if asked.method == "PATCH" && asked.parameter("attributes").as_deref() == Some("password") && answered.status == 200 {
                    answered.edit(|body| body["password"] = "$argon2id$v=19$m=19456,t=2,p=1".into());
                }
            }),
        ),
        // The error repeats what it found fault with.
        mutant(
            "beyond-hygiene-secret-in-errors",
            on_answer(|asked, answered| {
                if asked.is_type("POST") && answered.is_error() && asked.json()["password"].is_array() {
                    let password = asked.json()["password"].to_string();
                    answered.edit(|body| body["detail"] = format!("`password` must be a string, not {password}.").into());
                }
            }),
        )
        .also(&[("7643-4.1.1-password-in-any-form", "a password is not returned in any form")]),
        mutant(
            "beyond-hygiene-secret-in-filters",
            on_request(|asked| {
                let filter = asked.parameter("filter").filter(|_| asked.is_type("GET"))?;
                // It tells the beginnings of passwords: all of them begin alike here.
                if filter.starts_with("password sw \"Pw-1!") {
                    asked.remove_parameter("filter");
                }
                None
            }),
        ),
        mutant(
            "beyond-hygiene-secret-in-combined-filters",
            on_request(|asked| {
                let filter = asked.parameter("filter").filter(|_| asked.is_type("GET"))?;
                if let Some((before, _)) = filter.split_once(" and password sw \"Pw-1!") {
                    asked.remove_parameter("filter");
                    asked.add_parameter("filter", before);
                }
                None
            }),
        ),
    ]
}

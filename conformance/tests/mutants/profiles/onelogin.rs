//! Mutants for the checks of what the clients of OneLogin send.

use serde_json::Value;

use crate::deviation::{Answered, Mutant, mutant, on_answer, on_request};

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant(
            "onelogin-emails-as-one-object",
            on_request(|asked| asked.json()["emails"].is_object().then(|| Answered::error(400, "invalidSyntax"))),
        ),
        mutant(
            "onelogin-without-types",
            on_request(|asked| {
                let has_no_type =
                    asked.json()["emails"].as_array().is_some_and(|mails| mails.iter().any(|mail| mail.get("type").is_none()));
                has_no_type.then(|| Answered::error(400, "invalidValue"))
            }),
        ),
        // What is not said is taken for work.
        mutant(
            "onelogin-without-types",
            on_request(|asked| {
                asked.edit(|body| {
                    for mail in body.get_mut("emails").and_then(Value::as_array_mut).into_iter().flatten() {
                        mail["type"] = "work".into();
                    }
                });
                None
            }),
        ),
        mutant(
            "onelogin-active-by-default",
            on_request(|asked| {
                if asked.is("POST", "/Users") && asked.json().get("active").is_none() {
                    asked.edit(|body| body["active"] = false.into());
                }
                None
            }),
        ),
        mutant(
            "onelogin-adds-one-member",
            on_request(|asked| {
                if asked.operations().iter().any(|operation| operation["op"] == "add") {
                    asked.edit(|body| body["Operations"][0]["op"] = "replace".into());
                }
                None
            }),
        ),
        mutant(
            "onelogin-empty-user-agent",
            on_answer(|asked, answered| {
                if asked.header("user-agent") == Some("") {
                    *answered = Answered::error(403, "");
                }
            }),
        ),
    ]
}

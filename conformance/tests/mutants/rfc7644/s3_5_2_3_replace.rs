//! Mutants for the checks of RFC 7644 §3.5.2.3: the PATCH operation `replace`.

use serde_json::{Value, json};

use crate::deviation::{Answered, Asked, Deviation, Mutant, mutant, on_answer, on_request};

/// The `replace` of a PATCH of one operation.
fn replace(asked: &Asked) -> Option<Value> {
    let operations = asked.operations();
    (asked.method == "PATCH" && operations.len() == 1 && operations[0]["op"] == "replace").then(|| operations[0].clone())
}

/// A `replace` for which that holds becomes something else.
fn instead(holds: fn(&Value) -> bool, change: fn(&mut Value)) -> Deviation {
    on_request(move |asked| {
        if replace(asked).as_ref().is_some_and(holds) {
            asked.edit(|body| change(&mut body["Operations"]));
        }
        None
    })
}

/// A `replace` for which that holds is answered in the place of the server.
fn answered(holds: fn(&Value) -> bool, answer: fn() -> Answered) -> Deviation {
    on_request(move |asked| replace(asked).as_ref().is_some_and(holds).then(answer))
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant(
            "7644-3.5.2.3-without-path",
            instead(
                |one| one["value"]["displayName"] == "new first",
                |operations| operations[0]["value"] = json!({ "displayName": "new first" }),
            ),
        ),
        mutant(
            "7644-3.5.2.3-others-unaffected",
            instead(|one| one["value"]["displayName"] == "the only one", |operations| operations[0]["value"]["nickName"] = Value::Null),
        ),
        mutant("7644-3.5.2.3-single-valued", answered(|one| one["value"] == "replaced value", || Answered::empty(204))),
        mutant("7644-3.5.2.3-no-value-yet", answered(|one| one["value"] == "as if added", || Answered::error(400, "noTarget"))),
        mutant(
            "7644-3.5.2.3-complex",
            instead(
                |one| one["path"] == "name",
                |operations| *operations = json!([{ "op": "remove", "path": "name" }, operations[0].clone()]),
            ),
        ),
        // The old values stay.
        mutant("7644-3.5.2.3-multi-valued", instead(|one| one["path"] == "emails", |operations| operations[0]["op"] = "add".into())),
        mutant(
            "7644-3.5.2.3-selected",
            instead(
                |one| one["path"] == "emails[type eq \"work\"]",
                |operations| *operations = json!([{ "op": "replace", "path": "emails", "value": [operations[0]["value"]] }]),
            ),
        ),
        // Every record is taken for a matching one.
        mutant(
            "7644-3.5.2.3-part-of-records",
            instead(
                |one| one["path"] == "emails[type eq \"work\"].type",
                |operations| operations[0]["path"] = "emails[type ne \"none\"].type".into(),
            ),
        ),
        mutant(
            "7644-3.5.2.3-no-match",
            answered(|one| one["path"] == "emails[type eq \"home\"].value", || Answered::error(400, "invalidValue")),
        ),
        mutant(
            "7644-3.5.2.3-primary",
            on_answer(|asked, answered| {
                if asked.is_one("GET") {
                    answered.edit(|body| {
                        let emails = body.get_mut("emails").and_then(Value::as_array_mut).map(Vec::as_mut_slice).unwrap_or_default();
                        if emails.get(1).is_some_and(|email| email["primary"] == true && email["type"] == "home") {
                            emails[0]["primary"] = true.into();
                        }
                    });
                }
            }),
        )
        .also(&[("7644-3.5.2-primary", "the same rule for every operation")]),
        mutant("7644-3.5.2.3-members", instead(|one| one["path"] == "members", |operations| operations[0]["op"] = "add".into())),
    ]
}

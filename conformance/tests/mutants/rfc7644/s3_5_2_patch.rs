//! Mutants for the checks of RFC 7644 §3.5.2: modifying with PATCH, whatever the operation.

use serde_json::{Value, json};

use crate::deviation::{Answered, Asked, Deviation, Mutant, mutant, on_answer, on_request};

/// The operations of a PATCH are changed, if it has one for which that holds.
fn on_operations(holds: fn(&Value) -> bool, change: fn(&mut Vec<Value>)) -> Deviation {
    on_request(move |asked| {
        if has(asked, holds) {
            asked.edit(|body| {
                if let Some(operations) = body["Operations"].as_array_mut() {
                    change(operations);
                }
            });
        }
        None
    })
}

/// A PATCH with an operation for which that holds is answered in the place of the server.
fn instead(holds: fn(&Value) -> bool, answer: fn() -> Answered) -> Deviation {
    on_request(move |asked| has(asked, holds).then(answer))
}

fn has(asked: &Asked, holds: fn(&Value) -> bool) -> bool {
    asked.method == "PATCH" && asked.operations().iter().any(holds)
}

fn nothing_done() -> Answered {
    Answered::empty(204)
}

fn not_done() -> Answered {
    Answered::error(501, "")
}

/// The first operation alone is carried out, and the whole is said to have failed.
fn half_done(holds: fn(&Value) -> bool) -> Deviation {
    on_operations(holds, |operations| operations.truncate(1)).and_answer(move |asked, answered| {
        if has(asked, holds) {
            *answered = Answered::error(400, "invalidPath");
        }
    })
}

pub(super) fn mutants() -> Vec<Mutant> {
    let mut mutants = paths();
    mutants.extend(compatibility());
    mutants.extend(sequences());
    mutants.extend(answers());
    mutants
}

fn paths() -> Vec<Mutant> {
    vec![
        mutant("7644-3.5.2-optional", instead(|one| one["value"] == "as discovered", not_done)),
        mutant("7644-3.5.2-no-array-index", instead(|one| one["path"] == "emails[0].value", nothing_done)),
        mutant("7644-3.5.2-no-move", instead(|one| one["op"] == "move", nothing_done)),
        mutant("7644-3.5.2-path-is-text", instead(|one| one["path"].is_number(), nothing_done)),
        mutant("7644-3.5.2-path-grammar", instead(|one| one["path"] == "..", nothing_done)),
        mutant(
            "7644-3.5.2-path-examples",
            instead(|one| one["path"] == "addresses[type eq \"work\"]" && one["op"] == "remove", || Answered::error(400, "invalidPath")),
        ),
        mutant("7644-3.5.2-default-schemas", instead(|one| one["value"] == "without URN", || Answered::error(400, "invalidPath"))),
    ]
}

fn compatibility() -> Vec<Mutant> {
    vec![
        mutant("7644-3.5.2-compatible", instead(|one| one["value"] == "neither", nothing_done)),
        mutant("7644-3.5.2-incompatible-error", instead(|one| one["value"] == "neither", || Answered::error(422, "invalidValue"))),
        mutant("7644-3.5.2-error", instead(|one| one["path"] == "no way[", || Answered::error(500, ""))),
    ]
}

fn sequences() -> Vec<Mutant> {
    vec![
        mutant("7644-3.5.2-in-order", on_operations(|one| one["value"] == "to be removed", |operations| operations.reverse())),
        mutant(
            "7644-3.5.2-primary",
            on_answer(|asked, answered| {
                if asked.is_one("GET") {
                    answered.edit(|body| {
                        let emails = body.get_mut("emails").and_then(Value::as_array_mut).map(Vec::as_mut_slice).unwrap_or_default();
                        if emails.iter().any(|email| email["primary"] == true) {
                            emails.iter_mut().for_each(|email| email["primary"] = true.into());
                        }
                    });
                }
            }),
        )
        .also(&[("7644-3.5.2.3-primary", "the same rule, in the section on replace")]),
        mutant("7644-3.5.2-atomic", half_done(|one| one["value"] == "half done")),
        mutant("7644-3.5.2-restored", half_done(|one| one["value"] == "to be restored")),
    ]
}

fn answers() -> Vec<Mutant> {
    vec![
        mutant(
            "7644-3.5.2-success",
            on_answer(|asked, answered| {
                if has(asked, |one| one["value"] == "told in full") {
                    *answered = Answered::with(200, json!({ "displayName": "told in full" }));
                }
            }),
        ),
        mutant(
            "7644-3.5.2-attributes",
            on_answer(|asked, answered| {
                if asked.method == "PATCH" && asked.parameter("attributes").is_some() && answered.status == 200 {
                    *answered = Answered::empty(204);
                }
            }),
        ),
    ]
}

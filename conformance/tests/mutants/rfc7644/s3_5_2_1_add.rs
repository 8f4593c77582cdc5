//! Mutants for the checks of RFC 7644 §3.5.2.1: the PATCH operation `add`.

use serde_json::{Value, json};

use crate::deviation::{Answered, Asked, Deviation, Mutant, mutant, on_answer, on_request};

/// The first `add` of a PATCH, if it is one of one operation.
fn add(asked: &Asked) -> Option<Value> {
    let operations = asked.operations();
    (asked.method == "PATCH" && operations.len() == 1 && operations[0]["op"] == "add").then(|| operations[0].clone())
}

/// An `add` for which that holds is another operation.
fn instead(holds: fn(&Value) -> bool, change: fn(&mut Value)) -> Deviation {
    on_request(move |asked| {
        if add(asked).as_ref().is_some_and(holds) {
            asked.edit(|body| change(&mut body["Operations"][0]));
        }
        None
    })
}

/// An `add` for which that holds is answered in the place of the server.
fn refused(holds: fn(&Value) -> bool, answer: fn() -> Answered) -> Deviation {
    on_request(move |asked| add(asked).as_ref().is_some_and(holds).then(answer))
}

fn first_type(one: &Value) -> &Value {
    &one["value"][0]["type"]
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant(
            "7644-3.5.2.1-without-path",
            instead(|one| one["value"]["displayName"] == "added first", |one| one["value"] = json!({ "displayName": "added first" })),
        ),
        mutant("7644-3.5.2.1-no-value-yet", refused(|one| one["value"] == "first value", || Answered::error(400, "noTarget"))),
        mutant("7644-3.5.2.1-single-valued", refused(|one| one["value"] == "second value", || Answered::empty(204))),
        mutant("7644-3.5.2.1-complex", refused(|one| one["value"] == "a text", || Answered::empty(204))),
        mutant(
            "7644-3.5.2.1-multi-valued",
            instead(
                |one| one["path"] == "emails" && first_type(one) == "home" && one["value"][1].is_null(),
                |one| one["op"] = "replace".into(),
            ),
        ),
        mutant(
            "7644-3.5.2.1-array-or-object",
            refused(|one| one["path"] == "emails" && one["value"].is_object(), || Answered::error(400, "invalidValue")),
        ),
        mutant(
            "7644-3.5.2.1-multi-valued-without-path",
            instead(|one| one["path"].is_null() && one["value"]["emails"].is_array(), |one| one["op"] = "replace".into()),
        ),
        mutant("7644-3.5.2.1-member", refused(|one| one["path"] == "members", || Answered::empty(204))).also(&[
            ("7643-4.2-members-change", "members can be added"),
            ("beyond-races-lost-members", "a member is lost without any race, too"),
        ]),
        // What is there already is added a second time.
        mutant(
            "7644-3.5.2.1-present-no-change",
            instead(
                |one| one["path"] == "emails" && first_type(one) == "work",
                |one| {
                    one["value"][0]["value"] = "again@example.com".into();
                },
            )
            .and_answer(|asked, answered| {
                if add(asked).is_some_and(|one| one["path"] == "emails" && first_type(&one) == "work") && !answered.is_error() {
                    *answered = Answered::empty(204);
                }
            }),
        )
        .also(&[("7644-3.5.2.1-present-not-modified", "a changed resource has another time of modification")]),
        mutant(
            "7644-3.5.2.1-present-success",
            refused(|one| one["path"] == "emails" && first_type(one) == "work", || Answered::error(409, "uniqueness")),
        ),
        mutant(
            "7644-3.5.2.1-present-not-modified",
            on_answer(|asked, answered| {
                if add(asked).is_some_and(|one| first_type(&one) == "work") {
                    answered.edit(|body| body["meta"]["lastModified"] = "2099-01-01T00:00:00Z".into());
                }
            }),
        ),
    ]
}

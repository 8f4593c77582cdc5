//! Mutants for the checks of RFC 7644 §3.5.2.2: the PATCH operation `remove`.

use serde_json::Value;

use crate::deviation::{Answered, Asked, Deviation, Mutant, mutant, on_answer, on_request};

/// The path of the `remove` of a PATCH of one operation; empty where it has none.
fn path(asked: &Asked) -> Option<String> {
    let operations = asked.operations();
    let is_remove = asked.method == "PATCH" && operations.len() == 1 && operations[0]["op"] == "remove";
    is_remove.then(|| operations[0]["path"].as_str().unwrap_or_default().to_owned())
}

/// Another path is removed instead of one for which that holds.
fn instead(change: fn(&str) -> Option<String>) -> Deviation {
    on_request(move |asked| {
        if let Some(other) = path(asked).as_deref().and_then(change) {
            asked.edit(|body| body["Operations"][0]["path"] = other.into());
        }
        None
    })
}

/// A path for which that holds is answered in the place of the server.
fn answered(holds: fn(&str) -> bool, answer: fn() -> Answered) -> Deviation {
    on_request(move |asked| path(asked).as_deref().is_some_and(holds).then(answer))
}

fn nothing_done() -> Answered {
    Answered::empty(204)
}

/// The answer to the removal of such a path has another keyword.
fn keyword(holds: fn(&str) -> bool, scim_type: &'static str) -> Deviation {
    on_answer(move |asked, answered| {
        if path(asked).as_deref().is_some_and(holds) && answered.status == 400 {
            answered.edit(|body| body["scimType"] = scim_type.into());
        }
    })
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant("7644-3.5.2.2-without-path", keyword(str::is_empty, "invalidPath")),
        mutant("7644-3.5.2.2-single-valued", answered(|path| path == "displayName", nothing_done)),
        mutant("7644-3.5.2.2-multi-valued", answered(|path| path == "emails", nothing_done)),
        // The whole name goes with its part.
        mutant("7644-3.5.2.2-part", instead(|path| path.strip_prefix("name.").map(|_| "name".into()))),
        mutant("7644-3.5.2.2-required", keyword(|path| path == "userName", "invalidValue")),
        mutant("7644-3.5.2.2-read-only", answered(|path| path == "meta", nothing_done)),
        mutant(
            "7644-3.5.2.2-value-filter",
            instead(|path| (path.starts_with("emails[value eq") && path.ends_with(']')).then(|| "emails".into())),
        ),
        mutant("7644-3.5.2.2-nothing-left", answered(|path| path == "emails[type eq \"work\"]", nothing_done)),
        // `and` is read as `or`.
        mutant(
            "7644-3.5.2.2-complex-filter",
            instead(|path| path.starts_with("emails[type eq \"work\" and").then(|| path.replace(" and ", " or "))),
        ),
        mutant("7644-3.5.2.2-part-of-records", instead(|path| path.strip_suffix("].type").map(|filter| format!("{filter}]")))),
        mutant(
            "7644-3.5.2.2-no-member",
            answered(|path| path.starts_with("members[value eq \"scim-conformance"), || Answered::error(404, "")),
        ),
        mutant(
            "7644-3.5.2.2-with-value",
            on_request(|asked| {
                if path(asked).is_some_and(|path| path == "members") {
                    asked.edit(|body| {
                        if let Some(operation) = body["Operations"][0].as_object_mut() {
                            operation.shift_remove("value");
                        }
                    });
                }
                None
            }),
        ),
        mutant(
            "7644-3.5.2.2-with-value",
            on_request(|asked| {
                let has_value = path(asked).is_some_and(|path| path == "members") && asked.operations()[0]["value"] != Value::Null;
                has_value.then(|| Answered::error(400, "invalidSyntax"))
            }),
        ),
    ]
}

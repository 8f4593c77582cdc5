//! Mutants for the checks of RFC 7643 §4.3: the enterprise extension of users.

use crate::deviation::{Answered, Asked, Deviation, Mutant, mutant, on_answer, on_request};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant(
            "7643-4.3-texts",
            on_answer(|asked, answered| {
                let data = answered.json()[ENTERPRISE].clone();
                if asked.is_one("GET") && is_employed(answered) && data["division"].is_string() {
                    answered.edit(|body| {
                        body[ENTERPRISE].as_object_mut().expect("the extension").shift_remove("division");
                    });
                }
            }),
        ),
        mutant("7643-4.3-manager", shown(|manager| *manager = manager["value"].clone()))
            .also(&[("7643-4.3-manager-reference", "a text has no $ref")]),
        mutant(
            "7643-4.3-manager-value",
            on_request(|asked| {
                let manager = manager(asked);
                let is_alone = manager.as_object().is_some_and(|members| members.len() == 1 && members.contains_key("value"));
                (asked.is("POST", "/Users") && is_alone).then(|| Answered::error(400, "invalidValue"))
            }),
        )
        .also(&[("7643-4.3-manager", "it needs a manager"), ("7643-4.3-manager-reference", "it needs a manager")]),
        mutant("7643-4.3-manager-reference", shown(|manager| manager["$ref"] = "http://localhost/scim/v2/Users/nobody".into())),
        mutant("7643-4.3-manager-display-name", shown(|manager| manager["displayName"] = "Chosen by the client".into())),
    ]
}

/// Whether it is a user of these checks.
fn is_employed(answered: &Answered) -> bool {
    answered.json()["userName"].as_str().is_some_and(|name| name.starts_with("employed-"))
}

fn manager(asked: &Asked) -> serde_json::Value {
    asked.json()[ENTERPRISE]["manager"].clone()
}

/// Another manager is shown by a GET.
fn shown(change: fn(&mut serde_json::Value)) -> Deviation {
    on_answer(move |asked, answered| {
        if asked.is_one("GET") && is_employed(answered) && answered.json()[ENTERPRISE]["manager"].is_object() {
            answered.edit(|body| change(&mut body[ENTERPRISE]["manager"]));
        }
    })
}

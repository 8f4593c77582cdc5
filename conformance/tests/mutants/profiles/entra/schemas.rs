//! Mutants for the checks of discovery.

use conformance::model::{ENTERPRISE, GROUP, USER};
use serde_json::Value;

use super::super::forms::fails;
use crate::deviation::{Deviation, Mutant, mutant, on_answer};

/// The schemas are listed without that one.
fn without(urn: &'static str) -> Deviation {
    on_answer(move |asked, answered| {
        if asked.is("GET", "/Schemas") {
            answered.edit_list(|schemas| schemas.retain(|schema| schema["id"] != urn));
        }
    })
}

/// The attributes of users are listed in another way.
fn users(change: fn(&mut Vec<Value>)) -> Deviation {
    on_answer(move |asked, answered| {
        if asked.is("GET", "/Schemas") {
            answered.edit_list(|schemas| {
                let user = schemas.iter_mut().find(|schema| schema["id"] == USER);
                if let Some(attributes) = user.and_then(|user| user["attributes"].as_array_mut()) {
                    change(attributes);
                }
            });
        }
    })
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant("entra-schemas-of-groups", without(GROUP)),
        mutant("entra-schemas-of-extensions", without(ENTERPRISE)),
        mutant(
            "entra-schemas-canonical-types",
            users(|attributes| {
                let phones = attributes.iter_mut().find(|attribute| attribute["name"] == "phoneNumbers");
                let parts = phones.and_then(|phones| phones["subAttributes"].as_array_mut());
                for part in parts.into_iter().flatten().filter(|part| part["name"] == "type") {
                    part.as_object_mut().map(|part| part.shift_remove("canonicalValues"));
                }
            }),
        ),
        mutant("entra-schemas-no-nulls", users(|attributes| attributes[0]["canonicalValues"] = Value::Null)),
        mutant("entra-schemas-default-mapping", users(|attributes| attributes.retain(|attribute| attribute["name"] != "title"))),
        mutant("entra-gallery-discovery", fails(404, |asked| asked.is("GET", "/ResourceTypes"))),
    ]
}

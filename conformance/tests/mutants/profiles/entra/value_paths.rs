//! Mutants for the checks of value paths.

use serde_json::{Value, json};

use super::super::forms::{forgets, is, mistakes, path, refuses};
use crate::deviation::{Mutant, mutant};

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        // The whole attribute is replaced, and the address has no type any more.
        mutant(
            "entra-value-path-replace",
            mistakes(|op| {
                if is(op, "replace", "emails[type eq \"work\"].value") && op["value"].is_string() {
                    *op = json!({ "op": "replace", "path": "emails", "value": [{ "value": op["value"] }] });
                }
            }),
        )
        .also(&[
            ("entra-value-path-replace-creates", "Microsoft documents the same operation where there is no element"),
            ("entra-patch-replace-mixed", "Microsoft's validator sends the same operation beside others"),
        ]),
        mutant(
            "entra-value-path-replace-creates",
            refuses("noTarget", |op| op["value"].as_str().is_some_and(|value| value.starts_with("first-"))),
        ),
        mutant("entra-value-path-add-creates", refuses("noTarget", |op| path(op) == "addresses[type eq \"work\"].country")),
        mutant(
            "entra-value-path-add-beside",
            mistakes(|op| {
                if path(op) == "addresses[type eq \"work\"].formatted" {
                    op["path"] = "addresses[type eq \"home\"].formatted".into();
                }
            }),
        ),
        // Each part makes an address of its own.
        mutant("entra-value-path-builds-one-element", mistakes(an_address_each)),
        mutant(
            "entra-value-path-second-phone",
            mistakes(|op| {
                if path(op) == "phoneNumbers[type eq \"mobile\"].value" {
                    *op = json!({ "op": "replace", "path": "phoneNumbers", "value": [{ "type": "mobile", "value": op["value"] }] });
                }
            }),
        ),
        mutant("entra-value-path-case", refuses("noTarget", |op| path(op) == "emails[type eq \"Work\"].Value")),
        mutant("entra-value-path-string-boolean-creates", refuses("invalidFilter", |op| is(op, "add", "roles[primary eq \"True\"].value"))),
        mutant("entra-value-path-string-boolean", refuses("noTarget", |op| is(op, "replace", "roles[primary eq \"True\"].value"))),
        mutant("entra-value-path-boolean", refuses("invalidFilter", |op| path(op).contains("primary eq true"))),
        mutant("entra-role-as-json-text", refuses("invalidValue", |op| path(op) == "roles" && role(op).starts_with('{'))),
        mutant(
            "entra-roles-replaced",
            mistakes(|op| {
                if is(op, "replace", "roles") {
                    op["op"] = "add".into();
                }
            }),
        ),
        // What was added twice is told apart.
        mutant(
            "entra-role-added-twice",
            mistakes(|op| {
                if is(op, "add", "roles") && role(op) == "sales-admin" {
                    op["value"][0]["type"] = "again".into();
                }
            }),
        ),
        mutant("entra-primary-moves", forgets(|op| path(op) == "emails[type eq \"home\"].primary")),
    ]
}

/// The `value` of the first role of an operation.
fn role(op: &Value) -> &str {
    op["value"][0]["value"].as_str().unwrap_or_default()
}

fn an_address_each(op: &mut Value) {
    let part = path(op).strip_prefix("addresses[type eq \"work\"].").unwrap_or_default();
    if ["streetAddress", "locality", "postalCode"].contains(&part) {
        let address = json!({ "type": "work", part: op["value"] });
        *op = json!({ "op": "add", "path": "addresses", "value": [address] });
    }
}

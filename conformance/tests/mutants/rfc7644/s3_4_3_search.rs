//! Mutants for the checks of RFC 7644 §3.4.3: queries by POST to `.search`.

use serde_json::json;

use crate::deviation::{Answered, Mutant, mutant, on_answer, on_request};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User:";

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant("7644-3.4.3-search", on_request(|asked| asked.is("POST", "/Groups/.search").then(|| Answered::error(404, "")))),
        mutant(
            "7644-3.4.3-answer",
            on_answer(|asked, answered| {
                if asked.is("POST", "/Gadgets/.search") && answered.status == 200 {
                    answered.status = 201;
                }
            }),
        ),
        mutant(
            "7644-3.4.3-creates-nothing",
            on_request(|asked| asked.is("GET", "/Users/.search").then(|| Answered::with(200, json!({ "id": ".search" })))),
        ),
        // It knows the order of GET only.
        mutant(
            "7644-3.4.3-parameters",
            on_request(|asked| {
                if asked.is("POST", "/Users/.search") {
                    asked.edit(|body| {
                        if body["sortBy"] == "nickName" {
                            body["sortOrder"] = "descending".into();
                        }
                    });
                }
                None
            }),
        ),
        mutant(
            "7644-3.4.3-schemas",
            on_request(|asked| {
                if asked.is("POST", "/Users/.search") {
                    asked.edit(|body| body["schemas"] = json!(["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]));
                }
                None
            }),
        ),
        mutant(
            "7644-3.4.3-invalid-filter",
            on_request(|asked| {
                if asked.is("POST", "/Users/.search") {
                    asked.edit(|body| {
                        if body["filter"] == "displayName" {
                            body["filter"] = "id pr".into();
                        }
                    });
                }
                None
            }),
        ),
        mutant(
            "7644-3.4.3-root",
            on_answer(|asked, answered| {
                let names_text = asked.json()["filter"].as_str().is_some_and(|filter| filter.starts_with("displayName sw"));
                if asked.is("POST", "/.search") && names_text {
                    answered.edit_list(|resources| resources.retain(|resource| resource["userName"].is_string()));
                }
            }),
        ),
        mutant(
            "7644-3.4.3-notation",
            on_request(|asked| {
                if asked.is("POST", "/Users/.search") {
                    asked.edit(|body| {
                        if body["attributes"][0] == format!("{USER}nickName") {
                            body["attributes"] = json!(["id"]);
                        }
                    });
                }
                None
            }),
        ),
        mutant(
            "7644-3.4.3-excluded-always",
            on_answer(|asked, answered| {
                if asked.is("POST", "/Users/.search") && asked.json()["excludedAttributes"] == json!(["id"]) {
                    answered.remove("id");
                }
            }),
        ),
        mutant(
            "7644-3.4.3-sort-notation",
            on_request(|asked| {
                let is_full = asked.is("POST", "/Users/.search") && asked.json()["sortBy"] == format!("{USER}displayName");
                is_full.then(|| Answered::error(400, "invalidValue"))
            }),
        ),
    ]
}

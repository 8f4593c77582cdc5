//! Mutants for the checks of RFC 7644 §4.

use serde_json::json;

use crate::deviation::{Answered, Mutant, mutant, on_answer, on_request};

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant(
            "7644-4-service-provider-config",
            on_answer(|asked, answered| {
                if asked.is("GET", "/ServiceProviderConfig") && answered.status == 200 {
                    answered.edit(|body| body["schemas"] = json!(["urn:ietf:params:scim:api:messages:2.0:ListResponse"]));
                }
            }),
        ),
        mutant(
            "7644-4-schemas-list",
            on_answer(|asked, answered| {
                if asked.is("GET", "/Schemas") {
                    answered.edit_list(|schemas| schemas.retain(|schema| schema["name"] != "Group"));
                    let count = answered.json()["Resources"].as_array().map_or(0, Vec::len);
                    answered.edit(|body| body["totalResults"] = count.into());
                }
            }),
        )
        .also(&[
            ("7643-6-schema", "it is what /ResourceTypes names, seen from the other side"),
            ("7643-7-schema-of-each-urn", "the URN of the schema stands in each resource"),
        ]),
        // An unknown schema exists.
        mutant(
            "7644-4-one-schema",
            on_answer(|asked, answered| {
                if asked.path.starts_with("/Schemas/urn:example") && answered.status == 404 {
                    *answered = Answered::with(200, json!({ "id": "urn:example" }));
                }
            }),
        ),
        mutant(
            "7644-4-resource-types",
            on_answer(|asked, answered| {
                if asked.is("GET", "/ResourceTypes") {
                    answered.remove("name");
                }
            }),
        )
        .also(&[("7643-6-members", "the name is REQUIRED there"), ("7643-6-name-of-resources", "meta.resourceType refers to the name")]),
        mutant(
            "7644-4-list-response",
            on_answer(|asked, answered| {
                if asked.is("GET", "/Schemas") && answered.status == 200 {
                    answered.edit(|body| body["totalResults"] = 1.into());
                }
            }),
        ),
        mutant(
            "7644-4-parameters-ignored",
            on_answer(|asked, answered| {
                if asked.is("GET", "/Schemas") && asked.parameter("count").is_some() {
                    answered.edit_list(|schemas| schemas.truncate(1));
                }
            }),
        ),
        mutant(
            "7644-4-filter-forbidden",
            on_request(|asked| {
                if asked.path == "/ResourceTypes" {
                    asked.remove_parameter("filter");
                }
                None
            }),
        ),
        mutant("7644-4-endpoints-reachable", on_request(|asked| asked.is("GET", "/Gadgets").then(|| Answered::error(404, "")))),
    ]
}

//! Mutants for the checks of RFC 7643 §8.1 to §8.6: the examples.

use crate::deviation::{Answered, Mutant, mutant, on_answer, on_request};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant(
            "7643-8.1-minimal-user",
            on_request(|asked| {
                let is_minimal = asked.json()["userName"].as_str().is_some_and(|name| name.starts_with("minimal-"));
                (asked.is("POST", "/Users") && is_minimal).then(|| Answered::error(400, "invalidValue"))
            }),
        ),
        mutant(
            "7643-8.2-full-user",
            on_answer(|asked, answered| {
                let body = answered.json();
                let is_example = body["userName"].as_str().is_some_and(|name| name.starts_with("bjensen-"));
                if asked.is_one("GET") && is_example && body[ENTERPRISE].is_null() {
                    answered.remove("addresses");
                }
            }),
        ),
        // The relative $ref of the example is not understood.
        mutant(
            "7643-8.3-enterprise-user",
            on_request(|asked| {
                let is_relative =
                    asked.json()[ENTERPRISE]["manager"]["$ref"].as_str().is_some_and(|reference| reference.starts_with("../"));
                is_relative.then(|| Answered::error(400, "invalidValue"))
            }),
        ),
        mutant(
            "7643-8.4-group",
            on_request(|asked| {
                let has_display = asked.json()["members"][0]["display"] == "Babs Jensen";
                (asked.is("POST", "/Groups") && has_display).then(|| Answered::error(400, "invalidSyntax"))
            }),
        ),
        mutant(
            "7643-8.5-service-provider-config",
            on_answer(|asked, answered| {
                if asked.is("GET", "/ServiceProviderConfig") && answered.status == 200 {
                    answered.edit(|body| body["sort"] = true.into());
                }
            }),
        )
        .also(&[("7643-5-members", "§5 requires the same members")]),
        mutant(
            "7643-8.6-resource-types",
            on_answer(|asked, answered| {
                if asked.is("GET", "/ResourceTypes") {
                    answered.edit_list(|types| types.iter_mut().for_each(|kind| kind["meta"]["resourceType"] = "Schema".into()));
                }
            }),
        ),
    ]
}

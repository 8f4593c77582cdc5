//! Mutants for the checks of RFC 7644 §3.4.2, §3.4.2.1: queries and their answers.

use serde_json::json;

use crate::deviation::{Answered, Asked, Mutant, mutant, on_answer, on_request};

/// A list of gadgets that no filter narrows.
fn lists_gadgets(asked: &Asked) -> bool {
    asked.is("GET", "/Gadgets") && asked.parameter("filter").is_none()
}

/// A query over all types.
fn is_at_root(asked: &Asked) -> bool {
    asked.is("POST", "/.search") || asked.is("GET", "/")
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant(
            "7644-3.4.2-unknown-parameter",
            on_request(|asked| asked.parameter("conformanceUnknown").map(|_| Answered::error(400, "invalidValue"))),
        ),
        mutant(
            "7644-3.4.2-list-response",
            on_answer(|asked, answered| {
                if lists_gadgets(asked) {
                    answered.edit(|body| body["schemas"] = json!(["urn:ietf:params:scim:api:messages:1.0:ListResponse"]));
                }
            }),
        ),
        mutant(
            "7644-3.4.2-total-results",
            on_answer(|asked, answered| {
                if lists_gadgets(asked) {
                    answered.edit(|body| body["totalResults"] = body["totalResults"].to_string().into());
                }
            }),
        ),
        mutant(
            "7644-3.4.2-resources",
            on_answer(|asked, answered| {
                if lists_gadgets(asked) && asked.query.is_empty() {
                    answered.edit(|body| body["resources"] = body["Resources"].take());
                }
            }),
        ),
        mutant(
            "7644-3.4.2-start-index",
            on_answer(|asked, answered| {
                if lists_gadgets(asked) {
                    answered.edit(|body| body["startIndex"] = 0.into());
                }
            }),
        ),
        mutant(
            "7644-3.4.2-items-per-page",
            on_answer(|asked, answered| {
                if lists_gadgets(asked) {
                    answered.edit(|body| body["itemsPerPage"] = 100.into());
                }
            }),
        ),
        mutant(
            "7644-3.4.2-no-match",
            on_answer(|asked, answered| {
                if asked.parameter("filter").is_some_and(|filter| filter.ends_with("-nobody\"")) {
                    *answered = Answered::error(404, "");
                }
            }),
        ),
        mutant(
            "7644-3.4.2.1-endpoints",
            on_request(|asked| {
                let asks_for_a_part = asked.is_one("GET") && asked.parameter("attributes").as_deref() == Some("meta");
                asks_for_a_part.then(|| Answered::error(400, "invalidValue"))
            }),
        ),
        // Groups are left out.
        mutant(
            "7644-3.4.2.1-root",
            on_answer(|asked, answered| {
                if asked.is("GET", "/") {
                    answered.edit_list(|resources| resources.retain(|resource| resource["meta"]["resourceType"] != "Group"));
                }
            }),
        ),
        mutant(
            "7644-3.4.2.1-resource-type",
            on_request(|asked| {
                let filter = asked.parameter("filter")?;
                let (before, _) = filter.split_once(" and meta.resourceType eq \"NoSuchType\"")?;
                asked.remove_parameter("filter");
                asked.add_parameter("filter", before);
                None
            }),
        ),
        mutant(
            "7644-3.4.2.1-filter-of-many-types",
            on_request(|asked| {
                if is_at_root(asked) {
                    asked.edit(|body| {
                        let filter = body["filter"].as_str().unwrap_or_default();
                        if let Some((before, _)) = filter.split_once(" and meta.resourceType") {
                            body["filter"] = before.into();
                        }
                    });
                }
                None
            }),
        ),
        mutant(
            "7644-3.4.2.1-foreign-attribute",
            on_request(|asked| {
                let negates = is_at_root(asked) && asked.json()["filter"].as_str().is_some_and(|filter| filter.contains(" and not ("));
                negates.then(|| Answered::error(400, "invalidFilter"))
            }),
        ),
        mutant(
            "7644-3.4.2.1-undefined-attribute",
            on_request(|asked| {
                if asked.parameter("filter").is_some_and(|filter| filter.starts_with("noSuchAttribute eq")) {
                    asked.remove_parameter("filter");
                }
                None
            }),
        ),
        mutant(
            "7644-3.4.2.1-filter-of-one",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && asked.parameter("filter").is_some() {
                    *answered = Answered::error(403, "");
                }
            }),
        ),
    ]
}

//! Mutants for the checks of matching.

use serde_json::json;

use super::super::forms::{fails, finds_nothing, refuses_filter};
use crate::deviation::{Asked, Mutant, mutant, on_answer, on_request};

fn filter_has(asked: &Asked, text: &str) -> bool {
    asked.parameter("filter").is_some_and(|filter| filter.contains(text))
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant(
            "entra-filter-form-encoded",
            on_request(|asked| {
                asked.query = asked.query.replace('+', "%2B");
                None
            }),
        ),
        mutant(
            "entra-filter-literal-plus",
            on_request(|asked| {
                asked.query = asked.query.replace("%2B", "%20");
                None
            }),
        ),
        mutant("entra-filter-not-ascii", finds_nothing(|asked| filter_has(asked, "ESPAÑA"))),
        mutant("entra-filter-not-utf-8", fails(500, |asked| asked.query.contains("%FF"))),
        mutant("entra-filter-user-name-case", finds_nothing(|asked| filter_has(asked, "EXAMPLE.COM"))),
        mutant("entra-filter-group-name-case", finds_nothing(|asked| filter_has(asked, "sales emea"))),
        mutant("entra-filter-typed-email", refuses_filter(|filter| filter.contains("].value eq"))),
        mutant("entra-filter-typed-email-old-form", refuses_filter(|filter| filter.contains("] eq"))),
        mutant("entra-filter-unquoted", refuses_filter(|filter| !filter.contains('"'))),
        mutant("entra-filter-names-in-any-case", refuses_filter(|filter| filter.starts_with("USERNAME"))),
        mutant("entra-filter-external-id", refuses_filter(|filter| filter.starts_with("externalId eq \""))),
        mutant("entra-filter-manager", refuses_filter(|filter| filter.contains("and manager eq"))),
        // The members are not looked at.
        mutant(
            "entra-filter-members",
            on_request(|asked| {
                if let Some(filter) = asked.parameter("filter").filter(|filter| filter.contains(" and members eq")) {
                    let group = filter.split(" and ").next().unwrap_or_default();
                    asked.remove_parameter("filter");
                    asked.add_parameter("filter", group);
                }
                None
            }),
        ),
        mutant(
            "entra-groups-without-members",
            on_answer(|asked, answered| {
                if asked.is("GET", "/Groups") && asked.parameter("excludedAttributes").is_some() {
                    answered.edit_list(|groups| groups.iter_mut().for_each(|group| group["members"] = json!([])));
                }
            }),
        ),
        mutant(
            "entra-group-without-members",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && asked.parameter("excludedAttributes").is_some() {
                    answered.edit(|group| group["members"] = json!([]));
                }
            }),
        ),
        mutant(
            "entra-filter-finds-nobody-deleted",
            on_answer(|asked, answered| {
                if filter_has(asked, "userName eq") && filter_has(asked, "@") && answered.json()["totalResults"] == 0 {
                    answered.edit(|list| {
                        list["totalResults"] = 1.into();
                        list["Resources"] = json!([{ "id": "still there", "active": false }]);
                    });
                }
            }),
        ),
        mutant(
            "entra-paging",
            on_answer(|asked, answered| {
                if asked.parameter("startIndex").is_some() {
                    answered.edit(|list| list["startIndex"] = 1.into());
                }
            }),
        ),
    ]
}

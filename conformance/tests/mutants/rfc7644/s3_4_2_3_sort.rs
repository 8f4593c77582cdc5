//! Mutants for the checks of RFC 7644 §3.4.2.3: sorting.

use crate::deviation::{Answered, Asked, Deviation, Mutant, mutant, on_answer, on_request};

/// Some sorted lists come in reverse.
fn reversed(chosen: impl Fn(&Asked) -> bool + Send + Sync + 'static) -> Deviation {
    on_answer(move |asked, answered| {
        if asked.is_type("GET") && asked.parameter("sortBy").is_some() && chosen(asked) {
            answered.edit_list(|resources| resources.reverse());
        }
    })
}

fn sorts_by(asked: &Asked, attribute: &str) -> bool {
    asked.parameter("sortBy").as_deref() == Some(attribute)
}

fn order(asked: &Asked) -> Option<String> {
    asked.parameter("sortOrder")
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant(
            "7644-3.4.2.3-supported",
            on_request(|asked| {
                let sorts = asked.is_type("GET") && order(asked).as_deref() == Some("descending") && asked.parameter("filter").is_none();
                sorts.then(|| Answered::error(500, ""))
            })
            .and_answer(|asked, answered| {
                if asked.path == "/ServiceProviderConfig" {
                    answered.edit(|body| body["sort"]["supported"] = false.into());
                }
            })
            .seen_in_discovery(),
        ),
        // The first and the last of three change places.
        mutant(
            "7644-3.4.2.3-sort-by",
            on_answer(|asked, answered| {
                if asked.parameter("cursor").is_none() && sorts_by(asked, "displayName") && order(asked).as_deref() == Some("ascending") {
                    answered.edit_list(|resources| {
                        if resources.len() == 3 {
                            resources.swap(0, 2);
                        }
                    });
                }
            }),
        ),
        mutant("7644-3.4.2.3-multi-valued", reversed(|asked| sorts_by(asked, "emails.value"))),
        mutant("7644-3.4.2.3-complex", reversed(|asked| sorts_by(asked, "name.familyName"))),
        mutant("7644-3.4.2.3-no-value", reversed(|asked| sorts_by(asked, "nickName") && order(asked).as_deref() == Some("descending"))),
        mutant(
            "7644-3.4.2.3-sort-order",
            on_request(|asked| (order(asked).as_deref() == Some("sideways")).then(|| Answered::error(500, ""))),
        ),
        mutant(
            "7644-3.4.2.3-default-order",
            reversed(|asked| {
                sorts_by(asked, "nickName")
                    && order(asked).is_none()
                    && asked.parameter("filter").is_some_and(|filter| filter.contains(" sw "))
            }),
        ),
        // Capitals first.
        mutant(
            "7644-3.4.2.3-without-case",
            on_answer(|asked, answered| {
                if asked.is_type("GET") && sorts_by(asked, "displayName") && order(asked).as_deref() == Some("ascending") {
                    answered.edit_list(|resources| {
                        resources.sort_by_key(|resource| resource["displayName"].as_str().unwrap_or_default().to_owned());
                    });
                }
            }),
        ),
        mutant("7644-3.4.2.3-case-exact", reversed(|asked| sorts_by(asked, "externalId"))),
        // As texts.
        mutant(
            "7644-3.4.2.3-by-type",
            on_answer(|asked, answered| {
                if asked.is_type("GET") && sorts_by(asked, "count") {
                    answered.edit_list(|resources| resources.sort_by_key(|resource| resource["count"].to_string()));
                }
            }),
        ),
    ]
}

//! Mutants for the checks of RFC 7644 §3.10: how attributes are named.

use crate::deviation::{Answered, Deviation, Mutant, mutant, on_request};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User:";

/// A query with such a value of that parameter is refused.
fn refused(parameter: &'static str, scim_type: &'static str, chosen: impl Fn(&str) -> bool + Send + Sync + 'static) -> Deviation {
    on_request(move |asked| {
        let value = asked.parameter(parameter).filter(|_| asked.method == "GET")?;
        chosen(&value).then(|| Answered::error(400, scim_type))
    })
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant("7644-3.10-full-name", refused("filter", "invalidFilter", |value| value.starts_with(USER) && value.ends_with("-full\""))),
        mutant(
            "7644-3.10-core-prefix",
            on_request(|asked| {
                if asked.is_one("GET") && asked.parameter("attributes").is_some_and(|value| value == format!("{USER}displayName")) {
                    asked.remove_parameter("attributes");
                    asked.add_parameter("attributes", "id");
                }
                None
            }),
        ),
        mutant(
            "7644-3.10-extended",
            refused("filter", "invalidFilter", |value| value.contains(":enterprise:2.0:User:") && value.contains(" eq ")),
        ),
        mutant("7644-3.10-sub-attribute", refused("attributes", "invalidValue", |value| value == format!("{USER}name.givenName"))),
        mutant("7644-3.10-without-case", refused("attributes", "invalidValue", |value| value.starts_with("URN:"))),
    ]
}

//! Mutants for the checks of RFC 7644 §3.4.2.2: filtering.

use serde_json::json;

use crate::deviation::{Answered, Deviation, Mutant, mutant, on_request};

/// The server reads some filters as other ones; nothing instead of a filter leaves it out.
fn read_as(change: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Deviation {
    on_request(move |asked| {
        let filter = asked.parameter("filter").filter(|_| asked.is_type("GET"))?;
        if let Some(changed) = change(&filter).filter(|changed| *changed != filter) {
            asked.remove_parameter("filter");
            if !changed.is_empty() {
                asked.add_parameter("filter", &changed);
            }
        }
        None
    })
}

/// A text in filters is read as another one.
fn replaced(from: &'static str, to: &'static str) -> Deviation {
    read_as(move |filter| Some(filter.replace(from, to)))
}

/// Some filters are answered in the place of the server.
fn answered(chosen: impl Fn(&str) -> bool + Send + Sync + 'static, answer: impl Fn() -> Answered + Send + Sync + 'static) -> Deviation {
    on_request(move |asked| {
        let filter = asked.parameter("filter").filter(|_| asked.is_type("GET"))?;
        chosen(&filter).then(&answer)
    })
}

fn refused(chosen: impl Fn(&str) -> bool + Send + Sync + 'static) -> Deviation {
    answered(chosen, || Answered::error(400, "invalidFilter"))
}

fn empty(chosen: impl Fn(&str) -> bool + Send + Sync + 'static) -> Deviation {
    answered(chosen, || {
        Answered::with(
            200,
            json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0, "Resources": [] }),
        )
    })
}

pub(super) fn mutants() -> Vec<Mutant> {
    [names(), operators(), orders(), combinations(), groups(), grammar(), meanings()].concat()
}

fn names() -> Vec<Mutant> {
    vec![
        // It says that it has no filters, and gives everything.
        mutant(
            "7644-3.4.2.2-not-supported",
            read_as(|_| Some(String::new()))
                .and_answer(|asked, answered| {
                    if asked.path == "/ServiceProviderConfig" {
                        answered.edit(|body| body["filter"]["supported"] = false.into());
                    }
                })
                .seen_in_discovery(),
        ),
        mutant("7644-3.4.2.2-only-matching", read_as(|filter| filter.starts_with("userName eq \"").then(String::new))),
        mutant("7644-3.4.2.2-names-without-case", refused(|filter| filter.starts_with("DISPLAYNAME"))),
        mutant("7644-3.4.2.2-operators-without-case", refused(|filter| filter.contains(" EQ "))),
    ]
}

fn operators() -> Vec<Mutant> {
    vec![
        mutant("7644-3.4.2.2-eq", replaced("displayName eq \"", "displayName sw \"")),
        mutant("7644-3.4.2.2-ne", replaced("nickName ne \"", "nickName sw \"")),
        mutant("7644-3.4.2.2-co", replaced("displayName co \"", "displayName sw \"")),
        mutant("7644-3.4.2.2-sw", replaced("displayName sw \"", "displayName co \"")),
        mutant("7644-3.4.2.2-ew", replaced("displayName ew \"", "displayName co \"")),
        mutant("7644-3.4.2.2-pr", replaced("nickName pr", "displayName pr")),
    ]
}

fn orders() -> Vec<Mutant> {
    vec![
        mutant("7644-3.4.2.2-gt", replaced("meta.created gt", "meta.created ge")),
        mutant("7644-3.4.2.2-ge", replaced("displayName ge", "displayName gt")),
        mutant("7644-3.4.2.2-lt", replaced("displayName lt", "displayName le")),
        mutant("7644-3.4.2.2-le", replaced("displayName le", "displayName lt")),
        // 9 comes before 10, as numbers do.
        mutant("7644-3.4.2.2-lexicographical", read_as(|filter| filter.ends_with("-10\"").then(|| filter.replace(" gt ", " lt ")))),
        mutant("7644-3.4.2.2-chronological", replaced("+11:00", "Z")),
        mutant("7644-3.4.2.2-order-of-booleans", empty(|filter| filter == "active ge true")),
        mutant("7644-3.4.2.2-order-of-binaries", empty(|filter| filter.starts_with("x509Certificates.value le"))),
    ]
}

fn combinations() -> Vec<Mutant> {
    vec![
        mutant(
            "7644-3.4.2.2-and",
            read_as(|filter| {
                let is_that = filter.contains("-b\" and nickName eq") && filter.ends_with("-y\"") && !filter.contains(" or ");
                is_that.then(|| filter.replace(" and ", " or "))
            }),
        ),
        mutant("7644-3.4.2.2-or", read_as(|filter| filter.split_once(" or nickName eq").map(|(before, _)| before.to_owned()))),
        mutant("7644-3.4.2.2-not", replaced("not(", "(")),
        mutant(
            "7644-3.4.2.2-parentheses",
            read_as(|filter| {
                (filter.starts_with("(displayName") && filter.contains(") and nickName")).then(|| filter.replace(['(', ')'], ""))
            }),
        ),
        // From left to right.
        mutant(
            "7644-3.4.2.2-precedence",
            read_as(|filter| {
                let (before, behind) = filter.split_once(" and nickName").filter(|(before, _)| before.contains(" or displayName"))?;
                Some(format!("({before}) and nickName{behind}")).filter(|_| !filter.starts_with('('))
            }),
        ),
    ]
}

fn groups() -> Vec<Mutant> {
    vec![
        mutant("7644-3.4.2.2-any-value", read_as(|filter| filter.starts_with("emails.value eq").then(|| filter.replace("-b@", "-none@")))),
        mutant("7644-3.4.2.2-value-implied", refused(|filter| filter.starts_with("emails co"))),
        mutant(
            "7644-3.4.2.2-value-filter",
            answered(|filter| filter.starts_with("emails[type") && filter.contains("value co"), || Answered::error(400, "invalidValue")),
        ),
        mutant(
            "7644-3.4.2.2-same-value",
            read_as(|filter| {
                let is_that = filter.starts_with("emails[type eq") && filter.contains(" and value eq");
                is_that.then(|| filter.replace("emails[type", "emails.type").replace(" and value", " and emails.value").replace(']', ""))
            }),
        ),
        mutant("7644-3.4.2.2-within-brackets", empty(|filter| filter == "emails[]")),
        mutant("7644-3.4.2.2-nested", refused(|filter| filter.starts_with("emails[("))),
        mutant("7644-3.4.2.2-complex", read_as(|filter| filter.starts_with("name eq").then(String::new))),
    ]
}

fn grammar() -> Vec<Mutant> {
    vec![
        mutant("7644-3.4.2.2-empty", read_as(|filter| filter.is_empty().then(|| "id pr".to_owned()))),
        mutant("7644-3.4.2.2-expression", empty(|filter| filter == "displayName")),
        mutant("7644-3.4.2.2-grammar", empty(|filter| filter == "()")),
        mutant("7644-3.4.2.2-literals", empty(|filter| filter.ends_with(" eq john"))),
        mutant("7644-3.4.2.2-unknown-operator", read_as(|filter| filter.contains(" regex ").then(String::new))),
        mutant(
            "7644-3.4.2.2-with-urn",
            refused(|filter| filter.starts_with("urn:ietf:params:scim:schemas:core:2.0:User:displayName eq") && filter.ends_with("-b\"")),
        ),
        mutant("7644-3.4.2.2-sub-attribute", refused(|filter| filter.starts_with("name.familyName eq"))),
        mutant("7644-3.4.2.2-escapes", replaced("\\u00e9", "\\\\u00e9")),
    ]
}

fn meanings() -> Vec<Mutant> {
    vec![
        mutant("7644-3.4.2.2-null", refused(|filter| filter.ends_with(" eq null"))),
        mutant("7644-3.4.2.2-case-exact", read_as(|filter| filter.contains("externalId eq").then(|| filter.replace("-ABC", "-abc")))),
        mutant("7644-3.4.2.2-schemas", read_as(|filter| filter.split_once(" and schemas eq").map(|(before, _)| before.to_owned()))),
        mutant("7644-3.4.2.2-examples", refused(|filter| filter.ends_with("userType eq \"Intern\""))),
    ]
}

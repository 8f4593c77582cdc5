//! The RFC's own examples of filters.

use crate::check::{Check, Judged, Outcome, Stop, must};
use crate::session::Session;

pub(super) fn checks() -> Vec<Check> {
    vec![
        must("7644-3.4.2.2-examples", "The following are examples of valid filters")
            .rows(EXAMPLE_ROWS)
            .why("clients that are written after the RFC's own examples are refused")
            .talk(examples),
    ]
}

/// Figure 2: the row, the filter and the attributes of users that it names.
const EXAMPLES: &[(&str, &str, &[&str])] = &[
    ("7644-3.4.2.2-53", r#"userName eq "bjensen""#, &["userName"]),
    ("7644-3.4.2.2-54", r#"name.familyName co "O'Malley""#, &["name"]),
    ("7644-3.4.2.2-55", r#"userName sw "J""#, &["userName"]),
    ("7644-3.4.2.2-56", r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J""#, &["userName"]),
    ("7644-3.4.2.2-57", "title pr", &["title"]),
    ("7644-3.4.2.2-58", r#"meta.lastModified gt "2011-05-13T04:42:34Z""#, &[]),
    ("7644-3.4.2.2-59", r#"title pr and userType eq "Employee""#, &["title", "userType"]),
    ("7644-3.4.2.2-60", r#"title pr or userType eq "Intern""#, &["title", "userType"]),
    (
        "7644-3.4.2.2-61",
        r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
        &["userType", "emails"],
    ),
    (
        "7644-3.4.2.2-62",
        r#"userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")"#,
        &["userType", "emails"],
    ),
    ("7644-3.4.2.2-63", r#"userType eq "Employee" and (emails.type eq "work")"#, &["userType", "emails"]),
    ("7644-3.4.2.2-64", r#"userType eq "Employee" and emails[type eq "work" and value co "@example.com"]"#, &["userType", "emails"]),
    (
        "7644-3.4.2.2-65",
        r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
        &["emails", "ims"],
    ),
];

const EXAMPLE_ROWS: &[&str] = &[
    "7644-3.4.2.2-53",
    "7644-3.4.2.2-54",
    "7644-3.4.2.2-55",
    "7644-3.4.2.2-56",
    "7644-3.4.2.2-57",
    "7644-3.4.2.2-58",
    "7644-3.4.2.2-59",
    "7644-3.4.2.2-60",
    "7644-3.4.2.2-61",
    "7644-3.4.2.2-62",
    "7644-3.4.2.2-63",
    "7644-3.4.2.2-64",
    "7644-3.4.2.2-65",
];

async fn examples(s: Session) -> Outcome {
    let kind = s.kind("User")?;
    for (row, filter, names) in EXAMPLES {
        let lacking = names.iter().find(|name| kind.attribute(name).is_none());
        if let Some(name) = lacking {
            s.row(row, Err(Stop::Skipped(format!("the server's users have no `{name}`"))));
            continue;
        }
        let answer = s.query(&kind.endpoint, &[("filter", filter), ("count", "1")]).await?;
        // Complex filters may be left out; a server may find that these are too many.
        let is_excused = answer.status == 400 && (filter.contains('[') || answer.at("/scimType") == "tooMany");
        let judged = answer.expect_list().map(|_| ());
        // Elsewhere clients must name a sub-attribute: these examples are at odds with it.
        let leaves_it_to_the_server = answer.status == 400 && filter.contains("emails co");
        s.row(
            row,
            match judged {
                Err(_) if is_excused => Err(Stop::Skipped("the server refuses complex filters, or so many results".into())),
                judged if leaves_it_to_the_server => judged.or_warning(),
                judged => judged,
            },
        );
    }
    Ok(())
}

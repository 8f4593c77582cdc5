//! Every filter and path that RFC 7644 prints, with the section it stands in.

use scim_filter::{Dialect, Filter, Logic, Path, Term};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// §3.4.2.2, Figure 2, in its order; the line breaks of the page are blanks.
const FIGURE_2: [&str; 17] = [
    r#"userName eq "bjensen""#,
    r#"name.familyName co "O'Malley""#,
    r#"userName sw "J""#,
    r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J""#,
    r#"title pr"#,
    r#"meta.lastModified gt "2011-05-13T04:42:34Z""#,
    r#"meta.lastModified ge "2011-05-13T04:42:34Z""#,
    r#"meta.lastModified lt "2011-05-13T04:42:34Z""#,
    r#"meta.lastModified le "2011-05-13T04:42:34Z""#,
    r#"title pr and userType eq "Employee""#,
    r#"title pr or userType eq "Intern""#,
    r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#,
    r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
    r#"userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")"#,
    r#"userType eq "Employee" and (emails.type eq "work")"#,
    r#"userType eq "Employee" and emails[type eq "work" and value co "@example.com"]"#,
    r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
];

/// The paths of §3.5.2 (Figure 8) and of the PATCH requests in §3.5.2.1 to §3.5.2.3 and §3.7.
const PATHS: [&str; 12] = [
    "members",
    "name.familyName",
    r#"addresses[type eq "work"]"#,
    r#"members[value eq "2819c223-7f76-453a-919d-413861904646"]"#,
    r#"members[value eq "2819c223-7f76-453a-919d-413861904646"].displayName"#,
    r#"members[value eq "2819c223-7f76-...413861904646"]"#,
    r#"emails[type eq "work" and value ew "example.com"]"#,
    r#"members[value eq "2819c223...919d-413861904646"]"#,
    r#"addresses[type eq "work"].streetAddress"#,
    "nickName",
    "userName",
    "nickname",
];

fn dialects() -> [Dialect<'static>; 2] {
    [Dialect::lexical(), Dialect::with_urns([USER, ENTERPRISE])]
}

#[test]
fn the_filters_of_figure_2_are_accepted_and_print_as_they_stand() {
    for dialect in dialects() {
        for text in FIGURE_2 {
            let filter = Filter::parse(text, &dialect).unwrap_or_else(|error| panic!("{}", error.render(text)));
            // One example has parentheses that change nothing.
            let canonical = text.replace(r#"(emails.type eq "work")"#, r#"emails.type eq "work""#);
            assert_eq!(filter.to_string(), canonical);
            assert_eq!(Filter::parse(&canonical, &dialect).as_ref(), Ok(&filter));
        }
    }
}

#[test]
fn the_paths_are_accepted_and_print_as_they_stand() {
    for dialect in dialects() {
        for text in PATHS {
            let path = Path::parse(text, &dialect).unwrap_or_else(|error| panic!("{}", error.render(text)));
            assert_eq!(path.to_string(), text);
        }
    }
}

#[test]
fn the_other_filters_are_accepted() {
    // §3.4.2.2 (case), §3.4.3 (Figure 4), §7.5.2 has the same with an e-mail.
    for text in [r#"userName Eq "john""#, r#"Username eq "john""#, r#"displayName sw "smith""#] {
        for dialect in dialects() {
            assert!(Filter::parse(text, &dialect).is_ok(), "{text}");
        }
    }
}

#[test]
fn names_and_operators_are_the_same_in_any_case() {
    let dialect = Dialect::lexical();
    assert_eq!(Filter::parse(r#"userName Eq "john""#, &dialect), Filter::parse(r#"Username eq "john""#, &dialect));
    assert_ne!(Filter::parse(r#"userName eq "John""#, &dialect), Filter::parse(r#"userName eq "john""#, &dialect));
}

#[test]
fn the_examples_that_break_the_grammar_are_refused() {
    // §3.4.2.1: no quotes. §3.7.1: single quotes. §3.5.2.2: no blank before the value.
    let dialect = Dialect::with_urns([USER, ENTERPRISE]);
    for (text, offset) in [
        ("(meta.resourceType eq User) or (meta.resourceType eq Group)", 22),
        ("displayName sw 'Group'", 15),
        (r#"members[value eq"2819c223...919d-413861904646"]"#, 16),
    ] {
        assert_eq!(Filter::parse(text, &dialect).map_err(|error| error.offset()), Err(offset), "{text}");
    }
}

#[test]
fn bare_tokens_make_the_unquoted_example_readable() {
    let dialect = Dialect::lexical().bare_tokens();
    let filter = Filter::parse("(meta.resourceType eq User) or (meta.resourceType eq Group)", &dialect).expect("permitted");
    assert_eq!(filter.to_string(), r#"meta.resourceType eq "User" or meta.resourceType eq "Group""#);
}

/// RFC: 7644-3.4.2.2-44
#[test]
fn and_takes_precedence_over_or() {
    let dialect = Dialect::lexical();
    let filter = Filter::parse("a pr or b pr and not (c pr) or d pr", &dialect).expect("a filter");
    let Logic::Or(operands) = filter.root() else { panic!("`or` is evaluated last") };
    assert_eq!(operands.len(), 3);
    assert!(matches!(&operands[0], Logic::Term(Term::AttrExp(_))));
    assert!(matches!(&operands[1], Logic::And(inner) if matches!(&inner[1], Logic::Not(_))));
}

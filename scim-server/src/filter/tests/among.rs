//! Filters of a query over several types, each read for one of them (RFC 7644 §3.4.2.1; S24, S27, S28).

use super::{filter_of, resolve};
use crate::error::ScimType;
use crate::example::{ENTERPRISE, kind};
use crate::filter::{TypeFilter, resolve_among_others};
use crate::{Leniency, Profile};

fn among(text: &str, type_name: &str) -> TypeFilter {
    match resolve_among_others(text, &kind(type_name), &Leniency::new(Profile::RFC)) {
        Ok(found) => found,
        Err(error) => panic!("{text}: {error}"),
    }
}

/// RFC: 7644-3.4.2.1-06 7644-3.4.2.1-07
#[test]
fn what_only_other_types_have_decides_without_a_resource() {
    for text in [
        "userName pr",
        r#"userName eq "a""#,
        r#"userName co """#,
        r#"userName gt "a""#,
        "userName ne null",
        "not (userName eq null)",
        r#"userName eq "a" and displayName pr"#,
        r#"displayName pr and (userName pr or emails[type eq "work"])"#,
        r#"emails[type eq "work"]"#,
        "emails[not (type pr)]",
        "members[nothing pr]",
        r#"members[nothing pr and type eq "User"]"#,
        r#"members[type eq "User" and nothing eq 1]"#,
        &format!(r#"{ENTERPRISE}:department eq "x""#),
        "unknownToAll pr",
        "members.nothing pr",
    ] {
        assert_eq!(among(text, "Group"), TypeFilter::Nothing, "{text}");
        assert_eq!(among(&format!("not ({text})"), "Group"), TypeFilter::Everything, "not ({text})");
    }
    for text in [
        "not (userName pr)",
        r#"userName ne "a""#,
        "userName eq null",
        r#"userName ne "a" or displayName eq "x""#,
        r#"displayName eq "x" or userName ne "a""#,
    ] {
        assert_eq!(among(text, "Group"), TypeFilter::Everything, "{text}");
    }
}

#[test]
fn what_is_left_is_the_filter_of_the_parts_that_the_type_has() {
    for (text, left) in [
        (r#"displayName eq "x" or userName pr"#, r#"displayName eq "x""#),
        (r#"userName pr or displayName eq "x" or members pr"#, r#"displayName eq "x" or members pr"#),
        (r#"not (userName pr) and displayName eq "x""#, r#"displayName eq "x""#),
        (r#"not (userName pr or displayName eq "x")"#, r#"not (displayName eq "x")"#),
        (r#"members[nothing pr or type eq "User"]"#, r#"members[type eq "User"]"#),
        ("members[not (nothing pr)]", "members pr"),
        (r#"members[not (nothing pr) and type eq "User"]"#, r#"members[type eq "User"]"#),
        (r#"members[type eq "User"]"#, r#"members[type eq "User"]"#),
        ("displayName pr and members pr", "displayName pr and members pr"),
    ] {
        assert_eq!(among(text, "Group"), TypeFilter::Those(filter_of(left, "Group", Profile::RFC)), "{text}");
    }
}

#[test]
fn what_is_wrong_with_an_attribute_of_the_type_is_refused_among_others_too() {
    for text in [r#"password eq "x""#, "active gt true", r#"name eq "x""#, r#"name[familyName eq "x"]"#, "(", r#"other pr or password pr"#]
    {
        let error = resolve_among_others(text, &kind("User"), &Leniency::new(Profile::RFC)).expect_err(text);
        assert_eq!(error.scim_type(), Some(ScimType::InvalidFilter), "{text}");
    }
    assert!(resolve("other pr", &kind("User"), &Leniency::new(Profile::RFC)).is_err(), "a type that is asked alone knows what it lacks");
}

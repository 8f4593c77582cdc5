//! What is no filter for the type: each refusal names the fault and shows its place.

use super::refused;
use crate::example::{CORE_USER, ENTERPRISE, kind};
use crate::filter::{resolve, resolve_value_filter};
use crate::path::{bind, dialect};
use crate::{Leniency, Profile};

#[test]
fn operators_that_do_not_apply_to_the_type_are_refused() {
    refused("User", "active gt true", "`gt` cannot compare a boolean\n  active gt true\n         ^^ allowed here: eq, ne, pr");
    refused("User", r#"active co "t""#, "`co` cannot compare a boolean");
    refused(
        "User",
        "emails[primary le true]",
        "`le` cannot compare a boolean\n  emails[primary le true]\n                 ^^ allowed here: eq, ne, pr",
    );
    refused("User", r#"x509Certificates.value gt "AA==""#, "`gt` cannot compare a binary value");
    refused("Device", "slots co 3", "`co` cannot compare an integer");
    refused("Device", "slots co 3", "allowed here: eq, ne, gt, ge, lt, le, pr");
    refused("User", r#"meta.created sw "2011""#, "`sw` cannot compare a dateTime");
    refused("User", "name gt null", "`gt` cannot compare a complex value");
}

#[test]
fn values_of_another_type_are_refused() {
    for (type_name, text, words) in [
        (
            "User",
            "userName eq 7",
            "`userName` is a string and cannot be compared with this value\n  userName eq 7\n              ^ expected text",
        ),
        ("User", "userName eq true", "is a string"),
        ("User", r#"active eq "true""#, "true or false, without quotes"),
        ("User", "active eq 1", "`active` is a boolean"),
        ("User", r#"meta.created gt "yesterday""#, "2011-05-13T04:42:34Z"),
        ("User", "meta.created gt 2011", "is a dateTime"),
        ("Device", r#"slots eq "3""#, "a number, without quotes"),
        ("Device", "image eq \"*\"", "base64"),
        ("Device", "weight eq 1e9999999999", "a number"),
    ] {
        refused(type_name, text, words);
    }
}

#[test]
fn unknown_attributes_are_named_in_the_refusal() {
    refused("User", r#"usrName eq "x""#, "`User` has no attribute `usrName`\n  usrName eq \"x\"\n  ^^^^^^^ the endpoint");
    refused("User", r#"name.givenname2 eq "x""#, "`name.givenname2`");
    refused("User", r#"emails[kind eq "x"]"#, "`emails` has no sub-attribute `kind`");
    refused("User", r#"emails[value eq "x"].kind pr"#, "`emails` has no sub-attribute `kind`");
    refused("User", r#"urn:example:Other:x eq "y""#, "`urn:example:Other:x`");
    refused("User", r#"department eq "x""#, &format!("needs its URN: {ENTERPRISE}:department"));
    refused("User", r#"members eq "x""#, "`User` has no attribute `members`");
    refused("Group", r#"userName eq "x""#, "`Group` has no attribute `userName`");
}

#[test]
fn secrets_are_refused_in_every_form() {
    for text in [
        "password pr",
        r#"password eq "x""#,
        "password eq null",
        "not (password pr)",
        r#"PASSWORD sw "x""#,
        &format!(r#"{CORE_USER}:password ne "x""#),
        r#"title pr or password eq "x""#,
        r#"password[value eq "x"]"#,
    ] {
        refused("User", text, "never returned");
    }
    refused("Device", r#"pin eq "1""#, "`pin` is never returned");
    refused("Device", r#"keys[value eq "k" and code eq "1"]"#, "`keys.code` is never returned");
    refused("Device", r#"keys[value eq "k"].code pr"#, "`keys.code` is never returned");
    refused("Device", "lock.secret pr", "`lock.secret` is never returned");
}

#[test]
fn brackets_on_a_singular_attribute_are_refused() {
    refused("User", r#"name[familyName eq "x"]"#, "`name` has only one value");
    refused("User", r#"title[value eq "x"]"#, "`title` has only one value");
}

/// RFC: 7644-3.4.2.2-38 7644-3.4.2.2-39
#[test]
fn malformed_filters_are_refused_with_their_place() {
    for text in ["", " ", "userName", "userName eq", "userName eq 'b'", "not title pr", "emails[emails[type pr]]", "title pr and"] {
        refused("User", text, "invalid filter: ");
        refused("User", text, "^");
    }
    let long = format!(r#"userName eq "{}" or"#, "x".repeat(5000));
    let error = resolve(&long, &kind("User"), &Leniency::new(Profile::RFC)).expect_err("it is cut off");
    assert!(error.detail().matches('x').count() <= 64, "{}", error.detail());
    let deep = format!("{}title pr{}", "(".repeat(41), ")".repeat(41));
    refused("User", &deep, "nested deeper than 40");
}

#[test]
fn the_brackets_of_a_patch_path_are_refused_in_one_line() {
    for (text, words) in [
        (r#"emails[kind eq "x"]"#, "invalid filter: `emails` has no sub-attribute `kind`; allowed here: value, display, type, primary"),
        ("emails[primary gt true]", "invalid filter: `gt` cannot compare a boolean; allowed here: eq, ne, pr"),
        (r#"name[familyName eq "x"]"#, "invalid filter: `name` has only one value"),
    ] {
        let (user, leniency) = (kind("User"), Leniency::new(Profile::RFC));
        let path = scim_filter::Path::parse(text, &dialect(&user, &leniency)).expect(text);
        let attribute = bind(&user, path.urn(), path.name().expect(text), None, &leniency).expect(text);
        let error = resolve_value_filter(path.filter().expect(text), &attribute, &leniency).expect_err(text);
        assert!(error.detail().starts_with(words) && !error.detail().contains('\n'), "{text}: {}", error.detail());
    }
}

#[test]
fn a_faulty_filter_that_names_a_secret_is_not_shown() {
    for (type_name, text, name) in [
        ("User", r#"password eq "t0p"#, "`password`"),
        ("User", r#"title pr and PassWord eq "t0p" x"#, "`password`"),
        ("User", r#"unknown eq "t0p" and password pr"#, "no attribute"),
        ("Device", r#"pin eq "t0p"#, "`pin`"),
        ("Device", r#"lock.secret eq "t0p"#, "`secret`"),
        ("Device", r#"keys[code eq "t0p]"#, "`code`"),
        ("Device", r#"code eq "t0p"#, "`code`"),
    ] {
        let error = resolve(text, &kind(type_name), &Leniency::new(Profile::RFC)).expect_err(text);
        assert!(error.detail().contains(name) && !error.detail().contains("t0p"), "{text}: {}", error.detail());
    }
    // Without such a name the fault is shown with its place.
    refused("User", r#"title eq "t0p"#, "t0p");
}

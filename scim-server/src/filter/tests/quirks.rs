//! What clients send outside the grammar, and which quirk each deviation needs.

use super::{filter_of, refused};
use crate::example::{ENTERPRISE, kind};
use crate::filter::{ResolvedFilter, element_matches, resolve, resolve_value_filter};
use crate::path::{bind, parse};
use crate::{Leniency, Profile, Quirk};

/// The text is accepted in the profile and needed exactly these quirks; `rfc` refuses it.
#[track_caller]
fn needs(text: &str, profile: Profile, quirks: &[Quirk]) -> ResolvedFilter {
    let leniency = Leniency::new(profile);
    let filter = resolve(text, &kind("User"), &leniency).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(leniency.met(), quirks, "{text}");
    refused("User", text, "invalid filter");
    filter
}

#[test]
fn deviations_of_clients_are_accepted_where_the_profile_has_the_quirk() {
    let manager = format!(r#"{ENTERPRISE}:manager.value eq "m""#);
    for (text, same_as, quirks) in [
        (r#"active eq "True""#, "active eq true", &[Quirk::BooleanStrings][..]),
        (r#"emails[primary eq "false"]"#, "emails[primary eq false]", &[Quirk::BooleanStrings]),
        ("active eq False", "active eq false", &[Quirk::BooleanStrings, Quirk::BareTokens]),
        ("externalId eq ana.diaz", r#"externalId eq "ana.diaz""#, &[Quirk::BareTokens]),
        ("externalId eq 4711", r#"externalId eq "4711""#, &[Quirk::BareTokens]),
        (r#"emails[type eq "work"] eq "x""#, r#"emails[type eq "work" and value eq "x"]"#, &[Quirk::CompareAfterValuePath]),
        (r#"manager eq "m""#, &manager, &[Quirk::ExtensionWithoutUrn, Quirk::ComplexMeansValue]),
        (&format!(r#"{ENTERPRISE}.manager.value eq "m""#), &manager, &[Quirk::DotAfterUrn]),
        // Without the quirk this is the sub-attribute of an attribute `User` of an unknown schema.
        (&format!(r#"{ENTERPRISE}.department eq "x""#), &format!(r#"{ENTERPRISE}:department eq "x""#), &[Quirk::DotAfterUrn]),
    ] {
        assert_eq!(needs(text, Profile::ENTRA, quirks), filter_of(same_as, "User", Profile::STRICT), "{text}");
    }
    needs(r#"active eq "TRUE""#, Profile::OKTA, &[Quirk::BooleanStrings]);
}

#[test]
fn a_filter_to_the_letter_needs_no_quirk() {
    let leniency = Leniency::new(Profile::LENIENT);
    for text in [r#"userName eq "true""#, "active eq true", r#"emails[type eq "work"].value eq "x""#, r#"emails eq "x""#, "title eq null"] {
        resolve(text, &kind("User"), &leniency).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
    assert_eq!(leniency.met(), []);
    for text in [r#"active eq "yes""#, r#"active eq "1""#] {
        resolve(text, &kind("User"), &leniency).expect_err(text);
    }
}

#[test]
fn a_quoted_boolean_in_a_patch_path_is_a_boolean() {
    let (user, leniency) = (kind("User"), Leniency::new(Profile::ENTRA));
    let text = r#"roles[primary eq "True"].value"#;
    let path = parse(&user, &leniency, |dialect| scim_filter::Path::parse(text, dialect)).expect(text);
    let attribute = bind(&user, path.urn(), path.name().expect(text), None, &leniency).expect(text);
    let filter = resolve_value_filter(path.filter().expect(text), &attribute, &leniency).expect(text);
    assert!(element_matches(&filter, &serde_json::json!({"primary": true, "value": "viewer"})));
    assert!(!element_matches(&filter, &serde_json::json!({"value": "viewer"})));
    assert_eq!(leniency.met(), [Quirk::BooleanStrings]);
}

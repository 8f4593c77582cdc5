//! Filters from their text to the answer: the RFC's examples first, then one table per rule.

mod among;
mod narrow;
mod properties;
mod quirks;
mod refusals;

use serde_json::{Value, json};

use super::{CompareOp, Condition, ElementTest, InPieces, ResolvedFilter, matches, resolve};
use crate::error::ScimType;
use crate::example::{CORE_USER, ENTERPRISE, barbara, device, kind, object, stored, tour_guides};
use crate::representation::represent;
use crate::store::Stored;
use crate::{Leniency, Profile};

#[track_caller]
fn filter_of(text: &str, type_name: &str, profile: Profile) -> ResolvedFilter {
    match resolve(text, &kind(type_name), &Leniency::new(profile)) {
        Ok(filter) => filter,
        Err(error) => panic!("{text}: {error}"),
    }
}

fn answer(text: &str, resource: &Stored, profile: Profile) -> bool {
    matches(&filter_of(text, &resource.key.kind.name, profile), &represent(resource, ""))
}

#[track_caller]
fn hits(resource: &Stored, filters: &[&str]) {
    for text in filters {
        assert!(answer(text, resource, Profile::STRICT), "{text} should match");
    }
}

#[track_caller]
fn misses(resource: &Stored, filters: &[&str]) {
    for text in filters {
        assert!(!answer(text, resource, Profile::STRICT), "{text} should not match");
    }
}

/// Refused in the default profile with `invalidFilter` and these words.
#[track_caller]
fn refused(type_name: &str, text: &str, words: &str) {
    let error = resolve(text, &kind(type_name), &Leniency::new(Profile::RFC)).expect_err(text);
    assert_eq!((error.status(), error.scim_type()), (400, Some(ScimType::InvalidFilter)), "{text}");
    assert!(error.detail().contains(words), "{text}: {}", error.detail());
}

/// A user with only these attributes.
fn user(attributes: Value) -> Stored {
    let mut document = object(json!({"schemas": [CORE_USER], "userName": "ana"}));
    document.extend(object(attributes));
    stored("User", "1", Value::Object(document))
}

/// RFC: 7644-3.4.2.2-15..18 7644-3.4.2.2-28 7644-3.4.2.2-30..32 7644-3.4.2.2-53..65
#[test]
fn examples_of_the_rfc_match_barbara_jensen() {
    hits(
        &barbara(),
        &[
            r#"userName eq "BJENSEN@example.com""#,
            r#"name.familyName co "ense""#,
            r#"userName sw "B""#,
            r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "B""#,
            "title pr",
            r#"meta.lastModified gt "2011-05-13T04:42:33Z""#,
            r#"meta.lastModified ge "2011-05-13T04:42:34Z""#,
            r#"meta.lastModified lt "2011-05-13T06:42:35+02:00""#,
            r#"meta.lastModified le "2011-05-13T04:42:34Z""#,
            r#"title pr and userType eq "Employee""#,
            r#"title pr or userType eq "Intern""#,
            r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#,
            r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
            r#"userType eq "Employee" and (emails.type eq "work")"#,
            r#"userType eq "Employee" and emails[type eq "work" and value co "@example.com"]"#,
            r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
        ],
    );
    misses(
        &barbara(),
        &[
            r#"name.familyName co "O'Malley""#,
            r#"userName sw "J""#,
            r#"meta.lastModified gt "2011-05-13T04:42:34Z""#,
            r#"userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")"#,
        ],
    );
}

/// RFC: 7644-3.4.2.2-03 7644-3.4.2.2-04 7644-3.4.2.2-41 7644-3.4.2.2-42 7644-3.10-04 7644-3.10-05
#[test]
fn names_operators_and_urns_are_read_in_any_case() {
    hits(
        &barbara(),
        &[
            r#"USERNAME Eq "bjensen@example.com""#,
            r#"NAME.GivenName EQ "barbara""#,
            r#"URN:ietf:params:scim:schemas:extension:ENTERPRISE:2.0:user:Department sw "tour""#,
            r#"EMAILS[TYPE eq "WORK"]"#,
        ],
    );
}

/// RFC: 7643-7-23 7644-3.4.2.2-51 7643-3.1-10 7643-3.1-18
#[test]
fn case_of_values_matters_where_the_schema_says_so() {
    hits(&barbara(), &[r#"title eq "TOUR guide""#, r#"externalId eq "701984""#, r#"meta.resourceType eq "User""#]);
    misses(&barbara(), &[r#"meta.resourceType eq "user""#, r#"id eq "2819C223-7F76-453A-919D-413861904646""#]);
    hits(&device(), &[r#"tags eq "RED""#, r#"codes eq "B""#]);
    misses(&device(), &[r#"codes eq "b""#]);
}

/// RFC: 7644-7.8-01 7644-3.4.2.2-27
#[test]
fn text_is_compared_by_its_folded_form() {
    let resource = user(json!({"displayName": "Stra\u{df}e Jose\u{301}", "title": "\u{130}stanbul"}));
    hits(&resource, &[r#"displayName co "STRASSE""#, r#"displayName ew "JOSÉ""#, r#"displayName gt "strass""#]);
    misses(&resource, &[r#"displayName ew "JOSE""#, r#"displayName lt "strass""#]);
}

#[test]
fn an_empty_text_is_part_of_every_present_string() {
    hits(&barbara(), &[r#"title co """#, r#"title sw """#, r#"title ew """#]);
    misses(&barbara(), &[r#"nickName co """#, r#"nickName sw """#, r#"nickName ew """#, r#"title eq """#]);
}

/// RFC: 7644-3.4.2.2-10
#[test]
fn ne_of_a_singular_attribute_is_the_negation_of_eq() {
    hits(&barbara(), &[r#"title ne "Boss""#, r#"nickName ne "Babs""#, "active ne false", r#"name.middleName ne "J""#]);
    misses(&barbara(), &[r#"title ne "tour guide""#, "active ne true"]);
    hits(&user(json!({})), &["active ne true", "active ne false"]);
}

#[test]
fn ne_of_a_multi_valued_attribute_needs_some_other_value_or_none() {
    let one = user(json!({"emails": [{"value": "a", "type": "work"}]}));
    let two = user(json!({"emails": [{"value": "a", "type": "work"}, {"value": "b"}]}));
    misses(&one, &[r#"emails.value ne "a""#, r#"emails ne "A""#, r#"emails.type ne "work""#]);
    hits(&two, &[r#"emails.value ne "a""#]);
    // Only a value can differ: the element without a type has none.
    misses(&two, &[r#"emails.type ne "work""#, r#"not (emails.value eq "a")"#]);
    hits(&user(json!({})), &[r#"emails.value ne "a""#, r#"not (emails.value eq "a")"#]);
    hits(&device(), &[r#"tags ne "red""#]);
    misses(&stored("Device", "d2", json!({"tags": ["Red"]})), &[r#"tags ne "red""#]);
}

#[test]
fn in_pieces_ne_needs_some_other_value_or_none_in_any_of_them() {
    for (text, pieces, expected) in [
        (r#"emails.value ne "a""#, vec![], true),
        (r#"emails.value ne "a""#, vec![json!([])], true),
        (r#"emails.value ne "a""#, vec![json!([{"value": "a"}])], false),
        (r#"emails.value ne "a""#, vec![json!([{"value": "a"}]), json!([{"value": "a", "type": "home"}])], false),
        (r#"emails.value ne "a""#, vec![json!([{"value": "a"}]), json!([{"value": "b"}])], true),
        (r#"emails.value ne "a""#, vec![json!([{"value": "b"}]), json!([{"value": "a"}])], true),
        (r#"emails.value eq "a""#, vec![], false),
        (r#"emails.value eq "a""#, vec![json!([{"value": "b"}])], false),
        (r#"emails.value eq "a""#, vec![json!([{"value": "a"}]), json!([{"value": "b"}])], true),
        (r#"emails[value ne "a"]"#, vec![], false),
        (r#"emails[value ne "a"]"#, vec![json!([{"value": "a"}])], false),
        (r#"not (emails.value ne "a")"#, vec![json!([{"value": "a"}])], true),
    ] {
        let filter = filter_of(text, "User", Profile::STRICT);
        let mut judged = InPieces::new(&filter, &object(json!({"userName": "ana", "emails": null})));
        pieces.iter().for_each(|piece| judged.see(&object(json!({"emails": piece}))));
        assert_eq!(judged.matches(), expected, "{text} {pieces:?}");
    }
}

#[test]
fn absent_attributes_meet_no_comparison_but_ne() {
    let nobody = user(json!({}));
    for op in ["eq", "co", "sw", "ew", "gt", "ge", "lt", "le"] {
        misses(&nobody, &[&format!(r#"title {op} "a""#), &format!(r#"emails.value {op} "a""#)]);
    }
}

/// RFC: 7644-3.4.2.2-14
#[test]
fn pr_is_false_for_what_is_absent_or_empty() {
    let resource = user(json!({"title": "", "nickName": "x", "active": false, "name": {"familyName": ""}, "emails": [{"type": ""}],
        "roles": [{"primary": false}]}));
    hits(&resource, &["nickName pr", "active pr", "roles pr", "roles.primary pr", "meta pr", "id pr", "schemas pr"]);
    misses(&resource, &["title pr", "name pr", "name.familyName pr", "emails pr", "emails.type pr", "emails[type pr]", "locale pr"]);
    hits(&stored("Device", "d", json!({"slots": 0})), &["slots pr"]);
    misses(&stored("Device", "d", json!({"tags": [""]})), &["tags pr"]);
}

/// RFC: 7644-3.4.2.2-40
#[test]
fn null_means_unassigned() {
    hits(&barbara(), &["nickName eq null", "title ne null", "addresses eq null", "emails ne null", "name ne null", "active ne null"]);
    misses(&barbara(), &["title eq null", "nickName ne null", "emails[type eq null]"]);
    refused("User", "title gt null", "`gt` cannot compare null");
    refused("User", "title co null", "`co` cannot compare null");
}

/// RFC: 7644-3.4.2.2-34 7644-3.4.2.2-35 7644-3.4.2.2-45
#[test]
fn all_tests_in_brackets_are_of_one_element() {
    let both = user(json!({"emails": [{"value": "a", "type": "work"}, {"value": "b", "type": "home"}]}));
    hits(&both, &[r#"emails[type eq "work" and value eq "a"]"#, r#"emails.type eq "work" and emails.value eq "b""#]);
    misses(&both, &[r#"emails[type eq "work" and value eq "b"]"#]);
    hits(&both, &[r#"emails[not (type eq "work")]"#, r#"emails[type eq "other" or value eq "b"]"#, r#"emails[display ne "x"]"#]);
    misses(&both, &["emails[display pr]", "addresses[not (type pr)]"]);
    hits(&both, &[r#"not (emails[type eq "other"])"#, "emails[display eq null]"]);
}

#[test]
fn a_comparison_behind_the_brackets_is_of_the_same_element() {
    let both = user(json!({"emails": [{"value": "a", "type": "work"}, {"value": "b", "type": "home"}]}));
    hits(&both, &[r#"emails[type eq "work"].value eq "a""#, r#"emails[type eq "work" or type eq "home"].value eq "b""#]);
    misses(&both, &[r#"emails[type eq "work"].value eq "b""#, r#"emails[type eq "work" and value sw "a"].display pr"#]);
    let short = filter_of(r#"emails[type eq "work" and display pr].value eq "a""#, "User", Profile::STRICT);
    assert_eq!(short, filter_of(r#"emails[type eq "work" and display pr and value eq "a"]"#, "User", Profile::STRICT));
}

/// RFC: 7643-2.4-04
#[test]
fn a_missing_primary_is_false() {
    let resource = user(json!({"emails": [{"value": "a", "primary": true}, {"value": "b"}]}));
    hits(&resource, &["emails.primary eq false", "emails.primary ne true", r#"emails[primary eq false and value eq "b"]"#]);
    misses(&resource, &[r#"emails[primary ne false and value eq "b"]"#, r#"emails[primary eq false and value eq "a"]"#]);
    hits(&resource, &["emails[not (primary pr)]"]);
    misses(&user(json!({})), &["emails.primary eq false", "active eq false"]);
    // Of no other boolean, and of no single value, is anything known that is not there.
    let device = stored("Device", "d", json!({"keys": [{"value": "k"}], "lock": {"state": "open"}}));
    misses(&device, &["keys.worn eq false", "keys[worn eq false]", "lock.primary eq false", "keys[worn eq true]"]);
}

#[test]
fn tests_of_elements_are_equal_if_all_their_parts_are() {
    let test = |name: &str, sub: &str, value: &str| {
        let attribute = kind("User").core_attribute(name).expect(name).attribute;
        let sub = attribute.sub_attribute(sub).cloned();
        ElementTest { attribute, sub, condition: Condition::Compare(CompareOp::Eq, value.to_owned()) }
    };
    let one = test("emails", "type", "work");
    assert_eq!(one, test("emails", "type", "work"));
    for other in [test("phoneNumbers", "type", "work"), test("emails", "display", "work"), test("emails", "type", "home")] {
        assert_ne!(one, other);
    }
}

/// RFC: 7644-3.4.2.2-47
#[test]
fn a_multi_valued_complex_attribute_means_its_value() {
    hits(&barbara(), &[r#"emails eq "babs@jensen.org""#, r#"emails co "jensen.org""#, r#"groups eq "e9e30dba""#]);
    hits(&tour_guides(), &[r#"members eq "2819c223""#, r#"members.value eq "6c5bb468""#, r#"members[value eq "2819c223"]"#]);
    refused("User", r#"name eq "x""#, "`name` is complex");
    refused("User", r#"addresses eq "x""#, "sub-attributes: formatted, streetAddress");
    refused("User", &format!(r#"{ENTERPRISE}:manager eq "x""#), "is complex");
}

#[test]
fn what_the_server_computes_is_compared_like_the_rest() {
    hits(
        &tour_guides(),
        &[
            r#"members.display eq "babs jensen""#,
            r#"members[type eq "Group" and display sw "drive"]"#,
            r#"members.$ref eq "https://other.example/scim/v2/Users/2819c223""#,
            r#"members.$ref ew "/6c5bb468""#,
            r#"meta.location eq "https://example.com/v2/Groups/e9e30dba""#,
            r#"meta.version eq "W/\"2\"""#,
        ],
    );
    hits(&barbara(), &[r#"groups[display eq "Tour Guides" and type eq "direct"]"#, r#"meta.created eq "2010-01-23T05:56:22+01:00""#]);
    hits(&barbara(), &[&format!(r#"{ENTERPRISE}:manager.displayName sw "john""#)]);
    let empty = stored("Group", "1", json!({"displayName": "Empty"}));
    hits(&empty, &["not (members pr)", r#"members ne "x""#]);
}

/// RFC: 7644-3.4.2.2-09 7644-3.4.2.2-29
#[test]
fn numbers_instants_and_bytes_are_compared_by_meaning() {
    hits(
        &device(),
        &[
            "slots eq 3",
            "slots gt 2",
            "slots le 3.0",
            "weight eq 1.5",
            "weight lt 15e-1 or weight ge 0.15E1",
            "weight gt -2",
            r#"bought eq "2011-05-13T04:42:34Z""#,
            r#"bought lt "2011-05-13T04:42:34.001Z""#,
            r#"image eq "-_8""#,
            r#"lock.since ge "2011-05-13T04:42:34""#,
        ],
    );
    misses(&device(), &["slots eq 3.1", "slots ne 3", "weight gt 1.50", r#"image ne "+/8=""#]);
}

#[test]
fn brackets_select_among_simple_values() {
    hits(
        &device(),
        &[r#"tags[value eq "red"]"#, r#"tags[value sw "b" and value ew "ue"]"#, r#"tags[value ne "red"]"#, r#"codes[value co "B"]"#],
    );
    misses(&device(), &[r#"tags[value sw "r" and value ew "ue"]"#, r#"codes[value eq "b"]"#]);
    hits(&barbara(), &[&format!(r#"schemas[value eq "{CORE_USER}"]"#)]);
    refused("Device", r#"tags[type eq "x"]"#, "allowed here: value");
}

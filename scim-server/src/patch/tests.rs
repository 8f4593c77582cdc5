//! The claims of RFC 7644 §3.5.2, its figures first.

mod elements;
mod pieces;
mod whole;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{Folded, PatchOp};
use crate::store::{Document, Edit, Element, ResourceKey, Stored, Unknown};
use crate::{Leniency, Profile, Quirk, Registry, ResourceType, Result, ScimType, Timestamp};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

pub(super) fn kind(name: &str) -> Arc<ResourceType> {
    Registry::rfc7643().by_name(name).unwrap().clone()
}

pub(super) fn stored(kind: &Arc<ResourceType>, document: Value) -> Stored {
    let Value::Object(document) = document else { panic!("a document is an object") };
    Stored {
        key: ResourceKey { kind: kind.clone(), id: "own".into() },
        version: 1,
        created: Timestamp::from_micros(0),
        modified: Timestamp::from_micros(0),
        document: crate::validate::with_schemas(kind, document),
        collections: BTreeMap::new(),
        long: Vec::new(),
        referents: BTreeMap::new(),
    }
}

pub(super) fn member(id: &str) -> Element {
    Element { value: id.into(), item: Document::new(), referent: None }
}

pub(super) fn request(operations: Value) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations})
}

fn fold(current: &Stored, operations: Value, profile: Profile) -> Result<Folded> {
    let leniency = Leniency::new(profile);
    PatchOp::parse(request(operations), &leniency)?.fold(&current.key.kind.clone(), current, &leniency)
}

fn ana() -> Value {
    json!({
        "userName": "ana.diaz@example.com", "active": true, "displayName": "Ana Díaz",
        "name": {"formatted": "Ana Díaz", "givenName": "Ana", "familyName": "Díaz"},
        "emails": [{"value": "ana.diaz@example.com", "type": "work", "primary": true}],
        "phoneNumbers": [{"value": "+34 555 010 200", "type": "work"}],
        ENTERPRISE: {"employeeNumber": "E-1042", "department": "Sales"},
    })
}

/// Applies operations to Ana; gives what changed, with null for what is gone.
#[track_caller]
fn patched(start: &Value, operations: Value, profile: Profile) -> Value {
    let current = stored(&kind("User"), start.clone());
    let folded = fold(&current, operations, profile).unwrap_or_else(|error| panic!("{error}"));
    let Folded::Change { document, edits, secrets } = folded else { panic!("{folded:?}") };
    assert!(edits.is_empty() && secrets.is_empty());
    let Some(new) = document else { return json!({}) };
    let mut difference = Document::new();
    for name in current.document.keys().chain(new.keys()).filter(|name| *name != "schemas") {
        if current.document.get(name) != new.get(name) {
            difference.insert(name.clone(), new.get(name).cloned().unwrap_or_default());
        }
    }
    Value::Object(difference)
}

#[track_caller]
fn changes(operations: Value, expected: Value) {
    assert_eq!(patched(&ana(), operations.clone(), Profile::RFC), expected, "rfc: {operations}");
    assert_eq!(patched(&ana(), operations.clone(), Profile::ENTRA), expected, "entra: {operations}");
}

#[track_caller]
fn entra_changes(operations: Value, expected: Value) {
    assert_eq!(patched(&ana(), operations.clone(), Profile::ENTRA), expected, "{operations}");
}

#[track_caller]
fn fails_in(profile: Profile, operations: Value, keyword: ScimType) -> String {
    let current = stored(&kind("User"), ana());
    match fold(&current, operations.clone(), profile) {
        Err(error) => {
            assert_eq!(error.scim_type(), Some(keyword), "{operations}: {error}");
            error.detail().to_owned()
        }
        Ok(folded) => panic!("{operations} gave {folded:?}"),
    }
}

#[track_caller]
fn fails(operations: Value, keyword: ScimType) -> String {
    fails_in(Profile::RFC, operations, keyword)
}

/// Folds operations on a group whose members were not read, or were.
#[track_caller]
fn group(loaded: Option<&[&str]>, operations: Value, profile: Profile) -> Folded {
    let mut current = stored(&kind("Group"), json!({"displayName": "Sales EMEA"}));
    if let Some(ids) = loaded {
        current.collections.insert("members".into(), ids.iter().map(|id| member(id)).collect());
    }
    fold(&current, operations, profile).unwrap_or_else(|error| panic!("{error}"))
}

fn delta(put: &[&str], remove: &[&str], unknown: Unknown) -> Folded {
    let edit =
        Edit::Delta { put: put.iter().map(|id| member(id)).collect(), remove: remove.iter().map(|id| (*id).to_owned()).collect(), unknown };
    only(edit)
}

fn all(ids: &[&str]) -> Folded {
    only(Edit::Replace { elements: ids.iter().map(|id| member(id)).collect(), unknown: Unknown::Refuse })
}

fn only(edit: Edit) -> Folded {
    Folded::Change { document: None, secrets: Document::new(), edits: vec![("members".into(), edit)] }
}

fn nothing() -> Folded {
    Folded::Change { document: None, secrets: Document::new(), edits: Vec::new() }
}

// The examples of §3.5.2.1 to §3.5.2.3.

#[test]
fn figure_add_a_member() {
    let operations = json!([{"op": "add", "path": "members", "value": [
        {"display": "Babs Jensen", "$ref": "https://example.com/v2/Users/2819c223", "value": "2819c223"},
    ]}]);
    assert_eq!(group(None, operations, Profile::STRICT), delta(&["2819c223"], &[], Unknown::Refuse));
}

/// RFC: 7644-3.5.2.1-02 7644-3.5.2.1-05 7644-3.5.2.1-07
#[test]
fn figure_add_attributes_without_a_path() {
    changes(
        json!([{"op": "add", "value": {"emails": [{"value": "babs@jensen.org", "type": "home"}], "nickname": "Babs"}}]),
        json!({
            "emails": [{"value": "ana.diaz@example.com", "type": "work", "primary": true}, {"value": "babs@jensen.org", "type": "home"}],
            "nickName": "Babs",
        }),
    );
}

/// RFC: 7644-3.5.2.2-04
#[test]
fn figure_remove_a_member_by_filter() {
    let operations = json!([{"op": "remove", "path": "members[value eq \"2819c223\"]"}]);
    assert_eq!(group(None, operations, Profile::STRICT), delta(&[], &["2819c223"], Unknown::Refuse));
}

/// RFC: 7644-3.5.2.2-03
#[test]
fn figure_remove_all_members() {
    assert_eq!(group(None, json!([{"op": "remove", "path": "members"}]), Profile::STRICT), all(&[]));
}

/// RFC: 7644-3.5.2.2-05 7644-3.5.2.2-06
#[test]
fn figure_remove_values_by_a_complex_filter() {
    changes(json!([{"op": "remove", "path": "emails[type eq \"work\" and value ew \"example.com\"]"}]), json!({"emails": null}));
}

#[test]
fn figure_remove_and_add_a_member() {
    let operations = json!([
        {"op": "remove", "path": "members[value eq \"2819c223\"]"},
        {"op": "add", "path": "members", "value": [{"display": "James Smith", "$ref": "https://example.com/v2/Users/08e1d05d", "value": "08e1d05d"}]},
    ]);
    assert_eq!(group(None, operations, Profile::STRICT), delta(&["08e1d05d"], &["2819c223"], Unknown::Refuse));
}

/// RFC: 7644-3.5.2.3-11
#[test]
fn figure_replace_all_members() {
    let operations = json!([{"op": "replace", "path": "members", "value": [{"value": "a"}, {"value": "b"}, {"value": "a"}]}]);
    assert_eq!(group(None, operations, Profile::STRICT), all(&["a", "b"]));
}

/// RFC: 7644-3.5.2.3-06
#[test]
fn figure_replace_a_whole_address() {
    let start = json!({"userName": "b", "addresses": [{"type": "work", "locality": "Old"}, {"type": "home", "locality": "Home"}]});
    let value = json!({"type": "work", "streetAddress": "911 Universal City Plaza", "locality": "Hollywood", "primary": true});
    assert_eq!(
        patched(&start, json!([{"op": "replace", "path": "addresses[type eq \"work\"]", "value": value}]), Profile::STRICT),
        json!({"addresses": [value, {"type": "home", "locality": "Home"}]}),
    );
}

/// RFC: 7644-3.5.2.3-07
#[test]
fn figure_replace_one_part_of_an_address() {
    let start = json!({"userName": "b", "addresses": [{"type": "work", "streetAddress": "Old", "locality": "L"}]});
    assert_eq!(
        patched(
            &start,
            json!([{"op": "replace", "path": "addresses[type eq \"work\"].streetAddress", "value": "1010 Broadway Ave"}]),
            Profile::STRICT
        ),
        json!({"addresses": [{"type": "work", "streetAddress": "1010 Broadway Ave", "locality": "L"}]}),
    );
}

/// RFC: 7644-3.5.2.3-06 7644-3.5.2.3-07 7644-3.5.2.2-07
#[test]
fn an_operation_through_a_filter_is_carried_out_on_every_value_that_matches() {
    let start = json!({"userName": "b", "addresses": [
        {"type": "work", "locality": "A", "region": "x"}, {"type": "home", "locality": "B"}, {"type": "work", "locality": "C", "region": "y"},
    ]});
    let home = json!({"type": "home", "locality": "B"});
    let after = |operation: Value| patched(&start, json!([operation]), Profile::STRICT)["addresses"].clone();
    let path = "addresses[type eq \"work\"]";
    assert_eq!(
        after(json!({"op": "replace", "path": format!("{path}.locality"), "value": "D"})),
        json!([{"type": "work", "locality": "D", "region": "x"}, home, {"type": "work", "locality": "D", "region": "y"}])
    );
    assert_eq!(
        after(json!({"op": "remove", "path": format!("{path}.region")})),
        json!([{"type": "work", "locality": "A"}, home, {"type": "work", "locality": "C"}])
    );
    // Both become the same, and the same value stands once.
    assert_eq!(
        after(json!({"op": "replace", "path": path, "value": {"type": "work", "country": "SE"}})),
        json!([{"type": "work", "country": "SE"}, home])
    );
}

/// RFC: 7644-3.5.2.3-01 7644-3.5.2.3-03 7644-3.5.2.3-10
#[test]
fn figure_replace_attributes_without_a_path() {
    changes(
        json!([{"op": "replace", "value": {
            "emails": [{"value": "bjensen@example.com", "type": "work", "primary": true}, {"value": "babs@jensen.org", "type": "home"}],
            "nickname": "Babs",
        }}]),
        json!({
            "emails": [{"value": "bjensen@example.com", "type": "work", "primary": true}, {"value": "babs@jensen.org", "type": "home"}],
            "nickName": "Babs",
        }),
    );
}

/// RFC: 7644-3.5.2-11 7644-3.5.2-14
#[test]
fn figure_8_paths_are_understood_and_displayname_of_members_is_no_path() {
    let current = stored(&kind("Group"), json!({"displayName": "G"}));
    let operations = json!([{"op": "replace", "path": "members[value eq \"x\"].displayName", "value": "n"}]);
    assert_eq!(fold(&current, operations, Profile::RFC).unwrap_err().scim_type(), Some(ScimType::InvalidPath));
    changes(
        json!([{"op": "replace", "path": "name.familyName", "value": "Ruiz"}]),
        json!({
            "name": {"formatted": "Ana Díaz", "givenName": "Ana", "familyName": "Ruiz"},
        }),
    );
}

// Singular attributes.

/// RFC: 7644-3.5.2.1-03 7644-3.5.2.1-08..10 7644-3.5.2.3-02 7644-3.5.2.3-04 7644-3.5.2-19 7644-3.10-01
#[test]
fn add_and_replace_of_a_single_value_set_it() {
    for op in ["add", "Add", "REPLACE"] {
        changes(json!([{"op": op, "path": "displayName", "value": "Two"}]), json!({"displayName": "Two"}));
        changes(json!([{"op": op, "path": "title", "value": "New"}]), json!({"title": "New"}));
        changes(json!([{"op": op, "path": format!("{CORE}:title"), "value": "New"}]), json!({"title": "New"}));
    }
}

/// RFC: 7644-3.5.2-22
#[test]
fn operations_apply_in_order() {
    changes(
        json!([
            {"op": "remove", "path": "displayName"},
            {"op": "add", "path": "displayName", "value": "Two"},
            {"op": "replace", "path": "displayName", "value": "Three"},
        ]),
        json!({"displayName": "Three"}),
    );
}

/// RFC: 7644-3.5.2.1-04 7644-3.5.2.3-05
#[test]
fn complex_values_merge() {
    for op in ["add", "replace"] {
        changes(
            json!([{"op": op, "path": "name", "value": {"familyName": "Ruiz"}}]),
            json!({"name": {"formatted": "Ana Díaz", "givenName": "Ana", "familyName": "Ruiz"}}),
        );
        changes(
            json!([{"op": op, "value": {"name": {"familyName": "Ruiz"}, ENTERPRISE: {"department": "Key"}}}]),
            json!({
                "name": {"formatted": "Ana Díaz", "givenName": "Ana", "familyName": "Ruiz"},
                ENTERPRISE: {"employeeNumber": "E-1042", "department": "Key"},
            }),
        );
    }
}

/// RFC: 7644-3.5.2.1-11
#[test]
fn what_has_no_effect_is_no_change() {
    for operation in [
        json!({"op": "replace", "path": "displayName", "value": "Ana Díaz"}),
        json!({"op": "add", "path": "emails", "value": [{"value": "ana.diaz@example.com", "type": "work"}]}),
        json!({"op": "remove", "path": "title"}),
        json!({"op": "remove", "path": "emails[type eq \"home\"]"}),
        json!({"op": "remove", "path": "emails[type eq \"home\"].value"}),
        json!({"op": "add", "path": "title", "value": null}),
        json!({"op": "add", "path": "emails", "value": []}),
        json!({"op": "remove", "path": "emails", "value": []}),
        json!({"op": "add", "path": "schemas", "value": [ENTERPRISE]}),
        json!({"op": "replace", "value": {"id": "own", "meta": {"version": "x"}, "schemas": [CORE]}}),
    ] {
        changes(json!([operation]), json!({}));
    }
}

#[test]
fn replace_with_nothing_removes() {
    changes(json!([{"op": "replace", "path": "displayName", "value": null}]), json!({"displayName": null}));
    changes(json!([{"op": "replace", "path": "emails", "value": []}]), json!({"emails": null}));
    changes(json!([{"op": "replace", "value": {"phoneNumbers": null, "name": {}}}]), json!({"phoneNumbers": null, "name": null}));
    changes(json!([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": null}]), json!({"emails": null}));
}

// Elements.

#[test]
fn remove_of_the_value_drops_the_element() {
    changes(json!([{"op": "Remove", "path": "emails[type eq \"work\"].value", "value": "ana.diaz@example.com"}]), json!({"emails": null}));
    changes(json!([{"op": "Remove", "path": "emails[type eq \"work\"].value", "value": "other@example.com"}]), json!({}));
}

#[test]
fn add_through_a_filter_without_match_makes_the_element() {
    changes(
        json!([
            {"op": "Add", "path": "addresses[type eq \"work\"].streetAddress", "value": "Calle Mayor 1"},
            {"op": "Add", "path": "addresses[type eq \"Work\"].Locality", "value": "Madrid"},
        ]),
        json!({"addresses": [{"type": "work", "streetAddress": "Calle Mayor 1", "locality": "Madrid"}]}),
    );
    fails(json!([{"op": "add", "path": "emails[type ne \"work\"].value", "value": "x"}]), ScimType::NoTarget);
    fails(json!([{"op": "add", "path": "emails[type eq \"a\" or type eq \"b\"].value", "value": "x"}]), ScimType::NoTarget);
}

/// RFC: 7644-3.5.2.3-08
#[test]
fn replace_through_a_filter_without_match_fails_or_adds() {
    let operations = json!([{"op": "replace", "path": "emails[type eq \"home\"].value", "value": "h@example.com"}]);
    fails(operations.clone(), ScimType::NoTarget);
    fails(json!([{"op": "replace", "path": "emails[type eq \"home\"]", "value": {"value": "h@example.com"}}]), ScimType::NoTarget);
    entra_changes(
        operations,
        json!({"emails": [
            {"value": "ana.diaz@example.com", "type": "work", "primary": true},
            {"type": "home", "value": "h@example.com"},
        ]}),
    );
}

#[test]
fn replace_of_an_element_keeps_what_the_filter_fixed() {
    changes(
        json!([{"op": "replace", "path": "emails[type eq \"work\"]", "value": {"value": "n@example.com"}}]),
        json!({"emails": [{"type": "work", "value": "n@example.com"}]}),
    );
}

/// RFC: 7644-3.5.2-23 7644-3.5.2.3-09
#[test]
fn primary_moves() {
    let start = json!({"userName": "a", "emails": [
        {"value": "w", "type": "work", "primary": true}, {"value": "h", "type": "home", "primary": false},
    ]});
    let moved = json!({"emails": [{"value": "w", "type": "work", "primary": false}, {"value": "h", "type": "home", "primary": true}]});
    for operation in [
        json!({"op": "replace", "path": "emails[type eq \"home\"].primary", "value": true}),
        json!({"op": "add", "path": "emails", "value": {"value": "h", "type": "home", "primary": true}}),
        json!({"op": "add", "path": "emails[value eq \"h\"]", "value": {"primary": true}}),
    ] {
        assert_eq!(patched(&start, json!([operation]), Profile::STRICT), moved, "{operation}");
    }
}

#[test]
fn two_primary_values_fail() {
    fails(
        json!([{"op": "replace", "path": "emails", "value": [{"value": "a", "primary": true}, {"value": "b", "primary": true}]}]),
        ScimType::InvalidValue,
    );
    let two = json!([
        {"op": "add", "path": "emails", "value": {"value": "h"}},
        {"op": "add", "path": "emails[value pr].primary", "value": true},
    ]);
    fails(two, ScimType::InvalidValue);
}

/// RFC: 7644-3.5.2.2-12
#[test]
fn remove_with_a_value_removes_what_it_lists() {
    let operations = json!([{"op": "remove", "path": "phoneNumbers", "value": [{"value": "+34 555 010 200"}]}]);
    changes(operations.clone(), json!({"phoneNumbers": null}));
    fails_in(Profile::STRICT, operations, ScimType::InvalidSyntax);
    changes(json!([{"op": "remove", "path": "phoneNumbers", "value": [{"type": "work"}]}]), json!({"phoneNumbers": null}));
    changes(json!([{"op": "remove", "path": "phoneNumbers", "value": [{"type": "home"}]}]), json!({}));
    changes(json!([{"op": "remove", "path": "phoneNumbers", "value": {"phoneNumbers": []}}]), json!({}));
}

#[test]
fn a_list_of_unknown_names_never_empties_an_attribute() {
    fails(json!([{"op": "replace", "path": "emails", "value": {"emails": [{"value": "x"}]}}]), ScimType::InvalidValue);
    let current = stored(&kind("Group"), json!({"displayName": "G"}));
    let operations = json!([{"op": "replace", "path": "members", "value": {"members": [{"value": "x"}]}}]);
    assert_eq!(fold(&current, operations, Profile::RFC).unwrap_err().scim_type(), Some(ScimType::InvalidValue));
}

// Extensions and `schemas`.

#[test]
fn extensions_are_addressed_by_urn() {
    let set = json!({ENTERPRISE: {"employeeNumber": "E-1042", "department": "Key"}});
    for operation in [
        json!({"op": "replace", "path": format!("{ENTERPRISE}:department"), "value": "Key"}),
        json!({"op": "add", "path": ENTERPRISE.to_ascii_uppercase(), "value": {"department": "Key"}}),
        json!({"op": "add", "value": {ENTERPRISE: {"Department": "Key"}}}),
        json!({"op": "add", "value": {format!("{ENTERPRISE}:department"): "Key"}}),
    ] {
        changes(json!([operation]), set.clone());
    }
    entra_changes(json!([{"op": "add", "path": "department", "value": "Key"}]), set.clone());
    entra_changes(json!([{"op": "add", "path": format!("{ENTERPRISE}.department"), "value": "Key"}]), set);
    fails(json!([{"op": "add", "path": "department", "value": "Key"}]), ScimType::InvalidPath);
}

#[test]
fn schemas_follow_from_the_attributes() {
    let kind = kind("User");
    let current = stored(&kind, ana());
    for operation in [
        json!({"op": "remove", "path": ENTERPRISE}),
        json!({"op": "remove", "path": format!("schemas[value eq \"{ENTERPRISE}\"]")}),
        json!({"op": "remove", "path": "schemas", "value": [ENTERPRISE]}),
        json!({"op": "replace", "path": ENTERPRISE, "value": null}),
    ] {
        let Folded::Change { document: Some(new), .. } = fold(&current, json!([operation]), Profile::RFC).unwrap() else { panic!() };
        assert_eq!(new["schemas"], json!([CORE]), "{operation}");
        assert!(!new.contains_key(ENTERPRISE), "{operation}");
    }
    fails(json!([{"op": "remove", "path": "schemas"}]), ScimType::Mutability);
    fails(json!([{"op": "remove", "path": CORE}]), ScimType::Mutability);
    fails(json!([{"op": "replace", "path": "schemas", "value": [ENTERPRISE]}]), ScimType::Mutability);
    fails(json!([{"op": "add", "path": "schemas", "value": ["urn:example:x"]}]), ScimType::InvalidValue);
}

#[test]
fn the_manager_is_its_id() {
    let with = |manager: Value| {
        let mut extension = json!({"employeeNumber": "E-1042", "department": "Sales"});
        if !manager.is_null() {
            extension["manager"] = manager;
        }
        json!({ENTERPRISE: extension})
    };
    let path = format!("{ENTERPRISE}:manager");
    changes(json!([{"op": "add", "path": path, "value": {"value": "M"}}]), with(json!({"value": "M"})));
    changes(json!([{"op": "add", "path": path, "value": {"$ref": "../Users/M"}}]), with(json!({"value": "M"})));
    changes(json!([{"op": "add", "path": format!("{path}.value"), "value": "M"}]), with(json!({"value": "M"})));
    let sent = json!([{"$ref": "https://scim.example.com/v2/Users/M", "value": "M"}]);
    entra_changes(json!([{"op": "Add", "path": "manager", "value": sent}]), with(json!({"value": "M"})));
    entra_changes(json!([{"op": "Add", "path": path, "value": "M"}]), with(json!({"value": "M"})));
    fails(json!([{"op": "Add", "path": path, "value": "M"}]), ScimType::InvalidValue);
    fails(json!([{"op": "add", "path": format!("{path}.$ref"), "value": "../Users/M"}]), ScimType::Mutability);
    fails(json!([{"op": "add", "path": format!("{path}.displayName"), "value": "M"}]), ScimType::Mutability);
    for value in [json!(""), json!({"value": ""}), json!(null)] {
        let operations = json!([
            {"op": "add", "path": path, "value": {"value": "M"}},
            {"op": "replace", "path": path, "value": value},
        ]);
        entra_changes(operations, json!({}));
    }
    fails(json!([{"op": "replace", "path": path, "value": {"value": ""}}]), ScimType::InvalidValue);
}

// What cannot be written.

/// RFC: 7644-3.5.2-02 7644-3.5.2-06 7644-3.5.2-09 7644-3.5.2-15 7644-3.5.2.2-01 7644-3.5.2.2-09 7644-3.5.2.2-10
#[test]
fn what_cannot_be_written_fails() {
    use ScimType::{InvalidFilter, InvalidPath, InvalidSyntax, InvalidValue, Mutability, NoTarget};
    for (operation, keyword) in [
        (json!({"op": "replace", "path": "id", "value": "x"}), Mutability),
        (json!({"op": "add", "path": "meta.version", "value": "x"}), Mutability),
        (json!({"op": "remove", "path": "groups"}), Mutability),
        (json!({"op": "replace", "value": {"id": "other"}}), Mutability),
        (json!({"op": "replace", "path": "password", "value": "secret"}), Mutability),
        (json!({"op": "remove", "path": "password"}), Mutability),
        (json!({"op": "remove", "path": "userName"}), Mutability),
        (json!({"op": "replace", "path": "userName", "value": null}), Mutability),
        (json!({"op": "replace", "path": "userName", "value": ""}), InvalidValue),
        (json!({"op": "replace", "path": "userName", "value": "  "}), InvalidValue),
        (json!({"op": "replace", "path": "userName", "value": "a\u{200b}b"}), InvalidValue),
        (json!({"op": "add", "path": "favouriteColour", "value": "x"}), InvalidPath),
        (json!({"op": "add", "path": "emails.colour", "value": "x"}), InvalidPath),
        (json!({"op": "add", "path": "emails[0]", "value": "x"}), InvalidPath),
        (json!({"op": "add", "path": "name[givenName eq \"x\"]", "value": {}}), InvalidPath),
        (json!({"op": "add", "path": "emails[colour eq \"x\"]", "value": {"value": "x"}}), InvalidFilter),
        (json!({"op": "add", "path": "", "value": "x"}), InvalidPath),
        (json!({"op": "add", "path": "urn:example:unknown:title", "value": "x"}), InvalidPath),
        (json!({"op": "remove"}), NoTarget),
        (json!({"op": "add", "path": "title"}), InvalidValue),
        (json!({"op": "add", "value": "x"}), InvalidValue),
        (json!({"op": "add", "path": "active", "value": "maybe"}), InvalidValue),
        (json!({"op": "add", "path": "active", "value": "True"}), InvalidValue),
        (json!({"op": "add", "path": "emails", "value": "x"}), InvalidSyntax),
        (json!({"op": "add", "path": "emails", "value": [null]}), InvalidValue),
        (json!({"op": "add", "path": "title", "value": ["a", "b"]}), InvalidValue),
        (json!({"op": "add", "value": {"title": "a", "TITLE": "b"}}), InvalidSyntax),
        (json!({"op": "test", "path": "title", "value": "x"}), InvalidSyntax),
        (json!({"op": 1, "path": "title", "value": "x"}), InvalidSyntax),
        (json!({"op": "add", "path": 1, "value": "x"}), InvalidSyntax),
        (json!("add"), InvalidSyntax),
    ] {
        fails(json!([operation]), keyword);
    }
}

#[test]
fn required_is_asked_of_the_final_state() {
    changes(json!([{"op": "remove", "path": "userName"}, {"op": "add", "path": "userName", "value": "b"}]), json!({"userName": "b"}));
}

#[test]
fn an_error_names_the_operation() {
    let detail = fails(
        json!([
            {"op": "replace", "path": "title", "value": "x"},
            {"op": "Replace", "path": "emails[type eq \"home\"]", "value": {"value": "x"}},
        ]),
        ScimType::NoTarget,
    );
    insta::assert_snapshot!(detail, @r#"operation 2 (`replace` `emails[type eq "home"]`): no value of `emails` matches the filter: read the resource and name one that is there"#);
}

#[test]
fn a_message_has_its_members_in_any_case() {
    let leniency = Leniency::new(Profile::RFC);
    let parse = |body: Value| PatchOp::parse(body, &leniency);
    assert!(parse(json!({"operations": [{"OP": "Remove", "PATH": "title", "name": "stray"}]})).is_ok());
    assert!(PatchOp::parse(json!({"Operations": [{"op": "remove", "path": "title"}]}), &Leniency::new(Profile::STRICT)).is_err());
    for wrong in [
        json!([]),
        json!({}),
        json!({"Operations": {}}),
        json!({"Operations": []}),
        json!({"Operations": [], "operations": []}),
        json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "Operations": [{"op": "remove", "path": "title"}]}),
    ] {
        assert_eq!(parse(wrong.clone()).unwrap_err().scim_type(), Some(ScimType::InvalidSyntax), "{wrong}");
    }
    assert!(PatchOp::parse(request(json!([])), &Leniency::new(Profile::ENTRA)).is_ok());
}

// Quirks.

#[test]
fn what_entra_sends_is_understood() {
    entra_changes(json!([{"op": "Replace", "path": "active", "value": "False"}]), json!({"active": false}));
    entra_changes(
        json!([{"op": "Replace", "path": "displayName", "value": [{"$ref": null, "value": "Ana Ruiz"}]}]),
        json!({"displayName": "Ana Ruiz"}),
    );
    entra_changes(json!([{"op": "Replace", "path": "displayName", "value": ""}]), json!({"displayName": null}));
    entra_changes(
        json!([{"op": "Add", "path": "roles[primary eq \"True\"].value", "value": "admin"}]),
        json!({"roles": [{"primary": true, "value": "admin"}]}),
    );
    entra_changes(
        json!([{"op": "Replace", "path": "title", "value": "Director"}, {"op": "Add", "path": "favouriteColour", "value": "blue"}]),
        json!({"title": "Director"}),
    );
    entra_changes(json!([{"op": "replace", "value": {"id": "other", "displayName": "Ana"}}]), json!({"displayName": "Ana"}));
    entra_changes(json!([]), json!({}));
}

#[test]
fn keys_may_be_paths() {
    let operations = json!([{"op": "replace", "value": {
        "name.givenName": "Anna", "emails[type eq \"work\"].value": "b@example.com", format!("{ENTERPRISE}:employeeNumber"): "E-2",
    }}]);
    changes(
        operations.clone(),
        json!({
            "name": {"formatted": "Ana Díaz", "givenName": "Anna", "familyName": "Díaz"},
            "emails": [{"value": "b@example.com", "type": "work", "primary": true}],
            ENTERPRISE: {"employeeNumber": "E-2", "department": "Sales"},
        }),
    );
    fails_in(Profile::STRICT, operations, ScimType::InvalidSyntax);
}

#[test]
fn a_password_change_is_refused_or_dropped() {
    let operations = json!([{"op": "replace", "value": {"password": "n3w-Placeholder"}}]);
    let detail = fails(operations.clone(), ScimType::Mutability);
    assert!(!detail.contains("n3w"), "{detail}");
    assert_eq!(patched(&ana(), operations, Profile::OKTA), json!({}));
}

// Collections.

#[test]
fn members_are_folded_without_reading_them() {
    let add = json!({"op": "add", "path": "members", "value": [{"value": "a", "$ref": null}]});
    let remove = json!({"op": "remove", "path": "members[value eq \"a\"]"});
    let list = json!({"op": "Remove", "path": "members", "value": [{"value": "a"}]});
    let refuse = Unknown::Refuse;
    assert_eq!(group(None, json!([add, remove]), Profile::RFC), delta(&[], &["a"], refuse));
    assert_eq!(group(None, json!([remove, add]), Profile::RFC), delta(&["a"], &[], refuse));
    assert_eq!(group(None, json!([list]), Profile::RFC), delta(&[], &["a"], refuse));
    assert_eq!(
        group(None, json!([{"op": "remove", "path": "members[value eq \"a\" or value eq \"b\"]"}]), Profile::RFC),
        delta(&[], &["a", "b"], refuse)
    );
    assert_eq!(group(None, json!([{"op": "remove", "path": "members"}, add]), Profile::RFC), all(&["a"]));
    assert_eq!(group(None, json!([{"op": "replace", "value": {"members": [], "id": "own"}}]), Profile::RFC), all(&[]));
    for no_effect in [json!([]), json!([{"value": null}])] {
        assert_eq!(group(None, json!([{"op": "remove", "path": "members", "value": no_effect}]), Profile::RFC), nothing());
    }
    assert_eq!(group(None, json!([{"op": "add", "path": "members", "value": "a"}]), Profile::ENTRA), delta(&["a"], &[], Unknown::LeaveOut));
    let wrapped = json!([{"op": "remove", "path": "members", "value": {"members": [{"value": "a"}]}}]);
    assert_eq!(group(None, wrapped.clone(), Profile::LENIENT), delta(&[], &["a"], Unknown::LeaveOut));
    assert_eq!(group(None, wrapped, Profile::RFC), nothing());
}

/// RFC: 7644-3.5.2-13
#[test]
fn what_selects_by_more_than_the_id_reads_the_members() {
    let operations = json!([{"op": "remove", "path": "members[not (value eq \"a\")]"}]);
    assert_eq!(group(None, operations.clone(), Profile::RFC), Folded::Needs(vec!["members".into()]));
    assert_eq!(group(Some(&["a", "b", "c"]), operations.clone(), Profile::RFC), delta(&[], &["b", "c"], Unknown::Refuse));
    assert_eq!(group(Some(&[]), operations, Profile::RFC), nothing());
    let guard = json!([{"op": "remove", "path": "members", "value": [{"display": "Ben"}]}]);
    assert_eq!(group(None, guard, Profile::RFC), Folded::Needs(vec!["members".into()]));
}

#[test]
fn loaded_members_give_the_difference() {
    let operations = json!([{"op": "replace", "path": "members", "value": [{"value": "b"}, {"value": "c"}]}]);
    assert_eq!(group(Some(&["a", "b"]), operations, Profile::RFC), delta(&["c"], &["a"], Unknown::Refuse));
    let operations = json!([{"op": "add", "path": "members", "value": [{"value": "a"}]}, {"op": "remove", "path": "members", "value": [{"value": "x"}]}]);
    assert_eq!(group(Some(&["a"]), operations, Profile::RFC), nothing());
}

/// RFC: 7643-4.2-03
#[test]
fn members_have_no_writable_parts() {
    let current = stored(&kind("Group"), json!({"displayName": "G"}));
    for path in ["members[value eq \"x\"].display", "members[value eq \"x\"].type", "members[value eq \"x\"].value", "members.$ref"] {
        let error = fold(&current, json!([{"op": "replace", "path": path, "value": "n"}]), Profile::RFC).unwrap_err();
        assert_eq!(error.scim_type(), Some(ScimType::Mutability), "{path}");
    }
    for value in [json!([{"value": "own"}]), json!([{}]), json!([{"display": "x"}]), json!([{"value": " "}])] {
        let error = fold(&current, json!([{"op": "add", "path": "members", "value": value}]), Profile::RFC).unwrap_err();
        assert_eq!(error.scim_type(), Some(ScimType::InvalidValue), "{value}");
    }
}

#[test]
fn a_thousand_members_and_operations_are_quick() {
    let operations: Vec<Value> =
        (0..20_000).map(|n| json!({"op": "add", "path": "members", "value": [{"value": n.to_string()}]})).collect();
    let Folded::Change { edits, .. } = group(None, Value::Array(operations), Profile::RFC) else { panic!() };
    assert!(matches!(&edits[0].1, Edit::Delta { put, .. } if put.len() == 20_000));
    let operations: Vec<Value> = (0..20_000).map(|n| json!({"op": "add", "path": "emails", "value": {"value": n.to_string()}})).collect();
    let error = fold(&stored(&kind("User"), ana()), Value::Array(operations), Profile::RFC).unwrap_err();
    assert_eq!(error.status(), 413);
}

#[test]
fn leniency_remembers_what_was_met() {
    let leniency = Leniency::new(Profile::ENTRA);
    let current = stored(&kind("User"), ana());
    let body = request(json!([{"op": "add", "path": "active", "value": "False"}]));
    PatchOp::parse(body, &leniency).unwrap().fold(&current.key.kind, &current, &leniency).unwrap();
    assert_eq!(leniency.met(), [Quirk::BooleanStrings]);
}

// A type with more to it than the RFC's own.

/// RFC: 7643-7-28
#[test]
fn elements_with_parts_of_their_own_are_merged() {
    let kind = crate::validate::tests::device();
    let mut current = stored(&kind, json!({"serial": "s", "urn:example:2.0:Audit": {"owner": "o"}}));
    let holder = |note: &str| {
        let Value::Object(item) = json!({"since": "2020", "note": note}) else { unreachable!() };
        Element { item, ..member("u") }
    };
    let add = json!([{"op": "add", "path": "holders", "value": {"value": "u", "note": "b"}}]);
    let remove = json!([{"op": "remove", "path": "holders[value eq \"u\"]"}]);
    assert_eq!(fold(&current, add.clone(), Profile::RFC).unwrap(), Folded::Needs(vec!["holders".into()]));
    assert!(matches!(fold(&current, remove, Profile::RFC).unwrap(), Folded::Change { .. }));
    current.collections.insert("holders".into(), vec![holder("a")]);
    let put = |element: Element| {
        let edit = Edit::Delta { put: vec![element], remove: Vec::new(), unknown: Unknown::Refuse };
        Folded::Change { document: None, secrets: Document::new(), edits: vec![("holders".into(), edit)] }
    };
    assert_eq!(fold(&current, add, Profile::RFC).unwrap(), put(holder("b")));
    let part = json!([{"op": "replace", "path": "holders[note eq \"a\"].note", "value": "c"}]);
    assert_eq!(fold(&current, part, Profile::RFC).unwrap(), put(holder("c")));
    for wrong in [
        json!({"op": "add", "path": "holders", "value": {"value": "u", "since": "2021"}}),
        json!({"op": "replace", "path": "holders", "value": [{"value": "u", "since": "2021"}]}),
        json!({"op": "replace", "path": "holders[value eq \"u\"].since", "value": "2021"}),
        json!({"op": "remove", "path": "holders.since"}),
    ] {
        let error = fold(&current, json!([wrong]), Profile::RFC).unwrap_err();
        assert_eq!(error.scim_type(), Some(ScimType::Mutability), "{wrong}");
    }
}

#[test]
fn immutable_attributes_take_one_value_and_required_ones_stay() {
    let kind = crate::validate::tests::device();
    let current = stored(
        &kind,
        json!({"serial": "s", "ports": [{"value": "1", "speed": 10}, {"value": "2"}], "urn:example:2.0:Audit": {"owner": "o"}}),
    );
    for wrong in [
        json!({"op": "replace", "path": "serial", "value": "other"}),
        json!({"op": "remove", "path": "serial"}),
        json!({"op": "add", "path": "ports[value eq \"1\"].speed", "value": 20}),
        json!({"op": "add", "path": "ports", "value": {"value": "1", "speed": 20}}),
        json!({"op": "replace", "path": "ports", "value": [{"value": "1", "speed": 20}]}),
        json!({"op": "remove", "path": "ports[value eq \"1\"].value"}),
        json!({"op": "remove", "path": "urn:example:2.0:Audit"}),
        json!({"op": "remove", "path": "urn:example:2.0:Audit:owner"}),
        json!({"op": "replace", "value": {"state": "x"}}),
    ] {
        let error = fold(&current, json!([wrong]), Profile::RFC).unwrap_err();
        assert_eq!(error.scim_type(), Some(ScimType::Mutability), "{wrong}");
    }
    for fine in [
        json!({"op": "replace", "path": "serial", "value": "s"}),
        json!({"op": "add", "path": "ports[value eq \"2\"].speed", "value": 20}),
        json!({"op": "remove", "path": "ports[value eq \"1\"]"}),
        json!({"op": "add", "path": "tags", "value": ["a", "A"]}),
    ] {
        assert!(fold(&current, json!([fine]), Profile::RFC).is_ok(), "{fine}");
    }
}

#[test]
fn parts_that_the_client_cannot_write_survive_what_is_done_around_them() {
    let kind = crate::validate::tests::device();
    let current = stored(
        &kind,
        json!({
            "serial": "s", "urn:example:2.0:Audit": {"owner": "o"},
            "ports": [{"value": "1", "type": "usb", "speed": 10, "checked": "2020"}, {"value": "2", "checked": "2021"}],
            "label": {"text": "t", "seal": "s", "origin": "factory"}, "slopes": [{"name": "a", "angle": 3}],
        }),
    );
    let after = |operation: Value| match fold(&current, json!([operation]), Profile::RFC) {
        Ok(Folded::Change { document, .. }) => Ok(document.unwrap_or_else(|| current.document.clone())),
        Ok(needs) => panic!("{needs:?}"),
        Err(error) => Err(error.scim_type()),
    };
    let first = json!({"value": "1", "type": "hdmi", "speed": 10, "checked": "2020"});
    for (operation, ports) in [
        // The same element as before, and another one in its place.
        (
            json!({"op": "replace", "path": "ports[type eq \"usb\"]", "value": {"value": "1", "type": "hdmi"}}),
            json!([first, current.document["ports"][1]]),
        ),
        (
            json!({"op": "replace", "path": "ports[type eq \"usb\"]", "value": {"value": "9", "speed": 20}}),
            json!([{"value": "9", "type": "usb", "speed": 20}, current.document["ports"][1]]),
        ),
        (json!({"op": "replace", "path": "ports", "value": [{"value": "1", "type": "hdmi", "checked": "x"}]}), json!([first])),
        (
            json!({"op": "add", "path": "ports", "value": {"value": "2", "type": "", "checked": "x"}}),
            json!([
                current.document["ports"][0], {"value": "2", "checked": "2021"}, {"value": "2", "type": ""},
            ]),
        ),
    ] {
        let document = after(operation.clone()).unwrap_or_else(|error| panic!("{operation}: {error:?}"));
        let sorted = |ports: &Value| -> Vec<String> {
            let object = |port: &Value| port.as_object().unwrap().iter().map(|(name, value)| (name.clone(), value.clone())).collect();
            ports.as_array().unwrap().iter().map(object).map(|port: BTreeMap<String, Value>| format!("{port:?}")).collect()
        };
        assert_eq!(sorted(&document["ports"]), sorted(&ports), "{operation}");
    }
    assert_eq!(after(json!({"op": "replace", "path": "label", "value": {"text": "u"}})).unwrap()["label"]["origin"], "factory");
    for wrong in [
        json!({"op": "replace", "path": "ports[value eq \"1\"]", "value": {"value": "1", "speed": 20}}),
        json!({"op": "replace", "path": "ports[value eq \"1\"]", "value": {"type": "usb", "speed": 20}}),
        json!({"op": "replace", "path": "slopes[name eq \"a\"]", "value": {"name": "a", "angle": 4}}),
        json!({"op": "remove", "path": "label"}),
        json!({"op": "replace", "path": "label", "value": null}),
        json!({"op": "remove", "path": "label.seal"}),
        json!({"op": "remove", "path": "label.origin"}),
        json!({"op": "replace", "path": "ports[value eq \"1\"].checked", "value": "x"}),
    ] {
        assert_eq!(after(wrong.clone()), Err(Some(ScimType::Mutability)), "{wrong}");
    }
}

#[test]
fn a_read_only_value_that_is_sent_back_is_ignored_even_to_the_letter() {
    let operations = json!([{"op": "replace", "value": {"id": "own", "displayName": "Ana Díaz"}}]);
    assert_eq!(patched(&ana(), operations, Profile::STRICT), json!({}));
    fails_in(Profile::STRICT, json!([{"op": "replace", "value": {"id": "other"}}]), ScimType::Mutability);
}

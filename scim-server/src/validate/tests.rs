//! The claims of RFC 7643 §2 and RFC 7644 §3.3, §3.5.1.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::Draft;
use crate::store::{Document, Element, Reference, ResourceKey, Stored, UniqueKey, Unknown};
use crate::{
    CollectionDeclaration, ExtensionDeclaration, Leniency, Profile, Quirk, Registry, ResourceType, ResourceTypeDeclaration, Result, Schema,
    ScimType, Timestamp,
};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn kind(name: &str) -> Arc<ResourceType> {
    Registry::rfc7643().by_name(name).unwrap().clone()
}

/// A type with attributes of every data type and mutability.
pub(crate) fn device() -> Arc<ResourceType> {
    let schema: Schema = serde_json::from_value(json!({"id": "urn:example:2.0:Device", "attributes": [
        {"name": "serial", "required": true, "mutability": "immutable"},
        {"name": "slots", "type": "integer"},
        {"name": "weight", "type": "decimal"},
        {"name": "built", "type": "dateTime"},
        {"name": "key", "type": "binary"},
        {"name": "site", "type": "reference", "referenceTypes": ["external"]},
        {"name": "tags", "multiValued": true},
        {"name": "grade", "canonicalValues": ["Fine", "Rough"], "enforceCanonicalValues": true},
        {"name": "ports", "type": "complex", "multiValued": true, "subAttributes": [
            {"name": "value", "required": true}, {"name": "type"}, {"name": "speed", "type": "integer", "mutability": "immutable"},
            {"name": "checked", "mutability": "readOnly"},
        ]},
        {"name": "state", "mutability": "readOnly"},
        {"name": "worn", "type": "boolean"},
        {"name": "label", "type": "complex", "subAttributes": [
            {"name": "code", "uniqueness": "server"}, {"name": "text"}, {"name": "marks", "multiValued": true},
            {"name": "seal", "mutability": "immutable"}, {"name": "origin", "mutability": "readOnly"},
        ]},
        {"name": "slopes", "type": "complex", "multiValued": true, "subAttributes": [
            {"name": "name"}, {"name": "angle", "type": "integer", "mutability": "immutable"},
        ]},
        {"name": "pass", "mutability": "writeOnly"},
        {"name": "lock", "type": "complex", "subAttributes": [{"name": "state"}, {"name": "pin", "mutability": "writeOnly"}]},
        {"name": "macs", "multiValued": true, "uniqueness": "server"},
        {"name": "cards", "type": "complex", "multiValued": true, "subAttributes": [
            {"name": "value", "uniqueness": "global", "caseExact": true}, {"name": "type"},
        ]},
        {"name": "holders", "type": "complex", "multiValued": true, "subAttributes": [
            {"name": "value"}, {"name": "$ref", "type": "reference", "referenceTypes": ["User"]},
            {"name": "since", "mutability": "immutable"}, {"name": "note"},
        ]},
    ]}))
    .unwrap();
    let extension: Schema = serde_json::from_value(
        json!({"id": "urn:example:2.0:Audit", "attributes": [{"name": "owner", "required": true}, {"name": "active", "type": "boolean"}]}),
    )
    .unwrap();
    let declaration = ResourceTypeDeclaration {
        name: "Device".into(),
        endpoint: "/Devices".into(),
        description: String::new(),
        schema: schema.id.clone(),
        schema_extensions: vec![ExtensionDeclaration { schema: extension.id.clone(), required: true }],
        collections: vec![CollectionDeclaration { attribute: "holders".into(), reverse: None, indirect: false }],
    };
    let registry = Registry::new(vec![schema, extension], vec![declaration, ResourceTypeDeclaration::user()]).unwrap();
    registry.by_name("Device").unwrap().clone()
}

/// A type whose collection must have an element.
pub(crate) fn crew() -> Arc<ResourceType> {
    let schema: Schema = serde_json::from_value(json!({"id": "urn:example:2.0:Crew", "attributes": [
        {"name": "active"},
        {"name": "hands", "type": "complex", "multiValued": true, "required": true, "subAttributes": [
            {"name": "value"}, {"name": "$ref", "type": "reference", "referenceTypes": ["User"]}, {"name": "duty"},
        ]},
    ]}))
    .unwrap();
    let declaration = ResourceTypeDeclaration {
        name: "Crew".into(),
        endpoint: "/Crews".into(),
        description: String::new(),
        schema: schema.id.clone(),
        schema_extensions: Vec::new(),
        collections: vec![CollectionDeclaration { attribute: "hands".into(), reverse: None, indirect: false }],
    };
    let registry = Registry::new(vec![schema], vec![declaration, ResourceTypeDeclaration::user()]).unwrap();
    registry.by_name("Crew").unwrap().clone()
}

fn create(kind: &ResourceType, body: Value, profile: Profile) -> Result<Draft> {
    Draft::create(kind, body, &Leniency::new(profile))
}

fn with(base: Value, more: Value) -> Value {
    let (Value::Object(mut base), Value::Object(more)) = (base, more) else { panic!("both are objects") };
    base.extend(more);
    Value::Object(base)
}

fn user(more: Value) -> Value {
    with(json!({"schemas": [USER], "userName": "ana"}), more)
}

fn a_device(more: Value) -> Value {
    with(json!({"schemas": ["urn:example:2.0:Device"], "serial": "s", "urn:example:2.0:Audit": {"owner": "o"}}), more)
}

/// The stored document without what every user of these tests has.
#[track_caller]
fn created(more: Value, profile: Profile) -> Value {
    let draft = create(&kind("User"), user(more.clone()), profile).unwrap_or_else(|error| panic!("{more}: {error}"));
    let mut document = draft.document;
    document.shift_remove("schemas");
    document.shift_remove("userName");
    if !more.to_string().contains("active") && profile.has(Quirk::ActiveByDefault) {
        assert_eq!(document.shift_remove("active"), Some(json!(true)));
    }
    Value::Object(document)
}

#[track_caller]
fn refused(kind: &ResourceType, body: Value, profile: Profile, keyword: ScimType) -> String {
    match create(kind, body.clone(), profile) {
        Err(error) => {
            assert_eq!(error.scim_type(), Some(keyword), "{body}: {error}");
            error.detail().to_owned()
        }
        Ok(draft) => panic!("{body} gave {draft:?}"),
    }
}

#[track_caller]
fn refuses(more: Value, keyword: ScimType) {
    refused(&kind("User"), user(more), Profile::RFC, keyword);
}

fn stored(kind: &Arc<ResourceType>, body: Value) -> Stored {
    Stored {
        key: ResourceKey { kind: kind.clone(), id: "own".into() },
        version: 1,
        created: Timestamp::from_micros(0),
        modified: Timestamp::from_micros(0),
        document: create(kind, body, Profile::RFC).unwrap().document,
        collections: BTreeMap::new(),
        long: Vec::new(),
        referents: BTreeMap::new(),
    }
}

fn replace(current: &Stored, body: Value, profile: Profile) -> Result<Draft> {
    Draft::replace(&current.key.kind.clone(), body, current, &Leniency::new(profile))
}

/// RFC: 7643-8.1-01
#[test]
fn the_minimal_and_the_full_user_of_rfc_7643_8_are_accepted() {
    let minimal = create(&kind("User"), user(json!({"id": "x", "meta": {"version": "W/\"1\""}})), Profile::STRICT).unwrap();
    assert_eq!(Value::Object(minimal.document), json!({"schemas": [USER], "userName": "ana"}));
}

/// RFC: 7643-2.1-01 7643-3.3-05 7643-3-08
#[test]
fn names_and_urns_are_matched_without_case_and_stored_canonically() {
    let sent = json!({
        "NAME": {"GIVENNAME": "Ana"}, "Emails": [{"Value": "a@x", "PRIMARY": true}],
        "URN:IETF:params:scim:schemas:extension:enterprise:2.0:user": {"Department": "Sales", "Manager": {"VALUE": "M"}},
    });
    let expected = json!({
        "name": {"givenName": "Ana"}, "emails": [{"value": "a@x", "primary": true}],
        ENTERPRISE: {"department": "Sales", "manager": {"value": "M"}},
    });
    assert_eq!(created(sent, Profile::STRICT), expected);
}

/// RFC: 7643-3-04 7643-3.3-03
#[test]
fn schemas_name_what_the_document_holds() {
    let schemas = |more: Value| create(&kind("User"), user(more), Profile::RFC).unwrap().document["schemas"].clone();
    assert_eq!(schemas(json!({ENTERPRISE: {"department": "Sales"}})), json!([USER, ENTERPRISE]));
    assert_eq!(schemas(json!({"schemas": [USER, ENTERPRISE]})), json!([USER]));
    assert_eq!(
        schemas(json!({"schemas": [USER.to_ascii_uppercase(), "urn:example:other"], ENTERPRISE: {"department": null}})),
        json!([USER])
    );
}

/// RFC: 7643-2.1-02 7643-3-03 7643-3.3-02
#[test]
fn schemas_must_name_the_base_and_nothing_unknown() {
    let kind = kind("User");
    for body in [json!({"userName": "a"}), json!({"schemas": [], "userName": "a"}), json!({"schemas": [ENTERPRISE], "userName": "a"})] {
        refused(&kind, body.clone(), Profile::RFC, ScimType::InvalidSyntax);
        assert!(create(&kind, body, Profile::LENIENT).is_ok());
    }
    refused(&kind, user(json!({"schemas": [USER, 1]})), Profile::RFC, ScimType::InvalidSyntax);
    refused(&kind, user(json!({"schemas": USER})), Profile::RFC, ScimType::InvalidSyntax);
    refused(&kind, user(json!({"schemas": [USER, "urn:example:other"]})), Profile::STRICT, ScimType::InvalidValue);
}

/// RFC: 7643-2.5-01 7643-2.5-02 7643-2.5-03
#[test]
fn unassigned_attributes_are_not_stored() {
    let sent = json!({
        "title": null, "emails": [], "name": {}, "addresses": [{}, {"type": null}], "roles": null, ENTERPRISE: {}, "phoneNumbers": [{"value": "1", "type": null}],
    });
    assert_eq!(created(sent, Profile::RFC), json!({"phoneNumbers": [{"value": "1"}]}));
    assert_eq!(created(json!({"title": ""}), Profile::RFC), json!({"title": ""}));
    assert_eq!(created(json!({"title": "", "name": {"middleName": ""}}), Profile::OKTA), json!({}));
}

/// RFC: 7644-3.3-02
#[test]
fn read_only_attributes_are_ignored() {
    let sent = json!({"id": "x", "groups": [{"value": "g"}], "meta": {"resourceType": "User"}, ENTERPRISE: {"manager": {"value": "M", "displayName": "x"}}});
    assert_eq!(created(sent, Profile::STRICT), json!({ENTERPRISE: {"manager": {"value": "M"}}}));
}

/// RFC: 7644-3.1-06
#[test]
fn unknown_attributes_are_ignored_or_refused() {
    let sent = json!({"colour": "blue", "name": {"colour": 1}, "urn:example:x": {"a": 1}, "__proto__": {"admin": true}});
    assert_eq!(created(sent, Profile::RFC), json!({}));
    for more in [json!({"colour": "blue"}), json!({"name": {"colour": 1}}), json!({"urn:example:x": {}})] {
        refused(&kind("User"), user(more), Profile::STRICT, ScimType::InvalidSyntax);
    }
}

#[test]
fn two_spellings_of_one_name_are_refused() {
    for more in [
        json!({"username": "b"}),
        json!({"title": "a", "TITLE": "b"}),
        json!({"SCHEMAS": [USER]}),
        json!({"name": {"givenName": "a", "givenname": "b"}}),
        json!({"emails": [{"value": "a", "VALUE": "b"}]}),
        json!({ENTERPRISE: {}, ENTERPRISE.to_ascii_lowercase(): {}}),
        json!({ENTERPRISE: {"department": "a", "Department": "b"}}),
    ] {
        refuses(more, ScimType::InvalidSyntax);
    }
}

/// RFC: 7643-2.3-02 7643-2.3-03 7643-2.3-09 7643-2.4-01
#[test]
fn values_have_the_type_of_their_attribute() {
    use ScimType::{InvalidSyntax, InvalidValue};
    for (more, keyword) in [
        (json!({"title": 1}), InvalidValue),
        (json!({"title": {"value": "a"}}), InvalidValue),
        (json!({"title": ["a"]}), InvalidValue),
        (json!({"active": "true"}), InvalidValue),
        (json!({"active": 1}), InvalidValue),
        (json!({"name": "Ana"}), InvalidValue),
        (json!({"name": [{"givenName": "Ana"}]}), InvalidValue),
        (json!({"emails": "a@x"}), InvalidSyntax),
        (json!({"emails": {"value": "a@x"}}), InvalidSyntax),
        (json!({"emails": ["a@x"]}), InvalidSyntax),
        (json!({"emails": [null]}), InvalidValue),
        (json!({"emails": [{"value": {"a": 1}}]}), InvalidValue),
        (json!({ENTERPRISE: "x"}), InvalidValue),
        (json!({ENTERPRISE: {"manager": "M"}}), InvalidValue),
    ] {
        refuses(more, keyword);
    }
    refused(&kind("User"), json!([]), Profile::RFC, InvalidSyntax);
}

/// RFC: 7643-2.3-04..07 7643-2.3.3-01 7643-2.3.4-01 7643-2.3.5-01 7643-2.3.5-02 7643-2.3.6-01 7643-2.3.6-03
#[test]
fn numbers_instants_and_bytes_are_read_strictly() {
    let kind = device();
    let read = |text: &str| -> Result<Document> {
        let more: Value = serde_json::from_str(text).unwrap();
        create(&kind, a_device(more), Profile::STRICT).map(|draft| draft.document)
    };
    let max = read(r#"{"slots": 9223372036854775807, "weight": 1.10000000000000000001}"#).unwrap();
    assert_eq!(max["slots"].to_string(), "9223372036854775807");
    assert_eq!(max["weight"].to_string(), "1.10000000000000000001");
    for wrong in ["1.0", "1e2", "9223372036854775808", "\"1\""] {
        assert!(read(&format!(r#"{{"slots": {wrong}}}"#)).is_err(), "{wrong}");
    }
    assert_eq!(read(r#"{"built": "2011-05-13T04:42:34+02:00"}"#).unwrap()["built"], "2011-05-13T04:42:34+02:00");
    for wrong in ["2011-05-13", "2011-13-01T00:00:00Z", "yesterday"] {
        assert!(read(&format!(r#"{{"built": "{wrong}"}}"#)).is_err(), "{wrong}");
    }
    assert_eq!(read(r#"{"key": "-_8"}"#).unwrap()["key"], "+/8=");
    assert!(read(r#"{"key": "a!"}"#).is_err());
    assert_eq!(read(r#"{"tags": ["a", "b", "A"]}"#).unwrap()["tags"], json!(["A", "b"]));
}

/// RFC: 7643-4.1.1-01 7643-6-12 7643-6-16
#[test]
fn what_is_required_must_be_there() {
    let user = kind("User");
    for body in [json!({"schemas": [USER]}), json!({"schemas": [USER], "userName": null}), json!({"schemas": [USER], "userName": ""})] {
        refused(&user, body, Profile::RFC, ScimType::InvalidValue);
    }
    refused(&kind("Group"), json!({"schemas": [GROUP], "displayName": ""}), Profile::ENTRA, ScimType::InvalidValue);
    let device = device();
    refused(&device, json!({"schemas": ["urn:example:2.0:Device"], "serial": "s"}), Profile::RFC, ScimType::InvalidValue);
    refused(&device, a_device(json!({"ports": [{"type": "usb"}]})), Profile::RFC, ScimType::InvalidValue);
}

#[test]
fn a_required_collection_has_an_element() {
    let kind = crew();
    let body = |hands: Value| json!({"schemas": ["urn:example:2.0:Crew"], "hands": hands});
    for nobody in [json!(null), json!([])] {
        let detail = refused(&kind, body(nobody), Profile::RFC, ScimType::InvalidValue);
        assert!(detail.contains("`hands` is required"), "{detail}");
    }
    assert_eq!(create(&kind, body(json!([{"value": "u"}])), Profile::RFC).unwrap().collections[0].1.len(), 1);
}

/// RFC: 7643-2.3.1-03
#[test]
fn a_value_is_one_of_the_canonical_where_the_schema_enforces_them() {
    let kind = device();
    for (sent, kept) in [("Fine", "Fine"), ("ROUGH", "Rough")] {
        assert_eq!(create(&kind, a_device(json!({"grade": sent})), Profile::STRICT).unwrap().document["grade"], kept);
    }
    let detail = refused(&kind, a_device(json!({"grade": "Finer"})), Profile::LENIENT, ScimType::InvalidValue);
    assert!(detail.contains("`Finer`") && detail.contains("Fine, Rough"), "{detail}");
}

#[test]
fn values_are_the_same_if_they_mean_the_same() {
    let kind = device();
    let is_same = |name: &str, left: &Value, right: &Value| {
        let attribute = kind.core_attribute(name).unwrap().attribute;
        assert_eq!(super::same(&attribute, left, right), super::same(&attribute, right, left), "{left} {right}");
        super::same(&attribute, left, right)
    };
    for (name, left, right) in [
        ("serial", json!("S"), json!("s")),
        ("weight", json!(1.5), json!(15e-1)),
        ("built", json!("2011-05-13T04:42:34Z"), json!("2011-05-13T06:42:34+02:00")),
        ("tags", json!(["a", "b"]), json!(["B", "A"])),
        ("tags", json!([]), json!([])),
        ("ports", json!([{"value": "1", "type": "usb"}]), json!([{"type": "USB", "value": "1"}])),
        ("label", json!({"text": "T", "code": "c"}), json!({"code": "C", "text": "t"})),
        ("label", json!({"old": 1}), json!({"old": 1})),
    ] {
        assert!(is_same(name, &left, &right), "{name}: {left} is {right}");
    }
    for (name, left, right) in [
        ("serial", json!("s"), json!("t")),
        ("serial", json!("1"), json!(1)),
        ("weight", json!(1), json!(2)),
        ("slots", json!("no number"), json!("neither")),
        ("tags", json!(["a"]), json!(["b"])),
        ("tags", json!(["a", "b"]), json!(["a"])),
        ("tags", json!(["a", "a"]), json!(["a", "b"])),
        ("ports", json!([{"value": "1"}]), json!([{"value": "2"}])),
        ("label", json!({"text": "t"}), json!({"text": "u"})),
        ("label", json!({"text": "t"}), json!({"code": "t"})),
        ("label", json!({"text": "t"}), json!({"text": "t", "code": "c"})),
        ("label", json!({"old": 1}), json!({"old": 2})),
        ("label", json!({"text": "t"}), json!("t")),
    ] {
        assert!(!is_same(name, &left, &right), "{name}: {left} is not {right}");
    }
}

#[test]
fn a_name_that_identifies_has_only_characters_that_show() {
    for (name, keyword) in [
        ("", None),
        ("  ", None),
        ("a\u{200b}", None),
        ("a\u{0}", None),
        ("a\u{ad}b", None),
        ("a\u{378}", None),
        ("\u{feff}a", None),
        ("a\u{2028}b", None),
    ]
    .map(|(name, _): (&str, Option<()>)| (name, ScimType::InvalidValue))
    {
        refuses(json!({"userName": name}), keyword);
    }
    for name in ["Ana Díaz", "O'Neil", "ana+crm@example.com", "José\u{301}", "山田", "a ", "🦀"] {
        assert!(create(&kind("User"), user(json!({"userName": name})), Profile::RFC).is_ok(), "{name}");
    }
    assert_eq!(created(json!({"title": "a\u{200b}b"}), Profile::RFC), json!({"title": "a\u{200b}b"}));
}

#[test]
fn a_text_has_at_most_a_mebibyte() {
    let longest = "x".repeat(1024 * 1024);
    assert!(create(&kind("User"), user(json!({"title": longest})), Profile::RFC).is_ok());
    refuses(json!({"title": format!("{longest}x")}), ScimType::InvalidValue);
}

/// RFC: 7643-2.4-03 7643-2.4-09 7643-2.4-10
#[test]
fn one_value_is_primary_and_equal_values_are_one() {
    refuses(json!({"emails": [{"value": "a", "primary": true}, {"value": "b", "primary": true}]}), ScimType::InvalidValue);
    let sent = json!({"emails": [
        {"value": "a@x", "type": "work", "primary": true, "display": "1"}, {"value": "b@x", "type": "work"},
        {"value": "A@X", "type": "Work", "display": "2"}, {"value": "a@x", "type": "home"},
    ]});
    let expected = json!({"emails": [
        {"value": "A@x", "type": "Work", "primary": true, "display": "2"}, {"value": "b@x", "type": "work"}, {"value": "a@x", "type": "home"},
    ]});
    assert_eq!(created(sent, Profile::STRICT), expected);
}

#[test]
fn a_password_is_given_at_create_and_stored_nowhere() {
    let draft = create(&kind("User"), user(json!({"password": "secret"})), Profile::STRICT).unwrap();
    assert_eq!(Value::Object(draft.secrets), json!({"password": "secret"}));
    assert!(!draft.document.contains_key("password"));
    let current = stored(&kind("User"), user(json!({})));
    let error = replace(&current, user(json!({"password": "secret"})), Profile::ENTRA).unwrap_err();
    assert_eq!(error.scim_type(), Some(ScimType::Mutability));
    assert!(!error.detail().contains("secret"));
    assert!(replace(&current, user(json!({"password": "secret"})), Profile::OKTA).unwrap().secrets.is_empty());
    assert!(replace(&current, user(json!({"password": null})), Profile::RFC).is_ok());
}

#[test]
fn what_entra_sends_is_understood() {
    let entra = |more: Value| created(more, Profile::ENTRA);
    assert_eq!(entra(json!({"active": "False"})), json!({"active": false}));
    assert_eq!(
        entra(json!({"roles": [{"primary": "True", "value": "r", "displayName": "R"}]})),
        json!({"roles": [{"primary": true, "value": "r", "display": "R"}]})
    );
    // Only that name is an alias, only where the element has no `display`, and only in elements.
    for (sent, kept) in [
        (json!({"roles": [{"value": "r", "label": "R"}]}), json!({"roles": [{"value": "r"}]})),
        (json!({"roles": [{"value": "r", "display": "D", "displayName": "R"}]}), json!({"roles": [{"value": "r", "display": "D"}]})),
        (json!({"name": {"givenName": "Ana", "displayName": "A"}}), json!({"name": {"givenName": "Ana"}})),
    ] {
        assert_eq!(entra(sent), kept);
    }
    assert_eq!(entra(json!({"department": null, "manager": null})), json!({}));
    assert_eq!(entra(json!({"department": "Sales"})), json!({ENTERPRISE: {"department": "Sales"}}));
    assert_eq!(
        entra(json!({"department": "outside", ENTERPRISE: {"department": "inside"}})),
        json!({ENTERPRISE: {"department": "inside"}})
    );
    assert_eq!(entra(json!({ENTERPRISE: {"manager": "M"}})), json!({ENTERPRISE: {"manager": {"value": "M"}}}));
    assert_eq!(entra(json!({ENTERPRISE: {"manager": ""}})), json!({}));
    assert_eq!(entra(json!({"name": ""})), json!({}));
    refuses(json!({"name": ""}), ScimType::InvalidValue);
    assert_eq!(entra(json!({"emails": {"value": "a"}, "title": ["T"]})), json!({"emails": [{"value": "a"}], "title": "T"}));
    assert_eq!(entra(json!({"emails": ["a"]})), json!({"emails": [{"value": "a"}]}));
}

#[test]
fn without_the_quirk_none_of_it_is() {
    assert_eq!(
        created(json!({"department": "Sales", "roles": [{"value": "r", "displayName": "R"}]}), Profile::RFC),
        json!({"roles": [{"value": "r"}]})
    );
    assert_eq!(created(json!({}), Profile::RFC), json!({}));
}

#[test]
fn members_are_their_ids() {
    let group = kind("Group");
    let body = |members: Value| json!({"schemas": [GROUP], "displayName": "G", "members": members});
    let draft = create(
        &group,
        body(json!([{"value": "a", "type": "User", "display": null}, {"$ref": "https://h/v2/Users/b"}, {"value": "a", "display": "x"}])),
        Profile::STRICT,
    )
    .unwrap();
    let element = |id: &str| Element { value: id.into(), item: Document::new(), referent: None };
    assert_eq!(draft.collections, [("members".to_owned(), vec![element("a"), element("b")])]);
    assert!(!draft.document.contains_key("members"));
    for members in [json!([{}]), json!([{"display": "x"}]), json!([{"value": ""}]), json!([null])] {
        refused(&group, body(members), Profile::RFC, ScimType::InvalidValue);
    }
    let current = stored(&group, body(json!(null)));
    let error = replace(&current, body(json!([{"value": "own"}])), Profile::RFC).unwrap_err();
    assert_eq!(error.scim_type(), Some(ScimType::InvalidValue));
    assert!(replace(&current, body(json!(null)), Profile::RFC).unwrap().collections.iter().all(|(_, elements)| elements.is_empty()));
}

/// RFC: 7644-3.5.1-04
#[test]
fn replace_clears_what_is_left_out_but_keeps_active() {
    let current = stored(&kind("User"), user(json!({"title": "T", "active": false, ENTERPRISE: {"department": "Sales"}})));
    let document = |more: Value| Value::Object(replace(&current, user(more), Profile::RFC).unwrap().document);
    assert_eq!(document(json!({})), json!({"schemas": [USER], "userName": "ana", "active": false}));
    assert_eq!(document(json!({"active": null})), json!({"schemas": [USER], "userName": "ana", "active": false}));
    assert_eq!(document(json!({"active": true})), json!({"schemas": [USER], "userName": "ana", "active": true}));
    let same = user(json!({"title": "T", "active": false, ENTERPRISE: {"department": "Sales"}}));
    assert_eq!(replace(&current, same, Profile::STRICT).unwrap().document, current.document);
}

#[test]
fn a_part_that_no_answer_shows_stays_until_it_is_given_anew() {
    let kind = device();
    let current = stored(&kind, a_device(json!({"lock": {"state": "open", "pin": "1"}})));
    let lock = |lock: Value| replace(&current, a_device(json!({"lock": lock})), Profile::RFC).unwrap().document["lock"].clone();
    assert_eq!(lock(json!({"state": "shut"})), json!({"state": "shut", "pin": "1"}));
    assert_eq!(lock(json!({"state": "shut", "pin": "2"})), json!({"state": "shut", "pin": "2"}));
    assert_eq!(replace(&current, a_device(json!({})), Profile::RFC).unwrap().document["lock"], json!({"pin": "1"}));
}

#[test]
fn replace_keeps_nothing_but_the_boolean_active_of_the_type_itself() {
    let after = |kind: &Arc<ResourceType>, before: Value, body: Value| {
        Value::Object(replace(&stored(kind, before), body, Profile::RFC).unwrap().document)
    };
    let (kind, audit) = (device(), json!({"owner": "o", "active": true}));
    let before = with(a_device(json!({"worn": true})), json!({"urn:example:2.0:Audit": audit}));
    let mut expected = a_device(json!({}));
    expected["schemas"] = json!(["urn:example:2.0:Device", "urn:example:2.0:Audit"]);
    assert_eq!(after(&kind, before, a_device(json!({}))), expected);
    let body = |more: Value| with(json!({"schemas": ["urn:example:2.0:Crew"], "hands": [{"value": "u"}]}), more);
    assert_eq!(after(&crew(), body(json!({"active": "yes"})), body(json!({}))), json!({"schemas": ["urn:example:2.0:Crew"]}));
}

/// RFC: 7643-7-28 7644-3.5.1-06 7644-3.5.1-07 7644-3.5.1-08
#[test]
fn an_immutable_value_stays() {
    let kind = device();
    let ports = json!([{"value": "1", "speed": 10}, {"value": "2"}]);
    let mut current = stored(&kind, a_device(json!({"ports": ports})));
    let document = |more: Value| replace(&current, a_device(more), Profile::RFC).map(|draft| draft.document);
    assert_eq!(document(json!({"serial": "S"})).unwrap()["serial"], "S", "the same text but for its case");
    assert_eq!(document(json!({"serial": "other"})).unwrap_err().scim_type(), Some(ScimType::Mutability));
    assert_eq!(document(json!({"ports": [{"value": "1", "speed": 20}]})).unwrap_err().scim_type(), Some(ScimType::Mutability));
    assert_eq!(
        document(json!({"ports": [{"value": "1"}, {"value": "3", "speed": 5}]})).unwrap()["ports"],
        json!([{"value": "1", "speed": 10}, {"value": "3", "speed": 5}])
    );
    assert_eq!(
        document(json!({"ports": [{"value": "2", "speed": 7}]})).unwrap()["ports"],
        json!([{"value": "2", "speed": 7}]),
        "its first value"
    );
    let item = |since: &str| json!({"since": since}).as_object().cloned().unwrap();
    current.collections.insert("holders".into(), vec![Element { value: "u".into(), item: item("2020"), referent: None }]);
    let holders = |holders: Value| replace(&current, a_device(json!({"holders": holders})), Profile::RFC);
    assert_eq!(holders(json!([{"value": "u", "since": "2021"}])).unwrap_err().scim_type(), Some(ScimType::Mutability));
    assert_eq!(holders(json!([{"value": "u"}])).unwrap().collections[0].1[0].item, item("2020"));
}

/// RFC: 7643-7-26
#[test]
fn a_replacement_keeps_the_read_only_and_immutable_parts_that_it_cannot_write() {
    let kind = device();
    let mut current = stored(&kind, a_device(json!({"ports": [{"value": "1"}, {"value": "2"}], "label": {"text": "t", "seal": "s"}})));
    current.document["ports"][0]["checked"] = json!("2020");
    current.document["label"]["origin"] = json!("factory");
    let document = |more: Value| replace(&current, a_device(more), Profile::RFC).map(|draft| draft.document);
    let sent = json!({"ports": [{"value": "1", "checked": "forged"}, {"value": "3", "checked": "forged"}], "label": {"origin": "forged"}});
    let kept = document(sent).unwrap();
    assert_eq!(kept["ports"], json!([{"value": "1", "checked": "2020"}, {"value": "3"}]));
    assert_eq!(kept["label"], json!({"seal": "s", "origin": "factory"}));
    assert_eq!(document(json!({})).unwrap()["label"], json!({"seal": "s", "origin": "factory"}), "what is left out whole");
    assert_eq!(document(json!({"label": {"seal": "other"}})).unwrap_err().scim_type(), Some(ScimType::Mutability));
}

/// T12: what it costs grows with the values, not with their pairs.
#[test]
fn a_replacement_of_twenty_thousand_values_is_quick() {
    let kind = device();
    let ports = |from: usize| (from..from + 20_000).map(|number| json!({"value": number.to_string()})).collect::<Value>();
    let mut current = stored(&kind, a_device(json!({"ports": ports(0)})));
    current.document["ports"][19_999]["checked"] = json!("2020");
    let started = std::time::Instant::now();
    let kept = replace(&current, a_device(json!({"ports": ports(10_000)})), Profile::RFC).unwrap().document;
    assert_eq!((&kept["ports"][9_999]["checked"], kept["ports"][10_000].get("checked")), (&json!("2020"), None));
    assert!(started.elapsed() < std::time::Duration::from_secs(10), "{:?}", started.elapsed());
}

#[test]
fn what_is_write_only_is_secret_whatever_else_its_definition_says() {
    let kind = device();
    let draft = create(&kind, a_device(json!({"pass": "s3cret"})), Profile::RFC).unwrap();
    assert_eq!(Value::Object(draft.secrets), json!({"pass": "s3cret"}));
    assert!(!draft.document.contains_key("pass"));
}

#[test]
fn every_value_of_a_unique_attribute_is_unique() {
    let kind = device();
    let sent = json!({"macs": ["AA", "bb", "aa"], "cards": [{"value": "X", "type": "a"}, {"value": "x"}, {"value": "X", "type": "b"}]});
    let content = create(&kind, a_device(sent), Profile::RFC).unwrap().into_content(&kind, &Leniency::new(Profile::RFC));
    let key = |path: &str, key: &str| UniqueKey { path: path.into(), key: key.into() };
    assert_eq!(content.unique, [key("macs", "aa"), key("macs", "bb"), key("cards.value", "X"), key("cards.value", "x")]);
}

/// RFC: 7643-4.1.2-02 7643-2.4-08
#[test]
fn the_domain_of_an_email_address_is_in_lower_case() {
    let sent =
        json!({"emails": [{"value": "BJensen@EXAMPLE.com"}, {"value": "\"a@B\"@ÄB.Example"}, {"value": "NoAddress"}], "title": "A@B"});
    let expected =
        json!({"emails": [{"value": "BJensen@example.com"}, {"value": "\"a@B\"@Äb.example"}, {"value": "NoAddress"}], "title": "A@B"});
    assert_eq!(created(sent, Profile::STRICT), expected);
}

#[test]
fn content_lists_what_is_unique_and_what_is_referred_to() {
    let leniency = Leniency::new(Profile::RFC);
    let user_kind = kind("User");
    let content = create(&user_kind, user(json!({"userName": "ANA", ENTERPRISE: {"manager": {"$ref": "../Users/M"}}})), Profile::RFC)
        .unwrap()
        .into_content(&user_kind, &leniency);
    assert_eq!(content.unique, [UniqueKey { path: "userName".into(), key: "ana".into() }]);
    let manager = |unknown| Reference { path: format!("{ENTERPRISE}:manager"), value: "M".into(), types: vec!["User".into()], unknown };
    assert_eq!(content.references, [manager(Unknown::Refuse)]);
    assert_eq!(content.unknown_elements, Unknown::Refuse);
    let entra = Leniency::new(Profile::ENTRA);
    let draft = Draft { document: content.document, ..Draft::default() };
    assert_eq!(draft.into_content(&user_kind, &entra).references, [manager(Unknown::Keep)]);

    let group = kind("Group");
    let draft = create(&group, json!({"schemas": [GROUP], "displayName": "Sales"}), Profile::RFC).unwrap();
    assert_eq!(draft.clone().into_content(&group, &leniency).unique, []);
    let content = draft.into_content(&group, &entra);
    assert_eq!(content.unique, [UniqueKey { path: "displayName".into(), key: "sales".into() }]);
    assert_eq!(content.unknown_elements, Unknown::LeaveOut);

    let device = device();
    let draft = create(&device, a_device(json!({"label": {"code": "C"}})), Profile::RFC).unwrap();
    assert_eq!(draft.into_content(&device, &leniency).unique, [UniqueKey { path: "label.code".into(), key: "c".into() }]);
}

#[test]
fn messages_tell_what_to_change() {
    let user_kind = kind("User");
    let detail = |more: Value| create(&user_kind, user(more), Profile::RFC).unwrap_err().detail().to_owned();
    insta::assert_snapshot!(detail(json!({"userName": null})), @"`userName` is required: send a value");
    insta::assert_snapshot!(detail(json!({"active": "Yes"})), @"`active` is boolean and cannot be the text `Yes`: send true or false without quotes");
    insta::assert_snapshot!(detail(json!({"emails": [{"value": 1}]})), @"`emails.value` is a string and cannot be a number: send text in double quotes");
    insta::assert_snapshot!(detail(json!({"emails": "x"})), @"`emails` is multi-valued: send a list, `[…]`");
    insta::assert_snapshot!(detail(json!({"name": {"givenName": "a", "GIVENNAME": "b"}})), @"`name.givenName` stands twice in one object: attribute names do not heed case");
    insta::assert_snapshot!(detail(json!({"userName": "a\u{200b}"})), @"`userName` has the character U+200B, which is invisible, a control character or unassigned: remove it");
}

//! What each combination of parameters shows: the RFC's example first.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::error::ScimType;
use crate::example::{CORE_USER, ENTERPRISE, barbara, device, kind, object, tour_guides};
use crate::representation::represent;
use crate::store::Stored;

const BASE: &str = "https://example.com/v2";

fn projected(stored: &Stored, attributes: Option<&str>, excluded: Option<&str>, sent: Option<Value>) -> Value {
    let kind = &stored.key.kind;
    let mut resource = represent(stored, BASE);
    let projection = Projection::parse(kind, attributes, excluded).expect("only one of them is given");
    projection.apply(kind, &mut resource, sent.map(object).as_ref());
    Value::Object(resource)
}

/// `attributes` shows exactly these beside `schemas` and `id`.
#[track_caller]
fn only(stored: &Stored, attributes: &str, expected: Value) {
    let mut shown = object(projected(stored, Some(attributes), None, None));
    assert!(shown.shift_remove("schemas").is_some() && shown.shift_remove("id").is_some(), "the minimum set is shown");
    assert_eq!(Value::Object(shown), expected, "attributes={attributes}");
}

/// `excludedAttributes` takes exactly these JSON pointers away.
#[track_caller]
fn without(stored: &Stored, excluded: &str, gone: &[&str]) {
    let mut expected = projected(stored, None, None, None);
    for pointer in gone {
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        let parent = expected.pointer_mut(parent).and_then(Value::as_object_mut).expect(pointer);
        assert!(parent.shift_remove(name).is_some(), "{pointer} is there by default");
    }
    assert_eq!(projected(stored, None, Some(excluded), None), expected, "excludedAttributes={excluded}");
}

/// RFC: 7644-3.9-04 7644-3.4.2.5-02 7643-7-33
#[test]
fn the_example_of_the_rfc_shows_the_user_name_and_the_minimum_set() {
    assert_eq!(
        projected(&barbara(), Some("userName"), None, None),
        json!({"schemas": [CORE_USER, ENTERPRISE], "id": "2819c223-7f76-453a-919d-413861904646", "userName": "bjensen@example.com"})
    );
}

/// RFC: 7644-3.9-06
#[test]
fn attributes_are_named_in_any_case_with_or_without_their_urn() {
    let name = json!({"userName": "bjensen@example.com"});
    only(&barbara(), "USERNAME", name.clone());
    only(&barbara(), " userName , userName", name.clone());
    only(&barbara(), &format!("{}:username", CORE_USER.to_uppercase()), name.clone());
    only(&barbara(), &format!("{ENTERPRISE}:DEPARTMENT"), json!({(ENTERPRISE): {"department": "Tour Operations"}}));
}

/// RFC: 7644-3.9-05
#[test]
fn a_sub_attribute_is_shown_alone_in_each_element() {
    only(&barbara(), "emails.value", json!({"emails": [{"value": "bjensen@example.com"}, {"value": "babs@jensen.org"}]}));
    only(&barbara(), "emails.primary", json!({"emails": [{"primary": true}]}));
    only(&barbara(), "emails.display", json!({}));
    only(&barbara(), "name.givenName,name.familyName", json!({"name": {"familyName": "Jensen", "givenName": "Barbara"}}));
    only(
        &barbara(),
        "name.givenName,name",
        json!({"name": {"formatted": "Ms. Barbara J Jensen, III", "familyName": "Jensen", "givenName": "Barbara"}}),
    );
    let manager = json!({(ENTERPRISE): {"manager": {"displayName": "John Smith"}}});
    only(&barbara(), &format!("{ENTERPRISE}:manager.displayName"), manager);
    only(&tour_guides(), "members.value", json!({"members": [{"value": "2819c223"}, {"value": "6c5bb468"}]}));
    only(&barbara(), "meta.version", json!({"meta": {"version": "W/\"2\""}}));
}

/// RFC: 7644-3.9-09
#[test]
fn a_urn_alone_is_every_attribute_of_its_schema() {
    let extension = projected(&barbara(), None, None, None)[ENTERPRISE].clone();
    only(&barbara(), ENTERPRISE, json!({(ENTERPRISE): extension}));
    let core = projected(&barbara(), Some(CORE_USER), None, None);
    let names: Vec<&str> = core.as_object().expect("an object").keys().map(String::as_str).collect();
    // The common attributes externalId and meta belong to no schema.
    let expected =
        ["schemas", "id", "userName", "name", "displayName", "profileUrl", "emails", "ims", "userType", "title", "active", "groups"];
    assert_eq!(names, expected);
    without(&barbara(), ENTERPRISE, &[&format!("/{ENTERPRISE}")]);
}

/// RFC: 7644-3.9-10 7644-3.9-12
#[test]
fn unknown_and_secret_names_are_ignored_but_the_list_still_counts() {
    for nothing in ["usrName", "password", "emails[type eq \"work\"]", "a..b,%", "urn:example:Other", "urn:example:Other:x", "nickName"] {
        only(&barbara(), nothing, json!({}));
    }
    only(&barbara(), "nonsense,title", json!({"title": "Tour Guide"}));
    without(&barbara(), "nonsense,password", &[]);
}

/// RFC: 7644-3.9-08
#[test]
fn excluded_attributes_are_left_out() {
    without(&barbara(), "emails,TITLE", &["/emails", "/title"]);
    without(&barbara(), "name.formatted", &["/name/formatted"]);
    without(&barbara(), "emails.type", &["/emails/0/type", "/emails/1/type"]);
    without(&barbara(), "meta", &["/meta"]);
    without(&barbara(), &format!("{ENTERPRISE}:manager"), &[&format!("/{ENTERPRISE}/manager")]);
    without(&tour_guides(), "members", &["/members"]);
    without(&barbara(), "ims.value,ims.type", &["/ims"]);
}

/// RFC: 7644-3.4.2.5-04 7644-3.9-07 7643-7-30 7643-3.1-05
#[test]
fn what_is_always_returned_cannot_be_excluded() {
    without(&barbara(), "schemas,id", &[]);
    without(&device(), "serial,lock.state", &[]);
    only(&device(), "slots", json!({"serial": "SN-1", "slots": 3}));
    // A sub-attribute that is always returned comes with its parent, not without it.
    only(&device(), "lock.since", json!({"serial": "SN-1", "lock": {"state": "open", "since": "2011-05-13T04:42:34Z"}}));
    without(&device(), "lock", &["/lock"]);
}

/// RFC: 7644-3.4-02
#[test]
fn what_is_returned_on_request_is_shown_if_it_is_named_itself() {
    let shown = projected(&device(), None, None, None);
    assert_eq!((shown.get("notes"), shown.get("users"), shown["lock"].get("log")), (None, None, None));
    only(&device(), "notes", json!({"serial": "SN-1", "notes": "handle with care"}));
    only(&device(), "lock", json!({"serial": "SN-1", "lock": {"state": "open", "since": "2011-05-13T04:42:34Z"}}));
    only(&device(), "lock.log", json!({"serial": "SN-1", "lock": {"state": "open", "log": "opened twice"}}));
    only(&device(), "users.value", json!({"serial": "SN-1", "users": [{"value": "u1"}]}));
    assert_eq!(projected(&device(), Some("urn:example:2.0:Device"), None, None).get("notes"), None);
}

#[test]
fn what_is_returned_on_request_is_shown_after_a_write_that_names_it() {
    let sent = |body: Value| projected(&device(), None, None, Some(body));
    let notes = json!("handle with care");
    for body in [
        json!({"NOTES": "x"}),
        json!({"urn:example:2.0:Device:notes": "x"}),
        json!({"schemas": [], "operations": [{"op": "replace", "path": "notes", "value": "x"}]}),
        json!({"Operations": [{"op": "add", "value": {"Notes": "x"}}, {"op": "remove", "path": "slots"}]}),
        json!({"Operations": [{"op": "add", "value": {"urn:example:2.0:Device": {"notes": "x"}}}]}),
    ] {
        let shown = sent(body.clone());
        assert_eq!((&shown["notes"], shown["lock"].get("log"), shown.get("users")), (&notes, None, None), "{body}");
    }
    assert_eq!(sent(json!({"lock": {"log": "x"}}))["lock"]["log"], "opened twice");
    assert_eq!(sent(json!({"Operations": [{"path": "lock.log"}]}))["lock"]["log"], "opened twice");
    assert_eq!(sent(json!({"users": [{"value": "u1"}]}))["users"][0]["value"], "u1");
    assert_eq!(sent(json!({"lock": {"state": "x"}}))["lock"].get("log"), None);
    assert_eq!(sent(json!({"Operations": [7, {"path": 7}, {"value": []}, {"path": "pin", "value": 1}]})).get("pin"), None);
    let projected = |attributes, excluded| projected(&device(), attributes, excluded, Some(json!({"notes": "x"}))).get("notes").cloned();
    assert_eq!((projected(Some("slots"), None), projected(None, Some("notes"))), (None, None));
    assert_eq!(projected(None, Some("slots")), Some(notes));
    let lock = self::projected(&device(), Some("lock"), None, Some(json!({"lock": {"log": "x"}})))["lock"].clone();
    assert_eq!(lock.get("log"), None, "`attributes` names the parent only");
}

/// RFC: 7643-7-31
#[test]
fn what_is_never_returned_is_never_shown() {
    let mut resource = object(json!({"id": "1", "pin": "1234", "lock": {"secret": "x", "state": "open"}}));
    for (attributes, sent) in
        [(None, None), (Some("pin,lock.secret"), None), (None, Some(object(json!({"pin": "1", "lock": {"secret": "x"}}))))]
    {
        let projection = Projection::parse(&kind("Device"), attributes, None).expect("one parameter");
        projection.apply(&kind("Device"), &mut resource, sent.as_ref());
        assert!(!Value::Object(resource.clone()).to_string().contains("secret") && !resource.contains_key("pin"));
    }
}

/// RFC: 7643-7-29
#[test]
fn what_is_write_only_is_never_shown_whatever_else_its_definition_says() {
    let whole = object(json!({"id": "1", "code": "hidden", "lock": {"key": "hidden", "state": "open"}}));
    let sent = || object(json!({"code": "hidden", "lock": {"key": "hidden"}}));
    for (attributes, excluded, sent) in [
        (None, None, None),
        (Some("code,lock.key"), None, None),
        (Some("lock"), None, None),
        (None, Some("serial"), None),
        (None, None, Some(sent())),
    ] {
        let projection = Projection::parse(&kind("Device"), attributes, excluded).expect("one parameter");
        let mut resource = whole.clone();
        projection.apply(&kind("Device"), &mut resource, sent.as_ref());
        assert!(!Value::Object(resource).to_string().contains("hidden"), "{attributes:?} {excluded:?}");
    }
}

#[test]
fn both_parameters_at_once_are_refused() {
    let error = Projection::parse(&kind("User"), Some("userName"), Some("title")).expect_err("both are given");
    assert_eq!((error.status(), error.scim_type()), (400, Some(ScimType::InvalidValue)));
}

#[test]
fn an_empty_parameter_is_none() {
    for empty in ["", " ", ",", " , "] {
        assert!(Projection::parse(&kind("User"), Some(empty), None).expect(empty).is_default());
        assert!(!Projection::parse(&kind("User"), Some(empty), Some("title")).expect(empty).is_default());
    }
    assert!(!Projection::parse(&kind("User"), Some("unknown"), None).expect("ignored").is_default());
}

#[track_caller]
fn loads(type_name: &str, attributes: Option<&str>, excluded: Option<&str>, expected: Load) {
    let kind = kind(type_name);
    assert_eq!(Projection::parse(&kind, attributes, excluded).expect("one parameter").load(&kind), expected, "{attributes:?} {excluded:?}");
}

#[test]
fn only_the_collections_that_are_shown_are_read() {
    let members = || vec!["members".to_owned()];
    loads("Group", None, None, Load::Everything);
    loads("Group", None, Some("MEMBERS"), Load::Without(members()));
    loads("Group", None, Some("members.display"), Load::Everything);
    loads("Group", Some("displayName"), None, Load::Only(vec![]));
    loads("Group", Some("unknown"), None, Load::DOCUMENT);
    loads("Group", Some("members.value"), None, Load::Everything);
    loads("Group", Some("urn:ietf:params:scim:schemas:core:2.0:Group"), None, Load::Everything);
    loads("User", Some("groups,userName"), None, Load::Everything);
    loads("User", Some("userName"), None, Load::DOCUMENT);
    loads("User", None, Some("groups"), Load::Without(vec!["groups".into()]));
    loads("Device", None, None, Load::Without(vec!["users".into()]));
    loads("Device", Some("users"), None, Load::Everything);
    let named = object(json!({"users": []}));
    assert_eq!(Projection::default().load_after(&kind("Device"), Some(&named)), Load::Everything);
}

/// Names as clients send them, with those they cannot have.
const NAMES: &[&str] = &[
    "userName",
    "title",
    "emails",
    "emails.value",
    "EMAILS.type",
    "name",
    "name.givenName",
    "groups",
    "groups.display",
    "meta",
    "id",
    "schemas",
    "meta.created",
    "password",
    "unknown",
    CORE_USER,
    ENTERPRISE,
    "externalId",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
    "active",
];

proptest! {
    #[test]
    fn projecting_twice_is_projecting_once(names in prop::collection::vec(prop::sample::select(NAMES), 1..5), exclude in any::<bool>()) {
        let list = names.join(",");
        let (attributes, excluded) = if exclude { (None, Some(&*list)) } else { (Some(&*list), None) };
        let user = kind("User");
        let projection = Projection::parse(&user, attributes, excluded).expect("one parameter");
        let mut once = represent(&barbara(), BASE);
        projection.apply(&user, &mut once, None);
        prop_assert!(once.contains_key("id") && once.contains_key("schemas"));
        let mut twice = once.clone();
        projection.apply(&user, &mut twice, None);
        prop_assert_eq!(twice, once);
    }

    #[test]
    fn what_is_named_and_what_is_left_make_the_whole(names in prop::collection::vec(prop::sample::select(NAMES), 1..5)) {
        let list = names.join(",");
        let whole = leaves(&projected(&barbara(), None, None, None));
        let named = leaves(&projected(&barbara(), Some(&list), None, None));
        let left = leaves(&projected(&barbara(), None, Some(&list), None));
        for leaf in &whole {
            let minimum = leaf.starts_with("/schemas") || leaf.starts_with("/id");
            prop_assert_eq!(named.contains(leaf) && left.contains(leaf), minimum, "{} {}", list, leaf);
            prop_assert!(named.contains(leaf) || left.contains(leaf), "{} {}", list, leaf);
        }
        prop_assert!(named.iter().chain(&left).all(|leaf| whole.contains(leaf)));
    }

    #[test]
    fn no_list_panics(list in "[a-zA-Z:.,\\[\\]\" %é]{0,40}") {
        let _ = projected(&barbara(), Some(&list), None, None);
    }
}

/// Every simple value with the way to it. No two elements here share a value, so the element need not be told.
fn leaves(value: &Value) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(elements) => elements.iter().map(|element| ("*".to_owned(), element)).collect(),
        leaf => return vec![format!("={leaf}")],
    };
    inner.into_iter().flat_map(|(name, value)| leaves(value).into_iter().map(move |rest| format!("/{name}{rest}"))).collect()
}

#[test]
fn several_types_load_what_any_of_them_shows() {
    let (user, group, device) = (kind("User"), kind("Group"), kind("Device"));
    let load = |attributes: Option<&str>, excluded: Option<&str>| {
        let parse = |kind: &ResourceType| Projection::parse(kind, attributes, excluded).expect("only one of them is given");
        let each = [(&user, parse(&user)), (&group, parse(&group)), (&device, parse(&device))];
        match Projection::load_of_several(each.iter().map(|(kind, projection)| (&***kind, projection))) {
            Load::Only(paths) => paths.join(" "),
            other => panic!("{other:?}"),
        }
    };
    for (attributes, excluded, expected) in [
        (None, None, "groups members"),
        (Some("displayName"), None, ""),
        (Some("groups,members.value"), None, "groups members"),
        (Some("users"), None, "users"),
        (None, Some("members"), "groups"),
        (None, Some("members.display"), "groups members"),
    ] {
        assert_eq!(load(attributes, excluded), expected, "{attributes:?} {excluded:?}");
    }
}

#[test]
fn only_what_the_resource_itself_holds_is_covered_by_its_version() {
    let manager = format!("{ENTERPRISE}:manager");
    for (type_name, attributes, excluded, covered) in [
        ("User", None, None, false),
        ("User", Some("displayName,meta,emails".to_owned()), None, true),
        ("User", Some("groups".into()), None, false),
        ("User", Some("groups.value".into()), None, false),
        ("User", Some(ENTERPRISE.into()), None, false),
        ("User", Some(format!("{ENTERPRISE}:department")), None, true),
        ("User", Some(format!("{manager}.displayName")), None, false),
        ("User", None, Some("groups".to_owned()), false),
        ("User", None, Some(manager.clone()), false),
        ("User", None, Some(format!("groups,{manager}")), true),
        ("Group", None, None, false),
        ("Group", None, Some("members".into()), true),
        ("Group", Some("members".into()), None, false),
        ("Device", None, None, true),
        ("Device", Some("users".into()), None, false),
    ] {
        let kind = kind(type_name);
        let projection = Projection::parse(&kind, attributes.as_deref(), excluded.as_deref()).expect("only one of them is given");
        assert_eq!(projection.is_covered_by_version(&kind), covered, "{type_name} {attributes:?} {excluded:?}");
    }
}

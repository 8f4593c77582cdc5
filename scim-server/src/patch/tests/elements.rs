//! Operations on some of the elements of an attribute.

use serde_json::json;

use super::*;

#[test]
fn only_a_new_primary_value_takes_it_from_the_others() {
    let start = json!({"userName": "a", "emails": [
        {"value": "w", "type": "work", "primary": true}, {"value": "h", "type": "home", "primary": false, "display": "x"},
    ]});
    let after = |home: Value| json!({"emails": [{"value": "w", "type": "work", "primary": true}, home]});
    for (operation, home) in [
        (
            json!({"op": "replace", "path": "emails[type eq \"home\"].display", "value": "y"}),
            json!({"value": "h", "type": "home", "primary": false, "display": "y"}),
        ),
        (json!({"op": "remove", "path": "emails[type eq \"home\"].primary"}), json!({"value": "h", "type": "home", "display": "x"})),
        (
            json!({"op": "add", "path": "emails[type eq \"home\"]", "value": {"display": "y"}}),
            json!({"value": "h", "type": "home", "primary": false, "display": "y"}),
        ),
    ] {
        assert_eq!(patched(&start, json!([operation]), Profile::STRICT), after(home), "{operation}");
    }
    let said_again = json!([{"op": "replace", "path": "emails[type eq \"home\"].primary", "value": false}]);
    assert_eq!(patched(&start, said_again, Profile::STRICT), json!({}));
}

#[test]
fn a_list_of_one_is_the_object_for_selected_elements_under_the_quirk() {
    for op in ["add", "replace"] {
        let operations = |values: Value| json!([{"op": op, "path": "emails[type eq \"work\"]", "value": values}]);
        let changed = json!({"emails": [{"value": "n@x", "type": "work", "primary": true}]});
        let new = json!({"value": "n@x", "primary": true});
        entra_changes(operations(json!([new])), changed);
        fails(operations(json!([new])), ScimType::InvalidValue);
        fails_in(Profile::ENTRA, operations(json!([new, new])), ScimType::InvalidValue);
    }
}

#[test]
fn what_assigns_nothing_to_a_simple_attribute_is_refused_if_it_is_an_object() {
    fails(json!([{"op": "add", "path": "title", "value": {"given": null}}]), ScimType::InvalidValue);
}

#[test]
fn a_reference_without_an_id_of_its_own_has_that_of_its_url() {
    let manager = json!({"$ref": "https://h/v2/Users/M", "value": null});
    let operations = json!([{"op": "replace", "path": format!("{ENTERPRISE}:manager"), "value": manager}]);
    let expected = json!({"employeeNumber": "E-1042", "department": "Sales", "manager": {"value": "M"}});
    changes(operations, json!({ENTERPRISE: expected}));
}

/// What an element stands for is the store's to know, and may have changed since it was read.
#[test]
fn an_element_is_written_without_what_was_read_of_its_referent() {
    let kind = crate::validate::tests::device();
    let mut current = stored(&kind, json!({"serial": "s", "urn:example:2.0:Audit": {"owner": "o"}}));
    let read = Element { referent: Some(crate::example::referent("User", "Ana")), ..member("u") };
    current.collections.insert("holders".into(), vec![read]);
    let operations = json!([{"op": "add", "path": "holders", "value": {"value": "u", "note": "n"}}]);
    let Folded::Change { edits, .. } = fold(&current, operations, Profile::RFC).unwrap() else { panic!("all was there") };
    let Value::Object(item) = json!({"note": "n"}) else { unreachable!() };
    let put = vec![Element { item, ..member("u") }];
    assert_eq!(edits, [("holders".to_owned(), Edit::Delta { put, remove: Vec::new(), unknown: Unknown::Refuse })]);
}

#[test]
fn a_member_that_is_no_name_is_an_unknown_attribute() {
    for name in ["a b", "1", ""] {
        changes(json!([{"op": "add", "value": {name: 1}}]), json!({}));
        fails_in(Profile::STRICT, json!([{"op": "add", "value": {name: 1}}]), ScimType::InvalidSyntax);
    }
    // With a filter it is meant as a path.
    fails(json!([{"op": "add", "value": {"emails[type eq": 1}}]), ScimType::InvalidPath);
}

#[test]
fn one_of_the_schemas_cannot_be_replaced_by_itself() {
    let operations = json!([{"op": "replace", "path": format!("schemas[value eq \"{CORE}\"]"), "value": CORE}]);
    assert!(fails(operations, ScimType::Mutability).contains("follows from the attributes"));
}

#[test]
fn what_is_removed_unread_is_removed_in_the_order_of_the_request() {
    let remove = |id: &str| json!({"op": "remove", "path": format!("members[value eq \"{id}\"]")});
    let operations =
        json!([remove("z"), remove("m"), {"op": "add", "path": "members", "value": [{"value": "y"}, {"value": "b"}]}, remove("a")]);
    assert_eq!(group(None, operations, Profile::RFC), delta(&["y", "b"], &["z", "m", "a"], Unknown::Refuse));
}

#[test]
fn a_list_within_a_complex_value_is_added_to_and_replaced() {
    let kind = crate::validate::tests::device();
    let current = stored(&kind, json!({"serial": "s", "urn:example:2.0:Audit": {"owner": "o"}, "label": {"marks": ["a"]}}));
    let marks = |op: &str, path: &str, value: Value| match fold(&current, json!([{"op": op, "path": path, "value": value}]), Profile::RFC) {
        Ok(Folded::Change { document, .. }) => {
            Value::Object(document.unwrap_or_else(|| current.document.clone()))["label"]["marks"].clone()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(marks("add", "label.marks", json!(["b", "A"])), json!(["A", "b"]));
    assert_eq!(marks("add", "label.marks", json!("b")), json!(["a", "b"]));
    assert_eq!(marks("replace", "label.marks", json!(["b"])), json!(["b"]));
    assert_eq!(marks("replace", "label.marks", json!([])), Value::Null);
}

#[test]
fn a_replacement_takes_from_an_element_what_it_says_has_no_value() {
    let mut current = stored(&crate::validate::tests::device(), json!({"serial": "s", "urn:example:2.0:Audit": {"owner": "o"}}));
    let Value::Object(item) = json!({"since": "2020", "note": "a"}) else { unreachable!() };
    current.collections.insert("holders".into(), vec![Element { item, ..member("u") }]);
    for (value, item) in [
        (json!({"value": "u", "since": "2020", "note": null}), json!({"since": "2020"})),
        (json!({"value": "u", "since": "2020", "type": null, "note": "b"}), json!({"since": "2020", "note": "b"})),
    ] {
        let operations = json!([{"op": "replace", "path": "holders[note eq \"a\"]", "value": value}]);
        let Folded::Change { edits, .. } = fold(&current, operations, Profile::RFC).unwrap() else { panic!("all was there") };
        let [(_, Edit::Delta { put, .. })] = &edits[..] else { panic!("{edits:?}") };
        assert_eq!(Value::Object(put[0].item.clone()), item, "{value}");
    }
}

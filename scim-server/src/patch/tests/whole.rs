//! What holds for a request as a whole.

use serde_json::json;

use super::*;

fn parsed(operations: Value) -> PatchOp {
    PatchOp::parse(request(operations), &Leniency::new(Profile::RFC)).unwrap()
}

#[test]
fn a_request_tells_how_many_operations_it_has() {
    let two = parsed(json!([{"op": "add", "path": "title", "value": "a"}, {"op": "remove", "path": "title"}]));
    assert_eq!((two.len(), two.is_empty()), (2, false));
    let none = PatchOp { operations: Vec::new() };
    assert_eq!((none.len(), none.is_empty()), (0, true));
}

#[test]
fn what_a_later_operation_could_need_is_read_at_the_same_time() {
    let team = crate::store::contract::registry().by_name("Team").unwrap().clone();
    let mut current = stored(&team, json!({"displayName": "T"}));
    let selects = json!([{"op": "remove", "path": "parts[display eq \"a\"]"}]);
    assert_eq!(fold(&current, selects.clone(), Profile::RFC).unwrap(), Folded::Needs(vec!["parts".into(), "partOf".into()]));
    current.collections.insert("partOf".into(), Vec::new());
    assert_eq!(fold(&current, selects, Profile::RFC).unwrap(), Folded::Needs(vec!["parts".into()]));
}

/// RFC: 7644-3.5.2.2-09
#[test]
fn only_what_was_removed_is_a_matter_of_mutability_when_it_is_required() {
    let device = crate::validate::tests::device();
    let current = stored(&device, json!({"serial": "s", "urn:example:2.0:Audit": {"owner": "o"}}));
    let fails = |operation: Value| fold(&current, json!([operation]), Profile::RFC).unwrap_err();
    let lacks = fails(json!({"op": "add", "path": "ports", "value": [{"type": "hdmi"}]}));
    assert_eq!((lacks.scim_type(), lacks.detail()), (Some(ScimType::InvalidValue), "`ports.value` is required: send a value"));
    let removed = fails(json!({"op": "remove", "path": "urn:example:2.0:Audit:owner"}));
    assert_eq!(removed.scim_type(), Some(ScimType::Mutability));
}

#[test]
fn a_new_password_is_set_or_taken_away_where_new_ones_are_accepted() {
    let current = stored(&kind("User"), ana());
    let leniency = Leniency::new(Profile::RFC).with_new_passwords();
    for (operation, expected) in [
        (json!({"op": "add", "path": "password", "value": "n3w"}), json!({"password": "n3w"})),
        (json!({"op": "replace", "path": "password", "value": "n3w"}), json!({"password": "n3w"})),
        (json!({"op": "replace", "value": {"password": "n3w"}}), json!({"password": "n3w"})),
        (json!({"op": "replace", "path": "password", "value": null}), json!({"password": null})),
        (json!({"op": "remove", "path": "password"}), json!({"password": null})),
        (json!({"op": "add", "path": "password", "value": null}), json!({})),
    ] {
        let request = PatchOp::parse(request(json!([operation])), &leniency).unwrap();
        let Folded::Change { document, secrets, edits } = request.fold(&current.key.kind, &current, &leniency).unwrap() else { panic!() };
        assert_eq!((document, edits.len(), Value::Object(secrets)), (None, 0, expected), "{operation}");
    }
}

//! A long collection, of which only a piece is in memory (T13).

use serde_json::json;

use super::super::Visits;
use super::super::random::in_pieces;
use super::*;

fn hand(id: &str, duty: &str) -> Element {
    let Value::Object(item) = json!({"duty": duty}) else { unreachable!() };
    Element { item, ..member(id) }
}

/// A crew may not be without hands: whether one is left is known when all pieces have been seen.
#[test]
fn what_is_left_of_a_required_collection_is_asked_of_all_pieces() {
    let mut current = stored(&crate::validate::tests::crew(), json!({}));
    let leniency = Leniency::new(Profile::RFC);
    let mut after = |hands: &[(&str, &str)], operation: Value| {
        current.collections.insert("hands".into(), hands.iter().map(|(id, duty)| hand(id, duty)).collect());
        let request = PatchOp::parse(request(json!([operation])), &leniency).unwrap();
        let whole = request.fold(&current.key.kind, &current, &leniency).map_err(|error| error.to_string());
        for size in [1, 2, 5] {
            let folded = in_pieces(&request, &current, "hands", size, &leniency).unwrap().map_err(|error| error.to_string());
            assert_eq!(folded, whole, "{operation} in pieces of {size}");
        }
        match whole {
            Ok(Folded::Change { edits, .. }) => match &edits[..] {
                [(_, Edit::Delta { put, remove, .. })] => Ok((put.len(), remove.len())),
                other => panic!("{other:?}"),
            },
            Ok(needs) => panic!("{needs:?}"),
            Err(error) => Err(error),
        }
    };
    let cooks = json!({"op": "remove", "path": "hands[duty eq \"cook\"]"});
    assert_eq!(after(&[("a", "cook"), ("b", "mate"), ("c", "cook")], cooks.clone()), Ok((0, 2)));
    assert_eq!(after(&[("a", "mate"), ("b", "cook")], cooks.clone()), Ok((0, 1)));
    let replaced = json!({"op": "replace", "path": "hands", "value": [{"value": "x"}]});
    assert_eq!(after(&[("a", "cook"), ("b", "mate")], replaced), Ok((1, 2)));
    let first = json!({"op": "remove", "path": "hands[value eq \"a\"]"});
    assert_eq!(after(&[("a", "cook"), ("b", "mate")], first.clone()), Ok((0, 1)));
    for (hands, operation) in [
        (vec![("a", "cook"), ("b", "cook")], cooks),
        (vec![("a", "cook")], first),
        (vec![("a", "cook"), ("b", "mate")], json!({"op": "remove", "path": "hands"})),
        (vec![("a", "cook"), ("b", "mate")], json!({"op": "replace", "path": "hands", "value": []})),
    ] {
        let error = after(&hands, operation.clone()).unwrap_err();
        assert!(error.contains("`hands` is required and cannot be removed"), "{operation}: {error}");
    }
}

/// Elements that become one, and elements that are told apart by an id of the request, are known only together.
#[test]
fn what_makes_elements_depend_on_each_other_is_read_whole() {
    let mut current = stored(&crate::validate::tests::crew(), json!({}));
    current.long = vec!["hands".into()];
    let leniency = Leniency::new(Profile::RFC);
    let whole = |op: &str, path: &str, value: Value| {
        let request = PatchOp::parse(request(json!([{"op": op, "path": path, "value": value}])), &leniency).unwrap();
        let mut visits = Visits::default();
        request
            .fold_in_pieces(&current.key.kind, &current, &leniency, &mut visits)
            .map(|folding| folding.needed())
            .unwrap_or_else(|_| vec!["whole".into()])
    };
    for op in ["add", "replace"] {
        for (value, expected) in [
            (json!({"duty": "mate"}), "hands"),
            (json!({"value": "u"}), "whole"),
            (json!({"VALUE": "u", "duty": "mate"}), "whole"),
            (json!({"$ref": "../Users/u"}), "whole"),
            (json!([{"value": "u"}]), "whole"),
        ] {
            assert_eq!(whole(op, "hands[duty eq \"cook\"]", value.clone()), [expected], "{op} {value}");
        }
        assert_eq!(whole(op, "hands[duty eq \"cook\"].duty", json!("mate")), ["hands"], "{op}");
    }
}

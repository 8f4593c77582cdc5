//! The reference semantics of filters (RFC 7644 §3.4.2.2).

use serde_json::Value;

use super::{CompareOp, Condition, ElementFilter, ElementTest, Logic, ResolvedFilter, Term};
use crate::comparison::comparison_key;
use crate::store::Document;
use crate::{Attribute, AttributeType, BoundPath};

/// Whether the full representation of a resource matches, as [`represent`](crate::representation::represent) gives it without a base.
#[must_use]
pub fn matches(filter: &ResolvedFilter, resource: &Document) -> bool {
    holds(filter, &|term| match term {
        Term::Attribute(path, condition) => attribute_matches(path, condition, resource),
        Term::Element(path, filter) => elements(find(path, resource)).iter().any(|element| element_matches(filter, element)),
    })
}

/// Whether one element of a multi-valued attribute matches.
#[must_use]
pub fn element_matches(filter: &ElementFilter, element: &Value) -> bool {
    holds(filter, &|test| test_matches(test, element))
}

/// Evaluates `and`, `or` and `not`. The depth of a filter is limited where it is parsed.
fn holds<T>(filter: &Logic<T>, test: &impl Fn(&T) -> bool) -> bool {
    match filter {
        Logic::And(parts) => parts.iter().all(|part| holds(part, test)),
        Logic::Or(parts) => parts.iter().any(|part| holds(part, test)),
        Logic::Not(part) => !holds(part, test),
        Logic::Term(term) => test(term),
    }
}

fn attribute_matches(path: &BoundPath, condition: &Condition, resource: &Document) -> bool {
    let found = find(path, resource);
    let Some(sub) = &path.sub else {
        return if path.attribute.multi_valued {
            any_matches(&path.attribute, condition, elements(found).iter())
        } else {
            value_matches(&path.attribute, condition, found)
        };
    };
    if path.attribute.multi_valued {
        let values = elements(found).iter().filter_map(|element| part(&path.attribute, sub, condition, element));
        any_matches(sub, condition, values.flat_map(each))
    } else {
        part_matches(sub, condition, found.and_then(|value| value.get(&sub.name)))
    }
}

fn test_matches(test: &ElementTest, element: &Value) -> bool {
    match &test.sub {
        None => value_matches(&test.attribute, &test.condition, Some(element)),
        Some(sub) => part_matches(sub, &test.condition, part(&test.attribute, sub, &test.condition, element)),
    }
}

/// A sub-attribute of a singular value or of one element: absent, it is a singular absent attribute.
fn part_matches(sub: &Attribute, condition: &Condition, value: Option<&Value>) -> bool {
    if sub.multi_valued { any_matches(sub, condition, value.into_iter().flat_map(each)) } else { value_matches(sub, condition, value) }
}

/// The sub-attribute of an element. A missing `primary` compares as false (§2.4 of RFC 7643: at most one is true; S56).
fn part<'v>(attribute: &Attribute, sub: &Attribute, condition: &Condition, element: &'v Value) -> Option<&'v Value> {
    let is_primary = attribute.multi_valued && sub.kind == AttributeType::Boolean && sub.name == "primary";
    match (element.get(&sub.name), condition) {
        (None, Condition::Compare(..)) if is_primary => Some(&Value::Bool(false)),
        (value, Condition::Compare(..) | Condition::Present) => value,
    }
}

/// A singular value. SPEC: `ne` is the negation of `eq`, so an absent value is "not equal" (S27).
fn value_matches(attribute: &Attribute, condition: &Condition, value: Option<&Value>) -> bool {
    match condition {
        Condition::Present => value.is_some_and(is_present),
        Condition::Compare(op, key) => {
            let own = value.and_then(|value| comparison_key(attribute, value));
            match own {
                Some(own) => relates(&own, *op, key),
                None => *op == CompareOp::Ne,
            }
        }
    }
}

/// Several values: any of them (§3.4.2.2). SPEC: `ne` also holds if there is none (S27).
fn any_matches<'v>(attribute: &Attribute, condition: &Condition, values: impl Iterator<Item = &'v Value>) -> bool {
    let mut values = values.peekable();
    let none_is_not_equal = matches!(condition, Condition::Compare(CompareOp::Ne, _)) && values.peek().is_none();
    none_is_not_equal || values.any(|value| value_matches(attribute, condition, Some(value)))
}

/// Whether two comparison keys stand in that relation. Keys compare by code point, which is the order of their bytes.
#[must_use]
pub fn relates(own: &str, op: CompareOp, key: &str) -> bool {
    match op {
        CompareOp::Eq => own == key,
        CompareOp::Ne => own != key,
        CompareOp::Co => own.contains(key),
        CompareOp::Sw => own.starts_with(key),
        CompareOp::Ew => own.ends_with(key),
        CompareOp::Gt => own > key,
        CompareOp::Ge => own >= key,
        CompareOp::Lt => own < key,
        CompareOp::Le => own <= key,
    }
}

/// `pr`: not unassigned and not empty; a complex value has a sub-attribute that is present (S28).
#[must_use]
pub fn is_present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => values.iter().any(is_present),
        Value::Object(parts) => parts.values().any(is_present),
    }
}

/// The value of the attribute, without its sub-attribute.
fn find<'v>(path: &BoundPath, resource: &'v Document) -> Option<&'v Value> {
    match &path.extension {
        None => resource.get(&path.attribute.name),
        Some(urn) => resource.get(&**urn)?.get(&path.attribute.name),
    }
}

fn elements(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The values of a sub-attribute, which may be a list itself.
fn each(value: &Value) -> std::slice::Iter<'_, Value> {
    match value {
        Value::Array(values) => values.iter(),
        single => std::slice::from_ref(single).iter(),
    }
}

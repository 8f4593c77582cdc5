//! The reference semantics of filters (RFC 7644 §3.4.2.2).

use std::collections::BTreeMap;

use serde_json::Value;

use super::{CompareOp, Condition, ElementFilter, ElementTest, Logic, ResolvedFilter, Term};
use crate::comparison::comparison_key;
use crate::store::Document;
use crate::{Attribute, AttributeType, BoundPath};

/// Whether the full representation of a resource matches, as [`represent`](crate::representation::represent) gives it without a base.
#[must_use]
pub fn matches(filter: &ResolvedFilter, resource: &Document) -> bool {
    holds(filter, &|term| term_matches(term, resource))
}

fn term_matches(term: &Term, resource: &Document) -> bool {
    match term {
        Term::Attribute(path, condition) => attribute_matches(path, condition, resource),
        Term::Element(path, filter) => elements(find(path, resource)).iter().any(|element| element_matches(filter, element)),
    }
}

/// Whether a resource matches whose long collections come in pieces, so that they are never whole in memory.
///
/// # Examples
/// ```
/// use scim_server::filter::{InPieces, resolve};
/// use scim_server::{Leniency, Profile, Registry};
/// use serde_json::json;
///
/// let registry = Registry::rfc7643();
/// let group = registry.by_name("Group").expect("Group is registered");
/// let filter = resolve(r#"displayName eq "all" and members.value eq "3""#, group, &Leniency::new(Profile::RFC))?;
///
/// // `null` stands for the collection that comes.
/// let resource = json!({"displayName": "All", "members": null});
/// let mut judged = InPieces::new(&filter, resource.as_object().expect("an object"));
/// for piece in [json!([{"value": "1"}, {"value": "2"}]), json!([{"value": "3"}])] {
///     judged.see(json!({"members": piece}).as_object().expect("an object"));
/// }
/// assert!(judged.matches());
/// # Ok::<(), scim_server::Error>(())
/// ```
#[derive(Debug)]
pub struct InPieces<'f> {
    filter: &'f ResolvedFilter,
    /// By the place of the test in memory, where it stays as long as the filter is borrowed.
    tests: BTreeMap<usize, Seen>,
}

/// What the pieces said so far of one test.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    holds: bool,
    has_value: bool,
}

impl<'f> InPieces<'f> {
    /// Begins with the resource, whose long collections are `null`.
    #[must_use]
    pub fn new(filter: &'f ResolvedFilter, resource: &Document) -> Self {
        let mut judged = Self { filter, tests: BTreeMap::new() };
        judged.add(filter, resource, false);
        judged
    }

    /// Sees the next piece: the collection alone, with some of its elements.
    pub fn see(&mut self, piece: &Document) {
        self.add(self.filter, piece, true);
    }

    /// Whether the resource matches, by all that was seen.
    #[must_use]
    pub fn matches(&self) -> bool {
        holds(self.filter, &|term| {
            let seen = self.tests.get(&std::ptr::from_ref(term).addr()).copied().unwrap_or_default();
            seen.holds || !seen.has_value && is_not_equal(term)
        })
    }

    fn add(&mut self, filter: &'f ResolvedFilter, resource: &Document, is_piece: bool) {
        match filter {
            Logic::And(parts) | Logic::Or(parts) => parts.iter().for_each(|part| self.add(part, resource, is_piece)),
            Logic::Not(part) => self.add(part, resource, is_piece),
            Logic::Term(term) => {
                let (Term::Attribute(path, _) | Term::Element(path, _)) = term;
                let comes = if is_piece { find(path, resource).is_none() } else { find(path, resource) == Some(&Value::Null) };
                if comes {
                    return;
                }
                let now = if let Term::Attribute(path, condition) = term
                    && path.attribute.multi_valued
                {
                    let mut values = values(path, condition, resource).peekable();
                    let has_value = values.peek().is_some();
                    Seen { holds: values.any(|value| value_matches(path.leaf(), condition, Some(value))), has_value }
                } else {
                    Seen { holds: term_matches(term, resource), has_value: true }
                };
                let seen = self.tests.entry(std::ptr::from_ref(term).addr()).or_default();
                *seen = Seen { holds: seen.holds || now.holds, has_value: seen.has_value || now.has_value };
            }
        }
    }
}

/// Whether the test also holds of an attribute without a value (S27).
fn is_not_equal(term: &Term) -> bool {
    matches!(term, Term::Attribute(_, Condition::Compare(CompareOp::Ne, _)))
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
    if path.attribute.multi_valued {
        return any_matches(path.leaf(), condition, values(path, condition, resource));
    }
    let found = find(path, resource);
    match &path.sub {
        None => value_matches(&path.attribute, condition, found),
        Some(sub) => part_matches(sub, condition, found.and_then(|value| value.get(&sub.name))),
    }
}

/// The values that a condition on a multi-valued attribute is about: its elements, or their sub-attributes.
fn values<'v>(path: &'v BoundPath, condition: &'v Condition, resource: &'v Document) -> impl Iterator<Item = &'v Value> {
    elements(find(path, resource)).iter().flat_map(move |element| match &path.sub {
        None => std::slice::from_ref(element).iter(),
        Some(sub) => part(&path.attribute, sub, condition, element).map_or(&[][..], each).iter(),
    })
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
fn each(value: &Value) -> &[Value] {
    match value {
        Value::Array(values) => values,
        single => std::slice::from_ref(single),
    }
}

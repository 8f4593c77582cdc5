//! What a path of PATCH selects (RFC 7644 §3.5.2, Figure 7).

use scim_filter::{AttrExp, CompValue, CompareOp, Logic, Path, Test};
use serde_json::{Number, Value};

use crate::filter::{ElementFilter, names_secret, quote_path, resolve_value_filter, secret_is_not_shown};
use crate::path::{bind, parse};
use crate::store::Document;
use crate::validate::value::Reader;
use crate::{Attribute, BoundPath, Error, Mutability, Result};

/// What the path names.
#[derive(Debug)]
pub(super) enum Target {
    /// All attributes of the base schema (none) or of the extension with that URN.
    Schema(Option<String>),
    /// An attribute, some of its elements, or a sub-attribute of them.
    Attribute(AttributeTarget),
}

/// An attribute, some of its elements, or a sub-attribute of them.
#[derive(Debug, Clone)]
pub(super) struct AttributeTarget {
    /// The attribute, and the sub-attribute behind the brackets.
    pub(super) path: BoundPath,
    /// What stands in the brackets.
    pub(super) selection: Option<Selection>,
}

/// The elements that a value filter selects.
#[derive(Debug, Clone)]
pub(super) struct Selection {
    /// The filter.
    pub(super) filter: ElementFilter,
    /// The sub-attributes that every selected element has by `eq`.
    pub(super) fixed: Document,
    /// Whether these `eq` are all that the filter asks for: then an element can be made of them (S89).
    pub(super) creates: bool,
    /// The values, if the filter asks for nothing but `value eq`, once or joined by `or`.
    pub(super) keys: Option<Vec<String>>,
}

/// Finds the target of a path; nothing if the path names no attribute.
pub(super) fn find(reader: Reader<'_>, text: &str) -> Result<Option<Target>> {
    let kind = reader.kind;
    let path = parse(kind, reader.leniency, |dialect| Path::parse(text, dialect)).map_err(|error| {
        let shown = names_secret(text, kind).map_or_else(|| error.render(text), |name| secret_is_not_shown("path", &name));
        if error.is_in_filter() { Error::invalid_filter(shown) } else { Error::invalid_path(shown) }
    })?;
    let Some(name) = path.name() else {
        let urn = path.urn().unwrap_or_default();
        if kind.schema.id.eq_ignore_ascii_case(urn) {
            return Ok(Some(Target::Schema(None)));
        }
        return Ok(kind.extension(urn).map(|extension| Target::Schema(Some(extension.schema.id.clone()))));
    };
    let Some(bound) = bind(kind, path.urn(), name, path.sub(), reader.leniency) else { return Ok(None) };
    let selection = path.filter().map(|filter| select(reader, &bound, filter)).transpose()?;
    Ok(Some(Target::Attribute(AttributeTarget { path: bound, selection })))
}

fn select(reader: Reader<'_>, bound: &BoundPath, filter: &Logic<AttrExp<'_>>) -> Result<Selection> {
    let attribute = bound.parent();
    if !attribute.attribute.multi_valued {
        return Err(Error::invalid_path(format!("`{attribute}` has one value: name it without `[ ]`")));
    }
    let resolved = resolve_value_filter(filter, &attribute, reader.leniency)?;
    let (fixed, creates) = fixed_parts(reader, &attribute, filter);
    Ok(Selection { filter: resolved, fixed, creates, keys: keys(&attribute.attribute, filter) })
}

/// The sub-attributes that stand in `eq` terms joined by `and`, and whether there is nothing else.
fn fixed_parts(reader: Reader<'_>, path: &BoundPath, filter: &Logic<AttrExp<'_>>) -> (Document, bool) {
    let terms = match filter {
        Logic::And(terms) => &**terms,
        Logic::Term(_) => std::slice::from_ref(filter),
        Logic::Or(_) | Logic::Not(_) => &[],
    };
    let mut fixed = Document::new();
    let mut creates = !terms.is_empty();
    for term in terms {
        let part = match term {
            Logic::Term(exp) => fixed_part(reader, path, exp),
            Logic::And(_) | Logic::Or(_) | Logic::Not(_) => None,
        };
        match part {
            // Two values of one sub-attribute: no element has both.
            Some((name, value)) => creates &= fixed.insert(name, value).is_none(),
            None => creates = false,
        }
    }
    (fixed, creates)
}

fn fixed_part(reader: Reader<'_>, path: &BoundPath, exp: &AttrExp<'_>) -> Option<(String, Value)> {
    let sub = path.attribute.sub_attribute(exp.path().name()).filter(|sub| sub.mutability != Mutability::ReadOnly)?;
    let Test::Compare(CompareOp::Eq, value) = exp.test() else { return None };
    let value = match value {
        CompValue::Null => return None,
        CompValue::Boolean(value) => Value::Bool(*value),
        CompValue::Number(text) => Value::Number(text.parse::<Number>().ok()?),
        CompValue::String(text) => Value::String(text.to_string()),
    };
    let value = reader.value(&path.with_sub(sub.clone()), value).ok().flatten()?;
    Some((sub.name.clone(), value))
}

/// The values that `value eq "x" or value eq "y"` names.
fn keys(attribute: &Attribute, filter: &Logic<AttrExp<'_>>) -> Option<Vec<String>> {
    attribute.sub_attribute("value")?;
    match filter {
        Logic::Term(exp) => match exp.test() {
            Test::Compare(CompareOp::Eq, CompValue::String(key)) if exp.path().name().eq_ignore_ascii_case("value") => {
                Some(vec![key.to_string()])
            }
            Test::Compare(..) | Test::Present => None,
        },
        Logic::Or(terms) => {
            let keys: Option<Vec<Vec<String>>> = terms.iter().map(|term| keys(attribute, term)).collect();
            keys.map(|keys| keys.concat())
        }
        Logic::And(_) | Logic::Not(_) => None,
    }
}

/// The refusal of a path that names nothing (S19).
pub(super) fn unknown_path(reader: Reader<'_>, text: &str) -> Error {
    Error::invalid_path(format!(
        "{} names no attribute of {}: the endpoint /Schemas lists them",
        quote_path(text, reader.kind),
        reader.kind.name
    ))
}

//! From the text of a filter to the resolved filter.

use std::ops::Range;
use std::sync::Arc;

use scim_filter::{AttrExp, AttrPath, CompValue, Filter, Test, ValuePath};
use serde_json::{Number, Value};

use super::secret::{names_secret, secret_is_not_shown, shown};
use super::{CompareOp, Condition, ElementFilter, ElementTest, Logic, ResolvedFilter, Term};
use crate::comparison::comparison_key;
use crate::error::quote;
use crate::path::{bind, implied_value, parse};
use crate::{Attribute, AttributeType, BoundPath, Error, Leniency, Quirk, ResourceType, Result};

/// Resolves the text of a `filter` parameter against a resource type.
///
/// # Errors
/// `invalidFilter` if the text is no filter, names an unknown attribute (S24) or one that is never returned (S55), or compares what
/// cannot be compared. The detail shows the place.
///
/// # Examples
/// ```
/// use scim_server::{Leniency, Profile, Registry, filter};
///
/// let registry = Registry::rfc7643();
/// let user = registry.by_name("User").expect("User is registered");
/// let error = filter::resolve("active gt true", user, &Leniency::new(Profile::RFC)).unwrap_err();
/// assert_eq!(error.detail(), "invalid filter: `gt` cannot compare a boolean\n  active gt true\n         ^^ allowed here: eq, ne, pr");
/// ```
pub fn resolve(text: &str, kind: &ResourceType, leniency: &Leniency) -> Result<ResolvedFilter> {
    Resolver { text: shown(text, kind), leniency, among_others: false }.filter(text, kind).map(only_filter)
}

/// Resolves the filter of a query over several types for one of them (RFC 7644 §3.4.2.1): an attribute that this type lacks has no
/// value, rather than being an error (S24).
///
/// # Errors
/// `invalidFilter` as [`resolve`], unknown attributes apart.
///
/// # Examples
/// ```
/// use scim_server::filter::{TypeFilter, resolve_among_others};
/// use scim_server::{Leniency, Profile, Registry};
///
/// let registry = Registry::rfc7643();
/// let group = registry.by_name("Group").expect("Group is registered");
/// let leniency = Leniency::new(Profile::RFC);
/// assert_eq!(resolve_among_others("userName pr", group, &leniency)?, TypeFilter::Nothing);
/// assert_eq!(resolve_among_others(r#"userName ne "ana""#, group, &leniency)?, TypeFilter::Everything);
/// # Ok::<(), scim_server::Error>(())
/// ```
pub fn resolve_among_others(text: &str, kind: &ResourceType, leniency: &Leniency) -> Result<TypeFilter> {
    let resolved = Resolver { text: shown(text, kind), leniency, among_others: true }.filter(text, kind)?;
    Ok(match resolved {
        Known::Always(true) => TypeFilter::Everything,
        Known::Always(false) => TypeFilter::Nothing,
        Known::Depends(filter) => TypeFilter::Those(filter),
    })
}

/// What the filter of a query over several types selects of one of them.
#[derive(Debug, Clone, PartialEq)]
pub enum TypeFilter {
    /// All its resources.
    Everything,
    /// None of them.
    Nothing,
    /// Those that match.
    Those(ResolvedFilter),
}

/// Resolves what stands in the brackets of a PATCH path.
pub(crate) fn resolve_value_filter(
    filter: &scim_filter::Logic<AttrExp<'_>>,
    attribute: &BoundPath,
    leniency: &Leniency,
) -> Result<ElementFilter> {
    let resolver = Resolver { text: None, leniency, among_others: false };
    resolver.element_filter(filter, attribute, None).map(only_filter)
}

/// What is known of a part of a filter before any resource is looked at.
enum Known<T> {
    /// It holds for all resources of the type, or for none.
    Always(bool),
    /// It depends on the resource.
    Depends(Logic<T>),
}

/// The filter of a type that is asked alone: it knows every attribute, or the filter was refused.
fn only_filter<T>(known: Known<T>) -> Logic<T> {
    match known {
        Known::Depends(filter) => filter,
        Known::Always(_) => unreachable!("only what a type lacks among others is decided in advance"),
    }
}

/// The same tree over resolved terms, without what is known in advance. The parser has flattened `and` and `or` and limited the depth.
fn convert<T, U>(logic: &scim_filter::Logic<T>, term: &mut impl FnMut(&T) -> Result<Known<U>>) -> Result<Known<U>> {
    Ok(match logic {
        scim_filter::Logic::And(parts) => joined(parts, false, Logic::And, term)?,
        scim_filter::Logic::Or(parts) => joined(parts, true, Logic::Or, term)?,
        scim_filter::Logic::Not(part) => match convert(part, term)? {
            Known::Always(holds) => Known::Always(!holds),
            Known::Depends(part) => Known::Depends(Logic::Not(Box::new(part))),
        },
        scim_filter::Logic::Term(found) => term(found)?,
    })
}

/// Parts joined by `and` or `or`: one that is `deciding` decides all, the opposite counts for nothing. Every part is looked at, so
/// that what is wrong with one is said whatever the others are.
fn joined<T, U>(
    parts: &[scim_filter::Logic<T>],
    deciding: bool,
    join: fn(Vec<Logic<U>>) -> Logic<U>,
    term: &mut impl FnMut(&T) -> Result<Known<U>>,
) -> Result<Known<U>> {
    let (mut left, mut decided) = (Vec::with_capacity(parts.len()), false);
    for part in parts {
        match convert(part, term)? {
            Known::Always(holds) => decided |= holds == deciding,
            Known::Depends(part) => left.push(part),
        }
    }
    Ok(match left.pop() {
        _ if decided => Known::Always(deciding),
        None => Known::Always(!deciding),
        Some(only) if left.is_empty() => Known::Depends(only),
        Some(last) => {
            left.push(last);
            Known::Depends(join(left))
        }
    })
}

struct Resolver<'a> {
    /// The whole text, for drawing the place of an error.
    text: Option<&'a str>,
    leniency: &'a Leniency,
    /// Whether other types are asked, too: an attribute that this one lacks has no value then (RFC 7644 §3.4.2.1).
    among_others: bool,
}

/// A test as the text has it: the condition, or its opposite (`eq null`).
enum Tested {
    Holds(Condition),
    Fails(Condition),
}

impl Tested {
    fn into_logic<T>(self, term: impl FnOnce(Condition) -> T) -> Logic<T> {
        match self {
            Tested::Holds(condition) => Logic::Term(term(condition)),
            Tested::Fails(condition) => Logic::Not(Box::new(Logic::Term(term(condition)))),
        }
    }
}

/// Whether a test holds for an attribute that has no value (S27, S28).
fn holds_without_value(test: &Test<'_>) -> bool {
    match test {
        Test::Present => false,
        Test::Compare(CompareOp::Eq, value) => *value == CompValue::Null,
        Test::Compare(CompareOp::Ne, value) => *value != CompValue::Null,
        Test::Compare(..) => false,
    }
}

impl Resolver<'_> {
    fn filter(&self, text: &str, kind: &ResourceType) -> Result<Known<Term>> {
        let filter = parse(kind, self.leniency, |dialect| Filter::parse(text, dialect)).map_err(|error| {
            let shown = names_secret(text, kind).map_or_else(|| error.render(text), |name| secret_is_not_shown("filter", &name));
            Error::invalid_filter(shown)
        })?;
        convert(filter.root(), &mut |term| match term {
            scim_filter::Term::AttrExp(exp) => self.attribute(exp, kind),
            scim_filter::Term::ValuePath(path) => self.value_path(path, kind),
        })
    }

    fn attribute(&self, exp: &AttrExp<'_>, kind: &ResourceType) -> Result<Known<Term>> {
        let Some(mut path) = self.bind(exp.path(), kind)? else { return Ok(Known::Always(holds_without_value(exp.test()))) };
        if let Test::Compare(_, value) = exp.test()
            && *value != CompValue::Null
            && path.leaf().is_complex()
        {
            path = self.value_of(exp, path)?;
        }
        let tested = self.test(exp, path.leaf())?;
        Ok(Known::Depends(tested.into_logic(|condition| Term::Attribute(path, condition))))
    }

    fn value_path(&self, value_path: &ValuePath<'_>, kind: &ResourceType) -> Result<Known<Term>> {
        // Of no element nothing holds, not even that it lacks something.
        let Some(path) = self.bind(value_path.attr(), kind)? else { return Ok(Known::Always(false)) };
        if !path.attribute.multi_valued {
            return Err(self.single_valued(&path, value_path.attr().span()));
        }
        Ok(match self.element_filter(value_path.filter(), &path, value_path.then())? {
            Known::Depends(filter) => Known::Depends(Logic::Term(Term::Element(path, filter))),
            Known::Always(false) => Known::Always(false),
            // Any element will do.
            Known::Always(true) => Known::Depends(Logic::Term(Term::Attribute(path, Condition::Present))),
        })
    }

    /// What stands in the brackets and, as clients append it, behind them: the same element must satisfy both (S31 e).
    fn element_filter(
        &self,
        filter: &scim_filter::Logic<AttrExp<'_>>,
        path: &BoundPath,
        then: Option<&AttrExp<'_>>,
    ) -> Result<Known<ElementTest>> {
        if !path.attribute.multi_valued {
            return Err(self.single_valued(path, 0..0));
        }
        let filter = convert(filter, &mut |exp| self.element_test(exp, &path.attribute))?;
        let Some(then) = then else { return Ok(filter) };
        Ok(match (filter, self.element_test(then, &path.attribute)?) {
            (Known::Always(false), _) | (_, Known::Always(false)) => Known::Always(false),
            (Known::Always(true), other) | (other, Known::Always(true)) => other,
            (Known::Depends(Logic::And(mut parts)), Known::Depends(then)) => {
                parts.push(then);
                Known::Depends(Logic::And(parts))
            }
            (Known::Depends(filter), Known::Depends(then)) => Known::Depends(Logic::And(vec![filter, then])),
        })
    }

    fn element_test(&self, exp: &AttrExp<'_>, attribute: &Arc<Attribute>) -> Result<Known<ElementTest>> {
        let path = exp.path();
        let plain = path.urn().is_none() && path.sub().is_none();
        let sub = if !plain {
            None
        } else if attribute.is_complex() {
            attribute.sub_attribute(path.name()).map(|sub| Some(sub.clone()))
        } else {
            // Erratum 7122: a value of a simple attribute is named `value`.
            path.name().eq_ignore_ascii_case("value").then_some(None)
        };
        let Some(sub) = sub else {
            if self.among_others && plain {
                return Ok(Known::Always(holds_without_value(exp.test())));
            }
            let names = if attribute.is_complex() { parts(attribute) } else { "value".to_owned() };
            let problem = format!("`{}` has no sub-attribute {}", attribute.name, quote(&path.to_string()));
            return Err(self.error(&problem, path.span(), &format!("allowed here: {names}")));
        };
        let leaf = sub.as_ref().unwrap_or(attribute);
        if leaf.is_secret() {
            return Err(self.secret(&format!("{}.{}", attribute.name, leaf.name)));
        }
        let tested = self.test(exp, leaf)?;
        Ok(Known::Depends(tested.into_logic(|condition| ElementTest { attribute: attribute.clone(), sub, condition })))
    }

    /// The attribute that a path names; nothing if only other types have it.
    fn bind(&self, path: &AttrPath<'_>, kind: &ResourceType) -> Result<Option<BoundPath>> {
        let Some(bound) = bind(kind, path.urn(), path.name(), path.sub(), self.leniency) else {
            if self.among_others {
                return Ok(None);
            }
            let problem = format!("`{}` has no attribute {}", kind.name, quote(&path.to_string()));
            let elsewhere = kind.attribute_of_any_extension(path.name()).filter(|_| path.urn().is_none());
            let hint = match elsewhere {
                Some(found) => format!("an attribute of an extension needs its URN: {found}"),
                None => "the endpoint /Schemas lists the attributes".to_owned(),
            };
            return Err(self.error(&problem, path.span(), &hint));
        };
        if bound.is_secret() { Err(self.secret(&bound.to_string())) } else { Ok(Some(bound)) }
    }

    /// A complex attribute in a comparison: its `value`, where it is multi-valued (S16).
    fn value_of(&self, exp: &AttrExp<'_>, path: BoundPath) -> Result<BoundPath> {
        if let Some(value) = implied_value(&path, self.leniency) {
            return Ok(value);
        }
        let problem = format!("`{path}` is complex: compare one of its sub-attributes");
        Err(self.error(&problem, exp.path().span(), &format!("sub-attributes: {}", parts(&path.attribute))))
    }

    fn test(&self, exp: &AttrExp<'_>, attribute: &Attribute) -> Result<Tested> {
        let (op, value) = match exp.test() {
            Test::Present => return Ok(Tested::Holds(Condition::Present)),
            Test::Compare(op, value) => (*op, value),
        };
        if !allowed(attribute.kind).contains(&op) {
            let names: Vec<&str> = allowed(attribute.kind).iter().map(|op| op.as_str()).chain(["pr"]).collect();
            let problem = format!("`{op}` cannot compare {}", noun(attribute.kind));
            return Err(self.error(&problem, exp.op_span(), &format!("allowed here: {}", names.join(", "))));
        }
        if *value == CompValue::Null {
            return match op {
                CompareOp::Eq => Ok(Tested::Fails(Condition::Present)),
                CompareOp::Ne => Ok(Tested::Holds(Condition::Present)),
                CompareOp::Co | CompareOp::Sw | CompareOp::Ew | CompareOp::Gt | CompareOp::Ge | CompareOp::Lt | CompareOp::Le => {
                    Err(self.error(&format!("`{op}` cannot compare null"), exp.op_span(), "with null, allowed here: eq, ne"))
                }
            };
        }
        match self.key(attribute, value) {
            Some(key) => Ok(Tested::Holds(Condition::Compare(op, key))),
            None => {
                let problem = format!("`{}` is {} and cannot be compared with this value", attribute.name, noun(attribute.kind));
                Err(self.error(&problem, exp.value_span(), &format!("expected {}", example(attribute.kind))))
            }
        }
    }

    /// The comparison key of a value, if it is of the attribute's type.
    fn key(&self, attribute: &Attribute, value: &CompValue<'_>) -> Option<String> {
        let value = match (attribute.kind, value) {
            (AttributeType::Boolean, CompValue::String(text)) => {
                let value = text.to_ascii_lowercase().parse().ok()?;
                Value::Bool(self.leniency.permits(Quirk::BooleanStrings).then_some(value)?)
            }
            (AttributeType::String | AttributeType::Reference, CompValue::Number(text)) => self.bare(text)?,
            (AttributeType::String | AttributeType::Reference, CompValue::Boolean(value)) => self.bare(&value.to_string())?,
            (_, CompValue::String(text)) => Value::String(text.to_string()),
            (_, CompValue::Boolean(value)) => Value::Bool(*value),
            (_, CompValue::Number(text)) => Value::Number(text.parse::<Number>().ok()?),
            (_, CompValue::Null) => return None,
        };
        comparison_key(attribute, &value)
    }

    /// A string whose missing quotes make it look like a number or boolean: `externalId eq 4711` (ENTRA-11).
    fn bare(&self, text: &str) -> Option<Value> {
        self.leniency.permits(Quirk::BareTokens).then(|| Value::String(text.to_owned()))
    }

    /// Without the text of the filter, because the value that stands in it is as secret as the attribute (T10).
    fn secret(&self, path: &str) -> Error {
        Error::invalid_filter(format!("invalid filter: `{path}` is never returned and cannot be compared: leave this attribute out"))
    }

    fn single_valued(&self, path: &BoundPath, span: Range<usize>) -> Error {
        let hint = if path.attribute.is_complex() {
            format!("write {path}.sub-attribute instead of brackets")
        } else {
            "write it without brackets".to_owned()
        };
        self.error(&format!("`{path}` has only one value, so nothing can be selected in it"), span, &hint)
    }

    /// One line, and the place in the text below it if there is one.
    fn error(&self, problem: &str, span: Range<usize>, hint: &str) -> Error {
        Error::invalid_filter(match self.text {
            Some(text) => format!("invalid filter: {problem}\n{}", scim_filter::caret(text, span.start, span.len(), hint)),
            None => format!("invalid filter: {problem}; {hint}"),
        })
    }
}

/// The operators that apply to a type. RFC 7644 Table 3: order does not apply to Boolean and binary values, text operators only to text.
fn allowed(kind: AttributeType) -> &'static [CompareOp] {
    use CompareOp::{Eq, Ge, Gt, Le, Lt, Ne};
    match kind {
        AttributeType::String | AttributeType::Reference => &CompareOp::ALL,
        AttributeType::Integer | AttributeType::Decimal | AttributeType::DateTime => &[Eq, Ne, Gt, Ge, Lt, Le],
        AttributeType::Boolean | AttributeType::Binary => &[Eq, Ne],
        // Only with null: a comparison with a value has found its sub-attribute before.
        AttributeType::Complex => &[Eq, Ne],
    }
}

fn noun(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::String => "a string",
        AttributeType::Boolean => "a boolean",
        AttributeType::Decimal => "a decimal",
        AttributeType::Integer => "an integer",
        AttributeType::DateTime => "a dateTime",
        AttributeType::Binary => "a binary value",
        AttributeType::Reference => "a reference",
        AttributeType::Complex => "a complex value",
    }
}

/// What a value of that type looks like in a filter.
fn example(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::String | AttributeType::Reference => "text in double quotes",
        AttributeType::Boolean => "true or false, without quotes",
        AttributeType::Decimal | AttributeType::Integer => "a number, without quotes",
        AttributeType::DateTime => "a time in double quotes, such as \"2011-05-13T04:42:34Z\"",
        AttributeType::Binary => "base64 in double quotes",
        AttributeType::Complex => "null",
    }
}

/// The names of the sub-attributes that can be compared.
fn parts(attribute: &Attribute) -> String {
    let names: Vec<&str> = attribute.sub_attributes.iter().filter(|sub| !sub.is_secret()).map(|sub| sub.name.as_str()).collect();
    names.join(", ")
}

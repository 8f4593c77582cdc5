//! One attribute of a body: from the JSON of a client to its canonical value (RFC 7643 §2.3 to §2.5).

use std::collections::HashSet;
use std::fmt::Display;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::canonical::canonical;
use super::elements::{check_primary, collapse};
use super::text::check_text;
use crate::comparison::{decode_binary, parse_date_time};
use crate::error::quote;
use crate::store::Document;
use crate::{Attribute, AttributeType, BoundPath, Error, Leniency, Mutability, Quirk, ResourceType, Result};

/// Reads the values of one request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    /// The type of the resource.
    pub(crate) kind: &'a ResourceType,
    /// What the client may bend.
    pub(crate) leniency: &'a Leniency,
    /// What one object for a list is.
    pub(crate) single: Single,
}

/// What one object is where a list is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Single {
    /// A mistake: a resource lists its values (RFC 7643 §2.4).
    Refused,
    /// A list of one: §3.5.2.1 of RFC 7644 adds "a new value" to a multi-valued attribute.
    ListOfOne,
}

/// The value of a singular complex attribute or of an element.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    /// The sub-attributes with a value.
    pub(crate) assigned: Document,
    /// The canonical names of the sub-attributes that are named and have none.
    pub(crate) unassigned: Vec<String>,
}

impl Reader<'_> {
    /// The value of the attribute or sub-attribute that the path ends at; none if it is unassigned (RFC 7643 §2.5).
    pub(crate) fn value(&self, path: &BoundPath, value: Value) -> Result<Option<Value>> {
        let attribute = path.leaf();
        if attribute.multi_valued {
            let elements = self.list(path, value)?;
            Ok((!elements.is_empty()).then_some(Value::Array(elements)))
        } else if attribute.is_complex() {
            let parts = self.complex(path, value)?;
            Ok(parts.map(|parts| parts.assigned).filter(|parts| !parts.is_empty()).map(Value::Object))
        } else {
            self.simple(path, value)
        }
    }

    /// The elements of a multi-valued attribute, without duplicates (S66), at most one of them primary (S56).
    pub(crate) fn list(&self, path: &BoundPath, value: Value) -> Result<Vec<Value>> {
        let mut elements = Vec::new();
        for item in self.items(path, value)? {
            elements.extend(self.element(path, item)?);
        }
        let elements = collapse(path.leaf(), elements);
        check_primary(path, &elements)?;
        Ok(elements)
    }

    /// What a client sends as the value of a multi-valued attribute, as a list of values that have not been looked at.
    pub(crate) fn items(&self, path: &BoundPath, value: Value) -> Result<Vec<Value>> {
        match value {
            Value::Null => Ok(Vec::new()),
            Value::Array(items) => Ok(items),
            single @ (Value::Object(_) | Value::String(_) | Value::Number(_) | Value::Bool(_)) => {
                let of_its_kind = single.is_object() == path.leaf().is_complex();
                let permitted = match self.single {
                    // What is a bare text for a complex attribute is decided where the element is read.
                    Single::ListOfOne => true,
                    Single::Refused => of_its_kind && self.leniency.permits(Quirk::WrapSingleValues) || self.is_bare_element(path, &single),
                };
                if permitted {
                    return Ok(vec![single]);
                }
                Err(Error::invalid_syntax(format!("`{path}` is multi-valued: send a list, `[…]`")))
            }
        }
    }

    /// INTEROP: a text for an element of a complex attribute (S17).
    fn is_bare_element(&self, path: &BoundPath, value: &Value) -> bool {
        let attribute = path.leaf();
        value.is_string()
            && attribute.is_complex()
            && attribute.sub_attribute("value").is_some()
            && self.leniency.permits(Quirk::StringElements)
    }

    /// One element of a multi-valued attribute; none if nothing in it is assigned.
    pub(crate) fn element(&self, path: &BoundPath, value: Value) -> Result<Option<Value>> {
        if value.is_null() {
            return Err(Error::invalid_value(format!("`{path}` has the element null: leave the element out")));
        }
        if !path.leaf().is_complex() {
            return self.simple(path, value);
        }
        let names_something = value.as_object().is_none_or(|members| !members.is_empty());
        let parts = self.element_parts(path, value)?;
        // A modification of nothing but unknown names would replace values by none: nobody means that.
        if self.single == Single::ListOfOne && names_something && parts.assigned.is_empty() && parts.unassigned.is_empty() {
            return Err(Error::invalid_value(format!("`{path}` has an element without any of its sub-attributes: send at least one")));
        }
        Ok((!parts.assigned.is_empty()).then_some(Value::Object(parts.assigned)))
    }

    /// The sub-attributes of one element of a complex multi-valued attribute.
    pub(crate) fn element_parts(&self, path: &BoundPath, value: Value) -> Result<Parts> {
        match value {
            Value::Object(object) => self.sub_attributes(path, object),
            // A text that has no meaning as an element is a body of the wrong form (S17).
            text if text.is_string() && self.is_bare_element(path, &text) => {
                let mut object = Document::new();
                object.insert("value".into(), text);
                self.sub_attributes(path, object)
            }
            other => Err(Error::invalid_syntax(format!(
                "`{path}` has an element that is {}: send an object with its sub-attributes",
                describe(&other)
            ))),
        }
    }

    /// The sub-attributes of a singular complex attribute; none if the whole of it is unassigned.
    pub(crate) fn complex(&self, path: &BoundPath, value: Value) -> Result<Option<Parts>> {
        let attribute = path.leaf();
        match value {
            Value::Null => Ok(None),
            Value::Array(items) => match self.only_item(path, items)? {
                None => Ok(None),
                Some(item) => self.complex(path, item),
            },
            Value::Object(object) if object.is_empty() => Ok(None),
            Value::Object(object) => {
                let empty_value = object.iter().any(|(name, value)| name.eq_ignore_ascii_case("value") && value == "");
                if empty_value && self.leniency.permits(Quirk::EmptyStringUnassigns) {
                    return Ok(None);
                }
                let parts = self.sub_attributes(path, object)?;
                self.reference(path, parts).map(Some)
            }
            Value::String(text) if text.is_empty() && self.leniency.permits(Quirk::EmptyStringUnassigns) => Ok(None),
            Value::String(text) if attribute.sub_attribute("value").is_some() && self.leniency.permits(Quirk::SimpleValueForComplex) => {
                let mut object = Document::new();
                object.insert("value".into(), Value::String(text));
                self.complex(path, Value::Object(object))
            }
            other => Err(Error::invalid_value(format!(
                "`{path}` is complex and cannot be {}: send an object with its sub-attributes",
                describe(&other)
            ))),
        }
    }

    /// Names in canonical case, values of their types; readOnly ones are left out (S80).
    fn sub_attributes(&self, path: &BoundPath, object: Document) -> Result<Parts> {
        let attribute = path.leaf();
        let mut parts = Parts::default();
        let mut seen = HashSet::new();
        let has_display = object.keys().any(|name| name.eq_ignore_ascii_case("display"));
        for (name, value) in object {
            let found = attribute.sub_attribute(&name).or_else(|| {
                let display = attribute.sub_attribute("display")?;
                let is_alias = attribute.multi_valued && !has_display && name.eq_ignore_ascii_case("displayName");
                (is_alias && self.leniency.permits(Quirk::DisplayNameAlias)).then_some(display)
            });
            let Some(sub) = found else {
                self.unknown(&format!("{path}.{name}"))?;
                continue;
            };
            let sub_path = path.with_sub(sub.clone());
            if !seen.insert(sub.name.as_str()) {
                return Err(twice(&sub_path));
            }
            if sub.mutability == Mutability::ReadOnly {
                continue;
            }
            match self.value(&sub_path, value)? {
                Some(value) => drop(parts.assigned.insert(sub.name.clone(), value)),
                None => parts.unassigned.push(sub.name.clone()),
            }
        }
        Ok(parts)
    }

    /// Of a reference only the id is kept; a `$ref` alone names the id with its last segment (S83).
    fn reference(&self, path: &BoundPath, mut parts: Parts) -> Result<Parts> {
        if !self.kind.references.contains(path) {
            return Ok(parts);
        }
        resolve_reference(&mut parts);
        for made_by_us in ["$ref", "display", "displayName"] {
            parts.assigned.shift_remove(made_by_us);
            parts.unassigned.retain(|name| name != made_by_us);
        }
        check_id(path, &parts.assigned)?;
        Ok(parts)
    }

    /// A value without sub-attributes.
    fn simple(&self, path: &BoundPath, value: Value) -> Result<Option<Value>> {
        let attribute = path.leaf();
        let value = match value {
            Value::Null => return Ok(None),
            Value::Array(items) => match self.only_item(path, items)? {
                None => return Ok(None),
                Some(item) => return self.simple(path, item),
            },
            Value::Object(mut object) => {
                let key = object.keys().find(|name| name.eq_ignore_ascii_case("value")).cloned();
                return match key.and_then(|key| object.shift_remove(&key)) {
                    // INTEROP: `[{"$ref": null, "value": "Ana"}]` for a simple attribute (ENTRA-47).
                    Some(inner) if self.leniency.permits(Quirk::UnwrapSingleValues) && !inner.is_object() => self.simple(path, inner),
                    Some(_) | None => Err(wrong_type(path, "an object")),
                };
            }
            Value::String(text) if text.is_empty() => {
                if attribute.required {
                    return Err(Error::invalid_value(format!("`{path}` is required and cannot be empty")));
                }
                if self.leniency.permits(Quirk::EmptyStringUnassigns) {
                    return Ok(None);
                }
                Value::String(text)
            }
            other @ (Value::Bool(_) | Value::Number(_) | Value::String(_)) => other,
        };
        if let Value::String(text) = &value {
            check_text(path, text)?;
        }
        self.of_type(path, value).map(Some)
    }

    fn of_type(&self, path: &BoundPath, value: Value) -> Result<Value> {
        match (path.leaf().kind, value) {
            (AttributeType::String, Value::String(text)) => canonical(self.kind, path, text).map(Value::String),
            (AttributeType::Reference, text @ Value::String(_)) => Ok(text),
            (AttributeType::Boolean, value @ Value::Bool(_)) => Ok(value),
            (AttributeType::Boolean, Value::String(text)) => match boolean_text(&text) {
                Some(value) if self.leniency.permits(Quirk::BooleanStrings) => Ok(Value::Bool(value)),
                Some(_) | None => Err(Error::invalid_value(format!(
                    "`{path}` is boolean and cannot be the text {}: send true or false without quotes",
                    quote(&text)
                ))),
            },
            // S84: `1.0` and `1e2` are no integers, although they are whole.
            (AttributeType::Integer, Value::Number(number)) => match number.to_string().parse::<i64>() {
                Ok(whole) => Ok(json!(whole)),
                Err(_) => Err(Error::invalid_value(format!(
                    "`{path}` is an integer and cannot be {}: send a whole number of 64 bits without fraction and exponent",
                    quote(&number.to_string())
                ))),
            },
            (AttributeType::Decimal, number @ Value::Number(_)) => {
                if crate::comparison::comparison_key(path.leaf(), &number).is_none() {
                    return Err(Error::invalid_value(format!("`{path}` is a number that is too large to be kept")));
                }
                Ok(number)
            }
            (AttributeType::DateTime, Value::String(text)) => match parse_date_time(&text) {
                Some(_) => Ok(Value::String(text)),
                None => Err(Error::invalid_value(format!(
                    "`{path}` is a dateTime and cannot be {}: send it like 2011-05-13T04:42:34Z",
                    quote(&text)
                ))),
            },
            // S82: one spelling of the same bytes.
            (AttributeType::Binary, Value::String(text)) => match decode_binary(&text) {
                Some(bytes) => Ok(Value::String(STANDARD.encode(bytes))),
                None => Err(Error::invalid_value(format!("`{path}` is binary and not base64: send base64 with padding"))),
            },
            (
                AttributeType::String
                | AttributeType::Reference
                | AttributeType::Boolean
                | AttributeType::Integer
                | AttributeType::Decimal
                | AttributeType::DateTime
                | AttributeType::Binary
                | AttributeType::Complex,
                other,
            ) => Err(wrong_type(path, describe(&other))),
        }
    }

    /// The one item of a list for a singular attribute; an empty list unassigns (S61).
    fn only_item(&self, path: &BoundPath, items: Vec<Value>) -> Result<Option<Value>> {
        let count = items.len();
        let mut items = items.into_iter();
        match (items.next(), count) {
            (None, _) => Ok(None),
            // Only one level: a list within the list stays a mistake, however deep.
            (Some(item), 1) if !item.is_array() && self.leniency.permits(Quirk::UnwrapSingleValues) => Ok(Some(item)),
            (Some(_), _) => Err(Error::invalid_value(format!("`{path}` has one value and cannot be a list: send the value without `[ ]`"))),
        }
    }

    /// What no schema knows is left out, or refused to the letter (S12).
    pub(crate) fn unknown(&self, name: &str) -> Result<()> {
        if self.leniency.permits(Quirk::IgnoreUnknownAttributes) {
            return Ok(());
        }
        Err(Error::invalid_syntax(format!("{} is no attribute of {}: leave it out", quote(name), self.kind.name)))
    }
}

/// Gives a reference its `value` out of `$ref`, if it has no other.
pub(crate) fn resolve_reference(parts: &mut Parts) {
    if parts.assigned.contains_key("value") {
        return;
    }
    let id = parts.assigned.get("$ref").and_then(Value::as_str).and_then(|reference| reference.trim_end_matches('/').rsplit('/').next());
    if let Some(id) = id.filter(|id| !id.is_empty()).map(str::to_owned) {
        parts.assigned.insert("value".into(), Value::String(id));
        parts.unassigned.retain(|name| name != "value");
    }
}

/// The `value` of a reference names something.
pub(crate) fn check_id(path: &BoundPath, reference: &Document) -> Result<()> {
    match reference.get("value").and_then(Value::as_str) {
        Some(id) if id.trim().is_empty() => {
            Err(Error::invalid_value(format!("`{path}.value` is empty: send the id of a resource, or null to unassign it")))
        }
        Some(_) | None => Ok(()),
    }
}

/// Exactly `true` and `false`, in any case (S62).
fn boolean_text(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// Names are matched without case, so two spellings of one are one name twice (S76).
pub(crate) fn twice(path: impl Display) -> Error {
    Error::invalid_syntax(format!("`{path}` stands twice in one object: attribute names do not heed case"))
}

fn wrong_type(path: &BoundPath, found: &str) -> Error {
    let (name, form) = type_name(path.leaf());
    Error::invalid_value(format!("`{path}` is {name} and cannot be {found}: send {form}"))
}

/// What a type is called, and what its values look like.
fn type_name(attribute: &Attribute) -> (&'static str, &'static str) {
    match attribute.kind {
        AttributeType::String => ("a string", "text in double quotes"),
        AttributeType::Boolean => ("boolean", "true or false without quotes"),
        AttributeType::Decimal => ("a decimal number", "a number without quotes"),
        AttributeType::Integer => ("an integer", "a whole number without quotes"),
        AttributeType::DateTime => ("a dateTime", "text like \"2011-05-13T04:42:34Z\""),
        AttributeType::Binary => ("binary", "base64 in double quotes"),
        AttributeType::Reference => ("a reference", "a URL in double quotes"),
        AttributeType::Complex => ("complex", "an object with its sub-attributes"),
    }
}

/// What kind of JSON value it is, for a message.
pub(crate) fn describe(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

//! An answer, and what can be expected of it. Every expectation names what came, so that a report needs no second look.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::check::{Finding, Outcome, Stop};
use crate::model::{Attribute, AttributeType};
use crate::target::{Exchange, Response};

/// The URN of error messages.
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
/// The URN of lists.
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// How deep JSON may be nested: deeper text is no SCIM, and must not exhaust the stack.
const DEPTH: usize = 100;

/// An answer to one request.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body, if it is JSON.
    pub body: Option<Value>,
    /// The exchange, as it is shown.
    pub exchange: Arc<Exchange>,
    headers: Vec<(String, String)>,
    is_empty: bool,
}

/// What kind of JSON a member has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are JSON's")]
pub enum Kind {
    String,
    Boolean,
    Number,
    Array,
    Object,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::String => "a string",
            Kind::Boolean => "true or false",
            Kind::Number => "a number",
            Kind::Array => "an array",
            Kind::Object => "an object",
        })
    }
}

impl Kind {
    /// The kind of JSON that a value of the attribute is (RFC 7643 §2.3).
    #[must_use]
    pub fn of_attribute(attribute: &Attribute) -> Self {
        match attribute.kind {
            _ if attribute.multi_valued => Kind::Array,
            AttributeType::Boolean => Kind::Boolean,
            AttributeType::Decimal | AttributeType::Integer => Kind::Number,
            AttributeType::Complex => Kind::Object,
            AttributeType::String | AttributeType::DateTime | AttributeType::Binary | AttributeType::Reference => Kind::String,
        }
    }

    /// Whether the value is of this kind.
    #[must_use]
    pub fn is_of(self, value: &Value) -> bool {
        match self {
            Kind::String => value.is_string(),
            Kind::Boolean => value.is_boolean(),
            Kind::Number => value.is_number(),
            Kind::Array => value.is_array(),
            Kind::Object => value.is_object(),
        }
    }
}

/// A ListResponse.
#[derive(Debug, Clone)]
pub struct List {
    /// `totalResults`.
    pub total: u64,
    /// `Resources`; empty where it is absent.
    pub resources: Vec<Value>,
}

impl List {
    /// The ids of the resources, in order.
    #[must_use]
    pub fn ids(&self) -> Vec<&str> {
        self.resources.iter().filter_map(|resource| resource["id"].as_str()).collect()
    }
}

impl Answer {
    pub(super) fn new(response: Response, exchange: Arc<Exchange>) -> Self {
        let Response { status, headers, body } = response;
        let parsed = if depth(&body) > DEPTH { None } else { serde_json::from_slice(&body).ok() };
        Self { status, body: parsed, exchange, headers, is_empty: body.is_empty() }
    }

    /// The first header of that name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The value at a JSON pointer; null where there is none.
    #[must_use]
    pub fn at(&self, pointer: &str) -> &Value {
        self.body.as_ref().and_then(|body| body.pointer(pointer)).unwrap_or(&Value::Null)
    }

    /// Whether the body is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// Whether the status says that it succeeded.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A failure that this exchange shows.
    pub fn failure(&self, expected: impl Into<String>, came: impl Into<String>) -> Stop {
        let exchange = Some(self.exchange.clone());
        Stop::Failed(Box::new(Finding { expected: expected.into(), came: came.into(), exchange, warning: false }))
    }

    /// Fails unless that holds; `expected` and `came` are sentences for the report.
    ///
    /// # Errors
    /// [`Stop::Failed`] unless it holds.
    pub fn expect(&self, holds: bool, expected: impl Into<String>, came: impl Into<String>) -> Outcome<&Self> {
        if holds { Ok(self) } else { Err(self.failure(expected, came)) }
    }

    /// The status and, of an error, its `scimType`.
    fn in_short(&self) -> String {
        match self.at("/scimType").as_str() {
            Some(scim_type) => format!("status {} {scim_type}", self.status),
            None => format!("status {}", self.status),
        }
    }

    // ---- Status and errors ----------------------------------------------------------------------------------------------------

    /// One of these statuses.
    ///
    /// # Errors
    /// [`Stop::Failed`] with another one.
    pub fn expect_status(&self, allowed: &[u16]) -> Outcome<&Self> {
        let list = allowed.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ");
        self.expect(allowed.contains(&self.status), format!("status {list}"), self.in_short())
    }

    /// A status of success: 200, 201, 202 or 204.
    ///
    /// # Errors
    /// [`Stop::Failed`] with another one.
    pub fn expect_success(&self) -> Outcome<&Self> {
        self.expect(self.is_success(), "a status of success (2xx)", self.in_short())
    }

    /// An error with that status and that `scimType`, as an Error message.
    ///
    /// # Errors
    /// [`Stop::Failed`] if it is another.
    pub fn expect_error(&self, status: u16, scim_type: &str) -> Outcome<&Self> {
        self.expect_one_error(&[(status, scim_type)])
    }

    /// An error with one of these pairs of status and `scimType`; an empty one stands for any `scimType` or none.
    ///
    /// # Errors
    /// [`Stop::Failed`] if it is another.
    pub fn expect_one_error(&self, allowed: &[(u16, &str)]) -> Outcome<&Self> {
        let found = self.at("/scimType").as_str().unwrap_or_default();
        let fits = |(status, scim_type): &(u16, &str)| *status == self.status && (scim_type.is_empty() || *scim_type == found);
        let list: Vec<String> = allowed.iter().map(|(status, scim_type)| format!("{status} {scim_type}").trim_end().to_owned()).collect();
        self.expect(allowed.iter().any(fits), format!("error {}", list.join(" or ")), self.in_short())
    }

    /// Any error of the client (4xx): the request is refused, with whatever words.
    ///
    /// # Errors
    /// [`Stop::Failed`] if it succeeds, or if the server fails (5xx) with anything but 501.
    pub fn expect_refusal(&self) -> Outcome<&Self> {
        let refused = (400..500).contains(&self.status) || self.status == 501;
        self.expect(refused, "a refusal (4xx)", self.in_short())
    }

    /// A body that is an Error message: `schemas` with its URN and `status` as a string that repeats the status.
    ///
    /// # Errors
    /// [`Stop::Failed`] if it is none.
    pub fn expect_error_message(&self) -> Outcome<&Self> {
        let has_urn = self.at("/schemas").as_array().is_some_and(|schemas| schemas.iter().any(|urn| urn == ERROR));
        let expected = format!("a body with schemas [\"{ERROR}\"] and status \"{}\"", self.status);
        let came = format!("schemas {} and status {}", self.at("/schemas"), self.at("/status"));
        self.expect(has_urn && self.at("/status").as_str() == Some(self.status.to_string().as_str()), expected, came)
    }

    // ---- Bodies ---------------------------------------------------------------------------------------------------------------

    /// A body that is a JSON object.
    ///
    /// # Errors
    /// [`Stop::Failed`] if it is none.
    pub fn expect_json(&self) -> Outcome<&Value> {
        match &self.body {
            Some(body) if body.is_object() => Ok(body),
            Some(_) => Err(self.failure("a JSON object as the body", "JSON of another kind")),
            None => Err(self.failure("a JSON object as the body", if self.is_empty { "no body" } else { "a body that is not JSON" })),
        }
    }

    /// No body.
    ///
    /// # Errors
    /// [`Stop::Failed`] if there is one.
    pub fn expect_no_body(&self) -> Outcome<&Self> {
        self.expect(self.is_empty, "no body", "a body")
    }

    /// A member that is there, whatever its value; null and an empty array count as absent (RFC 7643 §2.5).
    ///
    /// # Errors
    /// [`Stop::Failed`] if it is absent.
    pub fn expect_present(&self, pointer: &str) -> Outcome<&Value> {
        let value = self.at(pointer);
        if is_unassigned(value) { Err(self.failure(format!("`{pointer}` in the body"), "it is absent")) } else { Ok(value) }
    }

    /// A member that is not there; null and an empty array count as absent (RFC 7643 §2.5).
    ///
    /// # Errors
    /// [`Stop::Failed`] if it is there.
    pub fn expect_absent(&self, pointer: &str) -> Outcome<&Self> {
        let value = self.at(pointer);
        self.expect(is_unassigned(value), format!("no `{pointer}` in the body"), format!("it is {}", shortened(value)))
    }

    /// A member with exactly that value.
    ///
    /// # Errors
    /// [`Stop::Failed`] if it has another.
    pub fn expect_value(&self, pointer: &str, expected: impl Into<Value>) -> Outcome<&Self> {
        let (value, expected) = (self.at(pointer), expected.into());
        self.expect(*value == expected, format!("`{pointer}` is {}", shortened(&expected)), format!("it is {}", shortened(value)))
    }

    /// A member of that kind.
    ///
    /// # Errors
    /// [`Stop::Failed`] if it is absent or of another.
    pub fn expect_kind(&self, pointer: &str, kind: Kind) -> Outcome<&Value> {
        let value = self.at(pointer);
        if kind.is_of(value) {
            return Ok(value);
        }
        let came = if value.is_null() { "it is absent".to_owned() } else { format!("it is {}", shortened(value)) };
        Err(self.failure(format!("`{pointer}` is {kind}"), came))
    }

    /// A body whose array at that pointer has an element for which that holds; `what` names the element.
    ///
    /// # Errors
    /// [`Stop::Failed`] if none has.
    pub fn expect_element(&self, pointer: &str, what: &str, holds: impl Fn(&Value) -> bool) -> Outcome<&Value> {
        let value = self.at(pointer);
        let found = value.as_array().and_then(|all| all.iter().find(|element| holds(element)));
        found.ok_or_else(|| self.failure(format!("`{pointer}` with {what}"), format!("it is {}", shortened(value))))
    }

    /// A body whose array at that pointer has no element for which that holds; `what` names the element.
    ///
    /// # Errors
    /// [`Stop::Failed`] if one has.
    pub fn expect_no_element(&self, pointer: &str, what: &str, holds: impl Fn(&Value) -> bool) -> Outcome<&Self> {
        let value = self.at(pointer);
        let absent = !value.as_array().is_some_and(|all| all.iter().any(holds));
        self.expect(absent, format!("`{pointer}` without {what}"), format!("it is {}", shortened(value)))
    }

    /// A ListResponse with status 200.
    ///
    /// # Errors
    /// [`Stop::Failed`] if it is none.
    pub fn expect_list(&self) -> Outcome<List> {
        self.expect_status(&[200])?;
        self.expect_json()?;
        self.expect_element("/schemas", &format!("\"{LIST}\""), |urn| urn == LIST)?;
        let Some(total) = self.at("/totalResults").as_u64() else {
            return Err(self.failure("`totalResults` as a number", format!("it is {}", self.at("/totalResults"))));
        };
        let resources = match self.at("/Resources") {
            Value::Null => Vec::new(),
            Value::Array(resources) => resources.clone(),
            other => return Err(self.failure("`Resources` as an array", format!("it is {}", shortened(other)))),
        };
        Ok(List { total, resources })
    }

    /// The attributes of the resource that another answer shows, with the same values; arrays in any order. `meta` and `schemas` are not
    /// looked at.
    ///
    /// # Errors
    /// [`Stop::Failed`] if one is missing or has another value.
    pub fn expect_attributes_of(&self, other: &Answer) -> Outcome<&Self> {
        for (name, value) in other.expect_json()?.as_object().into_iter().flatten() {
            let found = self.body.as_ref().map_or(&Value::Null, |body| &body[name]);
            if !matches!(name.as_str(), "meta" | "schemas") && !is_same(found, value) {
                return Err(self.failure(format!("`{name}` is {}", shortened(value)), format!("it is {}", shortened(found))));
            }
        }
        Ok(self)
    }

    // ---- Headers --------------------------------------------------------------------------------------------------------------

    /// A header that is there.
    ///
    /// # Errors
    /// [`Stop::Failed`] if it is absent.
    pub fn expect_header(&self, name: &str) -> Outcome<&str> {
        self.header(name).ok_or_else(|| self.failure(format!("the header `{name}`"), "it is absent"))
    }

    /// The media type `application/scim+json`, with or without parameters.
    ///
    /// # Errors
    /// [`Stop::Failed`] if it is another.
    pub fn expect_scim_json(&self) -> Outcome<&Self> {
        let found = self.header("content-type").unwrap_or_default();
        let media_type = found.split(';').next().unwrap_or_default().trim();
        let came = if found.is_empty() { "no Content-Type".to_owned() } else { format!("`{found}`") };
        self.expect(media_type.eq_ignore_ascii_case("application/scim+json"), "the Content-Type application/scim+json", came)
    }
}

/// Whether a value says the same as no value (RFC 7643 §2.5).
fn is_unassigned(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

/// Whether two values say the same: the elements of an array have no order (RFC 7643 §2.4).
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            let count = |all: &[Value], wanted: &Value| all.iter().filter(|value| is_same(value, wanted)).count();
            one.len() == other.len() && one.iter().all(|value| count(one, value) == count(other, value))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len() && one.iter().all(|(name, value)| other.get(name).is_some_and(|other| is_same(value, other)))
        }
        _ => one == other || is_unassigned(one) && is_unassigned(other),
    }
}

/// A value as a sentence can hold it.
fn shortened(value: &Value) -> String {
    let text = if value.is_null() { "absent".to_owned() } else { value.to_string() };
    match text.char_indices().nth(300) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// How deep the brackets of a text are nested; what stands in strings does not count.
fn depth(text: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_the_same_in_any_order_of_their_elements() {
        let json = |text: &str| serde_json::from_str::<Value>(text).expect("valid JSON");
        for (one, other, same) in [
            (r#"[{"a":1},{"b":[2,3]}]"#, r#"[{"b":[3,2]},{"a":1}]"#, true),
            ("[1,1,2]", "[1,2,2]", false),
            ("[]", "null", true),
            (r#"{"a":1}"#, r#"{"a":1,"b":2}"#, false),
        ] {
            assert_eq!(is_same(&json(one), &json(other)), same, "{one} {other}");
        }
    }

    #[test]
    fn depth_counts_brackets_outside_of_strings() {
        for (text, expected) in [(r#"{"a":[1,{"b":2}]}"#, 3), (r#""[[[""#, 0), (r#"["\"[["]"#, 1), ("]]]][", 1)] {
            assert_eq!(depth(text.as_bytes()), expected, "{text}");
        }
    }
}

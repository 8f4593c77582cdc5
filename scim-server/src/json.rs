//! Reading the JSON of a request: bounded depth, no member twice (RFC 8259 §4; S76).

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::store::Document;
use crate::{Error, Result};

/// How deeply a body may be nested; the root object is 1.
pub const MAX_DEPTH: usize = 40;

/// Under this key serde_json hands over a number as its text (its feature `arbitrary_precision`).
const NUMBER: &str = "$serde_json::private::Number";

/// Reads a body that must be a JSON object.
///
/// # Errors
/// `invalidSyntax` if it is not JSON, is nested deeper than [`MAX_DEPTH`], has a member twice or is no object.
pub fn parse_object(body: &[u8]) -> Result<Document> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = Strict { depth: 1 }.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    match value {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Error::invalid_syntax("the body must be a JSON object: send `{…}`")),
        Err(_) if body.iter().all(u8::is_ascii_whitespace) => Err(Error::invalid_syntax("the body is empty: send a JSON object")),
        Err(error) => Err(Error::invalid_syntax(format!("the body is not acceptable JSON: {error}"))),
    }
}

/// Reads one value at that depth.
struct Strict {
    depth: usize,
}

impl Strict {
    /// How to read what stands inside this array or object.
    fn inside<E: serde::de::Error>(&self) -> Result<impl Fn() -> Strict + use<E>, E> {
        if self.depth > MAX_DEPTH {
            return Err(E::custom(format_args!("it is nested deeper than {MAX_DEPTH} levels")));
        }
        let depth = self.depth + 1;
        Ok(move || Strict { depth })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let inside = self.inside::<A::Error>()?;
        let mut list = Vec::new();
        while let Some(element) = elements.next_element_seed(inside())? {
            list.push(element);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut next = members.next_key::<String>()?;
        if next.as_deref() == Some(NUMBER) {
            let number = members.next_value::<String>()?;
            return number.parse::<Number>().map(Value::Number).map_err(|_| A::Error::custom("it holds a malformed number"));
        }
        let inside = self.inside::<A::Error>()?;
        let mut object = Map::new();
        let mut folded = HashSet::new();
        while let Some(name) = next {
            let value = members.next_value_seed(inside())?;
            // RFC 7643 §2.1: names are matched without case, so `userName` and `username` are one.
            if !folded.insert(name.to_ascii_lowercase()) {
                return Err(A::Error::custom(format_args!("the member {} is given twice", crate::error::quote(&name))));
            }
            object.insert(name, value);
            next = members.next_key::<String>()?;
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn nested(depth: usize, open: &str, close: &str) -> String {
        format!("{{\"a\":{}1{}}}", open.repeat(depth - 1), close.repeat(depth - 1))
    }

    #[test]
    fn numbers_keep_their_text() {
        let object = parse_object(br#"{"a": 1.10, "b": 123456789012345678901234567890, "c": -1e+2, "d": [1, {"e": 2}]}"#).unwrap();
        assert_eq!(serde_json::to_string(&object).unwrap(), r#"{"a":1.10,"b":123456789012345678901234567890,"c":-1e+2,"d":[1,{"e":2}]}"#);
        assert_eq!(object["d"], json!([1, {"e": 2}]));
    }

    #[test]
    fn depth_40_is_accepted_and_anything_deeper_refused() {
        for empty in ["[]", "{}"] {
            parse_object(format!("{{\"a\":{}{empty}{}}}", "[".repeat(38), "]".repeat(38)).as_bytes()).unwrap();
            parse_object(format!("{{\"a\":{}{empty}{}}}", "[".repeat(39), "]".repeat(39)).as_bytes()).unwrap_err();
        }
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            parse_object(nested(40, open, close).as_bytes()).unwrap();
            for depth in [41, 1_000, 100_000, 1_000_000] {
                for text in [nested(depth, open, close), nested(depth, open, "")] {
                    let error = parse_object(text.as_bytes()).unwrap_err();
                    assert_eq!(error.to_json()["scimType"], "invalidSyntax");
                    assert!(error.detail().contains("deeper than 40"), "{}", error.detail());
                }
            }
        }
    }

    #[test]
    fn what_is_not_one_object_without_repetition_is_refused() {
        for (text, reason) in [
            ("", "the body is empty"),
            ("  ", "the body is empty"),
            ("[]", "must be a JSON object"),
            ("{\"a\":1,\"a\":2}", "`a` is given twice"),
            ("{\"a\":{\"b\":1,\"b\":1}}", "`b` is given twice"),
            ("{\"a\":[{\"userName\":1,\"b\":1,\"username\":1}]}", "`username` is given twice"),
            ("{} {}", "trailing characters"),
            ("{'a':1}", "key must be a string"),
            ("{\"a\":\"\u{1}\"}", "control character"),
            ("{\"$serde_json::private::Number\":\"x\"}", "malformed number"),
        ] {
            let error = parse_object(text.as_bytes()).unwrap_err();
            assert!(error.detail().contains(reason), "{text}: {}", error.detail());
        }
    }
}

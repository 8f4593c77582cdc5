//! The comparison key: one text per value whose order, equality and parts are those of the value (RFC 7644 §3.4.2.2).
//!
//! Filters, uniqueness, duplicate elements and every database compare these keys and nothing else, so that all of them agree.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use icu_casemap::CaseMapper;
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use serde_json::{Number, Value};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

use crate::{Attribute, AttributeType};

/// The key of a simple value under its attribute's type and case rule, or nothing if the value is not of that type.
///
/// Keys of one attribute are compared by code point (equally: by byte): text by its folded form, numbers and instants by size.
#[must_use]
pub fn comparison_key(attribute: &Attribute, value: &Value) -> Option<String> {
    match (attribute.kind, value) {
        (AttributeType::String, Value::String(text)) => Some(text_key(attribute, text)),
        (AttributeType::Reference, Value::String(text)) => Some(reference_key(attribute, text)),
        (AttributeType::Boolean, Value::Bool(value)) => Some(if *value { "1" } else { "0" }.to_owned()),
        (AttributeType::Integer | AttributeType::Decimal, Value::Number(number)) => number_key(number),
        (AttributeType::DateTime, Value::String(text)) => parse_date_time(text).map(instant_key),
        (AttributeType::Binary, Value::String(text)) => {
            decode_binary(text).map(|bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect())
        }
        _ => None,
    }
}

/// NFC(fold(NFD(x))) where case does not matter, else NFC; the names that identify (unique, not caseExact) are width-mapped
/// first, as the UsernameCaseMapped profile of RFC 8265 §3.3 does.
fn text_key(attribute: &Attribute, text: &str) -> String {
    if attribute.case_exact {
        return compose(text);
    }
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    if attribute.is_unique() { fold(&map_width(text)) } else { fold(text) }
}

/// The Unicode caseless form: NFC(fold(NFD(x))). Folding after composing alone would not be closed (`ß`, `ŉ` with marks).
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let decomposed = DecomposingNormalizerBorrowed::new_nfd().normalize(text);
    let folded = CaseMapper::new().fold_string(&decomposed);
    // Folding can leave text that is no longer in canonical order: composing decomposes it again first.
    compose(&folded)
}

fn compose(text: &str) -> String {
    if text.is_ascii() { text.to_owned() } else { ComposingNormalizerBorrowed::new_nfc().normalize(text).into_owned() }
}

/// Full-width and half-width characters become their ordinary forms (RFC 8265 §3.3.2, width mapping).
fn map_width(text: &str) -> String {
    let compatible = ComposingNormalizerBorrowed::new_nfkc();
    text.chars()
        .map(|c| match c {
            '\u{3000}' | '\u{ff01}'..='\u{ffee}' => compatible.normalize(c.encode_utf8(&mut [0; 4])).into_owned(),
            _ => c.to_string(),
        })
        .collect()
}

/// References to resources compare without host and version (RFC 7643 §2.4, `$ref`): `https://h/v2/Users/1` is `Users/1`.
fn reference_key(attribute: &Attribute, text: &str) -> String {
    let to_resource = attribute.name == "location" || attribute.reference_types.iter().any(|name| name != "external" && name != "uri");
    if !to_resource {
        return compose(text);
    }
    let mut segments = text.trim_end_matches('/').rsplit('/');
    match (segments.next(), segments.next()) {
        (Some(id), Some(endpoint)) => compose(&format!("{endpoint}/{id}")),
        _ => compose(text),
    }
}

/// Text whose order is that of the numbers: a sign, the exponent of the leading digit, the digits without zeros at either end.
fn number_key(number: &Number) -> Option<String> {
    let text = number.to_string();
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.as_str()),
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let leading_zeros = digits.len() - digits.trim_start_matches('0').len();
    let digits = digits.trim_matches('0');
    if digits.is_empty() {
        return Some("1".to_owned());
    }
    let exponent = exponent.checked_add(i64::try_from(whole.len()).ok()?)?.checked_sub(i64::try_from(leading_zeros).ok()?)?;
    // Exponents beyond nine digits are no number that anybody stores.
    let biased = exponent.checked_add(1_000_000_000).filter(|biased| (0..2_000_000_000).contains(biased))?;
    if negative {
        // Nines' complement turns the order round; the closing `~` puts the longer number first.
        let complement: String = digits.bytes().map(|digit| char::from(b'0' + b'9' - digit)).collect();
        Some(format!("0{:010}{complement}~", 1_999_999_999 - biased))
    } else {
        Some(format!("2{biased:010}{digits}"))
    }
}

/// Reads an `xsd:dateTime` (RFC 7643 §2.3.5); without an offset it is UTC.
#[must_use]
pub fn parse_date_time(text: &str) -> Option<OffsetDateTime> {
    let day_and_time = text.get(10..11) == Some("T");
    if !day_and_time {
        return None;
    }
    OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| {
            PrimitiveDateTime::parse(text, &time::format_description::well_known::Iso8601::DATE_TIME).map(PrimitiveDateTime::assume_utc)
        })
        .ok()
}

fn instant_key(instant: OffsetDateTime) -> String {
    let utc = instant.to_offset(UtcOffset::UTC);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z",
        utc.year(),
        u8::from(utc.month()),
        utc.day(),
        utc.hour(),
        utc.minute(),
        utc.second(),
        utc.nanosecond()
    )
}

/// Decodes base64 or base64url, with or without padding and line breaks (RFC 7643 §2.3.6).
#[must_use]
pub fn decode_binary(text: &str) -> Option<Vec<u8>> {
    let text: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    let alphabet = if text.contains(['-', '_']) { &alphabet::URL_SAFE } else { &alphabet::STANDARD };
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(alphabet, config).decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn attribute(definition: Value) -> Attribute {
        serde_json::from_value(definition).unwrap()
    }

    #[track_caller]
    fn same(attribute: &Attribute, left: Value, right: Value) {
        assert_eq!(comparison_key(attribute, &left), comparison_key(attribute, &right), "{left} and {right}");
        assert!(comparison_key(attribute, &left).is_some(), "{left} has a key");
    }

    #[test]
    fn spellings_of_one_name_have_one_key() {
        let name = attribute(json!({"name": "userName", "uniqueness": "server"}));
        same(&name, json!("ANA@Example.com"), json!("ana@example.COM"));
        same(&name, json!("Jose\u{301}"), json!("JOSÉ"));
        same(&name, json!("Ａｎａ"), json!("ana"));
        same(&name, json!("STRASSE"), json!("straße"));
    }

    #[test]
    fn case_matters_where_the_schema_says_so() {
        let exact = attribute(json!({"name": "externalId", "caseExact": true}));
        assert_ne!(comparison_key(&exact, &json!("a")), comparison_key(&exact, &json!("A")));
        same(&exact, json!("e\u{301}"), json!("é"));
    }

    #[test]
    fn instants_and_bytes_compare_by_meaning() {
        let instant = attribute(json!({"name": "created", "type": "dateTime"}));
        same(&instant, json!("2011-05-13T04:42:34Z"), json!("2011-05-13T06:42:34.000+02:00"));
        same(&instant, json!("2011-05-13T04:42:34"), json!("2011-05-13T04:42:34Z"));
        assert_eq!(comparison_key(&instant, &json!("2011-05-13")), None);
        let bytes = attribute(json!({"name": "value", "type": "binary"}));
        same(&bytes, json!("-_8"), json!("+/8="));
    }

    /// RFC: 7643-2.4-07
    #[test]
    fn references_compare_without_host_and_version() {
        let reference = attribute(json!({"name": "$ref", "type": "reference", "referenceTypes": ["User"]}));
        same(&reference, json!("https://example.com/v2/Users/1"), json!("../Users/1"));
    }

    proptest! {
        #[test]
        fn number_keys_have_the_order_of_the_numbers(a in -1_000_000_000i64..1_000_000_000, b in -1_000_000_000i64..1_000_000_000, shift in 0u32..6) {
            let decimal = attribute(json!({"name": "n", "type": "decimal"}));
            let scale = 10f64.powi(i32::try_from(shift).unwrap());
            #[expect(clippy::cast_precision_loss, reason = "30 bits fit into a double exactly")]
            let (x, y) = (a as f64 / scale, b as f64 / scale);
            let (left, right) = (comparison_key(&decimal, &json!(x)).unwrap(), comparison_key(&decimal, &json!(y)).unwrap());
            prop_assert_eq!(left.cmp(&right), x.total_cmp(&y), "{} {}", x, y);
        }

        #[test]
        fn folding_is_closed(text in "\\PC{0,12}") {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }
    }
}

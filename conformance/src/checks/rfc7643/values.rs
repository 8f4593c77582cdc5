//! Values of the data types that JSON has not (RFC 7643 §2.3).

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The instant of an xsd:dateTime. One without an offset is read as UTC, which is enough to compare those of one server.
pub(super) fn instant(text: &str) -> Option<OffsetDateTime> {
    let (_, time_of_day) = text.split_once('T')?;
    let has_offset = time_of_day.ends_with('Z') || time_of_day.contains(['+', '-']);
    let whole = if has_offset { text.to_owned() } else { format!("{text}Z") };
    OffsetDateTime::parse(&whole, &Rfc3339).ok()
}

/// Whether a text is an xsd:dateTime: a date and a time, with or without an offset.
pub(super) fn is_date_time(text: &str) -> bool {
    instant(text).is_some()
}

/// Whether two texts are base64 of the same bytes, in either alphabet, with or without padding and line breaks.
pub(super) fn same_binary(one: &str, other: &str) -> bool {
    let plain = |text: &str| {
        let kept = text.chars().filter(|c| !c.is_whitespace() && *c != '=');
        kept.map(|c| {
            if c == '-' {
                '+'
            } else if c == '_' {
                '/'
            } else {
                c
            }
        })
        .collect::<String>()
    };
    plain(one) == plain(other)
}

/// Base64 that is a text of its own: the letters and digits of the mark, filled up to whole groups of four.
pub(super) fn as_text_of_letters(mark: &str) -> String {
    let mut text: String = mark.chars().filter(char::is_ascii_alphanumeric).collect();
    while !text.len().is_multiple_of(4) {
        text.push('A');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_time_has_a_date_and_a_time() {
        for (text, holds) in [
            ("2008-01-23T04:56:22Z", true),
            ("2008-01-23T04:56:22.123+01:00", true),
            ("2008-01-23T04:56:22", true),
            ("2008-01-23", false),
            ("2008-13-23T04:56:22Z", false),
            ("1201064182", false),
        ] {
            assert_eq!(is_date_time(text), holds, "{text}");
        }
    }

    #[test]
    fn base64_is_compared_by_its_bytes() {
        assert!(same_binary("AQ==", "AQ"));
        assert!(same_binary("a-_b", "a+/\nb"));
        assert!(!same_binary("AQID", "AQIE"));
        assert!(as_text_of_letters("run-12").len().is_multiple_of(4));
    }
}

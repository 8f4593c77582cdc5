//! The parameters of a request (RFC 7644 §3.4.2, §3.9; RFC 9865 §2), as a URL has them.

use crate::error::quote;
use crate::{Error, Leniency, Quirk, Result};

/// The query parameters of a request. Their names are matched without case; unknown ones are ignored (S39, ENTRA-07).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameters {
    /// `attributes`: what to return. Repeated parameters are united.
    pub attributes: Option<String>,
    /// `excludedAttributes`: what not to return. Repeated parameters are united.
    pub excluded_attributes: Option<String>,
    /// `filter`.
    pub filter: Option<String>,
    /// `sortBy`.
    pub sort_by: Option<String>,
    /// `sortOrder`.
    pub sort_order: Option<String>,
    /// `cursor`; empty for the first page (RFC 9865).
    pub cursor: Option<String>,
    /// Whether the client accepts the list that a replica has, which may lag behind: no parameter, but the header
    /// `Cache-Control: max-stale` (RFC 9111 §5.2.1.2).
    pub may_be_stale: bool,
    start_index: Option<String>,
    count: Option<String>,
}

impl Parameters {
    /// Reads the part of a URL behind `?`, still percent-encoded.
    ///
    /// Outside of quotes `+` is a blank. Inside it stays a plus, because user names contain it, unless
    /// [`Quirk::FormEncodedPlus`] says that this client encodes forms (S44).
    ///
    /// # Errors
    /// `invalidValue` if a parameter is not UTF-8 (for `filter`: `invalidFilter`) or is given twice.
    ///
    /// # Examples
    /// ```
    /// use scim_server::{Leniency, Parameters, Profile};
    /// let parameters = Parameters::parse("Filter=title+eq+%22a+b%22&count=5", &Leniency::new(Profile::RFC))?;
    /// assert_eq!(parameters.filter.as_deref(), Some(r#"title eq "a+b""#));
    /// # Ok::<(), scim_server::Error>(())
    /// ```
    pub fn parse(query: &str, leniency: &Leniency) -> Result<Self> {
        let mut parameters = Self::default();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let Some(name) = decode(name, leniency) else { continue };
            if parameters.slot(&name).is_none() {
                continue;
            }
            let value = decode(value, leniency).ok_or_else(|| {
                let detail = format!("the parameter `{name}` is not UTF-8: encode its characters as UTF-8, then in percent");
                if name.eq_ignore_ascii_case("filter") { Error::invalid_filter(detail) } else { Error::invalid_value(detail) }
            })?;
            parameters.put(&name, value)?;
        }
        Ok(parameters)
    }

    /// Sets the parameter of that name; an unknown one is ignored.
    ///
    /// # Errors
    /// `invalidValue` if it is set already and no list.
    pub(super) fn put(&mut self, name: &str, value: String) -> Result<()> {
        let Some((slot, repeats)) = self.slot(name) else { return Ok(()) };
        *slot = match slot.take() {
            None => Some(value),
            Some(earlier) if repeats => Some(format!("{earlier},{value}")),
            Some(_) => return Err(Error::invalid_value(format!("the parameter `{name}` is given twice"))),
        };
        Ok(())
    }

    /// Where the parameter of that name stands, and whether it is a list.
    fn slot(&mut self, name: &str) -> Option<(&mut Option<String>, bool)> {
        Some(match name.to_ascii_lowercase().as_str() {
            "attributes" => (&mut self.attributes, true),
            "excludedattributes" => (&mut self.excluded_attributes, true),
            "filter" => (&mut self.filter, false),
            "sortby" => (&mut self.sort_by, false),
            "sortorder" => (&mut self.sort_order, false),
            "cursor" => (&mut self.cursor, false),
            "startindex" => (&mut self.start_index, false),
            "count" => (&mut self.count, false),
            _ => return None,
        })
    }

    /// The position of the first result, from 1; less than 1 means 1 (RFC 7644 Table 6).
    ///
    /// # Errors
    /// `invalidValue` if it is not a whole number, or if a cursor is given, too: they are two ways to name a page (S79).
    pub fn start_index(&self) -> Result<u64> {
        if self.cursor.is_some() && self.start_index.is_some() {
            return Err(Error::invalid_value("`cursor` and `startIndex` are two ways to name a page: send only one of them"));
        }
        let start = self.start_index.as_deref().map(|text| whole_number("startIndex", text)).transpose()?.unwrap_or(1);
        Ok(u64::try_from(start).unwrap_or(1).max(1))
    }

    /// How many results are wanted; less than 0 means 0 (RFC 7644 Table 6).
    ///
    /// # Errors
    /// `invalidValue` if it is not a whole number; `invalidCount` if a cursor is given (S37).
    pub fn count(&self) -> Result<Option<u32>> {
        let count = self.count.as_deref().map(|text| whole_number("count", text)).transpose();
        let count = count.map_err(|error| if self.cursor.is_some() { Error::invalid_count(error.detail()) } else { error })?;
        Ok(count.map(|count| u32::try_from(count.max(0)).unwrap_or(u32::MAX)))
    }
}

/// A whole number; one beyond 64 bits is the greatest or least of them (S37).
fn whole_number(name: &str, text: &str) -> Result<i64> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::invalid_value(format!("`{name}` must be a whole number, not {}", quote(text))));
    }
    Ok(text.parse().unwrap_or(if negative { i64::MIN } else { i64::MAX }))
}

/// Decodes percent escapes and `+`; nothing if the bytes are not UTF-8.
fn decode(text: &str, leniency: &Leniency) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let (mut quoted, mut escaped) = (false, false);
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let (byte, tail) = match (first, tail) {
            (b'%', [high, low, tail @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => (hex(*high) << 4 | hex(*low), tail),
            (b'+', _) if !quoted || leniency.permits(Quirk::FormEncodedPlus) => (b' ', tail),
            _ => (*first, tail),
        };
        match byte {
            b'"' if !escaped => quoted = !quoted,
            b'\\' if quoted && !escaped => {
                escaped = true;
                bytes.push(byte);
                rest = tail;
                continue;
            }
            _ => {}
        }
        escaped = false;
        bytes.push(byte);
        rest = tail;
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit - b'A' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Profile;

    fn filter(profile: Profile, query: &str) -> Option<String> {
        Parameters::parse(query, &Leniency::new(profile)).unwrap().filter
    }

    #[test]
    fn plus_is_a_blank_outside_of_quotes_and_a_plus_inside() {
        for (profile, query, expected) in [
            (Profile::RFC, "filter=userName+eq+%22a+b%22", r#"userName eq "a+b""#),
            (Profile::ENTRA, "filter=userName+eq+%22a+b%22", r#"userName eq "a b""#),
            (Profile::ENTRA, "filter=userName+eq+%22a%2Bb%22", r#"userName eq "a+b""#),
            (Profile::RFC, r#"filter=title eq "a\"+b"+or+title+pr"#, r#"title eq "a\"+b" or title pr"#),
            (Profile::RFC, "FILTER=userName+eq+%22%C3%91%22", r#"userName eq "Ñ""#),
            (Profile::RFC, "filter=100%", "100%"),
            (Profile::RFC, "aadOptscim062020&filter=a%20pr", "a pr"),
            (Profile::RFC, "filter=", ""),
        ] {
            assert_eq!(filter(profile, query).as_deref(), Some(expected), "{query}");
        }
        assert_eq!(filter(Profile::RFC, "attributes=id"), None);
    }

    #[test]
    fn lists_are_united_and_other_repetitions_refused() {
        let leniency = Leniency::new(Profile::RFC);
        let parameters = Parameters::parse("attributes=a&Attributes=b,c", &leniency).unwrap();
        assert_eq!(parameters.attributes.as_deref(), Some("a,b,c"));
        for query in ["filter=a+pr&filter=b+pr", "count=1&count=1", "filter=%ff", "attributes=%ff"] {
            assert_eq!(Parameters::parse(query, &leniency).unwrap_err().status(), 400, "{query}");
        }
    }

    #[test]
    fn paging_numbers_follow_table_6() {
        let read = |query: &str| {
            let parameters = Parameters::parse(query, &Leniency::new(Profile::RFC)).unwrap();
            Ok::<_, Error>((parameters.start_index()?, parameters.count()?))
        };
        for (query, expected) in [
            ("", (1, None)),
            ("startIndex=0&count=-3", (1, Some(0))),
            ("startIndex=7&count=2", (7, Some(2))),
            ("startIndex=99999999999999999999&count=99999999999999999999", (i64::MAX as u64, Some(u32::MAX))),
        ] {
            assert_eq!(read(query).unwrap(), expected, "{query}");
        }
        for (query, scim_type) in [
            ("count=abc", "invalidValue"),
            ("startIndex=1.5", "invalidValue"),
            ("count=", "invalidValue"),
            ("count=+1", "invalidValue"),
            ("cursor&count=abc", "invalidCount"),
            ("cursor=&startIndex=1", "invalidValue"),
        ] {
            assert_eq!(read(query).unwrap_err().to_json()["scimType"], scim_type, "{query}");
        }
    }

    /// RFC: 9865-2-01
    #[test]
    fn a_cursor_without_a_value_is_the_empty_one() {
        for (query, expected) in [("cursor", Some("")), ("Cursor=", Some("")), ("cursor=abc", Some("abc")), ("count=1", None)] {
            let parameters = Parameters::parse(query, &Leniency::new(Profile::RFC)).unwrap();
            assert_eq!(parameters.cursor.as_deref(), expected, "{query}");
        }
    }
}

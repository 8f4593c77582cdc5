//! Entity tags, `If-Match` and `If-None-Match` (RFC 7644 §3.14, RFC 9110 §8.8.3, §13.1).

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use crate::store::Expected;
use crate::{Error, Result};

/// The tag of a version, as in the `ETag` header and `meta.version`: weak, because derived attributes change without it (S49).
#[must_use]
pub fn etag(version: u64) -> String {
    format!("W/\"{version}\"")
}

/// The precondition of an `If-Match` header.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum IfMatch {
    /// No such header.
    #[default]
    Absent,
    /// `*`: the resource must exist, at any version.
    Any,
    /// It must be at one of these: the opaque parts of the tags.
    Tags(Vec<String>),
}

impl IfMatch {
    /// Reads the header's value: `*` or a list of tags, weak ones too (S49).
    ///
    /// # Errors
    /// `invalidValue` if it is neither.
    pub fn parse(header: &str) -> Result<Self> {
        Ok(tags("If-Match", header)?.map_or(Self::Any, Self::Tags))
    }

    /// Compares with the version that was read.
    ///
    /// # Errors
    /// 412 if no tag is this version's.
    pub fn check(&self, version: u64) -> Result<()> {
        match self {
            Self::Absent | Self::Any => Ok(()),
            Self::Tags(tags) if tags.iter().any(|tag| *tag == version.to_string()) => Ok(()),
            Self::Tags(_) => Err(Error::precondition_failed()),
        }
    }

    /// What to compare within the write if the resource may be at any of these versions by then.
    ///
    /// # Errors
    /// 412 if no tag is one of theirs, or if tags are several of theirs and not all: then it cannot be told whether one matches.
    pub(crate) fn among(&self, versions: RangeInclusive<u64>) -> Result<Expected> {
        let Self::Tags(tags) = self else { return Ok(Expected::Any) };
        let numbers = tags.iter().filter_map(|tag| tag.parse::<u64>().ok().filter(|version| version.to_string() == *tag));
        let named: BTreeSet<u64> = numbers.filter(|version| versions.contains(version)).collect();
        match (named.first(), named.len()) {
            (Some(version), 1) => Ok(Expected::Is(*version)),
            (Some(_), count) if versions.count() == count => Ok(Expected::Any),
            _ => Err(Error::precondition_failed()),
        }
    }

    /// The version to compare within the write: the client's, so that nobody can come between (T16).
    #[must_use]
    pub fn expected(&self, read: u64) -> Expected {
        match self {
            Self::Absent | Self::Any => Expected::Any,
            Self::Tags(_) => Expected::Is(read),
        }
    }
}

/// The precondition of an `If-None-Match` header.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum IfNoneMatch {
    /// No such header.
    #[default]
    Absent,
    /// `*`: the resource must not exist.
    Any,
    /// It must be at none of these: the opaque parts of the tags.
    Tags(Vec<String>),
}

impl IfNoneMatch {
    /// Reads the header's value: `*` or a list of tags, which compare weakly (RFC 9110 §13.1.2).
    ///
    /// # Errors
    /// `invalidValue` if it is neither.
    pub fn parse(header: &str) -> Result<Self> {
        Ok(tags("If-None-Match", header)?.map_or(Self::Any, Self::Tags))
    }

    /// Whether a tag of the list is this version's.
    #[must_use]
    pub fn names(&self, version: u64) -> bool {
        matches!(self, Self::Tags(tags) if tags.iter().any(|tag| *tag == version.to_string()))
    }
}

/// The opaque parts of a list of tags; nothing for `*`.
fn tags(name: &str, header: &str) -> Result<Option<Vec<String>>> {
    let malformed = || malformed(name, header);
    let mut rest = header.trim_matches(BLANKS);
    if rest == "*" {
        return Ok(None);
    }
    let mut tags = Vec::new();
    while !rest.is_empty() {
        // RFC 9110 §5.6.1.2: empty elements of a list count for nothing.
        if let Some(after) = rest.strip_prefix(',') {
            rest = after.trim_start_matches(BLANKS);
            continue;
        }
        let (tag, after) = opaque_tag(rest).ok_or_else(malformed)?;
        tags.push(tag.to_owned());
        rest = after.trim_start_matches(BLANKS);
        if !rest.is_empty() && !rest.starts_with(',') {
            return Err(malformed());
        }
    }
    if tags.is_empty() { Err(malformed()) } else { Ok(Some(tags)) }
}

/// Optional whitespace in a header (RFC 9110 §5.6.3).
const BLANKS: [char; 2] = [' ', '\t'];

/// The opaque part of the entity tag at the start, and what follows it: `[ W/ ] DQUOTE *etagc DQUOTE` (RFC 9110 §8.8.3).
///
/// SPEC: `If-Match` compares strongly, so a weak tag would never match, yet the examples of RFC 7644 §3.14 send weak ones. `W/` is
/// ignored (S49).
fn opaque_tag(text: &str) -> Option<(&str, &str)> {
    let (tag, after) = text.strip_prefix("W/").unwrap_or(text).strip_prefix('"')?.split_once('"')?;
    let legal = tag.chars().all(|c| c != ' ' && !c.is_control());
    legal.then_some((tag, after))
}

fn malformed(name: &str, header: &str) -> Error {
    let found = crate::error::quote(header);
    Error::invalid_value(format!(
        "{name} must be `*` or entity tags in double quotes, such as `W/\"3\"`, as meta.version shows them; found {found}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn tags(header: &str, expected: &[&str]) {
        assert_eq!(IfMatch::parse(header).expect(header), IfMatch::Tags(expected.iter().map(|&tag| tag.to_owned()).collect()));
    }

    #[track_caller]
    fn refused(header: &str) {
        let error = IfMatch::parse(header).expect_err(header);
        assert_eq!((error.status(), error.scim_type()), (400, Some(crate::error::ScimType::InvalidValue)));
        assert!(error.detail().contains("If-Match"), "{error}");
    }

    #[test]
    fn a_tag_is_read_whether_weak_or_strong() {
        tags(r#"W/"a330bc54f0671c9""#, &["a330bc54f0671c9"]);
        tags(r#""3""#, &["3"]);
        tags(r#""""#, &[""]);
    }

    #[test]
    fn a_list_is_read_with_blanks_and_empty_elements() {
        tags(r#" "1" ,W/"2",, "3", "#, &["1", "2", "3"]);
        tags("\"a,b\",\t\"c\"", &["a,b", "c"]);
    }

    #[test]
    fn a_star_means_any_version() {
        assert_eq!(IfMatch::parse(" * ").expect("a star"), IfMatch::Any);
        assert!(IfMatch::Any.check(7).is_ok());
    }

    #[test]
    fn what_is_neither_is_refused() {
        for header in ["", " ", ",", "3", "W/3", r#"w/"3""#, r#""3"#, r#""3" "4""#, r#"*, "3""#, r#""3", *"#, r#""a b""#, "\"\u{7f}\""] {
            refused(header);
        }
    }

    #[test]
    fn the_own_tag_matches_and_another_one_does_not() {
        let own = IfMatch::parse(&etag(3)).expect("our own tag");
        assert!(own.check(3).is_ok());
        assert_eq!(own.check(4).expect_err("changed").status(), 412);
        assert_eq!(IfMatch::parse(r#""03""#).expect("a tag").check(3).expect_err("another text").status(), 412);
    }

    #[test]
    fn of_several_possible_versions_the_write_compares_the_one_that_is_named() {
        for (header, expected) in [
            (r#"W/"4""#, Some(Expected::Is(4))),
            (r#""1", "4", "9""#, Some(Expected::Is(4))),
            (r#""3", "4", "5", "4""#, Some(Expected::Any)),
            ("*", Some(Expected::Any)),
            (r#""3", "5""#, None),
            (r#""2", "6""#, None),
            (r#""04""#, None),
        ] {
            let outcome = IfMatch::parse(header).expect(header).among(3..=5);
            assert_eq!(outcome.map_err(|error| error.status()), expected.ok_or(412), "{header}");
        }
        assert_eq!(IfMatch::Absent.among(3..=5).expect("no condition"), Expected::Any);
    }

    #[test]
    fn none_of_a_list_is_told_from_any() {
        for (header, version, named) in [(r#"W/"3""#, 3, true), (r#""1", "3""#, 3, true), (r#""03""#, 3, false), ("*", 3, false)] {
            assert_eq!(IfNoneMatch::parse(header).expect(header).names(version), named, "{header}");
        }
        assert_eq!(IfNoneMatch::parse("*").expect("a star"), IfNoneMatch::Any);
        assert!(IfNoneMatch::parse("3").expect_err("no tag").detail().starts_with("If-None-Match must be"));
        assert!(!IfNoneMatch::Absent.names(1));
    }

    #[test]
    fn only_tags_bind_the_write_to_the_version_that_was_read() {
        assert_eq!(IfMatch::Absent.expected(3), Expected::Any);
        assert_eq!(IfMatch::Any.expected(3), Expected::Any);
        assert_eq!(IfMatch::Tags(vec!["3".into()]).expected(3), Expected::Is(3));
    }
}

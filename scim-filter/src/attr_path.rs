//! `attrPath`: the name of an attribute or sub-attribute.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use crate::parser::Parser;
use crate::{Dialect, ParseError};

/// An attribute path: `attrPath = [URI ":"] ATTRNAME *1subAttr` (RFC 7644 §3.4.2.2, §3.10).
///
/// Two paths are equal if they differ only in the case of letters: names and URNs are case-insensitive (§3.4.2.2; RFC 7643 §2.1).
///
/// # Examples
/// ```
/// use scim_filter::{AttrPath, Dialect};
///
/// let path = AttrPath::parse("urn:ietf:params:scim:schemas:core:2.0:User:name.givenName", &Dialect::lexical())?;
/// assert_eq!(path.urn(), Some("urn:ietf:params:scim:schemas:core:2.0:User"));
/// assert_eq!((path.name(), path.sub()), ("name", Some("givenName")));
/// # Ok::<(), scim_filter::ParseError>(())
/// ```
#[derive(Debug, Clone)]
pub struct AttrPath<'t> {
    pub(crate) urn: Option<Cow<'t, str>>,
    pub(crate) name: Cow<'t, str>,
    pub(crate) sub: Option<Cow<'t, str>>,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl<'t> AttrPath<'t> {
    /// Parses the name of an attribute, as in `sortBy`. Blanks around it are ignored.
    ///
    /// A URN alone is no attribute; where it is legal (`attributes`, PATCH), use [`Path`](crate::Path).
    ///
    /// # Errors
    /// If the text is no `attrPath` or is longer than [`MAX_BYTES`](crate::MAX_BYTES).
    pub fn parse(text: &'t str, dialect: &Dialect<'_>) -> Result<Self, ParseError> {
        Parser::new(text, dialect).whole_attr_path()
    }

    /// The schema URN as it was written, without the `:` behind it.
    pub fn urn(&self) -> Option<&str> {
        self.urn.as_deref()
    }

    /// The name of the attribute as it was written.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of the sub-attribute as it was written.
    pub fn sub(&self) -> Option<&str> {
        self.sub.as_deref()
    }

    /// Where the path starts in the text it was parsed from, in bytes.
    pub fn offset(&self) -> usize {
        self.start
    }

    /// Where the path stands in the text it was parsed from, in bytes.
    pub fn span(&self) -> Range<usize> {
        self.start..self.end
    }

    /// The same path, independent of the text it was parsed from.
    pub fn into_owned(self) -> AttrPath<'static> {
        AttrPath { urn: self.urn.map(own), name: own(self.name), sub: self.sub.map(own), start: self.start, end: self.end }
    }
}

/// Where a path stood takes no part: `a pr` and ` a pr` are the same filter.
impl PartialEq for AttrPath<'_> {
    fn eq(&self, other: &Self) -> bool {
        same(self.urn(), other.urn()) && same(Some(self.name()), Some(other.name())) && same(self.sub(), other.sub())
    }
}

impl Eq for AttrPath<'_> {}

impl fmt::Display for AttrPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(urn) = self.urn() {
            write!(f, "{urn}:")?;
        }
        f.write_str(self.name())?;
        match self.sub() {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}

/// Whether two names or URNs are the same, in any case.
pub(crate) fn same(left: Option<&str>, right: Option<&str>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => left.eq_ignore_ascii_case(right),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

pub(crate) fn own(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}

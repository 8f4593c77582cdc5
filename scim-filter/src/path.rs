//! `PATH`: the target of a PATCH operation.

use std::borrow::Cow;
use std::fmt;

use crate::attr_path::{own, same};
use crate::parser::Parser;
use crate::{AttrExp, AttrPath, Dialect, Logic, ParseError};

/// The path of a PATCH operation: `PATH = attrPath / valuePath [subAttr]` (RFC 7644 §3.5.2, Figure 7), or a schema URN alone.
///
/// A URN alone means all attributes of that schema. It can be told from an attribute only with [`Dialect::with_urns`]. The same
/// notation serves `attributes` and `excludedAttributes` (§3.9), where a value filter is not allowed.
///
/// `Display` prints the canonical form, as [`Filter`](crate::Filter) does.
///
/// # Examples
/// ```
/// use scim_filter::{Dialect, Path};
///
/// let path = Path::parse(r#"emails[type eq "work"].value"#, &Dialect::lexical())?;
/// assert_eq!((path.name(), path.sub()), (Some("emails"), Some("value")));
/// assert!(path.filter().is_some());
/// # Ok::<(), scim_filter::ParseError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Path<'t> {
    pub(crate) target: Target<'t>,
}

#[derive(Debug, Clone)]
pub(crate) enum Target<'t> {
    /// A schema URN alone.
    Urn(Cow<'t, str>),
    Attr(AttrPath<'t>),
    /// INVARIANT: `attr` has no sub-attribute of its own; the sub-attribute stands behind the brackets.
    Value {
        attr: AttrPath<'t>,
        filter: Logic<AttrExp<'t>>,
        sub: Option<Cow<'t, str>>,
    },
}

impl<'t> Path<'t> {
    /// Parses a path. Blanks around it are ignored.
    ///
    /// # Errors
    /// If the text is no path or exceeds [`MAX_DEPTH`](crate::MAX_DEPTH), [`MAX_BYTES`](crate::MAX_BYTES) or
    /// [`MAX_TERMS`](crate::MAX_TERMS). [`ParseError::is_in_filter`] tells whether the filter between the brackets is at fault.
    pub fn parse(text: &'t str, dialect: &Dialect<'_>) -> Result<Self, ParseError> {
        Self::parse_counted(text, dialect).0
    }

    /// [`parse`](Self::parse), with the number of steps it took; see [`Filter::parse_counted`](crate::Filter::parse_counted).
    #[doc(hidden)]
    pub fn parse_counted(text: &'t str, dialect: &Dialect<'_>) -> (Result<Self, ParseError>, usize) {
        let mut parser = Parser::new(text, dialect);
        let target = parser.whole_path();
        (target.map(|target| Path { target }), parser.steps())
    }

    /// The schema URN as it was written, without the `:` behind it.
    pub fn urn(&self) -> Option<&str> {
        match &self.target {
            Target::Urn(urn) => Some(urn),
            Target::Attr(attr) | Target::Value { attr, .. } => attr.urn(),
        }
    }

    /// The name of the attribute; none for a URN alone.
    pub fn name(&self) -> Option<&str> {
        self.attr().map(AttrPath::name)
    }

    /// The filter between the brackets, on the sub-attributes of one value.
    pub fn filter(&self) -> Option<&Logic<AttrExp<'t>>> {
        match &self.target {
            Target::Urn(_) | Target::Attr(_) => None,
            Target::Value { filter, .. } => Some(filter),
        }
    }

    /// The name of the sub-attribute, which stands behind the brackets where there are some.
    pub fn sub(&self) -> Option<&str> {
        match &self.target {
            Target::Urn(_) => None,
            Target::Attr(attr) => attr.sub(),
            Target::Value { sub, .. } => sub.as_deref(),
        }
    }

    /// The same path, independent of the text it was parsed from.
    pub fn into_owned(self) -> Path<'static> {
        let target = match self.target {
            Target::Urn(urn) => Target::Urn(own(urn)),
            Target::Attr(attr) => Target::Attr(attr.into_owned()),
            Target::Value { attr, filter, sub } => {
                Target::Value { attr: attr.into_owned(), filter: filter.map(AttrExp::into_owned), sub: sub.map(own) }
            }
        };
        Path { target }
    }

    fn attr(&self) -> Option<&AttrPath<'t>> {
        match &self.target {
            Target::Urn(_) => None,
            Target::Attr(attr) | Target::Value { attr, .. } => Some(attr),
        }
    }
}

impl PartialEq for Path<'_> {
    fn eq(&self, other: &Self) -> bool {
        same(self.urn(), other.urn()) && same(self.name(), other.name()) && self.filter() == other.filter() && same(self.sub(), other.sub())
    }
}

impl Eq for Path<'_> {}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.target.fmt(f)
    }
}

impl fmt::Display for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Urn(urn) => f.write_str(urn),
            Target::Attr(attr) => attr.fmt(f),
            Target::Value { attr, filter, sub } => {
                write!(f, "{attr}[{filter}]")?;
                match sub {
                    Some(sub) => write!(f, ".{sub}"),
                    None => Ok(()),
                }
            }
        }
    }
}

//! `valuePath`: a filter on the values of one attribute.

use std::fmt;

use crate::{AttrExp, AttrPath, Logic};

/// A value path of a filter: `valuePath = attrPath "[" valFilter "]"` (RFC 7644 §3.4.2.2), and what clients append to it.
///
/// It matches if one value of the attribute satisfies the filter and, where [`then`](Self::then) is given, that test as well:
/// `emails[type eq "work"].value eq "x"` means `emails[type eq "work" and value eq "x"]`. The grammar lacks that form, but
/// clients send it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValuePath<'t> {
    // INVARIANT: without a sub-attribute; no complex attribute contains another (RFC 7643 §2.3.8), and the parser says so.
    pub(crate) attr: AttrPath<'t>,
    pub(crate) filter: Logic<AttrExp<'t>>,
    // INVARIANT: its path is a name alone, without URN and sub-attribute.
    pub(crate) then: Option<AttrExp<'t>>,
}

impl<'t> ValuePath<'t> {
    /// The attribute whose values are filtered. It never has a sub-attribute.
    pub fn attr(&self) -> &AttrPath<'t> {
        &self.attr
    }

    /// The filter between the brackets, on the sub-attributes of one value. A value path inside it cannot be expressed.
    pub fn filter(&self) -> &Logic<AttrExp<'t>> {
        &self.filter
    }

    /// The test behind the brackets: its path is the sub-attribute, as a name alone. The same value must satisfy both.
    pub fn then(&self) -> Option<&AttrExp<'t>> {
        self.then.as_ref()
    }

    /// Where the value path starts in the text it was parsed from, in bytes.
    pub fn offset(&self) -> usize {
        self.attr.offset()
    }

    pub(crate) fn into_owned(self) -> ValuePath<'static> {
        ValuePath { attr: self.attr.into_owned(), filter: self.filter.map(AttrExp::into_owned), then: self.then.map(AttrExp::into_owned) }
    }
}

impl fmt::Display for ValuePath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]", self.attr, self.filter)?;
        match &self.then {
            Some(then) => write!(f, ".{then}"),
            None => Ok(()),
        }
    }
}

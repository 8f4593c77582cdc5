//! Filters whose paths have found their attributes (RFC 7644 §3.4.2.2).
//!
//! *Resolved*: every path is bound to its attribute, every comparison is checked against the attribute's type, every value is
//! a comparison key. What is left is a tree that [`matches()`] and every database read alike.

mod matches;
mod narrow;
mod resolve;
mod secret;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use matches::{InPieces, element_matches, is_present, matches, relates};
pub use narrow::{Bounds, Combine, narrow};
pub(crate) use resolve::resolve_value_filter;
pub use resolve::{TypeFilter, resolve, resolve_among_others};
pub use scim_filter::CompareOp;
pub(crate) use secret::{names_secret, quote_path, secret_is_not_shown};

use crate::{Attribute, BoundPath};

/// A filter over a resource.
pub type ResolvedFilter = Logic<Term>;

/// A filter over one element of a multi-valued attribute: what stands in `[ ]`.
pub type ElementFilter = Logic<ElementTest>;

/// Terms joined by `and`, `or` and `not`.
#[derive(Debug, Clone, PartialEq)]
pub enum Logic<T> {
    /// All of them. At least two.
    And(Vec<Logic<T>>),
    /// Any of them. At least two.
    Or(Vec<Logic<T>>),
    /// The opposite.
    Not(Box<Logic<T>>),
    /// One test.
    Term(T),
}

/// One test of a resource.
#[derive(Debug, Clone, PartialEq)]
pub enum Term {
    /// The attribute meets the condition. A multi-valued attribute does if any value does; with [`CompareOp::Ne`] also if it has no value (S27).
    Attribute(BoundPath, Condition),
    /// One element of the multi-valued attribute meets the whole filter.
    Element(BoundPath, ElementFilter),
}

/// One test of an element.
#[derive(Debug, Clone)]
pub struct ElementTest {
    /// The multi-valued attribute.
    pub attribute: Arc<Attribute>,
    /// The sub-attribute; none for the element itself, of a simple multi-valued attribute.
    pub sub: Option<Arc<Attribute>>,
    /// What it must be.
    pub condition: Condition,
}

impl ElementTest {
    /// The definition of what is tested.
    #[must_use]
    pub fn leaf(&self) -> &Arc<Attribute> {
        self.sub.as_ref().unwrap_or(&self.attribute)
    }
}

impl PartialEq for ElementTest {
    fn eq(&self, other: &Self) -> bool {
        self.attribute.name == other.attribute.name
            && self.sub.as_ref().map(|sub| &sub.name) == other.sub.as_ref().map(|sub| &sub.name)
            && self.condition == other.condition
    }
}

/// What an attribute must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// It has a value that is not empty (S28). `eq null` is the negation of it.
    Present,
    /// Its comparison key relates to this one as the operator says.
    Compare(CompareOp, String),
}

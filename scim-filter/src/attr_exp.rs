//! `attrExp`: one comparison or presence test.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use crate::AttrPath;
use crate::attr_path::own;

/// An attribute expression: `attrExp = (attrPath SP "pr") / (attrPath SP compareOp SP compValue)` (RFC 7644 §3.4.2.2).
///
/// Spans and offsets are bytes of the text that the expression was parsed from; they take no part in comparing expressions.
#[derive(Debug, Clone)]
pub struct AttrExp<'t> {
    pub(crate) path: AttrPath<'t>,
    pub(crate) test: Test<'t>,
    pub(crate) op_at: (usize, usize),
    pub(crate) value_at: (usize, usize),
}

/// What an [`AttrExp`] asks of its attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test<'t> {
    /// `pr`: the attribute has a value.
    Present,
    /// The attribute's value compares so with the given one.
    Compare(CompareOp, CompValue<'t>),
}

/// A comparison operator: `compareOp` (RFC 7644 §3.4.2.2, Table 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompareOp {
    /// `eq`: equal.
    Eq,
    /// `ne`: not equal.
    Ne,
    /// `co`: contains.
    Co,
    /// `sw`: starts with.
    Sw,
    /// `ew`: ends with.
    Ew,
    /// `gt`: greater than.
    Gt,
    /// `ge`: greater than or equal to.
    Ge,
    /// `lt`: less than.
    Lt,
    /// `le`: less than or equal to.
    Le,
}

/// A comparison value: `compValue = false / null / true / number / string`, as JSON writes them (RFC 7644 §3.4.2.2).
///
/// Objects and arrays are no comparison values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompValue<'t> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// The text of a JSON number. It is kept exactly, so `1.0` and `1` are different texts of one number.
    Number(Cow<'t, str>),
    /// A string, with its escapes decoded.
    String(Cow<'t, str>),
}

impl<'t> AttrExp<'t> {
    /// The attribute that is tested.
    pub fn path(&self) -> &AttrPath<'t> {
        &self.path
    }

    /// What is asked of it.
    pub fn test(&self) -> &Test<'t> {
        &self.test
    }

    /// Where the expression starts.
    pub fn offset(&self) -> usize {
        self.path.offset()
    }

    /// Where the operator stands, `pr` included.
    pub fn op_span(&self) -> Range<usize> {
        self.op_at.0..self.op_at.1
    }

    /// Where the comparison value stands. For `pr` it is empty and follows the operator.
    pub fn value_span(&self) -> Range<usize> {
        self.value_at.0..self.value_at.1
    }

    pub(crate) fn into_owned(self) -> AttrExp<'static> {
        let test = match self.test {
            Test::Present => Test::Present,
            Test::Compare(op, value) => Test::Compare(op, value.into_owned()),
        };
        AttrExp { path: self.path.into_owned(), test, op_at: self.op_at, value_at: self.value_at }
    }
}

impl PartialEq for AttrExp<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path && self.test == other.test
    }
}

impl Eq for AttrExp<'_> {}

impl fmt::Display for AttrExp<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.path, self.test)
    }
}

impl fmt::Display for Test<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Test::Present => f.write_str("pr"),
            Test::Compare(op, value) => write!(f, "{op} {value}"),
        }
    }
}

impl CompareOp {
    /// Every operator, in the order of Table 3.
    pub const ALL: [CompareOp; 9] = [
        CompareOp::Eq,
        CompareOp::Ne,
        CompareOp::Co,
        CompareOp::Sw,
        CompareOp::Ew,
        CompareOp::Gt,
        CompareOp::Ge,
        CompareOp::Lt,
        CompareOp::Le,
    ];

    /// The operator as filters write it, in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            CompareOp::Eq => "eq",
            CompareOp::Ne => "ne",
            CompareOp::Co => "co",
            CompareOp::Sw => "sw",
            CompareOp::Ew => "ew",
            CompareOp::Gt => "gt",
            CompareOp::Ge => "ge",
            CompareOp::Lt => "lt",
            CompareOp::Le => "le",
        }
    }
}

impl fmt::Display for CompareOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl CompValue<'_> {
    pub(crate) fn into_owned(self) -> CompValue<'static> {
        match self {
            CompValue::Null => CompValue::Null,
            CompValue::Boolean(value) => CompValue::Boolean(value),
            CompValue::Number(text) => CompValue::Number(own(text)),
            CompValue::String(text) => CompValue::String(own(text)),
        }
    }
}

/// Prints the value as JSON writes it.
impl fmt::Display for CompValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CompValue::Null => f.write_str("null"),
            CompValue::Boolean(value) => write!(f, "{value}"),
            CompValue::Number(text) => f.write_str(text),
            CompValue::String(text) => f.write_str(&serde_json::to_string(text).map_err(|_| fmt::Error)?),
        }
    }
}

//! `FILTER`: the value of the `filter` parameter.

use std::fmt;

use crate::limits::{MAX_BYTES, MAX_DEPTH, MAX_TERMS};
use crate::parser::Parser;
use crate::{AttrExp, AttrPath, CompValue, CompareOp, Dialect, Logic, ParseError, Test, ValuePath};

/// A filter: `FILTER` (RFC 7644 §3.4.2.2, Figure 1).
///
/// `Display` prints the canonical form: keywords in lower case, single blanks, the fewest parentheses, strings as JSON writes them
/// shortest, names as they were written. Parsed in the same dialect it gives an equal filter, always.
///
/// Two filters are equal if they are the same but for blanks, redundant parentheses, escapes in strings, and the case of keywords,
/// names and URNs.
///
/// # Examples
/// ```
/// use scim_filter::{Dialect, Filter};
///
/// let filter = Filter::parse(r#"title PR  and(userType eq "\u0045mployee")"#, &Dialect::lexical());
/// assert_eq!(filter.unwrap_err().to_string(), "expected a blank after `and`, found `(` at byte 13");
///
/// let filter = Filter::parse(r#"title PR  and ( userType eq "\u0045mployee")"#, &Dialect::lexical())?;
/// assert_eq!(filter.to_string(), r#"title pr and userType eq "Employee""#);
/// # Ok::<(), scim_filter::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter<'t> {
    // INVARIANT: the canonical form holds the three limits.
    root: Logic<Term<'t>>,
}

/// A term of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term<'t> {
    /// A comparison or presence test.
    AttrExp(AttrExp<'t>),
    /// A filter on the values of one attribute.
    ValuePath(Box<ValuePath<'t>>),
}

impl<'t> Filter<'t> {
    /// Parses a filter, which must be percent-decoded. Blanks around it are ignored.
    ///
    /// # Errors
    /// If the text is no filter, or exceeds [`MAX_DEPTH`], [`MAX_BYTES`] or [`MAX_TERMS`]. An empty text is no filter.
    pub fn parse(text: &'t str, dialect: &Dialect<'_>) -> Result<Self, ParseError> {
        Self::parse_counted(text, dialect).0
    }

    /// [`parse`](Self::parse), with the number of steps it took: one for each call of a lexical rule and one for each byte such a
    /// rule looked at. It exists so that tests can hold the parser to linear time.
    #[doc(hidden)]
    pub fn parse_counted(text: &'t str, dialect: &Dialect<'_>) -> (Result<Self, ParseError>, usize) {
        let mut parser = Parser::new(text, dialect);
        let root = parser.whole_filter();
        (root.map(|root| Filter { root }), parser.steps())
    }

    /// The comparison `path op value`.
    ///
    /// # Errors
    /// If the value is a number whose text is no JSON number, or the whole exceeds [`MAX_BYTES`].
    ///
    /// # Examples
    /// ```
    /// use scim_filter::{AttrPath, CompValue, CompareOp, Dialect, Filter};
    ///
    /// let path = AttrPath::parse("userName", &Dialect::lexical())?;
    /// let filter = Filter::attr(path, CompareOp::Eq, CompValue::String(r#"a"b"#.into()))?;
    /// assert_eq!(filter.to_string(), r#"userName eq "a\"b""#);
    /// # Ok::<(), scim_filter::ParseError>(())
    /// ```
    pub fn attr(path: AttrPath<'t>, op: CompareOp, value: CompValue<'t>) -> Result<Self, ParseError> {
        if let CompValue::Number(text) = &value
            && !crate::parser::is_number(text)
        {
            return Err(ParseError::syntax(text, 0, text.len(), "a JSON number"));
        }
        let (op_at, value_at) = ((path.end, path.end), (path.end, path.end));
        Self::held(Logic::Term(Term::AttrExp(AttrExp { path, test: Test::Compare(op, value), op_at, value_at })))
    }

    /// The filter that matches what both match.
    ///
    /// Offsets in the result still refer to the two texts that the parts came from.
    ///
    /// # Errors
    /// If the whole exceeds a limit.
    pub fn and(self, other: Self) -> Result<Self, ParseError> {
        Self::held(Logic::and(self.root, vec![other.root]))
    }

    /// The filter that matches what either matches.
    ///
    /// Offsets in the result still refer to the two texts that the parts came from.
    ///
    /// # Errors
    /// If the whole exceeds a limit.
    pub fn or(self, other: Self) -> Result<Self, ParseError> {
        Self::held(Logic::or(self.root, vec![other.root]))
    }

    /// The filter that matches what this one does not.
    ///
    /// # Errors
    /// If the whole exceeds a limit.
    #[expect(clippy::should_implement_trait, reason = "the limits can refuse it, which `!` could not say")]
    pub fn not(self) -> Result<Self, ParseError> {
        Self::held(self.root.negate())
    }

    /// The expression at the root.
    pub fn root(&self) -> &Logic<Term<'t>> {
        &self.root
    }

    /// The same filter, independent of the text it was parsed from.
    pub fn into_owned(self) -> Filter<'static> {
        Filter { root: self.root.map(Term::into_owned) }
    }

    /// Lets a tree pass that holds the limits. What is refused is only a little larger than what was accepted, so measuring and
    /// dropping it is safe.
    fn held(root: Logic<Term<'t>>) -> Result<Self, ParseError> {
        let size = Size::of(&root);
        if size.depth > MAX_DEPTH {
            return Err(ParseError::too_deep(0));
        }
        if size.terms > MAX_TERMS {
            return Err(ParseError::too_many_terms(0));
        }
        let filter = Filter { root };
        let canonical = filter.to_string();
        if canonical.len() > MAX_BYTES {
            return Err(ParseError::too_long(&canonical));
        }
        Ok(filter)
    }
}

impl fmt::Display for Filter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.fmt(f)
    }
}

impl Term<'_> {
    /// Where the term starts in the text it was parsed from, in bytes.
    pub fn offset(&self) -> usize {
        match self {
            Term::AttrExp(exp) => exp.offset(),
            Term::ValuePath(path) => path.offset(),
        }
    }

    fn into_owned(self) -> Term<'static> {
        match self {
            Term::AttrExp(exp) => Term::AttrExp(exp.into_owned()),
            Term::ValuePath(path) => Term::ValuePath(Box::new(path.into_owned())),
        }
    }
}

impl fmt::Display for Term<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Term::AttrExp(exp) => exp.fmt(f),
            Term::ValuePath(path) => path.fmt(f),
        }
    }
}

/// The depth and the terms of a tree as it prints.
struct Size {
    depth: usize,
    terms: usize,
}

impl Size {
    fn of(root: &Logic<Term<'_>>) -> Size {
        Size::of_logic(root, &|term| match term {
            Term::AttrExp(_) => Size { depth: 0, terms: 1 },
            Term::ValuePath(path) => {
                let inner = Size::of_logic(&path.filter, &|_| Size { depth: 0, terms: 1 });
                Size { depth: inner.depth + 1, terms: inner.terms + path.then.iter().len() }
            }
        })
    }

    fn of_logic<T>(logic: &Logic<T>, leaf: &dyn Fn(&T) -> Size) -> Size {
        match logic {
            Logic::And(operands) | Logic::Or(operands) => {
                operands.iter().fold(Size { depth: 0, terms: 0 }, |sum, operand| {
                    // An `or` below an `and` is the one operand that prints in parentheses.
                    let parenthesis = usize::from(matches!(operand, Logic::Or(_)));
                    let size = Size::of_logic(operand, leaf);
                    Size { depth: sum.depth.max(size.depth + parenthesis), terms: sum.terms + size.terms }
                })
            }
            Logic::Not(operand) => {
                let size = Size::of_logic(operand, leaf);
                Size { depth: size.depth + 1, ..size }
            }
            Logic::Term(term) => leaf(term),
        }
    }
}

//! `and`, `or` and `not` over terms.

use std::fmt;
use std::ops::Deref;

/// Terms joined by `and`, `or` and `not` (RFC 7644 §3.4.2.2, Table 4).
///
/// The operands of one `and` or `or` stand in one list: `a pr and (b pr and c pr)` has three operands, and no operand of an `and`
/// is itself an `and`.
///
/// Whoever holds a `Logic` can look at it and change it into another of the same shape ([`try_map`](Self::try_map)), but not build a
/// larger one: [`Operands`] and [`Operand`] have no constructor. So every tree keeps the limits of the text it came from, and
/// recursion over it is bounded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Logic<T> {
    /// All operands match; there are at least two.
    And(Operands<T>),
    /// Some operand matches; there are at least two.
    Or(Operands<T>),
    /// The operand does not match.
    Not(Operand<T>),
    /// A term of its own.
    Term(T),
}

/// The operands of an `and` or `or`: a slice of at least two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operands<T>(Vec<Logic<T>>);

/// The operand of a `not`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operand<T>(Box<Logic<T>>);

impl<T> Logic<T> {
    /// Changes every term and keeps the shape: from terms as they were written to terms that know their attributes, for example.
    ///
    /// # Errors
    /// The first error of `change`, in the order of the text.
    ///
    /// # Examples
    /// ```
    /// use scim_filter::{Dialect, Filter, Logic, Term};
    ///
    /// let filter = Filter::parse("title pr or userName pr", &Dialect::lexical())?;
    /// let names = filter.root().try_map(&mut |term| match term {
    ///     Term::AttrExp(exp) => Ok(exp.path().name().to_owned()),
    ///     Term::ValuePath(_) => Err("too hard"),
    /// });
    /// assert!(matches!(names, Ok(Logic::Or(names)) if names.len() == 2));
    /// # Ok::<(), scim_filter::ParseError>(())
    /// ```
    pub fn try_map<U, E>(&self, change: &mut impl FnMut(&T) -> Result<U, E>) -> Result<Logic<U>, E> {
        Ok(match self {
            Logic::And(operands) => Logic::And(operands.try_map(change)?),
            Logic::Or(operands) => Logic::Or(operands.try_map(change)?),
            Logic::Not(operand) => Logic::Not(Operand(Box::new(operand.try_map(change)?))),
            Logic::Term(term) => Logic::Term(change(term)?),
        })
    }

    pub(crate) fn map<U>(self, change: fn(T) -> U) -> Logic<U> {
        match self {
            Logic::And(operands) => Logic::And(operands.map(change)),
            Logic::Or(operands) => Logic::Or(operands.map(change)),
            Logic::Not(operand) => Logic::Not(Operand(Box::new(operand.0.map(change)))),
            Logic::Term(term) => Logic::Term(change(term)),
        }
    }

    /// Joins operands by `and`; one operand stands for itself.
    pub(crate) fn and(first: Self, rest: Vec<Self>) -> Self {
        join(first, rest, Logic::And, |operand| match operand {
            Logic::And(inner) => Ok(inner.0),
            Logic::Or(_) | Logic::Not(_) | Logic::Term(_) => Err(operand),
        })
    }

    /// Joins operands by `or`; one operand stands for itself.
    pub(crate) fn or(first: Self, rest: Vec<Self>) -> Self {
        join(first, rest, Logic::Or, |operand| match operand {
            Logic::Or(inner) => Ok(inner.0),
            Logic::And(_) | Logic::Not(_) | Logic::Term(_) => Err(operand),
        })
    }

    pub(crate) fn negate(self) -> Self {
        Logic::Not(Operand(Box::new(self)))
    }
}

/// Takes the operands out of an expression of one kind, or gives back one of another kind.
type Split<T> = fn(Logic<T>) -> Result<Vec<Logic<T>>, Logic<T>>;

/// One list of operands, with those of the same kind spliced in.
fn join<T>(first: Logic<T>, rest: Vec<Logic<T>>, kind: fn(Operands<T>) -> Logic<T>, split: Split<T>) -> Logic<T> {
    if rest.is_empty() {
        return first;
    }
    let mut operands = split(first).unwrap_or_else(|operand| vec![operand]);
    for operand in rest {
        match split(operand) {
            Ok(inner) => operands.extend(inner),
            Err(operand) => operands.push(operand),
        }
    }
    kind(Operands(operands))
}

impl<T> Operands<T> {
    fn try_map<U, E>(&self, change: &mut impl FnMut(&T) -> Result<U, E>) -> Result<Operands<U>, E> {
        self.iter().map(|operand| operand.try_map(change)).collect::<Result<_, _>>().map(Operands)
    }

    fn map<U>(self, change: fn(T) -> U) -> Operands<U> {
        Operands(self.0.into_iter().map(|operand| operand.map(change)).collect())
    }
}

impl<T> Deref for Operands<T> {
    type Target = [Logic<T>];

    fn deref(&self) -> &[Logic<T>] {
        &self.0
    }
}

impl<'a, T> IntoIterator for &'a Operands<T> {
    type Item = &'a Logic<T>;
    type IntoIter = std::slice::Iter<'a, Logic<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T> Deref for Operand<T> {
    type Target = Logic<T>;

    fn deref(&self) -> &Logic<T> {
        &self.0
    }
}

/// Prints with the fewest parentheses: `and` binds tighter than `or` (§3.4.2.2).
impl<T: fmt::Display> fmt::Display for Logic<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Logic::Or(operands) => separated(f, operands, " or "),
            Logic::And(operands) => separated(f, operands, " and "),
            Logic::Not(operand) => write!(f, "not ({})", **operand),
            Logic::Term(term) => term.fmt(f),
        }
    }
}

fn separated<T: fmt::Display>(f: &mut fmt::Formatter<'_>, operands: &Operands<T>, separator: &str) -> fmt::Result {
    for (index, operand) in operands.iter().enumerate() {
        if index > 0 {
            f.write_str(separator)?;
        }
        match operand {
            Logic::Or(_) => write!(f, "({operand})")?,
            Logic::And(_) | Logic::Not(_) | Logic::Term(_) => write!(f, "{operand}")?,
        }
    }
    Ok(())
}

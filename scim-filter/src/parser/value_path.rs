//! `valuePath = attrPath "[" valFilter "]"` (RFC 7644 §3.4.2.2) in filters and in PATCH paths (§3.5.2).

use std::borrow::Cow;

use super::attr_exp::Operator;
use super::attr_path::{Named, Place};
use super::{Parser, Result};
use crate::path::Target;
use crate::{AttrExp, AttrPath, Logic, ParseError, Term, Test, ValuePath};

impl<'t> Parser<'t, '_> {
    /// A term of a filter, outside brackets: `attrExp / valuePath`.
    pub(super) fn filter_term(&mut self) -> Result<Term<'t>> {
        let attr = self.attr_path(Place::Filter)?;
        if !self.bracket_follows() {
            return self.test_of(attr).map(Term::AttrExp);
        }
        let filter = self.value_filter(&attr)?;
        let then = self.after_value_path()?;
        Ok(Term::ValuePath(Box::new(ValuePath { attr, filter, then })))
    }

    /// `PATH = attrPath / valuePath [subAttr]` (§3.5.2, Figure 7), or a schema URN alone.
    pub(super) fn path(&mut self) -> Result<Target<'t>> {
        let attr = match self.attr_path_or_urn(Place::Path)? {
            Named::Urn(urn) => return Ok(Target::Urn(Cow::Borrowed(urn))),
            Named::Attr(attr) => attr,
        };
        if !self.bracket_follows() {
            return Ok(Target::Attr(attr));
        }
        self.no_array_index()?;
        let filter = self.value_filter(&attr)?;
        let sub = if self.dot_follows() { Some(Cow::Borrowed(self.sub_attr()?)) } else { None };
        Ok(Target::Value { attr, filter, sub })
    }

    /// Whether `[` comes next; blanks before it are read then. (S31)
    fn bracket_follows(&mut self) -> bool {
        let start = self.at;
        self.blanks();
        let follows = self.next_is(b'[');
        if !follows {
            self.at = start;
        }
        follows
    }

    /// Reads a `.` behind `]`, with blanks before it. (S31)
    fn dot_follows(&mut self) -> bool {
        let start = self.at;
        self.blanks();
        let follows = self.next_is(b'.');
        self.at = if follows { self.at + 1 } else { start };
        follows
    }

    /// `"[" valFilter "]"`
    fn value_filter(&mut self, attr: &AttrPath<'_>) -> Result<Logic<AttrExp<'t>>> {
        // DIFFERENCE: the grammar allows `a.b[…]`, but no complex attribute contains another (RFC 7643 §2.3.8), so it has no meaning.
        if let Some(sub) = attr.sub() {
            return Err(ParseError::syntax(self.text, attr.end - sub.len() - 1, sub.len() + 1, "`[` after the attribute name")
                .hint("the sub-attribute stands behind the brackets"));
        }
        let opened = self.at;
        self.open()?;
        let filter = self.logic(Self::value_filter_term)?;
        self.close(b']', opened, "value filter")?;
        Ok(filter)
    }

    /// What clients append to a value path in a filter: `.sub op value`, `.sub pr`, `.sub`, and in one dialect `op value`. (S31)
    fn after_value_path(&mut self) -> Result<Option<AttrExp<'t>>> {
        if self.dot_follows() {
            let start = self.at;
            let sub = self.sub_attr()?;
            let path = name_alone(sub, start, self.at);
            return if self.test_follows() { self.test_of(path) } else { self.presence_of(path) }.map(Some);
        }
        if !self.dialect.permits_compare_after_value_path() {
            return Ok(None);
        }
        let start = self.at;
        let compares = self.blanks() > 0 && matches!(Operator::read(self.word()), Some(Operator::Compare(_)));
        self.at = start;
        if !compares {
            return Ok(None);
        }
        // INTEROP: an old edition of Microsoft's documentation has `emails[type eq "work"] eq "x"`.
        self.growth += ".value".len();
        self.test_of(name_alone("value", start, start)).map(Some)
    }

    /// Whether something follows that must be a test, and not `and`, `or`, `)` or the end.
    fn test_follows(&mut self) -> bool {
        let start = self.at;
        self.blanks();
        let goes_on = !self.at_end() && !self.next_is(b')');
        let word = self.word();
        self.at = start;
        goes_on && !word.eq_ignore_ascii_case("and") && !word.eq_ignore_ascii_case("or")
    }

    /// `attr[filter].sub` without a test asks whether the sub-attribute is present.
    fn presence_of(&mut self, path: AttrPath<'t>) -> Result<AttrExp<'t>> {
        self.count_term(path.offset())?;
        self.growth += " pr".len();
        let end = (path.end, path.end);
        Ok(AttrExp { path, test: Test::Present, op_at: end, value_at: end })
    }

    /// `emails[0]` is a mistake about paths and not about filters, so it gets an answer of its own. (S19)
    fn no_array_index(&mut self) -> Result<()> {
        let start = self.at;
        self.at += 1;
        self.blanks();
        let index = self.at;
        let word = self.word();
        self.steps += word.len();
        let digits = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        self.blanks();
        if digits && self.next_is(b']') {
            return Err(ParseError::syntax(self.text, index, word.len(), "a filter between the brackets")
                .hint("values have no index; select them, as in emails[type eq \"work\"]"));
        }
        self.at = start;
        Ok(())
    }
}

/// The path of a test behind the brackets.
fn name_alone(name: &str, start: usize, end: usize) -> AttrPath<'_> {
    AttrPath { urn: None, name: Cow::Borrowed(name), sub: None, start, end }
}

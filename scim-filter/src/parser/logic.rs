//! `and`, `or`, `not` and parentheses (RFC 7644 §3.4.2.2).
//!
//! The RFC's `FILTER` and `logExp` recur to the left and leave the precedence to the prose; these rules accept the same texts:
//! `orx = andx *( SP "or" SP andx )`, `andx = term *( SP "and" SP term )`, `term = ["not" *SP] "(" orx ")" / leaf`. (S31)

use super::{Parser, Result};
use crate::Logic;

/// What stands where no `not` or `(` does: a term of a filter, or of a filter between brackets.
pub(super) type Leaf<'t, 'd, T> = fn(&mut Parser<'t, 'd>) -> Result<T>;

impl<'t, 'd> Parser<'t, 'd> {
    /// `orx`
    pub(super) fn logic<T>(&mut self, leaf: Leaf<'t, 'd, T>) -> Result<Logic<T>> {
        let first = self.and_exp(leaf)?;
        let mut rest = Vec::new();
        while self.keyword("or")? {
            rest.push(self.and_exp(leaf)?);
        }
        Ok(Logic::or(first, rest))
    }

    /// `andx`
    fn and_exp<T>(&mut self, leaf: Leaf<'t, 'd, T>) -> Result<Logic<T>> {
        let first = self.term(leaf)?;
        let mut rest = Vec::new();
        while self.keyword("and")? {
            rest.push(self.term(leaf)?);
        }
        Ok(Logic::and(first, rest))
    }

    fn term<T>(&mut self, leaf: Leaf<'t, 'd, T>) -> Result<Logic<T>> {
        if self.next_is(b'(') {
            return self.group(leaf);
        }
        let start = self.at;
        if self.word().eq_ignore_ascii_case("not") {
            let blanks = self.blanks();
            if self.next_is(b'(') {
                // ERRATUM 7319: the grammar has no blank here, the examples have one. Both are accepted, one is printed.
                self.growth += usize::from(blanks == 0);
                return Ok(self.group(leaf)?.negate());
            }
        }
        // No `(`, so it is no keyword: `not eq 1` tests an attribute that has this name.
        self.at = start;
        leaf(self).map(Logic::Term)
    }

    fn group<T>(&mut self, leaf: Leaf<'t, 'd, T>) -> Result<Logic<T>> {
        let opened = self.at;
        self.open()?;
        let inner = self.logic(leaf)?;
        self.close(b')', opened, "group")?;
        Ok(inner)
    }

    /// Reads `SP keyword SP`, or nothing.
    fn keyword(&mut self, keyword: &'static str) -> Result<bool> {
        let start = self.at;
        if self.blanks() == 0 || !self.word().eq_ignore_ascii_case(keyword) {
            self.at = start;
            return Ok(false);
        }
        if self.at_end() {
            return Err(self.expected(format!("an expression after `{keyword}`")));
        }
        if self.blanks() == 0 {
            return Err(self.expected(format!("a blank after `{keyword}`")));
        }
        Ok(true)
    }
}

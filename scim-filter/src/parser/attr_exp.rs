//! `attrExp = (attrPath SP "pr") / (attrPath SP compareOp SP compValue)` (RFC 7644 §3.4.2.2).

use super::attr_path::Place;
use super::{Parser, Result};
use crate::{AttrExp, AttrPath, CompareOp, ParseError, Test};

const OPERATORS: &str = "allowed here: eq, ne, co, sw, ew, gt, ge, lt, le, pr";

/// An operator as it was written.
pub(super) enum Operator {
    Present,
    Compare(CompareOp),
}

impl Operator {
    pub(super) fn read(word: &str) -> Option<Operator> {
        if word.eq_ignore_ascii_case("pr") {
            return Some(Operator::Present);
        }
        CompareOp::ALL.into_iter().find(|op| op.as_str().eq_ignore_ascii_case(word)).map(Operator::Compare)
    }
}

impl<'t> Parser<'t, '_> {
    /// A term between brackets. A value path is none: brackets do not nest (errata 4690 and 7322).
    pub(super) fn value_filter_term(&mut self) -> Result<AttrExp<'t>> {
        let path = self.attr_path(Place::ValueFilter)?;
        self.test_of(path)
    }

    /// What follows the path of an `attrExp`.
    pub(super) fn test_of(&mut self, path: AttrPath<'t>) -> Result<AttrExp<'t>> {
        self.count_term(path.offset())?;
        let blanks = self.blanks();
        let start = self.at;
        let word = self.word();
        let op_at = (start, self.at);
        // Without a blank there is no word either, because what ends the path ends every word.
        let Some(operator) = Operator::read(word) else {
            self.at = start;
            return Err(self.no_operator(&path, blanks));
        };
        let (test, value_at) = match operator {
            Operator::Present => (Test::Present, (self.at, self.at)),
            Operator::Compare(op) => {
                if self.at_end() {
                    return Err(self.expected(format!("a value after `{op}`")));
                }
                if self.blanks() == 0 {
                    return Err(self.expected(format!("a blank after `{op}`")));
                }
                let start = self.at;
                (Test::Compare(op, self.comp_value(op)?), (start, self.at))
            }
        };
        Ok(AttrExp { path, test, op_at, value_at })
    }

    /// The error for an attribute path that no operator follows.
    fn no_operator(&self, path: &AttrPath<'_>, blanks: usize) -> ParseError {
        let keyword = |keyword: &str| path.urn().is_none() && path.sub().is_none() && path.name().eq_ignore_ascii_case(keyword);
        if keyword("not") {
            return self.expected("`(` after `not`");
        }
        if keyword("and") || keyword("or") {
            return ParseError::syntax(self.text, path.start, path.name().len(), "an attribute path, `not` or `(`");
        }
        if self.text.get(self.at..).is_some_and(|rest| rest.starts_with('[')) {
            return self.expected("an operator after the attribute path").hint("a value filter cannot contain another one");
        }
        if blanks == 0 && !self.at_end() {
            return self.expected("a blank after the attribute path");
        }
        self.expected("an operator after the attribute path").hint(OPERATORS)
    }
}

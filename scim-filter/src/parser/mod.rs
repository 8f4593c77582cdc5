//! The parser: one function per grammar rule, over lexical rules written with nom.
//!
//! It reads from left to right and never tries a second rule on what a first one refused, so its time is linear in the text;
//! `steps` counts the work. The recursion is that of `(` and `[`, and [`MAX_DEPTH`] bounds it before it happens.

mod attr_exp;
mod attr_path;
mod lexical;
mod logic;
mod value;
mod value_path;

use crate::error::Rule;
use crate::path::Target;
use crate::{AttrPath, Dialect, Logic, MAX_BYTES, MAX_DEPTH, MAX_TERMS, ParseError, Term};
use attr_path::Place;

pub(crate) use lexical::is_number;

type Result<T> = std::result::Result<T, ParseError>;

/// A text, how far it is read, and how much of the limits is used.
pub(crate) struct Parser<'t, 'd> {
    text: &'t str,
    at: usize,
    dialect: &'d Dialect<'d>,
    depth: usize,
    terms: usize,
    /// By how many bytes at most the canonical form is longer than the text.
    growth: usize,
    steps: usize,
}

impl<'t, 'd> Parser<'t, 'd> {
    pub(crate) fn new(text: &'t str, dialect: &'d Dialect<'d>) -> Self {
        Parser { text, at: 0, dialect, depth: 0, terms: 0, growth: 0, steps: 0 }
    }

    pub(crate) fn steps(&self) -> usize {
        self.steps
    }

    pub(crate) fn whole_filter(&mut self) -> Result<Logic<Term<'t>>> {
        self.whole("`and`, `or` or the end of the filter", |parser| parser.logic(Self::filter_term))
    }

    pub(crate) fn whole_attr_path(&mut self) -> Result<AttrPath<'t>> {
        self.whole("the end of the attribute path", |parser| parser.attr_path(Place::Name)).map_err(|error| error.breaks(Rule::Path))
    }

    pub(crate) fn whole_path(&mut self) -> Result<Target<'t>> {
        self.whole("the end of the path", Self::path).map_err(|error| {
            // A fault at the end, between brackets, means that they never close: that is the path's fault.
            let in_filter = self.depth > 0 && !error.is_limit() && error.offset() < self.text.trim_end_matches(' ').len();
            error.breaks(if in_filter { Rule::Filter } else { Rule::Path })
        })
    }

    /// A rule that must read the whole text, but for blanks around it.
    fn whole<T: std::fmt::Display>(&mut self, end: &'static str, rule: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.steps += 1;
        if self.text.len() > MAX_BYTES {
            return Err(ParseError::too_long(self.text));
        }
        self.blanks();
        let parsed = rule(self)?;
        self.blanks();
        if self.at < self.text.len() {
            return Err(self.expected_connective(end));
        }
        // The canonical form must parse again. It is printed only where it may be too long.
        if self.text.len() + self.growth > MAX_BYTES && parsed.to_string().len() > MAX_BYTES {
            return Err(ParseError::too_long(self.text));
        }
        Ok(parsed)
    }

    /// Reads what a lexical rule accepts here.
    fn lex(&mut self, rule: lexical::Rule<'t>) -> Option<&'t str> {
        let rest = self.text.get(self.at..)?;
        match rule(rest) {
            Ok((_, read)) => {
                self.steps += 1 + read.len();
                self.at += read.len();
                Some(read)
            }
            Err(_) => {
                // How far it looked is unknown; it was not further than the end.
                self.steps += 1 + rest.len();
                None
            }
        }
    }

    /// How many bytes at the start of `token` a lexical rule accepts.
    fn accepted(&mut self, token: &'t str, rule: lexical::Rule<'t>) -> usize {
        self.steps += 1 + token.len();
        rule(token).map_or(0, |(_, read)| read.len())
    }

    /// Reads blanks and tells how many. Only U+0020 is a blank.
    fn blanks(&mut self) -> usize {
        self.lex(lexical::blanks).map_or(0, str::len)
    }

    /// Reads up to the next blank, bracket, parenthesis or quotation mark.
    fn word(&mut self) -> &'t str {
        self.lex(lexical::word).unwrap_or_default()
    }

    fn next_is(&mut self, byte: u8) -> bool {
        self.steps += 1;
        self.text.as_bytes().get(self.at) == Some(&byte)
    }

    fn at_end(&self) -> bool {
        self.at == self.text.len()
    }

    /// Reads an opening parenthesis or bracket.
    fn open(&mut self) -> Result<()> {
        if self.depth == MAX_DEPTH {
            return Err(ParseError::too_deep(self.at));
        }
        self.depth += 1;
        self.at += 1;
        self.blanks();
        Ok(())
    }

    /// Reads the closing parenthesis or bracket of what was opened at `opened`.
    fn close(&mut self, byte: u8, opened: usize, what: &str) -> Result<()> {
        self.blanks();
        if !self.next_is(byte) {
            let close = char::from(byte);
            return Err(self.expected_connective(format!("`and`, `or` or `{close}` to close the {what} opened at byte {opened}")));
        }
        self.at += 1;
        self.depth -= 1;
        Ok(())
    }

    /// Counts the comparison that starts at `start`.
    fn count_term(&mut self, start: usize) -> Result<()> {
        if self.terms == MAX_TERMS {
            return Err(ParseError::too_many_terms(start));
        }
        self.terms += 1;
        Ok(())
    }

    /// The error that something else is expected here.
    fn expected(&self, expected: impl Into<std::borrow::Cow<'static, str>>) -> ParseError {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let word = lexical::word(rest).map_or(0, |(_, word)| word.len());
        // Where no word stands here, it is one of the characters that end words, each of one byte, or the end.
        let len = if word > 0 { word } else { rest.len().min(1) };
        ParseError::syntax(self.text, self.at, len, expected)
    }

    /// The error that an expression should go on or end here.
    fn expected_connective(&self, expected: impl Into<std::borrow::Cow<'static, str>>) -> ParseError {
        let error = self.expected(expected);
        let rest = self.text.get(self.at..).unwrap_or_default();
        let word = lexical::word(rest).map_or("", |(_, word)| word);
        if self.depth == 0 && (rest.starts_with(')') || rest.starts_with(']')) {
            error.hint("nothing is open here that it could close")
        } else if ["and", "or"].iter().any(|keyword| keyword.eq_ignore_ascii_case(word)) {
            error.hint("blanks are required around `and` and `or`")
        } else {
            error
        }
    }
}

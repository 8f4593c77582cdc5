//! `compValue = false / null / true / number / string`: the rules of JSON (RFC 7644 §3.4.2.2, RFC 8259).

use std::borrow::Cow;

use super::{Parser, Result, lexical};
use crate::{CompValue, CompareOp, ParseError};

impl<'t> Parser<'t, '_> {
    pub(super) fn comp_value(&mut self, op: CompareOp) -> Result<CompValue<'t>> {
        self.steps += 1;
        match self.text.as_bytes().get(self.at) {
            None => Err(self.expected(format!("a value after `{op}`"))),
            Some(b'"') => self.string().map(CompValue::String),
            Some(b'{' | b'[') => {
                Err(self.expected("a JSON string, number, true, false or null").hint("objects and arrays cannot be compared"))
            }
            Some(b'\'') => Err(self.expected("a JSON value").hint("strings use double quotes")),
            Some(_) => self.literal(op),
        }
    }

    /// A value without quotes.
    fn literal(&mut self, op: CompareOp) -> Result<CompValue<'t>> {
        let start = self.at;
        let token = self.word();
        match token {
            "null" => return Ok(CompValue::Null),
            "true" => return Ok(CompValue::Boolean(true)),
            "false" => return Ok(CompValue::Boolean(false)),
            _ => {}
        }
        if !token.is_empty() && self.accepted(token, lexical::number) == token.len() {
            return Ok(CompValue::Number(Cow::Borrowed(token)));
        }
        self.steps += token.len();
        if self.dialect.permits_bare_tokens() && !token.is_empty() && !token.contains(char::is_control) {
            // It prints in quotes, and with its backslashes escaped.
            self.growth += 2 + token.matches('\\').count();
            return Ok(CompValue::String(Cow::Borrowed(token)));
        }
        self.at = start;
        let any_case = |literal: &&str| literal.eq_ignore_ascii_case(token);
        let error = self.expected(if token.is_empty() { format!("a value after `{op}`") } else { "a JSON value".to_owned() });
        Err(if ["true", "false", "null"].iter().any(any_case) {
            error.hint("true, false and null are written in lower case")
        } else if token.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) {
            error.hint("this is no JSON number; strings use double quotes")
        } else if token.is_empty() {
            error
        } else {
            error.hint("strings use double quotes")
        })
    }

    /// A JSON string. It is borrowed from the text where it has no escapes.
    fn string(&mut self) -> Result<Cow<'t, str>> {
        let opened = self.at;
        let Some(token) = self.lex(lexical::string) else {
            self.at = self.text.len();
            return Err(self.expected(format!("`\"` to close the string opened at byte {opened}")));
        };
        self.steps += token.len();
        if let Some((index, control)) = token.char_indices().find(|(_, c)| *c < ' ') {
            return Err(ParseError::syntax(self.text, opened + index, control.len_utf8(), "no control character in a string")
                .hint("JSON writes it as an escape, such as \\n or \\u000a"));
        }
        if !token.contains('\\') {
            return Ok(Cow::Borrowed(token.trim_matches('"')));
        }
        serde_json::from_str(token).map(Cow::Owned).map_err(|error| self.bad_escape(token, opened, &error))
    }

    /// The error for the escape where the JSON decoder stopped: the last one that begins before that column.
    fn bad_escape(&self, token: &str, opened: usize, error: &serde_json::Error) -> ParseError {
        let seen = token.floor_char_boundary(error.column());
        let index = token.get(..seen).and_then(|seen| seen.rfind('\\')).unwrap_or(0);
        let escape = token.get(index..).unwrap_or_default();
        let hex = escape.strip_prefix("\\u").is_some_and(|hex| hex.len() >= 4 && hex.bytes().take(4).all(|b| b.is_ascii_hexdigit()));
        let len = if hex { 6 } else { escape.chars().take(2).map(char::len_utf8).sum() };
        let error = ParseError::syntax(self.text, opened + index, len, "a JSON escape");
        if hex {
            error.hint("a surrogate means a character only in a pair, such as \\ud83d\\ude00")
        } else {
            error.hint("allowed here: \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX")
        }
    }
}

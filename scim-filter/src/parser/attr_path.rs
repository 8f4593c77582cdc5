//! `attrPath = [URI ":"] ATTRNAME *1subAttr` (RFC 7644 §3.4.2.2), and a schema URN alone.

use std::borrow::Cow;

use super::{Parser, Result, lexical};
use crate::{AttrPath, ParseError};

/// Where an attribute path stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In a filter, outside brackets.
    Filter,
    /// Between the brackets of a value path, where names are those of sub-attributes.
    ValueFilter,
    /// At the start of a PATCH path.
    Path,
    /// Alone.
    Name,
}

impl Place {
    fn expected(self) -> &'static str {
        match self {
            Place::Filter | Place::ValueFilter => "an attribute path, `not` or `(`",
            Place::Path => "an attribute path or a schema URN",
            Place::Name => "an attribute path",
        }
    }
}

/// What a word is that may be an attribute path or a schema URN.
pub(super) enum Named<'t> {
    Urn(&'t str),
    Attr(AttrPath<'t>),
}

impl<'t> Parser<'t, '_> {
    /// An attribute path where a URN alone means nothing.
    pub(super) fn attr_path(&mut self, place: Place) -> Result<AttrPath<'t>> {
        match self.attr_path_or_urn(place)? {
            Named::Attr(path) => Ok(path),
            Named::Urn(_) => Err(self.expected("`:` and an attribute name after the schema URN")),
        }
    }

    pub(super) fn attr_path_or_urn(&mut self, place: Place) -> Result<Named<'t>> {
        let start = self.at;
        let token = self.word();
        if token.is_empty() {
            return Err(self.expected(place.expected()));
        }
        // One more look at the token for each: the known URNs, the colon, the dots.
        self.steps += 3 * token.len();
        if self.dialect.knows(token) {
            return Ok(Named::Urn(token));
        }
        // A name has no colon, so the longest known URN followed by `:` ends at the last colon, as an unknown one does.
        let colon = token.rfind(':');
        if self.dialect.permits_dot_after_urn()
            && let Some(path) = self.after_dotted_urn(token, start, colon.unwrap_or(0), place)?
        {
            return Ok(Named::Attr(path));
        }
        let Some((urn, rest)) = colon.and_then(|colon| Some((token.get(..colon)?, token.get(colon + 1..)?))) else {
            return self.name_and_sub(None, token, start, place).map(Named::Attr);
        };
        let uri = self.accepted(urn, lexical::uri);
        if uri < urn.len() && !self.dialect.knows(urn) {
            return Err(ParseError::syntax(self.text, start, urn.len(), "a schema URN before `:`"));
        }
        self.name_and_sub(Some(urn), rest, start + urn.len() + 1, place).map(Named::Attr)
    }

    /// INTEROP: `URN.attr[.sub]`, an old notation of Microsoft Entra ID for `URN:attr[.sub]`.
    ///
    /// Only the last two dots can end the URN, the later one first, because the longest known URN counts.
    fn after_dotted_urn(&mut self, token: &'t str, start: usize, colon: usize, place: Place) -> Result<Option<AttrPath<'t>>> {
        for (dot, _) in token.rmatch_indices('.').take(2).filter(|(dot, _)| *dot > colon) {
            self.steps += token.len();
            let (Some(urn), Some(rest)) = (token.get(..dot), token.get(dot + 1..)) else {
                continue;
            };
            if !self.dialect.knows(urn) {
                continue;
            }
            let path = self.name_and_sub(Some(urn), rest, start + dot + 1, place)?;
            // Its canonical form has the colon, and must not read as another URN that is known, too.
            let reads_otherwise = self.dialect.knows(&format!("{urn}:{}", path.name()));
            return Ok((!reads_otherwise).then_some(path));
        }
        Ok(None)
    }

    /// `ATTRNAME *1subAttr`: all of `text`, which starts at byte `start`.
    fn name_and_sub(&mut self, urn: Option<&'t str>, text: &'t str, start: usize, place: Place) -> Result<AttrPath<'t>> {
        let (name, sub) = match text.split_once('.') {
            Some((name, sub)) => (name, Some(sub)),
            None => (text, None),
        };
        let name_rule = match place {
            Place::ValueFilter => lexical::sub_attr_name,
            Place::Filter | Place::Path | Place::Name => lexical::attr_name,
        };
        self.name(name, start, name_rule)?;
        if let Some(sub) = sub {
            self.name(sub, start + name.len() + 1, lexical::sub_attr_name)?;
        }
        Ok(AttrPath {
            urn: urn.map(Cow::Borrowed),
            name: Cow::Borrowed(name),
            sub: sub.map(Cow::Borrowed),
            start: start - urn.map_or(0, |urn| urn.len() + 1),
            end: start + text.len(),
        })
    }

    /// `subAttr` without its dot, after the brackets of a value path.
    pub(super) fn sub_attr(&mut self) -> Result<&'t str> {
        let start = self.at;
        let token = self.word();
        self.name(token, start, lexical::sub_attr_name)?;
        Ok(token)
    }

    /// Checks that the whole token is a name.
    fn name(&mut self, token: &'t str, start: usize, rule: lexical::Rule<'t>) -> Result<()> {
        let accepted = self.accepted(token, rule);
        if accepted > 0 && accepted == token.len() {
            return Ok(());
        }
        let offset = start + accepted;
        let found = token.get(accepted..).and_then(|rest| rest.chars().next());
        let len = found.map_or(0, char::len_utf8);
        Err(match found {
            // Nothing stands where a name should: the message shows what comes instead.
            None => {
                let len = self.text.get(offset..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
                ParseError::syntax(self.text, offset, len, "an attribute name")
            }
            Some('.') if accepted > 0 => {
                ParseError::syntax(self.text, offset, len, "the end of the attribute path").hint("a sub-attribute has no sub-attributes")
            }
            Some(found) if found.is_whitespace() => {
                ParseError::syntax(self.text, offset, len, "an attribute name").hint("only blanks (U+0020) separate words")
            }
            Some(_) if accepted == 0 => ParseError::syntax(self.text, offset, len, "an attribute name").hint("names start with a letter"),
            Some(_) => ParseError::syntax(self.text, offset, len, "a blank or more of the attribute name")
                .hint("names have letters, digits, `-`, `_` and `$`"),
        })
    }
}

//! What is wrong with a text that is no filter or path.

use std::borrow::Cow;

use crate::caret::{caret, push_visible};
use crate::{MAX_BYTES, MAX_DEPTH, MAX_TERMS};

/// How many characters of the found text the one-line message repeats.
const FOUND_CHARS: usize = 32;

/// The reason why a text is no filter or path (RFC 7644 §3.4.2.2, §3.5.2).
///
/// `Display` is one line for an administrator; [`render`](Self::render) adds the text and a caret below the fault. Neither repeats
/// more than 64 characters of the client's text, and control characters in it are escaped.
///
/// # Examples
/// ```
/// use scim_filter::{Dialect, Filter};
///
/// let text = "userName eq 'bjensen'";
/// let error = Filter::parse(text, &Dialect::lexical()).unwrap_err();
/// assert_eq!(error.offset(), 12);
/// let lines: Vec<_> = error.render(text).lines().map(str::to_owned).collect();
/// assert_eq!(lines[0], "invalid filter: expected a JSON value");
/// assert_eq!(lines[1], "  userName eq 'bjensen'");
/// assert_eq!(lines[2], "              ^^^^^^^^^ strings use double quotes");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault}{}", self.place())]
pub struct ParseError {
    offset: usize,
    len: usize,
    fault: Fault,
    found: Option<String>,
    hint: Option<&'static str>,
    broken: Rule,
}

/// The grammar rule that a text breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    Filter,
    Path,
}

/// What kind of fault a [`ParseError`] reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParseErrorKind {
    /// The text does not follow the grammar.
    Syntax,
    /// More than [`MAX_DEPTH`] parentheses and brackets are open at the same time.
    TooDeep,
    /// The text or its canonical form has more than [`MAX_BYTES`] bytes.
    TooLong,
    /// There are more than [`MAX_TERMS`] comparisons and presence tests.
    TooManyTerms,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Fault {
    #[error("expected {0}")]
    Expected(Cow<'static, str>),
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    #[error("longer than {MAX_BYTES} bytes")]
    TooLong,
    #[error("more than {MAX_TERMS} comparisons")]
    TooManyTerms,
}

impl ParseError {
    /// A syntax error: `expected` is what the grammar allows at `offset`, `found` the `len` bytes that stand there.
    pub(crate) fn syntax(text: &str, offset: usize, len: usize, expected: impl Into<Cow<'static, str>>) -> Self {
        let found = text.get(offset..offset.saturating_add(len)).map(describe);
        ParseError { offset, len, fault: Fault::Expected(expected.into()), found, hint: None, broken: Rule::Filter }
    }

    pub(crate) fn too_deep(offset: usize) -> Self {
        Self::limit(Fault::TooDeep, offset)
    }

    pub(crate) fn too_long(text: &str) -> Self {
        // A text may be short enough itself, and too long in its canonical form.
        Self::limit(Fault::TooLong, MAX_BYTES.min(text.len()))
    }

    pub(crate) fn too_many_terms(offset: usize) -> Self {
        Self::limit(Fault::TooManyTerms, offset)
    }

    fn limit(fault: Fault, offset: usize) -> Self {
        ParseError { offset, len: 1, fault, found: None, hint: None, broken: Rule::Filter }
    }

    pub(crate) fn hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }

    pub(crate) fn breaks(mut self, rule: Rule) -> Self {
        self.broken = rule;
        self
    }

    /// Where in the text the fault is, in bytes: the first byte that the grammar cannot accept, or the first beyond a limit.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// What the grammar allows at [`offset`](Self::offset), such as "a JSON value". Empty for a broken limit.
    pub fn expected(&self) -> &str {
        match &self.fault {
            Fault::Expected(expected) => expected,
            Fault::TooDeep | Fault::TooLong | Fault::TooManyTerms => "",
        }
    }

    /// What kind of fault it is.
    pub fn kind(&self) -> ParseErrorKind {
        match self.fault {
            Fault::Expected(_) => ParseErrorKind::Syntax,
            Fault::TooDeep => ParseErrorKind::TooDeep,
            Fault::TooLong => ParseErrorKind::TooLong,
            Fault::TooManyTerms => ParseErrorKind::TooManyTerms,
        }
    }

    /// Whether a limit is broken, and not the grammar.
    pub fn is_limit(&self) -> bool {
        self.kind() != ParseErrorKind::Syntax
    }

    /// Whether the fault lies in a filter: a whole one, or the one between the brackets of a path.
    ///
    /// This tells `invalidFilter` from `invalidPath` (RFC 7644 §3.12, Table 9). A path that breaks a limit, or whose brackets
    /// never close, is a fault of the path.
    pub fn is_in_filter(&self) -> bool {
        self.broken == Rule::Filter
    }

    /// Draws the fault: what is wrong, the `source` that was parsed, and a caret below the fault.
    pub fn render(&self, source: &str) -> String {
        let what = match self.broken {
            Rule::Filter => "filter",
            Rule::Path => "path",
        };
        let drawing = caret(source, self.offset, self.len, self.hint.unwrap_or_default());
        format!("invalid {what}: {}\n{drawing}", self.fault)
    }

    /// The tail of the one-line message.
    fn place(&self) -> String {
        let mut tail = match &self.found {
            Some(found) => format!(", found {found} at byte {}", self.offset),
            None => String::new(),
        };
        if let Some(hint) = self.hint {
            tail.push_str("; ");
            tail.push_str(hint);
        }
        tail
    }
}

/// The found text in the words of a message.
fn describe(found: &str) -> String {
    if found.is_empty() {
        return "the end".to_owned();
    }
    if found.bytes().all(|byte| byte == b' ') {
        return "a blank".to_owned();
    }
    let mut shown = String::from("`");
    found.chars().take(FOUND_CHARS).for_each(|character| push_visible(&mut shown, character));
    if found.chars().nth(FOUND_CHARS).is_some() {
        shown.push('…');
    }
    shown.push('`');
    shown
}

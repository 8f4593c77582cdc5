//! What a run tells.

mod html;
mod json;
mod junit;
mod markdown;
pub mod terminal;

use std::time::{Duration, SystemTime};

use crate::arguments::Format;
use crate::check::{Check, Finding, Verdict};
use crate::model::Model;
use crate::run::{CheckResult, EndedEarly, Gravity, Summary};
use crate::target::Target;

/// A finished run.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The server.
    pub target: &'a Target,
    /// What it says of itself.
    pub model: &'a Model,
    /// When the run began.
    pub started: SystemTime,
    /// How long it took.
    pub took: Duration,
    /// What became of the checks.
    pub results: &'a [CheckResult],
    /// Why not all checks have run, if so.
    pub ended: Option<EndedEarly>,
}

impl Report<'_> {
    /// How the requirements stand.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary::of(self.results)
    }

    /// How many checks fail, by gravity, and how many could not be decided; empty if there is none.
    fn told(&self) -> String {
        let of = |gravity| self.results.iter().filter(|result| result.gravity() == gravity).count();
        let blocked = self.results.iter().filter(|result| matches!(result.verdict, Verdict::Blocked(_))).count();
        let gravities = [Gravity::Must, Gravity::Should, Gravity::May].map(|gravity| (of(gravity), gravity.word()));
        let failed = gravities.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} × {word}"));
        failed.chain((blocked > 0).then(|| format!("{blocked} could not be decided"))).collect::<Vec<_>>().join(", ")
    }
}

/// The text of a report file.
///
/// # Errors
/// Says why it cannot be written.
pub fn write(report: &Report<'_>, format: Format) -> Result<String, String> {
    match format {
        Format::Json => Ok(json::write(report)),
        Format::Junit => junit::write(report),
        Format::Html => html::write(report),
        Format::Markdown => Ok(markdown::write(report)),
    }
}

/// The checks for another program.
#[must_use]
pub fn list(checks: &[Check]) -> String {
    json::list(checks)
}

/// A finding as one sentence.
fn text(finding: &Finding) -> String {
    format!("expected {}, but {}", finding.expected, finding.came)
}

/// A text of the server without control characters and changes of direction: it must not be able to write as it likes.
pub(crate) fn printable(text: &str) -> String {
    let turns = |c| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if c.is_control() || turns(c) { ' ' } else { c }).collect()
}

/// A text in lines of that width, all but the first indented; without a width it stays one line. A line ends at a space if it has one in
/// its second half.
fn wrapped(text: &str, indent: usize, width: Option<usize>) -> String {
    let Some(room) = width.map(|width| width.saturating_sub(indent)).filter(|room| *room >= 20) else { return text.to_owned() };
    let (mut lines, mut rest): (Vec<String>, Vec<char>) = (Vec::new(), text.chars().collect());
    while rest.len() > room {
        let space = (room / 2..=room).rev().find(|at| rest[*at] == ' ');
        let line: String = rest.drain(..space.unwrap_or(room)).collect();
        if space.is_some() {
            rest.remove(0);
        }
        lines.push(line);
    }
    lines.push(rest.into_iter().collect());
    lines.join(&format!("\n{}", " ".repeat(indent)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_go_on_below_themselves() {
        for (text, width, expected) in [
            ("short", Some(30), "short"),
            ("a text that needs more than one line", Some(30), "a text that needs more than\n   one line"),
            (r#"{"aaaaaaaaaa":"bbbbbbbbbbbbbbbbbb"}"#, Some(30), "{\"aaaaaaaaaa\":\"bbbbbbbbbbbb\n   bbbbbb\"}"),
            ("a text that needs more than one line", None, "a text that needs more than one line"),
            ("a text in a terminal without any room", Some(5), "a text in a terminal without any room"),
        ] {
            assert_eq!(wrapped(text, 3, width), expected);
        }
    }

    #[test]
    fn a_server_cannot_write_on_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\r\u{8}\u{202e}c\u{2066}ü"), "a [2Jb   c ü");
    }
}

//! The report for a pull request.

use super::Report;
use crate::check::{Level, Verdict};
use crate::run::CheckResult;

/// The whole run as Markdown.
pub(super) fn write(report: &Report<'_>) -> String {
    let summary = report.summary();
    let mut text = format!("# SCIM conformance of {}\n\n", plain(report.target.base()));
    if let Some(reason) = report.ended {
        text += &format!("**Not all checks have run: {reason}.**\n\n");
    }
    text += "| requirements | passed | failed | blocked | skipped | recorded |\n|---|---:|---:|---:|---:|---:|\n";
    for level in [Level::Must, Level::Should, Level::May] {
        let count = |word| summary.rows.get(&level).and_then(|counts| counts.get(word)).copied().unwrap_or(0);
        let counts = ["passed", "failed", "blocked", "skipped", "recorded"].map(|word| count(word).to_string());
        text += &format!("| {} | {} |\n", level.word(), counts.join(" | "));
    }
    let of = |wanted: fn(&Verdict) -> bool| report.results.iter().filter(move |result| wanted(&result.verdict));
    text += &part("Failed", of(|verdict| matches!(verdict, Verdict::Failed(_))));
    text += &part("Could not be decided", of(|verdict| matches!(verdict, Verdict::Blocked(_))));
    text += &part("What the RFC leaves open", of(|verdict| matches!(verdict, Verdict::Recorded)));
    text += &part("Skipped", of(|verdict| matches!(verdict, Verdict::Skipped(_))));
    text
}

fn part<'a>(title: &str, results: impl Iterator<Item = &'a CheckResult>) -> String {
    let lines: Vec<String> = results.map(line).collect();
    if lines.is_empty() { String::new() } else { format!("\n## {title}\n\n{}\n", lines.join("\n")) }
}

fn line(result: &CheckResult) -> String {
    let check = &result.check;
    let said = match &result.verdict {
        Verdict::Failed(finding) | Verdict::Blocked(finding) => {
            let exchange = finding.exchange.as_ref();
            let exchange = exchange.map(|exchange| format!("{} {}: ", exchange.sent.method, exchange.sent.path)).unwrap_or_default();
            let (expected, came) = (plain(&finding.expected), plain(&finding.came));
            return format!(
                "- **{}** ({}, {}): “{}”  \n  {}expected {expected}, but {came}",
                check.id,
                check.section(),
                check.level.word(),
                check.clause,
                plain(&exchange)
            );
        }
        Verdict::Skipped(reason) => plain(reason),
        Verdict::Recorded | Verdict::Passed => plain(&result.notes.join("; ")),
    };
    format!("- {}: {said}", check.id)
}

/// A text of the server that cannot become markup.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_control() => plain.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '!' => {
                plain.push('\\');
                plain.push(c);
            }
            c => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_sends_cannot_become_markup() {
        assert_eq!(plain("<img src=x>\n# [a](b)"), "\\<img src=x\\> \\# \\[a\\](b)");
    }
}

//! What a person reads while and after it runs.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::Notify;

pub(crate) use super::printable;
use super::{Report, text, wrapped};
use crate::check::{Check, Finding, Level, Verdict};
use crate::model::Model;
use crate::run::{CheckResult, Gravity};
use crate::target::{Exchange, Target};

/// How many characters of a body are shown.
const SHOWN: usize = 600;

/// How far the texts of a finding are indented.
const INDENT: usize = 11;

/// The terminal, in colour if it is one.
#[derive(Debug)]
pub struct Terminal {
    colour: bool,
    verbose: bool,
    silent: bool,
    /// How many columns it has, if it is one.
    width: Option<usize>,
    progress: ProgressBar,
    unread: Notify,
    /// Whether the last line is empty: never two in a row.
    is_apart: AtomicBool,
}

#[derive(Debug, Clone, Copy)]
enum Tint {
    Good,
    Bad,
    Warn,
    Faint,
    Strong,
}

impl Terminal {
    /// Standard output; `verbose` shows what passed, too, and `silent` leaves the output to a report.
    #[must_use]
    pub fn new(verbose: bool, silent: bool) -> Self {
        let is_terminal = std::io::stdout().is_terminal();
        let colour = is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let width = console::Term::stdout().size_checked().map(|(_, columns)| usize::from(columns)).filter(|_| is_terminal);
        Self { colour, verbose, silent, width, progress: ProgressBar::hidden(), unread: Notify::new(), is_apart: AtomicBool::new(true) }
    }

    /// Writes a text. Where nobody reads any more, as behind `| head`, that is noted and is no failure.
    pub fn say(&self, text: &str) {
        let was_apart = self.is_apart.swap(text.ends_with("\n\n"), Ordering::Relaxed);
        let text = text.strip_prefix('\n').filter(|_| was_apart).unwrap_or(text);
        let write = || {
            let mut output = std::io::stdout().lock();
            output.write_all(text.as_bytes()).and_then(|()| output.flush())
        };
        if self.progress.suspend(write).is_err() {
            self.unread.notify_one();
        }
    }

    /// Waits until nobody reads any more.
    pub async fn unread(&self) {
        self.unread.notified().await;
    }

    fn tint(&self, tint: Tint, text: &str) -> String {
        let code = match tint {
            Tint::Good => "32",
            Tint::Bad => "1;31",
            Tint::Warn => "33",
            Tint::Faint => "2",
            Tint::Strong => "1",
        };
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// A word, and a text beside it that goes on below itself.
    fn line(&self, word: &str, tint: Option<Tint>, text: &str) -> String {
        let text = wrapped(&printable(text), INDENT, self.width);
        let text = tint.map_or(text.clone(), |tint| self.tint(tint, &text));
        format!("  {} {text}\n", self.tint(Tint::Faint, &format!("{word:<8}")))
    }

    /// The checks, by section.
    pub fn list(&self, checks: &[Check]) {
        let (mut text, mut section) = (String::new(), String::new());
        for check in checks {
            if check.section() != section {
                section = check.section();
                text += &format!("\n{}\n", self.tint(Tint::Strong, &section));
            }
            text += &format!("  {:<6} {}\n", check.level.word(), check.id);
        }
        let rows: std::collections::BTreeSet<&&str> = checks.iter().flat_map(|check| check.rows).collect();
        self.say(&format!("{text}\n{} of {}\n", counted(checks.len(), "check"), counted(rows.len(), "requirement")));
    }

    /// What a check is about.
    #[must_use]
    pub fn clause(&self, check: &Check) -> String {
        let mut text = format!("{}  {} {}\n", self.tint(Tint::Strong, check.id), check.section(), check.level.word());
        text += &self.line("clause", None, &format!("“{}”", check.clause));
        if !check.why.is_empty() {
            text += &self.line("why", None, check.why);
        }
        if !check.rows.is_empty() {
            text += &self.line("holds", None, &check.rows.join(", "));
        }
        if !check.needs.is_empty() {
            let needs: Vec<String> = check.needs.iter().map(ToString::to_string).collect();
            text += &self.line("needs", None, &needs.join(", "));
        }
        text
    }

    /// The head of a run, and how far it has come from then on.
    pub fn begin(&self, target: &Target, model: &Model, checks: usize) {
        if self.silent {
            return;
        }
        let mut text = self.tint(Tint::Strong, &format!("scim-conformance {} on {}", env!("CARGO_PKG_VERSION"), target.base())) + "\n";
        let types: Vec<String> = model.types.iter().map(|kind| format!("{} ({})", kind.name, kind.endpoint)).collect();
        let types = target.redact(&types.join(", "));
        text += &self.line("checks", None, &checks.to_string());
        text += &self.line("types", None, if types.is_empty() { "none" } else { &types });
        text += &self.line("mark", None, target.mark());
        for assumed in &model.assumed {
            text += &self.line("assumed", Some(Tint::Warn), assumed);
        }
        self.say(&(text + "\n"));
        self.progress.set_length(checks.try_into().unwrap_or(u64::MAX));
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos} of {len}") {
            self.progress.set_style(style);
        }
        if self.width.is_some() {
            self.progress.set_draw_target(indicatif::ProgressDrawTarget::stderr());
        }
    }

    /// One result, as soon as it is there.
    pub fn result(&self, result: &CheckResult) {
        if self.silent {
            return;
        }
        self.progress.inc(1);
        let id = result.check.id;
        let one_line = |tint, word: &str, text: &str| {
            let text = wrapped(&printable(&format!("{id}{}{text}", if text.is_empty() { "" } else { ": " })), 9, self.width);
            format!("{} {text}\n", self.tint(tint, word))
        };
        let text = match &result.verdict {
            Verdict::Passed if self.verbose => one_line(Tint::Good, "passed  ", ""),
            Verdict::Skipped(reason) if self.verbose => one_line(Tint::Faint, "skipped ", reason),
            Verdict::Passed | Verdict::Skipped(_) => return,
            Verdict::Recorded => one_line(Tint::Faint, "recorded", &result.notes.join("; ")),
            Verdict::Failed(finding) if finding.warning => self.finding(result, "warning ", finding),
            Verdict::Failed(finding) => self.finding(result, "failed  ", finding),
            Verdict::Blocked(finding) if self.verbose => self.finding(result, "blocked ", finding),
            // What went wrong is the matter of another check, which tells it in full.
            Verdict::Blocked(finding) => {
                let asked = finding.exchange.as_ref().map(|exchange| format!("{} {}: ", exchange.sent.method, exchange.sent.path));
                one_line(Tint::Warn, "blocked ", &format!("{}{}", asked.unwrap_or_default(), self::text(finding)))
            }
        };
        self.say(&text);
    }

    fn finding(&self, result: &CheckResult, word: &str, finding: &Finding) -> String {
        let (check, tint) = (&result.check, if result.gravity() == Gravity::Must { Tint::Bad } else { Tint::Warn });
        let head = format!("{} {}", self.tint(tint, word), self.tint(Tint::Strong, check.id));
        let mut text = format!("\n{head}  {} {}\n", check.section(), check.level.word());
        text += &format!("  {}\n", wrapped(&format!("“{}”", printable(check.clause)), 2, self.width));
        text += &self.exchange(finding.exchange.as_deref());
        text += &self.line("expected", None, &finding.expected);
        text += &self.line("but", Some(tint), &finding.came);
        for (row, verdict) in &result.rows {
            if let Some(finding) = verdict.finding() {
                text += &self.line("row", None, &format!("{row}: {}", self::text(finding)));
            }
        }
        if !check.why.is_empty() {
            text += &self.line("why", None, check.why);
        }
        text + "\n"
    }

    fn exchange(&self, exchange: Option<&Exchange>) -> String {
        let Some(exchange) = exchange else { return String::new() };
        let sent = &exchange.sent;
        let mut text = self.line("sent", None, &format!("{} {}", sent.method, sent.path));
        text += &sent.body.as_ref().map(|body| self.line("", None, &shortened(body))).unwrap_or_default();
        match &exchange.came {
            Ok(came) => {
                text += &self.line("came", None, &came.status.to_string());
                if !came.body.is_empty() {
                    text += &self.line("", None, &shortened(&came.body));
                }
            }
            Err(reason) => text += &self.line("came", None, &format!("no answer: {reason}")),
        }
        text
    }

    /// Everything about one result: the clause, the conversation, and how to repeat it.
    pub fn explain(&self, target: &Target, result: &CheckResult) {
        if self.silent {
            return;
        }
        let mut text = self.clause(&result.check);
        let finding = result.verdict.finding().map(|finding| format!(": {}", self::text(finding))).unwrap_or_default();
        let said = match &result.verdict {
            Verdict::Skipped(reason) => format!(": {reason}"),
            Verdict::Recorded => format!(": {}", result.notes.join("; ")),
            _ => finding,
        };
        text += &self.line("verdict", Some(self.tint_of(result)), &format!("{}{said}", result.verdict.word()));
        for (number, exchange) in result.exchanges.iter().enumerate() {
            text += &format!("\n  {}\n", self.tint(Tint::Strong, &format!("{}.", number + 1)));
            text += &self.exchange(Some(exchange));
            // In one piece, whatever the width: it is copied.
            text += &format!("  {} {}\n", self.tint(Tint::Faint, "repeat  "), printable(&exchange.curl(target.base())));
        }
        self.say(&text);
    }

    fn tint_of(&self, result: &CheckResult) -> Tint {
        match (&result.verdict, result.gravity()) {
            (Verdict::Passed, _) => Tint::Good,
            (Verdict::Skipped(_) | Verdict::Recorded, _) => Tint::Faint,
            (_, Gravity::Must) => Tint::Bad,
            _ => Tint::Warn,
        }
    }

    /// How the requirements stand, and what failed.
    pub fn end(&self, report: &Report<'_>, has_failed: bool) {
        self.progress.finish_and_clear();
        if self.silent {
            return;
        }
        let summary = report.summary();
        let mut text = format!("\n{}\n", self.tint(Tint::Strong, &counted(summary.total(), "requirement")));
        text += &format!("  {:<7}{:>8}{:>8}{:>9}{:>9}{:>10}\n", "", "passed", "failed", "blocked", "skipped", "recorded");
        for level in [Level::Must, Level::Should, Level::May] {
            let count = |word| summary.rows.get(&level).and_then(|counts| counts.get(word)).copied().unwrap_or(0);
            let failed = format!("{:>8}", count("failed"));
            let failed = match (count("failed"), level) {
                (0, _) => failed,
                (_, Level::Must) => self.tint(Tint::Bad, &failed),
                _ => self.tint(Tint::Warn, &failed),
            };
            let line = format!("{:>9}{:>9}{:>10}", count("blocked"), count("skipped"), count("recorded"));
            let passed = self.tint(Tint::Good, &format!("{:>8}", count("passed")));
            text += &format!("  {:<7}{passed}{failed}{line}\n", level.word());
        }
        text += "\n";
        // Who has scrolled past them finds them again.
        for (gravity, tint) in [(Gravity::Must, Tint::Bad), (Gravity::Should, Tint::Warn)] {
            for result in report.results.iter().filter(|result| result.gravity() == gravity && report.results.len() > 1) {
                text += &format!("  {} {}\n", self.tint(tint, &format!("{:<6}", gravity.word())), result.check.id);
            }
        }
        if let Some(reason) = report.ended {
            text += &format!("{}\n", self.tint(Tint::Warn, &reason.to_string()));
        }
        let left = report.target.left_over();
        if !left.is_empty() {
            let named = printable(&report.target.redact(&left.iter().map(|created| created.path.as_str()).collect::<Vec<_>>().join(" ")));
            text += &format!("{}\n", self.tint(Tint::Warn, &format!("{} could not be removed: {named}", counted(left.len(), "resource"))));
        }
        if !text.ends_with("\n\n") {
            text += "\n";
        }
        self.say(&(text + &self.last_line(report, has_failed)));
    }

    fn last_line(&self, report: &Report<'_>, has_failed: bool) -> String {
        let told = report.told();
        let seconds = report.took.max(Duration::from_millis(1)).as_secs_f64();
        let (tint, word) = match (has_failed, report.ended) {
            (true, _) => (Tint::Bad, "failed"),
            (false, Some(_)) => (Tint::Warn, "not finished"),
            (false, None) => (Tint::Good, "passed"),
        };
        let told = if told.is_empty() { told } else { format!(": {told}") };
        format!(
            "{}{told}  {}\n",
            self.tint(tint, word),
            self.tint(Tint::Faint, &format!("({}, {seconds:.1} s)", counted(report.results.len(), "check")))
        )
    }
}

/// A number of things.
fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}… and {} characters more", &text[..end], text[end..].chars().count()),
        None => text.to_owned(),
    }
}

/// A time as RFC 3339 has it.
#[must_use]
pub fn timestamp(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
    let date = time::OffsetDateTime::from_unix_timestamp(i64::try_from(seconds).unwrap_or(0)).unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    date.format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
}

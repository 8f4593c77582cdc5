//! The report that one likes to look at: one file, without anything to load.

use askama::Template;
use serde_json::Value;

use super::Report;
use crate::check::{Level, Verdict};
use crate::run::{CheckResult, Gravity};
use crate::target::Exchange;

/// How many characters of a body the page shows.
const SHOWN: usize = 20_000;

#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    version: &'static str,
    base: String,
    mark: String,
    started: String,
    assumed: Vec<String>,
    ended: String,
    /// One sentence, and its class.
    verdict: String,
    verdict_class: &'static str,
    levels: Vec<LevelRow>,
    total: usize,
    seconds: String,
    checks: usize,
    sections: Vec<Section>,
}

/// The requirements of one level.
struct LevelRow {
    word: &'static str,
    total: usize,
    parts: Vec<Part>,
}

/// A part of the bar of a level.
struct Part {
    word: &'static str,
    class: &'static str,
    count: usize,
    percent: f64,
}

struct Section {
    name: String,
    passed: usize,
    bad: usize,
    checks: Vec<Row>,
}

struct Row {
    id: &'static str,
    level: &'static str,
    clause: &'static str,
    why: &'static str,
    requirements: String,
    /// The class of the style sheet: passed, failed, warned, blocked, skipped, recorded.
    class: &'static str,
    /// What a person calls it.
    word: &'static str,
    /// One line: the notes, the reason of a skip, or what came.
    said: String,
    expected: String,
    rows: Vec<(String, String)>,
    exchanges: Vec<Shown>,
    is_open: bool,
}

struct Shown {
    request: String,
    request_body: String,
    answer: String,
    answer_body: String,
    curl: String,
}

/// The whole run as one HTML file.
///
/// # Errors
/// Says why it cannot be written.
pub(super) fn write(report: &Report<'_>) -> Result<String, String> {
    let summary = report.summary();
    let mut sections: Vec<Section> = Vec::new();
    for result in report.results {
        let name = result.check.section();
        if sections.last().is_none_or(|section| section.name != name) {
            sections.push(Section { name, passed: 0, bad: 0, checks: Vec::new() });
        }
        if let Some(section) = sections.last_mut() {
            section.passed += usize::from(matches!(result.verdict, Verdict::Passed | Verdict::Recorded));
            section.bad += usize::from(matches!(result.verdict, Verdict::Failed(_) | Verdict::Blocked(_)));
            section.checks.push(row(result, report.target.base()));
        }
    }
    let levels = [Level::Must, Level::Should, Level::May].into_iter().filter_map(|level| {
        let counts = summary.rows.get(&level)?;
        let total: usize = counts.values().sum();
        let part = |word: &'static str| {
            let count = counts.get(word).copied().unwrap_or(0);
            let class = if word == "failed" && level < Level::Must { "warned" } else { word };
            Part { word, class, count, percent: 100.0 * count as f64 / total as f64 }
        };
        let parts = ["passed", "recorded", "failed", "blocked", "skipped"].map(part).into_iter().filter(|part| part.count > 0);
        Some(LevelRow { word: level.word(), total, parts: parts.collect() })
    });
    let told = report.told();
    let (verdict, verdict_class) = match report.results.iter().map(CheckResult::gravity).max() {
        Some(Gravity::Must) => (format!("failed: {told}"), "failed"),
        _ if told.is_empty() => ("passed".to_owned(), "passed"),
        _ => (format!("passed, but for {told}"), "warned"),
    };
    let page = Page {
        verdict,
        verdict_class,
        seconds: format!("{:.1}", report.took.as_secs_f64()),
        version: env!("CARGO_PKG_VERSION"),
        base: report.target.base().to_owned(),
        mark: report.target.mark().to_owned(),
        started: super::terminal::timestamp(report.started),
        assumed: report.model.assumed.clone(),
        ended: report.ended.map(|reason| reason.to_string()).unwrap_or_default(),
        levels: levels.collect(),
        total: summary.total(),
        checks: report.results.len(),
        sections,
    };
    page.render().map_err(|error| format!("the HTML report: {error}"))
}

fn row(result: &CheckResult, base: &str) -> Row {
    let check = &result.check;
    let (class, said, expected) = match &result.verdict {
        Verdict::Passed => ("passed", result.notes.join("; "), String::new()),
        Verdict::Recorded => ("recorded", result.notes.join("; "), String::new()),
        Verdict::Skipped(reason) => ("skipped", reason.clone(), String::new()),
        Verdict::Blocked(finding) => ("blocked", finding.came.clone(), finding.expected.clone()),
        Verdict::Failed(finding) => {
            let class = if result.gravity() == Gravity::Must { "failed" } else { "warned" };
            (class, finding.came.clone(), finding.expected.clone())
        }
    };
    let rows = result.rows.iter().filter_map(|(row, verdict)| Some(((*row).to_owned(), super::text(verdict.finding()?))));
    // The exchange that decides stands first; what passed needs none.
    let deciding = result.verdict.finding().and_then(|finding| finding.exchange.clone());
    let mut exchanges: Vec<Shown> = deciding.iter().map(|exchange| shown(exchange, base)).collect();
    if result.verdict.finding().is_some() {
        let others = result.exchanges.iter().filter(|one| deciding.as_ref().is_none_or(|known| !std::sync::Arc::ptr_eq(known, one)));
        exchanges.extend(others.take(20).map(|exchange| shown(exchange, base)));
    }
    Row {
        id: check.id,
        level: check.level.word(),
        clause: check.clause,
        why: check.why,
        requirements: check.rows.join(", "),
        class,
        said,
        expected,
        rows: rows.collect(),
        exchanges,
        is_open: matches!(class, "failed"),
        word: match &result.verdict {
            Verdict::Failed(finding) if finding.warning => "warning",
            verdict => verdict.word(),
        },
    }
}

fn shown(exchange: &Exchange, base: &str) -> Shown {
    let (answer, answer_body) = match &exchange.came {
        Ok(came) => (came.status.to_string(), pretty(&came.body)),
        Err(reason) => (format!("no answer: {reason}"), String::new()),
    };
    Shown {
        request: format!("{} {}", exchange.sent.method, exchange.sent.path),
        request_body: exchange.sent.body.as_deref().map(pretty).unwrap_or_default(),
        answer,
        answer_body,
        curl: exchange.curl(base),
    }
}

/// JSON with line breaks, anything else as it is; bounded.
fn pretty(text: &str) -> String {
    let text = serde_json::from_str::<Value>(text).map_or_else(|_| text.to_owned(), |value| format!("{value:#}"));
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

//! The report for programs.

use serde_json::{Value, json};

use super::Report;
use crate::check::{Check, Verdict};
use crate::run::CheckResult;
use crate::target::Exchange;

/// The whole run as JSON.
pub(super) fn write(report: &Report<'_>) -> String {
    let summary: serde_json::Map<String, Value> =
        report.summary().rows.iter().map(|(level, counts)| (level.word().to_owned(), json!(counts))).collect();
    let whole = json!({
        "target": report.target.base(),
        "mark": report.target.mark(),
        "started": super::terminal::timestamp(report.started),
        "milliseconds": u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX),
        "assumed": report.model.assumed,
        "ended early": report.ended.map(|reason| reason.to_string()),
        "requirements": summary,
        "checks": report.results.iter().map(|result| check(result, report.target.base())).collect::<Vec<_>>(),
    });
    format!("{whole:#}\n")
}

/// The checks themselves.
pub(super) fn list(checks: &[Check]) -> String {
    let told = |check: &Check| {
        json!({
            "id": check.id,
            "section": check.section(),
            "level": check.level.word(),
            "profile": check.profile,
            "clause": check.clause,
            "rows": check.rows,
        })
    };
    format!("{:#}\n", Value::from(checks.iter().map(told).collect::<Vec<_>>()))
}

fn check(result: &CheckResult, base: &str) -> Value {
    let check = &result.check;
    let mut whole = json!({
        "id": check.id,
        "section": check.section(),
        "level": check.level.word(),
        "clause": check.clause,
        "rows": check.rows.iter().map(|row| json!({ "id": row, "verdict": verdict(result.of_row(row), base) })).collect::<Vec<_>>(),
        "verdict": verdict(&result.verdict, base),
        "gravity": result.gravity().word(),
        "milliseconds": u64::try_from(result.took.as_millis()).unwrap_or(u64::MAX),
    });
    if !result.notes.is_empty() {
        whole["notes"] = json!(result.notes);
    }
    if result.verdict.finding().is_some() {
        whole["why"] = check.why.into();
        whole["exchanges"] = result.exchanges.iter().map(|one| exchange(one, base)).collect();
    }
    whole
}

fn verdict(verdict: &Verdict, base: &str) -> Value {
    let mut whole = json!({ "is": verdict.word() });
    if let Verdict::Skipped(reason) = verdict {
        whole["reason"] = reason.as_str().into();
    }
    if let Some(finding) = verdict.finding() {
        whole["expected"] = finding.expected.as_str().into();
        whole["came"] = finding.came.as_str().into();
        whole["warning"] = finding.warning.into();
        whole["exchange"] = finding.exchange.as_deref().map(|shown| exchange(shown, base)).into();
    }
    whole
}

fn exchange(exchange: &Exchange, base: &str) -> Value {
    let sent = &exchange.sent;
    let came = match &exchange.came {
        Ok(came) => json!({ "status": came.status, "headers": came.headers, "body": came.body }),
        Err(reason) => json!({ "error": reason }),
    };
    json!({
        "sent": { "method": sent.method, "path": sent.path, "headers": sent.headers, "body": sent.body },
        "came": came,
        "curl": exchange.curl(base),
    })
}

//! What a simulation tells.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Difference, Latency, Outcome, Simulation};
use crate::report::printable;
use crate::target::Target;

/// How many differences are shown; the report has them all.
const SHOWN: usize = 100;

/// For a person.
pub(super) fn text(simulation: &Simulation, target: &Target, outcome: &Outcome, took: Duration) -> String {
    let mut lines = Vec::new();
    let mut line = |words: String| lines.push(words);
    let service = simulation.service.word();
    line(format!(
        "simulate {service} against {}: {} people and {} groups, in {:.1}s",
        target.base(),
        outcome.people,
        outcome.groups,
        took.as_secs_f64()
    ));
    line(format!("  everything carries the mark {}; --seed with its last word repeats it", target.mark()));
    line(String::new());
    for stretch in outcome.figures.stretches() {
        line(format!(
            "  {:<16} {:>8} requests in {:>7.1}s, {:>6.0} a second",
            stretch.name,
            stretch.requests,
            stretch.took.as_secs_f64(),
            stretch.per_second()
        ));
    }
    line(String::new());
    line(format!("  {:<16} {:>8} {:>9} {:>9} {:>9} {:>9}", "milliseconds", "count", "p50", "p95", "p99", "max"));
    for (kind, Latency { count, p50, p95, p99, max }) in outcome.figures.latencies() {
        let [p50, p95, p99, max] = [p50, p95, p99, max].map(milliseconds);
        line(format!("  {kind:<16} {count:>8} {p50:>9.1} {p95:>9.1} {p99:>9.1} {max:>9.1}"));
    }
    line(String::new());
    let retries = outcome.figures.retries().iter().map(|(reason, count)| format!("{count} after {reason}")).collect::<Vec<_>>().join(", ");
    line(format!("  sent again: {}", if retries.is_empty() { "nothing".to_owned() } else { retries }));
    for quarantine in &outcome.quarantines {
        line(format!("  in quarantine after {quarantine}"));
    }
    if let Some(reason) = &outcome.ended {
        line(format!("  ended early, so nothing was compared: {reason}"));
    }
    line(format!("  in escrow: {}", outcome.escrow.len()));
    shown(&outcome.escrow, &mut line);
    if outcome.ended.is_none() {
        line(format!("  differences: {}", outcome.differences.len()));
        let told: Vec<String> = outcome.differences.iter().map(|difference| target.redact(&sentence(difference))).collect();
        shown(&told, &mut line);
    }
    lines.join("\n") + "\n"
}

fn shown(all: &[String], line: &mut impl FnMut(String)) {
    for one in all.iter().take(SHOWN) {
        line(format!("    {}", printable(one)));
    }
    if all.len() > SHOWN {
        line(format!("    … and {} more: --report json has them all", all.len() - SHOWN));
    }
}

/// One difference as a person reads it.
fn sentence(difference: &Difference) -> String {
    let Difference { object, id, attribute, directory, server } = difference;
    let id = id.as_ref().map_or(String::new(), |id| format!(" ({id})"));
    let attribute = attribute.as_ref().map_or(String::new(), |attribute| format!(" {attribute}:"));
    let has = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".into());
    format!("{object}{id}{attribute} in the directory {}, on the server {}", has(directory), has(server))
}

/// For programs.
pub(super) fn json(simulation: &Simulation, target: &Target, outcome: &Outcome, took: Duration) -> String {
    let latency = |latency: &Latency| {
        let Latency { count, p50, p95, p99, max } = *latency;
        json!({ "count": count, "p50": milliseconds(p50), "p95": milliseconds(p95), "p99": milliseconds(p99), "max": milliseconds(max) })
    };
    let kinds: serde_json::Map<String, Value> =
        outcome.figures.latencies().iter().map(|(kind, times)| ((*kind).to_owned(), latency(times))).collect();
    let stretches = outcome.figures.stretches().iter().map(|stretch| {
        json!({
            "name": stretch.name, "requests": stretch.requests, "seconds": stretch.took.as_secs_f64(),
            "requestsPerSecond": stretch.per_second(),
        })
    });
    let redacted = |text: &Option<String>| text.as_ref().map(|text| target.redact(text));
    let differences = outcome.differences.iter().map(|difference| {
        json!({
            "object": target.redact(&difference.object), "id": redacted(&difference.id), "attribute": difference.attribute,
            "directory": redacted(&difference.directory), "server": redacted(&difference.server),
        })
    });
    let whole = json!({
        "target": target.base(),
        "service": simulation.service.word(),
        "mark": target.mark(),
        "connections": simulation.connections,
        "cycles": simulation.cycles,
        "people": outcome.people,
        "groups": outcome.groups,
        "seconds": took.as_secs_f64(),
        "stretches": stretches.collect::<Vec<_>>(),
        "milliseconds": kinds,
        "retries": outcome.figures.retries(),
        "quarantines": outcome.quarantines,
        "escrow": outcome.escrow,
        "ended early": outcome.ended,
        "differences": differences.collect::<Vec<_>>(),
    });
    format!("{whole:#}\n")
}

fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_a_sentence() {
        let difference = |attribute: Option<&str>, server: Option<&str>| Difference {
            object: "user ana".into(),
            id: Some("7".into()),
            attribute: attribute.map(Into::into),
            directory: Some("True".into()),
            server: server.map(Into::into),
        };
        assert_eq!(sentence(&difference(Some("active"), Some("False"))), "user ana (7) active: in the directory True, on the server False");
        assert_eq!(sentence(&difference(None, None)), "user ana (7) in the directory True, on the server nothing");
    }
}

//! The tables in `docs/`: what the RFCs demand, why some of it does not bind us, and which rows are wrong.

use std::collections::BTreeSet;
use std::path::Path;

use crate::marks::expand;

/// A normative statement: a line of `docs/requirements.tsv`.
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) rfc: String,
    pub(crate) section: String,
    pub(crate) level: String,
    pub(crate) party: String,
    pub(crate) statement: String,
}

/// Why rows have no test, in the RFC's words: a line of `docs/requirements-reasons.tsv`.
pub(crate) struct Reason {
    pub(crate) ids: BTreeSet<String>,
    pub(crate) section: String,
    pub(crate) quote: String,
    pub(crate) reason: String,
}

/// A row that says something else than the RFC: a line of `docs/requirements-wrong.tsv`.
pub(crate) struct Wrong {
    pub(crate) id: String,
    pub(crate) section: String,
    pub(crate) quote: String,
    pub(crate) finding: String,
}

impl Row {
    /// Whether the row must have a test or a reason.
    pub(crate) fn binds_a_server(&self) -> bool {
        matches!(self.level.as_str(), "MUST" | "MUST NOT" | "REQUIRED" | "SHOULD" | "SHOULD NOT") && self.party != "client"
    }
}

/// The cells of each line behind the first one.
fn lines<const CELLS: usize>(root: &Path, name: &str) -> Vec<[String; CELLS]> {
    let text = std::fs::read_to_string(root.join("docs").join(name)).unwrap_or_else(|error| panic!("docs/{name}: {error}"));
    let cells = |line: &str| line.split('\t').map(str::to_owned).collect::<Vec<_>>();
    let read = |line: &str| cells(line).try_into().unwrap_or_else(|_| panic!("docs/{name} does not have {CELLS} cells in: {line}"));
    text.lines().skip(1).map(read).collect()
}

pub(crate) fn rows(root: &Path) -> Vec<Row> {
    lines(root, "requirements.tsv")
        .into_iter()
        .map(|[id, rfc, section, level, party, statement, _testable, _how, _note, _feature]| {
            assert!(["server", "client", "both"].contains(&party.as_str()), "{id} has the party {party}");
            Row { id, rfc, section, level, party, statement }
        })
        .collect()
}

pub(crate) fn reasons(root: &Path, rows: &[Row]) -> Vec<Reason> {
    let reasons: Vec<Reason> = lines(root, "requirements-reasons.tsv")
        .into_iter()
        .map(|[ids, section, quote, reason]| Reason { ids: ids.split(' ').flat_map(expand).collect(), section, quote, reason })
        .collect();
    for reason in &reasons {
        let first = reason.ids.first().map_or("", String::as_str);
        assert!(reason.quote.len() > 12 && reason.reason.len() > 12, "the reason of {first} says too little");
    }
    for row in rows {
        assert!(reasons.iter().filter(|reason| reason.ids.contains(&row.id)).count() <= 1, "{} has two reasons", row.id);
    }
    reasons
}

pub(crate) fn wrong(root: &Path) -> Vec<Wrong> {
    lines(root, "requirements-wrong.tsv").into_iter().map(|[id, section, quote, finding]| Wrong { id, section, quote, finding }).collect()
}

//! Every statement of the RFCs that binds a server has a test, or a reason that the RFC gives (`docs/rfc-index.md`).
//!
//! A test that holds a row of `docs/requirements.tsv` says so in its doc comment, and the item that implements one may:
//! `/// RFC: 7644-3.5.2-07 7644-3.5.2-09`, or `/// RFC: 7643-5-03..21` for a run of rows.

mod index;
mod marks;
mod table;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use marks::Mark;
use table::{Reason, Row, Wrong};

/// The folder of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All that the index is made of.
struct Trace {
    rows: Vec<Row>,
    marks: Vec<Mark>,
    reasons: Vec<Reason>,
    wrong: Vec<Wrong>,
    citations: marks::Citations,
}

impl Trace {
    fn read() -> Self {
        let (marks, citations) = marks::read(&root());
        let rows = table::rows(&root());
        let reasons = table::reasons(&root(), &rows);
        Self { marks, citations, reasons, wrong: table::wrong(&root()), rows }
    }

    fn tests<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a Mark> {
        self.marks.iter().filter(move |mark| mark.is_test && mark.ids.iter().any(|marked| marked == id))
    }

    fn implementations<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a Mark> {
        self.marks.iter().filter(move |mark| !mark.is_test && mark.ids.iter().any(|marked| marked == id))
    }

    fn reason(&self, id: &str) -> Option<&Reason> {
        self.reasons.iter().find(|reason| reason.ids.contains(id))
    }
}

#[test]
fn every_statement_that_binds_a_server_has_a_test_or_a_reason_of_the_rfc() {
    let trace = Trace::read();
    let is_open = |row: &Row| row.binds_a_server() && trace.tests(&row.id).next().is_none() && trace.reason(&row.id).is_none();
    let open: Vec<String> =
        trace.rows.iter().filter(|row| is_open(row)).map(|row| format!("{} {} {}", row.id, row.level, row.statement)).collect();
    assert!(
        open.is_empty(),
        "{} rows of docs/requirements.tsv have neither a test with `/// RFC: <id>` nor a reason in docs/requirements-reasons.tsv:\n{}",
        open.len(),
        open.join("\n")
    );
}

#[test]
fn every_mark_and_every_note_names_a_row() {
    let trace = Trace::read();
    let known: BTreeSet<&str> = trace.rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(known.len(), trace.rows.len(), "an id stands twice in docs/requirements.tsv");
    let marked = trace.marks.iter().flat_map(|mark| mark.ids.iter().map(move |id| (id.as_str(), mark.place())));
    let noted = trace.reasons.iter().flat_map(|reason| reason.ids.iter().map(|id| (id.as_str(), "requirements-reasons.tsv".into())));
    let wrong = trace.wrong.iter().map(|wrong| (wrong.id.as_str(), "requirements-wrong.tsv".into()));
    let unknown: Vec<String> = marked
        .chain(noted)
        .chain(wrong)
        .filter(|(id, _)| !known.contains(id))
        .map(|(id, place): (_, String)| format!("{id} in {place}"))
        .collect();
    assert!(unknown.is_empty(), "not in docs/requirements.tsv:\n{}", unknown.join("\n"));
}

#[test]
fn no_row_has_both_a_test_and_a_reason_to_have_none() {
    let trace = Trace::read();
    let both: Vec<String> = trace
        .rows
        .iter()
        .filter(|row| trace.reason(&row.id).is_some())
        .flat_map(|row| trace.tests(&row.id).map(|mark| format!("{}: {}", row.id, mark.place())))
        .collect();
    assert!(both.is_empty(), "these rows have a reason, so they cannot have a test:\n{}", both.join("\n"));
}

#[test]
fn the_committed_index_is_up_to_date() {
    let (path, index) = (root().join("docs/rfc-index.md"), index::write(&Trace::read()));
    if std::env::var_os("UPDATE_RFC_INDEX").is_some() {
        std::fs::write(&path, &index).expect("docs/rfc-index.md can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let line = (1..).zip(committed.lines().zip(index.lines())).find(|(_, (old, new))| old != new);
    assert!(
        committed == index,
        "docs/rfc-index.md is stale ({line:?}): UPDATE_RFC_INDEX=1 cargo test -p conformance --all-features --test traceability"
    );
}

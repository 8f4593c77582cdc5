//! The text of `docs/rfc-index.md`.

use std::fmt::Write;

use crate::Trace;
use crate::marks::Mark;
use crate::table::Row;

const HEAD: &str = "# Where each statement of the RFCs is kept

Made from `requirements.tsv` and the marks in the sources (`/// RFC: <id>`) by
`UPDATE_RFC_INDEX=1 cargo test -p conformance --all-features --test traceability`; a test fails when it is stale, and when a MUST, MUST NOT,
REQUIRED (with SHALL), SHOULD or SHOULD NOT for servers has neither a test nor a reason that the RFC gives.

*Modules* below a section are the files whose comments cite it. In a row, a name in parentheses is an item that implements the row by a
mark of its own. Rows of the levels MAY, OPTIONAL and *behaviour* (what the text describes without such a word) need no test; where one
stands, it holds what this server does. Rows that only bind clients say so.
";

pub(crate) fn write(trace: &Trace) -> String {
    let mut index = HEAD.to_owned();
    summary(trace, &mut index);
    wrong(trace, &mut index);
    let mut section = None;
    for row in &trace.rows {
        let this = (row.rfc.as_str(), row.section.as_str());
        if section != Some(this) {
            section = Some(this);
            heading(trace, row, &mut index);
        }
        let level = &row.level;
        writeln!(index, "| {} | {level} | {} | {} |", row.id, cell(&row.statement), kept_by(trace, row)).expect("a text takes more text");
    }
    index
}

fn summary(trace: &Trace, index: &mut String) {
    let binding = || trace.rows.iter().filter(|row| row.binds_a_server());
    let is_tested = |row: &&Row| trace.tests(&row.id).next().is_some();
    let tested = binding().filter(is_tested).count();
    let reasoned = binding().filter(|row| trace.reason(&row.id).is_some()).count();
    let more = trace.rows.iter().filter(|row| !row.binds_a_server()).filter(is_tested).count();
    let open = binding().count() - tested - reasoned;
    let (rows, binding) = (trace.rows.len(), binding().count());
    write!(
        index,
        "\n{rows} rows, of which {binding} bind a server: {tested} have a test, {reasoned} a reason, {open} neither. Of the others, {more} have a test.\n"
    )
    .expect("a text takes more text");
}

fn wrong(trace: &Trace, index: &mut String) {
    index.push_str("\n## Rows that are wrong, with the RFC's words\n\n| id | the RFC | finding |\n|---|---|---|\n");
    for wrong in &trace.wrong {
        writeln!(index, "| {} | §{}: “{}” | {} |", wrong.id, wrong.section, cell(&wrong.quote), cell(&wrong.finding))
            .expect("a text takes more text");
    }
}

fn heading(trace: &Trace, row: &Row, index: &mut String) {
    write!(index, "\n## RFC {} §{}\n\n", row.rfc, row.section).expect("a text takes more text");
    if let Some(files) = trace.citations.get(&(row.rfc.clone(), row.section.clone())) {
        let files: Vec<String> = files.iter().map(|file| link(file, file)).collect();
        write!(index, "Modules: {}\n\n", files.join(", ")).expect("a text takes more text");
    }
    index.push_str("| id | level | statement | kept by |\n|---|---|---|---|\n");
}

fn kept_by(trace: &Trace, row: &Row) -> String {
    let named = |mark: &Mark| link(&mark.item, &mark.file);
    let mut kept: Vec<String> = trace.tests(&row.id).map(named).collect();
    kept.extend(trace.implementations(&row.id).map(|mark| format!("({})", named(mark))));
    if let Some(reason) = trace.reason(&row.id) {
        kept.push(format!("{} §{}: “{}”", cell(&reason.reason), reason.section, cell(&reason.quote)));
    }
    match (kept.is_empty(), row.party.as_str()) {
        (false, _) => kept.join(", "),
        (true, "client") => "binds the client".to_owned(),
        (true, _) => "–".to_owned(),
    }
}

fn link(text: &str, file: &str) -> String {
    format!("[{text}](../{file})")
}

/// A text that breaks no table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}

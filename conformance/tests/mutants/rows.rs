//! Every requirement that can be seen from outside is named by a check.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use conformance::checks;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The first cells of the lines of a table, for which the cells are as wanted.
fn ids(path: &Path, wanted: impl Fn(&[&str]) -> bool) -> BTreeSet<String> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let lines = text.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>());
    lines.filter(|cells| wanted(cells)).map(|cells| cells[0].to_owned()).collect()
}

#[test]
fn every_row_that_can_be_seen_from_outside_is_named_by_a_check() {
    let mut all = ids(&root().join("../docs/requirements.tsv"), |_| true);
    // What a client needs is a row of the other table, which is held by its own test.
    all.extend(crate::quirks::entries());
    let visible = ids(&root().join("../docs/requirements.tsv"), |cells| cells[6].contains("blackbox") && cells[4] != "client");
    let named: BTreeSet<String> = checks::all().iter().flat_map(|check| check.rows).map(|row| (*row).to_owned()).collect();
    let unknown: Vec<&String> = named.difference(&all).collect();
    assert!(unknown.is_empty(), "no requirement has these ids: {unknown:?}");
    let missing: Vec<&String> = visible.difference(&named).collect();
    assert!(missing.is_empty(), "no check names these rows: {missing:?}");
    println!("{} rows that can be seen from outside, each named by one of {} checks", visible.len(), checks::all().len());
    // A table whose columns have moved would have no such rows.
    assert!(visible.len() > 600, "only {} rows can be seen from outside", visible.len());
}

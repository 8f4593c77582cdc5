//! Every entry of the table of client quirks is named by a check of a profile.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use conformance::checks;
use serde_json::Value;

/// What no check of the suite holds, and why.
const NO_CHECK: &[(&str, &str)] = &[];

/// The entries of the table of quirks, each with its client.
pub(crate) fn entries() -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/quirks/quirks.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let rows: Vec<Value> = serde_json::from_str(&text).expect("the table is JSON");
    rows.iter().map(|row| row["entry"].as_str().expect("a row names its entry").to_owned()).collect()
}

#[test]
fn every_quirk_is_named_by_a_check_of_a_profile_or_has_a_reason() {
    let entries = entries();
    let mut named: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for check in checks::all() {
        for row in check.rows.iter().filter(|row| entries.contains(**row)) {
            assert!(check.profile.is_some(), "{} names {row}, and is of no profile", check.id);
            named.entry((*row).to_owned()).or_default().push(check.id);
        }
    }
    let reasons: BTreeMap<&str, &str> = NO_CHECK.iter().copied().collect();
    let unknown: Vec<&&str> = reasons.keys().filter(|id| !entries.contains(**id)).collect();
    assert!(unknown.is_empty(), "the table of quirks has not {unknown:?}");
    let both: Vec<&&str> = reasons.keys().filter(|id| named.contains_key(**id)).collect();
    assert!(both.is_empty(), "{both:?} are named by a check and have a reason why they are not");
    let missing: Vec<&String> = entries.iter().filter(|id| !named.contains_key(*id) && !reasons.contains_key(id.as_str())).collect();
    assert!(missing.is_empty(), "no check names {missing:?}");
    println!("{} quirks are named by checks, {} have a reason why not", named.len(), reasons.len());
}

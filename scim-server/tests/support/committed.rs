//! A generated file that stands in the repository: compared, or written anew.

use std::path::PathBuf;

use serde_json::Value;

/// The document is what the file below `openapi/` has in it. With `OPENAPI=write` the file is written.
#[track_caller]
pub(crate) fn assert_committed(name: &str, document: &Value) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../openapi").join(name);
    let text = format!("{document:#}\n");
    if std::env::var_os("OPENAPI").is_some_and(|wanted| wanted == "write") {
        std::fs::write(&path, text).expect("the file can be written");
        return;
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let line = committed.lines().zip(text.lines()).position(|(old, new)| old != new).map_or(0, |index| index + 1);
    assert!(
        committed == text,
        "openapi/{name} is stale from line {line} on: write it anew with `OPENAPI=write cargo test -p {} --all-features openapi` and read \
         the difference",
        env!("CARGO_PKG_NAME")
    );
}

//! Mutants for the checks of RFC 7644 §3.14: versions of resources.

use crate::deviation::{Answered, Asked, Mutant, mutant, on_answer, on_request};

/// Whether a resource with that text is shown.
fn shows(asked: &Asked, answered: &Answered, text: &str) -> bool {
    asked.is_one("GET") && answered.json()["displayName"] == text
}

/// Gives a resource another tag, in the header and in the body.
fn tag(answered: &mut Answered, tag: &str) {
    answered.set_header("etag", tag);
    answered.edit(|body| body["meta"]["version"] = tag.into());
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant(
            "7644-3.14-weak",
            on_answer(|asked, answered| {
                if shows(asked, answered, "weak or strong") {
                    let other = match answered.header("etag") {
                        Some(found) if found.starts_with("W/") => "\"strong\"",
                        _ => "W/\"weak\"",
                    };
                    tag(answered, other);
                }
            }),
        ),
        mutant(
            "7644-3.14-header",
            on_answer(|asked, answered| {
                if asked.is_one("PUT") {
                    answered.remove_header("etag");
                }
            }),
        ),
        mutant(
            "7644-3.14-meta-version",
            on_answer(|asked, answered| {
                if shows(asked, answered, "with a version") {
                    answered.edit(|body| body["meta"]["version"] = "1".into());
                }
            }),
        ),
        mutant(
            "7644-3.14-not-modified",
            on_answer(|asked, answered| {
                if answered.status == 304 && asked.header("if-none-match").is_some_and(|tags| tags.starts_with("W/") && !tags.contains(','))
                {
                    *answered = Answered::with(200, serde_json::json!({ "id": "unchanged" }));
                }
            }),
        )
        .also(&[("9110-13.1.2-weak-comparison", "a tag that matches is one that matches weakly")]),
        mutant(
            "7644-3.14-delete",
            on_request(|asked| {
                if asked.is_one("DELETE") {
                    asked.remove_header("if-match");
                }
                None
            }),
        ),
        mutant(
            "7644-3.14-changes",
            on_answer(|asked, answered| {
                if shows(asked, answered, "version one") || shows(asked, answered, "version two") {
                    tag(answered, "W/\"always\"");
                }
            }),
        ),
    ]
}

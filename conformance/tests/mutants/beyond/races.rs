//! Mutants for the checks of concurrent clients.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::json;

use crate::deviation::{Answered, Mutant, mutant, on_answer, on_request, with_memory};

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        // The name is looked up before it is written, and nobody looks again.
        mutant(
            "beyond-races-duplicate-creates",
            on_answer(|asked, answered| {
                let is_race = asked.json()["userName"].as_str().is_some_and(|name| name.contains("-race@"));
                if is_race && answered.status == 409 {
                    *answered = Answered::with(201, json!({ "id": "another", "userName": asked.json()["userName"] }));
                }
            }),
        ),
        // The fifth of those that add members at the same time is told that it did.
        mutant(
            "beyond-races-lost-members",
            with_memory(|| {
                let seen: Arc<Mutex<BTreeMap<String, u32>>> = Arc::default();
                on_request(move |asked| {
                    if asked.method != "PATCH" || !asked.path.starts_with("/Groups/") {
                        return None;
                    }
                    let mut seen = seen.lock().expect("no hook panics");
                    let count = seen.entry(asked.path.clone()).or_default();
                    *count += 1;
                    (*count == 5).then(|| Answered::empty(204))
                })
            }),
        ),
        mutant(
            "beyond-races-lost-updates",
            on_request(|asked| {
                let is_late = asked.operations().iter().any(|operation| operation["value"] == "value-race-0");
                is_late.then(|| Answered::empty(204))
            }),
        ),
        // The tag is compared before the write, and not within it.
        mutant(
            "beyond-races-if-match",
            on_request(|asked| {
                if asked.json().to_string().contains("\"duel-") {
                    asked.remove_header("if-match");
                }
                None
            }),
        ),
        mutant(
            "beyond-races-change-and-delete",
            with_memory(|| {
                let gone: Arc<Mutex<Vec<String>>> = Arc::default();
                on_answer(move |asked, answered| {
                    if asked.is_one("DELETE") && answered.status == 204 {
                        gone.lock().expect("no hook panics").push(asked.path.clone());
                    }
                    if asked.is_one("PUT") && answered.status == 404 && gone.lock().expect("no hook panics").contains(&asked.path) {
                        *answered = Answered::error(500, "");
                    }
                })
            }),
        )
        .also(&[("7644-3.6-deleted", "without any race, too, 404 is the status for what was deleted")]),
    ]
}

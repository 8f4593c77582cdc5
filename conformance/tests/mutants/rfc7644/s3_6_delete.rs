//! Mutants for the checks of RFC 7644 §3.6.

use std::collections::BTreeSet;
use std::sync::Mutex;

use serde_json::json;

use crate::deviation::{Answered, Mutant, mutant, on_answer, on_request, with_memory};

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant(
            "7644-3.6-no-content",
            on_answer(|asked, answered| {
                if asked.is_one("DELETE") && answered.status == 204 {
                    *answered = Answered::with(200, json!({}));
                }
            }),
        ),
        mutant(
            "7644-3.6-deleted",
            on_answer(|asked, answered| {
                if asked.is_one("DELETE") && answered.status == 404 {
                    *answered = Answered::empty(204);
                }
            }),
        )
        .also(&[("beyond-isolation-delete", "for one tenant the resource of another is none")]),
        mutant(
            "7644-3.6-omitted",
            on_answer(|asked, answered| {
                let filter = asked.parameter("filter").unwrap_or_default();
                let id = filter.strip_prefix("id eq \"").and_then(|rest| rest.strip_suffix('"'));
                if let Some(id) = id.filter(|id| !id.contains('"') && asked.is("GET", "/Users")) {
                    answered.edit_list(|resources| resources.push(json!({ "id": id })));
                }
            }),
        )
        .also(&[("beyond-isolation-search", "for one tenant the resource of another is none")]),
        // The names of all users that there ever were are reserved.
        mutant(
            "7644-3.6-no-conflict",
            with_memory(|| {
                let known = Mutex::new(BTreeSet::new());
                on_request(move |asked| {
                    let name = asked.json()["userName"].as_str().map(str::to_lowercase)?;
                    let is_new = !asked.is("POST", "/Users") || known.lock().expect("no hook panics").insert(name);
                    (!is_new).then(|| Answered::error(409, "uniqueness"))
                })
            }),
        )
        .also(&[("beyond-isolation-uniqueness", "the index does not know tenants either")]),
        mutant(
            "7644-3.6-error",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && answered.status == 404 {
                    answered.edit(|body| body["status"] = "410".into());
                }
            }),
        )
        .also(&[
            ("7644-3.12-status-string", "the status of every error repeats that of HTTP"),
            ("7644-3.2-error-status", "the status is specified in the body, too"),
        ]),
    ]
}

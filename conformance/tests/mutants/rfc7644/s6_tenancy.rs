//! Mutants for the checks of RFC 7644 §6: tenants.

use std::collections::BTreeSet;
use std::sync::Mutex;

use crate::deviation::{Answered, Mutant, mutant, on_request, with_memory};
use crate::server::tokens;

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        // Whose the resource is, is not looked at.
        mutant(
            "7644-6.1-access-controls",
            on_request(|asked| {
                let second = format!("Bearer {}", tokens().second.unwrap_or_default());
                if asked.is_one("GET") && asked.header("if-none-match").is_none() && asked.header("authorization") == Some(second.as_str())
                {
                    asked.remove_header("authorization");
                    asked.headers.push(("Authorization".into(), format!("Bearer {}", tokens().own.unwrap_or_default())));
                }
                None
            }),
        )
        .also(&[
            ("7644-2-access-control", "a credential that is mapped to no policy"),
            ("beyond-isolation-read", "the same, beyond the words of the section"),
        ]),
        // The identifiers of all tenants are in one index.
        mutant(
            "7644-6.2-external-id",
            with_memory(|| {
                let known = Mutex::new(BTreeSet::new());
                on_request(move |asked| {
                    let external = asked.json()["externalId"].as_str().map(str::to_owned)?;
                    let is_new = !asked.is("POST", "/Users") || known.lock().expect("no hook panics").insert(external);
                    (!is_new).then(|| Answered::error(409, "uniqueness"))
                })
            }),
        )
        .also(&[("7643-3.1-external-id-not-unique", "the server does not enforce uniqueness")]),
    ]
}

//! Mutants for the checks of what PingOne and PingFederate send.

use crate::deviation::{Answered, Mutant, mutant, on_request};

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant(
            "ping-emails-eq",
            on_request(|asked| {
                let compares = asked.parameter("filter").is_some_and(|filter| filter.starts_with("emails eq"));
                compares.then(|| Answered::error(400, "invalidFilter"))
            }),
        ),
        mutant(
            "ping-creates-inactive",
            on_request(|asked| {
                if asked.is("POST", "/Users") && asked.json()["active"] == false {
                    asked.edit(|body| body["active"] = true.into());
                }
                None
            }),
        ),
    ]
}

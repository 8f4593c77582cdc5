//! Mutants for the checks of RFC 7644 §3.4, §3.4.1: retrieving a known resource.

use crate::deviation::{Answered, Mutant, mutant, on_answer};

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant(
            "7644-3.4-default-set",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && asked.path.starts_with("/Gadgets/") {
                    answered.remove("weight");
                }
            }),
        ),
        mutant(
            "7644-3.4.1-found",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && asked.path.starts_with("/Groups/") && answered.status == 200 {
                    answered.status = 203;
                }
            }),
        ),
        mutant(
            "7644-3.4.1-unknown",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && asked.path.starts_with("/Gadgets/") && answered.status == 404 {
                    *answered = Answered::error(400, "invalidValue");
                }
            }),
        ),
    ]
}

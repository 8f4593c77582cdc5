//! Mutants for the checks of what the provisioning of Google Workspace sends.

use crate::deviation::{Answered, Mutant, mutant, on_answer, on_request};

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant(
            "google-application-json",
            on_request(|asked| (asked.header("content-type") == Some("application/json")).then(|| Answered::error(415, ""))),
        ),
        mutant(
            "google-probe",
            on_answer(|asked, answered| {
                if asked.parameter("count").as_deref() == Some("1") {
                    answered.edit(|body| body["startIndex"] = 0.into());
                }
            }),
        ),
    ]
}

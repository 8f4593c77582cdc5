//! Mutants for the checks of RFC 7644 §2: authentication and authorization.

use crate::deviation::{Asked, Mutant, mutant, on_answer, on_request};
use crate::server::tokens;

/// The request is served as if it had come from the client of the run.
fn trust(asked: &mut Asked) {
    asked.remove_header("authorization");
    asked.headers.push(("Authorization".into(), format!("Bearer {}", tokens().own.unwrap_or_default())));
}

fn is_of(asked: &Asked, token: Option<String>) -> bool {
    asked.header("authorization").is_some_and(|found| found == format!("Bearer {}", token.unwrap_or_default()))
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        // No token at all does as well.
        mutant(
            "7644-2-bearer-tokens",
            on_request(|asked| {
                if asked.is_one("GET") && asked.header("authorization").is_none() {
                    trust(asked);
                }
                None
            }),
        ),
        mutant(
            "7644-2-www-authenticate",
            on_answer(|_, answered| {
                if answered.status == 401 {
                    answered.remove_header("www-authenticate");
                }
            }),
        ),
        mutant(
            "7644-2-access-control",
            on_request(|asked| {
                if is_of(asked, tokens().read_only) && asked.json()["displayName"] == "not allowed" {
                    trust(asked);
                }
                None
            }),
        ),
    ]
}

//! Mutants for the checks of tenant isolation: a server that takes the other tenant's token for the own one.

use crate::deviation::{Answered, Asked, Deviation, Mutant, mutant, on_request};
use crate::server::tokens;

/// Requests of the other tenant for which that holds are carried out for this one.
fn mistaken(holds: impl Fn(&Asked) -> bool + Send + Sync + 'static) -> Deviation {
    on_request(move |asked| {
        let (own, second) = (tokens().own.unwrap_or_default(), tokens().second.unwrap_or_default());
        if holds(asked) && asked.header("authorization") == Some(format!("Bearer {second}").as_str()) {
            asked.remove_header("authorization");
            asked.headers.push(("Authorization".into(), format!("Bearer {own}")));
        }
        None
    })
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        mutant("beyond-isolation-read", mistaken(|asked| asked.is_one("GET") && asked.header("if-none-match").is_none())).also(&[
            ("7644-2-access-control", "a credential that is mapped to no policy"),
            ("7644-6.1-access-controls", "the section on tenants has the same"),
        ]),
        mutant("beyond-isolation-query", mistaken(|asked| asked.is_type("GET") && asked.query.is_empty())),
        mutant("beyond-isolation-search", mistaken(|asked| asked.is_type("GET") && !asked.query.is_empty()))
            .also(&[("9865-5.2-confined", "a page by cursor is a query")]),
        mutant("beyond-isolation-put", mistaken(|asked| asked.is_one("PUT"))),
        mutant("beyond-isolation-patch", mistaken(|asked| asked.is_one("PATCH"))),
        mutant("beyond-isolation-delete", mistaken(|asked| asked.is_one("DELETE"))),
        mutant("beyond-isolation-bulk", mistaken(|asked| asked.is("POST", "/Bulk"))),
        mutant("beyond-isolation-uniqueness", mistaken(|asked| asked.is("POST", "/Users"))),
        mutant("beyond-isolation-members", mistaken(|asked| asked.path.starts_with("/Groups"))),
        mutant(
            "beyond-isolation-etag",
            on_request(|asked| {
                let second = format!("Bearer {}", tokens().second.unwrap_or_default());
                let tells = asked.header("if-none-match").is_some() && asked.header("authorization") == Some(second.as_str());
                tells.then(|| Answered::empty(304))
            }),
        ),
    ]
}

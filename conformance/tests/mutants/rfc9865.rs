//! Mutants for the checks of RFC 9865: cursor-based paging.

use serde_json::json;

use crate::deviation::{Answered, Asked, Deviation, Mutant, mutant, on_answer, on_request};

/// A query by cursor with that count; `first` tells whether it asks for the first page.
fn pages(asked: &Asked, first: bool, count: &str) -> bool {
    let cursor = asked.parameter("cursor");
    asked.is_type("GET") && cursor.is_some_and(|cursor| cursor.is_empty() == first) && asked.parameter("count").as_deref() == Some(count)
}

/// The configuration of paging has another value.
fn configured(member: &'static str, value: serde_json::Value) -> Deviation {
    on_answer(move |asked, answered| {
        if asked.path == "/ServiceProviderConfig" {
            answered.edit(|body| body["pagination"][member] = value.clone());
        }
    })
}

fn is_second_tenant(asked: &Asked) -> bool {
    asked.header("authorization").is_some_and(|value| value.contains("second"))
}

pub(super) fn mutants() -> Vec<Mutant> {
    [walks(), errors(), configuration(), confidentiality()].concat()
}

fn walks() -> Vec<Mutant> {
    vec![
        // A cursor without a value is none.
        mutant(
            "9865-2-first-request",
            on_request(|asked| {
                if asked.query.starts_with("cursor&") {
                    asked.remove_parameter("cursor");
                }
                None
            }),
        ),
        mutant(
            "9865-2-walk",
            on_answer(|asked, answered| {
                if pages(asked, false, "2") {
                    answered.edit_list(|resources| {
                        resources.pop();
                    });
                }
            }),
        ),
        mutant(
            "9865-2-unreserved",
            on_answer(|asked, answered| {
                if pages(asked, true, "4") {
                    answered.edit(|body| body["nextCursor"] = format!("{}==", body["nextCursor"].as_str().unwrap_or_default()).into());
                }
            }),
        ),
        mutant("9865-2-negative-count", on_request(|asked| pages(asked, true, "-1").then(|| Answered::error(400, "invalidCount")))),
        mutant(
            "9865-2-count-zero",
            on_request(|asked| {
                if pages(asked, true, "0") {
                    asked.remove_parameter("count");
                }
                None
            }),
        ),
        mutant(
            "9865-2-count",
            on_request(|asked| {
                if asked.path == "/Gadgets" && pages(asked, true, "2") {
                    asked.remove_parameter("count");
                }
                None
            }),
        ),
        mutant("9865-2-without-count", configured("maxPageSize", json!(2))),
        mutant(
            "9865-2-next-cursor",
            on_answer(|asked, answered| {
                if pages(asked, true, "1") {
                    answered.edit(|body| body["nextCursor"] = json!(null));
                }
            }),
        ),
        // The cursor of the last page is the empty one: it leads back to the first.
        mutant(
            "9865-2-last-page",
            on_answer(|asked, answered| {
                if pages(asked, true, "5") {
                    answered.edit(|body| body["nextCursor"] = "".into());
                }
            }),
        ),
        mutant(
            "9865-2-previous-cursor",
            on_answer(|asked, answered| {
                if pages(asked, false, "2") {
                    answered.edit(|body| body["previousCursor"] = "nowhere".into());
                }
            }),
        ),
        mutant(
            "9865-2-no-previous-cursor",
            on_answer(|asked, answered| {
                if pages(asked, true, "2") {
                    answered.edit(|body| body["previousCursor"] = "here".into());
                }
            }),
        ),
        mutant(
            "9865-2-total-results",
            on_answer(|asked, answered| {
                if pages(asked, true, "2") {
                    answered.edit(|body| body["totalResults"] = 2.into());
                }
            }),
        ),
        mutant(
            "9865-2.2-sorted",
            on_request(|asked| {
                if asked.parameter("cursor").is_some() {
                    asked.remove_parameter("sortBy");
                    asked.remove_parameter("sortOrder");
                }
                None
            }),
        ),
        mutant(
            "9865-2.4-chosen-method",
            on_answer(|asked, answered| {
                if asked.is_type("GET")
                    && asked.parameter("startIndex").as_deref() == Some("1")
                    && asked.parameter("count").as_deref() == Some("3")
                {
                    answered.edit(|body| body["nextCursor"] = "abc".into());
                }
            }),
        ),
        mutant(
            "9865-3-search",
            on_answer(|asked, answered| {
                if asked.path.ends_with("/.search") && asked.json()["cursor"] == "" {
                    answered.edit(|body| body["nextCursor"] = json!(null));
                }
            }),
        ),
    ]
}

fn errors() -> Vec<Mutant> {
    /// A cursor that nobody has is answered otherwise.
    fn answered(cursor: &'static str, status: u16, scim_type: &'static str) -> Deviation {
        on_request(move |asked| (asked.parameter("cursor").as_deref() == Some(cursor)).then(|| Answered::error(status, scim_type)))
    }
    vec![
        mutant("9865-2.1-invalid-parameters", answered("conformance-no-cursor", 404, "")),
        mutant("9865-2.1-invalid-cursor", answered("conformance.unknown", 400, "invalidValue")),
        mutant("9865-2.1-another-count", on_request(|asked| pages(asked, false, "4").then(|| Answered::error(400, "invalidValue")))),
    ]
}

fn configuration() -> Vec<Mutant> {
    vec![
        mutant("9865-2.3-default", configured("defaultPaginationMethod", json!("cursor"))),
        mutant(
            "9865-2.4-default-method",
            on_answer(|asked, answered| {
                if asked.is("GET", "/Gadgets") && asked.query.is_empty() {
                    answered.edit(|body| body["nextCursor"] = "abc".into());
                }
            }),
        ),
        mutant(
            "9865-4-announced",
            on_answer(|asked, answered| {
                if asked.path == "/ServiceProviderConfig" {
                    answered.remove("pagination");
                }
            }),
        ),
        mutant("9865-4-required", configured("index", json!("yes"))),
        mutant("9865-4-optional", configured("defaultPageSize", json!(0))),
    ]
}

fn confidentiality() -> Vec<Mutant> {
    vec![
        // Whoever has a cursor is taken for the one to whom it was given.
        mutant(
            "9865-5.2-confined",
            on_request(|asked| {
                if is_second_tenant(asked) && pages(asked, false, "1") {
                    asked.remove_header("authorization");
                    asked.headers.push(("authorization".into(), "Bearer mutant-own-token".into()));
                }
                None
            }),
        ),
        mutant(
            "9865-5.2-forged",
            on_request(|asked| {
                let cursor = asked.parameter("cursor")?;
                if let Some(genuine) = cursor.strip_suffix("-forged") {
                    asked.remove_parameter("cursor");
                    asked.add_parameter("cursor", genuine);
                }
                None
            }),
        ),
        mutant(
            "9865-5.2-errors",
            on_answer(|asked, answered| {
                let is_foreign = asked.parameter("cursor").is_some_and(|cursor| !cursor.starts_with("conformance"));
                if is_second_tenant(asked) && is_foreign && pages(asked, false, "2") {
                    answered.edit(|body| body["detail"] = "The cursor is one of another tenant.".into());
                }
            }),
        ),
    ]
}

//! Mutants for the checks of RFC 7644 §3.12.

use serde_json::json;

use crate::deviation::{Answered, Deviation, Mutant, mutant, on_answer, on_request};

/// Every error is changed.
fn on_error(change: impl Fn(&mut Answered) + Send + Sync + 'static) -> Deviation {
    on_answer(move |_, answered| {
        if answered.is_error() {
            change(answered);
        }
    })
}

/// Errors with that keyword have another one.
fn instead_of(scim_type: &'static str, other: &'static str) -> Deviation {
    on_answer(move |_, answered| {
        if answered.is_scim_type(scim_type) {
            answered.edit(|body| body["scimType"] = other.into());
        }
    })
}

pub(super) fn mutants() -> Vec<Mutant> {
    let mut mutants = every_error();
    mutants.extend(statuses());
    mutants.extend(keywords());
    mutants
}

fn every_error() -> Vec<Mutant> {
    vec![
        mutant(
            "7644-3.12-json-body",
            on_answer(|_, answered| {
                if answered.status == 404 {
                    answered.body = b"<h1>Not found</h1>".to_vec();
                }
            }),
        )
        .also(&[
            ("7644-3.6-error", "the error of a deleted resource"),
            ("7644-3.1-messages", "an error is a message"),
            ("7644-3.2-error-status", "the status stands in the body"),
            ("9110-9.3.2-head", "the answer to HEAD has it, too"),
        ]),
        mutant("7644-3.12-schemas", on_error(|answered| answered.edit(|body| body["schemas"] = json!(["urn:example:Error"])))).also(&[
            ("7644-3.6-error", "the error of a deleted resource"),
            ("7644-3.1-messages", "an error is a message"),
            ("7644-3.5.2-error", "PATCH has the same errors"),
            ("7644-3.5.2-incompatible-error", "PATCH has the same errors"),
        ]),
        mutant("7644-3.12-status-string", on_error(|answered| answered.edit(|body| body["status"] = 400.into()))).also(&[
            ("7644-3.6-error", "the error of a deleted resource"),
            ("7644-3.2-error-status", "the status stands in the body"),
            ("7644-3.5.2-error", "PATCH has the same errors"),
            ("7644-3.5.2-incompatible-error", "PATCH has the same errors"),
        ]),
        mutant(
            "7644-3.12-scim-type",
            on_answer(|_, answered| {
                if answered.status == 404 {
                    answered.edit(|body| body["scimType"] = "notFound".into());
                }
            }),
        ),
        mutant("7644-3.12-detail", on_error(|answered| answered.edit(|body| body["detail"] = json!({ "text": "no" })))).also(&[
            ("7644-3.4.2.2-unknown-operator", "§3.4.2.2 demands a human-readable response"),
            ("7644-3.7.4-limit-told", "the limit is told in the detail"),
        ]),
        mutant("7644-3.12-media-type", on_error(|answered| answered.set_header("content-type", "application/json"))),
        mutant("7644-3.12-permanent-redirect", on_request(|asked| asked.is("GET", "/Gadgets").then(|| Answered::empty(308))))
            .also(&[("7644-4-endpoints-reachable", "a redirect is no answer of the endpoint")]),
    ]
}

fn statuses() -> Vec<Mutant> {
    vec![
        mutant(
            "7644-3.12-bad-request",
            on_answer(|asked, answered| {
                if asked.is_type("POST") && asked.body == b"{\"schemas\":" {
                    *answered = Answered::error(422, "invalidSyntax");
                }
            }),
        ),
        mutant(
            "7644-3.12-unauthorized",
            on_answer(|_, answered| {
                if answered.status == 401 {
                    *answered = Answered::error(403, "");
                }
            }),
        ),
        mutant(
            "7644-3.12-forbidden",
            on_answer(|asked, answered| {
                if asked.is_type("POST") && answered.status == 403 {
                    *answered = Answered::error(400, "");
                }
            }),
        )
        .also(&[("7644-2-access-control", "what is not allowed is refused like this")]),
        mutant(
            "7644-3.12-not-found",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && answered.status == 404 {
                    *answered = Answered::error(410, "");
                }
            }),
        )
        .also(&[
            ("7644-3.4.1-unknown", "Table 8 has the same status for it"),
            ("7644-3.6-deleted", "404 is the status of what was deleted"),
            ("7644-3.6-error", "404 is the status of what was deleted"),
            ("9110-9.3.2-head", "HEAD has another status than GET"),
        ]),
        mutant(
            "7644-3.12-conflict",
            on_answer(|asked, answered| {
                if asked.is_type("POST") && answered.status == 409 {
                    *answered = Answered::error(400, "uniqueness");
                }
            }),
        )
        .also(&[("7644-3.3-duplicate", "the same status")]),
        mutant(
            "7644-3.12-precondition-failed",
            on_request(|asked| {
                if asked.is_one("PUT") {
                    asked.remove_header("if-match");
                }
                None
            }),
        )
        .also(&[
            ("beyond-races-if-match", "§3.14: whoever ignores the tag ignores it in a duel, too"),
            ("7644-3.5.1-if-match", "the condition is not looked at"),
            ("9110-13.1.1-strong-comparison", "the condition is not looked at"),
        ]),
        mutant(
            "7644-3.12-payload-too-large",
            on_answer(|_, answered| {
                if answered.status == 413 {
                    *answered = Answered::error(400, "tooMany");
                }
            }),
        )
        .also(&[("7644-3.7.4-too-many", "§3.7.4 has the same status"), ("7644-3.7.4-limit-told", "the limit is told with that status")]),
        mutant(
            "7644-3.12-not-implemented",
            on_request(|asked| (asked.method == "PATCH").then(|| Answered::error(400, "")))
                .and_answer(|asked, answered| {
                    if asked.path == "/ServiceProviderConfig" {
                        answered.edit(|body| body["patch"]["supported"] = false.into());
                    }
                })
                .seen_in_discovery(),
        )
        .also(&[("7644-3.5-patch", "there is no PATCH")]),
    ]
}

fn keywords() -> Vec<Mutant> {
    vec![
        mutant("7644-3.12-invalid-filter", instead_of("invalidFilter", "invalidValue")).also(&[
            ("7644-3.4.2.2-order-of-booleans", "§3.4.2.2 names the keyword, too"),
            ("7644-3.4.2.2-order-of-binaries", "§3.4.2.2 names the keyword, too"),
            ("7644-3.4.2.2-unknown-operator", "§3.4.2.2 names the keyword, too"),
        ]),
        mutant("7644-3.12-uniqueness", instead_of("uniqueness", "invalidValue"))
            .also(&[("7644-3.3-duplicate", "§3.3 names the keyword, too"), ("7644-3.5.1-uniqueness", "the same keyword in PUT")]),
        mutant("7644-3.12-mutability", instead_of("mutability", "invalidValue")).also(&[
            ("7644-3.5.1-immutable-refused", "the same keyword"),
            ("7644-3.5.2.2-required", "the same keyword"),
            ("7644-3.5.2.2-read-only", "the same keyword"),
        ]),
        mutant(
            "7644-3.12-invalid-syntax",
            on_answer(|asked, answered| {
                if asked.body == b"[]" {
                    answered.edit(|body| body["scimType"] = "invalidValue".into());
                }
            }),
        )
        .also(&[("7644-3.12-not-an-object", "an array is one of the bodies that are no objects")]),
        mutant("7644-3.12-invalid-path", instead_of("invalidPath", "invalidValue")),
        mutant(
            "7644-3.12-invalid-value",
            on_request(|asked| {
                if asked.is_type("POST") {
                    asked.edit(|body| {
                        if body["schemas"].is_array() && body.get("userName").is_none() && body.get("displayName").is_none() {
                            body["userName"] = "made up by the server".into();
                        }
                    });
                }
                None
            }),
        )
        .also(&[("7643-4.1.1-user-name-required", "the required value is the userName")]),
        mutant(
            "7644-3.12-invalid-version",
            on_request(|asked| {
                if let Some(rest) = asked.path.strip_prefix("/v9") {
                    asked.path = rest.to_owned();
                }
                None
            }),
        ),
        mutant(
            "7644-3.12-keywords-in-bulk",
            on_answer(|asked, answered| {
                if asked.is("POST", "/Bulk") {
                    answered.edit(|body| {
                        for operation in body["Operations"].as_array_mut().into_iter().flatten() {
                            if let Some(response) = operation.get_mut("response").and_then(|response| response.as_object_mut()) {
                                response.remove("scimType");
                            }
                        }
                    });
                }
            }),
        ),
        mutant(
            "7644-3.12-malformed-json",
            on_request(|asked| (asked.method == "PATCH" && asked.body == b"{").then(|| Answered::empty(204))),
        ),
        mutant("7644-3.12-not-an-object", on_request(|asked| (asked.body == b"null").then(|| Answered::error(400, "invalidValue")))),
        mutant(
            "7644-3.12-wrong-type",
            on_request(|asked| {
                if asked.is_type("POST") {
                    asked.edit(|body| {
                        if body["active"] == 1 {
                            body["active"] = true.into();
                        }
                    });
                }
                None
            }),
        ),
    ]
}

//! Mutants for the checks of what the clients of Okta send.

use serde_json::{Value, json};

use crate::deviation::{Answered, Mutant, mutant, on_answer, on_request};

pub(super) fn mutants() -> Vec<Mutant> {
    [matching(), users(), groups(), credentials()].concat()
}

fn matching() -> Vec<Mutant> {
    vec![
        mutant(
            "okta-credential-test",
            on_answer(|asked, answered| {
                if asked.parameter("count").as_deref() == Some("2") {
                    answered.edit(|body| body["itemsPerPage"] = "2".into());
                }
            }),
        ),
        mutant(
            "okta-match",
            on_answer(|asked, answered| {
                if asked.method == "GET" && asked.header("content-type").is_some() {
                    *answered = Answered::error(415, "");
                }
            }),
        ),
        // The filter counts for nothing where there are parameters of paging.
        mutant(
            "okta-match",
            on_request(|asked| {
                if asked.parameter("count").as_deref() == Some("100") {
                    asked.remove_parameter("filter");
                }
                None
            }),
        ),
        mutant(
            "okta-match-in-another-case",
            on_answer(|asked, answered| {
                if asked.parameter("filter").is_some_and(|filter| filter.contains("@EXAMPLE.COM")) {
                    answered.edit(|body| {
                        body["totalResults"] = 0.into();
                        body["Resources"] = json!([]);
                    });
                }
            }),
        ),
        mutant(
            "okta-unknown-id",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && asked.path.ends_with("/00919288221112222") {
                    *answered = Answered::error(400, "invalidValue");
                }
            }),
        ),
        mutant(
            "okta-unknown-id",
            on_answer(|asked, answered| {
                if asked.is_one("GET") && asked.path.contains("/0101") {
                    answered.remove("detail");
                }
            }),
        ),
    ]
}

fn users() -> Vec<Mutant> {
    vec![
        mutant(
            "okta-create-with-password-and-groups",
            on_request(|asked| {
                let has_groups = asked.method == "POST" && asked.json().get("groups").is_some();
                has_groups.then(|| Answered::error(400, "mutability"))
            }),
        ),
        mutant(
            "okta-create-with-password-and-groups",
            on_answer(|asked, answered| {
                let password = asked.json()["password"].clone();
                if asked.is("POST", "/Users") && password.is_string() {
                    answered.edit(|body| body["password"] = password);
                }
            }),
        ),
        mutant(
            "okta-create-returns-the-user",
            on_answer(|asked, answered| {
                if asked.is("POST", "/Users") && asked.json()["locale"] == "es-ES" {
                    *answered = Answered::empty(201);
                }
            }),
        ),
        mutant(
            "okta-deactivate",
            on_request(|asked| {
                let operation = asked.operations().first().cloned().unwrap_or_default();
                let is_it = operation.get("path").is_none() && operation["value"].get("active").is_some();
                is_it.then(|| Answered::empty(204))
            }),
        ),
        mutant(
            "okta-password-push",
            on_request(|asked| {
                let pushes = asked.operations().iter().any(|operation| operation["value"].get("password").is_some());
                pushes.then(|| Answered::error(400, "mutability"))
            }),
        ),
        mutant(
            "okta-put-with-read-only-members",
            on_request(|asked| {
                let has_meta = asked.method == "PUT" && asked.json().get("meta").is_some();
                has_meta.then(|| Answered::error(400, "mutability"))
            }),
        ),
        mutant(
            "okta-put-clears-with-empty-string",
            on_request(|asked| {
                if asked.is_one("PUT") && asked.json()["name"]["middleName"] == "" {
                    asked.edit(|body| body["name"]["middleName"] = "Luz".into());
                }
                None
            }),
        ),
        mutant(
            "okta-put-without-active",
            on_request(|asked| {
                if asked.is_one("PUT") && asked.path.starts_with("/Users/") {
                    asked.edit(|body| {
                        if body.get("active").is_none() {
                            body["active"] = false.into();
                        }
                    });
                }
                None
            }),
        ),
        mutant(
            "okta-deactivate-with-put",
            on_request(|asked| {
                if asked.is_one("PUT") && asked.json()["active"] == false {
                    asked.edit(|body| body["active"] = true.into());
                }
                None
            }),
        ),
        mutant(
            "okta-put-never-creates",
            on_answer(|asked, answered| {
                if asked.is_one("PUT") && answered.status == 404 {
                    *answered = Answered::with(201, json!({ "id": "new" }));
                }
            }),
        ),
    ]
}

fn groups() -> Vec<Mutant> {
    vec![
        mutant(
            "okta-group-rename",
            on_request(|asked| {
                let value = asked.operations().first().map(|operation| operation["value"].clone()).unwrap_or_default();
                let renames = value.get("id").is_some() && value.get("members").is_none();
                renames.then(|| Answered::error(400, "mutability"))
            }),
        ),
        // Of operations of two kinds only the first is done.
        mutant(
            "okta-group-members",
            on_request(|asked| {
                asked.edit(|body| {
                    if let Some(operations) = body.get_mut("Operations").and_then(Value::as_array_mut) {
                        operations.truncate(1);
                    }
                });
                None
            }),
        ),
        mutant(
            "okta-group-push-empty",
            on_request(|asked| {
                let is_empty = |operation: &Value| operation["path"] == "members" && operation["value"] == json!([]);
                asked.operations().iter().any(is_empty).then(|| Answered::error(400, "invalidValue"))
            }),
        ),
        mutant(
            "okta-group-push-without-path",
            on_request(|asked| {
                let has_no_schemas = asked.method == "PATCH" && asked.json().get("schemas").is_none();
                has_no_schemas.then(|| Answered::error(400, "invalidSyntax"))
            }),
        ),
        mutant(
            "okta-group-put",
            on_request(|asked| {
                let has_null = asked.is_one("PUT") && asked.json()["members"][0].get("display") == Some(&Value::Null);
                has_null.then(|| Answered::error(400, "invalidValue"))
            }),
        ),
    ]
}

fn credentials() -> Vec<Mutant> {
    vec![
        mutant(
            "okta-token-without-scheme",
            on_request(|asked| {
                let is_bare = asked.header("authorization").is_some_and(|value| value.starts_with("mutant-"));
                is_bare.then(|| Answered::with(200, json!({})))
            }),
        ),
        mutant(
            "okta-invalid-token",
            on_answer(|asked, answered| {
                if asked.header("authorization") == Some("non-token") {
                    *answered = Answered::error(403, "");
                }
            }),
        ),
        mutant(
            "okta-rate-limit",
            on_answer(|asked, answered| {
                if asked.parameter("count").as_deref() == Some("1") && asked.parameter("startIndex").is_some() {
                    *answered = Answered::error(429, "");
                    answered.set_header("Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT");
                }
            }),
        ),
    ]
}

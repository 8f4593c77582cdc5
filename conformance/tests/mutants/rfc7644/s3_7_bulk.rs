//! Mutants for the checks of RFC 7644 §3.7: bulk operations.

use serde_json::{Value, json};

use crate::deviation::{Answered, Asked, Deviation, Mutant, mutant, on_answer, on_request};

/// Whether it is a job with an operation of that bulkId.
fn has(asked: &Asked, id: &str) -> bool {
    asked.is("POST", "/Bulk") && asked.operations().iter().any(|one| one["bulkId"] == id)
}

/// Each result for which that holds is changed.
fn on_results(holds: fn(&Value) -> bool, change: fn(&mut Value)) -> Deviation {
    on_answer(move |asked, answered| {
        if asked.is("POST", "/Bulk") && answered.status == 200 {
            answered.edit(|body| {
                let results = body.get_mut("Operations").and_then(Value::as_array_mut).map(Vec::as_mut_slice).unwrap_or_default();
                results.iter_mut().filter(|one| holds(one)).for_each(change);
            });
        }
    })
}

/// The job with an operation of that bulkId is another one.
fn on_job(id: &'static str, change: fn(&mut Vec<Value>)) -> Deviation {
    on_request(move |asked| {
        if has(asked, id) {
            asked.edit(|body| {
                if let Some(operations) = body["Operations"].as_array_mut() {
                    change(operations);
                }
            });
        }
        None
    })
}

/// How many errors end the job.
fn on_fail_on_errors(holds: fn(&Asked) -> bool, most: Option<u32>) -> Deviation {
    on_request(move |asked| {
        if asked.is("POST", "/Bulk") && holds(asked) {
            asked.edit(|body| {
                if let Some(members) = body.as_object_mut() {
                    members.shift_remove("failOnErrors");
                    members.extend(most.map(|most| ("failOnErrors".to_owned(), most.into())));
                }
            });
        }
        None
    })
}

/// Whether that many operations are in the job, and all of them remove something.
fn removes(asked: &Asked, count: usize) -> bool {
    let operations = asked.operations();
    operations.len() == count && operations.iter().all(|one| one["method"] == "DELETE")
}

fn remove(one: &mut Value, name: &str) {
    if let Some(members) = one.as_object_mut() {
        members.shift_remove(name);
    }
}

fn is_failed(one: &Value) -> bool {
    one["status"].as_str().is_some_and(|status| status.starts_with('4'))
}

pub(super) fn mutants() -> Vec<Mutant> {
    let mut mutants = messages();
    mutants.extend(processing());
    mutants.extend(references());
    mutants.extend(results());
    mutants.extend(limits());
    mutants
}

fn messages() -> Vec<Mutant> {
    vec![
        mutant("7644-3.7-optional", on_request(|asked| has(asked, "as-discovered").then(|| Answered::error(501, "")))),
        mutant(
            "7644-3.7-response-schema",
            on_answer(|asked, answered| {
                if asked.is("POST", "/Bulk") && answered.status == 200 {
                    answered.edit(|body| body["schemas"] = json!(["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]));
                }
            }),
        ),
        mutant(
            "7644-3.7-no-fail-on-errors",
            on_answer(|asked, answered| {
                if asked.is("POST", "/Bulk") && answered.status == 200 && asked.json()["failOnErrors"].is_number() {
                    answered.edit(|body| body["failOnErrors"] = asked.json()["failOnErrors"].clone());
                }
            }),
        ),
        mutant(
            "7644-3.7-operations",
            on_request(|asked| {
                let has_none = asked.is("POST", "/Bulk") && asked.json().is_object() && asked.json().get("Operations").is_none();
                let schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"];
                has_none.then(|| Answered::with(200, json!({ "schemas": schemas, "Operations": [] })))
            }),
        ),
        mutant("7644-3.7-location", on_results(|one| one["method"] == "DELETE" && !is_failed(one), |one| remove(one, "location"))),
        mutant(
            "7644-3.7-response-of-failures",
            on_results(|one| one["method"] == "DELETE" && is_failed(one), |one| remove(one, "response")),
        )
        .also(&[("7644-3.7.3-explanation", "the explanation stands in the response")]),
        mutant(
            "7644-3.7-error-of-failures",
            on_results(|one| one["method"] == "PUT" && is_failed(one), |one| one["response"] = json!({ "message": "not found" })),
        ),
        mutant(
            "7644-3.7-response-of-successes",
            on_results(
                |one| one["bulkId"] == "succeeds",
                |one| {
                    if one["response"].is_object() {
                        remove(one, "response");
                    } else {
                        one["response"] = json!({ "id": "the new one" });
                    }
                },
            ),
        ),
    ]
}

fn processing() -> Vec<Mutant> {
    vec![
        mutant(
            "7644-3.7-ok",
            on_answer(|asked, answered| {
                if has(asked, "mixed") {
                    answered.status = 207;
                }
            }),
        ),
        // One failure is the end of the job.
        mutant(
            "7644-3.7-continues",
            on_job("after-a-failure", |operations| operations.truncate(1)).and_answer(|asked, answered| {
                if has(asked, "after-a-failure") {
                    let skipped = json!({ "method": "POST", "bulkId": "after-a-failure", "status": "424" });
                    answered.edit(|body| {
                        if let Some(results) = body["Operations"].as_array_mut() {
                            results.push(skipped);
                        }
                    });
                }
            }),
        ),
        mutant("7644-3.7-bulk-id", on_results(|one| one["bulkId"] == "second-of-two", |one| remove(one, "bulkId"))),
        mutant(
            "7644-3.7-same-result",
            on_request(|asked| {
                if asked.is("POST", "/Bulk") && asked.operations().iter().any(|one| one["data"]["displayName"] == "the last change") {
                    asked.edit(|body| {
                        if let Some(operations) = body["Operations"].as_array_mut() {
                            operations.reverse();
                        }
                    });
                }
                None
            }),
        ),
        mutant("7644-3.7-same-rules", on_results(|one| one["bulkId"] == "a-duplicate", |one| one["status"] = "201".into())),
    ]
}

fn references() -> Vec<Mutant> {
    vec![
        mutant("7644-3.7.1-circles", on_request(|asked| has(asked, "ytrewq").then(|| Answered::error(400, "invalidValue")))),
        mutant(
            "7644-3.7.2-resolved",
            on_job("tour-guides", |operations| operations.iter_mut().for_each(|one| remove(&mut one["data"], "members"))),
        ),
        mutant(
            "7644-3.7.2-in-extensions",
            on_job("the-managed", |operations| {
                for operation in operations {
                    remove(&mut operation["data"], "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User");
                }
            }),
        ),
        mutant(
            "7644-3.7.2-unknown",
            on_job("dangling", |operations| operations.iter_mut().for_each(|one| remove(&mut one["data"], "members"))),
        ),
    ]
}

fn results() -> Vec<Mutant> {
    vec![
        mutant(
            "7644-3.7.3-all-results",
            on_answer(|asked, answered| {
                if has(asked, "three-of-three") {
                    answered.edit(|body| {
                        if let Some(results) = body["Operations"].as_array_mut() {
                            results.remove(0);
                        }
                    });
                }
            })
            // What is not told cannot be removed by its client.
            .and_request(|asked| {
                if has(asked, "three-of-three") {
                    asked.edit(|body| body["Operations"][0]["data"] = json!({}));
                }
                None
            }),
        ),
        mutant(
            "7644-3.7.3-location-of-failures",
            on_results(|one| one["method"] == "DELETE" && is_failed(one), |one| remove(one, "location")),
        ),
        mutant("7644-3.7.3-status", on_results(|one| one["status"] == "204", |one| one["status"] = "200".into())),
        mutant("7644-3.7.3-status", on_results(|one| one["status"] == "201", |one| one["status"] = json!({ "code": "201" }))),
        mutant(
            "7644-3.7.3-explanation",
            on_results(|one| one["method"] == "DELETE" && is_failed(one), |one| remove(&mut one["response"], "detail")),
        ),
        mutant("7644-3.7.3-stops", on_fail_on_errors(|asked| removes(asked, 3), None)),
        mutant("7644-3.7.3-goes-on", on_fail_on_errors(|asked| removes(asked, 4), Some(1))),
    ]
}

fn limits() -> Vec<Mutant> {
    vec![
        mutant(
            "7644-3.7.4-defined",
            on_answer(|asked, answered| {
                if asked.is("GET", "/ServiceProviderConfig") {
                    answered.edit(|body| body["bulk"]["maxPayloadSize"] = 0.into());
                }
            }),
        ),
        mutant(
            "7644-3.7.4-too-many",
            on_answer(|asked, answered| {
                if answered.status == 413 && asked.operations().len() > 1 {
                    answered.status = 400;
                    answered.edit(|body| body["status"] = "400".into());
                }
            }),
        )
        .also(&[("7644-3.12-payload-too-large", "Table 8 has the same status for it")]),
        mutant(
            "7644-3.7.4-too-large",
            on_answer(|asked, answered| {
                if answered.status == 413 && asked.body.len() > 500_000 {
                    *answered = Answered::error(400, "tooMany");
                }
            }),
        ),
        mutant(
            "7644-3.7.4-limit-told",
            on_answer(|asked, answered| {
                if answered.status == 413 && asked.operations().len() > 1 {
                    answered.edit(|body| body["detail"] = "too much".into());
                }
            }),
        ),
    ]
}

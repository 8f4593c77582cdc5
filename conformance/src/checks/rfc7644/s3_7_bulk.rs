//! RFC 7644 §3.7: bulk operations.

mod limits;
mod references;
mod results;

use serde_json::{Value, json};

use crate::check::{Check, Judged, Need, Outcome, Stop, may, must, records};
use crate::session::{Answer, Kind, Session};

const RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

pub(super) fn checks() -> Vec<Check> {
    let mut checks = messages();
    checks.extend(processing());
    checks.extend(references::checks());
    checks.extend(results::checks());
    checks.extend(limits::checks());
    let needs = |check: Check| if check.needs.is_empty() { check.needs(&[Need::Bulk]) } else { check };
    let mut all = vec![
        may("7644-3.7-optional", "The SCIM bulk operation is an optional server feature")
            .rows(&["7644-3.7-01"])
            .why("a client decides by bulk.supported whether it sends its changes one by one")
            .talk(optional),
    ];
    all.extend(checks.into_iter().map(needs));
    all
}

/// §3.7: the messages.
fn messages() -> Vec<Check> {
    vec![
        must(
            "7644-3.7-response-schema",
            "Bulk responses are identified using the following URI: \"urn:ietf:params:scim:api:messages:2.0:BulkResponse\"",
        )
        .rows(&["7644-3.7-03"])
        .why("a client cannot tell what it has got")
        .talk(async |s| {
            job(&s, json!([unknown(&s, "DELETE")?]))
                .await?
                .expect_element("/schemas", &format!("\"{RESPONSE}\""), |urn| urn == RESPONSE)?;
            Ok(())
        }),
        must("7644-3.7-no-fail-on-errors", "failOnErrors: … OPTIONAL in a request. Not valid in a response.").rows(&["7644-3.7-05"]).talk(
            async |s| {
                let job = s.ask("POST", "/Bulk").json(message(json!([unknown(&s, "DELETE")?]), Some(5))).send().await?;
                job.expect_status(&[200]).or_blocked()?;
                job.expect_absent("/failOnErrors")?;
                Ok(())
            },
        ),
        must(
            "7644-3.7-operations",
            "Operations: Defines operations within a bulk job. Each operation corresponds to a single HTTP request … REQUIRED.",
        )
        .rows(&["7644-3.7-06"])
        .why("a client that misspells the member believes that its job was done")
        .talk(operations),
        must("7644-3.7-location", "location: The resource endpoint URL. REQUIRED in a response, except in the event of a POST failure.")
            .rows(&["7644-3.7-12"])
            .why("a client learns the ids of new resources from it")
            .talk(location),
        must(
            "7644-3.7-response-of-failures",
            "When indicating a response with an HTTP status other than a 200-series response, the response body MUST be included",
        )
        .rows(&["7644-3.7-13"])
        .why("a client cannot tell why an operation failed")
        .talk(async |s| {
            let job = job(&s, json!([unknown(&s, "DELETE")?])).await?;
            failed(&job, result(&job, "DELETE")?).or_blocked()?;
            job.expect_kind("/Operations/0/response", Kind::Object)?;
            Ok(())
        }),
        must(
            "7644-3.7-error-of-failures",
            "When indicating an error, the \"response\" attribute MUST contain the detail error response as per Section 3.12",
        )
        .rows(&["7644-3.7-15"])
        .why("a client reads the reason of a failure as it does in single requests")
        .talk(error_of_failures),
        records("7644-3.7-response-of-successes", "For normal completion, the server MAY elect to omit the response body")
            .rows(&["7644-3.7-14"])
            .talk(response_of_successes),
    ]
}

/// §3.7: how a job is done.
fn processing() -> Vec<Check> {
    vec![
        must("7644-3.7-ok", "If a bulk job is processed successfully, HTTP response code 200 OK MUST be returned")
            .rows(&["7644-3.7-16"])
            .why("a client that reads results only from a 200 reads none where one operation failed")
            .talk(async |s| {
                let kind = s.any_type()?;
                let good = create(&kind.endpoint, "mixed", s.valid(&kind, json!({})));
                there(&s.bulk(json!([good, unknown(&s, "DELETE")?])).await?)?.expect_status(&[200])?;
                Ok(())
            }),
        must("7644-3.7-continues", "The service provider MUST continue performing as many changes as possible and disregard partial failures")
            .rows(&["7644-3.7-17"])
            .why("one bad record keeps all others from being provisioned")
            .talk(async |s| {
                let kind = s.any_type()?;
                let good = create(&kind.endpoint, "after-a-failure", s.valid(&kind, json!({})));
                let job = job(&s, json!([unknown(&s, "DELETE")?, good])).await?;
                succeeded(&job, created(&job, "after-a-failure")?)
            }),
        must(
            "7644-3.7-bulk-id",
            "The service provider MUST return the same \"bulkId\" together with the newly created resource",
        )
        .rows(&["7644-3.7-18"])
        .why("a client cannot tell which id belongs to which of its records")
        .talk(async |s| {
            let kind = s.any_type()?;
            let operations = ["first-of-two", "second-of-two"].map(|id| create(&kind.endpoint, id, s.valid(&kind, json!({}))));
            let job = job(&s, json!(operations)).await?;
            for id in ["first-of-two", "second-of-two"] {
                job.expect_element("/Operations", &format!("the bulkId `{id}`"), |one| one["bulkId"] == id)?;
            }
            Ok(())
        }),
        must(
            "7644-3.7-same-result",
            "the service provider MUST ensure that the client's intent is preserved and the same stateful result is achieved as for non-optimized processing",
        )
        .rows(&["7644-3.7-20"])
        .why("of two changes to one resource the older one wins")
        .talk(same_result),
        must("7644-3.7-same-rules", "data: The resource data as it would appear for a single SCIM POST, PUT, or PATCH operation")
            .rows(&["7644-3.7-23"])
            .why("what a single request may not do comes in through a bulk job")
            .talk(same_rules),
    ]
}

// ---- Messages and results -----------------------------------------------------------------------------------------------------

fn message(operations: Value, fail_on_errors: Option<u32>) -> Value {
    let mut message = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations });
    if let Some(most) = fail_on_errors {
        message["failOnErrors"] = most.into();
    }
    message
}

fn create(endpoint: &str, id: &str, data: Value) -> Value {
    json!({ "method": "POST", "path": endpoint, "bulkId": id, "data": data })
}

/// An operation on a resource that does not exist.
fn unknown(s: &Session, method: &str) -> Outcome<Value> {
    let kind = s.any_type()?;
    let mut operation = json!({ "method": method, "path": format!("{}/{}", kind.endpoint, s.mark()) });
    if method == "PUT" {
        operation["data"] = s.valid(&kind, json!({}));
    }
    Ok(operation)
}

/// The server has `/Bulk`: one that does not say whether it has is asked as if it had.
fn there(answer: &Answer) -> Outcome<&Answer> {
    answer.expect(!matches!(answer.status, 404 | 405 | 501), "/Bulk to be there", format!("status {}", answer.status)).or_blocked()
}

/// A job that is processed.
async fn job(s: &Session, operations: Value) -> Outcome<Answer> {
    let answer = s.bulk(operations).await?;
    answer.expect_status(&[200]).or_blocked()?;
    answer.expect_kind("/Operations", Kind::Array).or_blocked()?;
    Ok(answer)
}

/// The result of the one operation with that method.
fn result<'a>(job: &'a Answer, method: &str) -> Outcome<&'a Value> {
    job.expect_element("/Operations", &format!("the result of {method}"), |one| one["method"] == method).or_blocked()
}

/// The result of the operation that creates with that bulkId; where a server leaves bulkIds out, of the last one that creates.
fn created<'a>(job: &'a Answer, id: &str) -> Outcome<&'a Value> {
    let results = job.at("/Operations").as_array().map(Vec::as_slice).unwrap_or_default();
    let found = results.iter().find(|one| one["bulkId"] == id).or(results.iter().rfind(|one| one["method"] == "POST"));
    found.ok_or_else(|| job.failure(format!("the result of the operation with bulkId `{id}`"), "it is missing").blocked())
}

/// The code of a result: a text; or in an object, as an example of §3.7.2 has it; or a number, against which there is a check of its own.
fn code(result: &Value) -> Option<u16> {
    let status = &result["status"];
    let text = status.as_str().or(status["code"].as_str()).and_then(|code| code.parse().ok());
    text.or_else(|| status.as_u64().and_then(|code| u16::try_from(code).ok()))
}

fn succeeded(job: &Answer, result: &Value) -> Outcome {
    let succeeded = code(result).is_some_and(|code| (200..300).contains(&code));
    job.expect(succeeded, "a status of success (2xx) for the operation", format!("it is {result}"))?;
    Ok(())
}

fn failed(job: &Answer, result: &Value) -> Outcome {
    let failed = code(result).is_some_and(|code| (400..500).contains(&code));
    job.expect(failed, "a refusal (4xx) of the operation", format!("it is {result}"))?;
    Ok(())
}

fn count(job: &Answer, expected: usize) -> Outcome {
    let found = job.at("/Operations").as_array().map_or(0, Vec::len);
    job.expect(found == expected, format!("{expected} results"), format!("{found}"))?;
    Ok(())
}

/// What an operation has created, as it is now.
async fn read(s: &Session, job: &Answer, id: &str) -> Outcome<Answer> {
    let one = created(job, id)?;
    succeeded(job, one).or_blocked()?;
    let Some(location) = one["location"].as_str() else {
        return Err(job.failure(format!("the location of `{id}`"), "it is absent").blocked());
    };
    let answer = s.get(location).await.or_blocked()?;
    answer.expect_status(&[200]).or_blocked()?;
    Ok(answer)
}

// ---- §3.7 ---------------------------------------------------------------------------------------------------------------------

async fn optional(s: Session) -> Outcome {
    let config = s.get("/ServiceProviderConfig").await.or_blocked()?;
    config.expect_status(&[200]).or_blocked()?;
    let supported = config.expect_kind("/bulk/supported", Kind::Boolean).or_blocked()?.clone();
    let mut operation = unknown(&s, "DELETE")?;
    operation["bulkId"] = "as-discovered".into();
    let answer = s.bulk(json!([operation])).await?;
    if supported == true {
        let is_there = !matches!(answer.status, 404 | 405 | 501);
        answer.expect(is_there, "/Bulk is there, as bulk.supported says", format!("status {}", answer.status))?;
    } else {
        // With which status, Table 8 says.
        answer.expect_refusal()?;
    }
    Ok(())
}

async fn operations(s: Session) -> Outcome {
    count(&job(&s, json!([unknown(&s, "DELETE")?])).await?, 1)?;
    let schemas = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"] });
    s.post("/Bulk", schemas).await?.expect_refusal().or_warning()?;
    Ok(())
}

async fn location(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let (changed, removed) = (s.create(&kind, json!({})).await?, s.create(&kind, json!({})).await?);
    let operations = json!([
        create(&kind.endpoint, "with-location", s.valid(&kind, json!({}))),
        { "method": "PUT", "path": changed.path, "data": s.replacement(&changed, json!({})) },
        { "method": "DELETE", "path": removed.path },
    ]);
    let job = job(&s, operations).await?;
    for method in ["POST", "PUT", "DELETE"] {
        let one = result(&job, method)?;
        succeeded(&job, one).or_blocked()?;
        let has_location = one["location"].as_str().is_some_and(|location| location.contains(&kind.endpoint));
        job.expect(has_location, format!("the location of the resource with the result of {method}"), format!("it is {one}"))?;
    }
    Ok(())
}

async fn error_of_failures(s: Session) -> Outcome {
    let job = job(&s, json!([unknown(&s, "PUT")?])).await?;
    let one = result(&job, "PUT")?;
    failed(&job, one).or_blocked()?;
    let response = &one["response"];
    let has_urn = response["schemas"].as_array().is_some_and(|schemas| schemas.iter().any(|urn| urn == ERROR));
    let repeats = response["status"].as_str().and_then(|status| status.parse().ok()) == code(one);
    job.expect(has_urn && repeats, "an Error message with the status of the operation", format!("it is {response}"))?;
    Ok(())
}

async fn response_of_successes(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let job = job(&s, json!([create(&kind.endpoint, "succeeds", s.valid(&kind, json!({})))])).await?;
    let one = created(&job, "succeeds")?;
    succeeded(&job, one).or_blocked()?;
    let found = if one["response"].is_object() { "has" } else { "leaves out" };
    s.note(format!("the result of a successful operation {found} the response"));
    Ok(())
}

async fn same_result(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let resource = s.create(&kind, text.with("before")).await?;
    let change = |value: &str| json!({ "method": "PUT", "path": resource.path, "data": s.replacement(&resource, text.with(value)) });
    let job = job(&s, json!([change("the first change"), change("the last change")])).await?;
    for one in job.at("/Operations").as_array().into_iter().flatten() {
        succeeded(&job, one).or_blocked()?;
    }
    s.current(&resource).await?.expect_value(&text.pointer(), "the last change")?;
    Ok(())
}

async fn same_rules(s: Session) -> Outcome {
    let (kind, unique) = s.unique_text()?;
    let first = s.create(&kind, json!({})).await?;
    let Some(taken) = first.body.pointer(&unique.pointer()).cloned() else {
        return Err(Stop::Skipped(format!("the server does not show `{}`", unique.path())));
    };
    let chosen = s.mark();
    let operations = json!([
        create(&kind.endpoint, "a-duplicate", s.valid(&kind, unique.with(taken))),
        create(&kind.endpoint, "with-an-id", s.valid(&kind, json!({ "id": chosen }))),
    ]);
    let job = job(&s, operations).await?;
    let duplicate = created(&job, "a-duplicate")?;
    job.expect(code(duplicate) == Some(409), "status 409 for the duplicate", format!("it is {duplicate}"))?;
    let other = read(&s, &job, "with-an-id").await?;
    other.expect(*other.at("/id") != chosen.as_str(), "an id that the server has chosen", "the id that the client sent")?;
    Ok(())
}

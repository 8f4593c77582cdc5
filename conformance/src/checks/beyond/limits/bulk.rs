//! Bulk requests at and over the limits that the server itself names.

use serde_json::{Value, json};

use super::{count, succeeds};
use crate::check::{Check, Judged, Need, Outcome, Stop, must};
use crate::session::{Answer, Session};

const EXCEEDED: &str = "If either limit is exceeded, the service provider MUST return HTTP response code 413 (Payload Too Large)";
const NEEDS: &[Need] = &[Need::Limits, Need::Bulk, Need::Filter];

/// The largest limits that are tried.
const MOST_OPERATIONS: u64 = 5_000;
const MOST_BYTES: u64 = 8 << 20;

pub(super) fn checks() -> Vec<Check> {
    let check = |id| must(id, EXCEEDED).needs(NEEDS);
    vec![
        check("beyond-limits-bulk-operations-refused-whole")
            .why("a job that was refused is sent again in parts, and what was done already is done twice")
            .talk(operations_refused_whole),
        check("beyond-limits-bulk-payload-refused-whole")
            .why("a job that was refused is sent again in parts, and what was done already is done twice")
            .talk(payload_refused_whole),
        must("beyond-limits-bulk-operations-at-limit", "maxOperations  An integer value specifying the maximum number of operations")
            .needs(NEEDS)
            .why("a client that keeps to the limit is refused, or gets fewer results than it has sent operations")
            .talk(operations_at_limit),
        must("beyond-limits-bulk-payload-at-limit", "maxPayloadSize  An integer value specifying the maximum payload size in bytes")
            .needs(NEEDS)
            .why("a client that keeps to the limit is refused")
            .talk(payload_at_limit),
    ]
}

/// A limit that the server names, if it is not too large to try.
fn limit(s: &Session, name: &str, most: u64) -> Outcome<usize> {
    let limit = &s.model().config["bulk"][name];
    match limit.as_u64().filter(|limit| (1..=most).contains(limit)) {
        Some(limit) => Ok(usize::try_from(limit).unwrap_or(usize::MAX)),
        None => Err(Stop::Skipped(format!("bulk.{name} is {limit}: the suite tries 1 to {most}"))),
    }
}

/// So many operations: one that creates a resource with that text, and others on what does not exist.
fn operations(s: &Session, number: usize, value: &str) -> Outcome<Vec<Value>> {
    let (kind, text) = s.free_text()?;
    let create = json!({ "method": "POST", "path": kind.endpoint, "bulkId": "limit", "data": s.valid(&kind, text.with(value)) });
    let mark = s.mark();
    let remove = |number| json!({ "method": "DELETE", "path": format!("{}/{mark}-{number}", kind.endpoint) });
    Ok([create].into_iter().chain((1..number).map(remove)).collect())
}

/// A bulk request of that many bytes that creates a resource with that text.
fn padded(s: &Session, length: usize, value: &str) -> Outcome<String> {
    let schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"];
    let body = json!({ "schemas": schemas, "Operations": operations(s, 1, value)? }).to_string();
    // Blanks between the tokens of JSON say nothing and count.
    Ok(format!("{}{body}", " ".repeat(length.saturating_sub(body.len()))))
}

/// How many resources have that text.
async fn found(s: &Session, value: &str) -> Outcome<u64> {
    let (kind, text) = s.free_text()?;
    count(s, &kind, &text, value).await
}

async fn operations_refused_whole(s: Session) -> Outcome {
    let (limit, value) = (limit(&s, "maxOperations", MOST_OPERATIONS)?, s.mark());
    let answer = s.bulk(operations(&s, limit + 1, &value)?.into()).await?;
    refused_whole(&s, answer, &value).await
}

async fn payload_refused_whole(s: Session) -> Outcome {
    let (limit, value) = (limit(&s, "maxPayloadSize", MOST_BYTES)?, s.mark());
    let answer = s.ask("POST", "/Bulk").text(padded(&s, limit + 1, &value)?).send().await.or_warning()?;
    refused_whole(&s, answer, &value).await
}

/// Whatever is answered to a request over a limit (§3.7.4 has checks of its own), it is no failure, and nothing is done.
async fn refused_whole(s: &Session, answer: Answer, value: &str) -> Outcome {
    if succeeds(s, &answer).await? {
        return answer.expect_status(&[413]).map(|_| ()).or_blocked();
    }
    let found = found(s, value).await?;
    answer.expect(found == 0, "nothing of what was refused", format!("{found} new resources"))?;
    Ok(())
}

async fn operations_at_limit(s: Session) -> Outcome {
    let (limit, value) = (limit(&s, "maxOperations", MOST_OPERATIONS)?, s.mark());
    let answer = s.bulk(operations(&s, limit, &value)?.into()).await?;
    if answer.status == 413 && answer.at("/detail").to_string().contains("maxPayloadSize") {
        return Err(Stop::Skipped("so many operations are more than maxPayloadSize bytes".into()));
    }
    answer.expect_status(&[200])?;
    let results = answer.at("/Operations").as_array().map_or(0, Vec::len);
    answer.expect(results == limit, format!("{limit} results"), format!("{results}"))?;
    let found = found(&s, &value).await?;
    answer.expect(found == 1, "the resource that the first operation creates", format!("{found} new resources"))?;
    Ok(())
}

async fn payload_at_limit(s: Session) -> Outcome {
    let (limit, value) = (limit(&s, "maxPayloadSize", MOST_BYTES)?, s.mark());
    let answer = s.ask("POST", "/Bulk").text(padded(&s, limit, &value)?).send().await?;
    answer.expect_status(&[200])?;
    let found = found(&s, &value).await?;
    answer.expect(found == 1, "the resource that the operation creates", format!("{found} new resources"))?;
    Ok(())
}

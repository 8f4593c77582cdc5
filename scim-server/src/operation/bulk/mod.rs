//! Bulk requests (RFC 7644 §3.7): many operations in one request.
//!
//! `request` reads the message, `prepare` makes of each operation the [`Write`](super::write::Write) that its single request would
//! be, with the temporary ids of `reference` resolved, `order` says which of them belong together and in what order, `run` carries
//! them out, and `atomic` does so as one unit.

mod atomic;
mod order;
mod path;
mod prepare;
mod reference;
mod request;
mod run;

use serde_json::{Map, Value, json};

use super::patch::answers_nothing;
use super::write::Write;
use super::{Answer, Scope};
use crate::etag::etag;
use crate::json::parse_object;
use crate::{Error, Result, Stores};
use prepare::Prepared;
use request::BulkRequest;

/// The URN of the answer (RFC 7644 §3.7).
const BULK_RESPONSE_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

/// What an operation came to: the version that its resource has now.
type Outcome = Result<u64>;

impl<S: Stores> Scope<S> {
    /// Carries out many operations. The answer is 200 with the result of each operation that was processed, in the order of the
    /// request, whether they succeeded or not (S43).
    ///
    /// # Errors
    /// 413 over a limit, before anything is done; `invalidSyntax` and `invalidValue` if the message itself is wrong.
    pub async fn bulk(&self, body: &[u8]) -> Result<Answer> {
        let request = BulkRequest::parse(parse_object(body)?, &self.leniency)?;
        request.check(self.server.limits())?;
        let fail_on_errors = request.fail_on_errors;
        let prepared = self.prepare(request.operations);
        let units = order::units(&prepared);
        let outcomes = if self.server.has_atomic_bulk() {
            self.run_as_one(&prepared, &units).await
        } else {
            self.run(&prepared, &units, fail_on_errors).await
        };
        let results = prepared.iter().zip(outcomes).filter_map(|(prepared, outcome)| Some(self.result(prepared, outcome?)));
        let body = Map::from_iter([
            ("schemas".to_owned(), json!([BULK_RESPONSE_URN])),
            ("Operations".to_owned(), Value::Array(results.collect())),
        ]);
        Ok(Answer { status: 200, body: Some(body.into()), location: None, etag: None })
    }

    /// The result of one operation (RFC 7644 §3.7.3; S11).
    fn result(&self, prepared: &Prepared, outcome: Outcome) -> Value {
        let mut result = Map::new();
        let write = prepared.write.as_ref().ok();
        let has_location = outcome.is_ok() || !matches!(write, Some(Write::Create { .. }));
        if let Some(key) = write.map(Write::key).or(prepared.named.as_ref()).filter(|_| has_location) {
            result.insert("location".into(), self.location(key).into());
        }
        if let Some(method) = &prepared.method {
            result.insert("method".into(), method.as_str().into());
        }
        if let Some(bulk_id) = &prepared.bulk_id {
            result.insert("bulkId".into(), bulk_id.as_str().into());
        }
        match outcome {
            Ok(version) => {
                if !matches!(write, Some(Write::Delete { .. })) {
                    result.insert("version".into(), etag(version).into());
                }
                result.insert("status".into(), write.map_or(200, status).to_string().into());
            }
            Err(error) => {
                result.insert("status".into(), error.status().to_string().into());
                result.insert("response".into(), self.describe_failure(&error));
            }
        }
        Value::Object(result)
    }

    /// The error message. The cause of a defect stands in the log and nowhere else, as for a single request.
    fn describe_failure(&self, error: &Error) -> Value {
        let mut body = error.to_json();
        let id = &self.caller.request_id;
        if let Some(cause) = std::error::Error::source(error) {
            tracing::error!(request_id = id, status = error.status(), cause = ?cause.to_string(), "an operation of a bulk request failed");
        }
        if error.status() == 500 {
            body["detail"] = format!("internal error; the log has more under the request id {id}").into();
        }
        body
    }
}

/// The status that the single request would have been answered with.
fn status(write: &Write) -> u16 {
    match write {
        Write::Create { .. } => 201,
        Write::Replace { .. } => 200,
        Write::Patch { key, .. } if answers_nothing(&key.kind) => 204,
        Write::Patch { .. } => 200,
        Write::Delete { .. } => 204,
    }
}

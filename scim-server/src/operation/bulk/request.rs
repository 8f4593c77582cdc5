//! The message of a bulk request (RFC 7644 §3.7).

use serde_json::Value;

use crate::patch::{check_schemas, list_of_operations};
use crate::server::Limits;
use crate::store::Document;
use crate::{Error, Leniency, Result};

/// The URN of the message.
const BULK_REQUEST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// A bulk request.
#[derive(Debug)]
pub(super) struct BulkRequest {
    /// After so many errors the rest is not processed.
    pub(super) fail_on_errors: Option<u64>,
    pub(super) operations: Vec<Value>,
}

impl BulkRequest {
    /// Reads the message: its members in any case (S39), unknown ones ignored.
    pub(super) fn parse(message: Document, leniency: &Leniency) -> Result<Self> {
        let (mut schemas, mut fail_on_errors, mut operations) = (None, None, None);
        for (name, value) in message {
            match name.to_ascii_lowercase().as_str() {
                "schemas" => schemas = Some(value),
                "failonerrors" => fail_on_errors = Some(value),
                "operations" => operations = Some(value),
                _ => {}
            }
        }
        check_schemas(schemas, BULK_REQUEST_URN, leniency)?;
        let operations = list_of_operations(operations, leniency)?;
        let fail_on_errors = match fail_on_errors {
            None | Some(Value::Null) => None,
            Some(value) => match value.as_u64() {
                Some(errors) if errors >= 1 => Some(errors),
                _ => return Err(Error::invalid_value("`failOnErrors` must be a whole number from 1: send one, or leave it out")),
            },
        };
        Ok(Self { fail_on_errors, operations })
    }

    /// Holds the request against the limits (RFC 7644 §3.7.4; T13): nothing was done yet.
    pub(super) fn check(&self, limits: &Limits) -> Result<()> {
        let (count, limit) = (self.operations.len(), limits.bulk_operations);
        if count > limit {
            let detail = format!("the bulk request has {count} operations, which exceeds maxOperations ({limit}): send several requests");
            return Err(Error::of_status(413, detail));
        }
        let (count, limit) = (self.operations.iter().map(patch_operations).sum::<usize>(), limits.patch_operations);
        if count > limit {
            let detail =
                format!("the PATCHes of the bulk request have {count} operations together, the limit is {limit}: send several requests");
            return Err(Error::of_status(413, detail));
        }
        Ok(())
    }
}

/// How many operations a PATCH has in its `data`.
fn patch_operations(operation: &Value) -> usize {
    match member(operation, "data") {
        Some(Value::Array(list)) => list.len(),
        Some(data) => member(data, "Operations").and_then(Value::as_array).map_or(0, Vec::len),
        None => 0,
    }
}

/// A member, whatever its case (S39).
pub(super) fn member<'v>(value: &'v Value, wanted: &str) -> Option<&'v Value> {
    value.as_object()?.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
}

//! The port that sees every finished exchange: log, metrics, an application's own record.

use std::time::Duration;

use crate::{Caller, Quirk, ScimType};

/// Sees every finished exchange, refused ones too, outside of any transaction.
pub trait Observer: Send + Sync + 'static {
    /// The exchange is over. This runs before the answer is sent: be quick.
    fn finished(&self, exchange: &Exchange<'_>);
}

/// One request and what came of it. It holds no query string, no body and no token, and nothing but `detail` has words of them (T10).
#[derive(Debug, Clone)]
pub struct Exchange<'a> {
    /// Who made the request; nobody if the credential was refused.
    pub caller: Option<&'a Caller>,
    /// The id of the request, as in the header `X-Request-Id` of the answer.
    pub request_id: &'a str,
    /// The HTTP method.
    pub method: &'a str,
    /// The path below the base, without the query.
    pub path: &'a str,
    /// The status of the answer.
    pub status: u16,
    /// The keyword of a SCIM error, if it has one.
    pub scim_type: Option<ScimType>,
    /// The `detail` of a SCIM error. It may repeat a few words of the request, a name in a filter say: it is for whoever administers the
    /// tenant, and not for a log (T10).
    pub detail: Option<&'a str>,
    /// The quirks that the request needed.
    pub quirks: &'a [Quirk],
    /// How long it took.
    pub duration: Duration,
    /// How many statements the store ran for it, if the store counts them ([`Store::statements`](crate::Store::statements)).
    pub statements: Option<u64>,
}

//! The answers of an operation: statuses, headers, bodies.

use poem_openapi::registry::{MetaHeader, MetaMediaType, MetaResponse, MetaSchema};

use super::message::{reference, said};
use super::schema::inline;
use super::text::kept;

/// The media type of every body (RFC 7644 §3.1).
pub(super) const MEDIA_TYPE: &str = "application/scim+json";

/// An answer to a request that succeeded.
pub(super) fn success(status: u16, description: &str, component: Option<&str>, headers: &[Header]) -> MetaResponse {
    answer(status, kept(description), component, headers)
}

/// An answer to a request that failed, with the headers of its status.
pub(super) fn failure(status: u16, has_body: bool) -> MetaResponse {
    let headers: &[Header] = match status {
        401 => &[Header::Challenge],
        403 => &[Header::Scope],
        429 | 503 => &[Header::RetryAfter],
        _ => &[],
    };
    answer(status, meaning(status), has_body.then_some("Error"), headers)
}

fn answer(status: u16, description: &'static str, component: Option<&str>, headers: &[Header]) -> MetaResponse {
    let content = component.map(|name| MetaMediaType { content_type: MEDIA_TYPE, schema: reference(name) });
    MetaResponse {
        description,
        status: Some(status),
        status_range: None,
        content: content.into_iter().collect(),
        headers: headers.iter().chain(&[Header::RequestId]).map(Header::describe).collect(),
    }
}

/// What a status of Table 8 says (RFC 7644 §3.12), and those that HTTP adds (S40).
fn meaning(status: u16) -> &'static str {
    match status {
        400 => "The request is malformed; `scimType` and `detail` say where.",
        401 => "There is no valid bearer token.",
        403 => "The credential may not do that, or the request is forbidden for all.",
        404 => "There is no such resource.",
        408 => "The body did not arrive in time.",
        409 => "A value is taken that must be unique.",
        412 => "The resource is not at a version that `If-Match` names, or at one that `If-None-Match` names.",
        413 => "The body, or the number of its operations, is over the limit.",
        414 => "The URL is over the limit.",
        415 => "The body is not JSON in UTF-8.",
        429 => "There are too many requests; `Retry-After` says when to repeat it.",
        431 => "The head of the request is over the limit.",
        500 => "The server has a defect; its log has more under the request id.",
        503 => "The server is overloaded for a moment; `Retry-After` says when to repeat the request.",
        other => unreachable!("no operation answers {other}"),
    }
}

/// The headers of answers.
#[derive(Debug, Clone, Copy)]
pub(super) enum Header {
    RequestId,
    ETag,
    Location,
    ContentLocation,
    Allow,
    Challenge,
    /// The same header where only a lack of scopes brings it.
    Scope,
    RetryAfter,
}

impl Header {
    fn describe(&self) -> MetaHeader {
        let uri = || MetaSchema::new_with_format("string", "uri");
        let (name, schema, description) = match self {
            Self::RequestId => ("X-Request-Id", MetaSchema::new("string"), "The id of the request, the same as in the server's log."),
            Self::ETag => ("ETag", MetaSchema::new("string"), "The version of the resource, the same as `meta.version`."),
            Self::Location => ("Location", uri(), "Where the resource is, the same as `meta.location`."),
            Self::ContentLocation => ("Content-Location", uri(), "Where the resource in the body is."),
            Self::Allow => ("Allow", MetaSchema::new("string"), "The methods of the endpoint."),
            Self::Challenge => ("WWW-Authenticate", MetaSchema::new("string"), "`Bearer`, and what is wrong with the token that was sent."),
            Self::Scope => {
                ("WWW-Authenticate", MetaSchema::new("string"), "`Bearer` and `insufficient_scope`, if another credential could do it.")
            }
            Self::RetryAfter => ("Retry-After", said("integer", "Seconds."), "When to repeat the request."),
        };
        MetaHeader {
            name: name.to_owned(),
            description: Some(description.to_owned()),
            required: !matches!(self, Self::Scope),
            deprecated: false,
            schema: inline(schema),
        }
    }
}

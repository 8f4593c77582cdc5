//! SCIM errors (RFC 7644 §3.12): one constructor per row of Tables 8 and 9.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

/// The URN of the error message (RFC 7644 §3.12).
pub const ERROR_URN: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// The detail error keywords of RFC 7644 Table 9 and RFC 9865 Table 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ScimType {
    /// The filter is malformed or compares what cannot be compared.
    InvalidFilter,
    /// The filter yields more results than the server is willing to work through.
    TooMany,
    /// A value is taken that must be unique.
    Uniqueness,
    /// The attribute cannot be changed in that way.
    Mutability,
    /// The body is not of the form of the request.
    InvalidSyntax,
    /// The path of a PATCH operation is malformed or names no attribute.
    InvalidPath,
    /// The path of a PATCH operation names nothing that could be changed.
    NoTarget,
    /// A value is missing, of the wrong type or not acceptable.
    InvalidValue,
    /// The version of the protocol in the URL is not supported.
    InvalidVers,
    /// The attribute is too sensitive for a URL (RFC 7644 §7.5.2).
    Sensitive,
    /// The cursor is not one of this query (RFC 9865 §2.1).
    InvalidCursor,
    /// The cursor is too old (RFC 9865 §2.1).
    ExpiredCursor,
    /// The count of a cursor's query is no number, or another one than on the page before (RFC 9865 §2.1).
    InvalidCount,
}

impl ScimType {
    /// All of them, for descriptions.
    pub const ALL: &'static [ScimType] = &[
        ScimType::InvalidFilter,
        ScimType::TooMany,
        ScimType::Uniqueness,
        ScimType::Mutability,
        ScimType::InvalidSyntax,
        ScimType::InvalidPath,
        ScimType::NoTarget,
        ScimType::InvalidValue,
        ScimType::InvalidVers,
        ScimType::Sensitive,
        ScimType::InvalidCursor,
        ScimType::ExpiredCursor,
        ScimType::InvalidCount,
    ];
}

/// A request that failed: the status, the keyword and a sentence for the administrator (RFC 7644 §3.12).
///
/// # Examples
/// ```
/// let error = scim_server::Error::invalid_value("`userName` is required: send the user's sign-in name");
/// assert_eq!(error.status(), 400);
/// assert_eq!(error.to_json()["scimType"], "invalidValue");
/// ```
#[derive(Debug)]
pub struct Error {
    status: u16,
    scim_type: Option<ScimType>,
    detail: String,
    oauth_error: Option<&'static str>,
    retry_after: Option<Duration>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// When a request that met a full server is worth repeating.
const SOON: Duration = Duration::from_secs(1);

const OVERLOADED: &str = "the service is overloaded for a moment: repeat the request later";

/// What most functions of this crate return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    fn new(status: u16, scim_type: impl Into<Option<ScimType>>, detail: impl Into<String>) -> Self {
        Self { status, scim_type: scim_type.into(), detail: detail.into(), oauth_error: None, retry_after: None, source: None }
    }

    /// 400 `invalidFilter`.
    pub fn invalid_filter(detail: impl Into<String>) -> Self {
        Self::new(400, ScimType::InvalidFilter, detail)
    }

    /// 400 `tooMany`.
    pub fn too_many(detail: impl Into<String>) -> Self {
        Self::new(400, ScimType::TooMany, detail)
    }

    /// 409 `uniqueness`.
    pub fn uniqueness(detail: impl Into<String>) -> Self {
        Self::new(409, ScimType::Uniqueness, detail)
    }

    /// 400 `mutability`.
    pub fn mutability(detail: impl Into<String>) -> Self {
        Self::new(400, ScimType::Mutability, detail)
    }

    /// 400 `invalidSyntax`.
    pub fn invalid_syntax(detail: impl Into<String>) -> Self {
        Self::new(400, ScimType::InvalidSyntax, detail)
    }

    /// 400 `invalidPath`.
    pub fn invalid_path(detail: impl Into<String>) -> Self {
        Self::new(400, ScimType::InvalidPath, detail)
    }

    /// 400 `noTarget`.
    pub fn no_target(detail: impl Into<String>) -> Self {
        Self::new(400, ScimType::NoTarget, detail)
    }

    /// 400 `invalidValue`.
    pub fn invalid_value(detail: impl Into<String>) -> Self {
        Self::new(400, ScimType::InvalidValue, detail)
    }

    /// 400 `invalidVers`.
    pub fn invalid_version(detail: impl Into<String>) -> Self {
        Self::new(400, ScimType::InvalidVers, detail)
    }

    /// 400 `invalidCursor`. The same words for a forged one, one of another tenant and one of another query: they tell nothing of what
    /// there is (RFC 9865 §5.2).
    #[must_use]
    pub fn invalid_cursor() -> Self {
        let detail = "the cursor is not one of this query: send the `nextCursor` of the page before with the same parameters, or begin \
                      again with an empty `cursor`";
        Self::new(400, ScimType::InvalidCursor, detail)
    }

    /// 400 `expiredCursor`.
    #[must_use]
    pub fn expired_cursor() -> Self {
        let detail = "the cursor has expired: begin again with an empty `cursor`, and ask for the next page sooner (`cursorTimeout` in \
                      /ServiceProviderConfig says how soon)";
        Self::new(400, ScimType::ExpiredCursor, detail)
    }

    /// 400 `invalidCount`.
    pub fn invalid_count(detail: impl Into<String>) -> Self {
        Self::new(400, ScimType::InvalidCount, detail)
    }

    /// 401: no valid credential. The HTTP layer adds `WWW-Authenticate`.
    #[must_use]
    pub fn unauthorized() -> Self {
        let detail = "the request has no valid bearer token: check the secret token that the client was given";
        Self { oauth_error: Some("invalid_token"), ..Self::new(401, None, detail) }
    }

    /// 403: the credential is valid, but its scopes do not reach so far (RFC 6750 §3.1).
    pub fn insufficient_scope(detail: impl Into<String>) -> Self {
        Self { oauth_error: Some("insufficient_scope"), ..Self::new(403, None, detail) }
    }

    /// 403 that no other scope of the credential would change.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(403, None, detail)
    }

    /// 403 `sensitive`: the request is too revealing for a URL (RFC 7644 §7.5.2).
    pub fn sensitive(detail: impl Into<String>) -> Self {
        Self::new(403, ScimType::Sensitive, detail)
    }

    /// 404 for a resource. The same words for an id of another tenant and for one that never was (T02).
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(404, None, "there is no such resource: it was never created or has been deleted")
    }

    /// 404 for a path that is not part of the server.
    pub fn no_endpoint(detail: impl Into<String>) -> Self {
        Self::new(404, None, detail)
    }

    /// 412: the resource is not at the version that `If-Match` names (RFC 7644 §3.14).
    #[must_use]
    pub fn precondition_failed() -> Self {
        let detail = "the resource is not at the version that the request names (If-Match, or `version` in a bulk request): read it again and \
             repeat the change";
        Self::new(412, None, detail)
    }

    /// 413 for a body over the limit.
    #[must_use]
    pub fn too_large(limit: usize) -> Self {
        Self::new(413, None, format!("the body is larger than the limit of {limit} bytes: send fewer values in one request"))
    }

    /// 501: an optional feature that this server does not have.
    pub fn not_implemented(detail: impl Into<String>) -> Self {
        Self::new(501, None, detail)
    }

    /// 429: more requests than the limit allows; after that time there is room again (RFC 6585 §4).
    #[must_use]
    pub fn too_many_requests(retry_after: Duration) -> Self {
        let detail =
            "the client sends more requests than the limit allows: wait as long as the header Retry-After says and repeat the request";
        Self { retry_after: Some(retry_after), ..Self::new(429, None, detail) }
    }

    /// 503: there are more requests under way than the server works on at the same time.
    #[must_use]
    pub fn overloaded() -> Self {
        Self { retry_after: Some(SOON), ..Self::new(503, None, OVERLOADED) }
    }

    /// 503: the store cannot be reached or has no time; the client may repeat the request.
    #[must_use]
    pub fn unavailable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { source: Some(source.into()), ..Self::overloaded() }
    }

    /// 500: a defect of ours. The client learns nothing but the request id; the log has the cause.
    #[must_use]
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { source: Some(source.into()), ..Self::new(500, None, "internal error") }
    }

    /// Any other status of HTTP: what the web framework itself refuses (405, 415, …).
    pub fn of_status(status: u16, detail: impl Into<String>) -> Self {
        Self::new(status, None, detail)
    }

    /// The same error once more, without its source: a bulk request can tell it twice.
    pub(crate) fn copy(&self) -> Self {
        Self { source: None, detail: self.detail.clone(), ..*self }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The keyword of Table 9, if one applies.
    #[must_use]
    pub fn scim_type(&self) -> Option<ScimType> {
        self.scim_type
    }

    /// What the administrator should change.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The code of RFC 6750 §3.1, if the credential is why the request failed.
    #[must_use]
    pub fn oauth_error(&self) -> Option<&'static str> {
        self.oauth_error
    }

    /// When the same request may succeed, if that is known: the header `Retry-After` in whole seconds.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The same error with words before its detail, e.g. which operation it was.
    #[must_use]
    pub fn within(mut self, place: impl fmt::Display) -> Self {
        self.detail = format!("{place}: {}", self.detail);
        self
    }

    /// The message body (RFC 7644 §3.12): `status` is a string.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut body = json!({"schemas": [ERROR_URN], "status": self.status.to_string()});
        if let Some(keyword) = self.scim_type {
            body["scimType"] = json!(keyword);
        }
        body["detail"] = json!(self.detail);
        body
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.status, self.detail)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Words of a client in one of our messages: at most 64 characters, none of them invisible (T08).
pub(crate) fn quote(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(64)
        .flat_map(|c| if c.is_control() || is_invisible(c) { c.escape_default().collect::<Vec<_>>() } else { vec![c] })
        .collect();
    if text.chars().nth(64).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

/// Characters that change how the text around them is shown.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

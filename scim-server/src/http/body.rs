//! Reading the body of a request within its limit (T13).

use futures_util::StreamExt;
use poem::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use poem::{Body, Request};

use crate::{Error, Result};

/// Reads the body, counting while it comes in.
///
/// # Errors
/// 413 over the limit, without reading on; 415 for another media type; `invalidSyntax` if the connection breaks off.
pub(super) async fn read(request: &Request, body: Body, limit: usize) -> Result<Vec<u8>> {
    check_media_type(request)?;
    let declared = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|declared| declared > limit as u64) {
        return Err(Error::too_large(limit));
    }
    let mut bytes = Vec::new();
    let mut pieces = body.into_bytes_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| Error::invalid_syntax("the body broke off: send the request again"))?;
        if bytes.len() + piece.len() > limit {
            return Err(Error::too_large(limit));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// SCIM JSON, JSON, or no media type at all, in UTF-8 (RFC 7644 §3.1, §3.8; S40).
fn check_media_type(request: &Request) -> Result<()> {
    let Some(header) = request.headers().get(CONTENT_TYPE) else { return Ok(()) };
    let text = header.to_str().unwrap_or_default().to_ascii_lowercase();
    let mut parts = text.split(';').map(str::trim);
    let known = matches!(parts.next(), Some("application/scim+json" | "application/json" | ""));
    let utf8 = parts.filter_map(|parameter| parameter.strip_prefix("charset=")).all(|charset| charset.trim_matches('"') == "utf-8");
    if known && utf8 {
        return Ok(());
    }
    Err(Error::of_status(415, "the body must be JSON in UTF-8: send the header `Content-Type: application/scim+json`"))
}

//! The bearer token of a request (RFC 6750 §2.1).

use poem::Request;
use poem::http::header::AUTHORIZATION;

/// A longer header is no credential of ours.
const MAX_HEADER: usize = 8 * 1024;

/// The token, if the request has exactly one well-formed bearer credential (T04).
pub(super) fn bearer_token(request: &Request) -> Option<&str> {
    let mut headers = request.headers().get_all(AUTHORIZATION).iter();
    let header = headers.next()?;
    if headers.next().is_some() || header.len() > MAX_HEADER {
        return None;
    }
    let (scheme, token) = header.to_str().ok()?.split_once(' ')?;
    let token = token.trim_matches(' ');
    let well_formed = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte));
    (scheme.eq_ignore_ascii_case("Bearer") && well_formed).then_some(token)
}

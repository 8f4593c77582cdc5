//! The bearer token of a request (RFC 6750 §2.1).

use poem::Request;
use poem::http::header::AUTHORIZATION;

/// A longer header is no credential of ours.
const MAX_HEADER: usize = 8 * 1024;

const SCHEME: &str = "Bearer";

/// What a request shows to prove who sends it (T04).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presented<'r> {
    /// Exactly one well-formed bearer token.
    Token(&'r str),
    /// Something of the bearer scheme that is no such token: empty, malformed, repeated or oversized.
    Malformed,
    /// Nothing, or something of another scheme.
    Nothing,
}

impl<'r> Presented<'r> {
    pub(super) fn by(request: &'r Request) -> Self {
        let mut headers = request.headers().get_all(AUTHORIZATION).iter().map(|header| header.as_bytes().trim_ascii());
        let (Some(header), None) = (headers.next(), headers.next()) else {
            let any = request.headers().get_all(AUTHORIZATION).iter().any(|header| is_bearer(header.as_bytes()));
            return if any { Self::Malformed } else { Self::Nothing };
        };
        match token(header) {
            Some(token) => Self::Token(token),
            None if is_bearer(header) => Self::Malformed,
            None => Self::Nothing,
        }
    }
}

fn token(header: &[u8]) -> Option<&str> {
    if header.len() > MAX_HEADER {
        return None;
    }
    let (scheme, token) = std::str::from_utf8(header).ok()?.split_once(' ')?;
    let token = token.trim_matches(' ');
    let well_formed = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte));
    (scheme.eq_ignore_ascii_case(SCHEME) && well_formed).then_some(token)
}

/// Whether the credential is of the bearer scheme, well-formed or not.
fn is_bearer(header: &[u8]) -> bool {
    let scheme = header.trim_ascii().split(u8::is_ascii_whitespace).next().unwrap_or_default();
    scheme.eq_ignore_ascii_case(SCHEME.as_bytes())
}

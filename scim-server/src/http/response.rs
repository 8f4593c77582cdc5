//! Answers on the wire: media type, error body, `Location`, `ETag` and the challenge stand here and nowhere else.

use poem::http::header::{
    ALLOW, CONNECTION, CONTENT_LENGTH, CONTENT_LOCATION, CONTENT_TYPE, ETAG, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE,
};
use poem::http::{HeaderName, HeaderValue, StatusCode};
use poem::{Body, Response};

use super::credential::Presented;
use super::limits::Place;
use super::pieces;
use crate::operation::Body as Message;
use crate::{Answer, Error};

/// The media type of every body (RFC 7644 §3.1, §8.1).
const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/scim+json; charset=utf-8");

/// The id of the request, the same as in the log.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The answer to a request that succeeded, which keeps its place until it has come to its end.
pub(super) fn success(answer: &mut Answer, request_id: &str, place: Option<Place>) -> Response {
    let response = without_message(answer);
    match answer.body.take() {
        Some(Message::Document(document)) => with_json(response, serde_json::to_vec(&document)),
        Some(Message::InPieces(pieces)) => with_body(response, pieces::body(pieces, request_id, place)),
        None => response,
    }
}

/// The answer to HEAD. How long a body in pieces would be nobody has counted, and GET does not tell either (RFC 9110 §9.3.2).
pub(super) async fn head(answer: &mut Answer) -> Response {
    let response = without_message(answer);
    match answer.body.take() {
        Some(Message::Document(document)) => without_body(with_json(response, serde_json::to_vec(&document))).await,
        Some(Message::InPieces(_)) => with_body(response, Body::empty()),
        None => without_body(response).await,
    }
}

fn without_message(answer: &Answer) -> Response {
    let mut response = with_status(answer.status);
    if let Some(location) = &answer.location {
        set(&mut response, LOCATION, location);
        // RFC 9110 §15.4.5: a 304 has what tells the answer apart that the client has.
        if answer.body.is_some() || answer.status == 304 {
            set(&mut response, CONTENT_LOCATION, location);
        }
    }
    if let Some(etag) = &answer.etag {
        set(&mut response, ETAG, etag);
    }
    response
}

/// The answer to a request that failed.
pub(super) fn failure(error: &Error, request_id: &str, presented: Presented<'_>) -> Response {
    let mut response = with_status(error.status());
    match (error.oauth_error(), presented) {
        // RFC 6750 §3.1: who shows no token is not told that it is invalid.
        (Some(_), Presented::Nothing) => set(&mut response, WWW_AUTHENTICATE, r#"Bearer realm="scim""#),
        (Some(code), _) => set(&mut response, WWW_AUTHENTICATE, &format!(r#"Bearer realm="scim", error="{code}""#)),
        (None, _) if error.status() == 401 => set(&mut response, WWW_AUTHENTICATE, r#"Bearer realm="scim""#),
        (None, _) => {}
    }
    if let Some(wait) = error.retry_after() {
        // Rounded up: who comes back then is not too early.
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        set(&mut response, RETRY_AFTER, &seconds.max(1).to_string());
    }
    let mut body = error.to_json();
    if error.status() == 500 {
        body["detail"] = format!("internal error; the log has more under the request id {request_id}").into();
    }
    with_json(response, serde_json::to_vec(&body))
}

/// What OPTIONS answers, and what goes with a 405.
pub(super) fn allow(mut response: Response, methods: &str) -> Response {
    set(&mut response, ALLOW, methods);
    response
}

/// What HEAD answers: the head that GET would have, with the length of its body (RFC 9110 §9.3.2).
pub(super) async fn without_body(mut response: Response) -> Response {
    let length = response.take_body().into_bytes().await.map_or(0, |body| body.len());
    if !matches!(response.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
        set(&mut response, CONTENT_LENGTH, &length.to_string());
    }
    response
}

/// The connection ends with this answer.
pub(super) fn last(mut response: Response) -> Response {
    set(&mut response, CONNECTION, "close");
    response
}

/// No body (RFC 9110 §15.3.5).
pub(super) fn with_status(status: u16) -> Response {
    Response::builder().status(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)).finish()
}

pub(super) fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

fn with_json(response: Response, json: serde_json::Result<Vec<u8>>) -> Response {
    match json {
        Ok(json) => with_body(response, Body::from(json)),
        Err(_) => with_status(500),
    }
}

fn with_body(mut response: Response, body: Body) -> Response {
    response.headers_mut().insert(CONTENT_TYPE, MEDIA_TYPE);
    response.set_body(body);
    response
}

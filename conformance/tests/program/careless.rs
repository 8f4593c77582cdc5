//! A server with some faults that are common.

use std::sync::Arc;

use poem::http::{StatusCode, header};
use poem::{Endpoint, IntoResponse, Request, Response, Result};

/// The faults, around a server that is correct without them.
pub(crate) async fn careless<E: Endpoint>(correct: Arc<E>, mut request: Request) -> Result<Response> {
    // It takes whatever comes for the latest version.
    request.headers_mut().remove(header::IF_MATCH);
    // It does not say that it cannot filter its schemas.
    if request.uri().path().ends_with("/Schemas") {
        *request.uri_mut() = request.uri().path().parse().expect("a path is a URI");
    }
    let answer = correct.call(request).await?.into_response();
    Ok(match answer.status() {
        // It does not tell a conflict from any other error.
        StatusCode::CONFLICT => {
            let body = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"400","detail":"user exists"}"#;
            Response::builder().status(StatusCode::BAD_REQUEST).content_type("application/scim+json").body(body)
        }
        // It does not say where a new resource is.
        StatusCode::CREATED => {
            let mut answer = answer;
            answer.headers_mut().remove(header::LOCATION);
            answer
        }
        _ => answer,
    })
}

//! The base path, taken off the path as it was sent.

use poem::http::Method;
use poem::http::uri::{PathAndQuery, Uri};
use poem::{Endpoint, Request, Response};
use uuid::Uuid;

use super::credential::Presented;
use super::{ScimEndpoint, response};
use crate::{Error, Stores};

impl<S: Stores> ScimEndpoint<S> {
    /// The same endpoint for requests whose paths begin with that base, e.g. `/scim/v2`; others get a SCIM error 404.
    ///
    /// Use it where SCIM is all that is served. Unlike poem's `nest` it does not decode the path to find the base: `nest` refuses
    /// a path that is not UTF-8 after decoding by itself, before any credential was looked at.
    #[must_use]
    pub fn below(self, base: &'static str) -> BelowBase<S> {
        BelowBase { base, endpoint: self }
    }
}

/// The server as a poem endpoint that knows its base path: see [`ScimEndpoint::below`].
#[derive(Debug)]
pub struct BelowBase<S> {
    base: &'static str,
    endpoint: ScimEndpoint<S>,
}

impl<S: Stores> Endpoint for BelowBase<S> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        if let Some(uri) = without(self.base, request.uri()) {
            *request.uri_mut() = uri;
            return self.endpoint.call(request).await;
        }
        let request_id = Uuid::new_v4().to_string();
        let error = Error::no_endpoint(format!("the endpoints are below {}: check the URL that the client was given", self.base));
        let mut answer = response::failure(&error, &request_id, Presented::Nothing);
        if request.method() == Method::HEAD {
            answer = response::without_body(answer).await;
        }
        response::set(&mut answer, response::REQUEST_ID, &request_id);
        Ok(answer)
    }
}

/// The URL without its base, if it begins with that as whole segments.
fn without(base: &str, uri: &Uri) -> Option<Uri> {
    let rest = uri.path_and_query()?.as_str().strip_prefix(base)?;
    let rest: PathAndQuery = match rest.as_bytes().first() {
        Some(b'/') => rest.parse().ok()?,
        None | Some(b'?') => format!("/{rest}").parse().ok()?,
        Some(_) => return None,
    };
    Some(Uri::from(rest))
}

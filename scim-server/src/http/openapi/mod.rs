//! The OpenAPI document of a server, and the page that shows it.

mod answer;
mod document;
mod example;
mod message;
mod operation;
mod page;
mod schema;
mod text;

use std::fmt;

use poem::error::NotFoundError;
use poem::http::header::{ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use poem::http::{Method, StatusCode};
use poem::{Endpoint, IntoResponse, Request, Response};
use serde_json::Value;

use super::response::without_body;
use super::route::Route;
use crate::{ScimServer, Stores};

/// Describes a server in OpenAPI 3.0: its endpoints and methods, and the bodies of its resource types.
///
/// Whoever can reach the document may read it: it has the schemas of the server in it, and nothing of any tenant. An application that
/// wants to keep its schemas to itself does not mount it, or puts its own authentication in front.
///
/// Names of types and attributes are kept in memory for the life of the process, each once. Make the document once for each server, not
/// for each request.
///
/// # Examples
/// ```
/// use poem::{EndpointExt, Route};
/// use scim_server::http::{endpoint, openapi};
/// use scim_server::{MemoryStores, Registry, ScimServer, StaticTokens};
///
/// let server = ScimServer::new(Registry::rfc7643(), MemoryStores::new(), StaticTokens::new()).with_public_url("https://crm.example/scim/v2");
/// let openapi = openapi(&server);
/// assert!(openapi.document()["paths"]["/Users/{id}"]["patch"].is_object());
/// let application = Route::new().nest("/scim/v2", endpoint(server)).nest("/docs", openapi); // /docs/openapi.json, /docs/openapi
/// ```
pub fn openapi<S: Stores>(server: &ScimServer<S>) -> OpenApi {
    let document = document::document(server.registry(), server.public_url(), |route| offers(server, route));
    let text = document.to_string();
    let (page, policy) = page::page(&text);
    OpenApi { document, text, page, policy }
}

/// Whether the server has the endpoint; the route table also lists those that answer nothing but 501.
fn offers<S: Stores>(server: &ScimServer<S>, route: &Route) -> bool {
    match route {
        Route::Root | Route::SearchAll => server.has_root_queries(),
        Route::Me => server.me().is_some(),
        _ => true,
    }
}

/// The document at `/openapi.json` and its page at `/openapi`, as a poem endpoint: see [`openapi`].
#[derive(Clone)]
pub struct OpenApi {
    document: Value,
    text: String,
    page: String,
    policy: String,
}

impl OpenApi {
    /// The document.
    #[must_use]
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// Serves the document and the page beside an application, which gets all other requests.
    #[must_use]
    pub fn beside<E>(self, application: E) -> BesideOpenApi<E> {
        BesideOpenApi { openapi: self, application }
    }

    /// The answer, if the path is one of the two.
    async fn answer(&self, request: &Request) -> Option<Response> {
        let response = match request.uri().path() {
            "/openapi.json" => Response::builder().header(CONTENT_TYPE, "application/json").body(self.text.clone()),
            "/openapi" => Response::builder()
                .header(CONTENT_TYPE, "text/html; charset=utf-8")
                .header(CONTENT_SECURITY_POLICY, &self.policy)
                .body(self.page.clone()),
            _ => return None,
        };
        let response = response.with_header(X_CONTENT_TYPE_OPTIONS, "nosniff").with_header(CACHE_CONTROL, "no-cache").into_response();
        Some(match *request.method() {
            Method::GET => response,
            Method::HEAD => without_body(response).await,
            _ => Response::builder().status(StatusCode::METHOD_NOT_ALLOWED).header(ALLOW, "GET, HEAD").finish(),
        })
    }
}

impl Endpoint for OpenApi {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        self.answer(&request).await.ok_or_else(|| NotFoundError.into())
    }
}

impl fmt::Debug for OpenApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenApi").field("bytes", &self.text.len()).finish_non_exhaustive()
    }
}

/// An application with an OpenAPI document beside it: see [`OpenApi::beside`].
#[derive(Debug)]
pub struct BesideOpenApi<E> {
    openapi: OpenApi,
    application: E,
}

impl<E: Endpoint> Endpoint for BesideOpenApi<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        match self.openapi.answer(&request).await {
            Some(answer) => Ok(answer),
            None => self.application.call(request).await.map(IntoResponse::into_response),
        }
    }
}

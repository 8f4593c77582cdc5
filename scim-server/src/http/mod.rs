//! SCIM over HTTP, on poem (RFC 7644 §3): the only part of the crate that knows it.

mod base;
mod body;
mod credential;
mod limiter;
mod limits;
mod lines;
mod listen;
#[cfg(feature = "openapi")]
mod openapi;
mod pieces;
mod response;
mod route;

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use futures_util::FutureExt;
use poem::http::Method;
use poem::http::header::{CACHE_CONTROL, HeaderName, IF_MATCH, IF_NONE_MATCH};
use poem::{Endpoint, EndpointExt, Request, Response};
use uuid::Uuid;

use crate::observer::Exchange;
use crate::{Answer, Caller, Error, Leniency, Parameters, Profile, Result, Rights, ScimServer, Scope, Store, Stores, TenantId};
pub use base::BelowBase;
use body::Incoming;
use credential::Presented;
use limits::Limited;
pub use limits::RateLimits;
pub use lines::StrictLines;
pub use listen::stop;
#[cfg(feature = "openapi")]
pub use openapi::{BesideOpenApi, OpenApi, openapi};
use route::Route;
pub use route::{RouteDescription, routes};

/// How long the path and query of a request may be: a filter within its own limit always fits, percent-encoded.
const MAX_URI: usize = 60 * 1024;

/// How long the whole head of a request may be (T13).
const MAX_HEAD: usize = 64 * 1024;

/// The server as an endpoint, to be nested into any poem application; the base path is the application's.
///
/// # Examples
/// ```
/// use scim_server::{MemoryStores, Registry, ScimServer, StaticTokens};
///
/// let server = ScimServer::new(Registry::rfc7643(), MemoryStores::new(), StaticTokens::new());
/// let application = poem::Route::new().nest("/scim/v2", scim_server::http::endpoint(server));
/// ```
pub fn endpoint<S: Stores>(server: ScimServer<S>) -> ScimEndpoint<S> {
    ScimEndpoint { server, limited: None }
}

/// Answers what the web framework itself refuses, such as a path outside of the base, with a SCIM error too.
///
/// Wrap the whole application in it if all of its clients speak SCIM.
pub fn scim_errors<E: Endpoint + 'static>(application: E) -> impl Endpoint<Output = Response> {
    application.catch_all_error(async |error: poem::Error| {
        let detail = "this is not part of the server: check the base URL that the client was given";
        response::failure(&Error::of_status(error.status().as_u16(), detail), &Uuid::new_v4().to_string(), Presented::Nothing)
    })
}

/// The server as a poem endpoint: see [`endpoint`].
#[derive(Debug)]
pub struct ScimEndpoint<S> {
    server: ScimServer<S>,
    limited: Option<Limited>,
}

impl<S: Stores> ScimEndpoint<S> {
    /// The same endpoint, which takes so many requests and no more.
    #[must_use]
    pub fn with_rate_limits(self, limits: RateLimits) -> Self {
        Self { limited: Some(Limited::new(limits)), ..self }
    }
}

impl<S: Stores> Endpoint for ScimEndpoint<S> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let mut body = Incoming::new(&mut request);
        Ok(self.answer(&request, &mut body).await)
    }
}

/// What an endpoint answers.
enum Reply {
    /// A result.
    Answer(Answer),
    /// The methods, to OPTIONS.
    Methods(&'static str),
}

/// Why a request was refused.
struct Refusal {
    error: Error,
    /// With a 405, the methods that there are.
    methods: Option<&'static str>,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self { error, methods: None }
    }
}

impl<S: Stores> ScimEndpoint<S> {
    /// Answers one request, and tells the log and the observer. Authentication stands before routing (T04).
    async fn answer(&self, request: &Request, body: &mut Incoming) -> Response {
        let started = Instant::now();
        let request_id = Uuid::new_v4().to_string();
        let presented = Presented::by(request);
        let mut place = None;
        let (scope, mut outcome) = match caught(self.authenticate(request, presented, &request_id)).await {
            Ok(caller) => {
                let entered = self.limited.as_ref().map(|limited| limited.enter(&caller)).transpose();
                let scope = self.server.scope(caller);
                let outcome = match entered {
                    Ok(entered) => {
                        place = entered;
                        caught(dispatch(&scope, request, body)).await
                    }
                    Err(error) => Err(error.into()),
                };
                (Some(scope), outcome)
            }
            Err(refusal) => (None, Err(refusal)),
        };
        if outcome.is_err() {
            body.discard().await;
        }
        let is_head = request.method() == Method::HEAD;
        let mut answer = match &mut outcome {
            Ok(Reply::Answer(answer)) if is_head => response::head(answer).await,
            Ok(Reply::Answer(answer)) => response::success(answer, &request_id, place.take()),
            Ok(Reply::Methods(methods)) => response::allow(response::with_status(204), methods),
            Err(Refusal { error, methods }) => {
                let answer = response::failure(error, &request_id, presented);
                let answer = match methods {
                    Some(methods) => response::allow(answer, methods),
                    None => answer,
                };
                if body.is_over() { answer } else { response::last(answer) }
            }
        };
        if is_head && outcome.is_err() {
            answer = response::without_body(answer).await;
        }
        response::set(&mut answer, response::REQUEST_ID, &request_id);
        let quirks = scope.as_ref().map(|scope| scope.leniency().met()).unwrap_or_default();
        let error = outcome.as_ref().err().map(|refusal| &refusal.error);
        let exchange = Exchange {
            caller: scope.as_ref().map(Scope::caller),
            request_id: &request_id,
            method: request.method().as_str(),
            path: request.uri().path(),
            status: answer.status().as_u16(),
            scim_type: error.and_then(Error::scim_type),
            detail: error.map(Error::detail),
            quirks: &quirks,
            duration: started.elapsed(),
            statements: scope.as_ref().and_then(|scope| scope.store.statements()),
        };
        log(&exchange, error);
        if let Some(observer) = self.server.observer() {
            observer.finished(&exchange);
        }
        answer
    }

    async fn authenticate(&self, request: &Request, presented: Presented<'_>, request_id: &str) -> Result<Caller, Refusal> {
        let address = self.limited.as_ref().and_then(|limited| limited.address(request));
        if let (Some(limited), Some(address)) = (&self.limited, address) {
            limited.check_address(address)?;
        }
        let found = match presented {
            Presented::Token(token) => self.server.authenticator().authenticate(token).await?,
            Presented::Malformed | Presented::Nothing => None,
        };
        if let Some(caller) = found {
            return Ok(caller.with_request_id(request_id));
        }
        // S91: a caller without tenant and rights sees what discovery shows and nothing else.
        if presented == Presented::Nothing && self.server.has_open_discovery() && is_discovery(request) {
            // Each address has a rate of its own: one that asks too often keeps no other from looking.
            let credential = address.map_or_else(|| "none".to_owned(), |address| format!("none, from {address}"));
            return Ok(Caller::new(TenantId::new(""), credential).with_rights(Rights::none()).with_request_id(request_id));
        }
        // Who shows no token yet tries none.
        if let (Some(limited), Some(address), Presented::Token(_) | Presented::Malformed) = (&self.limited, address, presented) {
            limited.check_bad_credential(address)?;
        }
        Err(Error::unauthorized().into())
    }
}

/// Whether the request only looks at what the server can do.
fn is_discovery(request: &Request) -> bool {
    let route = Route::find(request.uri().path(), &Leniency::new(Profile::STRICT));
    [Method::GET, Method::HEAD].contains(request.method())
        && matches!(
            route,
            Ok(Route::ServiceProviderConfig | Route::ResourceTypes | Route::ResourceType(_) | Route::Schemas | Route::Schema(_))
        )
}

/// A panic is a defect of ours: the client gets a SCIM error, the other requests go on.
async fn caught<T>(work: impl Future<Output = Result<T, Refusal>>) -> Result<T, Refusal> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_| Err(Error::internal("a panic, see above").into()))
}

/// The table of RFC 7644 §3.2: each endpoint and method is one call.
async fn dispatch<S: Stores>(scope: &Scope<S>, request: &Request, body: &mut Incoming) -> Result<Reply, Refusal> {
    check_head(request)?;
    let uri = request.uri();
    let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
    let (route, me) = match Route::find(uri.path(), scope.leniency())? {
        // What `/Me` stands for is answered as if it had been named (RFC 7644 §3.11).
        Route::Me if [Method::GET, Method::PUT, Method::PATCH, Method::DELETE].contains(method) => {
            let (endpoint, id) = scope.me().await?;
            (Route::Resource(endpoint.clone(), id.clone()), Some(scope.location_of(&endpoint, &id)))
        }
        route => (route, None),
    };
    match &route {
        // Reading an endpoint that is not there is for the operation to judge: some clients expect an empty list.
        Route::Type(_) | Route::Resource(..) if method == Method::GET => {}
        Route::Search(_) if method == Method::POST => {}
        Route::Type(endpoint) | Route::Resource(endpoint, _) | Route::Search(endpoint) => scope.knows(endpoint)?,
        Route::ServiceProviderConfig | Route::ResourceTypes | Route::ResourceType(_) | Route::Schemas | Route::Schema(_) => {}
        Route::SearchAll | Route::Root | Route::Bulk | Route::Me => {}
    }
    let parameters = || Parameters::parse(uri.query().unwrap_or_default(), scope.leniency());
    let listing = || -> Result<Parameters> {
        let mut parameters = parameters()?;
        parameters.may_be_stale = accepts_stale(request);
        Ok(parameters)
    };
    let mut body = async |endpoint: &str| body.read(request.headers(), scope.body_limit(endpoint)).await;
    let if_match = || condition(request, &IF_MATCH);
    let if_none_match = || condition(request, &IF_NONE_MATCH);
    if let ("PUT" | "PATCH" | "DELETE", Route::Resource(endpoint, id)) = (method.as_str(), &route)
        && let Some(tags) = if_none_match()?
    {
        scope.check_none_match(endpoint, id, &tags).await?;
    }
    match &route {
        Route::Type(endpoint) if method == Method::GET => scope.check_url(Some(endpoint), &parameters()?)?,
        Route::Root if method == Method::GET => scope.check_url(None, &parameters()?)?,
        _ => {}
    }
    let answer = match (method.as_str(), &route) {
        ("OPTIONS", route) => return Ok(Reply::Methods(route.methods())),
        ("POST", Route::Me) => scope.create_me(&body("/").await?, &parameters()?).await,
        ("POST", Route::Bulk) => scope.bulk(&body("Bulk").await.map_err(over_payload)?).await,
        ("GET", Route::ServiceProviderConfig) => scope.service_provider_config(&parameters()?),
        ("GET", Route::ResourceTypes) => scope.resource_types(&parameters()?),
        ("GET", Route::ResourceType(name)) => scope.resource_type(name, &parameters()?),
        ("GET", Route::Schemas) => scope.schemas(&parameters()?),
        ("GET", Route::Schema(urn)) => scope.schema(urn, &parameters()?),
        ("GET", Route::Root) => scope.query_all(&listing()?).await,
        ("POST", Route::SearchAll) => scope.search_all(&body("").await?, &listing()?).await,
        ("GET", Route::Type(endpoint)) => scope.query(endpoint, &listing()?).await,
        // The limit is that of any endpoint: a query has no members.
        ("POST", Route::Search(endpoint)) => scope.search(endpoint, &body("").await?, &listing()?).await,
        ("POST", Route::Type(endpoint)) => scope.create(endpoint, &body(endpoint).await?, &parameters()?).await,
        ("GET", Route::Resource(endpoint, id)) => scope.retrieve(endpoint, id, if_none_match()?.as_deref(), &parameters()?).await,
        ("PUT", Route::Resource(endpoint, id)) => {
            scope.replace(endpoint, id, &body(endpoint).await?, if_match()?.as_deref(), &parameters()?).await
        }
        ("PATCH", Route::Resource(endpoint, id)) => {
            scope.patch(endpoint, id, &body(endpoint).await?, if_match()?.as_deref(), &parameters()?).await
        }
        ("DELETE", Route::Resource(endpoint, id)) => scope.delete(endpoint, id, if_match()?.as_deref()).await,
        (_, route) => {
            let error = Error::of_status(405, format!("this endpoint has only the methods {}", route.methods()));
            return Err(Refusal { error, methods: Some(route.methods()) });
        }
    };
    let mut answer = answer?;
    // §3.11: in any answer, also to DELETE.
    answer.location = answer.location.or(me);
    Ok(Reply::Answer(answer))
}

/// 414 and 431 before anything in the head is looked at.
fn check_head(request: &Request) -> Result<()> {
    let uri = request.uri().path().len() + request.uri().query().map_or(0, str::len);
    if uri > MAX_URI {
        return Err(Error::of_status(414, format!("the URL is longer than {MAX_URI} bytes: send a shorter filter")));
    }
    // As it stands on the wire: `name: value` and the end of the line.
    let headers: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if uri + headers > MAX_HEAD {
        return Err(Error::of_status(431, format!("the head of the request is longer than {MAX_HEAD} bytes: send fewer headers")));
    }
    Ok(())
}

/// 413 of a bulk request names the limit by its name in the configuration of the service (RFC 7644 §3.7.4).
fn over_payload(error: Error) -> Error {
    if error.status() == 413 { error.within("maxPayloadSize") } else { error }
}

/// The header `If-Match` or `If-None-Match`; several of them are one list (RFC 9110 §5.3).
fn condition(request: &Request, name: &HeaderName) -> Result<Option<String>> {
    let mut values = Vec::new();
    for value in request.headers().get_all(name) {
        values.push(value.to_str().map_err(|_| Error::invalid_value(format!("the header {name} must be ASCII")))?);
    }
    Ok((!values.is_empty()).then(|| values.join(", ")))
}

/// Whether the client accepts an answer of any age (RFC 9111 §5.2.1.2). With a number it does not: how far a replica lags nobody knows;
/// nor if it also asks for a fresh one (§5.2.1).
fn accepts_stale(request: &Request) -> bool {
    let directives = request.headers().get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let (mut stale, mut fresh) = (false, false);
    for directive in directives.flat_map(|value| value.split(',')).map(|directive| directive.trim().to_ascii_lowercase()) {
        stale |= directive == "max-stale";
        fresh |= ["no-cache", "no-store", "max-age", "min-fresh"].iter().any(|word| directive.split('=').next() == Some(word));
    }
    stale && !fresh
}

/// One line a request: no query string, no body, no token (T10). The cause of a defect stands here and nowhere else.
fn log(exchange: &Exchange<'_>, error: Option<&Error>) {
    let tenant = exchange.caller.map(|caller| caller.tenant.as_str());
    let (method, path, status, id) = (exchange.method, exchange.path, exchange.status, exchange.request_id);
    let micros = u64::try_from(exchange.duration.as_micros()).unwrap_or(u64::MAX);
    let statements = exchange.statements;
    match error.and_then(|error| std::error::Error::source(error)) {
        Some(cause) => {
            tracing::error!(request_id = id, ?tenant, method, ?path, status, micros, statements, cause = ?cause.to_string(), "request failed")
        }
        None => tracing::info!(request_id = id, ?tenant, method, ?path, status, micros, statements, "request"),
    }
}

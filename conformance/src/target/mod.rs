//! The server under test and how it is reached.

mod exchange;
mod http;
mod secrets;

use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::journal::Journal;

pub use exchange::{Came, Exchange, Sent};
pub use http::{Connection, Http};
pub use secrets::Secrets;

/// A request as it goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The absolute URL.
    pub url: String,
    /// The headers, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<Vec<u8>>,
}

/// An answer as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers, in order.
    pub headers: Vec<(String, String)>,
    /// The body, bounded.
    pub body: Vec<u8>,
}

impl Response {
    /// The header of that name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// What is awaited.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What carries requests to the server: HTTP, or a call in process for a server that is tested together with the suite.
pub trait Transport: Send + Sync {
    /// Sends one request and waits for the answer.
    ///
    /// # Errors
    /// Says why there is no answer.
    fn send(&self, request: Request) -> Pending<'_, Result<Response, String>>;
}

/// Whose request it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// The token that the person gave.
    Own,
    /// The token of another tenant.
    Second,
    /// The token that may only read.
    ReadOnly,
    /// The token of the run as the whole of `Authorization`, without `Bearer` before it.
    Bare,
    /// A token that cannot be valid.
    Wrong,
    /// No token.
    None,
}

/// A resource that was created and has to be removed, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// The path below the base URL.
    pub path: String,
    /// Whose token can remove it.
    pub credential: Credential,
}

/// The bearer tokens that there are.
#[derive(Clone, Default)]
pub struct Tokens {
    /// What the person gave.
    pub own: Option<String>,
    /// Of another tenant.
    pub second: Option<String>,
    /// May only read.
    pub read_only: Option<String>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let given = |token: &Option<String>| if token.is_some() { "given" } else { "none" };
        write!(f, "Tokens(own {}, second {}, read only {})", given(&self.own), given(&self.second), given(&self.read_only))
    }
}

/// The names of the variables that have the tokens: a line to be repeated names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variables {
    /// Of the person's token.
    pub own: String,
    /// Of the token of another tenant.
    pub second: String,
    /// Of the token that may only read.
    pub read_only: String,
}

impl Default for Variables {
    fn default() -> Self {
        let [own, second, read_only] = ["SCIM_TOKEN", "SCIM_SECOND_TOKEN", "SCIM_READ_ONLY_TOKEN"].map(ToOwned::to_owned);
        Self { own, second, read_only }
    }
}

/// What a token looks like that nobody has.
const WRONG_TOKEN: &str = "scim-conformance-no-such-token";

/// Why no request is sent any more.
pub(crate) const TIME_IS_OVER: &str = "the time for the whole run is over";

/// How often an answer 429 is waited out.
const PATIENCE: u32 = 5;

/// The longest wait that a server may ask for with `Retry-After`.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The server under test.
pub struct Target {
    base: String,
    transport: Arc<dyn Transport>,
    tokens: Tokens,
    variables: Variables,
    headers: Vec<(String, String)>,
    secrets: Secrets,
    mark: String,
    marks: AtomicU64,
    deadline: Mutex<Option<Instant>>,
    limits: bool,
    journal: Option<Arc<Journal>>,
    created: Mutex<Vec<Created>>,
}

impl Target {
    /// The server below that base URL. The mark is what everything that is created carries.
    #[must_use]
    pub fn new(base: &str, transport: Arc<dyn Transport>, tokens: Tokens, mark: impl Into<String>) -> Self {
        let secrets = Secrets::new([&tokens.own, &tokens.second, &tokens.read_only].into_iter().flatten().cloned());
        Self {
            base: base.trim_end_matches('/').to_owned(),
            transport,
            tokens,
            variables: Variables::default(),
            headers: Vec::new(),
            secrets,
            mark: mark.into(),
            marks: AtomicU64::new(0),
            deadline: Mutex::default(),
            limits: false,
            journal: None,
            created: Mutex::default(),
        }
    }

    /// Also these headers with every request; their values are treated as secrets.
    #[must_use]
    pub fn with_headers(mut self, headers: Vec<(String, String)>) -> Self {
        self.secrets = self.secrets.and(headers.iter().map(|(_, value)| value.clone()));
        Self { headers, ..self }
    }

    /// The tokens are in these variables.
    #[must_use]
    pub fn with_variables(self, variables: Variables) -> Self {
        Self { variables, ..self }
    }

    /// Also a text that must not appear in any record.
    #[must_use]
    pub fn with_secret(mut self, secret: String) -> Self {
        self.secrets = self.secrets.and([secret]);
        self
    }

    /// No request begins later than that.
    #[must_use]
    pub fn with_deadline(self, deadline: Instant) -> Self {
        self.allow_until(deadline);
        self
    }

    /// From now on no request begins later than that: removing what was created has a time of its own.
    pub fn allow_until(&self, deadline: Instant) {
        *self.deadline.lock().unwrap_or_else(PoisonError::into_inner) = Some(deadline);
    }

    /// How much time is left.
    pub(crate) fn left(&self) -> Option<Duration> {
        let deadline = *self.deadline.lock().unwrap_or_else(PoisonError::into_inner);
        deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Whether no request may begin any more.
    pub(crate) fn is_over(&self) -> bool {
        self.left() == Some(Duration::ZERO)
    }

    /// What is created is also written down there, for the case that the run ends before it is removed.
    #[must_use]
    pub fn with_journal(self, journal: Arc<Journal>) -> Self {
        Self { journal: Some(journal), ..self }
    }

    /// The person has asked for probes of limits.
    #[must_use]
    pub fn with_limits(self, limits: bool) -> Self {
        Self { limits, ..self }
    }

    /// The base URL, without a slash at the end.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// What everything carries that is created.
    #[must_use]
    pub fn mark(&self) -> &str {
        &self.mark
    }

    /// A text that nothing else in this run has.
    pub(crate) fn next_mark(&self) -> String {
        format!("{}-{}", self.mark, self.marks.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Whether probes of limits were asked for.
    pub(crate) fn has_limits(&self) -> bool {
        self.limits
    }

    /// Whether there is such a token.
    pub(crate) fn has(&self, credential: Credential) -> bool {
        match credential {
            Credential::Own | Credential::Bare => self.tokens.own.is_some(),
            Credential::Second => self.tokens.second.is_some(),
            Credential::ReadOnly => self.tokens.read_only.is_some(),
            Credential::Wrong | Credential::None => true,
        }
    }

    /// A text without the secrets.
    pub(crate) fn redact(&self, text: &str) -> String {
        self.secrets.redact(text)
    }

    /// The URL of a path below the base. A URL of its own is taken if it is of the same server: a token goes nowhere else.
    fn url(&self, path: &str) -> Result<String, String> {
        if path.starts_with("http://") || path.starts_with("https://") {
            let origin = self.base.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
            let is_here = path.strip_prefix(&origin).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
            return if is_here { Ok(path.to_owned()) } else { Err(format!("{path} is not on the server {origin}: no request was sent")) };
        }
        Ok(format!("{}{path}", self.base))
    }

    /// Sends a request with that credential and gives what came, the record without any secret.
    ///
    /// A 429 is waited out as its `Retry-After` says: a rate limit is no finding.
    pub(crate) async fn send(&self, mut request: Request, credential: Credential) -> (Arc<Exchange>, Result<Response, String>) {
        let path = request.url.clone();
        let token = match credential {
            Credential::Own | Credential::Bare => self.tokens.own.as_deref(),
            Credential::Second => self.tokens.second.as_deref(),
            Credential::ReadOnly => self.tokens.read_only.as_deref(),
            Credential::Wrong => Some(WRONG_TOKEN),
            Credential::None => None,
        };
        let sent = exchange::sent(&request, &path, credential, token.map(|_| &self.variables), &self.secrets);
        request.headers.extend(self.headers.iter().cloned());
        if let Some(token) = token {
            let scheme = if credential == Credential::Bare { "" } else { "Bearer " };
            request.headers.push(("Authorization".into(), format!("{scheme}{token}")));
        }
        let started = Instant::now();
        let outcome = match self.url(&path) {
            Ok(url) => self.patiently(Request { url, ..request }).await,
            Err(reason) => Err(reason),
        };
        let outcome = outcome.map_err(|reason| self.redact(&reason));
        (Arc::new(exchange::record(sent, &outcome, started.elapsed(), &self.secrets)), outcome)
    }

    /// Sends a request with the own credential once, and keeps no record of it.
    pub(crate) async fn send_once(&self, mut request: Request) -> Result<Response, String> {
        request.headers.extend(self.headers.iter().cloned());
        if let Some(token) = &self.tokens.own {
            request.headers.push(("Authorization".into(), format!("Bearer {token}")));
        }
        if self.is_over() {
            return Err(TIME_IS_OVER.into());
        }
        let url = self.url(&request.url)?;
        self.transport.send(Request { url, ..request }).await.map_err(|reason| self.redact(&reason))
    }

    async fn patiently(&self, request: Request) -> Result<Response, String> {
        let mut tries = 0;
        loop {
            let left = self.left();
            if left == Some(Duration::ZERO) {
                return Err(TIME_IS_OVER.into());
            }
            let answer = self.transport.send(request.clone()).await?;
            let wait = answer.header("retry-after").and_then(|value| value.trim().parse().ok()).map(Duration::from_secs);
            match wait {
                Some(wait) if answer.status == 429 && tries < PATIENCE && wait <= LONGEST_WAIT.min(left.unwrap_or(LONGEST_WAIT)) => {
                    tries += 1;
                    tokio::time::sleep(wait.max(Duration::from_millis(100))).await;
                }
                _ => return Ok(answer),
            }
        }
    }

    /// Notes a resource that must be removed at the end.
    pub(crate) fn note_created(&self, created: Created) {
        let mut known = self.created.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.contains(&created) {
            // A server that puts the token into an id gets it into no file.
            if self.redact(&created.path) == created.path {
                self.journal.iter().for_each(|journal| journal.created(&created));
            }
            known.push(created);
        }
    }

    /// Notes that a resource is gone.
    pub(crate) fn note_removed(&self, path: &str) {
        self.created.lock().unwrap_or_else(PoisonError::into_inner).retain(|created| created.path != path);
        self.journal.iter().for_each(|journal| journal.removed(path));
    }

    /// What has been created and not been removed, the last one first.
    #[must_use]
    pub fn left_over(&self) -> Vec<Created> {
        self.created.lock().unwrap_or_else(PoisonError::into_inner).iter().rev().cloned().collect()
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target").field("base", &self.base).field("mark", &self.mark).finish_non_exhaustive()
    }
}

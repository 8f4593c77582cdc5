//! The server: what it serves, from where, for whom and within which limits.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::observer::Observer;
use crate::operation::Scope;
use crate::password::Hashes;
use crate::{Authenticate, Caller, HashPassword, Leniency, Me, Registry, ResourceType, Stores};

/// A SCIM server (RFC 7644): resource types on a store, behind an authenticator.
///
/// # Examples
/// ```
/// use scim_server::{MemoryStores, Profile, Registry, ScimServer, StaticTokens, TenantId};
///
/// let tokens = StaticTokens::new().with("s3cret", TenantId::new("acme"), Profile::RFC);
/// let server = ScimServer::new(Registry::rfc7643(), MemoryStores::new(), tokens).with_public_url("https://scim.example.com/v2");
/// assert_eq!(server.public_url(), "https://scim.example.com/v2");
/// ```
pub struct ScimServer<S> {
    inner: Arc<Inner<S>>,
}

struct Inner<S> {
    registry: Arc<Registry>,
    stores: S,
    authenticator: Arc<dyn Authenticate>,
    observer: Option<Arc<dyn Observer>>,
    hasher: Option<Arc<dyn HashPassword>>,
    me: Option<Arc<dyn Me>>,
    public_url: Option<String>,
    limits: Limits,
    atomic_bulk: bool,
    absent: Vec<(String, String)>,
    root_queries: bool,
    open_discovery: bool,
    sensitive: Vec<String>,
}

/// How much one request may ask for (RFC 7644 §7; each refused with a clear error).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The bytes of a body.
    pub body: usize,
    /// The bytes of a body for a type that has a collection: a group may have many members.
    pub body_with_collection: usize,
    /// The resources of one page, and the page without `count` (`filter.maxResults`).
    pub max_results: u32,
    /// The elements of a collection that are in memory at once. A longer one is read in pieces of so many (T13).
    pub elements_at_once: u32,
    /// The operations of one PATCH, and of all PATCHes of one bulk request together.
    pub patch_operations: usize,
    /// The operations of one bulk request (`bulk.maxOperations`).
    pub bulk_operations: usize,
    /// The bytes of a bulk request (`bulk.maxPayloadSize`).
    pub bulk_payload: usize,
    /// How long a cursor leads to its next page (`pagination.cursorTimeout`, RFC 9865 §4); at most a day counts.
    pub cursor_timeout: Duration,
}

/// How many elements of a collection are in memory at once: most groups have fewer, and are read like every other resource.
const ELEMENTS_AT_ONCE: u32 = 1_000;

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 1 << 20,
            body_with_collection: 16 << 20,
            max_results: 200,
            elements_at_once: ELEMENTS_AT_ONCE,
            patch_operations: 10_000,
            bulk_operations: 1_000,
            bulk_payload: 1 << 20,
            cursor_timeout: Duration::from_secs(3_600),
        }
    }
}

impl<S: Stores> ScimServer<S> {
    /// A server of these types on these stores. Its public URL is `http://localhost/scim/v2` until [`Self::with_public_url`] says otherwise.
    pub fn new(registry: impl Into<Arc<Registry>>, stores: S, authenticator: impl Authenticate) -> Self {
        let inner = Inner {
            registry: registry.into(),
            stores,
            authenticator: Arc::new(authenticator),
            observer: None,
            hasher: None,
            me: None,
            public_url: None,
            limits: Limits::default(),
            atomic_bulk: false,
            absent: Vec::new(),
            root_queries: true,
            open_discovery: false,
            sensitive: Vec::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// The URL that clients know as the base: `meta.location` and `$ref` begin with it. It is never taken from a request (T21).
    /// A query string or fragment is left out, because paths are appended (RFC 7644 §1.3).
    #[must_use]
    pub fn with_public_url(self, url: impl Into<String>) -> Self {
        let url = url.into().split(['?', '#']).next().unwrap_or_default().trim_end_matches('/').to_owned();
        self.change(|inner| inner.public_url = Some(url))
    }

    /// Also tells this observer of every finished exchange.
    #[must_use]
    pub fn with_observer(self, observer: impl Observer) -> Self {
        self.change(|inner| inner.observer = Some(Arc::new(observer)))
    }

    /// Also accepts new passwords, hashed by this. Without it passwords are forgotten: see [`HashPassword`].
    #[must_use]
    pub fn with_password_hasher(self, hasher: impl HashPassword) -> Self {
        self.change(|inner| inner.hasher = Some(Arc::new(hasher)))
    }

    /// Also serves `/Me` (RFC 7644 §3.11): this tells whom a caller is.
    #[must_use]
    pub fn with_me(self, me: impl Me) -> Self {
        self.change(|inner| inner.me = Some(Arc::new(me)))
    }

    /// Other limits.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        self.change(|inner| inner.limits = limits)
    }

    /// Whether every bulk request is one unit: all of its operations are carried out, in one transaction, or none. Without it, each
    /// operation is a unit of its own, as RFC 7644 §3.7 has it ("MUST continue performing as many changes as possible"), except that
    /// resources which name each other are created together. `/ServiceProviderConfig` has no word for it.
    #[must_use]
    pub fn with_atomic_bulk(self, atomic: bool) -> Self {
        self.change(|inner| inner.atomic_bulk = atomic)
    }

    /// What to tell a client that writes to an endpoint which this server does not have, e.g. `/Groups`, so that its administrator
    /// knows what to change.
    #[must_use]
    pub fn with_absent_endpoint(self, endpoint: impl Into<String>, advice: impl Into<String>) -> Self {
        let absent = (endpoint.into(), advice.into());
        self.change(|inner| inner.absent.push(absent))
    }

    /// Answers queries over all resource types (RFC 7644 §3.4.2.1) with 501: each would read all that a tenant has.
    #[must_use]
    pub fn without_root_queries(self) -> Self {
        self.change(|inner| inner.root_queries = false)
    }

    /// Shows discovery (RFC 7644 §4) also to requests without a credential: it holds no tenant's data, and tells clients how to
    /// authenticate (RFC 7643 §5; S91).
    #[must_use]
    pub fn with_open_discovery(self) -> Self {
        self.change(|inner| inner.open_discovery = true)
    }

    /// Keeps the values of these attributes out of URLs: a GET request with a filter on one of them is refused with 403 `sensitive`, and
    /// the client sends it to `.search` (RFC 7644 §7.5.2). A name is a canonical path such as `emails.value`, `name`, or one with its
    /// extension's URN before it.
    ///
    /// # Panics
    /// If no resource type has an attribute of that path, which would protect nothing.
    #[must_use]
    pub fn with_sensitive_attributes<I: Into<String>>(self, paths: impl IntoIterator<Item = I>) -> Self {
        let paths: Vec<String> = paths.into_iter().map(Into::into).collect();
        for path in &paths {
            let is_known = |kind: &Arc<ResourceType>| {
                kind.attributes().any(|attribute| {
                    let parts = attribute.attribute.sub_attributes.iter().map(|sub| attribute.with_sub(sub.clone()));
                    parts.chain([attribute.clone()]).any(|known| known.to_string().eq_ignore_ascii_case(path))
                })
            };
            assert!(self.registry().types().iter().any(is_known), "no resource type has the attribute `{path}`");
        }
        self.change(|inner| inner.sensitive = paths)
    }

    fn change(mut self, change: impl FnOnce(&mut Inner<S>)) -> Self {
        let inner = Arc::get_mut(&mut self.inner).expect("a server is set up before it is shared");
        change(inner);
        self
    }

    /// The schemas and resource types.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.inner.registry
    }

    /// The stores.
    #[must_use]
    pub fn stores(&self) -> &S {
        &self.inner.stores
    }

    /// The authenticator.
    #[must_use]
    pub fn authenticator(&self) -> &dyn Authenticate {
        &*self.inner.authenticator
    }

    /// The observer, if there is one.
    #[must_use]
    pub fn observer(&self) -> Option<&dyn Observer> {
        self.inner.observer.as_deref()
    }

    /// The hasher of passwords, if there is one.
    #[must_use]
    pub fn password_hasher(&self) -> Option<&dyn HashPassword> {
        self.inner.hasher.as_deref()
    }

    /// Who tells whom a caller is, if there is somebody.
    #[must_use]
    pub fn me(&self) -> Option<&dyn Me> {
        self.inner.me.as_deref()
    }

    /// The URL below which the endpoints stand, without a slash at the end.
    #[must_use]
    pub fn public_url(&self) -> &str {
        self.inner.public_url.as_deref().unwrap_or("http://localhost/scim/v2")
    }

    /// Whether [`Self::with_public_url`] has been called.
    #[must_use]
    pub fn has_public_url(&self) -> bool {
        self.inner.public_url.is_some()
    }

    /// The limits.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// Whether a bulk request is carried out as a whole or not at all.
    #[must_use]
    pub fn has_atomic_bulk(&self) -> bool {
        self.inner.atomic_bulk
    }

    /// Whether discovery is answered without a credential.
    #[must_use]
    pub fn has_open_discovery(&self) -> bool {
        self.inner.open_discovery
    }

    /// Whether it answers queries over all types.
    pub(crate) fn has_root_queries(&self) -> bool {
        self.inner.root_queries
    }

    /// The attributes that must not be named by the filter of a URL.
    pub(crate) fn sensitive(&self) -> &[String] {
        &self.inner.sensitive
    }

    /// The advice for an endpoint that is absent on purpose.
    pub(crate) fn absent(&self, endpoint: &str) -> Option<&str> {
        let endpoint = endpoint.trim_start_matches('/');
        self.inner.absent.iter().find(|(absent, _)| absent.trim_start_matches('/') == endpoint).map(|(_, advice)| advice.as_str())
    }

    /// What one request of this caller works with.
    #[must_use]
    pub fn scope(&self, caller: Caller) -> Scope<S> {
        let store = self.inner.stores.of(&caller);
        let leniency = Leniency::new(caller.profile);
        let leniency = if self.inner.hasher.is_some() { leniency.with_new_passwords() } else { leniency };
        Scope { server: self.clone(), store, leniency, caller, me: OnceLock::new(), hashes: Hashes::default() }
    }
}

impl<S> Clone for ScimServer<S> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<S> fmt::Debug for ScimServer<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScimServer").field("public_url", &self.inner.public_url).field("limits", &self.inner.limits).finish_non_exhaustive()
    }
}

//! The operations of RFC 7644 §3, one file each, without HTTP.

mod body;
mod bulk;
mod create;
mod delete;
mod discovery;
mod folding;
mod me;
mod parameters;
mod patch;
mod query;
mod replace;
mod retrieve;
mod search;
mod sensitive;
mod staged;
mod write;

use std::fmt;
use std::sync::{Arc, OnceLock};

pub use body::{Body, InPieces};
pub use me::Me;
pub use parameters::Parameters;

use body::{Long, Pieces};

use crate::error::quote;
use crate::etag::etag;
use crate::password::Hashes;
use crate::projection::Projection;
use crate::representation::represent;
use crate::store::{Document, Found, Load, Query, ResourceKey, Store, StoreError, Stored, Written};
use crate::{Access, Caller, Error, Leniency, Quirk, ResourceType, Result, ScimServer, Stores};

/// What one request works with: its caller, that caller's store and the leniency of its profile.
pub struct Scope<S: Stores> {
    pub(crate) server: ScimServer<S>,
    pub(crate) store: S::Store,
    pub(crate) leniency: Leniency,
    pub(crate) caller: Caller,
    /// The endpoint and id of the caller's own resource, if the request is about it.
    pub(crate) me: OnceLock<(String, String)>,
    pub(crate) hashes: Hashes,
}

/// The answer to a request that succeeded.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The message, if the status has one.
    pub body: Option<Body>,
    /// The URL of the resource, for the header `Location`.
    pub location: Option<String>,
    /// The entity tag of the resource.
    pub etag: Option<String>,
}

impl<S: Stores> Scope<S> {
    /// Who makes the request.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The profile during this request, and which of its quirks were met.
    #[must_use]
    pub fn leniency(&self) -> &Leniency {
        &self.leniency
    }

    /// How many bytes the body of a request to that endpoint may have; `Bulk` is one (`bulk.maxPayloadSize`).
    #[must_use]
    pub fn body_limit(&self, endpoint: &str) -> usize {
        let limits = self.server.limits();
        match self.server.registry().by_endpoint(endpoint) {
            None if endpoint == "Bulk" => limits.bulk_payload,
            Some(kind) if !kind.collections.is_empty() => limits.body_with_collection,
            _ => limits.body,
        }
    }

    /// Whether the caller may do that with resources of that type (RFC 7644 §2). Every operation asks before it does anything.
    ///
    /// # Errors
    /// 403 `insufficient_scope` if not.
    pub fn authorise(&self, access: Access, kind: &ResourceType) -> Result<()> {
        if self.caller.rights.allow(access, kind) {
            return Ok(());
        }
        let what = match access {
            Access::Read => "read",
            Access::Write => "create, change or delete",
        };
        Err(Error::insufficient_scope(format!(
            "the credential may not {what} resources of the type {}: give it that right or use another one",
            quote(&kind.name)
        )))
    }

    /// The resource types that the caller may read, in order of declaration: what a query over all types covers.
    pub fn readable(&self) -> impl Iterator<Item = &Arc<ResourceType>> {
        self.server.registry().types().iter().filter(|kind| self.caller.rights.allow(Access::Read, kind))
    }

    /// The resource type of an endpoint, for an operation of that access: the caller has the right to it.
    pub(crate) fn kind(&self, endpoint: &str, access: Access) -> Result<Arc<ResourceType>> {
        let kind = self.find(endpoint)?;
        self.authorise(access, kind)?;
        Ok(kind.clone())
    }

    fn find(&self, endpoint: &str) -> Result<&Arc<ResourceType>> {
        self.server.registry().by_endpoint(endpoint).ok_or_else(|| {
            Error::no_endpoint(match self.server.absent(endpoint) {
                Some(advice) => advice.to_owned(),
                None => format!("this server has no endpoint {}: the ones it has are listed at /ResourceTypes", quote(endpoint)),
            })
        })
    }

    /// Whether the server has that endpoint.
    ///
    /// # Errors
    /// 404 if not.
    pub fn knows(&self, endpoint: &str) -> Result<()> {
        self.find(endpoint).map(|_| ())
    }

    /// The key of a resource, for an operation of that access: the caller has the right to it.
    pub(crate) fn key(&self, endpoint: &str, id: &str, access: Access) -> Result<ResourceKey> {
        let kind = self.find(endpoint)?.clone();
        let own = self.me.get().is_some_and(|(mine, own)| kind.endpoint == *mine && id == own);
        if !(own && self.caller.rights.allow_own(access)) {
            self.authorise(access, &kind)?;
        }
        if !is_id(id) {
            return Err(Error::not_found());
        }
        Ok(ResourceKey { kind, id: id.to_owned() })
    }

    /// Reads a resource, without its long collections (T13).
    pub(crate) async fn read(&self, key: &ResourceKey, load: &Load) -> Result<Stored> {
        self.read_from(&self.store, key, load).await
    }

    /// Reads a resource with all elements of the collections that are asked for.
    pub(crate) async fn read_whole(&self, key: &ResourceKey, load: &Load) -> Result<Stored> {
        self.store.get(key, load).await.map_err(refused)?.ok_or_else(Error::not_found)
    }

    pub(crate) async fn read_from(&self, store: &S::Store, key: &ResourceKey, load: &Load) -> Result<Stored> {
        let load = load.clone().up_to(self.server.limits().elements_at_once);
        store.get(key, &load).await.map_err(refused)?.ok_or_else(Error::not_found)
    }

    /// A page of what matches, without long collections. If there are some, the page is that of a snapshot, from which they can be read.
    pub(crate) async fn page(&self, query: Query) -> Result<(Found, Option<S::Store>)> {
        let query = Query { load: query.load.up_to(self.server.limits().elements_at_once), ..query };
        let found = self.store.query(&query).await.map_err(refused)?;
        if found.resources.iter().all(|stored| stored.long.is_empty()) {
            return Ok((found, None));
        }
        let snapshot = self.store.snapshot().await.map_err(refused)?;
        let found = snapshot.query(&query).await.map_err(refused)?;
        Ok((found, Some(snapshot)))
    }

    /// The resource as this answer shows it, with its location and tag. `sent` is the body of the request (S60).
    ///
    /// What has a long collection is read again from a snapshot, of which the answer then is the present state.
    pub(crate) async fn show(&self, status: u16, stored: &Stored, projection: &Projection, sent: Option<&Document>) -> Result<Answer> {
        let shown = |stored: &Stored| {
            let mut resource = represent(stored, self.server.public_url());
            projection.apply(&stored.key.kind, &mut resource, sent);
            resource
        };
        let location = Some(self.location(&stored.key));
        if stored.long.is_empty() {
            return Ok(Answer { status, body: Some(shown(stored).into()), location, etag: Some(etag(stored.version)) });
        }
        let snapshot = self.store.snapshot().await.map_err(refused)?;
        let stored = self.read_from(&snapshot, &stored.key, &projection.load(&stored.key.kind)).await?;
        let mut pieces = self.pieces(snapshot);
        let long = Long::of(&stored, |path| projection.elements(&stored.key.kind, path, sent));
        pieces.resource(&shown(&stored), long);
        Ok(Answer { status, body: Some(pieces.begin().await?), location, etag: Some(etag(stored.version)) })
    }

    /// The message of a list whose resources have long collections.
    pub(crate) async fn show_list<'p>(
        &self,
        message: &Document,
        resources: &[Stored],
        projection: impl Fn(&ResourceType) -> Option<&'p Projection>,
        snapshot: S::Store,
    ) -> Result<Body> {
        let mut pieces = self.pieces(snapshot);
        let resources = resources.iter().map(|stored| {
            let kind = &*stored.key.kind;
            let projection = projection(kind).cloned().unwrap_or_default();
            let mut resource = represent(stored, self.server.public_url());
            projection.apply(kind, &mut resource, None);
            (resource, Long::of(stored, |path| projection.elements(kind, path, None)))
        });
        pieces.list(message, resources);
        pieces.begin().await
    }

    fn pieces(&self, snapshot: S::Store) -> Pieces<S::Store> {
        Pieces::new(snapshot, self.server.public_url(), self.server.limits().elements_at_once)
    }

    /// An answer without body: 204 still has the tag and the location (S85).
    pub(crate) fn show_nothing(&self, key: &ResourceKey, version: u64) -> Answer {
        Answer { status: 204, body: None, location: Some(self.location(key)), etag: Some(etag(version)) }
    }

    fn location(&self, key: &ResourceKey) -> String {
        self.location_of(&key.kind.endpoint, &key.id)
    }

    /// The URL of a resource, below the public URL.
    #[must_use]
    pub fn location_of(&self, endpoint: &str, id: &str) -> String {
        format!("{}{endpoint}/{id}", self.server.public_url())
    }

    /// Remembers for the observer that unknown ids were left out.
    pub(crate) fn note(&self, written: &[Written]) {
        if written.iter().any(|written| !written.left_out.is_empty()) {
            self.leniency.permits(Quirk::LeaveOutUnknownMembers);
        }
    }
}

impl<S: Stores> fmt::Debug for Scope<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("caller", &self.caller).finish_non_exhaustive()
    }
}

/// Whether a resource could have this id: unreserved characters of a URL (RFC 3986 §2.3), so that no store has to think about others
/// (S74, T38).
fn is_id(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

/// What a client gets to know of a store's refusal: the only place where one becomes the other.
fn refused(error: StoreError) -> Error {
    match error {
        StoreError::NotFound => Error::not_found(),
        StoreError::VersionMismatch => Error::precondition_failed(),
        StoreError::NotUnique { path } => {
            Error::uniqueness(format!("another resource has this `{path}` already: change one of the two or link to the existing one"))
        }
        StoreError::UnknownReference { path, value } => Error::invalid_value(format!(
            "`{path}` names {}, which does not exist: create that resource first or leave it out",
            quote(&value)
        )),
        StoreError::InList { reason, .. } => refused(*reason),
        StoreError::TooMany => Error::too_many(
            "the query would look at too many resources, because no index bounds its filter or gives its order: make the filter more \
             specific, or leave out `sortBy`",
        ),
        StoreError::Refused(error) => error,
        StoreError::Unavailable(source) => Error::unavailable(source),
        StoreError::Internal(source) => Error::internal(source),
    }
}

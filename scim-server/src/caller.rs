//! Who makes a request.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::{Profile, Rights};

/// The name of a tenant: one customer organisation, whose resources no other can see (RFC 7644 §6).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TenantId(Arc<str>);

impl TenantId {
    /// The tenant of that name.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Who makes a request: its tenant, its credential and what it may do, as authentication found them.
///
/// # Examples
/// ```
/// use scim_server::{Access, Caller, Profile, Rights, TenantId};
///
/// let caller = Caller::new(TenantId::new("acme"), "nightly report").with_rights(Rights::none().with(Access::Read, "User"));
/// assert_eq!(caller.profile, Profile::RFC);
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Caller {
    /// The tenant.
    pub tenant: TenantId,
    /// Which credential it was, for logs: a label, never the secret.
    pub credential: String,
    /// The profile of the tenant's client.
    pub profile: Profile,
    /// What it may do.
    pub rights: Rights,
    /// The id of this request, the same in the log and in the answer.
    pub request_id: String,
}

impl Caller {
    /// A caller with that credential (a label, never the secret), who may do everything and is of the profile `RFC`.
    #[must_use]
    pub fn new(tenant: TenantId, credential: impl Into<String>) -> Self {
        Self { tenant, credential: credential.into(), profile: Profile::RFC, rights: Rights::all(), request_id: String::new() }
    }

    /// The same, with a client of that profile.
    #[must_use]
    pub fn with_profile(self, profile: Profile) -> Self {
        Self { profile, ..self }
    }

    /// The same, allowed that and no more.
    #[must_use]
    pub fn with_rights(self, rights: Rights) -> Self {
        Self { rights, ..self }
    }

    /// The same, in the request of that id. The HTTP layer sets it.
    #[must_use]
    pub fn with_request_id(self, request_id: impl Into<String>) -> Self {
        Self { request_id: request_id.into(), ..self }
    }
}

/// A boxed future, for ports that are used as `dyn`.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

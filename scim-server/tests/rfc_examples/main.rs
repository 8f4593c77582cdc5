//! The RFCs' own examples: every request of RFC 7644 §3, every resource of RFC 7643 §8 but the schemas.

mod requests;
mod resources;

#[path = "../support"]
mod support {
    pub(crate) mod exchange;
    pub(crate) mod values;
    pub(crate) mod verdict;
    pub(crate) mod world;
}

use scim_server::{MemoryStores, Profile, Registry, ScimServer, StaticTokens, TenantId};
use support::exchange::{Server, TOKEN};

/// A server of the RFC's own types and profile, without any resource.
fn server() -> Server {
    let tokens = StaticTokens::new().with(TOKEN, TenantId::new("example"), Profile::RFC);
    Server::new(scim_server::http::endpoint(ScimServer::new(Registry::rfc7643(), MemoryStores::new(), tokens)))
}

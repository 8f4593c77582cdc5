//! The RFCs' own examples: every request of RFC 7644 §3, every resource of RFC 7643 §8 but the schemas.

mod requests;
mod resources;

#[path = "../support"]
mod support {
    pub(crate) mod exchange;
    pub(crate) mod first_user;
    pub(crate) mod values;
    pub(crate) mod verdict;
    pub(crate) mod world;
}

use scim_server::{MemoryStores, Profile, Registry, ScimServer, StaticTokens, TenantId};
use support::exchange::{Server, TOKEN};
use support::first_user::FirstUser;

/// A server of the RFC's own types and profile, without any resource.
fn server() -> Server {
    let tokens = StaticTokens::new().with(TOKEN, TenantId::new("example"), Profile::RFC);
    let stores = MemoryStores::new();
    let server = ScimServer::new(Registry::rfc7643(), stores.clone(), tokens).with_me(FirstUser(stores));
    Server::new(scim_server::http::endpoint(server))
}

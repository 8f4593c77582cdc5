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

use scim_server::store::{Page, Query};
use scim_server::{Boxed, Caller, Error, Me, MemoryStores, Profile, Registry, Result, ScimServer, StaticTokens, Store, Stores, TenantId};
use support::exchange::{Server, TOKEN};

/// The subject is the first user.
struct FirstUser(MemoryStores);

impl Me for FirstUser {
    fn of<'a>(&'a self, caller: &'a Caller) -> Boxed<'a, Result<Option<(String, String)>>> {
        Box::pin(async move {
            let user = Registry::rfc7643().by_name("User").expect("User is registered").clone();
            let first = Query::of(user, None, Page::Index { start: 1, count: 1 });
            let found = self.0.of(caller).query(&first).await.map_err(|error| Error::internal(format!("{error:?}")))?;
            Ok(found.resources.first().map(|user| ("User".to_owned(), user.key.id.clone())))
        })
    }
}

/// A server of the RFC's own types and profile, without any resource.
fn server() -> Server {
    let tokens = StaticTokens::new().with(TOKEN, TenantId::new("example"), Profile::RFC);
    let stores = MemoryStores::new();
    let server = ScimServer::new(Registry::rfc7643(), stores.clone(), tokens).with_me(FirstUser(stores));
    Server::new(scim_server::http::endpoint(server))
}

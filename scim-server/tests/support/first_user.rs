//! Who a caller is, where it does not matter who.

use scim_server::store::{Page, Query};
use scim_server::{Boxed, Caller, Error, Me, MemoryStores, Registry, Result, Store, Stores};

/// The subject is the first user.
pub(crate) struct FirstUser(pub(crate) MemoryStores);

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

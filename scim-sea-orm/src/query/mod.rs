//! Queries: a page of those that match, in one total order over all targets.
//!
//! What the index can order and decide is walked there: first the places of the page, then the documents of the page alone. The rest
//! is decided and ordered on documents, of which a query may look at so many.

mod asked;
mod count;
mod pass;
mod walk;

use std::collections::HashMap;
use std::sync::Arc;

use scim_server::ResourceType;
use scim_server::store::{Found, Load, Page, Position, Query, StoreError, Stored};
use sea_orm::{ConnectionTrait, DbErr};

use crate::error::unexpected;
use crate::read::{PIECE, fetch, load_rest, select_keys};
use crate::snapshot::Moment;
use crate::stores::SqlStore;
pub(crate) use asked::ask;
pub(crate) use pass::candidates;
pub(crate) use walk::Walk;

/// The places of a page.
struct Places {
    /// Those of the page, and one more if more follows and that was asked for.
    found: Vec<Position>,
    total: Option<u64>,
}

/// The page and the total of what matches, all of one moment.
pub(crate) async fn query(store: &SqlStore, query: &Query) -> Result<Found, StoreError> {
    let moment = Moment::of(store).await.map_err(unexpected)?;
    let snapshot = &*moment;
    let asked = ask(store, snapshot, query).await.map_err(unexpected)?;
    let Places { mut found, total } = match Walk::of(query, &asked) {
        Some(walk) => walk.places(snapshot, query, &asked).await.map_err(unexpected)?,
        None => pass::places(store, snapshot, query, &asked).await?,
    };
    let count = query.page.count() as usize;
    let more = found.len() > count;
    found.truncate(count);
    let resources = resources(store, snapshot, query, &found).await.map_err(unexpected)?;
    moment.end().await.map_err(unexpected)?;
    let next = found.pop().filter(|_| more && matches!(query.page, Page::After { .. }));
    Ok(Found { total, resources, next })
}

/// The resources at these places.
async fn resources<C: ConnectionTrait>(store: &SqlStore, connection: &C, query: &Query, places: &[Position]) -> Result<Vec<Stored>, DbErr> {
    let mut found: Vec<HashMap<i64, Stored>> = Vec::new();
    for (target, asked) in query.targets.iter().enumerate() {
        let keys: Vec<i64> = places.iter().filter(|place| place.target == target).map(|place| place.number).collect();
        found.push(documents(store, connection, &asked.kind, &keys, &query.load).await?.into_iter().collect());
    }
    Ok(places.iter().filter_map(|place| found.get_mut(place.target)?.remove(&place.number)).collect())
}

/// The resources with these keys, each with its key.
async fn documents<C: ConnectionTrait>(
    store: &SqlStore,
    connection: &C,
    kind: &Arc<ResourceType>,
    keys: &[i64],
    load: &Load,
) -> Result<Vec<(i64, Stored)>, DbErr> {
    let mut found = Vec::with_capacity(keys.len());
    for piece in keys.chunks(PIECE as usize) {
        let select = select_keys(store, kind, piece);
        let rows = fetch(connection, kind, &select).await?;
        let numbers: Vec<i64> = rows.iter().map(|row| row.number).collect();
        found.extend(numbers.into_iter().zip(load_rest(store, connection, kind, rows, load).await?));
    }
    Ok(found)
}

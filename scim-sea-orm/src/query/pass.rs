//! Queries that only documents can decide or order: a pass over those that the index holds possible, of which there may be so many.

use scim_server::filter::{Logic, ResolvedFilter, Term, matches};
use scim_server::representation::represent;
use scim_server::sort::{compare, sort_key};
use scim_server::store::{Load, Page, Position, Query, StoreError, Target};
use scim_server::{BoundPath, ResourceType};
use sea_orm::sea_query::{Order, SelectStatement};
use sea_orm::{ConnectionTrait, DbErr};

use super::asked::Asked;
use super::{Places, documents};
use crate::error::unexpected;
use crate::plan::Selection;
use crate::read::PIECE;
use crate::stores::SqlStore;

/// Looks at every candidate of every target.
pub(super) async fn places<C: ConnectionTrait>(
    store: &SqlStore,
    connection: &C,
    query: &Query,
    asked: &[Asked<'_>],
) -> Result<Places, StoreError> {
    let mut left = store.inner.scan_limit;
    let mut candidates = Vec::new();
    for asked in asked {
        let keys = possible(connection, asked, left).await.map_err(unexpected)?;
        left = left.checked_sub(keys.len() as u64).ok_or(StoreError::TooMany)?;
        candidates.push(keys);
    }
    let mut matching: Vec<Position> = Vec::new();
    for ((place, asked), keys) in query.targets.iter().enumerate().zip(candidates) {
        let load = Load::Only(linked_attributes(asked));
        for piece in keys.chunks(PIECE as usize) {
            for (number, candidate) in documents(store, connection, &asked.kind, piece, &load).await.map_err(unexpected)? {
                let shown = represent(&candidate, "");
                if asked.filter.as_ref().is_none_or(|filter| matches(filter, &shown)) {
                    let key = asked.sort.as_ref().and_then(|path| sort_key(path, &shown));
                    matching.push(Position { key, target: place, number });
                }
            }
        }
    }
    let order = |one: &Position, other: &Position| {
        let by_key = compare(one.key.as_deref(), other.key.as_deref(), query.order);
        by_key.then(one.target.cmp(&other.target)).then(one.number.cmp(&other.number))
    };
    matching.sort_by(order);
    let total = query.total.then_some(matching.len() as u64);
    let skipped = match &query.page {
        Page::Index { start, .. } => usize::try_from(start.saturating_sub(1)).unwrap_or(usize::MAX),
        Page::After { position: None, .. } => 0,
        Page::After { position: Some(last), .. } => matching.partition_point(|place| order(place, last).is_le()),
    };
    let found = matching.into_iter().skip(skipped).take((query.page.count() as usize).saturating_add(1)).collect();
    Ok(Places { found, total })
}

/// The keys of those that the index holds possible, one more than allowed at most.
async fn possible<C: ConnectionTrait>(connection: &C, asked: &Asked<'_>, allowed: u64) -> Result<Vec<i64>, DbErr> {
    connection.query_all(&candidates(asked, allowed)).await?.iter().map(|row| row.try_get("", "key")).collect()
}

/// The statement that finds them.
pub(crate) fn candidates(asked: &Asked<'_>, allowed: u64) -> SelectStatement {
    let selection = asked.known.possibly.clone().unwrap_or(Selection::Always(true));
    let keys = asked.keys(selection);
    let mut select = keys.statement();
    select.order_by_expr(keys.key, Order::Asc).limit(Ord::min(allowed, i64::MAX as u64 - 1) + 1);
    select
}

/// The collections and derived attributes that a target looks at.
fn linked_attributes(target: &Target) -> Vec<String> {
    let mut found = target.filter.as_ref().map(|filter| of_filter(filter, &target.kind)).unwrap_or_default();
    found.extend(target.sort.as_ref().and_then(|path| linked(path, &target.kind)));
    found
}

fn of_filter(filter: &ResolvedFilter, kind: &ResourceType) -> Vec<String> {
    match filter {
        Logic::And(parts) | Logic::Or(parts) => parts.iter().flat_map(|part| of_filter(part, kind)).collect(),
        Logic::Not(part) => of_filter(part, kind),
        Logic::Term(Term::Attribute(path, _) | Term::Element(path, _)) => linked(path, kind).into_iter().collect(),
    }
}

fn linked(path: &BoundPath, kind: &ResourceType) -> Option<String> {
    (kind.collection(path).is_some() || kind.derived(path).is_some()).then(|| path.parent().to_string())
}

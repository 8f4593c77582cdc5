//! Queries that only documents can decide or order: a pass over those that the index holds possible, of which there may be so many.

use std::collections::BTreeMap;

use scim_server::filter::{InPieces, Logic, ResolvedFilter, Term, matches};
use scim_server::representation::represent;
use scim_server::sort::{compare, leads, sort_key};
use scim_server::store::{Document, Load, Page, Piece, Position, Query, StoreError, Stored, Target};
use scim_server::{BoundPath, ResourceType};
use sea_orm::sea_query::{Order, SelectStatement};
use sea_orm::{ConnectionTrait, DbErr};

use super::asked::Asked;
use super::{Places, documents};
use crate::error::unexpected;
use crate::plan::Selection;
use crate::read::{PIECE, elements_in};
use crate::stores::SqlStore;

/// So many elements of collections are in memory at once, whatever the pieces of the query allow.
const ELEMENTS: u32 = 100_000;

/// Looks at every candidate of every target. A collection longer than the query reads at once comes in pieces, and each of these counts
/// as a candidate.
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
        let linked = linked_attributes(asked);
        let at_once = query.load.limit().unwrap_or(ELEMENTS).clamp(1, ELEMENTS);
        let together = if linked.is_empty() { PIECE } else { u64::from(ELEMENTS / at_once).clamp(1, PIECE) };
        let load = Load::Only(linked).up_to(at_once);
        for piece in keys.chunks(together as usize) {
            for (number, candidate) in documents(store, connection, &asked.kind, piece, &load).await.map_err(unexpected)? {
                let shown = represent(&candidate, "");
                let (is_match, key) = if candidate.long.is_empty() {
                    let key = asked.sort.as_ref().and_then(|path| sort_key(path, &shown));
                    (asked.filter.as_ref().is_none_or(|filter| matches(filter, &shown)), key)
                } else {
                    judge(store, connection, asked, (number, candidate), &shown, at_once, &mut left).await?
                };
                if is_match {
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

/// Whether a resource with long collections matches, and what it is sorted by.
async fn judge<C: ConnectionTrait>(
    store: &SqlStore,
    connection: &C,
    asked: &Target,
    (number, mut candidate): (i64, Stored),
    shown: &Document,
    at_once: u32,
    left: &mut u64,
) -> Result<(bool, Option<String>), StoreError> {
    let mut judged = asked.filter.as_ref().map(|filter| InPieces::new(filter, shown));
    let mut key = asked.sort.as_ref().and_then(|path| sort_key(path, shown));
    for path in std::mem::take(&mut candidate.long) {
        let sort = asked.sort.as_ref().filter(|sort| sort.parent().to_string() == path);
        let mut next = Some(Piece { path: path.clone(), after: None, count: at_once });
        while let Some(piece) = next.take() {
            *left = left.checked_sub(1).ok_or(StoreError::TooMany)?;
            let elements = elements_in(store, connection, &asked.kind, number, &piece).await.map_err(unexpected)?;
            let after = elements.last().filter(|_| elements.len() == at_once as usize).map(|last| last.value.clone());
            candidate.collections = BTreeMap::from([(path.clone(), elements)]);
            let shown = represent(&candidate, "");
            if let Some(sort) = sort.filter(|sort| piece.after.is_none() || leads(sort, &shown)) {
                key = sort_key(sort, &shown);
            }
            if let Some(judged) = &mut judged {
                judged.see(&shown);
            }
            next = after.map(|after| Piece { after: Some(after), ..piece });
        }
        candidate.collections.clear();
    }
    Ok((judged.is_none_or(|judged| judged.matches()), key))
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

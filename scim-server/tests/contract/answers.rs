//! How stores with a flaw in their order, their pages or their pieces answer.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use scim_server::filter::matches;
use scim_server::representation::represent;
use scim_server::sort::{SortOrder, compare, sort_key};
use scim_server::store::{Document, Element, Found, Load, Page, Piece, Position, Query, ResourceKey, Store, StoreError, Stored, Target};
use scim_server::{BoundPath, MemoryStore};
use serde_json::Value;

use super::flawed::Flaw;

/// The positions that were used, by a store that forgets them.
pub(crate) type Used = Arc<Mutex<HashSet<String>>>;

/// The answer of a store of that flaw.
pub(crate) async fn query(inner: &MemoryStore, flaw: Option<Flaw>, used: &Used, query: &Query) -> Result<Found, StoreError> {
    let Some(flaw) = flaw else { return inner.query(query).await };
    if arranges(flaw) {
        return arrange(inner, flaw, query).await;
    }
    let mut query = query.clone();
    misread(flaw, used, &mut query);
    let offset = match &query.page {
        Page::After { position, count } if flaw == Flaw::CountsItsWayBack => {
            let offset = position.as_ref().map_or(0, |position| position.number.unsigned_abs());
            query.page = Page::Index { start: offset + 1, count: *count };
            Some(offset)
        }
        Page::Index { .. } | Page::After { .. } => None,
    };
    let mut found = if flaw == Flaw::CutsEachType && query.targets.len() > 1 {
        let mut found = Found { total: Some(0), resources: Vec::new(), next: None };
        for target in &query.targets {
            let part = inner.query(&Query { targets: vec![target.clone()], ..query.clone() }).await?;
            found.total = found.total.zip(part.total).map(|(one, other)| one + other);
            found.resources.extend(part.resources);
        }
        found
    } else {
        inner.query(&query).await?
    };
    if let Some(offset) = offset {
        let end = offset + found.resources.len() as u64;
        let more = !found.resources.is_empty() && found.total.is_some_and(|total| end < total);
        found.next = more.then(|| Position { key: None, target: 0, number: i64::try_from(end).unwrap_or(i64::MAX) });
    }
    let is_cursor = matches!(query.page, Page::After { .. });
    if flaw == Flaw::AlwaysGoesOn && is_cursor && !found.resources.is_empty() && found.next.is_none() {
        found.next = Some(Position { key: None, target: usize::MAX, number: i64::MAX });
    }
    if flaw == Flaw::CountsThePage {
        found.total = Some(found.resources.len() as u64);
    }
    if flaw == Flaw::NeedsATotal && !query.total {
        found.resources.clear();
    }
    if flaw == Flaw::TurnsTheOrder {
        found.resources.reverse();
    }
    Ok(found)
}

/// What a store of that flaw takes the query for.
fn misread(flaw: Flaw, used: &Used, query: &mut Query) {
    match (flaw, &mut query.page) {
        (Flaw::CountsFromZero, Page::Index { start, .. }) => *start = start.saturating_add(1),
        (Flaw::ReadsZeroAsOne, Page::Index { count, .. } | Page::After { count, .. }) => *count = (*count).max(1),
        (Flaw::LosesTies, Page::After { position: Some(position), .. }) => {
            (position.target, position.number) = (usize::MAX, i64::MAX);
        }
        (Flaw::ForgetsPositions, Page::After { position, .. }) => {
            if let Some(last) = position
                && !used.lock().unwrap_or_else(PoisonError::into_inner).insert(format!("{last:?}"))
            {
                *position = None;
            }
        }
        _ => {}
    }
    match flaw {
        Flaw::AsksTheFirstType => query.targets.truncate(1),
        Flaw::SharesTheFilter => {
            let filter = query.targets[0].filter.clone();
            query.targets.iter_mut().for_each(|target| target.filter = filter.clone());
        }
        Flaw::QueriesDocuments => query.load = Load::DOCUMENT,
        Flaw::ReadsLongCollectionsOfPages => {
            if let Load::UpTo(_, load) = &query.load {
                query.load = *load.clone();
            }
        }
        Flaw::IgnoresTheSort => query.targets.iter_mut().for_each(|target| target.sort = None),
        _ => {}
    }
}

/// Whether a store of that flaw puts its answers together in another way.
fn arranges(flaw: Flaw) -> bool {
    matches!(
        flaw,
        Flaw::SortsBySpelling
            | Flaw::CutsSortKeys
            | Flaw::PutsTheMissingLast
            | Flaw::TakesEmptyForMissing
            | Flaw::TurnsTies
            | Flaw::TakesTheFirstElement
            | Flaw::SortsDocuments
            | Flaw::SortsTheBaseSchema
            | Flaw::SortsThePage
            | Flaw::SortsTypeByType
            | Flaw::LooksOneLevelUp
            | Flaw::ListsEveryWay
    )
}

/// The whole answer, put together here.
async fn arrange(inner: &MemoryStore, flaw: Flaw, query: &Query) -> Result<Found, StoreError> {
    let mut answer: Vec<(Position, Stored)> = Vec::new();
    for (target, asked) in query.targets.iter().enumerate() {
        let everything = Target { filter: None, sort: None, kind: asked.kind.clone() };
        let all =
            Query { targets: vec![everything], page: Page::Index { start: 1, count: u32::MAX }, load: Load::Everything, ..query.clone() };
        for (number, mut stored) in (0..).zip(inner.query(&all).await?.resources) {
            ascend(flaw, &mut stored);
            let shown = represent(&stored, "");
            if asked.filter.as_ref().is_none_or(|filter| matches(filter, &shown)) {
                let key = asked.sort.as_ref().and_then(|path| key(flaw, path, &stored, shown));
                answer.push((Position { key, target, number }, stored));
            }
        }
    }
    let order = |(one, _): &(Position, Stored), (other, _): &(Position, Stored)| stands(flaw, query.order, one, other);
    let total = query.total.then_some(answer.len() as u64);
    if flaw != Flaw::SortsThePage {
        answer.sort_by(order);
    }
    let (skipped, is_cursor) = match &query.page {
        Page::Index { start, .. } => (usize::try_from(start.saturating_sub(1)).unwrap_or(usize::MAX), false),
        Page::After { position, .. } => {
            let last = position.clone();
            let seen = |(found, _): &(Position, Stored)| last.as_ref().is_some_and(|last| stands(flaw, query.order, found, last).is_le());
            (answer.partition_point(seen), true)
        }
    };
    let mut page: Vec<(Position, Stored)> = answer.split_off(skipped.min(answer.len()));
    let more = page.len() > query.page.count() as usize;
    page.truncate(query.page.count() as usize);
    if flaw == Flaw::SortsThePage {
        page.sort_by(order);
    }
    let next = page.last().filter(|_| is_cursor && more).map(|(position, _)| position.clone());
    let mut resources: Vec<Stored> = page.into_iter().map(|(_, stored)| stored).collect();
    for stored in &mut resources {
        stored.collections.retain(|path, _| query.load.wants(path));
    }
    Ok(Found { total, resources, next })
}

fn stands(flaw: Flaw, order: SortOrder, one: &Position, other: &Position) -> Ordering {
    let by_key = match (&one.key, &other.key) {
        (None, Some(_)) if flaw == Flaw::PutsTheMissingLast => Ordering::Greater,
        (Some(_), None) if flaw == Flaw::PutsTheMissingLast => Ordering::Less,
        (one, other) => compare(one.as_deref(), other.as_deref(), order),
    };
    let by_number = match (flaw, order) {
        (Flaw::TurnsTies, SortOrder::Descending) => other.number.cmp(&one.number),
        (_, SortOrder::Ascending | SortOrder::Descending) => one.number.cmp(&other.number),
    };
    let by_target = one.target.cmp(&other.target);
    if flaw == Flaw::SortsTypeByType { by_target.then(by_key).then(by_number) } else { by_key.then(by_target).then(by_number) }
}

/// What a store of that flaw sorts a resource by.
fn key(flaw: Flaw, path: &BoundPath, stored: &Stored, mut shown: Document) -> Option<String> {
    match flaw {
        Flaw::SortsBySpelling => {
            let value = shown.get(&path.attribute.name)?;
            Some(value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned))
        }
        Flaw::CutsSortKeys => sort_key(path, &shown).map(|key| key.chars().take(255).collect()),
        Flaw::TakesEmptyForMissing => sort_key(path, &shown).filter(|key| !key.is_empty()),
        Flaw::SortsDocuments => sort_key(path, &stored.document),
        Flaw::SortsTheBaseSchema => sort_key(path, &shown).filter(|_| path.extension.is_none()),
        Flaw::TakesTheFirstElement => {
            for element in shown.values_mut().filter_map(Value::as_array_mut).flatten().filter_map(Value::as_object_mut) {
                element.shift_remove("primary");
            }
            sort_key(path, &shown)
        }
        _ => sort_key(path, &shown),
    }
}

/// What a store of that flaw finds above a resource.
pub(crate) fn ascend(flaw: Flaw, stored: &mut Stored) {
    let Some(above) = stored.collections.get_mut("partOf") else { return };
    if flaw == Flaw::LooksOneLevelUp {
        above.retain(|element| !element.is_indirect());
    }
    if flaw == Flaw::ListsEveryWay {
        let direct = above.iter().filter(|element| !element.is_indirect());
        let again: Vec<Element> = direct.map(|element| Element::derived(element.value.clone(), true, element.referent.clone())).collect();
        above.extend(again);
    }
}

/// The piece that a store of that flaw gives.
pub(crate) async fn elements(inner: &MemoryStore, flaw: Option<Flaw>, of: &ResourceKey, piece: &Piece) -> Result<Vec<Element>, StoreError> {
    let all = Piece { after: None, count: u32::MAX, ..piece.clone() };
    let found = match (flaw, &piece.after) {
        (Some(Flaw::RepeatsTheLast), Some(after)) => {
            let following = inner.elements(of, &all).await?.into_iter().filter(|element| element.value >= *after);
            Ok(following.take(piece.count as usize).collect())
        }
        (Some(Flaw::LooksForTheLast), Some(after)) => {
            let all = inner.elements(of, &all).await?;
            let start = all.iter().position(|element| element.value == *after).map_or(0, |place| place + 1);
            Ok(all.into_iter().skip(start).take(piece.count as usize).collect())
        }
        _ => inner.elements(of, piece).await,
    };
    match (flaw, found) {
        (Some(Flaw::FindsNothingEverywhere), Err(StoreError::NotFound)) => Ok(Vec::new()),
        (Some(Flaw::TakesEmptyForUnknown), Ok(found)) if found.is_empty() => Err(StoreError::NotFound),
        (Some(Flaw::FoldsOrder), Ok(mut found)) => {
            found.sort_by_key(|element| element.value.to_lowercase());
            Ok(found)
        }
        (_, found) => found,
    }
}

//! Pages behind a position (RFC 9865): they fit together, whatever comes and goes meanwhile.

use serde_json::json;

use super::world::{World, filter, names, path};
use super::{Broken, Case, Outcome, case, holds, same};
use crate::sort::SortOrder;
use crate::store::{Found, Page, Position, Query, ResourceKey, Store, Stores};

pub(super) fn cases<S: Stores>() -> Vec<Case<S>> {
    vec![
        case(
            "cursor/pages_fit_together",
            "all pages together are the whole answer, each resource once, whatever the order and size",
            |w| Box::pin(fit(w)),
        ),
        case("cursor/goes_on_only_if_more_follows", "a page has a next position exactly if another resource follows", |w| {
            Box::pin(ends(w))
        }),
        case("cursor/counts_all_that_match", "the total is of all that match, on every page", |w| Box::pin(totals(w))),
        case("cursor/may_ask_for_nothing", "a page of no resource has the total and leads nowhere", |w| Box::pin(nothing(w))),
        case("cursor/survives_a_delete", "a resource that goes between two pages hides no other and repeats none", |w| {
            Box::pin(deleted(w))
        }),
        case("cursor/survives_a_create", "a resource that comes between two pages hides no other and repeats none", |w| {
            Box::pin(created(w))
        }),
        case("cursor/survives_a_move", "a resource that moves between two pages hides no other and repeats none", |w| Box::pin(moved(w))),
        case("cursor/begins_anywhere", "the same position can be used again", |w| Box::pin(again(w))),
    ]
}

/// Nine users, u1 to u9, of three titles in turn; each third has none.
async fn nine<S: Stores>(world: &World<'_, S>) -> Outcome<Vec<ResourceKey>> {
    let mut keys = Vec::new();
    for number in 1..=9 {
        let name = format!("u{number}");
        let mut body = json!({"userName": name, "displayName": name});
        match number % 3 {
            1 => body["title"] = json!("b"),
            2 => body["title"] = json!("A"),
            _ => {}
        }
        keys.push(world.create(&world.user, body).await?);
    }
    // Others are in nobody's way.
    world.bystander("u0").await?;
    Ok(keys)
}

/// The users that match, by that path or as they were created.
fn users<S: Stores>(world: &World<'_, S>, text: Option<&str>, by: Option<(&str, SortOrder)>) -> Outcome<Query> {
    let filter = text.map(|text| filter(&world.user, text)).transpose()?;
    let query = Query::of(world.user.clone(), filter, Page::After { position: None, count: 0 });
    Ok(match by {
        None => query,
        Some((by, order)) => query.sorted(path(&world.user, by)?, order),
    })
}

/// The page behind that position, which has been to a client and back.
async fn after<S: Stores>(world: &World<'_, S>, query: &Query, position: Option<&Position>, count: u32) -> Outcome<Found> {
    let there_and_back = |position: &Position| {
        let text = serde_json::to_string(position).map_err(|error| Broken(format!("a position cannot be written: {error}")))?;
        serde_json::from_str(&text).map_err(|error| Broken(format!("a position cannot be read again: {error}")))
    };
    let position = position.map(there_and_back).transpose()?;
    Ok(world.store.query(&Query { page: Page::After { position, count }, ..query.clone() }).await?)
}

/// The names on all pages of that size behind a position.
pub(super) async fn walk<S: Stores>(
    world: &World<'_, S>,
    query: &Query,
    mut position: Option<Position>,
    size: u32,
) -> Outcome<Vec<String>> {
    let mut all = Vec::new();
    loop {
        let found = after(world, query, position.as_ref(), size).await?;
        holds(found.resources.len() <= size as usize, format!("a page of {size} has {} resources", found.resources.len()))?;
        holds(all.len() <= 100, "the pages do not end")?;
        all.extend(names(&found).split_whitespace().map(ToOwned::to_owned));
        match found.next {
            None => return Ok(all),
            next => position = next,
        }
    }
}

/// Every order and what it makes of the nine: with b, with A, without.
const ORDERS: [(Option<(&str, SortOrder)>, &str); 5] = [
    (None, "u1 u2 u3 u4 u5 u6 u7 u8 u9"),
    (Some(("title", SortOrder::Ascending)), "u2 u5 u8 u1 u4 u7 u3 u6 u9"),
    (Some(("title", SortOrder::Descending)), "u3 u6 u9 u1 u4 u7 u2 u5 u8"),
    (Some(("userName", SortOrder::Descending)), "u9 u8 u7 u6 u5 u4 u3 u2 u1"),
    (Some(("nickName", SortOrder::Ascending)), "u1 u2 u3 u4 u5 u6 u7 u8 u9"),
];

async fn fit<S: Stores>(world: &World<'_, S>) -> Outcome {
    nine(world).await?;
    for (by, expected) in ORDERS {
        for (filter, without) in
            [(None, ""), (Some(r#"userName ne "u4""#), "u4"), (Some("not (timezone pr)"), ""), (Some("title pr"), "u3 u6 u9")]
        {
            let query = users(world, filter, by)?;
            let expected: Vec<&str> = expected.split(' ').filter(|name| !without.contains(name)).collect();
            for size in [1, 2, 3, 4, 8, 9, 10, u32::MAX] {
                let what = format!("{} by {by:?} in pages of {size}", filter.unwrap_or("all"));
                same(&what, walk(world, &query, None, size).await?.join(" "), expected.join(" "))?;
            }
        }
    }
    Ok(())
}

async fn ends<S: Stores>(world: &World<'_, S>) -> Outcome {
    let all = users(world, None, Some(("title", SortOrder::Descending)))?;
    same("the end of nothing", after(world, &all, None, 3).await?.next, None)?;
    nine(world).await?;
    for (size, more) in [(8, true), (9, false), (10, false)] {
        same(&format!("whether more than {size} follow"), after(world, &all, None, size).await?.next.is_some(), more)?;
    }
    let first = after(world, &all, None, 6).await?;
    for (size, more) in [(2, true), (3, false), (4, false)] {
        let next = after(world, &all, first.next.as_ref(), size).await?.next;
        same(&format!("whether more than {size} follow the first six"), next.is_some(), more)?;
    }
    let some = users(world, Some(r#"title eq "a""#), None)?;
    same("whether more than three match", after(world, &some, None, 3).await?.next, None)
}

async fn totals<S: Stores>(world: &World<'_, S>) -> Outcome {
    nine(world).await?;
    for by in [None, Some(("title", SortOrder::Ascending))] {
        for (filter, total) in [(None, 9), (Some("title pr"), 6), (Some(r#"title eq "a" or userName ew "9""#), 4)] {
            let query = users(world, filter, by)?;
            let first = after(world, &query, None, 2).await?;
            let second = after(world, &query, first.next.as_ref(), 100).await?;
            same(&format!("the totals of {}", filter.unwrap_or("all")), (first.total, second.total), (Some(total), Some(total)))?;
        }
    }
    Ok(())
}

async fn nothing<S: Stores>(world: &World<'_, S>) -> Outcome {
    nine(world).await?;
    for by in [None, Some(("title", SortOrder::Descending))] {
        let query = users(world, Some("title pr"), by)?;
        let first = after(world, &query, None, 2).await?;
        for position in [None, first.next.as_ref()] {
            let found = after(world, &query, position, 0).await?;
            same("a page of nothing", (found.total, found.resources.len(), found.next), (Some(6), 0, None))?;
        }
    }
    Ok(())
}

/// The first four of the nine by title, and where they end.
async fn four<S: Stores>(world: &World<'_, S>, query: &Query) -> Outcome<Option<Position>> {
    let first = after(world, query, None, 4).await?;
    same("the first page", names(&first), "u2 u5 u8 u1".to_owned())?;
    Ok(first.next)
}

async fn deleted<S: Stores>(world: &World<'_, S>) -> Outcome {
    let keys = nine(world).await?;
    let query = users(world, None, Some(("title", SortOrder::Ascending)))?;
    let next = four(world, &query).await?;
    // One of the first page, the one where it ended, the one that follows, and one further on.
    for gone in [1, 0, 3, 5] {
        world.delete(&keys[gone]).await?;
    }
    for size in [1, 2, 10] {
        same(&format!("the rest in pages of {size}"), walk(world, &query, next.clone(), size).await?.join(" "), "u7 u3 u9".to_owned())?;
    }
    let unsorted = users(world, None, None)?;
    let first = after(world, &unsorted, None, 2).await?;
    same("the first two that are left", names(&first), "u3 u5".to_owned())?;
    world.delete(&keys[4]).await?;
    same("those behind one that is gone", walk(world, &unsorted, first.next, 2).await?.join(" "), "u7 u8 u9".to_owned())
}

async fn created<S: Stores>(world: &World<'_, S>) -> Outcome {
    nine(world).await?;
    let query = users(world, None, Some(("title", SortOrder::Ascending)))?;
    let next = four(world, &query).await?;
    for (name, title) in [("before", "a"), ("beside", "b"), ("behind", "c")] {
        world.create(&world.user, json!({"userName": name, "displayName": name, "title": title})).await?;
    }
    let rest = "u4 u7 beside behind u3 u6 u9".to_owned();
    for size in [1, 3, 10] {
        same(&format!("the rest in pages of {size}"), walk(world, &query, next.clone(), size).await?.join(" "), rest.clone())?;
    }
    Ok(())
}

async fn moved<S: Stores>(world: &World<'_, S>) -> Outcome {
    let keys = nine(world).await?;
    let query = users(world, None, Some(("title", SortOrder::Ascending)))?;
    let next = four(world, &query).await?;
    // The one where the page ended goes to the front, another of that page to the end.
    world.replace(&keys[0], json!({"userName": "u1", "displayName": "u1", "title": "0"})).await?;
    world.replace(&keys[4], json!({"userName": "u5", "displayName": "u5"})).await?;
    same("the rest", walk(world, &query, next, 2).await?.join(" "), "u4 u7 u3 u5 u6 u9".to_owned())
}

async fn again<S: Stores>(world: &World<'_, S>) -> Outcome {
    nine(world).await?;
    let query = users(world, None, Some(("title", SortOrder::Descending)))?;
    let first = after(world, &query, None, 4).await?;
    for size in [1, 3, 1, 2] {
        let found = after(world, &query, first.next.as_ref(), size).await?;
        let expected: Vec<&str> = ["u4", "u7", "u2"].into_iter().take(size as usize).collect();
        same(&format!("{size} behind u1"), names(&found), expected.join(" "))?;
    }
    Ok(())
}

//! Pages of a query: by position from 1, in the order of creation (RFC 7644 §3.4.2.4).

use serde_json::json;

use super::world::{World, put, query, values};
use super::{Broken, Case, Outcome, case, same};
use crate::store::{Load, Page, Query, Store, Stored, Stores};

pub(super) fn cases<S: Stores>() -> Vec<Case<S>> {
    vec![
        case("paging/is_in_order_of_creation", "resources stand in the order of creation, whatever changes later", |w| Box::pin(order(w))),
        case("paging/cuts_at_its_borders", "a page begins at its start, ends after its count or at the end", |w| Box::pin(borders(w))),
        case("paging/counts_all_that_match", "the total is of all that match, whatever the page", |w| Box::pin(totals(w))),
        case("paging/pages_fit_together", "all pages together are the whole answer, each resource once", |w| Box::pin(fit(w))),
        case("paging/works_on_what_only_documents_tell", "pages are right also where an index cannot decide the filter", |w| {
            Box::pin(unindexed(w))
        }),
        case("paging/gives_whole_resources", "a query gives resources as get does", |w| Box::pin(whole(w))),
    ]
}

/// Nine users, u1 to u9; the odd ones have the title Odd.
async fn nine<S: Stores>(world: &World<'_, S>) -> Outcome {
    for number in 1..=9 {
        let title = if number % 2 == 1 { "Odd" } else { "Even" };
        world.create(&world.user, json!({"userName": format!("u{number}"), "title": title})).await?;
    }
    // Others are in nobody's way.
    world.bystander("u0").await
}

async fn page<S: Stores>(world: &World<'_, S>, filter: Option<&str>, start: u64, count: u32) -> Outcome<(u64, String)> {
    let all = Query::of(world.user.clone(), None, Page::Index { start: 1, count: 0 });
    let query = Query { page: Page::Index { start, count }, ..filter.map_or(Ok(all), |filter| query(&world.user, filter))? };
    let found = world.store.query(&query).await?;
    let names: Vec<&str> = found.resources.iter().filter_map(|stored| stored.document.get("userName")?.as_str()).collect();
    Ok((found.total.ok_or_else(|| Broken("the total is missing".into()))?, names.join(" ")))
}

async fn order<S: Stores>(world: &World<'_, S>) -> Outcome {
    let mut keys = Vec::new();
    for name in ["m", "z", "a", "k", "b"] {
        keys.push(world.user(name).await?);
    }
    world.replace(&keys[1], json!({"userName": "y"})).await?;
    world.replace(&keys[0], json!({"userName": "zz", "title": "Late"})).await?;
    world.delete(&keys[3]).await?;
    world.user("k").await?;
    same("all", page(world, None, 1, 10).await?, (5, "zz y a b k".into()))?;
    same("those with a userName", page(world, Some("userName pr"), 1, 10).await?, (5, "zz y a b k".into()))?;
    same("those after a", page(world, Some(r#"userName gt "a""#), 1, 10).await?, (4, "zz y b k".into()))
}

async fn borders<S: Stores>(world: &World<'_, S>) -> Outcome {
    nine(world).await?;
    let odd = Some(r#"title eq "odd""#);
    let rows = [
        (None, 1, 3, 9, "u1 u2 u3"),
        (None, 0, 2, 9, "u1 u2"),
        (None, 2, 2, 9, "u2 u3"),
        (None, 9, 5, 9, "u9"),
        (None, 10, 5, 9, ""),
        (None, 1, 0, 9, ""),
        (None, 1, u32::MAX, 9, "u1 u2 u3 u4 u5 u6 u7 u8 u9"),
        (None, 1_000_000, 10, 9, ""),
        (None, u64::MAX, u32::MAX, 9, ""),
        (odd, 1, 2, 5, "u1 u3"),
        (odd, 0, 1, 5, "u1"),
        (odd, 3, 2, 5, "u5 u7"),
        (odd, 5, 2, 5, "u9"),
        (odd, 6, 2, 5, ""),
        (odd, 2, 0, 5, ""),
        (odd, u64::MAX, 1, 5, ""),
    ];
    for (filter, start, count, total, names) in rows {
        let what = format!("{} from {start}, at most {count}", filter.unwrap_or("all"));
        same(&what, page(world, filter, start, count).await?, (total, names.to_owned()))?;
    }
    Ok(())
}

async fn totals<S: Stores>(world: &World<'_, S>) -> Outcome {
    same("the page of an empty tenant", page(world, None, 1, 10).await?, (0, String::new()))?;
    same("the page of a filter in an empty tenant", page(world, Some("id pr"), 1, 10).await?, (0, String::new()))?;
    nine(world).await?;
    let victim = world.user("u10").await?;
    same("before the delete", page(world, None, 1, 1).await?.0, 10)?;
    world.delete(&victim).await?;
    same("after the delete", page(world, None, 1, 1).await?.0, 9)?;
    for (filter, total) in
        [(r#"userName eq "u3""#, 1), (r#"title eq "even""#, 4), (r#"not (title eq "even")"#, 5), (r#"userName co "u""#, 9)]
    {
        for (start, count) in [(1, 0), (1, 1), (1, 100), (2, 1), (50, 1)] {
            same(&format!("the total of {filter} from {start}"), page(world, Some(filter), start, count).await?.0, total)?;
        }
    }
    Ok(())
}

async fn fit<S: Stores>(world: &World<'_, S>) -> Outcome {
    nine(world).await?;
    for filter in [None, Some("title pr"), Some(r#"userName sw "U""#)] {
        for size in 1..=4 {
            let mut all = Vec::new();
            let mut start = 1;
            while start <= 9 {
                let (_, names) = page(world, filter, start, size).await?;
                all.extend(names.split(' ').map(ToOwned::to_owned));
                start += u64::from(size);
            }
            same(&format!("all pages of {size}"), all.join(" "), "u1 u2 u3 u4 u5 u6 u7 u8 u9".to_owned())?;
        }
    }
    Ok(())
}

async fn unindexed<S: Stores>(world: &World<'_, S>) -> Outcome {
    nine(world).await?;
    // Parts of several attributes, some of which no store indexes by default.
    let filter = r#"title co "d" and not (timezone pr) and (nickName pr or locale eq null) and meta.version eq "W/\"1\"""#;
    for (start, count, names) in [(1, 2, "u1 u3"), (3, 2, "u5 u7"), (5, 9, "u9"), (6, 1, ""), (1, 0, "")] {
        same(&format!("{filter} from {start}, at most {count}"), page(world, Some(filter), start, count).await?, (5, names.to_owned()))?;
    }
    Ok(())
}

async fn whole<S: Stores>(world: &World<'_, S>) -> Outcome {
    let boss = world.user("boss").await?;
    let ana = world.user_below("ana", &boss).await?;
    let guides = world.group("guides", &[&boss]).await?;
    world.edit(&guides, "members", put(&[&ana])).await?;
    for kind in [&world.user, &world.group] {
        let query = Query { load: Load::Everything, ..query(kind, "id pr")? };
        for found in world.store.query(&query).await?.resources {
            let got = world.get(&found.key).await?;
            same("version and times", (found.version, found.created, found.modified), (got.version, got.created, got.modified))?;
            same("the document", &found.document, &got.document)?;
            same("what the references refer to", &found.referents, &got.referents)?;
            for path in ["members", "groups"] {
                same(path, values(&found, path), values(&got, path))?;
                let referents = |of: &Stored| {
                    let elements = of.collections.get(path).into_iter().flatten();
                    let mut referents: Vec<String> = elements.map(|element| format!("{element:?}")).collect();
                    referents.sort();
                    referents
                };
                same(&format!("the elements of {path}"), referents(&found), referents(&got))?;
            }
        }
    }
    Ok(())
}

//! Queries over several resource types (RFC 7644 §3.4.2.1): one answer in one order.

use std::sync::Arc;

use serde_json::json;

use super::cursor::walk;
use super::world::{World, filter, names, path, values};
use super::{Case, Outcome, case, same};
use crate::ResourceType;
use crate::sort::SortOrder;
use crate::store::{Found, Load, Page, Query, Store, Stores, Target};

pub(super) fn cases<S: Stores>() -> Vec<Case<S>> {
    vec![
        case("several/stand_type_by_type", "without a sort each type follows the one before, in its order of creation", |w| {
            Box::pin(unsorted(w))
        }),
        case(
            "several/sort_together",
            "a sort goes over all types; equals stand type by type; a type without the attribute has no value",
            |w| Box::pin(sorted(w)),
        ),
        case("several/have_a_filter_each", "each type has its own filter, and the total is of all of them", |w| Box::pin(filtered(w))),
        case("several/are_cut_across_types", "pages by index are cut out of the whole answer", |w| Box::pin(pages(w))),
        case("several/are_walked_across_types", "cursor pages fit together across types", |w| Box::pin(walked(w))),
        case("several/load_their_own", "each resource comes with what was asked for of its type", |w| Box::pin(loaded(w))),
        case("several/need_no_total", "without a total the page is the same", |w| Box::pin(without_total(w))),
    ]
}

/// Users u1 to u3, groups g1 to g3 and devices d1 to d3 in turn, some of one name.
async fn nine<S: Stores>(world: &World<'_, S>) -> Outcome {
    for (number, title, serial) in [(1, "b", "b"), (2, "c", "B"), (3, "a", "0")] {
        let user = json!({"userName": format!("{title}{number}"), "displayName": format!("u{number}"), "title": title});
        world.create(&world.user, user).await?;
        world.group(&format!("g{number}"), &[]).await?;
        world.create(&world.device, json!({"displayName": format!("d{number}"), "serial": serial})).await?;
    }
    Ok(())
}

fn target(kind: &Arc<ResourceType>, filter_text: Option<&str>, by: Option<&str>) -> Outcome<Target> {
    let filter = filter_text.map(|text| filter(kind, text)).transpose()?;
    Ok(Target { kind: kind.clone(), filter, sort: by.map(|by| path(kind, by)).transpose()? })
}

fn all(targets: Vec<Target>, order: SortOrder) -> Query {
    let page = Page::Index { start: 1, count: 100 };
    Query { targets, order, page, total: true, load: Load::DOCUMENT, may_be_stale: false }
}

async fn ask<S: Stores>(world: &World<'_, S>, query: &Query) -> Outcome<Found> {
    Ok(world.store.query(query).await?)
}

async fn unsorted<S: Stores>(world: &World<'_, S>) -> Outcome {
    nine(world).await?;
    let rows = [
        ([&world.user, &world.group, &world.device], "u1 u2 u3 g1 g2 g3 d1 d2 d3"),
        ([&world.device, &world.user, &world.group], "d1 d2 d3 u1 u2 u3 g1 g2 g3"),
    ];
    for (kinds, expected) in rows {
        for order in [SortOrder::Ascending, SortOrder::Descending] {
            let targets = kinds.iter().map(|kind| target(kind, None, None)).collect::<Outcome<_>>()?;
            let found = ask(world, &all(targets, order)).await?;
            same("all", (found.total, names(&found)), (Some(9), expected.to_owned()))?;
        }
    }
    Ok(())
}

/// Users by title, groups by nothing, devices by serial, which heeds case.
fn by_several<S: Stores>(world: &World<'_, S>, order: SortOrder) -> Outcome<Query> {
    let (user, group, device) = (&world.user, &world.group, &world.device);
    Ok(all(vec![target(device, None, Some("serial"))?, target(group, None, None)?, target(user, None, Some("title"))?], order))
}

const UPWARDS: &str = "d3 d2 u3 d1 u1 u2 g1 g2 g3";
const DOWNWARDS: &str = "g1 g2 g3 u2 d1 u1 u3 d2 d3";

async fn sorted<S: Stores>(world: &World<'_, S>) -> Outcome {
    nine(world).await?;
    for (order, expected) in [(SortOrder::Ascending, UPWARDS), (SortOrder::Descending, DOWNWARDS)] {
        let found = ask(world, &by_several(world, order)?).await?;
        same(&format!("{order:?}"), (found.total, names(&found)), (Some(9), expected.to_owned()))?;
    }
    // One attribute that two types have.
    let (zoe, device) = (json!({"userName": "zoe", "displayName": "u0"}), json!({"displayName": "D15"}));
    world.create(&world.user, zoe).await?;
    world.create(&world.device, device).await?;
    let targets = vec![target(&world.user, None, Some("displayName"))?, target(&world.device, None, Some("displayName"))?];
    for (order, expected) in [(SortOrder::Ascending, "d1 D15 d2 d3 u0 u1 u2 u3"), (SortOrder::Descending, "u3 u2 u1 u0 d3 d2 D15 d1")] {
        same(&format!("{order:?} by displayName"), names(&ask(world, &all(targets.clone(), order)).await?), expected.to_owned())?;
    }
    Ok(())
}

async fn filtered<S: Stores>(world: &World<'_, S>) -> Outcome {
    nine(world).await?;
    let (user, group, device) = (&world.user, &world.group, &world.device);
    let ends_in_2 = Some(r#"displayName ew "2""#);
    let rows = [
        ((None, None, None), 9, "u1 u2 u3 g1 g2 g3 d1 d2 d3"),
        ((ends_in_2, ends_in_2, ends_in_2), 3, "u2 g2 d2"),
        ((Some(r#"title eq "a""#), None, Some(r#"serial eq "0""#)), 5, "u3 g1 g2 g3 d3"),
        ((Some("not (title pr)"), ends_in_2, Some("slots pr")), 1, "g2"),
        ((Some("not (title pr)"), Some("members pr"), Some("slots pr")), 0, ""),
        ((None, Some("not (externalId pr)"), Some(r#"model ne "x" and displayName gt "d1""#)), 8, "u1 u2 u3 g1 g2 g3 d2 d3"),
    ];
    for ((of_users, of_groups, of_devices), total, expected) in rows {
        let targets = vec![target(user, of_users, None)?, target(group, of_groups, None)?, target(device, of_devices, None)?];
        let query = all(targets, SortOrder::Ascending);
        let found = ask(world, &query).await?;
        same(&format!("{of_users:?}, {of_groups:?}, {of_devices:?}"), (found.total, names(&found)), (Some(total), expected.to_owned()))?;
        let counted = ask(world, &Query { page: Page::Index { start: 1, count: 0 }, ..query }).await?;
        same("the total alone", (counted.total, counted.resources.len()), (Some(total), 0))?;
    }
    Ok(())
}

async fn pages<S: Stores>(world: &World<'_, S>) -> Outcome {
    nine(world).await?;
    let unsorted = all(vec![target(&world.user, None, None)?, target(&world.device, None, None)?], SortOrder::Ascending);
    let sorted = by_several(world, SortOrder::Descending)?;
    for (start, count, of_two, of_three) in [
        (1, 2, "u1 u2", "g1 g2"),
        (2, 3, "u2 u3 d1", "g2 g3 u2"),
        (3, 1, "u3", "g3"),
        (4, 9, "d1 d2 d3", "u2 d1 u1 u3 d2 d3"),
        (6, 2, "d3", "u1 u3"),
        (7, 2, "", "u3 d2"),
        (10, 2, "", ""),
        (u64::MAX, 1, "", ""),
    ] {
        for (query, total, expected) in [(&unsorted, 6, of_two), (&sorted, 9, of_three)] {
            let found = ask(world, &Query { page: Page::Index { start, count }, ..query.clone() }).await?;
            let what = format!("{total} from {start}, at most {count}");
            same(&what, (found.total, names(&found), found.next), (Some(total), expected.to_owned(), None))?;
        }
    }
    Ok(())
}

async fn walked<S: Stores>(world: &World<'_, S>) -> Outcome {
    nine(world).await?;
    let rows = [
        (
            all(vec![target(&world.group, None, None)?, target(&world.user, Some("title pr"), None)?], SortOrder::Ascending),
            "g1 g2 g3 u1 u2 u3",
        ),
        (by_several(world, SortOrder::Ascending)?, UPWARDS),
        (by_several(world, SortOrder::Descending)?, DOWNWARDS),
    ];
    for (query, expected) in rows {
        for size in [1, 2, 3, 4, 6, 9, 100] {
            same(&format!("{:?} in pages of {size}", query.order), walk(world, &query, None, size).await?.join(" "), expected.to_owned())?;
        }
    }
    Ok(())
}

async fn loaded<S: Stores>(world: &World<'_, S>) -> Outcome {
    let ana = world.user("ana").await?;
    let guides = world.group("guides", &[&ana]).await?;
    let device =
        world.create(&world.device, json!({"displayName": "press", "keepers": [{"value": ana.id}], "owner": {"value": ana.id}})).await?;
    let targets = vec![target(&world.device, None, None)?, target(&world.group, None, None)?, target(&world.user, None, None)?];
    let query = Query { load: Load::Without(vec!["keepers".into()]), ..all(targets, SortOrder::Ascending) };
    let found = ask(world, &query).await?;
    same("all", names(&found), "press guides ana".to_owned())?;
    let expected =
        [(&device, "keepers", Vec::new()), (&guides, "members", vec![ana.id.clone()]), (&ana, "groups", vec![guides.id.clone()])];
    for (stored, (key, attribute, expected)) in found.resources.iter().zip(expected) {
        same("the type and id", (&stored.key.kind.name, &stored.key.id), (&key.kind.name, &key.id))?;
        same(attribute, values(stored, attribute), expected)?;
    }
    let owner = found.resources.first().and_then(|press| press.referents.get("owner")?.display.clone());
    same("the name of the owner", owner, Some("ana".to_owned()))
}

async fn without_total<S: Stores>(world: &World<'_, S>) -> Outcome {
    nine(world).await?;
    let one = all(vec![target(&world.user, Some("title pr"), Some("title"))?], SortOrder::Ascending);
    for query in [one, by_several(world, SortOrder::Ascending)?] {
        for page in [
            Page::Index { start: 1, count: 2 },
            Page::Index { start: 2, count: 100 },
            Page::Index { start: 50, count: 1 },
            Page::Index { start: 1, count: 0 },
            Page::After { position: None, count: 2 },
            Page::After { position: None, count: 100 },
        ] {
            let with = ask(world, &Query { page: page.clone(), ..query.clone() }).await?;
            let without = ask(world, &Query { page: page.clone(), total: false, ..query.clone() }).await?;
            same(&format!("{page:?} without a total"), (names(&without), without.next), (names(&with), with.next))?;
            same("a total that nobody asked for", without.total.filter(|total| Some(*total) != with.total), None)?;
        }
    }
    Ok(())
}

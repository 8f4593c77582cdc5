//! Derived attributes that are indirect, too: `partOf` of a team lists what contains it through other teams (S59).

use serde_json::json;

use super::world::{World, exactly, names, path, put, remove, values};
use super::{Case, Outcome, case, same};
use crate::representation::represent;
use crate::sort::SortOrder;
use crate::store::{Load, Page, Query, Referent, ResourceKey, Store, Stores};

pub(super) fn cases<S: Stores>() -> Vec<Case<S>> {
    vec![
        case("indirect/goes_up_all_the_way", "a team is part of what contains the teams that it is part of, however deep", |w| {
            Box::pin(deep(w))
        }),
        case("indirect/ends_in_circles", "in a circle every team is part of every one, itself included", |w| Box::pin(circles(w))),
        case("indirect/lists_each_once", "what contains a team by several ways is listed once, as direct if it is that, too", |w| {
            Box::pin(diamonds(w))
        }),
        case("indirect/follows_every_change", "a change anywhere above shows at once and moves no version below", |w| Box::pin(changes(w))),
        case("indirect/names_the_container", "an indirect element names the container with its type and present displayName", |w| {
            Box::pin(referents(w))
        }),
        case("indirect/can_be_searched", "filters see indirect elements and the mark of each", |w| Box::pin(searched(w))),
        case("indirect/can_be_sorted", "a sort takes the first created of all containers", |w| Box::pin(sorted(w))),
        case("indirect/is_read_of_many_at_once", "a page of many teams has the containers of each", |w| Box::pin(pages(w))),
        case("indirect/stays_in_its_tenant", "containers of another tenant are none", |w| Box::pin(tenants(w))),
    ]
}

async fn team<S: Stores>(world: &World<'_, S>, name: &str, parts: &[&ResourceKey]) -> Outcome<ResourceKey> {
    let parts: Vec<_> = parts.iter().map(|part| json!({"value": part.id})).collect();
    world.create(&world.team, json!({"displayName": name, "parts": parts})).await
}

/// A team and what it is part of, in the order of creation: `Red/direct All/indirect`.
async fn part_of<S: Stores>(world: &World<'_, S>, key: &ResourceKey, what: &str, expected: &str) -> Outcome {
    let shown = represent(&world.get(key).await?, "");
    let elements = shown.get("partOf").and_then(|list| list.as_array()).cloned().unwrap_or_default();
    let text = |element: &serde_json::Value, name: &str| element.get(name).and_then(|part| part.as_str()).unwrap_or("?").to_owned();
    let found: Vec<String> = elements.iter().map(|element| format!("{}/{}", text(element, "display"), text(element, "type"))).collect();
    same(what, found.join(" "), expected.to_owned())
}

async fn deep<S: Stores>(world: &World<'_, S>) -> Outcome {
    let ana = world.user("ana").await?;
    let mut inner = team(world, "t0", &[&ana]).await?;
    let lowest = inner.clone();
    let mut expected = Vec::new();
    for level in 1..=12 {
        let outer = team(world, &format!("t{level}"), &[&inner, &ana]).await?;
        expected.push(format!("t{level}/{}", if level == 1 { "direct" } else { "indirect" }));
        part_of(world, &lowest, &format!("below {level} levels"), &expected.join(" ")).await?;
        part_of(world, &outer, "the outermost", "").await?;
        inner = outer;
    }
    // Groups are not teams.
    world.group("group", &[&ana]).await?;
    part_of(world, &lowest, "below 12 levels", &expected.join(" ")).await
}

async fn circles<S: Stores>(world: &World<'_, S>) -> Outcome {
    let alone = team(world, "alone", &[]).await?;
    world.edit(&alone, "parts", put(&[&alone])).await?;
    part_of(world, &alone, "a team that contains itself", "alone/direct").await?;
    let a = team(world, "a", &[]).await?;
    let b = team(world, "b", &[&a]).await?;
    world.edit(&a, "parts", put(&[&b])).await?;
    part_of(world, &a, "one of two that contain each other", "a/indirect b/direct").await?;
    part_of(world, &b, "the other", "a/direct b/indirect").await?;
    let c = team(world, "c", &[&b]).await?;
    world.edit(&a, "parts", exactly(&[&c])).await?;
    for (key, expected) in
        [(&a, "a/indirect b/direct c/indirect"), (&b, "a/indirect b/indirect c/direct"), (&c, "a/direct b/indirect c/indirect")]
    {
        part_of(world, key, "one of a circle of three", expected).await?;
    }
    let tail = team(world, "tail", &[]).await?;
    world.edit(&b, "parts", put(&[&tail, &alone])).await?;
    part_of(world, &tail, "a team below the circle", "a/indirect b/direct c/indirect").await?;
    part_of(world, &alone, "a circle below the circle", "alone/direct a/indirect b/direct c/indirect").await
}

async fn diamonds<S: Stores>(world: &World<'_, S>) -> Outcome {
    let base = team(world, "base", &[]).await?;
    let left = team(world, "left", &[&base]).await?;
    let right = team(world, "right", &[&base]).await?;
    let top = team(world, "top", &[&left, &right]).await?;
    part_of(world, &base, "below a diamond", "left/direct right/direct top/indirect").await?;
    world.edit(&top, "parts", put(&[&base])).await?;
    part_of(world, &base, "in the top itself, too", "left/direct right/direct top/direct").await?;
    let above = team(world, "above", &[&top, &left]).await?;
    part_of(world, &base, "below the diamond's owner", "left/direct right/direct top/direct above/indirect").await?;
    part_of(world, &left, "a side of the diamond", "top/direct above/direct").await?;
    same("what the top has", values(&world.get(&above).await?, "partOf"), Vec::new())
}

async fn changes<S: Stores>(world: &World<'_, S>) -> Outcome {
    let base = team(world, "base", &[]).await?;
    let middle = team(world, "middle", &[&base]).await?;
    let top = team(world, "top", &[&middle]).await?;
    let before = world.get(&base).await?;
    part_of(world, &base, "at first", "middle/direct top/indirect").await?;
    world.edit(&top, "parts", remove(&[&middle])).await?;
    part_of(world, &base, "after the top let go", "middle/direct").await?;
    world.edit(&top, "parts", put(&[&middle])).await?;
    world.replace(&top, json!({"displayName": "summit"})).await?;
    part_of(world, &base, "after the top was renamed", "middle/direct summit/indirect").await?;
    world.edit(&top, "parts", put(&[&base])).await?;
    part_of(world, &base, "after the top took it itself", "middle/direct summit/direct").await?;
    world.edit(&top, "parts", remove(&[&base])).await?;
    world.delete(&middle).await?;
    part_of(world, &base, "after the middle was deleted", "").await?;
    let after = world.get(&base).await?;
    same("version and time", (after.version, after.modified), (before.version, before.modified))
}

async fn referents<S: Stores>(world: &World<'_, S>) -> Outcome {
    let base = team(world, "base", &[]).await?;
    let middle = team(world, "middle", &[&base]).await?;
    let top = world.create(&world.team, json!({"parts": [{"value": middle.id}]})).await?;
    let stored = world.get(&base).await?;
    let elements = stored.collections.get("partOf").cloned().unwrap_or_default();
    let found: Vec<_> = elements.iter().map(|element| (&element.value, element.is_indirect(), element.referent.as_ref())).collect();
    let referent = |display: Option<&str>| Referent { type_name: "Team".into(), display: display.map(ToOwned::to_owned) };
    let (of_middle, of_top) = (referent(Some("middle")), referent(None));
    same("the containers", found, vec![(&middle.id, false, Some(&of_middle)), (&top.id, true, Some(&of_top))])?;
    same(
        "partOf, if nobody asks",
        world.store.get(&base, &Load::DOCUMENT).await?.and_then(|stored| stored.collections.get("partOf").cloned()),
        None,
    )
}

async fn searched<S: Stores>(world: &World<'_, S>) -> Outcome {
    let base = team(world, "base", &[]).await?;
    let middle = team(world, "middle", &[&base]).await?;
    let top = team(world, "Top", &[&middle]).await?;
    let ring = team(world, "ring", &[]).await?;
    let ringlet = team(world, "ringlet", &[&ring]).await?;
    world.edit(&ring, "parts", put(&[&ringlet])).await?;
    team(world, "lonely", &[]).await?;
    let (middle, top, ring) = (&middle.id, &top.id, &ring.id);
    let rows = [
        (format!(r#"partOf.value eq "{top}""#), "base middle"),
        (format!(r#"partOf eq "{middle}""#), "base"),
        (format!(r#"partOf.value eq "{ring}""#), "ring ringlet"),
        (format!(r#"not (partOf.value eq "{top}")"#), "Top ring ringlet lonely"),
        (format!(r#"partOf.value ne "{top}""#), "base Top ring ringlet lonely"),
        (r#"partOf.type eq "indirect""#.to_owned(), "base ring ringlet"),
        (r#"partOf.type eq "direct""#.to_owned(), "base middle ring ringlet"),
        (r#"partOf.type ne "direct""#.to_owned(), "base Top ring ringlet lonely"),
        (r#"not (partOf.type eq "indirect")"#.to_owned(), "middle Top lonely"),
        (r#"partOf.type sw "in" or partOf.type gt "direct""#.to_owned(), "base ring ringlet"),
        ("partOf pr".to_owned(), "base middle ring ringlet"),
        ("partOf.type pr".to_owned(), "base middle ring ringlet"),
        ("not (partOf pr)".to_owned(), "Top lonely"),
        (format!(r#"partOf[value eq "{top}" and type eq "indirect"]"#), "base"),
        (format!(r#"partOf[value eq "{top}" and type eq "direct"]"#), "middle"),
        (format!(r#"partOf[value eq "{top}" and not (type eq "direct")]"#), "base"),
        (format!(r#"partOf[value eq "{ring}" and type ne "indirect"]"#), "ringlet"),
        (r#"partOf.display eq "top""#.to_owned(), "base middle"),
        (r#"partOf[display sw "t" and type eq "indirect"]"#.to_owned(), "base"),
        (format!(r#"partOf.$ref ew "Teams/{top}""#), "base middle"),
    ];
    for (filter, expected) in rows {
        let found = world.store.query(&super::world::query(&world.team, &filter)?).await?;
        same(&filter, (names(&found), found.total), (expected.to_owned(), Some(expected.split_whitespace().count() as u64)))?;
    }
    Ok(())
}

async fn sorted<S: Stores>(world: &World<'_, S>) -> Outcome {
    let top = team(world, "z", &[]).await?;
    let base = team(world, "base", &[]).await?;
    let side = team(world, "side", &[]).await?;
    let middle = team(world, "m", &[&base]).await?;
    team(world, "n", &[&side]).await?;
    world.edit(&top, "parts", put(&[&middle])).await?;
    let all = Query::of(world.team.clone(), None, Page::Index { start: 1, count: 10 });
    for (order, expected) in [(SortOrder::Ascending, "side base m z n"), (SortOrder::Descending, "z n base m side")] {
        let found = world.store.query(&all.clone().sorted(path(&world.team, "partOf.display")?, order)).await?;
        same(&format!("{order:?} by partOf.display"), names(&found), expected.to_owned())?;
    }
    Ok(())
}

async fn pages<S: Stores>(world: &World<'_, S>) -> Outcome {
    let one = team(world, "one", &[]).await?;
    let two = team(world, "two", &[&one]).await?;
    let three = team(world, "three", &[&two]).await?;
    team(world, "four", &[&three, &one]).await?;
    world.edit(&one, "parts", put(&[&three])).await?;
    for load in [Load::Everything, Load::Only(vec!["partOf".into()])] {
        let query = Query { load, ..Query::of(world.team.clone(), None, Page::Index { start: 1, count: 10 }) };
        let found = world.store.query(&query).await?;
        same("the number of teams", found.resources.len(), 4)?;
        for stored in found.resources {
            let got = world.get(&stored.key).await?;
            same("what a team on a page is part of", stored.collections.get("partOf"), got.collections.get("partOf"))?;
        }
    }
    part_of(world, &one, "one", "one/indirect two/direct three/indirect four/direct").await
}

async fn tenants<S: Stores>(world: &World<'_, S>) -> Outcome {
    let base = team(world, "base", &[]).await?;
    let middle = team(world, "middle", &[&base]).await?;
    let other = world.other_tenant();
    // The same ids, which are of nobody there.
    let top = other.create(&other.team, json!({"displayName": "top"})).await?;
    for id in [&middle, &base] {
        let element = super::world::element(&id.id);
        let edit = crate::store::Edit::Delta { put: vec![element], remove: Vec::new(), unknown: crate::store::Unknown::Keep };
        other.edit(&top, "parts", edit).await?;
    }
    part_of(world, &base, "beside another tenant", "middle/direct").await?;
    let filter = super::world::query(&world.team, r#"partOf.display eq "top""#)?;
    same("what the other tenant's team contains here", world.store.query(&filter).await?.total, Some(0))
}

//! Reading a long collection piece by piece.

use serde_json::json;

use super::world::{World, element, new_key, put, remove, values};
use super::{Case, Outcome, case, holds, refuses, same};
use crate::store::{Edit, Element, Load, Page, Piece, Query, Referent, ResourceKey, Store, StoreError, Stored, Stores, Unknown};

pub(super) fn cases<S: Stores>() -> Vec<Case<S>> {
    vec![
        case("elements/stand_in_order_of_value", "elements stand in the order of their values, by code point", |w| Box::pin(order(w))),
        case("elements/come_in_pieces_that_fit", "all pieces together are the collection, each element once", |w| Box::pin(fit(w))),
        case("elements/go_on_behind_what_is_gone", "a piece begins behind a value, whether that is still there or not", |w| {
            Box::pin(behind(w))
        }),
        case("elements/come_with_item_and_referent", "elements come with what stands beside the id and what it stands for", |w| {
            Box::pin(whole(w))
        }),
        case("elements/are_of_one_collection", "a piece has no element of another resource or collection", |w| Box::pin(own(w))),
        case("elements/of_long_collections_are_not_read", "a collection with more elements than were asked for is named instead", |w| {
            Box::pin(long(w))
        }),
        case("elements/of_long_collections_stay_out_of_pages", "the same holds for each resource of a page", |w| {
            Box::pin(long_in_pages(w))
        }),
        case("elements/need_a_resource", "there are no pieces of an unknown resource", |w| Box::pin(unknown(w))),
    ]
}

async fn piece<S: Stores>(world: &World<'_, S>, of: &ResourceKey, path: &str, after: Option<&str>, count: u32) -> Outcome<Vec<Element>> {
    let piece = Piece { path: path.to_owned(), after: after.map(ToOwned::to_owned), count };
    Ok(world.store.elements(of, &piece).await?)
}

fn ids(elements: &[Element]) -> String {
    elements.iter().map(|element| element.value.as_str()).collect::<Vec<_>>().join(" ")
}

/// A group whose members have these ids, which name nothing.
async fn group_of<S: Stores>(world: &World<'_, S>, values: &[&str]) -> Outcome<ResourceKey> {
    let group = world.group("guides", &[]).await?;
    let put = values.iter().map(|value| element(value)).collect();
    world.edit(&group, "members", Edit::Delta { put, remove: Vec::new(), unknown: Unknown::Keep }).await?;
    Ok(group)
}

async fn order<S: Stores>(world: &World<'_, S>) -> Outcome {
    let group = group_of(world, &["b", "a1", "~", "B", "a", "A", "10", "9", "a-1", "_", "aa"]).await?;
    let expected = "10 9 A B _ a a-1 a1 aa b ~";
    same("all", ids(&piece(world, &group, "members", None, 100).await?), expected.to_owned())?;
    let stored = world.get(&group).await?;
    let members = stored.collections.get("members").cloned().unwrap_or_default();
    same("the elements of the whole resource", ids(&members), expected.to_owned())
}

async fn fit<S: Stores>(world: &World<'_, S>) -> Outcome {
    let mut keys = Vec::new();
    for number in 0..7 {
        keys.push(world.user(&format!("u{number}")).await?);
    }
    let group = world.group("guides", &keys.iter().collect::<Vec<_>>()).await?;
    let mut expected: Vec<&str> = keys.iter().map(|key| key.id.as_str()).collect();
    expected.sort_unstable();
    for size in [1, 2, 3, 6, 7, 8, u32::MAX] {
        let mut all: Vec<Element> = Vec::new();
        loop {
            let after = all.last().map(|element| element.value.clone());
            let next = piece(world, &group, "members", after.as_deref(), size).await?;
            holds(next.len() <= size as usize, format!("a piece of {size} has {} elements", next.len()))?;
            holds(all.len() <= expected.len(), format!("the pieces of {size} do not end"))?;
            let is_last = next.len() < size as usize;
            all.extend(next);
            if is_last {
                break;
            }
        }
        same(&format!("all pieces of {size}"), ids(&all), expected.join(" "))?;
    }
    same("a piece of nothing", piece(world, &group, "members", None, 0).await?.len(), 0)
}

async fn behind<S: Stores>(world: &World<'_, S>) -> Outcome {
    let group = group_of(world, &["a", "b", "c", "d"]).await?;
    for (after, expected) in [("", "a b"), ("0", "a b"), ("a", "b c"), ("aa", "b c"), ("c", "d"), ("d", ""), ("z", "")] {
        same(&format!("two behind {after:?}"), ids(&piece(world, &group, "members", Some(after), 2).await?), expected.to_owned())?;
    }
    let gone = Edit::Delta { put: Vec::new(), remove: vec!["b".into(), "c".into()], unknown: Unknown::Refuse };
    world.edit(&group, "members", gone).await?;
    same("two behind one that is gone", ids(&piece(world, &group, "members", Some("b"), 2).await?), "d".to_owned())
}

async fn whole<S: Stores>(world: &World<'_, S>) -> Outcome {
    let ana = world.user("ana").await?;
    let nameless = world.create(&world.user, json!({"userName": "ben"})).await?;
    let keepers = json!([{"value": ana.id, "duty": "oil"}, {"value": nameless.id}]);
    let device = world.create(&world.device, json!({"displayName": "Press", "keepers": keepers})).await?;
    let ghost = Edit::Delta { put: vec![element("~ghost")], remove: Vec::new(), unknown: Unknown::Keep };
    world.edit(&device, "keepers", ghost).await?;
    let referent = |display: Option<&str>| Some(Referent { type_name: "User".into(), display: display.map(ToOwned::to_owned) });
    let duty = [("duty".to_owned(), json!("oil"))].into_iter().collect();
    let mut expected = vec![
        Element { value: ana.id.clone(), item: duty, referent: referent(Some("ana")) },
        Element { referent: referent(None), ..element(&nameless.id) },
        element("~ghost"),
    ];
    expected.sort_by(|one, other| one.value.cmp(&other.value));
    same("the keepers", piece(world, &device, "keepers", None, 10).await?, expected)
}

/// What a read came to: how many elements were read, and which collections were not.
fn read(stored: &Stored) -> (usize, Vec<&str>) {
    (values(stored, "members").len(), stored.long.iter().map(String::as_str).collect())
}

async fn long<S: Stores>(world: &World<'_, S>) -> Outcome {
    let three = group_of(world, &["a", "b", "c"]).await?;
    let none = world.group("none", &[]).await?;
    let members = || Load::Only(vec!["members".into()]);
    for (key, load, expected) in [
        (&three, Load::Everything.up_to(3), (3, vec![])),
        (&three, Load::Everything.up_to(2), (0, vec!["members"])),
        (&three, members().up_to(2), (0, vec!["members"])),
        (&three, members().up_to(0), (0, vec!["members"])),
        (&three, members().up_to(u32::MAX), (3, vec![])),
        (&three, members().up_to(3).up_to(2), (0, vec!["members"])),
        (&three, members().up_to(2).up_to(3), (0, vec!["members"])),
        (&three, Load::DOCUMENT.up_to(2), (0, vec![])),
        (&three, Load::Without(vec!["members".into()]).up_to(2), (0, vec![])),
        (&none, Load::Everything.up_to(0), (0, vec![])),
    ] {
        let stored = world.store.get(key, &load).await?.ok_or(StoreError::NotFound)?;
        same(&format!("with {load:?}"), read(&stored), expected)?;
        same("the document", stored.document.contains_key("displayName"), true)?;
    }
    // Another collection of the resource, and a derived attribute, are no reason to leave this one out.
    let (ana, ben) = (world.user("ana").await?, world.user("ben").await?);
    let team = world.create(&world.team, json!({"displayName": "team", "parts": [{"value": ana.id}, {"value": ben.id}]})).await?;
    let stored = world.store.get(&team, &Load::Everything.up_to(2)).await?.ok_or(StoreError::NotFound)?;
    same("the parts", (values(&stored, "parts").len(), stored.long), (2, vec![]))?;
    world.group("one", &[&ana]).await?;
    world.group("other", &[&ana]).await?;
    let stored = world.store.get(&ana, &Load::Everything.up_to(1)).await?.ok_or(StoreError::NotFound)?;
    same("the groups, which are derived", (values(&stored, "groups").len(), stored.long), (2, vec![]))
}

async fn long_in_pages<S: Stores>(world: &World<'_, S>) -> Outcome {
    let sizes = [0, 3, 1, 4, 2, 3, 9];
    for size in sizes {
        let group = world.group("group", &[]).await?;
        let ids: Vec<String> = (0..size).map(|number| format!("m{number}")).collect();
        let put = ids.iter().map(|id| element(id)).collect();
        world.edit(&group, "members", Edit::Delta { put, remove: Vec::new(), unknown: Unknown::Keep }).await?;
    }
    for limit in [0, 1, 2, 3, 8, 9] {
        let load = Load::Everything.up_to(limit);
        let query = Query { load, ..Query::of(world.group.clone(), None, Page::Index { start: 1, count: 100 }) };
        let found = world.store.query(&query).await?.resources;
        let expected: Vec<(usize, Vec<&str>)> =
            sizes.iter().map(|size| if *size > limit { (0, vec!["members"]) } else { (*size as usize, vec![]) }).collect();
        same(&format!("up to {limit}"), found.iter().map(read).collect(), expected)?;
    }
    Ok(())
}

async fn own<S: Stores>(world: &World<'_, S>) -> Outcome {
    let (ana, ben) = (world.user("ana").await?, world.user("ben").await?);
    let one = world.group("one", &[&ana]).await?;
    let other = world.group("other", &[&ben]).await?;
    let team = world.create(&world.team, json!({"displayName": "team", "parts": [{"value": ben.id}]})).await?;
    let empty = world.group("none", &[]).await?;
    for (key, path, expected) in [(&one, "members", &ana.id), (&other, "members", &ben.id), (&team, "parts", &ben.id)] {
        same(path, ids(&piece(world, key, path, None, 10).await?), expected.clone())?;
    }
    same("a collection without elements", piece(world, &empty, "members", None, 10).await?, Vec::new())?;
    world.edit(&one, "members", remove(&[&ana])).await?;
    same("after the last has left", piece(world, &one, "members", None, 10).await?, Vec::new())?;
    world.edit(&empty, "members", put(&[&ana])).await?;
    same("after the first has come", ids(&piece(world, &empty, "members", None, 10).await?), ana.id)
}

async fn unknown<S: Stores>(world: &World<'_, S>) -> Outcome {
    let gone = world.group("gone", &[]).await?;
    let there = world.group("there", &[]).await?;
    world.delete(&gone).await?;
    let of_another_type = ResourceKey { kind: world.team.clone(), id: there.id.clone() };
    let piece = Piece { path: "members".into(), after: None, count: 10 };
    for (what, key) in [("a new id", new_key(&world.group)), ("a deleted group", gone), ("the id of another type", of_another_type)] {
        refuses(what, world.store.elements(&key, &piece).await, |error| matches!(error, StoreError::NotFound))?;
    }
    let elsewhere = world.other_tenant().store.elements(&there, &piece).await;
    refuses("a group of another tenant", elsewhere, |error| matches!(error, StoreError::NotFound))?;
    same("a group that is there", world.store.elements(&there, &piece).await?, Vec::new())
}

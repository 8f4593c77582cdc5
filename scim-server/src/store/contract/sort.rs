//! Sorted queries (RFC 7644 §3.4.2.3): the answers are written out, as those of filters are.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::world::{ENTERPRISE, MANAGER, World, filter, names, path};
use super::{Case, Outcome, case, same};
use crate::ResourceType;
use crate::sort::SortOrder;
use crate::store::{Page, Query, ResourceKey, Store, Stores};

pub(super) fn cases<S: Stores>() -> Vec<Case<S>> {
    vec![
        case("sort/orders_values_of_every_type", "text sorts by its key, numbers and instants by size, bytes by byte", |w| {
            Box::pin(every_type(w))
        }),
        case("sort/knows_no_locale", "text sorts without case, by code point and in any length", |w| Box::pin(text(w))),
        case("sort/puts_the_missing_at_the_end", "missing values are last upwards and first downwards; empty text is none of them", |w| {
            Box::pin(missing(w))
        }),
        case("sort/leaves_equals_as_created", "equal values stand in the order of creation, downwards, too", |w| Box::pin(ties(w))),
        case("sort/takes_the_primary_element", "of many elements the primary one counts, else the first, and it alone", |w| {
            Box::pin(elements(w))
        }),
        case("sort/sees_sub_attributes_and_extensions", "parts of complex attributes and of extensions sort like the rest", |w| {
            Box::pin(parts(w))
        }),
        case("sort/sees_id_and_meta", "what the server computes sorts like the rest", |w| Box::pin(computed(w))),
        case("sort/sees_what_ids_stand_for", "collections, derived attributes and references sort by what they name now", |w| {
            Box::pin(linked(w))
        }),
        case("sort/sees_the_present_state", "after a change the old value does not count", |w| Box::pin(fresh(w))),
        case("sort/comes_before_the_page", "the page is cut out of what is filtered and sorted, the total is of all that match", |w| {
            Box::pin(pages(w))
        }),
    ]
}

async fn sorted<S: Stores>(world: &World<'_, S>, kind: &Arc<ResourceType>, by: &str, order: SortOrder) -> Outcome<String> {
    let all = Query::of(kind.clone(), None, Page::Index { start: 1, count: 1_000 });
    Ok(names(&world.store.query(&all.sorted(path(kind, by)?, order)).await?))
}

/// Each path and the names in the order of its values, upwards and downwards.
async fn table<S: Stores>(world: &World<'_, S>, kind: &Arc<ResourceType>, rows: &[(&str, &str, &str)]) -> Outcome {
    for (by, upwards, downwards) in rows {
        for (order, expected) in [(SortOrder::Ascending, upwards), (SortOrder::Descending, downwards)] {
            same(&format!("{order:?} by {by}"), sorted(world, kind, by, order).await?, (*expected).to_owned())?;
        }
    }
    Ok(())
}

async fn create<S: Stores>(world: &World<'_, S>, kind: &Arc<ResourceType>, bodies: impl IntoIterator<Item = Value>) -> Outcome {
    for body in bodies {
        world.create(kind, body).await?;
    }
    Ok(())
}

/// Users with these titles.
async fn titled<S: Stores>(world: &World<'_, S>, titles: &[(&str, Option<&str>)]) -> Outcome {
    for (name, title) in titles {
        let mut body = json!({"userName": name, "displayName": name});
        if let Some(title) = title {
            body["title"] = json!(title);
        }
        world.create(&world.user, body).await?;
    }
    Ok(())
}

/// RFC: 7644-3.4.2.3-11
async fn every_type<S: Stores>(world: &World<'_, S>) -> Outcome {
    let bodies = [
        json!({"displayName": "d1", "serial": "b", "model": "Beta", "slots": 10, "weight": 1.5, "active": true,
            "bought": "2020-01-01T00:00:00Z", "image": "/w==", "manual": "https://m.example/b"}),
        json!({"displayName": "d2", "serial": "B", "model": "alpha", "slots": 9, "weight": -2, "active": false,
            "bought": "2019-12-31T23:30:00-01:00", "image": "AA==", "manual": "https://m.example/a"}),
        json!({"displayName": "d3"}),
        json!({"displayName": "d4", "serial": "a", "model": "gamma", "slots": -1, "weight": 1.25, "active": true,
            "bought": "2020-01-01T01:00:00+02:00", "image": "AAE=", "manual": "https://m.example/B"}),
    ];
    create(world, &world.device, bodies).await?;
    let rows = [
        ("displayName", "d1 d2 d3 d4", "d4 d3 d2 d1"),
        ("serial", "d2 d4 d1 d3", "d3 d1 d4 d2"),
        ("model", "d2 d1 d4 d3", "d3 d4 d1 d2"),
        ("slots", "d4 d2 d1 d3", "d3 d1 d2 d4"),
        ("weight", "d2 d4 d1 d3", "d3 d1 d4 d2"),
        ("active", "d2 d1 d4 d3", "d3 d1 d4 d2"),
        ("bought", "d4 d1 d2 d3", "d3 d2 d1 d4"),
        ("image", "d2 d4 d1 d3", "d3 d1 d4 d2"),
        ("manual", "d4 d2 d1 d3", "d3 d1 d2 d4"),
    ];
    table(world, &world.device, &rows).await
}

/// RFC: 7644-3.4.2.3-09
async fn text<S: Stores>(world: &World<'_, S>) -> Outcome {
    let (long, longer) = ("x".repeat(3_000), "x".repeat(3_001));
    let (long_a, long_b) = (format!("{long}a"), format!("{long}B"));
    let titles = [
        ("plane1", Some("\u{10300}")),
        ("plane0", Some("\u{fffd}")),
        ("long-b", Some(long_b.as_str())),
        ("umlaut", Some("äa")),
        ("longer", Some(longer.as_str())),
        ("zebra", Some("Zebra")),
        ("long-a", Some(long_a.as_str())),
        ("sharp", Some("Straße")),
        ("street", Some("STRASSE 1")),
        ("blank", Some("a b")),
        ("long", Some(long.as_str())),
        ("upper", Some("AB")),
        ("digit", Some("10")),
        ("lower", Some("aA")),
        ("decomposed", Some("A\u{308}b")),
        ("under", Some("a_")),
    ];
    titled(world, &titles).await?;
    let upwards = "digit blank under lower upper sharp street long long-a long-b longer zebra umlaut decomposed plane0 plane1";
    let downwards: Vec<&str> = upwards.split(' ').rev().collect();
    table(world, &world.user, &[("title", upwards, &downwards.join(" "))]).await
}

async fn missing<S: Stores>(world: &World<'_, S>) -> Outcome {
    titled(world, &[("none1", None), ("b", Some("b")), ("empty", Some("")), ("none2", None), ("a", Some("a"))]).await?;
    let rows = [
        ("title", "empty a b none1 none2", "none1 none2 b a empty"),
        ("nickName", "none1 b empty none2 a", "none1 b empty none2 a"),
        ("name.familyName", "none1 b empty none2 a", "none1 b empty none2 a"),
        ("emails.value", "none1 b empty none2 a", "none1 b empty none2 a"),
        (MANAGER_ID, "none1 b empty none2 a", "none1 b empty none2 a"),
    ];
    table(world, &world.user, &rows).await
}

async fn ties<S: Stores>(world: &World<'_, S>) -> Outcome {
    titled(world, &[("5", Some("b")), ("3", Some("A")), ("4", Some("B")), ("1", Some("a")), ("2", Some("b"))]).await?;
    let rows = [("title", "3 1 5 4 2", "5 4 2 3 1"), ("userName", "1 2 3 4 5", "5 4 3 2 1")];
    table(world, &world.user, &rows).await
}

async fn elements<S: Stores>(world: &World<'_, S>) -> Outcome {
    let bodies = [
        json!({"displayName": "p3", "ports": [{"value": "c", "primary": false, "speed": 9}, {"value": "0", "type": "only"}], "tags": ["C"]}),
        json!({"displayName": "p4", "ports": [{"type": "nameless"}, {"value": "0"}]}),
        json!({"displayName": "p1", "ports": [{"value": "m", "type": "x", "speed": 1}, {"value": "a", "primary": true}], "tags": ["m", "a"]}),
        json!({"displayName": "p5"}),
        json!({"displayName": "p2", "ports": [{"value": "B", "speed": 10}, {"value": "z"}, {"value": "0"}], "tags": ["b", "z"]}),
        json!({"displayName": "p6", "ports": [{"value": "0"}, {"type": "main", "primary": true}]}),
    ];
    create(world, &world.device, bodies).await?;
    let rows = [
        ("ports.value", "p1 p2 p3 p4 p5 p6", "p4 p5 p6 p3 p2 p1"),
        ("ports.type", "p6 p4 p3 p1 p5 p2", "p3 p1 p5 p2 p4 p6"),
        ("ports.speed", "p3 p2 p4 p1 p5 p6", "p4 p1 p5 p6 p2 p3"),
        ("ports.primary", "p3 p1 p6 p4 p5 p2", "p4 p5 p2 p1 p6 p3"),
        ("tags", "p2 p3 p1 p4 p5 p6", "p4 p5 p6 p1 p3 p2"),
    ];
    table(world, &world.device, &rows).await
}

async fn parts<S: Stores>(world: &World<'_, S>) -> Outcome {
    let bodies = [
        json!({"userName": "u1", "displayName": "u1", "name": {"familyName": "jensen"},
            (ENTERPRISE): {"department": "Tours", "employeeNumber": "10"}}),
        json!({"userName": "u2", "displayName": "u2", "name": {"givenName": "Ben"}, (ENTERPRISE): {"department": "office"}}),
        json!({"userName": "u3", "displayName": "u3", "name": {"familyName": "Adams"}, (ENTERPRISE): {"employeeNumber": "9"}}),
        json!({"userName": "u4", "displayName": "u4", "externalId": "X"}),
    ];
    create(world, &world.user, bodies).await?;
    let (department, number) = (format!("{ENTERPRISE}:department"), format!("{ENTERPRISE}:employeeNumber"));
    let rows = [
        ("name.familyName", "u3 u1 u2 u4", "u2 u4 u1 u3"),
        ("externalId", "u4 u1 u2 u3", "u1 u2 u3 u4"),
        (department.as_str(), "u2 u1 u3 u4", "u3 u4 u1 u2"),
        (number.as_str(), "u1 u3 u2 u4", "u2 u4 u3 u1"),
    ];
    table(world, &world.user, &rows).await
}

async fn computed<S: Stores>(world: &World<'_, S>) -> Outcome {
    let mut keys: Vec<ResourceKey> = Vec::new();
    for name in ["m", "z", "a"] {
        keys.push(world.user(name).await?);
        // Times are compared with the milliseconds that a client saw.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for version in 2..=10 {
        world.replace(&keys[0], json!({"userName": "m", "displayName": "m", "title": version.to_string()})).await?;
    }
    tokio::time::sleep(Duration::from_millis(5)).await;
    world.user("b").await?;
    let ids = {
        let all = Query::of(world.user.clone(), None, Page::Index { start: 1, count: 10 });
        let mut found = world.store.query(&all).await?;
        found.resources.sort_by(|one, other| one.key.id.cmp(&other.key.id));
        let upwards = names(&found);
        found.resources.reverse();
        (upwards, names(&found))
    };
    let rows = [
        ("id", ids.0.as_str(), ids.1.as_str()),
        ("meta.created", "m z a b", "b a z m"),
        ("meta.lastModified", "z a m b", "b m a z"),
        ("meta.resourceType", "m z a b", "m z a b"),
        ("meta.location", ids.0.as_str(), ids.1.as_str()),
        // A version is an opaque text: `W/"10"` stands after `W/"1"` as text does.
        ("meta.version", "z a b m", "m z a b"),
    ];
    table(world, &world.user, &rows).await
}

/// The id of a manager.
const MANAGER_ID: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value";

async fn linked<S: Stores>(world: &World<'_, S>) -> Outcome {
    let (zoe, ben) = (world.user("zoe").await?, world.user("ben").await?);
    let below = async |name: &str, manager: &ResourceKey| {
        let body = json!({"userName": name, "displayName": name, (ENTERPRISE): {"manager": {"value": manager.id}}});
        world.create(&world.user, body).await
    };
    below("x", &zoe).await?;
    below("y", &ben).await?;
    let by_id = if ben.id < zoe.id { ("y x zoe ben", "zoe ben x y") } else { ("x y zoe ben", "zoe ben y x") };
    let by_name = format!("{MANAGER}.displayName");
    table(world, &world.user, &[(MANAGER_ID, by_id.0, by_id.1), (&by_name, "y x zoe ben", "zoe ben x y")]).await?;

    // Of a collection the element with the least value is the first, of a derived attribute the one that was created first.
    world.group("one", &[&zoe]).await?;
    world.group("both", &[&zoe, &ben]).await?;
    world.group("none", &[]).await?;
    world.group("another", &[&ben]).await?;
    let (by_value, by_display) = if ben.id < zoe.id {
        (("both another one none", "none one both another"), ("both another one none", "none one both another"))
    } else {
        (("one both another none", "none another one both"), ("another one both none", "none one both another"))
    };
    let rows = [("members.value", by_value.0, by_value.1), ("members.display", by_display.0, by_display.1)];
    table(world, &world.group, &rows).await?;
    table(world, &world.user, &[("groups.display", "ben zoe x y", "x y zoe ben")]).await?;
    world.replace(&ben, json!({"userName": "ben", "displayName": "zz"})).await?;
    table(world, &world.user, &[(&by_name, "x y zoe zz", "zoe zz y x")]).await
}

async fn fresh<S: Stores>(world: &World<'_, S>) -> Outcome {
    titled(world, &[("a", Some("1")), ("b", Some("2")), ("c", Some("3"))]).await?;
    let late = world.create(&world.user, json!({"userName": "d", "displayName": "d", "title": "4"})).await?;
    for (title, upwards, downwards) in [
        (Some("0"), "d a b c", "c b a d"),
        (Some("25"), "a b d c", "c d b a"),
        (None, "a b c d", "d c b a"),
        (Some("2"), "a b d c", "c b d a"),
    ] {
        let mut body = json!({"userName": "d", "displayName": "d"});
        if let Some(title) = title {
            body["title"] = json!(title);
        }
        world.replace(&late, body).await?;
        table(world, &world.user, &[("title", upwards, downwards)]).await?;
    }
    world.delete(&late).await?;
    table(world, &world.user, &[("title", "a b c", "c b a")]).await
}

async fn pages<S: Stores>(world: &World<'_, S>) -> Outcome {
    titled(world, &[("e", Some("x")), ("c", None), ("a", Some("x")), ("d", Some("x")), ("b", Some("y")), ("f", Some("x"))]).await?;
    let rows = [
        ("id pr", SortOrder::Ascending, 1, 3, 6, "a b c"),
        ("id pr", SortOrder::Ascending, 5, 9, 6, "e f"),
        ("id pr", SortOrder::Descending, 2, 2, 6, "e d"),
        ("id pr", SortOrder::Descending, 7, 2, 6, ""),
        ("id pr", SortOrder::Descending, 1, 0, 6, ""),
        (r#"title eq "x""#, SortOrder::Ascending, 1, 2, 4, "a d"),
        (r#"title eq "x""#, SortOrder::Descending, 2, 9, 4, "e d a"),
        (r#"not (title eq "x")"#, SortOrder::Descending, 1, 1, 2, "c"),
        (r#"userName gt "b""#, SortOrder::Ascending, 3, 1, 4, "e"),
    ];
    for (text, order, start, count, total, expected) in rows {
        let filter = Some(filter(&world.user, text)?);
        let query = Query::of(world.user.clone(), filter, Page::Index { start, count }).sorted(path(&world.user, "userName")?, order);
        let found = world.store.query(&query).await?;
        let what = format!("{text} {order:?} from {start}, at most {count}");
        same(&what, (found.total, names(&found)), (Some(total), expected.to_owned()))?;
        same(&format!("the end of {what}"), found.next, None)?;
    }
    Ok(())
}

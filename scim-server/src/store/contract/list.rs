//! The changes of a list know each other: that is how resources which name each other are created together (RFC 7644 §3.7.1).

use serde_json::json;

use super::world::{ENTERPRISE, MANAGER, World, content, ids_of, new_key, put, values};
use super::{Case, Outcome, case, holds, refuses, same};
use crate::store::{Change, Expected, Store, StoreError, Stores};

pub(super) fn cases<S: Stores>() -> Vec<Case<S>> {
    vec![
        case("list/knows_what_it_creates", "members and references may name what a later change of the list creates", |w| {
            Box::pin(forward(w))
        }),
        case("list/forgets_what_it_deletes", "what a list creates and deletes is unknown behind it, and leaves what named it", |w| {
            Box::pin(deleted(w))
        }),
        case("list/says_which_change_failed", "the error of a list says which of its changes is why", |w| Box::pin(which(w))),
    ]
}

async fn forward<S: Stores>(world: &World<'_, S>) -> Outcome {
    let (ana, boss) = (new_key(&world.user), new_key(&world.user));
    let (inner, outer) = (new_key(&world.group), new_key(&world.group));
    let staff = world.group("staff", &[]).await?;
    let below = json!({"userName": "ana", (ENTERPRISE): {"manager": {"value": boss.id}}});
    let changes = [
        Change::Update { key: staff.clone(), expected: Expected::Any, new: None, edits: vec![("members".into(), put(&[&ana, &inner]))] },
        Change::Create {
            key: inner.clone(),
            new: content(&world.group, json!({"displayName": "inner", "members": [{"value": outer.id}, {"value": ana.id}]}))?,
        },
        Change::Create { key: ana.clone(), new: content(&world.user, below)? },
        Change::Create {
            key: outer.clone(),
            new: content(&world.group, json!({"displayName": "outer", "members": [{"value": inner.id}, {"value": ana.id}]}))?,
        },
        Change::Create { key: boss.clone(), new: content(&world.user, json!({"userName": "boss", "displayName": "The boss"}))? },
    ];
    let versions: Vec<u64> = world.store.commit(&changes).await?.iter().map(|written| written.version).collect();
    same("the versions", versions, vec![2, 1, 1, 1, 1])?;
    for (group, members) in [(&staff, [&ana, &inner]), (&inner, [&ana, &outer]), (&outer, [&ana, &inner])] {
        same("the members", values(&world.get(group).await?, "members"), ids_of(&members))?;
    }
    let stored = world.get(&ana).await?;
    let manager = stored.referents.get(MANAGER).and_then(|referent| referent.display.clone());
    same("the manager", manager, Some("The boss".to_owned()))?;
    same("the groups", values(&stored, "groups"), ids_of(&[&staff, &inner, &outer]))
}

async fn deleted<S: Stores>(world: &World<'_, S>) -> Outcome {
    let (ana, guides) = (new_key(&world.user), new_key(&world.group));
    let mut changes = vec![
        Change::Create {
            key: guides.clone(),
            new: content(&world.group, json!({"displayName": "guides", "members": [{"value": ana.id}]}))?,
        },
        Change::Create { key: ana.clone(), new: content(&world.user, json!({"userName": "ana"}))? },
        Change::Delete { key: ana.clone(), expected: Expected::Any },
    ];
    let naming = content(&world.group, json!({"displayName": "late", "members": [{"value": ana.id}]}))?;
    let late = [
        Change::Create { key: new_key(&world.group), new: naming },
        Change::Update { key: guides.clone(), expected: Expected::Any, new: None, edits: vec![("members".into(), put(&[&ana]))] },
    ];
    for late in late {
        let list: Vec<Change> = changes.iter().cloned().chain([late]).collect();
        let outcome = world.store.commit(&list).await.map_err(|error| error.apart().1);
        refuses("naming what the list has deleted", outcome, |error| matches!(error, StoreError::UnknownReference { .. }))?;
    }
    changes.truncate(3);
    world.store.commit(&changes).await?;
    same("the members", values(&world.get(&guides).await?, "members"), Vec::new())?;
    holds(world.find(&ana).await?.is_none(), "the deleted user is there")
}

async fn which<S: Stores>(world: &World<'_, S>) -> Outcome {
    let (ana, guides) = (world.user("ana").await?, world.group("guides", &[]).await?);
    let ghost = new_key(&world.user);
    let user = |name: &str| {
        Ok::<_, super::Broken>(Change::Create { key: new_key(&world.user), new: content(&world.user, json!({"userName": name}))? })
    };
    let group = |name: &str, member: &str| {
        let body = json!({"displayName": name, "members": [{"value": member}]});
        Ok::<_, super::Broken>(Change::Create { key: new_key(&world.group), new: content(&world.group, body)? })
    };
    let edit = |key| Change::Update { key, expected: Expected::Any, new: None, edits: vec![("members".into(), put(&[&ghost]))] };
    // The name that ana gives up is free for those behind it in the list.
    let renamed = content(&world.user, json!({"userName": "hannah"}))?;
    let renamed = Change::Update { key: ana.clone(), expected: Expected::Any, new: Some(renamed), edits: Vec::new() };
    let stale = Change::Update { key: ana.clone(), expected: Expected::Is(7), new: None, edits: Vec::new() };
    let lists = [
        (vec![user("ben")?, user("cleo")?, user("ANA")?, user("dora")?], 2),
        (vec![user("ben")?, user("cleo")?, user("BEN")?], 2),
        (vec![group("one", &ana.id)?, group("two", &ghost.id)?, group("three", &ana.id)?], 1),
        (vec![renamed.clone(), user("ana")?, user("hannah")?, user("ben")?], 2),
        (vec![Change::Delete { key: ana.clone(), expected: Expected::Any }, user("ana")?, user("ben")?, user("ANA")?], 3),
        (vec![user("ben")?, edit(guides.clone()), user("cleo")?], 1),
        (vec![user("ben")?, user("cleo")?, stale, user("dora")?], 2),
        (vec![Change::Delete { key: ghost.clone(), expected: Expected::Any }, user("ben")?], 0),
        (vec![user("ben")?, Change::Delete { key: ghost.clone(), expected: Expected::Any }], 1),
    ];
    for (list, expected) in lists {
        let Err(error) = world.store.commit(&list).await else { return Err(super::Broken(format!("the store accepts {list:?}"))) };
        let shown = format!("the place in {list:?}: {error}");
        same(&shown, error.apart().0, Some(expected))?;
    }
    let alone = world.store.commit(&[edit(guides)]).await;
    refuses("a change alone", alone, |error| matches!(error, StoreError::UnknownReference { .. }))
}

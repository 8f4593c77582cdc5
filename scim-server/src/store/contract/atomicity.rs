//! One list of changes is one transaction: all of it, in order, or nothing (T18).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;

use super::world::{World, content, element, exactly, new_key, put, values};
use super::{Broken, Case, Outcome, case, holds, refuses, same};
use crate::store::{Change, Edit, Expected, Load, ResourceKey, Store, StoreError, Stores, Unknown};

pub(super) fn cases<S: Stores>() -> Vec<Case<S>> {
    vec![
        case("atomicity/carries_out_a_list_in_order", "a change sees what the ones before it in the list made", |w| Box::pin(in_order(w))),
        case("atomicity/undoes_all_if_the_last_fails", "if one change of a list fails, none of them happened", |w| Box::pin(undone(w))),
        case("atomicity/undoes_a_delete", "an undone delete gives back members and references", |w| Box::pin(delete_undone(w))),
        case("atomicity/refused_update_changes_nothing", "an update whose last edit is refused leaves document, names and members", |w| {
            Box::pin(refused_update(w))
        }),
        case("atomicity/readers_see_whole_changes", "a reader never sees the document of one change with the members of another", |w| {
            Box::pin(readers(w))
        }),
    ]
}

async fn in_order<S: Stores>(world: &World<'_, S>) -> Outcome {
    let (ana, guides) = (new_key(&world.user), new_key(&world.group));
    let changes = [
        Change::Create { key: ana.clone(), new: content(&world.user, json!({"userName": "ana"}))? },
        Change::Create {
            key: guides.clone(),
            new: content(&world.group, json!({"displayName": "guides", "members": [{"value": ana.id}]}))?,
        },
        Change::Update {
            key: ana.clone(),
            expected: Expected::Is(1),
            new: Some(content(&world.user, json!({"userName": "hannah"}))?),
            edits: vec![],
        },
        Change::Create { key: new_key(&world.user), new: content(&world.user, json!({"userName": "ana"}))? },
        Change::Update { key: guides.clone(), expected: Expected::Is(1), new: None, edits: vec![("members".into(), exactly(&[]))] },
        Change::Delete { key: ana.clone(), expected: Expected::Is(2) },
    ];
    let written = world.store.commit(&changes).await?;
    let versions: Vec<u64> = written.iter().map(|written| written.version).collect();
    same("the versions", versions.get(..5), Some([1, 1, 2, 1, 2].as_slice()))?;
    same("the number of outcomes", versions.len(), 6)?;
    holds(world.find(&ana).await?.is_none(), "the deleted user is there")?;
    same("the members", values(&world.get(&guides).await?, "members"), Vec::new())?;
    same("who has the name", world.ids(&world.user, r#"userName eq "ana""#).await?.len(), 1)
}

/// What a client can see of these, to compare before and after.
async fn picture<S: Stores>(world: &World<'_, S>, keys: &[&ResourceKey]) -> Outcome<Vec<String>> {
    let mut seen = Vec::new();
    for key in keys {
        let stored = world.find(key).await?;
        seen.push(stored.map_or_else(String::new, |stored| {
            let groups = (values(&stored, "members"), values(&stored, "groups"));
            format!("{} {} {} {:?} {groups:?} {:?}", stored.version, stored.created, stored.modified, stored.document, stored.referents)
        }));
    }
    for kind in [&world.user, &world.group] {
        seen.push(format!("{:?}", world.ids(kind, "id pr").await?));
    }
    Ok(seen)
}

async fn undone<S: Stores>(world: &World<'_, S>) -> Outcome {
    let (ana, ben) = (world.user("ana").await?, world.user("ben").await?);
    let guides = world.group("guides", &[&ana]).await?;
    let new = new_key(&world.user);
    let before = picture(world, &[&ana, &ben, &guides, &new]).await?;
    let good = vec![
        Change::Create { key: new.clone(), new: content(&world.user, json!({"userName": "new"}))? },
        Change::Update {
            key: ana.clone(),
            expected: Expected::Is(1),
            new: Some(content(&world.user, json!({"userName": "hannah"}))?),
            edits: vec![],
        },
        Change::Update { key: guides.clone(), expected: Expected::Any, new: None, edits: vec![("members".into(), exactly(&[&ben, &new]))] },
    ];
    let ghost = Edit::Delta { put: vec![element("ghost")], remove: Vec::new(), unknown: Unknown::Refuse };
    let bad = [
        Change::Create { key: new_key(&world.user), new: content(&world.user, json!({"userName": "BEN"}))? },
        Change::Update { key: ben.clone(), expected: Expected::Is(9), new: None, edits: vec![] },
        Change::Update { key: guides.clone(), expected: Expected::Any, new: None, edits: vec![("members".into(), ghost)] },
        Change::Delete { key: new_key(&world.user), expected: Expected::Any },
    ];
    for last in bad {
        let mut changes = good.clone();
        changes.push(last.clone());
        refuses(&format!("a list that ends with {last:?}"), world.store.commit(&changes).await, |error| {
            !matches!(error, StoreError::Unavailable(_) | StoreError::Internal(_))
        })?;
        same("what is there after a list that failed", picture(world, &[&ana, &ben, &guides, &new]).await?, before.clone())?;
    }
    // Nothing is left of the undone changes: the same list without the bad one goes through.
    same("the number of outcomes", world.store.commit(&good).await?.len(), 3)
}

async fn delete_undone<S: Stores>(world: &World<'_, S>) -> Outcome {
    let boss = world.user("boss").await?;
    let ana = world.user_below("ana", &boss).await?;
    let guides = world.group("guides", &[&boss, &ana]).await?;
    let before = picture(world, &[&boss, &ana, &guides]).await?;
    let changes =
        [Change::Delete { key: boss.clone(), expected: Expected::Any }, Change::Delete { key: boss.clone(), expected: Expected::Any }];
    let outcome = world.store.commit(&changes).await.map_err(|error| error.apart().1);
    refuses("deleting twice in one list", outcome, |error| matches!(error, StoreError::NotFound))?;
    same("what is there", picture(world, &[&boss, &ana, &guides]).await?, before)?;
    let double = Change::Create { key: new_key(&world.user), new: content(&world.user, json!({"userName": "boss"}))? };
    refuses("the name of who was not deleted", world.commit(double).await, |error| matches!(error, StoreError::NotUnique { .. }))
}

async fn refused_update<S: Stores>(world: &World<'_, S>) -> Outcome {
    let (ana, ben) = (world.user("ana").await?, world.user("ben").await?);
    let device = world.create(&world.device, json!({"displayName": "Press", "keepers": [{"value": ana.id}]})).await?;
    let new = content(&world.device, json!({"displayName": "Mill", "owner": {"value": ben.id}}))?;
    let edits = vec![("keepers".to_owned(), put(&[&ben, &new_key(&world.user)]))];
    let update = Change::Update { key: device.clone(), expected: Expected::Any, new: Some(new), edits };
    refuses("the update", world.commit(update).await, |error| matches!(error, StoreError::UnknownReference { .. }))?;
    let stored = world.get(&device).await?;
    let seen = (stored.version, stored.document.get("displayName"), values(&stored, "keepers"), stored.referents.len());
    same("the device", seen, (1, Some(&json!("Press")), vec![ana.id], 0))?;
    world.create(&world.device, json!({"displayName": "Mill"})).await?;
    world.delete(&ben).await?;
    same("the version after the delete of who is not its owner", world.get(&device).await?.version, 1)
}

async fn readers<S: Stores>(world: &World<'_, S>) -> Outcome {
    let (ana, ben) = (world.user("ana").await?, world.user("ben").await?);
    let guides = world.group("ana", &[&ana]).await?;
    let done = Arc::new(AtomicBool::new(false));
    let mut readers = tokio::task::JoinSet::new();
    for _ in 0..3 {
        let (store, done, key, ana, ben) = (world.handle(), done.clone(), guides.clone(), ana.id.clone(), ben.id.clone());
        readers.spawn(async move {
            while !done.load(Ordering::Relaxed) {
                let stored = store.get(&key, &Load::Everything).await?.ok_or_else(|| Broken("the group is not there".into()))?;
                let named = stored.document.get("displayName").and_then(|name| name.as_str()).unwrap_or_default();
                let member = if named == "ana" { &ana } else { &ben };
                same(&format!("the members of {named} at version {}", stored.version), values(&stored, "members"), vec![member.clone()])?;
                tokio::task::yield_now().await;
            }
            Ok::<(), Broken>(())
        });
    }
    for round in 0..40 {
        let (name, member) = if round % 2 == 0 { ("ben", &ben) } else { ("ana", &ana) };
        let change = Change::Update {
            key: guides.clone(),
            expected: Expected::Any,
            new: Some(content(&world.group, json!({"displayName": name}))?),
            edits: vec![("members".into(), exactly(&[member]))],
        };
        world.commit(change).await?;
        // Even the fastest store leaves the readers time to look.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    done.store(true, Ordering::Relaxed);
    while let Some(outcome) = readers.join_next().await {
        outcome.map_err(|error| Broken(format!("a reader ended early: {error}")))??;
    }
    Ok(())
}

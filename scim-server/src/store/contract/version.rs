//! Versions and times: what counts as a change, and who may make it (RFC 7644 §3.14, T16).

use std::time::Duration;

use serde_json::json;

use super::world::{World, content, exactly, put, remove};
use super::{Broken, Case, Outcome, case, holds, refuses, same};
use crate::store::{Change, Expected, ResourceKey, Store, StoreError, Stores};

pub(super) fn cases<S: Stores>() -> Vec<Case<S>> {
    vec![
        case("version/counts_every_change", "a change moves the version by one and the time forward", |w| Box::pin(counts(w))),
        case("version/stays_without_effect", "a change without effect leaves version and time and says so", |w| Box::pin(no_effect(w))),
        case("version/moves_with_collections", "a change of a collection moves the version, one without effect does not", |w| {
            Box::pin(collections(w))
        }),
        case("version/must_be_the_expected_one", "a change at another version is refused and changes nothing", |w| Box::pin(expected(w))),
        case("version/is_compared_before_effect", "the expected version counts also if the change has no effect", |w| {
            Box::pin(before_effect(w))
        }),
        case("version/one_of_many_swaps_wins", "of simultaneous changes of one version exactly one succeeds", |w| Box::pin(swaps(w))),
        case("version/counts_simultaneous_changes", "simultaneous changes of any version all count", |w| Box::pin(simultaneous(w))),
    ]
}

fn stale(error: &StoreError) -> bool {
    matches!(error, StoreError::VersionMismatch)
}

fn titled<S: Stores>(world: &World<'_, S>, key: &ResourceKey, title: &str, expected: Expected) -> Outcome<Change> {
    let new = content(&world.user, json!({"userName": "ana", "title": title}))?;
    Ok(Change::Update { key: key.clone(), expected, new: Some(new), edits: Vec::new() })
}

async fn counts<S: Stores>(world: &World<'_, S>) -> Outcome {
    let ana = world.user("ana").await?;
    let mut before = world.get(&ana).await?;
    for title in ["a", "b", "a"] {
        // Longer than the coarsest time that a store keeps.
        tokio::time::sleep(Duration::from_millis(3)).await;
        let written = world.commit(titled(world, &ana, title, Expected::Any)?).await?;
        let after = world.get(&ana).await?;
        same("the version", after.version, before.version + 1)?;
        same("the time of creation", after.created, before.created)?;
        holds(after.modified > before.modified, format!("modified at {}, then at {}", before.modified, after.modified))?;
        same("the outcome", (written.version, written.created, written.modified), (after.version, after.created, after.modified))?;
        holds(written.changed, "a change is said to have no effect")?;
        same("the document", after.document.get("title"), Some(&json!(title)))?;
        before = after;
    }
    Ok(())
}

async fn no_effect<S: Stores>(world: &World<'_, S>) -> Outcome {
    let ana = world.user("ana").await?;
    let before = world.get(&ana).await?;
    tokio::time::sleep(Duration::from_millis(3)).await;
    let same_again = world.replace(&ana, json!({"userName": "ana", "displayName": "ana"})).await?;
    let nothing = world.commit(Change::Update { key: ana.clone(), expected: Expected::Any, new: None, edits: Vec::new() }).await?;
    for written in [same_again, nothing] {
        holds(!written.changed, "a change without effect is said to have one")?;
        same("the outcome", (written.version, written.created, written.modified), (1, before.created, before.modified))?;
    }
    let after = world.get(&ana).await?;
    same("version and time", (after.version, after.modified), (1, before.modified))
}

async fn collections<S: Stores>(world: &World<'_, S>) -> Outcome {
    let (ana, ben) = (world.user("ana").await?, world.user("ben").await?);
    let guides = world.group("guides", &[&ana]).await?;
    let steps = [
        (put(&[&ana]), 1),
        (remove(&[&ben]), 1),
        (exactly(&[&ana]), 1),
        (put(&[]), 1),
        (put(&[&ben]), 2),
        (put(&[&ben, &ana]), 2),
        (remove(&[&ana]), 3),
        (exactly(&[&ana, &ben]), 4),
        (exactly(&[&ben, &ana]), 4),
        (exactly(&[]), 5),
        (exactly(&[]), 5),
    ];
    let mut version = 1;
    for (edit, expected) in steps {
        let before = world.get(&guides).await?;
        let what = format!("{edit:?}");
        let written = world.edit(&guides, "members", edit).await?;
        same(&format!("the version after {what}"), written.version, expected)?;
        same(&format!("whether {what} changes something"), written.changed, expected > version)?;
        let after = world.get(&guides).await?;
        same("the stored version", after.version, expected)?;
        if !written.changed {
            same("the time after a change without effect", after.modified, before.modified)?;
        }
        version = expected;
    }
    same("the version of a member", world.get(&ana).await?.version, 1)
}

async fn expected<S: Stores>(world: &World<'_, S>) -> Outcome {
    let ana = world.user("ana").await?;
    world.commit(titled(world, &ana, "Guide", Expected::Is(1))?).await?;
    for version in [0, 1, 3, u64::MAX] {
        let update = titled(world, &ana, "Chief", Expected::Is(version))?;
        refuses(&format!("an update of version {version}"), world.commit(update).await, stale)?;
        let delete = Change::Delete { key: ana.clone(), expected: Expected::Is(version) };
        refuses(&format!("a delete of version {version}"), world.commit(delete).await, stale)?;
    }
    let stored = world.get(&ana).await?;
    same("the user after the refusals", (stored.version, stored.document.get("title")), (2, Some(&json!("Guide"))))?;
    let guides = world.group("guides", &[]).await?;
    let edits = vec![("members".to_owned(), put(&[&ana]))];
    let edit = Change::Update { key: guides.clone(), expected: Expected::Is(2), new: None, edits };
    refuses("a new member at version 2", world.commit(edit).await, stale)?;
    world.commit(Change::Delete { key: ana.clone(), expected: Expected::Is(2) }).await?;
    holds(world.find(&ana).await?.is_none(), "the user is there after it was deleted at its version")
}

async fn before_effect<S: Stores>(world: &World<'_, S>) -> Outcome {
    let ana = world.user("ana").await?;
    let guides = world.group("guides", &[&ana]).await?;
    let edits = vec![("members".to_owned(), put(&[&ana]))];
    let edit = Change::Update { key: guides, expected: Expected::Is(7), new: None, edits };
    refuses("adding a present member at version 7", world.commit(edit).await, stale)?;
    let nothing = Change::Update { key: ana, expected: Expected::Is(7), new: None, edits: Vec::new() };
    refuses("changing nothing at version 7", world.commit(nothing).await, stale)
}

async fn swaps<S: Stores>(world: &World<'_, S>) -> Outcome {
    let ana = world.user("ana").await?;
    for round in 1..=8 {
        let mut tasks = tokio::task::JoinSet::new();
        for writer in 0..16 {
            let (store, change) = (world.handle(), titled(world, &ana, &format!("{round} {writer}"), Expected::Is(round))?);
            tasks.spawn(async move { store.commit(&[change]).await });
        }
        let mut won = 0;
        while let Some(outcome) = tasks.join_next().await {
            match outcome.map_err(|error| Broken(format!("a writer ended early: {error}")))? {
                Ok(_) => won += 1,
                Err(StoreError::VersionMismatch) => {}
                Err(error) => return Err(Broken(format!("a loser hears: {error}"))),
            }
        }
        same("how many changes of one version succeeded", won, 1)?;
        same("the version", world.get(&ana).await?.version, round + 1)?;
    }
    Ok(())
}

async fn simultaneous<S: Stores>(world: &World<'_, S>) -> Outcome {
    let guides = world.group("guides", &[]).await?;
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..16 {
        let user = world.user(&format!("user{writer}")).await?;
        let edits = vec![("members".to_owned(), put(&[&user]))];
        let change = Change::Update { key: guides.clone(), expected: Expected::Any, new: None, edits };
        let store = world.handle();
        tasks.spawn(async move { store.commit(&[change]).await });
    }
    while let Some(outcome) = tasks.join_next().await {
        outcome.map_err(|error| Broken(format!("a writer ended early: {error}")))??;
    }
    let stored = world.get(&guides).await?;
    same("the version", stored.version, 17)?;
    same("how many members there are", stored.collections.get("members").map(Vec::len), Some(16))
}

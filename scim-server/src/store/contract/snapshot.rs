//! Reading for longer than a moment.

use std::time::Duration;

use serde_json::json;

use super::world::{World, exactly, put, remove, values};
use super::{Case, Outcome, case, holds, same};
use crate::store::{Load, Page, Piece, Query, Store, StoreError, Stores};

/// How long the changes of others are waited for, if they can be made before the snapshot ends.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) fn cases<S: Stores>() -> Vec<Case<S>> {
    vec![
        case("snapshot/is_of_one_moment", "whatever a snapshot reads is as it was when it was taken", |w| Box::pin(one_moment(w))),
        case("snapshot/sees_what_was_before", "a snapshot sees every change that was made before it", |w| Box::pin(before(w))),
    ]
}

async fn one_moment<S: Stores>(world: &World<'_, S>) -> Outcome {
    let (ana, ben, cleo) = (world.user("ana").await?, world.user("ben").await?, world.user("cleo").await?);
    let guides = world.group("guides", &[&ana, &ben]).await?;
    let gone = world.group("gone", &[&ana]).await?;
    let snapshot = world.store.snapshot().await?;
    let changes = async {
        world.edit(&guides, "members", put(&[&cleo])).await?;
        world.edit(&guides, "members", remove(&[&ana])).await?;
        world.replace(&ben, json!({"userName": "ben", "displayName": "Benjamin"})).await?;
        world.replace(&guides, json!({"displayName": "Tour guides"})).await?;
        world.delete(&gone).await?;
        world.group("new", &[&ana]).await?;
        Outcome::Ok(())
    };
    tokio::pin!(changes);
    // A store may let its writers wait for the end of the snapshot.
    let are_over = tokio::time::timeout(PATIENCE, &mut changes).await.is_ok();

    let mut expected = vec![ana.id.clone(), ben.id.clone()];
    expected.sort();
    let stored = snapshot.get(&guides, &Load::Everything).await?.ok_or(StoreError::NotFound)?;
    same("the version", stored.version, 1)?;
    same("the name", stored.document.get("displayName"), Some(&json!("guides")))?;
    same("the members", values(&stored, "members"), expected.clone())?;
    let mut all = Vec::new();
    for after in [None, Some(expected[0].clone()), Some(expected[1].clone())] {
        all.extend(snapshot.elements(&guides, &Piece { path: "members".into(), after, count: 1 }).await?);
    }
    same("all pieces", all.iter().map(|element| element.value.clone()).collect(), expected)?;
    let display = all.iter().find(|element| element.value == ben.id).and_then(|element| element.referent.as_ref()?.display.clone());
    same("the name of a member", display, Some("ben".to_owned()))?;
    holds(snapshot.get(&gone, &Load::DOCUMENT).await?.is_some(), "the snapshot misses what was deleted after it")?;
    let query = Query::of(world.group.clone(), None, Page::Index { start: 1, count: 10 });
    let names = |found: Vec<crate::store::Stored>| found.iter().map(|group| group.document["displayName"].clone()).collect::<Vec<_>>();
    same("all groups", names(snapshot.query(&query).await?.resources), vec![json!("guides"), json!("gone")])?;
    drop(snapshot);
    if !are_over {
        changes.await?;
    }
    same("all groups now", names(world.store.query(&query).await?.resources), vec![json!("Tour guides"), json!("new")])
}

async fn before<S: Stores>(world: &World<'_, S>) -> Outcome {
    let (ana, ben) = (world.user("ana").await?, world.user("ben").await?);
    let guides = world.group("guides", &[&ana]).await?;
    for version in 2..6 {
        let members = if version % 2 == 0 { exactly(&[&ben]) } else { exactly(&[&ana]) };
        world.edit(&guides, "members", members).await?;
        let snapshot = world.handle().snapshot().await?;
        let stored = snapshot.get(&guides, &Load::Everything).await?.ok_or(StoreError::NotFound)?;
        let expected = if version % 2 == 0 { &ben } else { &ana };
        same("the group", (stored.version, values(&stored, "members")), (version, vec![expected.id.clone()]))?;
    }
    Ok(())
}

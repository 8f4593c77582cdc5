//! The keys of cursors (RFC 9865): one for each tenant and generation, whoever asks.

use tokio::task::JoinSet;

use super::world::World;
use super::{Broken, Case, Outcome, case, holds, same};
use crate::store::{CursorKey, Store, Stores};

pub(super) fn cases<S: Stores>() -> Vec<Case<S>> {
    vec![
        case("key/is_not_there_before_it_is_kept", "asking for a key makes none", |w| Box::pin(absent(w))),
        case("key/stays_the_first_that_was_kept", "of many that are kept at once one is the key, for every handle and always", |w| {
            Box::pin(raced(w))
        }),
        case("key/is_the_tenants_own", "another tenant has another key", |w| Box::pin(foreign(w))),
        case("key/opens_until_the_next_but_one", "a new key destroys those of generations before the last one, and no other", |w| {
            Box::pin(aged(w))
        }),
    ]
}

fn key(number: u8) -> CursorKey {
    CursorKey::from_bytes([number; 32])
}

async fn absent<S: Stores>(world: &World<'_, S>) -> Outcome {
    for _ in 0..2 {
        same("a key that nobody kept", world.store.cursor_key(20_000, None).await?, None)?;
    }
    same("the key that is kept", world.store.cursor_key(20_000, Some(key(1))).await?, Some(key(1)))?;
    same("a key of another generation", world.handle().cursor_key(20_001, None).await?, None)
}

async fn raced<S: Stores>(world: &World<'_, S>) -> Outcome {
    let mut tasks = JoinSet::new();
    for number in 1..=16 {
        let store = world.handle();
        tasks.spawn(async move { store.cursor_key(20_000, Some(key(number))).await });
    }
    let mut found = Vec::new();
    while let Some(key) = tasks.join_next().await {
        found.push(key.map_err(|error| Broken(format!("the store panics: {error}")))??);
    }
    let kept = world.handle().cursor_key(20_000, None).await?;
    holds(kept.is_some() && found.iter().all(|found| *found == kept), "the handles have different keys")?;
    same("the key when another one is offered", world.handle().cursor_key(20_000, Some(key(99))).await?, kept)
}

async fn foreign<S: Stores>(world: &World<'_, S>) -> Outcome {
    let other = world.other_tenant();
    world.store.cursor_key(20_000, Some(key(1))).await?;
    same("the key of another tenant", other.store.cursor_key(20_000, None).await?, None)?;
    same("the key that another tenant keeps", other.store.cursor_key(20_000, Some(key(2))).await?, Some(key(2)))?;
    other.store.cursor_key(20_009, Some(key(3))).await?;
    same("the key after another tenant's has gone", world.store.cursor_key(20_000, None).await?, Some(key(1)))
}

async fn aged<S: Stores>(world: &World<'_, S>) -> Outcome {
    let store = &world.store;
    for generation in 20_000..20_003 {
        store.cursor_key(generation, Some(key(u8::try_from(generation - 20_000).unwrap_or_default()))).await?;
    }
    for (generation, kept) in [(20_000, None), (20_001, Some(key(1))), (20_002, Some(key(2)))] {
        same(&format!("the key of generation {generation}"), store.cursor_key(generation, None).await?, kept)?;
    }
    // An instance whose clock is behind still finds its key.
    same("the last key when another one is offered", store.cursor_key(20_001, Some(key(9))).await?, Some(key(1)))?;
    same("the present key after that", store.cursor_key(20_002, None).await?, Some(key(2)))
}

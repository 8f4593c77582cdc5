//! Values that no other resource of the type may have (RFC 7643 §7, `uniqueness`).

use serde_json::json;

use super::world::{ENTERPRISE, World, content, content_for, new_key};
use super::{Broken, Case, Outcome, case, holds, refuses, same};
use crate::Profile;
use crate::store::{Change, Content, Expected, Store, StoreError, Stores};

pub(super) fn cases<S: Stores>() -> Vec<Case<S>> {
    vec![
        case("uniqueness/refuses_the_second", "a second resource with a unique value is refused, in any spelling of it", |w| {
            Box::pin(second(w))
        }),
        case("uniqueness/holds_on_update", "an update cannot take a value that another resource has", |w| Box::pin(on_update(w))),
        case("uniqueness/allows_ones_own", "a resource may keep its own value or change its spelling", |w| Box::pin(own(w))),
        case("uniqueness/frees_the_old_value", "a value is free when its resource changed it or was deleted", |w| Box::pin(freed(w))),
        case("uniqueness/is_of_type_and_path", "the same text is free in another type and in another attribute", |w| {
            Box::pin(of_type_and_path(w))
        }),
        case("uniqueness/follows_the_change", "what is unique is said by each change, not by the schema", |w| Box::pin(by_change(w))),
        case("uniqueness/reads_names_to_the_end", "long names that differ at the end only are different names", |w| Box::pin(long(w))),
        case("uniqueness/refusal_changes_nothing", "a refused create leaves no trace", |w| Box::pin(no_trace(w))),
        case("uniqueness/one_of_many_equal_creates_wins", "of simultaneous equal creates exactly one succeeds", |w| Box::pin(one_wins(w))),
        case("uniqueness/one_of_many_renames_wins", "of simultaneous updates to one value exactly one succeeds", |w| {
            Box::pin(one_rename_wins(w))
        }),
    ]
}

fn taken(path: &'static str) -> impl Fn(&StoreError) -> bool {
    move |error| matches!(error, StoreError::NotUnique { path: found } if found == path)
}

async fn second<S: Stores>(world: &World<'_, S>) -> Outcome {
    world.user("Stra\u{df}e José").await?;
    for name in ["Stra\u{df}e José", "STRASSE JOS\u{c9}", "strasse jose\u{301}", "ＳＴＲＡＳＳＥ José"] {
        let create = Change::Create { key: new_key(&world.user), new: content(&world.user, json!({"userName": name}))? };
        refuses(name, world.commit(create).await, taken("userName"))?;
    }
    // A store must not compare more loosely than the key: these are other names.
    for name in ["strasse jose", "strasse josé ", "strasse  josé", "strasse"] {
        world.user(name).await?;
    }
    Ok(())
}

async fn on_update<S: Stores>(world: &World<'_, S>) -> Outcome {
    world.user("ana").await?;
    let ben = world.user("ben").await?;
    let new = content(&world.user, json!({"userName": "ANA"}))?;
    let update = Change::Update { key: ben.clone(), expected: Expected::Any, new: Some(new), edits: Vec::new() };
    refuses("renaming ben to ANA", world.commit(update).await, taken("userName"))?;
    let stored = world.get(&ben).await?;
    same("ben's name and version", (stored.document.get("userName"), stored.version), (Some(&json!("ben")), 1))
}

async fn own<S: Stores>(world: &World<'_, S>) -> Outcome {
    let ana = world.user("ana").await?;
    world.replace(&ana, json!({"userName": "ana", "title": "Guide"})).await?;
    world.replace(&ana, json!({"userName": "Ana"})).await?;
    same("the spelling", world.get(&ana).await?.document.get("userName"), Some(&json!("Ana")))
}

async fn freed<S: Stores>(world: &World<'_, S>) -> Outcome {
    let ana = world.user("ana").await?;
    world.replace(&ana, json!({"userName": "hannah"})).await?;
    let second = world.user("ana").await?;
    world.delete(&second).await?;
    world.user("ana").await?;
    world.delete(&ana).await?;
    world.user("hannah").await?;
    same("how many users there are", world.total(&world.user).await?, 2)
}

async fn of_type_and_path<S: Stores>(world: &World<'_, S>) -> Outcome {
    world.create(&world.device, json!({"displayName": "same"})).await?;
    let group = content_for(&world.group, json!({"displayName": "same"}), Profile::ENTRA)?;
    holds(!group.unique.is_empty(), "the case itself is wrong: names of groups are not unique")?;
    world.commit(Change::Create { key: new_key(&world.group), new: group.clone() }).await?;
    world.create(&world.user, json!({"userName": "same", "externalId": "same", (ENTERPRISE): {"employeeNumber": "same"}})).await?;
    world.create(&world.user, json!({"userName": "other", "externalId": "same", (ENTERPRISE): {"employeeNumber": "same"}})).await?;
    refuses("a second group", world.commit(Change::Create { key: new_key(&world.group), new: group }).await, taken("displayName"))
}

async fn by_change<S: Stores>(world: &World<'_, S>) -> Outcome {
    // Whoever writes without the claim neither takes the value nor is refused.
    world.group("guides", &[]).await?;
    world.group("guides", &[]).await?;
    let claimed = content_for(&world.group, json!({"displayName": "guides"}), Profile::ENTRA)?;
    let first = new_key(&world.group);
    world.commit(Change::Create { key: first.clone(), new: claimed.clone() }).await?;
    world.group("guides", &[]).await?;
    // An update without the claim gives it up.
    world.replace(&first, json!({"displayName": "guides", "externalId": "1"})).await?;
    world.commit(Change::Create { key: new_key(&world.group), new: claimed }).await?;
    same("how many groups there are", world.total(&world.group).await?, 5)
}

async fn long<S: Stores>(world: &World<'_, S>) -> Outcome {
    // In UTF-8 longer than the keys that any database indexes whole.
    let stem = "\u{e4}".repeat(1_700);
    for end in ["a", "b", ""] {
        world.user(&format!("{stem}{end}")).await?;
    }
    let double = content(&world.user, json!({"userName": format!("{}B", stem.to_uppercase())}))?;
    refuses("the same in capitals", world.commit(Change::Create { key: new_key(&world.user), new: double }).await, taken("userName"))
}

async fn no_trace<S: Stores>(world: &World<'_, S>) -> Outcome {
    let ana = world.user("ana").await?;
    let key = new_key(&world.user);
    let body = json!({"userName": "ANA", "title": "Double", (ENTERPRISE): {"manager": {"value": ana.id}}});
    let create = Change::Create { key: key.clone(), new: content(&world.user, body)? };
    refuses("the double", world.commit(create).await, taken("userName"))?;
    holds(world.find(&key).await?.is_none(), "the refused user is there")?;
    same("who is found by its title", world.ids(&world.user, "title pr").await?, Vec::new())?;
    same("how many users there are", world.total(&world.user).await?, 1)?;
    same("the version of the manager", world.get(&ana).await?.version, 1)
}

/// How many writers stand at the start.
const WRITERS: usize = 16;

/// Starts all changes at once and returns the number that succeeded; every other one must have lost for its name.
async fn race<S: Stores>(world: &World<'_, S>, changes: Vec<Change>) -> Outcome<usize> {
    let mut tasks = tokio::task::JoinSet::new();
    for change in changes {
        let store = world.handle();
        tasks.spawn(async move { store.commit(&[change]).await });
    }
    let mut won = 0;
    while let Some(outcome) = tasks.join_next().await {
        match outcome.map_err(|error| Broken(format!("a writer ended early: {error}")))? {
            Ok(_) => won += 1,
            Err(StoreError::NotUnique { path }) if path == "userName" => {}
            Err(error) => return Err(Broken(format!("a loser hears: {error}"))),
        }
    }
    Ok(won)
}

/// RFC: 7643-7-44
async fn one_wins<S: Stores>(world: &World<'_, S>) -> Outcome {
    for round in 0..8 {
        let mut changes = Vec::new();
        for writer in 0..WRITERS {
            let name = if writer % 2 == 0 { format!("ana{round}") } else { format!("ANA{round}") };
            let new: Content = content(&world.user, json!({"userName": name}))?;
            changes.push(Change::Create { key: new_key(&world.user), new });
        }
        same("how many creates succeeded", race(world, changes).await?, 1)?;
        same("how many users there are", world.total(&world.user).await?, round + 1)?;
    }
    Ok(())
}

async fn one_rename_wins<S: Stores>(world: &World<'_, S>) -> Outcome {
    let mut changes = Vec::new();
    for writer in 0..WRITERS {
        let key = world.user(&format!("user{writer}")).await?;
        let new = Some(content(&world.user, json!({"userName": "chief"}))?);
        changes.push(Change::Update { key, expected: Expected::Any, new, edits: Vec::new() });
    }
    same("how many renames succeeded", race(world, changes).await?, 1)?;
    same("how many chiefs there are", world.ids(&world.user, r#"userName eq "chief""#).await?.len(), 1)
}

//! Derived attributes: `groups` of a user is the other side of `members` (RFC 7643 §4.1.2).

use serde_json::json;

use super::world::{World, content, exactly, ids_of, new_key, put, remove, values};
use super::{Case, Outcome, case, same};
use crate::store::{Change, Referent, ResourceKey, Stores, Unknown};

pub(super) fn cases<S: Stores>() -> Vec<Case<S>> {
    vec![
        case("derived/is_the_other_side", "a user is in exactly the groups that have it as a member", |w| Box::pin(other_side(w))),
        case("derived/is_direct", "groups that contain a user by another group are not listed", |w| Box::pin(direct(w))),
        case("derived/names_the_group", "a derived element names the owner with its type and present displayName", |w| Box::pin(names(w))),
        case("derived/moves_no_version", "joining and leaving a group does not change the user", |w| Box::pin(no_version(w))),
        case("derived/knows_late_resources", "an id that was kept before its resource came is a member of it", |w| Box::pin(late(w))),
        case("derived/can_be_searched", "filters see the derived attribute as it is now", |w| Box::pin(searched(w))),
    ]
}

async fn groups<S: Stores>(world: &World<'_, S>, user: &ResourceKey, what: &str, expected: &[&ResourceKey]) -> Outcome {
    same(&format!("the groups {what}"), values(&world.get(user).await?, "groups"), ids_of(expected))
}

async fn other_side<S: Stores>(world: &World<'_, S>) -> Outcome {
    let (ana, ben) = (world.user("ana").await?, world.user("ben").await?);
    let guides = world.group("guides", &[&ana]).await?;
    let drivers = world.group("drivers", &[&ana, &ben]).await?;
    let device = world.create(&world.device, json!({"displayName": "Press", "keepers": [{"value": ana.id}]})).await?;
    groups(world, &ana, "of a member of two", &[&guides, &drivers]).await?;
    groups(world, &ben, "of a member of one", &[&drivers]).await?;
    world.edit(&drivers, "members", remove(&[&ana])).await?;
    groups(world, &ana, "after leaving one", &[&guides]).await?;
    world.edit(&guides, "members", exactly(&[&ben])).await?;
    groups(world, &ana, "after being replaced", &[]).await?;
    groups(world, &ben, "after replacing", &[&guides, &drivers]).await?;
    world.delete(&drivers).await?;
    groups(world, &ben, "after a group was deleted", &[&guides]).await?;
    same("the keepers", values(&world.get(&device).await?, "keepers"), vec![ana.id])
}

async fn direct<S: Stores>(world: &World<'_, S>) -> Outcome {
    let ana = world.user("ana").await?;
    let inner = world.group("inner", &[&ana]).await?;
    let outer = world.group("outer", &[&inner]).await?;
    groups(world, &ana, "of a member of an inner group", &[&inner]).await?;
    world.edit(&inner, "members", put(&[&outer])).await?;
    groups(world, &ana, "after the circle was closed", &[&inner]).await
}

async fn names<S: Stores>(world: &World<'_, S>) -> Outcome {
    let ana = world.user("ana").await?;
    let guides = world.group("guides", &[&ana]).await?;
    for name in ["guides", "Tour guides"] {
        world.replace(&guides, json!({"displayName": name})).await?;
        let stored = world.get(&ana).await?;
        let referents: Vec<_> = stored.collections.get("groups").into_iter().flatten().map(|element| element.referent.clone()).collect();
        same("what the element stands for", referents, vec![Some(Referent { type_name: "Group".into(), display: Some(name.into()) })])?;
    }
    Ok(())
}

async fn no_version<S: Stores>(world: &World<'_, S>) -> Outcome {
    let ana = world.user("ana").await?;
    let before = world.get(&ana).await?;
    let guides = world.group("guides", &[&ana]).await?;
    world.edit(&guides, "members", remove(&[&ana])).await?;
    world.edit(&guides, "members", put(&[&ana])).await?;
    world.delete(&guides).await?;
    let after = world.get(&ana).await?;
    same("version and time", (after.version, after.modified), (1, before.modified))
}

async fn late<S: Stores>(world: &World<'_, S>) -> Outcome {
    let key = new_key(&world.user);
    let mut new = content(&world.group, json!({"displayName": "guides", "members": [{"value": key.id}]}))?;
    new.unknown_elements = Unknown::Keep;
    let guides = new_key(&world.group);
    world.commit(Change::Create { key: guides.clone(), new }).await?;
    world.commit(Change::Create { key: key.clone(), new: content(&world.user, json!({"userName": "ana"}))? }).await?;
    groups(world, &key, "of a user who came late", &[&guides]).await
}

async fn searched<S: Stores>(world: &World<'_, S>) -> Outcome {
    let (ana, ben) = (world.user("ana").await?, world.user("ben").await?);
    let guides = world.group("Guides", &[&ana]).await?;
    let by_id = format!(r#"groups.value eq "{}""#, guides.id);
    let by_element = format!(r#"groups[value eq "{}" and display sw "gui"]"#, guides.id);
    for filter in [by_id.as_str(), by_element.as_str(), r#"groups.display eq "guides""#, "groups pr", r#"groups.type eq "direct""#] {
        same(filter, world.ids(&world.user, filter).await?, vec![ana.id.clone()])?;
        same(&format!("not ({filter})"), world.ids(&world.user, &format!("not ({filter})")).await?, vec![ben.id.clone()])?;
    }
    world.edit(&guides, "members", exactly(&[&ben])).await?;
    same("after the exchange", world.ids(&world.user, &by_id).await?, vec![ben.id.clone()])?;
    world.replace(&guides, json!({"displayName": "Scouts"})).await?;
    same("after the renaming", world.ids(&world.user, &by_element).await?, Vec::new())
}

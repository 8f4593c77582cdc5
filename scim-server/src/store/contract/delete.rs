//! Deleting: the resource goes, and with it everything that named it (RFC 7644 §3.6).

use serde_json::json;

use super::world::{ENTERPRISE, MANAGER, World, content, content_for, new_key, put, values};
use super::{Broken, Case, Outcome, case, holds, refuses, same};
use crate::Profile;
use crate::store::{Change, Expected, Store, StoreError, Stores};

pub(super) fn cases<S: Stores>() -> Vec<Case<S>> {
    vec![
        case("delete/takes_the_resource_away", "a deleted resource is neither read nor found nor counted nor deleted again", |w| {
            Box::pin(goes(w))
        }),
        case("delete/leaves_every_collection", "a deleted resource is in no collection any more, and their owners' versions move", |w| {
            Box::pin(leaves_collections(w))
        }),
        case("delete/clears_references", "references to a deleted resource go, and their owners' versions move", |w| Box::pin(clears(w))),
        case(
            "delete/leaves_the_rest_of_a_document",
            "of a document only the reference goes, and an extension that holds nothing else",
            |w| Box::pin(rest(w)),
        ),
        case("delete/clears_what_was_kept", "a reference that was stored before its resource came is cleared like others", |w| {
            Box::pin(kept(w))
        }),
        case("delete/of_one_that_names_itself", "a resource that refers to itself can be deleted", |w| Box::pin(itself(w))),
        case("delete/spares_bystanders", "resources that do not name the deleted one stay as they are", |w| Box::pin(bystanders(w))),
        case("delete/leaves_no_name_behind_in_a_race", "what is named while it is deleted is either refused or cleared", |w| {
            Box::pin(races(w))
        }),
    ]
}

async fn goes<S: Stores>(world: &World<'_, S>) -> Outcome {
    let (ana, ben) = (world.user("ana").await?, world.user("ben").await?);
    world.delete(&ana).await?;
    holds(world.find(&ana).await?.is_none(), "the deleted user is read")?;
    same("who is found by name", world.ids(&world.user, r#"userName eq "ana""#).await?, Vec::new())?;
    same("who is found by id", world.ids(&world.user, &format!(r#"id eq "{}""#, ana.id)).await?, Vec::new())?;
    same("who is left", world.ids(&world.user, "id pr").await?, vec![ben.id])?;
    same("how many are left", world.total(&world.user).await?, 1)?;
    refuses("deleting it again", world.delete(&ana).await, |error| matches!(error, StoreError::NotFound))
}

async fn leaves_collections<S: Stores>(world: &World<'_, S>) -> Outcome {
    let (ana, ben) = (world.user("ana").await?, world.user("ben").await?);
    let guides = world.group("guides", &[&ana, &ben]).await?;
    let alone = world.group("alone", &[&ana]).await?;
    let outer = world.group("outer", &[&alone]).await?;
    let keepers = json!([{"value": ana.id, "duty": "oil"}, {"value": ben.id}]);
    let device = world.create(&world.device, json!({"displayName": "Press", "keepers": keepers})).await?;
    let before = world.get(&guides).await?;
    world.delete(&ana).await?;
    for (key, path, left) in
        [(&guides, "members", vec![ben.id.clone()]), (&alone, "members", vec![]), (&device, "keepers", vec![ben.id.clone()])]
    {
        let stored = world.get(key).await?;
        same(&format!("the {path} that are left"), values(&stored, path), left)?;
        holds(stored.version > 1, format!("the version of who had it in its {path} did not move"))?;
    }
    holds(world.get(&guides).await?.modified >= before.modified, "the time of the group went back")?;
    same("who is found by the member", world.ids(&world.group, &format!(r#"members.value eq "{}""#, ana.id)).await?, Vec::new())?;
    world.delete(&alone).await?;
    same("the members of the outer group", values(&world.get(&outer).await?, "members"), Vec::new())
}

async fn clears<S: Stores>(world: &World<'_, S>) -> Outcome {
    let boss = world.user("boss").await?;
    let ana = world.user_below("ana", &boss).await?;
    let device = world.create(&world.device, json!({"displayName": "Press", "serial": "1", "owner": {"value": boss.id}})).await?;
    world.delete(&boss).await?;
    let ana = world.get(&ana).await?;
    let named = |text: String| text.contains(&boss.id);
    holds(!named(format!("{:?}{:?}", ana.document, ana.referents)), "the user still names its deleted manager")?;
    holds(ana.version > 1, "the version of the user did not move")?;
    let device = world.get(&device).await?;
    holds(!named(format!("{:?}{:?}", device.document, device.referents)), "the device still names its deleted owner")?;
    holds(device.version > 1, "the version of the device did not move")?;
    same("the serial number", device.document.get("serial"), Some(&json!("1")))?;
    same("who is found by a manager", world.ids(&world.user, &format!("{MANAGER} pr")).await?, Vec::new())?;
    same("what is found by an owner", world.ids(&world.device, "owner pr").await?, Vec::new())
}

async fn rest<S: Stores>(world: &World<'_, S>) -> Outcome {
    let boss = world.user("boss").await?;
    let only = world.user_below("ana", &boss).await?;
    let body = json!({"userName": "ben", "title": "Guide", (ENTERPRISE): {"department": "Tours", "manager": {"value": boss.id}}});
    let more = world.create(&world.user, body).await?;
    world.delete(&boss).await?;
    let core = "urn:ietf:params:scim:schemas:core:2.0:User";
    let expected = json!({"schemas": [core], "userName": "ana"});
    same("a document with only the reference in its extension", json!(world.get(&only).await?.document), expected)?;
    let expected = json!({"schemas": [core, ENTERPRISE], "userName": "ben", "title": "Guide", (ENTERPRISE): {"department": "Tours"}});
    same("a document with more in its extension", json!(world.get(&more).await?.document), expected)?;
    let by_urn = format!(r#"schemas eq "{ENTERPRISE}""#);
    same("who is found by the extension", world.ids(&world.user, &by_urn).await?, vec![more.id])
}

async fn kept<S: Stores>(world: &World<'_, S>) -> Outcome {
    let (ana, late) = (new_key(&world.user), new_key(&world.user));
    let body = json!({"userName": "ana", (ENTERPRISE): {"manager": {"value": late.id}}});
    world.commit(Change::Create { key: ana.clone(), new: content_for(&world.user, body, Profile::ENTRA)? }).await?;
    let new = content_for(&world.user, json!({"userName": "boss"}), Profile::ENTRA)?;
    world.commit(Change::Create { key: late.clone(), new }).await?;
    world.delete(&late).await?;
    let document = world.get(&ana).await?.document;
    holds(!document.contains_key(ENTERPRISE), "the reference to the deleted resource is there")
}

async fn itself<S: Stores>(world: &World<'_, S>) -> Outcome {
    let key = new_key(&world.user);
    let body = json!({"userName": "ana", (ENTERPRISE): {"manager": {"value": key.id}}});
    world.commit(Change::Create { key: key.clone(), new: content_for(&world.user, body, Profile::ENTRA)? }).await?;
    let guides = world.group("guides", &[&key]).await?;
    world.delete(&key).await?;
    holds(world.find(&key).await?.is_none(), "the user is there")?;
    same("the members", values(&world.get(&guides).await?, "members"), Vec::new())?;
    // Nothing that it held is left: neither its name nor its reference.
    world.user("ana").await?;
    same("how many users there are", world.total(&world.user).await?, 1)
}

async fn bystanders<S: Stores>(world: &World<'_, S>) -> Outcome {
    let (boss, chief) = (world.user("boss").await?, world.user("chief").await?);
    let ana = world.user_below("ana", &chief).await?;
    let guides = world.group("guides", &[&ana, &chief]).await?;
    // It named boss once and does no more.
    let ben = world.user_below("ben", &boss).await?;
    world.replace(&ben, json!({"userName": "ben", (ENTERPRISE): {"manager": {"value": chief.id}}})).await?;
    world.delete(&boss).await?;
    for (key, version) in [(&ana, 1), (&guides, 1), (&ben, 2)] {
        same("the version of a bystander", world.get(key).await?.version, version)?;
    }
    for key in [&ana, &ben] {
        holds(world.get(key).await?.referents.contains_key(MANAGER), "another manager's reference is gone")?;
    }
    same("the members", values(&world.get(&guides).await?, "members").len(), 2)
}

async fn races<S: Stores>(world: &World<'_, S>) -> Outcome {
    let guides = world.group("guides", &[]).await?;
    for round in 0..16 {
        let boss = world.user(&format!("boss{round}")).await?;
        let report = new_key(&world.user);
        let body = json!({"userName": format!("ana{round}"), (ENTERPRISE): {"manager": {"value": boss.id}}});
        let edits = vec![("members".to_owned(), put(&[&boss]))];
        let changes = [
            Change::Update { key: guides.clone(), expected: Expected::Any, new: None, edits },
            Change::Create { key: report.clone(), new: content(&world.user, body)? },
            Change::Delete { key: boss.clone(), expected: Expected::Any },
        ];
        let mut tasks = tokio::task::JoinSet::new();
        for change in changes {
            let store = world.handle();
            tasks.spawn(async move { store.commit(&[change]).await });
        }
        while let Some(outcome) = tasks.join_next().await {
            match outcome.map_err(|error| Broken(format!("a writer ended early: {error}")))? {
                Ok(_) | Err(StoreError::UnknownReference { .. }) => {}
                Err(error) => return Err(Broken(format!("a writer hears: {error}"))),
            }
        }
        same("the members", values(&world.get(&guides).await?, "members"), Vec::new())?;
        let dangles = world.find(&report).await?.is_some_and(|stored| format!("{:?}", stored.document).contains(&boss.id));
        holds(!dangles, "a user names its deleted manager")?;
    }
    Ok(())
}

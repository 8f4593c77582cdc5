//! References: attributes of the document that name another resource, e.g. `manager` (RFC 7643 §2.4, §4.3).

use serde_json::json;

use super::world::{ENTERPRISE, MANAGER, World, content, content_for, new_key};
use super::{Case, Outcome, case, holds, refuses, same};
use crate::Profile;
use crate::store::{Change, Expected, Referent, StoreError, Stores};

pub(super) fn cases<S: Stores>() -> Vec<Case<S>> {
    vec![
        case("reference/shows_what_it_refers_to", "a reference comes with the type and present displayName of what it names", |w| {
            Box::pin(referent(w))
        }),
        case("reference/refuses_unknown_ids", "with Refuse a reference to nothing fails the whole change", |w| Box::pin(refuse(w))),
        case("reference/keeps_unknown_ids", "with Keep a reference to nothing is stored as sent", |w| Box::pin(keep(w))),
        case("reference/leaves_what_stood_there", "a reference that stood there before is not unknown, even with Refuse", |w| {
            Box::pin(stood_there(w))
        }),
        case("reference/heeds_the_types", "an id of a type that the reference does not take is unknown", |w| Box::pin(types(w))),
        case("reference/can_be_searched", "filters see the reference and the present displayName", |w| Box::pin(searched(w))),
    ]
}

async fn referent<S: Stores>(world: &World<'_, S>) -> Outcome {
    let boss = world.user("boss").await?;
    let ana = world.user_below("ana", &boss).await?;
    let device = world.create(&world.device, json!({"displayName": "Press", "owner": {"value": boss.id}})).await?;
    let names = [("boss", Some("boss")), ("Boss", Some("The Boss")), ("boss", None)];
    for (user_name, display) in names {
        let mut body = json!({"userName": user_name});
        if let Some(display) = display {
            body["displayName"] = json!(display);
        }
        world.replace(&boss, body).await?;
        let expected = Referent { type_name: "User".into(), display: display.map(ToOwned::to_owned) };
        for (key, path) in [(&ana, MANAGER), (&device, "owner")] {
            let stored = world.get(key).await?;
            same(path, stored.referents.get(path), Some(&expected))?;
            same(&format!("the version of who names a renamed {path}"), stored.version, 1)?;
        }
    }
    same("what the manager refers to", world.get(&boss).await?.referents.len(), 0)
}

fn unknown<'a>(path: &'a str, id: &'a str) -> impl Fn(&StoreError) -> bool + 'a {
    move |error| matches!(error, StoreError::UnknownReference { path: at, value } if at == path && value == id)
}

async fn refuse<S: Stores>(world: &World<'_, S>) -> Outcome {
    let ana = world.user("ana").await?;
    let key = new_key(&world.user);
    let create = Change::Create {
        key: key.clone(),
        new: content(&world.user, json!({"userName": "ben", (ENTERPRISE): {"manager": {"value": "ghost"}}}))?,
    };
    refuses("a new user", world.commit(create).await, unknown(MANAGER, "ghost"))?;
    holds(world.find(&key).await?.is_none(), "the refused user is there")?;
    let new = content(&world.user, json!({"userName": "hannah", (ENTERPRISE): {"manager": {"value": "ghost"}}}))?;
    let update = Change::Update { key: ana.clone(), expected: Expected::Any, new: Some(new), edits: Vec::new() };
    refuses("an update", world.commit(update).await, unknown(MANAGER, "ghost"))?;
    let stored = world.get(&ana).await?;
    same("the user after the refusal", (stored.version, stored.document.get("userName")), (1, Some(&json!("ana"))))?;
    // The names of the refused changes are free.
    world.user("ben").await?;
    world.user("hannah").await.map(drop)
}

async fn keep<S: Stores>(world: &World<'_, S>) -> Outcome {
    let (key, late) = (new_key(&world.user), new_key(&world.user));
    let body = json!({"userName": "ana", (ENTERPRISE): {"manager": {"value": late.id}}});
    let new = content_for(&world.user, body, Profile::ENTRA)?;
    world.commit(Change::Create { key: key.clone(), new: new.clone() }).await?;
    let stored = world.get(&key).await?;
    same("the document", &stored.document, &new.document)?;
    same("what an unknown id refers to", stored.referents.get(MANAGER), None)?;
    world.commit(Change::Create { key: late, new: content(&world.user, json!({"userName": "boss", "displayName": "The Boss"}))? }).await?;
    let expected = Referent { type_name: "User".into(), display: Some("The Boss".into()) };
    same("what it refers to after its resource came", world.get(&key).await?.referents.get(MANAGER), Some(&expected))
}

async fn stood_there<S: Stores>(world: &World<'_, S>) -> Outcome {
    let key = new_key(&world.user);
    let body = |name: &str, manager: &str| json!({"userName": name, (ENTERPRISE): {"manager": {"value": manager}}});
    world.commit(Change::Create { key: key.clone(), new: content_for(&world.user, body("ana", "ghost"), Profile::ENTRA)? }).await?;
    let update = |new| Change::Update { key: key.clone(), expected: Expected::Any, new: Some(new), edits: Vec::new() };
    world.commit(update(content(&world.user, body("hannah", "ghost"))?)).await?;
    let other = update(content(&world.user, body("hannah", "wraith"))?);
    refuses("another reference to nothing", world.commit(other).await, unknown(MANAGER, "wraith"))?;
    same("the name", world.get(&key).await?.document.get("userName"), Some(&json!("hannah")))
}

async fn types<S: Stores>(world: &World<'_, S>) -> Outcome {
    let guides = world.group("guides", &[]).await?;
    let new = content(&world.user, json!({"userName": "ana", (ENTERPRISE): {"manager": {"value": guides.id}}}))?;
    let create = Change::Create { key: new_key(&world.user), new };
    refuses("a group as the manager", world.commit(create).await, unknown(MANAGER, &guides.id))
}

async fn searched<S: Stores>(world: &World<'_, S>) -> Outcome {
    let boss = world.user("boss").await?;
    let ana = world.user_below("ana", &boss).await?;
    let by_id = format!(r#"{MANAGER}.value eq "{}""#, boss.id);
    let by_name = format!(r#"{MANAGER}.displayName sw "BO""#);
    for filter in [&by_id, &by_name, &format!("{MANAGER} pr")] {
        same(filter, world.ids(&world.user, filter).await?, vec![ana.id.clone()])?;
    }
    world.replace(&boss, json!({"userName": "boss", "displayName": "Chief"})).await?;
    same("by the old name", world.ids(&world.user, &by_name).await?, Vec::new())?;
    world.replace(&ana, json!({"userName": "ana"})).await?;
    same("after the manager was taken away", world.ids(&world.user, &by_id).await?, Vec::new())
}

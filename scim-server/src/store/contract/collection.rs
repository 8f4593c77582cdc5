//! Collections: each element names another resource (RFC 7643 §4.2, RFC 7644 §3.5.2).

use serde_json::json;

use super::world::{World, content, content_for, delta, element, exactly, ids_of, new_key, put, remove, values};
use super::{Broken, Case, Outcome, case, holds, refuses, same};
use crate::Profile;
use crate::store::{Change, Edit, Element, Expected, Referent, ResourceKey, Store, StoreError, Stores, Unknown, Written};

pub(super) fn cases<S: Stores>() -> Vec<Case<S>> {
    vec![
        case("collection/delta_puts_and_removes", "a delta puts and removes exactly the elements it names", |w| Box::pin(deltas(w))),
        case("collection/replace_leaves_exactly_these", "a replace leaves exactly the given elements", |w| Box::pin(replace(w))),
        case("collection/changes_beside_the_document", "document and collections change in one update", |w| Box::pin(with_document(w))),
        case("collection/survives_a_change_of_the_document", "an update of the document alone leaves the collections", |w| {
            Box::pin(survives(w))
        }),
        case("collection/item_of_an_element_can_change", "putting an element again replaces what stands beside the id", |w| {
            Box::pin(items(w))
        }),
        case("collection/has_each_element_once", "an id that is given twice is one element", |w| Box::pin(once(w))),
        case("collection/refuses_unknown_ids", "with Refuse an unknown id fails the whole change", |w| Box::pin(refuse(w))),
        case("collection/leaves_unknown_ids_out", "with LeaveOut unknown ids are reported and not stored", |w| Box::pin(leave_out(w))),
        case("collection/keeps_unknown_ids", "with Keep unknown ids are stored as sent", |w| Box::pin(keep(w))),
        case("collection/knows_what_is_there_already", "an element that is there already is never unknown", |w| Box::pin(present(w))),
        case("collection/heeds_the_types", "an id of a type that the collection does not take is unknown", |w| Box::pin(types(w))),
        case("collection/shows_what_an_id_stands_for", "elements come with the type and present displayName of what they name", |w| {
            Box::pin(referents(w))
        }),
        case("collection/takes_a_thousand", "a thousand elements can be put, read and removed at once", |w| Box::pin(thousand(w))),
        case("collection/groups_may_contain_each_other", "groups may be members of each other", |w| Box::pin(circle(w))),
        case("collection/simultaneous_deltas_all_count", "simultaneous deltas lose no element", |w| Box::pin(simultaneous(w))),
    ]
}

async fn members<S: Stores>(world: &World<'_, S>, group: &ResourceKey, what: &str, expected: &[&ResourceKey]) -> Outcome {
    same(&format!("the members after {what}"), values(&world.get(group).await?, "members"), ids_of(expected))
}

async fn deltas<S: Stores>(world: &World<'_, S>) -> Outcome {
    let (ana, ben, cleo) = (world.user("ana").await?, world.user("ben").await?, world.user("cleo").await?);
    let guides = world.group("guides", &[&ana]).await?;
    let bystanders = world.group("bystanders", &[&ana, &ben]).await?;
    world.edit(&guides, "members", put(&[&ben, &cleo])).await?;
    members(world, &guides, "putting two", &[&ana, &ben, &cleo]).await?;
    world.edit(&guides, "members", remove(&[&ben])).await?;
    members(world, &guides, "removing one", &[&ana, &cleo]).await?;
    world.edit(&guides, "members", delta(&[&ben, &ana], &[&cleo])).await?;
    members(world, &guides, "doing both", &[&ana, &ben]).await?;
    world.edit(&guides, "members", remove(&[&cleo, &new_key(&world.user)])).await?;
    members(world, &guides, "removing absent ones", &[&ana, &ben]).await?;
    members(world, &bystanders, "changes of another group", &[&ana, &ben]).await
}

async fn replace<S: Stores>(world: &World<'_, S>) -> Outcome {
    let (ana, ben, cleo) = (world.user("ana").await?, world.user("ben").await?, world.user("cleo").await?);
    let guides = world.group("guides", &[&ana, &ben]).await?;
    world.edit(&guides, "members", exactly(&[&cleo, &ben])).await?;
    members(world, &guides, "exchanging one", &[&ben, &cleo]).await?;
    world.edit(&guides, "members", exactly(&[])).await?;
    members(world, &guides, "replacing all by none", &[]).await?;
    world.edit(&guides, "members", exactly(&[&ana])).await?;
    members(world, &guides, "starting again", &[&ana]).await
}

async fn with_document<S: Stores>(world: &World<'_, S>) -> Outcome {
    let ana = world.user("ana").await?;
    let guides = world.group("guides", &[]).await?;
    let change = Change::Update {
        key: guides.clone(),
        expected: Expected::Is(1),
        new: Some(content(&world.group, json!({"displayName": "Tour guides"}))?),
        edits: vec![("members".into(), put(&[&ana]))],
    };
    let written = world.commit(change).await?;
    same("the version of both changes together", written.version, 2)?;
    let stored = world.get(&guides).await?;
    same("the name", stored.document.get("displayName"), Some(&json!("Tour guides")))?;
    same("the members", values(&stored, "members"), vec![ana.id])
}

async fn survives<S: Stores>(world: &World<'_, S>) -> Outcome {
    let ana = world.user("ana").await?;
    let guides = world.group("guides", &[&ana]).await?;
    world.replace(&guides, json!({"displayName": "Tour guides"})).await?;
    members(world, &guides, "a change of the name", &[&ana]).await?;
    world.edit(&guides, "members", exactly(&[])).await?;
    same("the name after a change of the members", world.get(&guides).await?.document.get("displayName"), Some(&json!("Tour guides")))
}

fn with_duty(key: &ResourceKey, duty: &str) -> Element {
    Element { item: [("duty".to_owned(), json!(duty))].into_iter().collect(), ..element(&key.id) }
}

async fn items<S: Stores>(world: &World<'_, S>) -> Outcome {
    let ana = world.user("ana").await?;
    let device = world.create(&world.device, json!({"displayName": "Press", "keepers": [{"value": ana.id, "duty": "oil"}]})).await?;
    let delta = |duty| Edit::Delta { put: vec![with_duty(&ana, duty)], remove: Vec::new(), unknown: Unknown::Refuse };
    let replace = |duty| Edit::Replace { elements: vec![with_duty(&ana, duty)], unknown: Unknown::Refuse };
    let steps = [(delta("oil"), "oil", 1), (delta("clean"), "clean", 2), (replace("clean"), "clean", 2), (replace("lock"), "lock", 3)];
    for (edit, duty, version) in steps {
        let what = format!("{edit:?}");
        let written = world.edit(&device, "keepers", edit).await?;
        same(&format!("the version after {what}"), written.version, version)?;
        let stored = world.get(&device).await?;
        let duties: Vec<_> = stored.collections.get("keepers").into_iter().flatten().map(|element| element.item.get("duty")).collect();
        same("the duties", duties, vec![Some(&json!(duty))])?;
    }
    Ok(())
}

async fn once<S: Stores>(world: &World<'_, S>) -> Outcome {
    let (ana, ben) = (world.user("ana").await?, world.user("ben").await?);
    let guides = world.group("guides", &[]).await?;
    world.edit(&guides, "members", put(&[&ana, &ana])).await?;
    members(world, &guides, "putting one twice", &[&ana]).await?;
    world.edit(&guides, "members", exactly(&[&ben, &ana, &ben])).await?;
    members(world, &guides, "replacing with one twice", &[&ana, &ben]).await?;
    world.edit(&guides, "members", remove(&[&ben, &ben])).await?;
    members(world, &guides, "removing one twice", &[&ana]).await
}

fn unknown<'a>(path: &'a str, id: &'a str) -> impl Fn(&StoreError) -> bool + 'a {
    move |error| matches!(error, StoreError::UnknownReference { path: at, value } if at == path && value == id)
}

/// One known and one unknown id, as a delta and as a replace.
fn mixed(known: &ResourceKey, ghost: &str, policy: Unknown) -> [Edit; 2] {
    let elements = vec![element(&known.id), element(ghost)];
    [Edit::Delta { put: elements.clone(), remove: Vec::new(), unknown: policy }, Edit::Replace { elements, unknown: policy }]
}

async fn refuse<S: Stores>(world: &World<'_, S>) -> Outcome {
    let (ana, ben) = (world.user("ana").await?, world.user("ben").await?);
    let guides = world.group("guides", &[&ana]).await?;
    for edit in mixed(&ben, "ghost", Unknown::Refuse) {
        refuses(&format!("{edit:?}"), world.edit(&guides, "members", edit).await, unknown("members", "ghost"))?;
    }
    let key = new_key(&world.group);
    let new = content(&world.group, json!({"displayName": "new", "members": [{"value": ana.id}, {"value": "ghost"}]}))?;
    refuses("a new group", world.commit(Change::Create { key: key.clone(), new }).await, unknown("members", "ghost"))?;
    holds(world.find(&key).await?.is_none(), "the refused group is there")?;
    // An id that was there once is unknown, too.
    world.delete(&ben).await?;
    refuses("a deleted member", world.edit(&guides, "members", put(&[&ben])).await, unknown("members", &ben.id))?;
    let stored = world.get(&guides).await?;
    same("the group after the refusals", (stored.version, values(&stored, "members")), (1, vec![ana.id]))
}

async fn leave_out<S: Stores>(world: &World<'_, S>) -> Outcome {
    let (ana, ben) = (world.user("ana").await?, world.user("ben").await?);
    let key = new_key(&world.group);
    let body = json!({"displayName": "guides", "members": [{"value": "ghost"}, {"value": ana.id}]});
    let new = content_for(&world.group, body, Profile::ENTRA)?;
    same("the policy of the profile entra", new.unknown_elements, Unknown::LeaveOut)?;
    let created = world.commit(Change::Create { key: key.clone(), new }).await?;
    same("left out of the new group", created.left_out, vec!["ghost".to_owned()])?;
    members(world, &key, "creating", &[&ana]).await?;
    for (edit, expected) in mixed(&ben, "ghost", Unknown::LeaveOut).into_iter().zip([vec![&ana, &ben], vec![&ben]]) {
        let what = format!("{edit:?}");
        let written = world.edit(&key, "members", edit).await?;
        same(&format!("left out of {what}"), written.left_out, vec!["ghost".to_owned()])?;
        members(world, &key, &what, &expected).await?;
    }
    let only_ghost = Edit::Delta { put: vec![element("ghost")], remove: Vec::new(), unknown: Unknown::LeaveOut };
    let Written { changed, version, .. } = world.edit(&key, "members", only_ghost).await?;
    same("effect and version of putting an unknown id only", (changed, version), (false, 3))
}

async fn keep<S: Stores>(world: &World<'_, S>) -> Outcome {
    let ana = world.user("ana").await?;
    let guides = world.group("guides", &[]).await?;
    let late = new_key(&world.user);
    let [delta, replace] = mixed(&ana, &late.id, Unknown::Keep);
    for edit in [delta, replace] {
        let written = world.edit(&guides, "members", edit).await?;
        same("left out", written.left_out, Vec::new())?;
        let stored = world.get(&guides).await?;
        same("the members", values(&stored, "members"), ids_of(&[&ana, &late]))?;
        let referent = stored.collections.get("members").into_iter().flatten().find(|element| element.value == late.id);
        same("what the unknown id stands for", referent.and_then(|element| element.referent.clone()), None)?;
    }
    same("who is found by it", world.ids(&world.group, &format!(r#"members.value eq "{}""#, late.id)).await?, vec![guides.id.clone()])?;
    // What was kept can be removed like the rest.
    world.edit(&guides, "members", remove(&[&late])).await?;
    members(world, &guides, "removing the unknown id", &[&ana]).await
}

async fn present<S: Stores>(world: &World<'_, S>) -> Outcome {
    let ana = world.user("ana").await?;
    let guides = world.group("guides", &[]).await?;
    world.edit(&guides, "members", Edit::Delta { put: vec![element("ghost")], remove: Vec::new(), unknown: Unknown::Keep }).await?;
    for policy in [Unknown::Refuse, Unknown::LeaveOut] {
        for edit in mixed(&ana, "ghost", policy) {
            let what = format!("{edit:?}");
            let written = world.edit(&guides, "members", edit).await?;
            same(&format!("left out of {what}"), written.left_out, Vec::new())?;
            let mut both = vec!["ghost".to_owned(), ana.id.clone()];
            both.sort();
            same(&format!("the members after {what}"), values(&world.get(&guides).await?, "members"), both)?;
        }
    }
    Ok(())
}

async fn types<S: Stores>(world: &World<'_, S>) -> Outcome {
    let guides = world.group("guides", &[]).await?;
    let inner = world.group("inner", &[]).await?;
    let device = world.create(&world.device, json!({"displayName": "Press"})).await?;
    world.edit(&guides, "members", put(&[&inner])).await?;
    refuses("a device as a member", world.edit(&guides, "members", put(&[&device])).await, unknown("members", &device.id))?;
    refuses("a group as a keeper", world.edit(&device, "keepers", put(&[&guides])).await, unknown("keepers", &guides.id))?;
    members(world, &guides, "the refusals", &[&inner]).await
}

async fn referents<S: Stores>(world: &World<'_, S>) -> Outcome {
    let ana = world.user("ana").await?;
    let nameless = world.create(&world.user, json!({"userName": "ben"})).await?;
    let inner = world.group("inner", &[]).await?;
    let guides = world.group("guides", &[&ana, &nameless, &inner]).await?;
    let expect = async |names: [(&ResourceKey, &str, Option<&str>); 3]| {
        let stored = world.get(&guides).await?;
        let elements = stored.collections.get("members").cloned().unwrap_or_default();
        for (key, type_name, display) in names {
            let referent = elements.iter().find(|element| element.value == key.id).and_then(|element| element.referent.clone());
            let expected = Referent { type_name: type_name.to_owned(), display: display.map(ToOwned::to_owned) };
            same("what a member stands for", referent, Some(expected))?;
        }
        same("the version of the group", stored.version, 1)
    };
    expect([(&ana, "User", Some("ana")), (&nameless, "User", None), (&inner, "Group", Some("inner"))]).await?;
    world.replace(&ana, json!({"userName": "ana"})).await?;
    world.replace(&nameless, json!({"userName": "ben", "displayName": "Ben B"})).await?;
    world.replace(&inner, json!({"displayName": "inner circle"})).await?;
    expect([(&ana, "User", None), (&nameless, "User", Some("Ben B")), (&inner, "Group", Some("inner circle"))]).await
}

async fn thousand<S: Stores>(world: &World<'_, S>) -> Outcome {
    let mut users = Vec::new();
    let mut changes = Vec::new();
    for number in 0..1_000 {
        let key = new_key(&world.user);
        changes.push(Change::Create { key: key.clone(), new: content(&world.user, json!({"userName": format!("user{number}")}))? });
        users.push(key);
    }
    for some in changes.chunks(250) {
        same("the number of outcomes", world.store.commit(some).await?.len(), some.len())?;
    }
    let all: Vec<&ResourceKey> = users.iter().collect();
    let (first, rest) = all.split_at(1);
    let guides = world.group("guides", first).await?;
    same("the version after putting all", world.edit(&guides, "members", put(&all)).await?.version, 2)?;
    members(world, &guides, "putting all", &all).await?;
    same("the version after removing most", world.edit(&guides, "members", remove(rest)).await?.version, 3)?;
    members(world, &guides, "removing most", first).await?;
    world.edit(&guides, "members", exactly(rest)).await?;
    members(world, &guides, "replacing by most", rest).await?;
    let crowd = world.group("crowd", &all).await?;
    members(world, &crowd, "creating with all", &all).await?;
    let (some, others): (Vec<_>, Vec<_>) = all.iter().copied().enumerate().partition(|(number, _)| number % 3 == 0);
    let [some, others] = [some, others].map(|part| part.into_iter().map(|(_, key)| key).collect::<Vec<_>>());
    world.edit(&crowd, "members", exactly(&some)).await?;
    members(world, &crowd, "replacing by every third", &some).await?;
    world.edit(&crowd, "members", exactly(&others)).await?;
    members(world, &crowd, "replacing by all others", &others).await
}

async fn circle<S: Stores>(world: &World<'_, S>) -> Outcome {
    let first = world.group("first", &[]).await?;
    let second = world.group("second", &[&first]).await?;
    world.edit(&first, "members", put(&[&second])).await?;
    members(world, &first, "closing the circle", &[&second]).await?;
    members(world, &second, "closing the circle", &[&first]).await?;
    world.delete(&first).await?;
    members(world, &second, "deleting the other", &[]).await
}

async fn simultaneous<S: Stores>(world: &World<'_, S>) -> Outcome {
    let leavers = [world.user("ana").await?, world.user("ben").await?, world.user("cleo").await?, world.user("dan").await?];
    let guides = world.group("guides", &leavers.iter().collect::<Vec<_>>()).await?;
    let mut stay = Vec::new();
    let mut edits: Vec<Edit> = leavers.iter().map(|leaver| remove(&[leaver])).collect();
    for number in 0..12 {
        let user = world.user(&format!("user{number}")).await?;
        edits.push(put(&[&user]));
        stay.push(user);
    }
    let mut tasks = tokio::task::JoinSet::new();
    for edit in edits {
        let change = Change::Update { key: guides.clone(), expected: Expected::Any, new: None, edits: vec![("members".into(), edit)] };
        let store = world.handle();
        tasks.spawn(async move { store.commit(&[change]).await });
    }
    while let Some(outcome) = tasks.join_next().await {
        outcome.map_err(|error| Broken(format!("a writer ended early: {error}")))??;
    }
    members(world, &guides, "all deltas", &stay.iter().collect::<Vec<_>>()).await
}

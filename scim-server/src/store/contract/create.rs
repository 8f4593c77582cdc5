//! Creating and reading: what comes back is what was given.

use serde_json::json;

use super::world::{ENTERPRISE, World, content, exactly, ids_of, new_key, values};
use super::{Broken, Case, Outcome, case, holds, refuses, same};
use crate::Timestamp;
use crate::store::{Change, Expected, Load, Page, Query, ResourceKey, Store, StoreError, Stores};

pub(super) fn cases<S: Stores>() -> Vec<Case<S>> {
    vec![
        case("create/gives_back_what_was_given", "a resource reads as the document that was written", |w| Box::pin(gives_back(w))),
        case("create/keeps_every_data_type", "values of every type come back unchanged, numbers to the digit", |w| Box::pin(data_types(w))),
        case("create/starts_at_version_one", "a new resource has version 1 and was modified when it was created", |w| {
            Box::pin(version_one(w))
        }),
        case("create/keeps_no_secret", "values that are never returned are stored nowhere", |w| Box::pin(no_secret(w))),
        case("create/keeps_any_text", "text of every script and every character comes back unchanged", |w| Box::pin(any_text(w))),
        case("create/keeps_what_stands_beside_an_id", "elements come back with what was given beside the id", |w| Box::pin(items(w))),
        case("get/knows_ids_of_its_type_only", "an unknown id and an id of another type are not there", |w| Box::pin(other_type(w))),
        case("get/heeds_the_case_of_ids", "ids that differ in case are different", |w| Box::pin(case_of_ids(w))),
        case("get/loads_what_was_asked_for", "collections and derived attributes are read exactly if asked for", |w| Box::pin(loads(w))),
        case("update/of_the_unknown_is_not_found", "an update or delete of what is not there fails and makes nothing", |w| {
            Box::pin(not_found(w))
        }),
        case("commit/of_nothing_is_nothing", "an empty list of changes has an empty outcome", |w| Box::pin(empty_list(w))),
    ]
}

async fn gives_back<S: Stores>(world: &World<'_, S>) -> Outcome {
    let body = json!({
        "externalId": "701984",
        "userName": "bjensen@example.com",
        "name": {"familyName": "Jensen", "givenName": "Barbara"},
        "emails": [{"value": "bjensen@example.com", "type": "work", "primary": true}, {"value": "babs@jensen.org", "type": "home"}],
        "active": false,
        (ENTERPRISE): {"employeeNumber": "701984", "department": "Tours"}
    });
    let new = content(&world.user, body)?;
    let key = new_key(&world.user);
    world.commit(Change::Create { key: key.clone(), new: new.clone() }).await?;
    let stored = world.get(&key).await?;
    same("the id", &stored.key.id, &key.id)?;
    same("the type", &stored.key.kind.name, &key.kind.name)?;
    same("the document", &stored.document, &new.document)?;
    holds(stored.collections.values().all(Vec::is_empty), "a resource without elements reads as one with elements")?;
    holds(stored.referents.is_empty(), "a resource without references reads as one with referents")
}

async fn data_types<S: Stores>(world: &World<'_, S>) -> Outcome {
    let document = r#"{"displayName": "Press", "slots": 9007199254740993, "weight": 1.50, "active": true, "bought": "2011-05-13T06:42:34.5+02:00",
        "image": "+/8=", "manual": "https://example.com/manual", "tags": ["Red", "blue"], "codes": ["a", "A"],
        "lock": {"state": "", "turns": -3}, "ports": [{"value": "a", "speed": 0}, {"value": "b", "primary": true}]}"#;
    let body = serde_json::from_str(document).map_err(|error| Broken(format!("the case itself is wrong: {error}")))?;
    let new = content(&world.device, body)?;
    let key = new_key(&world.device);
    world.commit(Change::Create { key: key.clone(), new: new.clone() }).await?;
    same("the document", world.get(&key).await?.document, new.document)
}

async fn version_one<S: Stores>(world: &World<'_, S>) -> Outcome {
    let before = Timestamp::now();
    let key = new_key(&world.user);
    let new = content(&world.user, json!({"userName": "ana"}))?;
    let written = world.commit(Change::Create { key: key.clone(), new }).await?;
    let stored = world.get(&key).await?;
    same("the version", stored.version, 1)?;
    same("the time of modification", stored.modified, stored.created)?;
    // The time of a store may have milliseconds only.
    let after = Timestamp::now();
    let day = 24 * 3600 * 1_000_000;
    holds(
        (before.micros() - day..=after.micros() + day).contains(&stored.created.micros()),
        format!("created at {}, but it is {after}", stored.created),
    )?;
    same("version and times of the outcome", (written.version, written.created, written.modified), (1, stored.created, stored.modified))?;
    holds(written.changed && written.left_out.is_empty(), format!("a create changes something and leaves nothing out: {written:?}"))
}

/// RFC: 7643-9.2-01
async fn no_secret<S: Stores>(world: &World<'_, S>) -> Outcome {
    let key = new_key(&world.user);
    let new = content(&world.user, json!({"userName": "ana", "password": "t1meMa$heen"}))?;
    holds(new.secrets.contains_key("password"), "the case itself is wrong: the password is no secret")?;
    world.commit(Change::Create { key: key.clone(), new }).await?;
    let stored = world.get(&key).await?;
    holds(!format!("{stored:?}").contains("t1meMa$heen"), "the password is stored")
}

async fn any_text<S: Stores>(world: &World<'_, S>) -> Outcome {
    let texts = [
        "'; DROP TABLE resource; --",
        "100% _under\\score\\ \"quoted\" `ticks` ?1 $1 :name",
        "tab\tline\r\nnul\u{0}bell\u{7}",
        "Ελληνικά русский 日本語 العربية 👩‍👩‍👧 \u{10ffff}",
        "Jose\u{301} José",
        "",
        "  ",
    ];
    for text in texts {
        let key = world.create(&world.group, json!({"displayName": format!("x{text}"), "externalId": text})).await?;
        let stored = world.get(&key).await?;
        same("externalId", stored.document.get("externalId"), Some(&json!(text)))?;
        same("displayName", stored.document.get("displayName"), Some(&json!(format!("x{text}"))))?;
    }
    Ok(())
}

async fn items<S: Stores>(world: &World<'_, S>) -> Outcome {
    let (ana, ben) = (world.user("ana").await?, world.user("ben").await?);
    let keepers = json!([{"value": ana.id, "duty": "oil"}, {"value": ben.id}]);
    let device = world.create(&world.device, json!({"displayName": "Press", "keepers": keepers})).await?;
    let stored = world.get(&device).await?;
    same("the keepers", values(&stored, "keepers"), ids_of(&[&ana, &ben]))?;
    for element in stored.collections.get("keepers").into_iter().flatten() {
        let duty = (element.value == ana.id).then(|| json!("oil"));
        same("the duty", element.item.get("duty"), duty.as_ref())?;
    }
    Ok(())
}

async fn other_type<S: Stores>(world: &World<'_, S>) -> Outcome {
    let ana = world.user("ana").await?;
    let as_group = ResourceKey { kind: world.group.clone(), id: ana.id };
    holds(world.find(&as_group).await?.is_none(), "the id of a user reads as a group")?;
    holds(world.find(&new_key(&world.user)).await?.is_none(), "an id that was never made is there")?;
    for id in ["", "1", "0", "ana", "' OR 1=1 --"] {
        let key = ResourceKey { kind: world.user.clone(), id: id.into() };
        holds(world.find(&key).await?.is_none(), format!("the id {id:?} is there"))?;
    }
    refuses("deleting a user as a group", world.delete(&as_group).await, |error| matches!(error, StoreError::NotFound))?;
    same("how many users there are", world.total(&world.user).await?, 1)
}

async fn case_of_ids<S: Stores>(world: &World<'_, S>) -> Outcome {
    let key = ResourceKey { kind: world.user.clone(), id: "Mixed-Case-Id".into() };
    world.commit(Change::Create { key: key.clone(), new: content(&world.user, json!({"userName": "ana"}))? }).await?;
    let other = ResourceKey { id: key.id.to_lowercase(), ..key };
    holds(world.find(&other).await?.is_none(), "an id is found in another case")
}

async fn loads<S: Stores>(world: &World<'_, S>) -> Outcome {
    let ana = world.user("ana").await?;
    let guides = world.group("guides", &[&ana]).await?;
    let tables = [(&guides, "members", &ana), (&ana, "groups", &guides)];
    for (key, path, value) in tables {
        let one = vec![value.id.clone()];
        let named = vec![path.to_owned()];
        let wanted = [
            (Load::Everything, true),
            (Load::DOCUMENT, false),
            (Load::Only(named.clone()), true),
            (Load::Without(named), false),
            (Load::Without(Vec::new()), true),
            (Load::Only(vec!["keepers".into()]), false),
        ];
        for (load, there) in wanted {
            let expected = if there { one.clone() } else { Vec::new() };
            let got = world.store.get(key, &load).await?.ok_or_else(|| Broken("the resource is not there".into()))?;
            same(&format!("get: {path} with {load:?}"), values(&got, path), expected.clone())?;
            let query = Query { load: load.clone(), ..Query::of(key.kind.clone(), None, Page::Index { start: 1, count: 10 }) };
            let found = world.store.query(&query).await?;
            let read = found.resources.iter().flat_map(|stored| values(stored, path)).collect();
            same(&format!("query: {path} with {load:?}"), read, expected)?;
        }
    }
    Ok(())
}

async fn not_found<S: Stores>(world: &World<'_, S>) -> Outcome {
    let key = new_key(&world.group);
    let missing = |error: &StoreError| matches!(error, StoreError::NotFound);
    for expected in [Expected::Any, Expected::Is(1)] {
        let new = content(&world.group, json!({"displayName": "ghosts"}))?;
        let update = Change::Update { key: key.clone(), expected, new: Some(new), edits: Vec::new() };
        refuses("an update", world.commit(update).await, missing)?;
        let edits = vec![("members".to_owned(), exactly(&[]))];
        let edit = Change::Update { key: key.clone(), expected, new: None, edits };
        refuses("an edit of members", world.commit(edit).await, missing)?;
        refuses("a delete", world.commit(Change::Delete { key: key.clone(), expected }).await, missing)?;
    }
    same("how many groups there are", world.total(&world.group).await?, 0)
}

async fn empty_list<S: Stores>(world: &World<'_, S>) -> Outcome {
    let written = world.store.commit(&[]).await?;
    same("the number of outcomes", written.len(), 0)?;
    same("how many users there are", world.total(&world.user).await?, 0)
}

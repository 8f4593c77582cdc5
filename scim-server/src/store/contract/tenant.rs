//! One tenant sees nothing of another (RFC 7644 §6, T02).

use serde_json::json;

use super::world::{World, content, new_key, put, query, values};
use super::{Case, Outcome, case, holds, refuses, same};
use crate::store::{Change, Expected, ResourceKey, Store, StoreError, Stores};

pub(super) fn cases<S: Stores>() -> Vec<Case<S>> {
    vec![
        case("tenant/starts_empty", "a new tenant has no resource", |w| Box::pin(empty(w))),
        case("tenant/sees_only_its_own", "get, query and total see the caller's tenant only", |w| Box::pin(reads(w))),
        case("tenant/changes_only_its_own", "no change reaches another tenant", |w| Box::pin(writes(w))),
        case("tenant/has_its_own_names_and_ids", "names and even ids may be the same in two tenants", |w| Box::pin(same_names(w))),
        case("tenant/names_only_its_own", "members and references of another tenant are unknown", |w| Box::pin(references(w))),
        case("tenant/handles_share_their_resources", "every handle of a tenant sees what another one wrote", |w| Box::pin(handles(w))),
    ]
}

async fn empty<S: Stores>(world: &World<'_, S>) -> Outcome {
    for kind in [&world.user, &world.group, &world.device] {
        same(&format!("the number of {}s", kind.name), world.total(kind).await?, 0)?;
    }
    Ok(())
}

async fn reads<S: Stores>(world: &World<'_, S>) -> Outcome {
    let other = world.other_tenant();
    let ana = world.user("ana").await?;
    holds(other.find(&ana).await?.is_none(), "another tenant gets the user")?;
    for filter in ["id pr".to_owned(), r#"userName eq "ana""#.to_owned(), format!(r#"id eq "{}""#, ana.id), r#"userName ne "x""#.to_owned()]
    {
        same(&format!("what another tenant finds with {filter}"), other.ids(&world.user, &filter).await?, Vec::new())?;
    }
    same("the total of another tenant", other.total(&world.user).await?, 0)
}

async fn writes<S: Stores>(world: &World<'_, S>) -> Outcome {
    let other = world.other_tenant();
    let ana = world.user("ana").await?;
    let guides = world.group("guides", &[&ana]).await?;
    let missing = |error: &StoreError| matches!(error, StoreError::NotFound);
    refuses("deleting from another tenant", other.delete(&ana).await, missing)?;
    refuses("adding a member from another tenant", other.edit(&guides, "members", put(&[])).await, missing)?;
    let stored = world.get(&guides).await?;
    same("version and members", (stored.version, values(&stored, "members")), (1, vec![ana.id]))
}

async fn same_names<S: Stores>(world: &World<'_, S>) -> Outcome {
    let other = world.other_tenant();
    let key = new_key(&world.user);
    for (tenant, title) in [(world, "here"), (&other, "there")] {
        let new = content(&world.user, json!({"userName": "ana", "externalId": "1", "title": title}))?;
        tenant.commit(Change::Create { key: key.clone(), new }).await?;
    }
    same("the title there", other.get(&key).await?.document.get("title"), Some(&json!("there")))?;
    other.delete(&key).await?;
    same("the title here after deleting there", world.get(&key).await?.document.get("title"), Some(&json!("here")))?;
    same("who is found here", world.ids(&world.user, r#"userName eq "ana""#).await?, vec![key.id])
}

async fn references<S: Stores>(world: &World<'_, S>) -> Outcome {
    let other = world.other_tenant();
    let ana = world.user("ana").await?;
    let unknown = |error: &StoreError| matches!(error, StoreError::UnknownReference { .. });
    let group = content(&world.group, json!({"displayName": "spies", "members": [{"value": ana.id}]}))?;
    refuses("a member of another tenant", other.commit(Change::Create { key: new_key(&world.group), new: group }).await, unknown)?;
    let own = other.group("own", &[]).await?;
    refuses("adding a member of another tenant", other.edit(&own, "members", put(&[&ana])).await, unknown)?;
    holds(values(&world.get(&ana).await?, "groups").is_empty(), "the user is in a group of another tenant")
}

async fn handles<S: Stores>(world: &World<'_, S>) -> Outcome {
    let ana: ResourceKey = world.user("ana").await?;
    let handle = world.handle();
    let found = handle.query(&query(&world.user, r#"userName eq "ana""#)?).await?;
    let ids: Vec<String> = found.resources.into_iter().map(|stored| stored.key.id).collect();
    same("who is found by another handle", ids, vec![ana.id.clone()])?;
    handle.commit(&[Change::Delete { key: ana.clone(), expected: Expected::Any }]).await?;
    holds(world.find(&ana).await?.is_none(), "the user is still there after another handle deleted it")
}

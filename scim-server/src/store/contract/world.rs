//! What a case works with: a tenant of its own, and words for what clients do.

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Broken, Outcome};
use crate::filter::{ResolvedFilter, resolve};
use crate::store::{
    Change, Content, Edit, Element, Expected, Found, Load, Page, Query, ResourceKey, Store, StoreError, Stored, Stores, Unknown, Written,
};
use crate::validate::Draft;
use crate::{BoundPath, Caller, Leniency, Profile, Quirk, Registry, ResourceType, TenantId};

/// The canonical path of `manager`.
pub(super) const MANAGER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";

/// The extension that `manager` belongs to (RFC 7643 §4.3).
pub(super) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// The types that cases work with.
const TYPES: [&str; 4] = ["User", "Group", "Device", "Team"];

/// Whether a registry has all of them.
pub(super) fn has_every_type(registry: &Registry) -> bool {
    TYPES.iter().all(|name| registry.by_name(name).is_some())
}

/// A tenant of its own.
pub(super) struct World<'a, S: Stores> {
    stores: &'a S,
    caller: Caller,
    pub(super) store: S::Store,
    pub(super) user: Arc<ResourceType>,
    pub(super) group: Arc<ResourceType>,
    pub(super) device: Arc<ResourceType>,
    pub(super) team: Arc<ResourceType>,
    has_groups: bool,
}

impl<'a, S: Stores> World<'a, S> {
    /// A type that the registry lacks is the suite's own, which the store does not know.
    pub(super) fn new(stores: &'a S, registry: &Registry, case: &str) -> Self {
        let own = super::registry();
        let kind = |name| registry.by_name(name).or_else(|| own.by_name(name)).cloned().expect("the suite has its types");
        let [user, group, device, team] = TYPES.map(kind);
        let tenant = TenantId::new(format!("contract-{case}-{}", Uuid::new_v4()));
        let caller = Caller::new(tenant, "contract suite").with_request_id(Uuid::new_v4().to_string());
        Self { stores, store: stores.of(&caller), caller, user, group, device, team, has_groups: registry.by_name("Group").is_some() }
    }

    /// The same types in another tenant.
    pub(super) fn other_tenant(&self) -> Self {
        let caller = Caller { tenant: TenantId::new(format!("{}-other", self.caller.tenant.as_str())), ..self.caller.clone() };
        Self {
            stores: self.stores,
            store: self.stores.of(&caller),
            caller,
            user: self.user.clone(),
            group: self.group.clone(),
            device: self.device.clone(),
            team: self.team.clone(),
            has_groups: self.has_groups,
        }
    }

    /// Another handle of this tenant's store, as every request has its own.
    pub(super) fn handle(&self) -> S::Store {
        self.stores.of(&self.caller)
    }

    /// A user with that `userName` and `displayName`.
    pub(super) async fn user(&self, name: &str) -> Outcome<ResourceKey> {
        self.create(&self.user, json!({"userName": name, "displayName": name})).await
    }

    /// A user who has that manager and nothing else of the enterprise extension.
    pub(super) async fn user_below(&self, name: &str, manager: &ResourceKey) -> Outcome<ResourceKey> {
        self.create(&self.user, json!({"userName": name, (ENTERPRISE): {"manager": {"value": manager.id}}})).await
    }

    pub(super) async fn group(&self, name: &str, members: &[&ResourceKey]) -> Outcome<ResourceKey> {
        let members: Vec<Value> = members.iter().map(|member| json!({"value": member.id})).collect();
        self.create(&self.group, json!({"displayName": name, "members": members})).await
    }

    /// A resource of another type than `User`, if the store keeps any.
    pub(super) async fn bystander(&self, name: &str) -> Outcome {
        if self.has_groups { self.group(name, &[]).await.map(drop) } else { Ok(()) }
    }

    pub(super) async fn create(&self, kind: &Arc<ResourceType>, body: Value) -> Outcome<ResourceKey> {
        let key = new_key(kind);
        self.commit(Change::Create { key: key.clone(), new: content(kind, body)? }).await?;
        Ok(key)
    }

    /// Exactly that version of the document, whatever is there.
    pub(super) async fn replace(&self, key: &ResourceKey, body: Value) -> Outcome<Written> {
        let new = content(&key.kind, body)?;
        Ok(self.commit(Change::Update { key: key.clone(), expected: Expected::Any, new: Some(new), edits: Vec::new() }).await?)
    }

    /// A change of one collection only.
    pub(super) async fn edit(&self, key: &ResourceKey, path: &str, edit: Edit) -> Result<Written, StoreError> {
        let edits = vec![(path.to_owned(), edit)];
        self.commit(Change::Update { key: key.clone(), expected: Expected::Any, new: None, edits }).await
    }

    pub(super) async fn delete(&self, key: &ResourceKey) -> Result<Written, StoreError> {
        self.commit(Change::Delete { key: key.clone(), expected: Expected::Any }).await
    }

    pub(super) async fn commit(&self, change: Change) -> Result<Written, StoreError> {
        let mut written = self.store.commit(&[change]).await?;
        match (written.pop(), written.is_empty()) {
            (Some(only), true) => Ok(only),
            _ => Err(StoreError::Internal("one change must have one outcome".into())),
        }
    }

    /// The whole resource, which must be there.
    pub(super) async fn get(&self, key: &ResourceKey) -> Outcome<Stored> {
        self.find(key).await?.ok_or_else(|| Broken(format!("the {} is not there", key.kind.name)))
    }

    /// The whole resource, if it is there.
    pub(super) async fn find(&self, key: &ResourceKey) -> Outcome<Option<Stored>> {
        Ok(self.store.get(key, &Load::Everything).await?)
    }

    /// The ids that match, which must be as many as the total says.
    pub(super) async fn ids(&self, kind: &Arc<ResourceType>, filter: &str) -> Outcome<Vec<String>> {
        let found = self.store.query(&query(kind, filter)?).await?;
        let ids: Vec<String> = found.resources.into_iter().map(|stored| stored.key.id).collect();
        super::same(&format!("{filter}: the total"), found.total, Some(ids.len() as u64))?;
        Ok(ids)
    }

    /// How many resources of the type there are.
    pub(super) async fn total(&self, kind: &Arc<ResourceType>) -> Outcome<u64> {
        let query = Query::of(kind.clone(), None, Page::Index { start: 1, count: 0 });
        self.store.query(&query).await?.total.ok_or_else(|| Broken("the total is missing".into()))
    }
}

/// A key that was never used.
pub(super) fn new_key(kind: &Arc<ResourceType>) -> ResourceKey {
    ResourceKey { kind: kind.clone(), id: Uuid::new_v4().to_string() }
}

/// What the framework gives the store for that body, in the profile `rfc`. `schemas` need not be given.
pub(super) fn content(kind: &ResourceType, body: Value) -> Outcome<Content> {
    content_for(kind, body, Profile::RFC)
}

/// As [`content`], in another profile.
pub(super) fn content_for(kind: &ResourceType, mut body: Value, profile: Profile) -> Outcome<Content> {
    if let Value::Object(members) = &mut body {
        let urns: Vec<&str> = kind.urns().filter(|urn| *urn == kind.schema.id || members.contains_key(*urn)).collect();
        let urns = json!(urns);
        members.insert("schemas".into(), urns);
    }
    let leniency = Leniency::new(profile);
    let draft = Draft::create(kind, body, &leniency).map_err(|error| Broken(format!("the case itself is wrong: {error}")))?;
    if leniency.met().contains(&Quirk::IgnoreUnknownAttributes) {
        return Err(Broken(format!("the case needs an attribute that `{}` lacks here", kind.name)));
    }
    Ok(draft.into_content(kind, &leniency))
}

/// That filter over a type.
pub(super) fn filter(kind: &ResourceType, text: &str) -> Outcome<ResolvedFilter> {
    resolve(text, kind, &Leniency::new(Profile::RFC)).map_err(|error| Broken(format!("the case itself is wrong: {error}")))
}

/// All that match the filter, with their documents only.
pub(super) fn query(kind: &Arc<ResourceType>, text: &str) -> Outcome<Query> {
    Ok(Query::of(kind.clone(), Some(filter(kind, text)?), Page::Index { start: 1, count: 10_000 }))
}

/// What that path names.
pub(super) fn path(kind: &ResourceType, text: &str) -> Outcome<BoundPath> {
    let leniency = Leniency::new(Profile::RFC);
    let found = crate::path::parse(kind, &leniency, |dialect| scim_filter::Path::parse(text, dialect))
        .ok()
        .and_then(|path| crate::path::bind(kind, path.urn(), path.name()?, path.sub(), &leniency));
    found.ok_or_else(|| Broken(format!("the case itself is wrong: `{text}` is no path of {}", kind.name)))
}

/// The `displayName` of each resource.
pub(super) fn names(found: &Found) -> String {
    let names: Vec<&str> = found.resources.iter().filter_map(|stored| stored.document.get("displayName")?.as_str()).collect();
    names.join(" ")
}

/// Puts these, and removes nothing.
pub(super) fn put(elements: &[&ResourceKey]) -> Edit {
    delta(elements, &[])
}

/// Removes these, and puts nothing.
pub(super) fn remove(elements: &[&ResourceKey]) -> Edit {
    delta(&[], elements)
}

pub(super) fn delta(put: &[&ResourceKey], remove: &[&ResourceKey]) -> Edit {
    let remove = remove.iter().map(|key| key.id.clone()).collect();
    Edit::Delta { put: put.iter().map(|key| element(&key.id)).collect(), remove, unknown: Unknown::Refuse }
}

/// Exactly these.
pub(super) fn exactly(elements: &[&ResourceKey]) -> Edit {
    Edit::Replace { elements: elements.iter().map(|key| element(&key.id)).collect(), unknown: Unknown::Refuse }
}

/// An element as it is written: without a referent.
pub(super) fn element(id: &str) -> Element {
    Element { value: id.to_owned(), item: serde_json::Map::new(), referent: None }
}

/// The ids of a collection or derived attribute, sorted. The port promises no order of elements.
pub(super) fn values(stored: &Stored, path: &str) -> Vec<String> {
    let mut values: Vec<String> = stored.collections.get(path).into_iter().flatten().map(|element| element.value.clone()).collect();
    values.sort();
    values
}

/// The ids of these keys, sorted.
pub(super) fn ids_of(keys: &[&ResourceKey]) -> Vec<String> {
    let mut ids: Vec<String> = keys.iter().map(|key| key.id.clone()).collect();
    ids.sort();
    ids
}

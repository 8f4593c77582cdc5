//! What the tests of this folder share: databases, callers, resources and chance.

use std::sync::Arc;

use scim_sea_orm::{Options, SqlStores};
use scim_server::store::{Change, Found, Load, Page, Query, ResourceKey, Store, StoreError, Stored, Written};
use scim_server::validate::Draft;
use scim_server::{Caller, Leniency, Profile, Registry, ResourceType, TenantId, filter};
use serde_json::Value;
use tempfile::TempDir;

/// A database in a file of its own.
pub(crate) struct FileDatabase {
    folder: TempDir,
}

impl FileDatabase {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    pub(crate) fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("test.db")
    }

    pub(crate) fn options(&self) -> Options {
        Options::new(format!("sqlite://{}?mode=rwc", self.path().display()))
    }
}

pub(crate) async fn open(options: &Options, registry: &Arc<Registry>) -> SqlStores {
    SqlStores::connect(options, registry.clone()).await.expect("the database opens")
}

pub(crate) fn caller(tenant: &str) -> Caller {
    Caller::new(TenantId::new(tenant), "test").with_request_id("test")
}

pub(crate) fn kind(registry: &Registry, name: &str) -> Arc<ResourceType> {
    registry.by_name(name).expect("the type is registered").clone()
}

pub(crate) fn key(kind: &Arc<ResourceType>, id: &str) -> ResourceKey {
    ResourceKey { kind: kind.clone(), id: id.to_owned() }
}

/// The change that creates the resource of that body, as the operation would decide it.
pub(crate) fn creation(kind: &Arc<ResourceType>, id: &str, body: Value, profile: Profile) -> Change {
    let leniency = Leniency::new(profile);
    let draft = Draft::create(kind, body.clone(), &leniency).unwrap_or_else(|error| panic!("{error}: {body}"));
    Change::Create { key: key(kind, id), new: draft.into_content(kind, &leniency) }
}

pub(crate) async fn create(store: &impl Store, kind: &Arc<ResourceType>, id: &str, body: Value) -> Result<Vec<Written>, StoreError> {
    store.commit(&[creation(kind, id, body, Profile::RFC)]).await
}

pub(crate) async fn read(store: &impl Store, kind: &Arc<ResourceType>, id: &str) -> Option<Stored> {
    store.get(&key(kind, id), &Load::Everything).await.expect("the store answers")
}

pub(crate) fn query(kind: &Arc<ResourceType>, text: &str, start: u64, count: u32) -> Query {
    let filter = filter::resolve(text, kind, &Leniency::new(Profile::RFC)).unwrap_or_else(|error| panic!("{error}: {text}"));
    Query::of(kind.clone(), Some(filter), Page::Index { start, count })
}

/// What two stores must agree on: the ids in order, and the total.
pub(crate) fn answer(found: &Found) -> (Option<u64>, Vec<String>) {
    (found.total, found.resources.iter().map(|stored| stored.key.id.clone()).collect())
}

/// Numbers by chance that are the same in every run (splitmix64).
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.number() % limit as u64).expect("below a usize")
    }

    /// True in so many of a hundred cases.
    pub(crate) fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }

    pub(crate) fn id(&mut self) -> String {
        let (high, low) = (self.number(), self.number());
        format!("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", high >> 32, high >> 16 & 0xffff, high & 0xfff, low >> 52, low & 0xffff_ffff_ffff)
    }
}

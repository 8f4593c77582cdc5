//! What can be asked of a store, and how it answers (RFC 7644 §3.4.2).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Load, Stored};
use crate::filter::ResolvedFilter;
use crate::sort::SortOrder;
use crate::{BoundPath, ResourceType};

/// A query over one or several resource types.
///
/// The answer has one total order: by the sort keys of the targets as [`sort::compare`](crate::sort::compare) has it, then by
/// target, then by creation. Without a sort that is: type by type, each in the order of creation (S36).
///
/// # Examples
/// ```
/// use scim_server::Registry;
/// use scim_server::store::{Page, Query};
///
/// let registry = Registry::rfc7643();
/// let user = registry.by_name("User").expect("User is registered").clone();
/// let query = Query::of(user, None, Page::Index { start: 1, count: 100 });
/// assert!(query.total && query.targets.len() == 1);
/// ```
#[derive(Debug, Clone)]
pub struct Query {
    /// What is asked of which type. More than one at the root of a server (RFC 7644 §3.4.2.1); no type stands here twice.
    pub targets: Vec<Target>,
    /// Which way round the sort goes.
    pub order: SortOrder,
    /// Which part of the answer.
    pub page: Page,
    /// Whether the number of all matches is wanted. It can cost more than the page.
    pub total: bool,
    /// What to read of each resource.
    pub load: Load,
    /// Whether an answer from a replica that lags behind will do. Nothing that is read so may decide a write.
    pub may_be_stale: bool,
}

/// What a query asks of one resource type.
#[derive(Debug, Clone)]
pub struct Target {
    /// The type.
    pub kind: Arc<ResourceType>,
    /// Which resources; all without it.
    pub filter: Option<ResolvedFilter>,
    /// What they are sorted by: a simple attribute or sub-attribute that may be shown (S33). A type that lacks it has no value: its
    /// resources stand where missing values do.
    pub sort: Option<BoundPath>,
}

/// A part of an answer.
///
/// # Examples
/// Walking through an answer, two resources at a time:
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().expect("a runtime starts").block_on(async {
/// use scim_server::sort::SortOrder;
/// use scim_server::store::{Change, Content, Page, Query, ResourceKey, Store};
/// use scim_server::{MemoryStore, Registry};
/// use serde_json::json;
///
/// let registry = Registry::rfc7643();
/// let kind = registry.by_name("User").expect("User is registered");
/// let store = MemoryStore::default();
/// for name in ["cleo", "Ana", "ben"] {
///     let document = json!({"userName": name}).as_object().cloned().unwrap_or_default();
///     let key = ResourceKey { kind: kind.clone(), id: format!("id-of-{name}") };
///     store.commit(&[Change::Create { key, new: Content { document, ..Content::default() } }]).await?;
/// }
///
/// let by = kind.core_attribute("userName").expect("users have a name");
/// let mut query = Query::of(kind.clone(), None, Page::After { position: None, count: 2 }).sorted(by, SortOrder::Ascending);
/// let mut pages = Vec::new();
/// loop {
///     let found = store.query(&query).await?;
///     pages.push(found.resources.iter().map(|user| user.document["userName"].clone()).collect::<Vec<_>>());
///     let Some(position) = found.next else { break };
///     query.page = Page::After { position: Some(position), count: 2 };
/// }
/// assert_eq!(pages, [vec![json!("Ana"), json!("ben")], vec![json!("cleo")]]);
/// # Ok::<(), scim_server::store::StoreError>(())
/// # }).expect("memory answers");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// By position (RFC 7644 §3.4.2.4).
    Index {
        /// The position of the first one, from 1; 0 means 1.
        start: u64,
        /// How many at most. 0 asks for the total only.
        count: u32,
    },
    /// Behind a position, wherever that is by now (RFC 9865).
    After {
        /// Where the page before ended; nothing at the beginning.
        position: Option<Position>,
        /// How many at most. 0 asks for the total only, and leads nowhere.
        count: u32,
    },
}

impl Page {
    /// How many at most.
    #[must_use]
    pub fn count(&self) -> u32 {
        match self {
            Page::Index { count, .. } | Page::After { count, .. } => *count,
        }
    }
}

/// A place in an answer. It says nothing to anybody but the store that gave it, and only for the same targets and order.
///
/// It stays a place when the resource there goes or moves, and can be written down and used again, by any instance. It holds a value
/// of a resource: whoever hands it to a client seals it first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The sort key of the resource that stands there.
    pub key: Option<String>,
    /// The position of its target in the query.
    pub target: usize,
    /// The number of its creation.
    pub number: i64,
}

/// The answer to a [`Query`].
#[derive(Debug, Clone)]
pub struct Found {
    /// How many match in all. Always there if it was asked for.
    pub total: Option<u64>,
    /// The page.
    pub resources: Vec<Stored>,
    /// Where the page ends, if it is [`Page::After`] and more follows.
    pub next: Option<Position>,
}

impl Query {
    /// The resources of one type in the order of creation, with their total, without collections.
    #[must_use]
    pub fn of(kind: Arc<ResourceType>, filter: Option<ResolvedFilter>, page: Page) -> Self {
        let targets = vec![Target { kind, filter, sort: None }];
        Self { targets, order: SortOrder::Ascending, page, total: true, load: Load::DOCUMENT, may_be_stale: false }
    }

    /// The same, sorted. Of a query over one type.
    #[must_use]
    pub fn sorted(mut self, by: BoundPath, order: SortOrder) -> Self {
        if let [target] = self.targets.as_mut_slice() {
            target.sort = Some(by);
        }
        Self { order, ..self }
    }
}

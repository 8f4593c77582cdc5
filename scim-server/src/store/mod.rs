//! The store port: what the framework asks of a storage, and nothing more.
//!
//! A store knows nothing of HTTP, PATCH or projection. It keeps what it is given, uniquely and whole, and answers queries
//! exactly as [`crate::filter::matches`] would. [`contract`] is its specification, to be run against every implementation.

pub mod contract;
mod cursor_key;
mod memory;
mod query;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use serde_json::{Map, Value};

pub use cursor_key::CursorKey;
pub use memory::{MemoryStore, MemoryStores};
pub use query::{Found, Page, Position, Query, Target};

use crate::{Caller, Error, ResourceType, Timestamp};

/// The stores of all tenants. A caller gets its own tenant's and can name no other (T02).
pub trait Stores: Send + Sync + 'static {
    /// One tenant's store.
    type Store: Store + 'static;

    /// The store of the caller's tenant. Cheap: it opens nothing.
    fn of(&self, caller: &Caller) -> Self::Store;
}

/// One tenant's resources.
///
/// Every implementation passes [`contract::run`].
pub trait Store: Send + Sync {
    /// The resource with that key, with the collections and derived attributes that `load` asks for.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Internal`] if it cannot be read.
    fn get(&self, key: &ResourceKey, load: &Load) -> impl Future<Output = Result<Option<Stored>, StoreError>> + Send;

    /// The resources that match, in the query's order: exactly those of the reference semantics ([`matches`](crate::filter::matches()),
    /// [`sort`](crate::sort)).
    ///
    /// # Errors
    /// [`StoreError::TooMany`] if that would take looking at more resources than the store is willing to;
    /// [`StoreError::Unavailable`] or [`StoreError::Internal`] if they cannot be read.
    fn query(&self, query: &Query) -> impl Future<Output = Result<Found, StoreError>> + Send;

    /// A piece of one collection of a resource in the order of `value` (by code point), so that a long one is never whole in memory.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such resource; [`StoreError::Unavailable`] or [`StoreError::Internal`] if it cannot be
    /// read.
    fn elements(&self, of: &ResourceKey, piece: &Piece) -> impl Future<Output = Result<Vec<Element>, StoreError>> + Send;

    /// The same resources as they are now, for reading only: whatever this handle reads is of one moment, however long it takes. It
    /// can hold a connection, and keep writers waiting where there is no other, so it is for what cannot be read at once, and is dropped
    /// as soon as that is over.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Internal`] if there is none at the moment.
    fn snapshot(&self) -> impl Future<Output = Result<Self, StoreError>> + Send
    where
        Self: Sized;

    /// Carries out all changes in order in one transaction, with the hooks, or none of them. What is created anywhere in the list is
    /// known to all of it, so that resources which name each other can be created together.
    ///
    /// # Errors
    /// Every [`StoreError`] but [`StoreError::TooMany`]. If one of several changes is why none was carried out, the error says
    /// [which](StoreError::InList).
    fn commit(&self, changes: &[Change]) -> impl Future<Output = Result<Vec<Written>, StoreError>> + Send;

    /// The key that seals this tenant's cursors (RFC 9865) in that generation, the same for every handle and instance: the first one
    /// that was kept. If there is none, `new` is kept and is the key, and those of generations before the last one are destroyed.
    ///
    /// Keys are secret. They belong to no resource and to no export of resources.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Internal`] if it can be neither read nor kept.
    fn cursor_key(&self, generation: u32, new: Option<CursorKey>) -> impl Future<Output = Result<Option<CursorKey>, StoreError>> + Send;

    /// How many statements of a database this store has run since it was handed out, if it counts them. An exchange has a store of
    /// its own, so they are the exchange's.
    fn statements(&self) -> Option<u64> {
        None
    }
}

/// Which resource: its type and its id.
#[derive(Debug, Clone)]
pub struct ResourceKey {
    /// The type. An id of another type is unknown here (S74).
    pub kind: Arc<ResourceType>,
    /// The id, as clients see it.
    pub id: String,
}

/// Which collections and derived attributes to read, by canonical path (`members`, `groups`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Load {
    /// All of them.
    Everything,
    /// All but these.
    Without(Vec<String>),
    /// Only these; an empty list reads none.
    Only(Vec<String>),
    /// Of these the collections that have at most so many elements; the others are named in [`Stored::long`]. Derived attributes are
    /// read whole.
    UpTo(u32, Box<Load>),
}

impl Load {
    /// Only the document.
    pub const DOCUMENT: Load = Load::Only(Vec::new());

    /// Whether the collection or derived attribute with that canonical path is asked for.
    #[must_use]
    pub fn wants(&self, path: &str) -> bool {
        match self {
            Load::Everything => true,
            Load::Without(paths) => !paths.iter().any(|without| without == path),
            Load::Only(paths) => paths.iter().any(|only| only == path),
            Load::UpTo(_, load) => load.wants(path),
        }
    }

    /// The same, without the collections that have more elements.
    ///
    /// # Examples
    /// ```
    /// use scim_server::store::Load;
    ///
    /// let load = Load::Only(vec!["members".into()]).up_to(1_000);
    /// assert!(load.wants("members") && load.limit() == Some(1_000));
    /// ```
    #[must_use]
    pub fn up_to(self, elements: u32) -> Self {
        Load::UpTo(elements, Box::new(self))
    }

    /// How many elements a collection may have to be read; any number without it.
    #[must_use]
    pub fn limit(&self) -> Option<u32> {
        match self {
            Load::Everything | Load::Without(_) | Load::Only(_) => None,
            Load::UpTo(elements, load) => Some(load.limit().map_or(*elements, |limit| limit.min(*elements))),
        }
    }
}

/// A resource as the store keeps it.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Type and id.
    pub key: ResourceKey,
    /// Counts the changes, from 1.
    pub version: u64,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last changed. Never before `created`, never going back.
    pub modified: Timestamp,
    /// The canonical document, with `schemas`, without `id`, `meta`, collections, derived attributes and secrets.
    pub document: Document,
    /// The collections and derived attributes that were asked for, by canonical path. One that has no element may be absent. The
    /// elements of a collection stand in the order of `value` (by code point), those of a derived attribute in the order in which
    /// the resources that they name were created: a [sort](crate::sort) by one of them takes the first.
    pub collections: BTreeMap<String, Vec<Element>>,
    /// The collections that were asked for and not read, because they have more elements than [`Load::UpTo`] allows: they are not in
    /// `collections`, and are read in pieces.
    pub long: Vec<String>,
    /// For each reference of the document (by canonical path, e.g. `urn:…:User:manager`) what it refers to now, if that exists.
    pub referents: BTreeMap<String, Referent>,
}

/// A canonical JSON document: names in canonical case, no unassigned attribute.
pub type Document = Map<String, Value>;

/// An element of a collection or of a derived attribute: it names another resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Element {
    /// The id of the other resource.
    pub value: String,
    /// What the client gave beside `value`, `$ref`, `type` and the display name. Empty for `members`. Of a derived attribute it is
    /// empty, too, unless the element [is indirect](Element::is_indirect): then it is `{"type": "indirect"}`.
    pub item: Document,
    /// What the id stands for. The store fills it in when it reads; what is written leaves it out.
    pub referent: Option<Referent>,
}

/// What the `type` of an indirect element is (RFC 7643 §4.1.2, `groups`).
pub const INDIRECT: &str = "indirect";

impl Element {
    /// An element of a derived attribute: that resource contains this one, itself or through others.
    #[must_use]
    pub fn derived(value: String, is_indirect: bool, referent: Option<Referent>) -> Self {
        let mut item = Document::new();
        if is_indirect {
            item.insert("type".into(), INDIRECT.into());
        }
        Self { value, item, referent }
    }

    /// Whether this element of a derived attribute contains the resource through others only (S59).
    #[must_use]
    pub fn is_indirect(&self) -> bool {
        self.item.get("type").and_then(Value::as_str) == Some(INDIRECT)
    }
}

/// A piece of a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The canonical path of the collection, e.g. `members`.
    pub path: String,
    /// The `value` of the last element of the piece before; nothing at the beginning.
    pub after: Option<String>,
    /// How many at most.
    pub count: u32,
}

/// The resource that an element or a reference names, as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referent {
    /// The name of its type, e.g. `User`.
    pub type_name: String,
    /// Its `displayName`, if it has one.
    pub display: Option<String>,
}

/// One change of one resource.
#[derive(Debug, Clone)]
pub enum Change {
    /// A new resource. Its id was made by the operation.
    Create {
        /// Type and id.
        key: ResourceKey,
        /// All of it.
        new: Content,
    },
    /// A changed resource.
    Update {
        /// Type and id.
        key: ResourceKey,
        /// The version that the change was decided on.
        expected: Expected,
        /// The new document, if it changed. Its `collections` are empty: they change by `edits`.
        new: Option<Content>,
        /// The changes of its collections, by canonical path.
        edits: Vec<(String, Edit)>,
    },
    /// A resource that goes, out of every collection and reference that names it, too (S63).
    Delete {
        /// Type and id.
        key: ResourceKey,
        /// The version that the client named.
        expected: Expected,
    },
}

/// What there is to keep of a resource.
#[derive(Debug, Clone, Default)]
pub struct Content {
    /// The canonical document.
    pub document: Document,
    /// The values of this request that are never returned (`password`). They are for hooks; a store keeps none of them.
    pub secrets: Document,
    /// The collections, by canonical path.
    pub collections: Vec<(String, Vec<Element>)>,
    /// What no other resource of the type may have.
    pub unique: Vec<UniqueKey>,
    /// The other resources that the document names.
    pub references: Vec<Reference>,
    /// What to do with an element of `collections` whose id is unknown.
    pub unknown_elements: Unknown,
}

/// A value that no other resource of the type may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UniqueKey {
    /// The canonical path, e.g. `userName`.
    pub path: String,
    /// The comparison key of the value.
    pub key: String,
}

/// A reference in a document, e.g. `manager`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The canonical path of the complex attribute, e.g. `urn:…:User:manager`.
    pub path: String,
    /// The id that it names.
    pub value: String,
    /// The names of the types that it may name.
    pub types: Vec<String>,
    /// What to do if there is no such resource. A reference that stood in the document before the change is not unknown.
    pub unknown: Unknown,
}

/// At which version a change applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// At whichever version there is: the change depends on nothing that was read.
    Any,
    /// Only at this one. The comparison is part of the write (T16).
    Is(u64),
}

/// A change of one collection.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// Puts these elements (one that is there already is unchanged, unless its `item` differs) and removes those. An id that is
    /// given twice is one element.
    Delta {
        /// The elements to be there.
        put: Vec<Element>,
        /// The values of the elements to be gone. No value stands in both.
        remove: Vec<String>,
        /// What to do with an unknown id among `put`.
        unknown: Unknown,
    },
    /// Exactly these elements. The store writes the difference.
    Replace {
        /// The elements to be there.
        elements: Vec<Element>,
        /// What to do with an unknown id among them. Elements that were there already are not unknown.
        unknown: Unknown,
    },
}

/// What to do with an id that names nothing (S63).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unknown {
    /// The whole change fails.
    #[default]
    Refuse,
    /// It is stored as sent.
    Keep,
    /// The element is left out and reported in [`Written::left_out`].
    LeaveOut,
}

/// What a change came to.
#[derive(Debug, Clone)]
pub struct Written {
    /// The version now. A change without effect leaves it (S41).
    pub version: u64,
    /// When the resource was created.
    pub created: Timestamp,
    /// When it was last changed.
    pub modified: Timestamp,
    /// Whether anything really changed.
    pub changed: bool,
    /// The unknown ids that were left out.
    pub left_out: Vec<String>,
}

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// An update or delete names no resource of this tenant.
    #[error("there is no such resource")]
    NotFound,
    /// The resource is not at the expected version.
    #[error("the resource is at another version")]
    VersionMismatch,
    /// Another resource has the value.
    #[error("`{path}` is taken")]
    NotUnique {
        /// The canonical path of the value.
        path: String,
    },
    /// A reference or element names nothing, and the change says [`Unknown::Refuse`].
    #[error("`{path}` names the unknown resource `{value}`")]
    UnknownReference {
        /// The canonical path.
        path: String,
        /// The id.
        value: String,
    },
    /// That change of a list of several is why none of them was carried out.
    #[error("change {change} of the list: {reason}")]
    InList {
        /// Its place in the list, from 0.
        change: usize,
        /// Why: what it would be if the change stood alone.
        reason: Box<StoreError>,
    },
    /// The query cannot be bounded.
    #[error("the query would have to look at too many resources")]
    TooMany,
    /// A hook refused the change; this is what the client gets.
    #[error("{0}")]
    Refused(Error),
    /// The storage does not answer, or not in time; nothing was changed.
    #[error("the storage is not available: {0}")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A defect.
    #[error("the storage failed: {0}")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl StoreError {
    /// The error of that change in a list. Of a list of one, it is the reason alone.
    #[must_use]
    pub fn in_list(self, change: usize, list: &[Change]) -> Self {
        if list.len() > 1 { Self::InList { change, reason: Box::new(self) } } else { self }
    }

    /// Which change of the list it was, if the store knows, and why it was refused.
    #[must_use]
    pub fn apart(self) -> (Option<usize>, Self) {
        match self {
            Self::InList { change, reason } => (Some(change), *reason),
            reason => (None, reason),
        }
    }
}

/// The ids that a list of changes creates, each with the name of its type: all of the list may name them, until it deletes them.
#[must_use]
pub fn created_ids(changes: &[Change]) -> BTreeMap<&str, &str> {
    let created = changes.iter().filter_map(|change| match change {
        Change::Create { key, .. } => Some((key.id.as_str(), key.kind.name.as_str())),
        Change::Update { .. } | Change::Delete { .. } => None,
    });
    created.collect()
}

/// Takes a reference out of a document, because what it names is gone: the attribute at that canonical path, and the URN of an
/// extension that holds nothing any more (S05, S63).
pub fn remove_reference(kind: &ResourceType, document: &mut Document, path: &str) {
    let Some(reference) = kind.references.iter().find(|reference| reference.to_string() == path) else { return };
    let Some(urn) = &reference.extension else {
        document.shift_remove(&reference.attribute.name);
        return;
    };
    let Some(Value::Object(extension)) = document.get_mut(&**urn) else { return };
    extension.shift_remove(&reference.attribute.name);
    if extension.is_empty() {
        document.shift_remove(&**urn);
        if let Some(Value::Array(schemas)) = document.get_mut("schemas") {
            schemas.retain(|schema| schema.as_str() != Some(urn));
        }
    }
}

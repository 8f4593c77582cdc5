//! The form of an export: JSON Lines, one resource a line, the elements of its collections in the lines below it, so that neither a
//! group of a million members nor a database of a million users is ever whole in memory.
//!
//! ```json
//! {"begin":{"format":1}}
//! {"tenant":{"name":"acme"}}
//! {"resource":{"type":"Group","id":"…","version":3,"created":1764066000000000,"modified":1764066000000000,"document":{"displayName":"Sales"}}}
//! {"elements":{"path":"members","elements":[{"value":"…"}]}}
//! {"end":{"resources":1,"elements":1}}
//! ```

use scim_server::store::Document;
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};

/// The number of this form. A file of another one is refused.
pub(crate) const FORMAT: u32 = 1;

/// How many resources are read or written at once.
pub(crate) const RESOURCES: usize = 500;

/// How many elements stand in one line.
pub(crate) const ELEMENTS: usize = 1_000;

/// How far a long work has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is counted, e.g. `resources`.
    pub what: &'static str,
    /// How many are done.
    pub done: u64,
    /// How many there are, where that is known.
    pub all: Option<u64>,
}

/// What was exported or imported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transferred {
    /// The resources.
    pub resources: u64,
    /// The elements of their collections.
    pub elements: u64,
}

/// Why an export, import or backup was given up.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The file cannot be read or written.
    #[error("the file cannot be read or written: {0}")]
    File(#[from] std::io::Error),
    /// The database refuses.
    #[error("the database refuses: {0}")]
    Database(#[from] DbErr),
    /// The file is not an export, or not a whole one. Nothing of it was imported.
    #[error("line {line}: {reason}")]
    Content {
        /// The line, from 1.
        line: u64,
        /// What is wrong with it, without what stands in it.
        reason: String,
    },
    /// The tenant has resources already. Nothing was imported.
    #[error("the tenant `{0}` has resources already: an import needs an empty one")]
    NotEmpty(String),
}

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Line {
    Begin(Begin),
    /// The resources below are this tenant's.
    Tenant(Tenant),
    Resource(Box<Resource>),
    /// Elements of the resource above.
    Elements(Elements),
    /// Without this line a file is not whole.
    End(Transferred),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Begin {
    pub(crate) format: u32,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tenant {
    pub(crate) name: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resource {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) version: i64,
    /// Microseconds since 1970.
    pub(crate) created: i64,
    pub(crate) modified: i64,
    /// What is unique by the profile of its writer alone, by canonical path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) unique: Vec<String>,
    pub(crate) document: Document,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Elements {
    pub(crate) path: String,
    pub(crate) elements: Vec<Item>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Item {
    pub(crate) value: String,
    #[serde(default, skip_serializing_if = "Document::is_empty")]
    pub(crate) item: Document,
}

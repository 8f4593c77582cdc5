//! A store for `scim-server` on a SQL database, through sea-orm: SQLite.
//!
//! Resources are documents with an index beside them: one row per indexed value, one row per member. Filters are answered
//! from the index; what it can only bound is decided on the documents, so that the answers are always those of the reference semantics.
//!
//! # Examples
//! ```
//! use std::sync::Arc;
//! use scim_sea_orm::{Options, SqlStores};
//! use scim_server::{Profile, Registry, ScimServer, StaticTokens, TenantId};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let registry = Arc::new(Registry::rfc7643());
//! let stores = SqlStores::connect(&Options::new("sqlite::memory:"), registry.clone()).await?;
//! let tokens = StaticTokens::new().with("s3cret", TenantId::new("acme"), Profile::RFC);
//! let server = ScimServer::new(registry, stores, tokens);
//! # let _ = server; Ok(()) }
//! ```
#![warn(missing_docs)]

mod backup;
mod bare;
mod check;
mod connect;
mod containers;
mod cursor_key;
mod engine;
mod error;
mod expected;
mod explain;
mod export;
mod group;
mod hook;
mod import;
mod index;
mod keys;
mod migration;
mod options;
mod plan;
mod query;
mod read;
mod receipt;
mod reindex;
mod replica;
mod retry;
mod snapshot;
mod statements;
mod step;
mod stores;
mod table;
mod tally;
mod transfer;
mod trigrams;
mod walk;
mod write;

pub use backup::PrivateFile;
pub use check::{Check, Defect, Fault};
pub use explain::{Answer, Explained, Explanation, Search, SearchedBy};
pub use hook::{Event, Hook, Stop};
pub use index::Indexed;
pub use migration::{Migrator, migrate};
pub use options::{ConnectError, Options, Synchronous};
pub use step::Step;
pub use stores::{SqlStore, SqlStores};
pub use transfer::{Progress, TransferError, Transferred};

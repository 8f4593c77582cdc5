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

mod error;
mod explain;
mod hook;
mod index;
mod migration;
mod plan;
mod read;
mod stores;
mod table;
mod write;

pub use explain::Explanation;
pub use hook::{Event, Hook, Stop};
pub use index::Indexed;
pub use migration::Migrator;
pub use stores::{ConnectError, Options, SqlStore, SqlStores, Synchronous};

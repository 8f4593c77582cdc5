//! Hooks: an application's own rows in the framework's transaction.

use scim_server::store::{Document, Edit, Stored};
use scim_server::{Boxed, Caller, Error};
use sea_orm::{DatabaseTransaction, DbErr};

/// Runs in the transaction of every change, after the framework's own rows: it refuses the change or writes beside it.
///
/// A hook does SQL only: it holds the database's write lock, so it waits for nothing else.
pub trait Hook: Send + Sync + 'static {
    /// Looks at one change.
    ///
    /// # Errors
    /// Any [`Stop`] takes back the whole change.
    fn run<'a>(&'a self, transaction: &'a DatabaseTransaction, caller: &'a Caller, event: Event<'a>) -> Boxed<'a, Result<(), Stop>>;
}

/// What happened to a resource. The resources are without their collections.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// A resource is new.
    Created {
        /// It.
        after: &'a Stored,
        /// The hashes of the values of the request that are never returned (`password`), made by the server's
        /// [`HashPassword`](scim_server::HashPassword); the framework keeps none of them.
        secrets: &'a Document,
    },
    /// A resource changed.
    Updated {
        /// As it was.
        before: &'a Stored,
        /// As it is.
        after: &'a Stored,
        /// The hashes of the values of the request that are never returned; null for one that was removed.
        secrets: &'a Document,
        /// The changes of its collections, as they were asked for.
        edits: &'a [(String, Edit)],
    },
    /// A resource is gone.
    Deleted {
        /// As it was.
        before: &'a Stored,
    },
}

/// Why a hook stops a change.
#[derive(Debug)]
pub enum Stop {
    /// The application refuses it; the client gets this error.
    Refuse(Error),
    /// It lost a race on the application's own rows: the change is tried again.
    Again,
    /// The database failed.
    Database(DbErr),
}

impl From<DbErr> for Stop {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

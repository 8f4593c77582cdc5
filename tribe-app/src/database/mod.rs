//! Tribe's own tables, beside those of the SCIM store in the same database.
//!
//! Every key begins with the tenant, so that no statement can reach another one's rows. Times are microseconds since 1970.
//! What is compared (names, e-mail addresses) has a column of its own with the comparison key as bytes: no collation can differ.

pub mod account;
pub mod azure_user;
pub mod conflict;
pub mod drift;
pub mod employee;
pub mod link;
pub mod migration;
pub mod role;
pub mod setting;
pub mod tenant;
pub mod token;

use scim_server::Timestamp;
use scim_server::comparison::fold;
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel, SqlErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use sha2::{Digest, Sha256};

/// The key by which names and addresses are compared, here and in SCIM alike.
pub fn key(text: &str) -> Vec<u8> {
    fold(text.trim()).into_bytes()
}

/// A key of fixed length, for what may be long or must not be known.
pub fn digest(text: impl AsRef<[u8]>) -> Vec<u8> {
    Sha256::digest(text).to_vec()
}

/// Now, as the tables keep it.
pub fn now() -> i64 {
    Timestamp::now().micros()
}

/// A transaction that writes. SQLite takes the lock at once: one taken later fails when another writer came between. On the others
/// each statement sees the present, and the unique keys decide.
///
/// # Errors
/// If the database cannot be reached.
pub async fn begin(database: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let sqlite = database.get_database_backend() == DbBackend::Sqlite;
    let options = TransactionOptions {
        isolation_level: (!sqlite).then_some(IsolationLevel::ReadCommitted),
        access_mode: None,
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
    };
    database.begin_with_options(options).await
}

/// Whether a unique key refused the statement.
pub fn is_taken(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

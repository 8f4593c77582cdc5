//! What a database error means.

use scim_server::store::StoreError;
use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// Why a transaction did not come to its end.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The change is refused.
    Refused(StoreError),
    /// Another one was in the way: try again.
    Again(DbErr),
    /// A unique value is taken.
    NotUnique,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) {
            return Self::NotUnique;
        }
        if is_busy(&error) { Self::Again(error) } else { Self::Refused(unexpected(error)) }
    }
}

/// The store's error for a database error outside of a write.
pub(crate) fn unexpected(error: DbErr) -> StoreError {
    let away = matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_)) || is_busy(&error);
    if away { StoreError::Unavailable(Box::new(error)) } else { StoreError::Internal(Box::new(error)) }
}

/// SQLITE_BUSY and its kin: another connection holds the lock.
fn is_busy(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))
    | DbErr::Conn(RuntimeErr::SqlxError(error))) = error
    else {
        return false;
    };
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| ["5", "6", "261", "262", "517"].contains(&code.as_ref()))
}

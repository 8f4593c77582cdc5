//! What a database error means.

use scim_server::store::{Change, StoreError};
use sea_orm::{DbErr, RuntimeErr, SqlErr, sqlx};

/// Why a transaction did not come to its end.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The change is refused.
    Refused(StoreError),
    /// Another one was in the way, or the connection was lost; nothing was written: try again.
    Again(DbErr),
    /// A unique value is taken.
    NotUnique(DbErr),
}

impl Failure {
    /// The failure of that change in a list.
    pub(crate) fn in_list(self, change: usize, list: &[Change]) -> Self {
        match self {
            Self::Refused(error) => Self::Refused(error.in_list(change, list)),
            again => again,
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) {
            // The message of MariaDB repeats the value, which is for no log (T10).
            return Self::NotUnique(DbErr::Custom("a unique value was taken at every try".into()));
        }
        if is_busy(&error) || is_lost(&error) { Self::Again(error) } else { Self::Refused(unexpected(error)) }
    }
}

/// The store's error for a database error outside of a write.
pub(crate) fn unexpected(error: DbErr) -> StoreError {
    let away = matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_)) || is_busy(&error) || is_lost(&error) || is_late(&error);
    if away { StoreError::Unavailable(Box::new(error)) } else { StoreError::Internal(Box::new(error)) }
}

/// Whether the database took the whole transaction back because of another one.
pub(crate) fn is_busy(error: &DbErr) -> bool {
    let busy: &[&str] = &[
        // SQLITE_BUSY, SQLITE_LOCKED and their kin: another connection holds the lock.
        "5", "6", "261", "262", "517", // Serialisation failures (also the deadlocks of MySQL), deadlocks and locks not had in time.
        "40001", "40P01", "55P03",
    ];
    code(error).is_some_and(|code| busy.contains(&code.as_str()))
        || mysql_number(error).is_some_and(|number| [1213, 1205, 1020].contains(&number))
}

/// Whether the connection is gone: before COMMIT was sent nothing was written.
pub(crate) fn is_lost(error: &DbErr) -> bool {
    // The server ends, or was ended; it fell back to being a copy.
    let ended = code(error).is_some_and(|code| ["57P01", "57P02", "57P03", "25006"].contains(&code.as_str()) || code.starts_with("08"));
    // Server shutdown; connection killed.
    let killed = mysql_number(error).is_some_and(|number| [1053, 1927].contains(&number));
    ended || killed || matches!(sqlx_error(error), Some(sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed))
}

/// Whether the statement was given up after its time.
fn is_late(error: &DbErr) -> bool {
    code(error).as_deref() == Some("57014") || mysql_number(error).is_some_and(|number| [1969, 3024].contains(&number))
}

fn sqlx_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error))
        | DbErr::Conn(RuntimeErr::SqlxError(error)) => Some(error),
        _ => None,
    }
}

/// SQLSTATE, or the result code of SQLite.
fn code(error: &DbErr) -> Option<String> {
    Some(sqlx_error(error)?.as_database_error()?.code()?.into_owned())
}

/// MySQL says `HY000` of much that only its number tells apart.
#[cfg(feature = "mysql")]
fn mysql_number(error: &DbErr) -> Option<u16> {
    let error = sqlx_error(error)?.as_database_error()?;
    error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>().map(sqlx::mysql::MySqlDatabaseError::number)
}

#[cfg(not(feature = "mysql"))]
fn mysql_number(_: &DbErr) -> Option<u16> {
    None
}

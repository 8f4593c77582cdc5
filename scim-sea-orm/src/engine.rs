//! What the databases call differently: transactions, locks, searching in bytes. Where they need another way altogether, the code that
//! goes it asks for the engine.

use sea_orm::sea_query::{Expr, Func, SelectStatement, SimpleExpr, UpdateStatement};
use sea_orm::{
    AccessMode, DatabaseBackend, DatabaseTransaction, DbErr, IsolationLevel, SqliteTransactionMode, Statement, TransactionOptions,
};

use crate::table::resource;

/// A kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
    /// MariaDB and MySQL.
    MySql,
}

/// What others must not do to the rows that a write reads, until its transaction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lock {
    /// Take them away: they are named by what is written.
    Delete,
    /// Change them.
    Change,
    /// Change them, or write what names them.
    Name,
}

impl Engine {
    /// The engine of a URL, if this build has it.
    pub(crate) fn of_url(url: &str) -> Option<Self> {
        let scheme = url.split(':').next().unwrap_or_default();
        match scheme {
            "sqlite" if cfg!(feature = "sqlite") => Some(Self::Sqlite),
            "postgres" | "postgresql" if cfg!(feature = "postgres") => Some(Self::Postgres),
            "mysql" | "mariadb" if cfg!(feature = "mysql") => Some(Self::MySql),
            _ => None,
        }
    }

    pub(crate) fn of(backend: DatabaseBackend) -> Self {
        match backend {
            DatabaseBackend::Sqlite => Self::Sqlite,
            DatabaseBackend::Postgres => Self::Postgres,
            _ => Self::MySql,
        }
    }

    /// A transaction that writes. SQLite takes its one lock at once; the others lock the rows that are written, and see each
    /// statement's present: what they read to decide a write they lock.
    pub(crate) fn writing(self) -> TransactionOptions {
        let isolation_level = (self != Self::Sqlite).then_some(IsolationLevel::ReadCommitted);
        TransactionOptions { isolation_level, access_mode: None, sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate) }
    }

    /// A transaction whose statements all see one moment. On SQLite that is so without being asked for.
    pub(crate) fn reading(self) -> TransactionOptions {
        match self {
            Self::Sqlite => TransactionOptions::default(),
            // The server can be set to another level by default.
            Self::MySql => TransactionOptions { isolation_level: Some(IsolationLevel::RepeatableRead), ..TransactionOptions::default() },
            Self::Postgres => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                sqlite_transaction_mode: None,
            },
        }
    }

    /// Lets a transaction wait for a file between its statements, which PostgreSQL would end.
    pub(crate) async fn let_idle(self, transaction: &DatabaseTransaction) -> Result<(), DbErr> {
        use sea_orm::ConnectionTrait;
        if self == Self::Postgres {
            transaction.execute_unprepared("SET LOCAL idle_in_transaction_session_timeout = 0").await?;
        }
        Ok(())
    }

    /// Whether a column of bytes has these bytes in it.
    pub(crate) fn contains(self, column: Expr, part: &[u8]) -> Expr {
        use sea_orm::sea_query::ExprTrait;
        let part = Expr::val(part.to_vec());
        let position = match self {
            Self::Sqlite | Self::MySql => Expr::from(Func::cust("instr").arg(column).arg(part)),
            Self::Postgres => Expr::cust_with_exprs("position($1 in $2)", [SimpleExpr::from(part), SimpleExpr::from(column)]),
        };
        position.gt(0)
    }

    /// Whether a column of bytes ends in these. (One longer than the value gives a shorter rest, which is not equal.)
    pub(crate) fn ends_with(self, column: Expr, end: &[u8]) -> Expr {
        use sea_orm::sea_query::ExprTrait;
        let length = i64::try_from(end.len()).unwrap_or(i64::MAX);
        let rest = match self {
            Self::Sqlite | Self::MySql => Expr::from(Func::cust("substr").arg(column).arg(Expr::val(-length))),
            Self::Postgres => {
                let start = Expr::from(Func::cust("length").arg(column.clone())).sub(length - 1);
                Expr::from(Func::cust("substr").arg(column).arg(start.cast_as("integer")))
            }
        };
        rest.eq(end.to_vec())
    }

    /// The bytes of a text that the server makes: a column of bytes between two fixed parts.
    pub(crate) fn joined(self, before: &str, column: Expr, after: &str) -> Expr {
        use sea_orm::sea_query::{BinOper, ExprTrait};
        if before.is_empty() && after.is_empty() {
            return column;
        }
        let (before, after) = (Expr::val(before.as_bytes().to_vec()), Expr::val(after.as_bytes().to_vec()));
        let chain = |part: Expr, next: Expr| part.binary(BinOper::Custom("||"), next);
        match self {
            Self::Sqlite => chain(chain(before, column), after).cast_as("blob"),
            Self::Postgres => chain(chain(before, column), after),
            Self::MySql => Expr::from(Func::cust("concat").args([before, column, after])),
        }
    }

    /// The digits of a column of numbers, to be joined.
    pub(crate) fn digits(self, column: Expr) -> Expr {
        use sea_orm::sea_query::ExprTrait;
        match self {
            Self::Sqlite | Self::MySql => column,
            Self::Postgres => Expr::from(Func::cust("convert_to").arg(column.cast_as("text")).arg(Expr::val("UTF8"))),
        }
    }

    /// A sum of whole numbers as one.
    pub(crate) fn whole(self, sum: Expr) -> Expr {
        use sea_orm::sea_query::ExprTrait;
        match self {
            Self::Sqlite => sum,
            Self::Postgres => sum.cast_as("bigint"),
            Self::MySql => sum.cast_as("signed"),
        }
    }

    /// How many keys one block of the tally covers, as a shift. Where rows are locked there are several rows a block.
    pub(crate) fn block_shift(self) -> u32 {
        match self {
            Self::Sqlite => 10,
            Self::Postgres | Self::MySql => 12,
        }
    }

    /// How many rows of the tally the writers of one block share.
    pub(crate) fn tally_slots(self) -> i64 {
        match self {
            Self::Sqlite => 1,
            Self::Postgres | Self::MySql => 16,
        }
    }

    /// How many keys of new resources a server reserves at once. SQLite pays a synchronised commit for it.
    pub(crate) fn reserved_keys(self) -> i64 {
        match self {
            Self::Sqlite => 1024,
            Self::Postgres | Self::MySql => 64,
        }
    }

    /// The statement with a lock on those rows that it finds in the table `r`. SQLite has one lock, and a write holds it already.
    /// MariaDB knows no weaker lock than one against every change, and no other words for it.
    pub(crate) fn locking(self, select: &SelectStatement, lock: Lock) -> Statement {
        let mut statement = self.backend().build(select);
        statement.sql.push_str(match (self, lock) {
            (Self::Sqlite, _) => "",
            (Self::Postgres, Lock::Delete) => " FOR KEY SHARE OF r",
            (Self::Postgres, Lock::Change) => " FOR NO KEY UPDATE OF r",
            (Self::Postgres, Lock::Name) => " FOR UPDATE OF r",
            (Self::MySql, Lock::Delete) => " LOCK IN SHARE MODE",
            (Self::MySql, Lock::Change | Lock::Name) => " FOR UPDATE",
        });
        statement
    }

    /// The statement that changes resources by their keys. With few rows MariaDB would as soon find them by another index, and lock that
    /// index first and the rows then: the other way round than everybody else, which is a deadlock.
    pub(crate) fn by_key(self, update: &UpdateStatement) -> Statement {
        let mut statement = self.backend().build(update);
        if self == Self::MySql {
            let table = format!("UPDATE `{}` ", resource::TABLE);
            statement.sql = statement.sql.replacen(&table, &format!("{table}FORCE INDEX (PRIMARY) "), 1);
        }
        statement
    }

    fn backend(self) -> DatabaseBackend {
        match self {
            Self::Sqlite => DatabaseBackend::Sqlite,
            Self::Postgres => DatabaseBackend::Postgres,
            Self::MySql => DatabaseBackend::MySql,
        }
    }
}

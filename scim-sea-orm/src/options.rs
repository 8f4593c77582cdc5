//! How to open a database.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::DbErr;

use crate::index::Indexed;

/// How to open a database.
#[derive(Clone)]
pub struct Options {
    pub(crate) url: String,
    pub(crate) indexed: Indexed,
    pub(crate) searchable: Vec<String>,
    pub(crate) synchronous: Synchronous,
    pub(crate) early_answers: bool,
    pub(crate) scan_limit: u64,
    pub(crate) connections: u32,
    pub(crate) acquire_timeout: Duration,
    pub(crate) statement_timeout: Duration,
    pub(crate) on_statement: Option<OnStatement>,
    pub(crate) slow: Option<Duration>,
    pub(crate) replica: Option<String>,
}

pub(crate) type OnStatement = Arc<dyn Fn(&str) + Send + Sync>;

/// When SQLite's commit returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Synchronous {
    /// When the change is on the disk (T25).
    #[default]
    Full,
    /// When the operating system has it: a power failure can lose acknowledged changes. For measurements and tests.
    Off,
}

impl Options {
    /// The database at that URL: `sqlite://scim.db?mode=rwc`, `sqlite::memory:`, `postgres://user:password@host/database` or
    /// `mysql://user:password@host/database`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            indexed: Indexed::Default,
            searchable: Vec::new(),
            synchronous: Synchronous::Full,
            early_answers: false,
            scan_limit: 100_000,
            connections: 16,
            acquire_timeout: Duration::from_secs(30),
            statement_timeout: Duration::from_secs(30),
            on_statement: None,
            slow: None,
            replica: None,
        }
    }

    /// Which attributes are indexed. A database keeps the declaration that it was made with.
    #[must_use]
    pub fn indexed(mut self, indexed: Indexed) -> Self {
        self.indexed = indexed;
        self
    }

    /// The canonical paths of text attributes that also have a trigram index, so that filters with `co` and `ew` of three characters
    /// or more do not look at each of their values: on SQLite, and on PostgreSQL with its extension `pg_trgm`. MariaDB and MySQL have
    /// none that fits. What cannot be searched so is answered as without. They need not be [indexed](Self::indexed) beside that, and
    /// belong to the declaration that a database keeps.
    #[must_use]
    pub fn searchable(mut self, paths: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.searchable = paths.into_iter().map(Into::into).collect();
        self
    }

    /// When a commit of SQLite returns.
    #[must_use]
    pub fn synchronous(mut self, synchronous: Synchronous) -> Self {
        self.synchronous = synchronous;
        self
    }

    /// Also opens a database that acknowledges changes before they are on its disk (`synchronous_commit=off` or `fsync=off` of
    /// PostgreSQL, `innodb_flush_log_at_trx_commit` of MariaDB and MySQL): a crash of its machine can lose them (T25).
    #[must_use]
    pub fn early_answers(mut self, accepted: bool) -> Self {
        self.early_answers = accepted;
        self
    }

    /// How many documents a query may look at whose filter the index cannot bound; more of them is `tooMany`. Each piece of a long
    /// collection that it looks into counts as one.
    #[must_use]
    pub fn scan_limit(mut self, documents: u64) -> Self {
        self.scan_limit = documents;
        self
    }

    /// How many connections are open at most.
    #[must_use]
    pub fn connections(mut self, connections: u32) -> Self {
        self.connections = connections;
        self
    }

    /// How long a request waits for a free connection before it is refused with 503.
    #[must_use]
    pub fn acquire_timeout(mut self, timeout: Duration) -> Self {
        self.acquire_timeout = timeout;
        self
    }

    /// How long one statement may take, and wait for a lock, before it is given up. On SQLite it is the wait for the lock alone; on
    /// MariaDB and MySQL that wait is counted in whole seconds, and MySQL bounds only what reads.
    #[must_use]
    pub fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.statement_timeout = timeout;
        self
    }

    /// Tells the text of every statement after it has run, with placeholders for its values. `BEGIN` and `COMMIT` are not told.
    #[must_use]
    pub fn statement_log(mut self, log: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.on_statement = Some(Arc::new(log));
        self
    }

    /// Warns in the log of every statement that takes at least so long: its text, with placeholders for its values, and its duration.
    #[must_use]
    pub fn slow_statements(mut self, from: Duration) -> Self {
        self.slow = Some(from);
        self
    }

    /// A replica of the database, which may lag behind. It answers the queries whose caller accepts that
    /// ([`Query::may_be_stale`](scim_server::store::Query::may_be_stale)), as soon as it has the tables and this index; the primary
    /// answers everything else, and those too while the replica does not.
    #[must_use]
    pub fn replica(mut self, url: impl Into<String>) -> Self {
        self.replica = Some(url.into());
        self
    }

    #[cfg(feature = "sqlite")]
    pub(crate) fn in_memory(&self) -> bool {
        self.url.contains(":memory:") || self.url.contains("mode=memory")
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL can hold a password.
        f.debug_struct("Options")
            .field("engine", &self.url.split(':').next())
            .field("indexed", &self.indexed)
            .field("searchable", &self.searchable)
            .field("synchronous", &self.synchronous)
            .field("scan_limit", &self.scan_limit)
            .field("connections", &self.connections)
            .field("replica", &self.replica.is_some())
            .finish_non_exhaustive()
    }
}

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The URL is not of a database that this build knows.
    #[error(
        "this is not the URL of a database that this build can open: it begins with `sqlite:`, or with `postgres:` or `mysql:` if they \
         were built in, e.g. `sqlite://scim.db?mode=rwc`"
    )]
    Url,
    /// The file cannot be made.
    #[error("the database file cannot be made: {0}")]
    File(#[source] std::io::Error),
    /// The database refuses.
    #[error("the database cannot be opened: {0}")]
    Database(#[from] DbErr),
    /// The index of this database was made for other attributes.
    #[error(
        "the index of this database was made for other attributes or resource types: open it with the declaration it was made with, or \
         make the index anew with `reindex`"
    )]
    OtherIndex,
    /// An attribute is declared as searchable that is not there, or is no text.
    #[error("`{0}` cannot be searchable: no resource type keeps a text under that path (write it as its schema does, e.g. `emails.value`)")]
    NotSearchable(String),
    /// The making of the index was broken off.
    #[error("the index of this database was not made to its end: run `reindex` again")]
    UnfinishedIndex,
    /// Two resources have a value that must be unique now.
    #[error(
        "`{path}` of the resource {id} in the tenant {tenant:?} is another's, too, and must be unique: make the index anew with the \
         declaration of before, change one of the two, and try again"
    )]
    NotUnique {
        /// The name of the tenant.
        tenant: String,
        /// The canonical path.
        path: String,
        /// The id of one of them.
        id: String,
    },
    /// The database acknowledges changes that are not on its disk yet.
    #[error(
        "the database is set to acknowledge changes before they are on its disk (`{setting}` is `{value}`): a crash would lose them. Set \
         it back, or accept the loss with `early_answers`"
    )]
    EarlyAnswers {
        /// The setting of the database.
        setting: String,
        /// What it is set to.
        value: String,
    },
}

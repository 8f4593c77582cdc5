//! Connecting to a database and handing out each tenant's store.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use scim_server::store::{Change, Found, Load, Query, ResourceKey, StoreError, Stored, Written};
use scim_server::{Caller, Registry, Store, Stores};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query as Sql};
use sea_orm::sqlx::Connection as _;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr};
use sea_orm_migration::MigratorTrait;

use crate::error::unexpected;
use crate::hook::Hook;
use crate::index::{Index, Indexed, number};
use crate::migration::Migrator;
use crate::table::{setting, tenant};
use crate::{read, write};

/// How to open a database.
#[derive(Clone)]
pub struct Options {
    url: String,
    indexed: Indexed,
    synchronous: Synchronous,
    scan_limit: u64,
    connections: u32,
    on_statement: Option<OnStatement>,
}

type OnStatement = Arc<dyn Fn(&str) + Send + Sync>;

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
    /// The database at that URL, e.g. `sqlite://scim.db?mode=rwc` or `sqlite::memory:`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            indexed: Indexed::Default,
            synchronous: Synchronous::Full,
            scan_limit: 100_000,
            connections: 4,
            on_statement: None,
        }
    }

    /// Which attributes are indexed. A database keeps the declaration that it was made with.
    #[must_use]
    pub fn indexed(mut self, indexed: Indexed) -> Self {
        self.indexed = indexed;
        self
    }

    /// When a commit returns.
    #[must_use]
    pub fn synchronous(mut self, synchronous: Synchronous) -> Self {
        self.synchronous = synchronous;
        self
    }

    /// How many documents a query may look at whose filter the index cannot bound; more of them is `tooMany`.
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

    /// Tells the text of every statement after it has run, with placeholders for its values. `BEGIN` and `COMMIT` are not told.
    #[must_use]
    pub fn statement_log(mut self, log: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.on_statement = Some(Arc::new(log));
        self
    }

    fn in_memory(&self) -> bool {
        self.url.contains(":memory:") || self.url.contains("mode=memory")
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("url", &self.url)
            .field("indexed", &self.indexed)
            .field("synchronous", &self.synchronous)
            .field("scan_limit", &self.scan_limit)
            .field("connections", &self.connections)
            .finish_non_exhaustive()
    }
}

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The URL is not of a database that this build knows.
    #[error("`{0}` is not the URL of a SQLite database: it begins with `sqlite:`, e.g. `sqlite://scim.db?mode=rwc`")]
    Url(String),
    /// The file cannot be made.
    #[error("the database file cannot be made: {0}")]
    File(#[source] std::io::Error),
    /// The database refuses.
    #[error("the database cannot be opened: {0}")]
    Database(#[from] DbErr),
    /// The index of this database was made for other attributes.
    #[error(
        "the index of this database was made for other attributes or resource types: open it with the declaration it was made with, or start with a new database"
    )]
    OtherIndex,
}

/// The stores of all tenants in one database. Clones share the connections.
#[derive(Clone)]
pub struct SqlStores {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) database: DatabaseConnection,
    pub(crate) registry: Arc<Registry>,
    pub(crate) index: Index,
    pub(crate) hook: Option<Arc<dyn Hook>>,
    pub(crate) scan_limit: u64,
    /// The tenants whose number is known to be theirs.
    known: Mutex<HashSet<i64>>,
}

impl SqlStores {
    /// Opens the database, makes or updates its tables, and checks that its index is the declared one.
    ///
    /// # Errors
    /// Any [`ConnectError`].
    pub async fn connect(options: &Options, registry: impl Into<Arc<Registry>>) -> Result<Self, ConnectError> {
        if !options.url.starts_with("sqlite:") {
            return Err(ConnectError::Url(options.url.clone()));
        }
        make_private_file(options)?;
        let registry = registry.into();
        let synchronous = options.synchronous;
        let mut connect = ConnectOptions::new(&options.url);
        connect
            .max_connections(if options.in_memory() { 1 } else { options.connections })
            .acquire_timeout(Duration::from_secs(30))
            .sqlx_logging(false);
        connect.map_sqlx_sqlite_opts(move |sqlite| {
            use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
            let level = match synchronous {
                Synchronous::Full => SqliteSynchronous::Full,
                Synchronous::Off => SqliteSynchronous::Off,
            };
            sqlite.journal_mode(SqliteJournalMode::Wal).synchronous(level).busy_timeout(Duration::from_secs(5)).foreign_keys(true)
        });
        if options.in_memory() {
            // The database lives as long as its one connection.
            connect.idle_timeout(None::<Duration>).max_lifetime(None::<Duration>);
        } else {
            connect.map_sqlx_sqlite_pool_opts(|pool| {
                // A transaction that could not be rolled back would keep the write lock for ever: it ends with its connection.
                pool.after_release(|connection, _| Box::pin(std::future::ready(Ok(!connection.is_in_transaction()))))
            });
        }
        let mut database = Database::connect(connect).await?;
        if let Some(log) = options.on_statement.clone() {
            database.set_metric_callback(move |info| log(&info.statement.sql));
        }
        Migrator::up(&database, None).await?;
        let index = Index::new(&registry, &options.indexed);
        check_index(&database, &index.fingerprint()).await?;
        let inner = Inner { database, registry, index, hook: None, scan_limit: options.scan_limit, known: Mutex::default() };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Also runs this hook in the transaction of every change.
    ///
    /// # Panics
    /// If the stores are shared already: set them up first.
    #[must_use]
    pub fn with_hook(mut self, hook: impl Hook) -> Self {
        Arc::get_mut(&mut self.inner).expect("stores are set up before they are shared").hook = Some(Arc::new(hook));
        self
    }

    /// The database, for an application's own tables.
    #[must_use]
    pub fn database(&self) -> &DatabaseConnection {
        &self.inner.database
    }

    /// The schemas and resource types.
    #[must_use]
    pub fn registry(&self) -> &Arc<Registry> {
        &self.inner.registry
    }
}

impl fmt::Debug for SqlStores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlStores").finish_non_exhaustive()
    }
}

impl Stores for SqlStores {
    type Store = SqlStore;

    fn of(&self, caller: &Caller) -> SqlStore {
        SqlStore { inner: self.inner.clone(), tenant: number(&format!("tenant {}", caller.tenant.as_str())), caller: caller.clone() }
    }
}

/// One tenant's resources in the database.
#[derive(Clone)]
pub struct SqlStore {
    pub(crate) inner: Arc<Inner>,
    pub(crate) tenant: i64,
    pub(crate) caller: Caller,
}

impl fmt::Debug for SqlStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlStore").field("tenant", &self.caller.tenant).finish_non_exhaustive()
    }
}

impl Store for SqlStore {
    async fn get(&self, key: &ResourceKey, load: &Load) -> Result<Option<Stored>, StoreError> {
        self.check_tenant().await?;
        read::get(self, key, load).await.map_err(unexpected)
    }

    async fn query(&self, query: &Query) -> Result<Found, StoreError> {
        self.check_tenant().await?;
        read::query(self, query).await
    }

    async fn commit(&self, changes: &[Change]) -> Result<Vec<Written>, StoreError> {
        self.check_tenant().await?;
        write::commit(self, changes).await
    }
}

impl SqlStore {
    /// Makes sure, once a process, that this tenant's number is no other's (T02).
    async fn check_tenant(&self) -> Result<(), StoreError> {
        if self.inner.known.lock().unwrap_or_else(PoisonError::into_inner).contains(&self.tenant) {
            return Ok(());
        }
        let name = self.caller.tenant.as_str();
        let database = &self.inner.database;
        let insert = Sql::insert()
            .into_table(tenant::TABLE)
            .columns([tenant::NUMBER, tenant::NAME])
            .values_panic([self.tenant.into(), name.into()])
            .on_conflict(OnConflict::column(tenant::NUMBER).do_nothing().to_owned())
            .to_owned();
        database.execute(&insert).await.map_err(unexpected)?;
        let select = Sql::select().column(tenant::NAME).from(tenant::TABLE).and_where(Expr::col(tenant::NUMBER).eq(self.tenant)).to_owned();
        let row = database.query_one(&select).await.map_err(unexpected)?;
        let holder: Option<String> = row.map(|row| row.try_get("", tenant::NAME)).transpose().map_err(unexpected)?;
        if holder.as_deref() != Some(name) {
            return Err(StoreError::Internal("two tenants have one number: rename the new one".into()));
        }
        self.inner.known.lock().unwrap_or_else(PoisonError::into_inner).insert(self.tenant);
        Ok(())
    }
}

/// The file belongs to the service alone (T26); its journal gets the same rights from SQLite.
fn make_private_file(options: &Options) -> Result<(), ConnectError> {
    let path = options.url.trim_start_matches("sqlite:").trim_start_matches("//").split('?').next().unwrap_or_default();
    let creates = options.url.contains("mode=rwc");
    if options.in_memory() || !creates || path.is_empty() || Path::new(path).exists() {
        return Ok(());
    }
    let mut file = std::fs::OpenOptions::new();
    file.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    file.open(path).map(|_| ()).map_err(ConnectError::File)
}

/// Compares the declaration that the database was made with.
async fn check_index(database: &DatabaseConnection, fingerprint: &str) -> Result<(), ConnectError> {
    let insert = Sql::insert()
        .into_table(setting::TABLE)
        .columns([setting::NAME, setting::VALUE])
        .values_panic(["index".into(), fingerprint.into()])
        .on_conflict(OnConflict::column(setting::NAME).do_nothing().to_owned())
        .to_owned();
    database.execute(&insert).await?;
    let select = Sql::select().column(setting::VALUE).from(setting::TABLE).and_where(Expr::col(setting::NAME).eq("index")).to_owned();
    let row = database.query_one(&select).await?;
    let kept: Option<String> = row.map(|row| row.try_get("", setting::VALUE)).transpose()?;
    if kept.as_deref() == Some(fingerprint) { Ok(()) } else { Err(ConnectError::OtherIndex) }
}

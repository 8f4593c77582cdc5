//! Connecting to a database and handing out each tenant's store.

use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use scim_server::store::{Change, CursorKey, Element, Found, Load, Piece, Query, ResourceKey, StoreError, Stored, Written};
use scim_server::{Boxed, Caller, Registry, Store, Stores, TenantId};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Order, Query as Sql};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};
use tokio::sync::Semaphore;

use crate::connect::{index_declaration, open};
use crate::cursor_key::cursor_key;
use crate::engine::Engine;
use crate::error::unexpected;
use crate::group::Group;
use crate::hook::Hook;
use crate::index::{Index, number};
use crate::keys::Keys;
use crate::options::{ConnectError, Options};
use crate::receipt::Receipts;
use crate::reindex::is_unfinished;
use crate::replica::Replica;
use crate::retry::reading;
use crate::snapshot::{Snapshot, share};
use crate::statements::counted;
use crate::table::tenant;
use crate::{query, read, trigrams, write};

/// The stores of all tenants in one database. Clones share the connections.
#[derive(Clone)]
pub struct SqlStores {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) database: DatabaseConnection,
    pub(crate) engine: Engine,
    pub(crate) registry: Arc<Registry>,
    pub(crate) index: Index,
    /// Whether the database finds the values of searchable attributes by trigrams.
    pub(crate) trigrams: bool,
    pub(crate) hook: Option<Arc<dyn Hook>>,
    pub(crate) scan_limit: u64,
    replica: Option<Replica>,
    /// The tenants whose number is known to be theirs.
    known: Mutex<HashSet<i64>>,
    pub(crate) keys: Keys,
    pub(crate) receipts: Receipts,
    pub(crate) group: Group,
    pub(crate) snapshots: Arc<Semaphore>,
    pub(crate) snapshot_timeout: Duration,
}

impl Inner {
    pub(crate) fn new(database: DatabaseConnection, engine: Engine, registry: Arc<Registry>, index: Index, options: &Options) -> Self {
        Self {
            database,
            engine,
            registry,
            index,
            trigrams: false,
            hook: None,
            scan_limit: options.scan_limit,
            replica: None,
            known: Mutex::default(),
            keys: Keys::default(),
            receipts: Receipts::default(),
            group: Group::default(),
            snapshots: share(options),
            snapshot_timeout: options.acquire_timeout,
        }
    }
}

impl SqlStores {
    /// Opens the database, makes or updates its tables, and checks that its index is the declared one.
    ///
    /// # Errors
    /// Any [`ConnectError`].
    pub async fn connect(options: &Options, registry: impl Into<Arc<Registry>>) -> Result<Self, ConnectError> {
        let registry = registry.into();
        let index = Index::new(&registry, &options.indexed, &options.searchable)?;
        let database = open(options).await?;
        let fingerprint = index.fingerprint();
        if index_declaration(&database, &fingerprint).await?.as_deref() != Some(&fingerprint) {
            let unfinished = is_unfinished(&database).await?;
            return Err(if unfinished { ConnectError::UnfinishedIndex } else { ConnectError::OtherIndex });
        }
        let engine = Engine::of(database.get_database_backend());
        let mut inner = Inner::new(database, engine, registry, index, options);
        inner.trigrams = inner.index.is_searched() && trigrams::make(&inner.database, engine).await;
        if let Some(url) = &options.replica {
            inner.replica = Some(Replica::new(options, url, &inner.registry)?);
        }
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

    /// The store of each tenant that has ever been asked for.
    pub(crate) async fn tenants<C: ConnectionTrait>(&self, connection: &C) -> Result<Vec<SqlStore>, DbErr> {
        let select = Sql::select().column(tenant::NAME).from(tenant::TABLE).order_by(tenant::NUMBER, Order::Asc).to_owned();
        let rows = connection.query_all(&select).await?;
        rows.iter().map(|row| Ok(self.tenant(row.try_get::<String>("", tenant::NAME)?))).collect()
    }

    /// The store of the tenant of that name, for work that no client has asked for.
    pub(crate) fn tenant(&self, name: String) -> SqlStore {
        self.of(&Caller::new(TenantId::new(name), "operation"))
    }

    /// Closes all connections: the last one to a file of SQLite puts its journal into it. Nothing can be asked afterwards.
    ///
    /// # Errors
    /// Fails if the database does.
    pub async fn close(&self) -> Result<(), DbErr> {
        self.inner.database.close_by_ref().await
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
        let tenant = number(&format!("tenant {}", caller.tenant.as_str()));
        SqlStore { inner: self.inner.clone(), tenant, caller: caller.clone(), statements: Arc::default(), snapshot: None }
    }
}

/// One tenant's resources in the database.
#[derive(Clone)]
pub struct SqlStore {
    pub(crate) inner: Arc<Inner>,
    pub(crate) tenant: i64,
    pub(crate) caller: Caller,
    /// How many statements were run for this handle and its clones.
    pub(crate) statements: Arc<AtomicU64>,
    /// The moment that this handle reads, if it is not the present one.
    pub(crate) snapshot: Option<Arc<Snapshot>>,
}

impl fmt::Debug for SqlStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlStore").field("tenant", &self.caller.tenant).finish_non_exhaustive()
    }
}

impl Store for SqlStore {
    async fn get(&self, key: &ResourceKey, load: &Load) -> Result<Option<Stored>, StoreError> {
        self.reading(|| Box::pin(self.try_get(key, load))).await
    }

    async fn query(&self, query: &Query) -> Result<Found, StoreError> {
        self.reading(|| Box::pin(self.try_query(query))).await
    }

    async fn elements(&self, of: &ResourceKey, piece: &Piece) -> Result<Vec<Element>, StoreError> {
        self.reading(|| Box::pin(self.try_elements(of, piece))).await
    }

    async fn snapshot(&self) -> Result<Self, StoreError> {
        let snapshot = self.reading(|| {
            Box::pin(async {
                self.check_tenant().await?;
                Snapshot::take(self).await
            })
        });
        Ok(Self { snapshot: Some(Arc::new(snapshot.await?)), ..self.clone() })
    }

    async fn commit(&self, changes: &[Change]) -> Result<Vec<Written>, StoreError> {
        if self.snapshot.is_some() {
            return Err(StoreError::Internal("a snapshot cannot be written".into()));
        }
        counted(&self.statements, async {
            self.check_tenant().await?;
            write::commit(self, changes).await
        })
        .await
    }

    async fn cursor_key(&self, generation: u32, new: Option<CursorKey>) -> Result<Option<CursorKey>, StoreError> {
        counted(&self.statements, reading(|| Box::pin(self.try_cursor_key(generation, new.as_ref())))).await
    }

    fn statements(&self) -> Option<u64> {
        Some(self.statements.load(Ordering::Relaxed))
    }
}

impl SqlStore {
    /// Reads, again if the connection is lost; that of a snapshot nobody gives back.
    async fn reading<'w, T: Send>(&'w self, attempt: impl Fn() -> Boxed<'w, Result<T, StoreError>> + Send + 'w) -> Result<T, StoreError> {
        match &self.snapshot {
            None => counted(&self.statements, reading(attempt)).await,
            Some(_) => counted(&self.statements, attempt()).await,
        }
    }

    async fn try_get(&self, key: &ResourceKey, load: &Load) -> Result<Option<Stored>, StoreError> {
        self.check_tenant().await?;
        read::get(self, key, load).await.map_err(unexpected)
    }

    async fn try_query(&self, query: &Query) -> Result<Found, StoreError> {
        self.check_tenant().await?;
        if query.may_be_stale
            && self.snapshot.is_none()
            && let Some(replica) = &self.inner.replica
            && let Some(answer) = replica.query(self, query).await
        {
            return answer;
        }
        query::query(self, query).await
    }

    async fn try_elements(&self, of: &ResourceKey, piece: &Piece) -> Result<Vec<Element>, StoreError> {
        self.check_tenant().await?;
        read::elements(self, of, piece).await
    }

    async fn try_cursor_key(&self, generation: u32, new: Option<&CursorKey>) -> Result<Option<CursorKey>, StoreError> {
        self.check_tenant().await?;
        cursor_key(self, generation, new).await
    }

    /// Makes sure, once a process, that this tenant's number is no other's (T02).
    async fn check_tenant(&self) -> Result<(), StoreError> {
        if self.inner.known.lock().unwrap_or_else(PoisonError::into_inner).contains(&self.tenant) {
            return Ok(());
        }
        self.claim(&self.inner.database).await?;
        self.inner.known.lock().unwrap_or_else(PoisonError::into_inner).insert(self.tenant);
        // A server that ended may have left something to do; nobody waits for it.
        let left = write::cleanup::left_behind(self, &self.inner.database).await.map_err(unexpected)?;
        if !left.is_empty() {
            let store = self.clone();
            tokio::spawn(async move { write::cleanup::clean_up(&store, left).await });
        }
        Ok(())
    }

    /// The next request looks again for what is left to do.
    pub(crate) fn forget_check(&self) {
        self.inner.known.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.tenant);
    }

    /// Writes down that this number is this tenant's, unless it is another's.
    pub(crate) async fn claim<C: ConnectionTrait>(&self, database: &C) -> Result<(), StoreError> {
        let name = self.caller.tenant.as_str();
        let insert = Sql::insert()
            .into_table(tenant::TABLE)
            .columns([tenant::NUMBER, tenant::NAME])
            .values_panic([self.tenant.into(), name.into()])
            .on_conflict(OnConflict::column(tenant::NUMBER).do_nothing_on([tenant::NUMBER]).to_owned())
            .to_owned();
        database.execute(&insert).await.map_err(unexpected)?;
        let select = Sql::select().column(tenant::NAME).from(tenant::TABLE).and_where(Expr::col(tenant::NUMBER).eq(self.tenant)).to_owned();
        let row = database.query_one(&select).await.map_err(unexpected)?;
        let holder: Option<String> = row.map(|row| row.try_get("", tenant::NAME)).transpose().map_err(unexpected)?;
        if holder.as_deref() != Some(name) {
            return Err(StoreError::Internal("two tenants have one number: rename the new one".into()));
        }
        Ok(())
    }
}

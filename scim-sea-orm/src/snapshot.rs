//! Reading what is of one moment: in a transaction that begins and ends with the reading, or in one that a snapshot holds.

use std::ops::Deref;
use std::sync::Arc;

use scim_server::store::StoreError;
use sea_orm::sea_query::{Expr, ExprTrait, Query as Sql};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, TransactionTrait};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::unexpected;
use crate::options::Options;
use crate::stores::SqlStore;
use crate::table::tenant;

/// The connection of a snapshot, for as long as somebody reads from it.
pub(crate) struct Snapshot {
    transaction: DatabaseTransaction,
    _share: OwnedSemaphorePermit,
}

/// How many connections snapshots may hold together: they wait for their readers, and everybody else needs the rest (T24).
pub(crate) fn share(options: &Options) -> Arc<Semaphore> {
    Arc::new(Semaphore::new((options.connections as usize / 4).max(1)))
}

impl Snapshot {
    /// Holds the present moment.
    pub(crate) async fn take(store: &SqlStore) -> Result<Self, StoreError> {
        let inner = &store.inner;
        let waited = tokio::time::timeout(inner.snapshot_timeout, inner.snapshots.clone().acquire_owned()).await;
        let share = waited.map_err(|_| StoreError::Unavailable("too many long collections are being read".into()))?;
        let share = share.map_err(|error| StoreError::Internal(Box::new(error)))?;
        let transaction = inner.database.begin_with_options(inner.engine.reading()).await.map_err(unexpected)?;
        // The moment is that of the first statement, not of BEGIN.
        let first = Sql::select().column(tenant::NUMBER).from(tenant::TABLE).and_where(Expr::col(tenant::NUMBER).eq(store.tenant)).take();
        transaction.query_one(&first).await.map_err(unexpected)?;
        Ok(Self { transaction, _share: share })
    }
}

/// The transaction of one reading.
pub(crate) enum Moment {
    /// Begun for it.
    Own(DatabaseTransaction),
    /// That of the store's snapshot.
    Held(Arc<Snapshot>),
}

impl Moment {
    pub(crate) async fn of(store: &SqlStore) -> Result<Self, DbErr> {
        match &store.snapshot {
            Some(snapshot) => Ok(Self::Held(snapshot.clone())),
            None => store.inner.database.begin_with_options(store.inner.engine.reading()).await.map(Self::Own),
        }
    }

    pub(crate) async fn end(self) -> Result<(), DbErr> {
        match self {
            Self::Own(transaction) => transaction.commit().await,
            Self::Held(_) => Ok(()),
        }
    }
}

impl Deref for Moment {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        match self {
            Self::Own(transaction) => transaction,
            Self::Held(snapshot) => &snapshot.transaction,
        }
    }
}

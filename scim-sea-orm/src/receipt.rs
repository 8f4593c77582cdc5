//! Receipts: whether a transaction was committed, when the answer to its COMMIT was lost (T28).
//!
//! A version says nothing for certain: another one may have written, or deleted, the resource since. So each transaction that can lose
//! its answer also writes a mark, which nobody else has, into a row that it has for itself as long as it runs. Whoever finds the mark
//! there knows that all of the transaction is there, whatever it changed. The rows are used again, so that they do not become many.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use scim_server::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query as Sql};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, TransactionTrait};

use crate::retry::random;
use crate::stores::SqlStore;
use crate::table::receipt;

/// After how many microseconds a row that nobody has used is taken away: its server has long ended. If it has not, it makes another.
const FORGOTTEN: i64 = 7 * 24 * 3_600 * 1_000_000;

/// The rows of this server that are free, by tenant.
#[derive(Debug, Default)]
pub(crate) struct Receipts {
    free: Mutex<HashMap<i64, Vec<i64>>>,
}

/// A mark in a row that is nobody else's until it is dropped.
pub(crate) struct Receipt<'s> {
    store: &'s SqlStore,
    slot: i64,
    mark: i64,
}

impl<'s> Receipt<'s> {
    /// A row for the next transaction.
    pub(crate) async fn new(store: &'s SqlStore) -> Result<Self, DbErr> {
        let free = store.inner.receipts.free.lock().unwrap_or_else(PoisonError::into_inner).entry(store.tenant).or_default().pop();
        let receipt = Self { store, slot: free.unwrap_or_else(random), mark: random() };
        if free.is_none() {
            receipt.take_away_forgotten().await?;
        }
        Ok(receipt)
    }

    /// Writes the mark in the transaction, right before its COMMIT.
    pub(crate) async fn write(&self, transaction: &DatabaseTransaction) -> Result<(), DbErr> {
        self.put(transaction, &[receipt::MARK, receipt::USED]).await
    }

    /// Whether the mark stands, and with it the whole transaction.
    pub(crate) async fn stands(&self) -> Result<bool, DbErr> {
        let transaction = self.store.inner.database.begin_with_options(self.store.inner.engine.writing()).await?;
        // The old transaction may still be at its COMMIT: this waits for its end, even if the row is not there before.
        self.put(&transaction, &[receipt::SLOT]).await?;
        let select = Sql::select()
            .column(receipt::MARK)
            .from(receipt::TABLE)
            .and_where(Expr::col(receipt::TENANT).eq(self.store.tenant))
            .and_where(Expr::col(receipt::SLOT).eq(self.slot))
            .take();
        let row = transaction.query_one(&select).await?;
        let mark: Option<i64> = row.map(|row| row.try_get("", receipt::MARK)).transpose()?;
        transaction.rollback().await?;
        Ok(mark == Some(self.mark))
    }

    /// Makes the row, or writes those columns of it. (A new row has another mark when it is only to be locked.)
    async fn put(&self, transaction: &DatabaseTransaction, columns: &[&'static str]) -> Result<(), DbErr> {
        let mark = if columns.contains(&receipt::MARK) { self.mark } else { -1 };
        let insert = Sql::insert()
            .into_table(receipt::TABLE)
            .columns([receipt::TENANT, receipt::SLOT, receipt::MARK, receipt::USED])
            .values_panic([self.store.tenant.into(), self.slot.into(), mark.into(), Timestamp::now().micros().into()])
            .on_conflict(OnConflict::columns([receipt::TENANT, receipt::SLOT]).update_columns(columns.iter().copied()).to_owned())
            .take();
        transaction.execute(&insert).await.map(drop)
    }

    async fn take_away_forgotten(&self) -> Result<(), DbErr> {
        let of_tenant = || Expr::col(receipt::TENANT).eq(self.store.tenant);
        let old = || Expr::col(receipt::USED).lt(Timestamp::now().micros() - FORGOTTEN);
        // Read first: a DELETE would wait for the rows in use that it passes.
        let select = Sql::select().column(receipt::SLOT).from(receipt::TABLE).and_where(of_tenant()).and_where(old()).limit(1_000).take();
        let mut slots = Vec::new();
        for row in self.store.inner.database.query_all(&select).await? {
            slots.push(row.try_get::<i64>("", receipt::SLOT)?);
        }
        if slots.is_empty() {
            return Ok(());
        }
        let of_slots = Expr::col(receipt::SLOT).is_in(slots);
        let delete = Sql::delete().from_table(receipt::TABLE).and_where(of_tenant()).and_where(of_slots).and_where(old()).take();
        self.store.inner.database.execute(&delete).await.map(drop)
    }
}

impl Drop for Receipt<'_> {
    fn drop(&mut self) {
        let mut free = self.store.inner.receipts.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.entry(self.store.tenant).or_default().push(self.slot);
    }
}

//! Writing: a list of changes in one transaction with the hooks, or none of them.
//!
//! The resource's row is read and locked first: that is existence check and `If-Match` in one, and rows are always locked in this
//! order. What has no effect writes nothing, so there is nothing to take back and the version stays.

pub(crate) mod cleanup;
mod create;
mod delete;
mod links;
mod update;
mod values;

use std::collections::BTreeMap;

use scim_server::Timestamp;
use scim_server::store::{Change, Document, Expected, ResourceKey, StoreError, Stored, Written, created_ids};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, TransactionTrait};

use crate::engine::{Engine, Lock};
use crate::error::{Failure, is_busy};
use crate::hook::{Event, Stop};
use crate::keys::take_keys;
use crate::read::{Row, read_row, select};
use crate::receipt::Receipt;
use crate::retry::Tries;
use crate::stores::SqlStore;
use crate::table::{bytes, resource};
use crate::tally::Tally;
use cleanup::{Gone, clean_up};
pub(crate) use create::{Misfit, New};
pub(crate) use links::compared;

/// What a transaction came to.
#[derive(Debug)]
pub(crate) struct Committed {
    pub(crate) written: Vec<Written>,
    /// The deleted resources of which some links are left.
    pub(crate) left: Vec<Gone>,
}

/// Carries out the changes, as often as others are in the way. SQLite has one writer at a time, so there those who wait share a
/// transaction.
pub(crate) async fn commit(store: &SqlStore, changes: &[Change]) -> Result<Vec<Written>, StoreError> {
    let mut tries = Tries::default();
    loop {
        let outcome = match store.inner.engine {
            Engine::Sqlite => store.inner.group.attempt(store, changes).await,
            Engine::Postgres | Engine::MySql => attempt(store, changes).await,
        };
        match outcome {
            Ok(Committed { written, left }) => {
                clean_up(store, left).await;
                return Ok(written);
            }
            Err(Failure::Refused(error)) => return Err(error),
            Err(Failure::NotUnique(error)) => match values::who_is_taken(store, changes).await? {
                Some((place, path)) => return Err(StoreError::NotUnique { path }.in_list(place, changes)),
                // Its holder has let go of it meanwhile.
                None => tries.again(error).await?,
            },
            Err(Failure::Again(error)) => tries.again(error).await?,
        }
    }
}

/// Carries out the changes in a transaction of their own.
async fn attempt(store: &SqlStore, changes: &[Change]) -> Result<Committed, Failure> {
    let keys = take_keys(store, changes).await?;
    let receipt = Receipt::new(store).await?;
    let transaction = store.inner.database.begin_with_options(store.inner.engine.writing()).await?;
    let committed = match apply_all(store, &transaction, changes, &keys, &receipt).await {
        Ok(committed) => committed,
        Err(failure) => {
            roll_back(transaction).await;
            return Err(failure);
        }
    };
    match transaction.commit().await {
        Ok(()) => Ok(committed),
        Err(error) if is_busy(&error) => Err(error.into()),
        Err(error) => was_committed(&receipt, error).await.map(|()| committed),
    }
}

async fn apply_all(
    store: &SqlStore,
    transaction: &DatabaseTransaction,
    changes: &[Change],
    keys: &[i64],
    receipt: &Receipt<'_>,
) -> Result<Committed, Failure> {
    let mut work = Work::new(store, transaction);
    let written = work.apply(changes, keys).await?;
    if written.iter().any(|written| written.changed) {
        receipt.write(transaction).await?;
    }
    work.tally.write(store.inner.engine, transaction).await?;
    Ok(Committed { written, left: work.left })
}

/// The failure is the answer; a transaction that cannot even be taken back ends with its connection.
pub(crate) async fn roll_back(transaction: DatabaseTransaction) {
    if let Err(error) = transaction.rollback().await {
        tracing::warn!(%error, "a failed write could not be rolled back");
    }
}

/// Finds out what became of a transaction whose COMMIT failed with this error (T28).
async fn was_committed(receipt: &Receipt<'_>, error: DbErr) -> Result<(), Failure> {
    let mut tries = Tries::default();
    loop {
        match receipt.stands().await.map_err(Failure::from) {
            Ok(true) => return Ok(()),
            Ok(false) => return Err(Failure::Again(error)),
            Err(Failure::Again(lost) | Failure::NotUnique(lost)) => tries.again(lost).await?,
            Err(failure) => return Err(failure),
        }
    }
}

/// One list of changes of one tenant in a transaction.
pub(crate) struct Work<'a> {
    store: &'a SqlStore,
    transaction: &'a DatabaseTransaction,
    /// What the list creates, with the names of the types: it may be named before it is there.
    created: BTreeMap<String, String>,
    /// What is to be written to the tally in the end.
    pub(crate) tally: Tally,
    /// The deleted resources of which some links are left.
    pub(crate) left: Vec<Gone>,
}

impl<'a> Work<'a> {
    pub(crate) fn new(store: &'a SqlStore, transaction: &'a DatabaseTransaction) -> Self {
        Self { store, transaction, created: BTreeMap::new(), tally: Tally::default(), left: Vec::new() }
    }

    /// Carries out the changes in order; creations that follow each other together.
    pub(crate) async fn apply(&mut self, changes: &[Change], keys: &[i64]) -> Result<Vec<Written>, Failure> {
        let mut keys = keys.iter().copied();
        self.created = created_ids(changes).into_iter().map(|(id, kind)| (id.to_owned(), kind.to_owned())).collect();
        let mut written = Vec::with_capacity(changes.len());
        let mut new = Vec::new();
        for change in changes {
            if let Change::Create { key, new: content } = change {
                let number = keys.next().ok_or_else(|| DbErr::Custom("a creation has no key".into()))?;
                new.push(New { key, content, number });
                continue;
            }
            self.create_next(&mut new, &mut written, changes).await?;
            let outcome = match change {
                Change::Update { key, expected, new, edits } => self.update(key, *expected, new.as_ref(), edits).await,
                Change::Delete { key, expected } => {
                    self.created.remove(&key.id);
                    self.delete(key, *expected).await
                }
                Change::Create { .. } => continue,
            };
            let place = written.len();
            written.push(outcome.map_err(|failure| failure.in_list(place, changes))?);
        }
        self.create_next(&mut new, &mut written, changes).await?;
        Ok(written)
    }

    /// Creates those that are next in the list.
    async fn create_next(&mut self, new: &mut Vec<New<'_>>, written: &mut Vec<Written>, list: &[Change]) -> Result<(), Failure> {
        let place = written.len();
        let created = self.create(&std::mem::take(new)).await;
        written.extend(created.map_err(|Misfit { among, failure }| failure.in_list(place + among, list))?);
        Ok(())
    }

    /// Reads the resource and keeps it as it is, if it is there and at the expected version.
    async fn lock(&self, key: &ResourceKey, expected: Expected, lock: Lock) -> Result<Row, Failure> {
        let select = select(self.store, &key.kind).and_where(Expr::col(("r", resource::ID)).eq(bytes(&key.id))).take();
        let found = self.transaction.query_one_raw(self.store.inner.engine.locking(&select, lock)).await?;
        let row = found.map(|row| read_row(&row, &key.kind)).transpose()?.ok_or(StoreError::NotFound)?;
        match expected {
            Expected::Is(version) if version != row.stored.version => Err(StoreError::VersionMismatch.into()),
            Expected::Is(_) | Expected::Any => Ok(row),
        }
    }

    async fn hook(&self, event: Event<'_>) -> Result<(), Failure> {
        let Some(hook) = &self.store.inner.hook else { return Ok(()) };
        hook.run(self.transaction, &self.store.caller, event).await.map_err(|stop| match stop {
            Stop::Refuse(error) => Failure::Refused(StoreError::Refused(error)),
            Stop::Again => Failure::Again(DbErr::Custom("a hook lost a race".into())),
            Stop::Database(error) => hook_failure(error),
        })
    }
}

/// A unique violation of the application's own rows is a lost race: what it looked up has changed since.
fn hook_failure(error: DbErr) -> Failure {
    match Failure::from(error) {
        Failure::NotUnique(error) => Failure::Again(error),
        failure => failure,
    }
}

fn stored(key: &ResourceKey, version: u64, created: Timestamp, modified: Timestamp, document: &Document) -> Stored {
    let (collections, long, referents) = Default::default();
    Stored { key: key.clone(), version, created, modified, document: document.clone(), collections, long, referents }
}

pub(crate) fn text(document: &Document) -> Result<String, DbErr> {
    serde_json::to_string(document).map_err(|error| DbErr::Json(error.to_string()))
}

pub(crate) fn display(document: &Document) -> Option<Vec<u8>> {
    document.get("displayName").and_then(|name| name.as_str()).map(bytes)
}

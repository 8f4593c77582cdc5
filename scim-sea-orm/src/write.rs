//! Writing: a list of changes in one transaction with the hooks, or none of them.
//!
//! The resource's row is written first, with the expected version in the statement: that is lock, existence check and `If-Match`
//! in one, and rows are always locked in this order. Whatever turns out to have no effect is rolled back.

mod delete;
mod links;
mod values;

use std::time::Duration;

use scim_server::store::{Change, Content, Document, Edit, Expected, ResourceKey, StoreError, Stored, Written};
use scim_server::validate::possible_unique_keys;
use scim_server::{ResourceType, Timestamp};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, Func, Query as Sql, UpdateStatement};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions, TransactionTrait};

use crate::error::{Failure, unexpected};
use crate::hook::{Event, Stop};
use crate::index::type_number;
use crate::read::{Row, fetch, read_row, references, select};
use crate::stores::SqlStore;
use crate::table::resource;
use links::Links;

/// How often a transaction is tried that others were in the way of.
const TRIES: u32 = 10;

/// Carries out the changes.
pub(crate) async fn commit(store: &SqlStore, changes: &[Change]) -> Result<Vec<Written>, StoreError> {
    for attempt in 0..TRIES {
        match attempt_all(store, changes).await {
            Ok(written) => return as_it_was(store, changes, written).await.map_err(unexpected),
            Err(Failure::Refused(error)) => return Err(error),
            Err(Failure::NotUnique) => return Err(values::who_is_taken(store, changes).await),
            Err(Failure::Again(error)) if attempt + 1 == TRIES => return Err(StoreError::Unavailable(Box::new(error))),
            Err(Failure::Again(_)) => tokio::time::sleep(pause(attempt)).await,
        }
    }
    Err(StoreError::Unavailable("the database was busy at every try".into()))
}

/// What had no effect was rolled back, so its version and time are read once more.
async fn as_it_was(store: &SqlStore, changes: &[Change], mut written: Vec<Written>) -> Result<Vec<Written>, DbErr> {
    for (change, written) in changes.iter().zip(&mut written).filter(|(_, written)| !written.changed) {
        let (Change::Create { key, .. } | Change::Update { key, .. } | Change::Delete { key, .. }) = change;
        let select = select(store, &key.kind).and_where(Expr::col(("r", resource::ID)).eq(&key.id)).take();
        if let Some(Row { stored, .. }) = fetch(&store.inner.database, &key.kind, &select).await?.pop() {
            (written.version, written.modified) = (stored.version, stored.modified);
        }
    }
    Ok(written)
}

/// Longer each time, and never the same for two that met.
fn pause(attempt: u32) -> Duration {
    let jitter = Timestamp::now().micros().unsigned_abs() % 7 + 1;
    Duration::from_millis(Ord::min(jitter << Ord::min(attempt, 6), 500))
}

async fn attempt_all(store: &SqlStore, changes: &[Change]) -> Result<Vec<Written>, Failure> {
    let options = TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..TransactionOptions::default() };
    let transaction = store.inner.database.begin_with_options(options).await?;
    match apply_all(store, &transaction, changes).await {
        Ok(outcome) if outcome.iter().any(|written| written.changed) => {
            transaction.commit().await?;
            Ok(outcome)
        }
        Ok(outcome) => {
            transaction.rollback().await?;
            Ok(outcome)
        }
        Err(failure) => {
            // The failure is the answer; a transaction that cannot even be taken back ends with its connection.
            if let Err(error) = transaction.rollback().await {
                tracing::warn!(%error, "a failed write could not be rolled back");
            }
            Err(failure)
        }
    }
}

async fn apply_all(store: &SqlStore, transaction: &DatabaseTransaction, changes: &[Change]) -> Result<Vec<Written>, Failure> {
    if let [change] = changes {
        return Ok(vec![Work { store, transaction }.apply(change).await?]);
    }
    // Of several changes each has its savepoint, so that one without effect leaves no trace.
    let mut outcome = Vec::with_capacity(changes.len());
    for change in changes {
        let own = transaction.begin().await?;
        let written = Work { store, transaction: &own }.apply(change).await?;
        if written.changed {
            own.commit().await?
        } else {
            own.rollback().await?
        }
        outcome.push(written);
    }
    Ok(outcome)
}

/// One transaction of one tenant.
struct Work<'a> {
    store: &'a SqlStore,
    transaction: &'a DatabaseTransaction,
}

impl Work<'_> {
    async fn apply(&self, change: &Change) -> Result<Written, Failure> {
        match change {
            Change::Create { key, new } => self.create(key, new).await,
            Change::Update { key, expected, new, edits } => self.update(key, *expected, new.as_ref(), edits).await,
            Change::Delete { key, expected } => self.delete(key, *expected).await,
        }
    }

    async fn create(&self, key: &ResourceKey, new: &Content) -> Result<Written, Failure> {
        let tenant = self.store.tenant;
        self.check_references(new, &[]).await?;
        let now = Timestamp::now();
        let of_type = |column: &'static str| Expr::col(column);
        let next = Sql::select()
            .expr(Expr::val(tenant))
            .expr(Expr::val(type_number(&key.kind.name)))
            .expr(Expr::from(Func::coalesce([Expr::col(resource::KEY).max(), Expr::val(0)])).add(1))
            .expr(Expr::val(key.id.clone()))
            .expr(Expr::val(1))
            .expr(Expr::val(now.micros()))
            .expr(Expr::val(now.micros()))
            .expr(Expr::val(display(&new.document)))
            .expr(Expr::val(text(&new.document)?))
            .from(resource::TABLE)
            .and_where(of_type(resource::TENANT).eq(tenant))
            .and_where(of_type(resource::TYPE).eq(type_number(&key.kind.name)))
            .take();
        let mut insert = Sql::insert();
        insert
            .into_table(resource::TABLE)
            .columns([
                resource::TENANT,
                resource::TYPE,
                resource::KEY,
                resource::ID,
                resource::VERSION,
                resource::CREATED,
                resource::MODIFIED,
                resource::DISPLAY,
                resource::DOCUMENT,
            ])
            .select_from(next)
            .map_err(|error| DbErr::Custom(error.to_string()))?
            .returning_col(resource::KEY);
        let row = self.transaction.query_one(&insert).await?.ok_or_else(|| DbErr::RecordNotInserted)?;
        let number: i64 = row.try_get("", resource::KEY)?;
        self.insert_values(number, &self.rows(&key.kind, &new.document, &new.unique)).await?;
        let mut links = Links::new(self, &key.kind, number);
        let mut left_out = Vec::new();
        for (path, elements) in &new.collections {
            left_out.extend(links.put(path, elements, new.unknown_elements).await?.left_out);
        }
        links.set_references(&[], &references(&key.kind, &new.document)).await?;
        let after = stored(key, 1, now, now, &new.document);
        self.hook(Event::Created { after: &after, secrets: &new.secrets }).await?;
        Ok(Written { version: 1, created: now, modified: now, changed: true, left_out })
    }

    async fn update(
        &self,
        key: &ResourceKey,
        expected: Expected,
        new: Option<&Content>,
        edits: &[(String, Edit)],
    ) -> Result<Written, Failure> {
        let Row { number, stored: bumped } = self.bump(key, expected).await?;
        let mut changed = false;
        if let Some(new) = new {
            self.check_references(new, &references(&key.kind, &bumped.document)).await?;
            let document_changes = new.document != bumped.document;
            if document_changes {
                changed = true;
                self.set_document(number, &key.kind, &new.document).await?;
                let mut links = Links::new(self, &key.kind, number);
                links.set_references(&references(&key.kind, &bumped.document), &references(&key.kind, &new.document)).await?;
            }
            // The profile may make other values unique than when the document was written.
            let kept = self.rows(&key.kind, &bumped.document, &possible_unique_keys(&key.kind, &bumped.document));
            let wanted = self.rows(&key.kind, &new.document, &new.unique);
            self.change_values(number, &kept, &wanted).await?;
        }
        let mut left_out = Vec::new();
        let mut links = Links::new(self, &key.kind, number);
        for (path, edit) in edits {
            let effect = links.edit(path, edit).await?;
            changed |= effect.changed;
            left_out.extend(effect.left_out);
        }
        let secrets = new.map(|new| new.secrets.clone()).unwrap_or_default();
        // A new password is a change, although no document shows it.
        changed |= !secrets.is_empty();
        if changed {
            let before = Stored { version: bumped.version - 1, ..bumped.clone() };
            let document = new.map_or(&bumped.document, |new| &new.document);
            let after = stored(key, bumped.version, bumped.created, bumped.modified, document);
            self.hook(Event::Updated { before: &before, after: &after, secrets: &secrets, edits }).await?;
        }
        Ok(Written { version: bumped.version, created: bumped.created, modified: bumped.modified, changed, left_out })
    }

    /// Moves the version, if the resource is there and at the expected one. The document that comes back is the one from before.
    async fn bump(&self, key: &ResourceKey, expected: Expected) -> Result<Row, Failure> {
        let mut update = self.touch();
        update
            .and_where(Expr::col(resource::ID).eq(&key.id))
            .and_where(Expr::col(resource::TYPE).eq(type_number(&key.kind.name)))
            .returning(Sql::returning().columns([
                resource::KEY,
                resource::ID,
                resource::VERSION,
                resource::CREATED,
                resource::MODIFIED,
                resource::DOCUMENT,
            ]));
        if let Expected::Is(version) = expected {
            update.and_where(Expr::col(resource::VERSION).eq(i64::try_from(version).unwrap_or(i64::MAX)));
        }
        match self.transaction.query_one(&update).await? {
            Some(row) => Ok(read_row(&row, &key.kind)?),
            None => Err(self.missing(key).await?.into()),
        }
    }

    /// Moves version and time of this tenant's resources that a further condition names.
    fn touch(&self) -> UpdateStatement {
        let now = Timestamp::now().micros();
        // T33: the time never goes back.
        let modified = CaseStatement::new().case(Expr::col(resource::MODIFIED).lt(now), now).finally(Expr::col(resource::MODIFIED));
        Sql::update()
            .table(resource::TABLE)
            .value(resource::VERSION, Expr::col(resource::VERSION).add(1))
            .value(resource::MODIFIED, modified)
            .and_where(Expr::col(resource::TENANT).eq(self.store.tenant))
            .take()
    }

    /// Why no row was written: there is none, or it is at another version.
    async fn missing(&self, key: &ResourceKey) -> Result<StoreError, Failure> {
        let select = select(self.store, &key.kind).and_where(Expr::col(("r", resource::ID)).eq(&key.id)).take();
        let there = !fetch(self.transaction, &key.kind, &select).await?.is_empty();
        Ok(if there { StoreError::VersionMismatch } else { StoreError::NotFound })
    }

    async fn set_document(&self, number: i64, kind: &ResourceType, document: &Document) -> Result<(), Failure> {
        let update = Sql::update()
            .table(resource::TABLE)
            .value(resource::DOCUMENT, text(document)?)
            .value(resource::DISPLAY, display(document))
            .and_where(Expr::col(resource::TENANT).eq(self.store.tenant))
            .and_where(Expr::col(resource::TYPE).eq(type_number(&kind.name)))
            .and_where(Expr::col(resource::KEY).eq(number))
            .take();
        self.transaction.execute(&update).await?;
        Ok(())
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
        Failure::NotUnique => Failure::Again(DbErr::Custom("a hook's own rows collided".into())),
        failure => failure,
    }
}

fn stored(key: &ResourceKey, version: u64, created: Timestamp, modified: Timestamp, document: &Document) -> Stored {
    let (collections, referents) = Default::default();
    Stored { key: key.clone(), version, created, modified, document: document.clone(), collections, referents }
}

fn text(document: &Document) -> Result<String, DbErr> {
    serde_json::to_string(document).map_err(|error| DbErr::Json(error.to_string()))
}

fn display(document: &Document) -> Option<String> {
    document.get("displayName").and_then(|name| name.as_str()).map(ToOwned::to_owned)
}

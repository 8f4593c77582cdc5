//! What SQLite does, counted by SQLite itself on the one connection of a database.
//!
//! *Statements* are those that the store runs (`BEGIN` and `COMMIT` not counted). *Rows written* is `total_changes()`. *Steps* are the
//! instructions of SQLite's virtual machine: it spends some on every row that it reads, so equal steps mean equal rows read.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use scim_sea_orm::{Options, SqlStores};
use scim_server::Registry;
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};

use crate::world::open;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Work {
    pub(crate) statements: u64,
    pub(crate) rows_written: i64,
    pub(crate) steps: u64,
}

/// Stores on one connection that is watched, and that fails on demand.
pub(crate) struct Metered {
    pub(crate) stores: SqlStores,
    statements: Arc<AtomicU64>,
    steps: Arc<AtomicU64>,
    /// How many statements may still succeed before one fails; below zero: all.
    left: Arc<AtomicI64>,
    /// Likewise for steps.
    steps_left: Arc<AtomicI64>,
}

impl Metered {
    pub(crate) async fn open(options: Options, registry: &Arc<Registry>) -> Self {
        let (statements, steps) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let (left, steps_left) = (Arc::new(AtomicI64::new(-1)), Arc::new(AtomicI64::new(-1)));
        let (count, countdown) = (statements.clone(), left.clone());
        let options = options.connections(1).statement_log(move |_| {
            count.fetch_add(1, Ordering::SeqCst);
            if countdown.load(Ordering::SeqCst) > 0 {
                countdown.fetch_sub(1, Ordering::SeqCst);
            }
        });
        let stores = open(&options, registry).await;
        let metered = Self { stores, statements, steps, left, steps_left };
        metered.watch().await;
        metered
    }

    /// Watches the connection that is open now: one that is in doubt after a failure is replaced.
    pub(crate) async fn watch(&self) {
        let mut connection = self.stores.database().get_sqlite_connection_pool().acquire().await.expect("the connection is free");
        let mut handle = connection.lock_handle().await.expect("the connection is open");
        let (count, armed, steps_armed) = (self.steps.clone(), self.left.clone(), self.steps_left.clone());
        handle.set_progress_handler(1, move || {
            count.fetch_add(1, Ordering::SeqCst);
            // At zero, one statement is broken off; then all is well again.
            let by_step = steps_armed.load(Ordering::SeqCst) >= 0 && steps_armed.fetch_sub(1, Ordering::SeqCst) == 0;
            let by_statement = armed.compare_exchange(0, -1, Ordering::SeqCst, Ordering::SeqCst).is_ok();
            !by_step && !by_statement
        });
    }

    /// How many statements have been run so far.
    pub(crate) fn statements(&self) -> u64 {
        self.statements.load(Ordering::SeqCst)
    }

    /// Lets so many statements succeed and the next one fail.
    pub(crate) fn fail_after(&self, statements: usize) {
        self.left.store(i64::try_from(statements).expect("a few"), Ordering::SeqCst);
    }

    /// Lets so many steps be taken and then breaks off the statement at hand, wherever in it that is.
    pub(crate) fn fail_after_steps(&self, steps: usize) {
        self.steps_left.store(i64::try_from(steps).expect("some thousands"), Ordering::SeqCst);
    }

    /// Whether the statement that was to fail was reached. Afterwards all succeed.
    pub(crate) fn has_failed(&self) -> bool {
        // Both counters are read and stopped.
        let (left, steps_left) = (self.left.swap(-1, Ordering::SeqCst), self.steps_left.swap(-1, Ordering::SeqCst));
        left < 0 && steps_left < 0
    }

    pub(crate) async fn measure<T>(&self, work: impl Future<Output = T>) -> (T, Work) {
        let written = self.number("SELECT total_changes() AS n").await;
        let (statements, steps) = (self.statements.load(Ordering::SeqCst), self.steps.load(Ordering::SeqCst));
        let outcome = work.await;
        let statements = self.statements.load(Ordering::SeqCst) - statements;
        let steps = self.steps.load(Ordering::SeqCst) - steps;
        let rows_written = self.number("SELECT total_changes() AS n").await - written;
        (outcome, Work { statements, rows_written, steps })
    }

    pub(crate) async fn number(&self, statement: &str) -> i64 {
        let row = self.stores.database().query_one_raw(Statement::from_string(DatabaseBackend::Sqlite, statement)).await;
        row.expect("the database answers").expect("there is a row").try_get("", "n").expect("it is a number")
    }
}

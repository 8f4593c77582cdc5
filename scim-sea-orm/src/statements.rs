//! What is seen of every statement: its text, how long it took, and for which exchange it ran. Never its values.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use scim_server::Boxed;
use sea_orm::DatabaseConnection;

use crate::options::Options;

tokio::task_local! {
    /// The statements that this task has run for one store.
    static RUN: Arc<AtomicU64>;
}

/// Does this work and counts the statements that it runs. It is boxed: else the compiler would see all of a store in every future
/// that asks it, and at some depth refuse to.
pub(crate) async fn counted<'w, T>(count: &Arc<AtomicU64>, work: impl Future<Output = T> + Send + 'w) -> T {
    let work: Boxed<'w, T> = Box::pin(work);
    RUN.scope(count.clone(), work).await
}

/// Has every statement counted, and told as the options say.
pub(crate) fn watch(database: &mut DatabaseConnection, options: &Options) {
    let (log, slow) = (options.on_statement.clone(), options.slow);
    database.set_metric_callback(move |info| {
        // A statement of nobody's exchange, such as a migration's, is not counted.
        let _ = RUN.try_with(|count| count.fetch_add(1, Ordering::Relaxed));
        if slow.is_some_and(|slow| info.elapsed >= slow) {
            let millis = u64::try_from(info.elapsed.as_millis()).unwrap_or(u64::MAX);
            tracing::warn!(statement = %info.statement.sql, millis, failed = info.failed, "slow statement");
        }
        if let Some(log) = &log {
            log(&info.statement.sql);
        }
    });
}

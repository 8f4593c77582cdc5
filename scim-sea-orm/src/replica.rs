//! A replica of the database: it answers the queries whose caller accepts an answer that lags behind.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use scim_server::Registry;
use scim_server::store::{Found, Query, StoreError};
use tokio::sync::OnceCell;

use crate::connect::{declared_index, open_replica};
use crate::engine::Engine;
use crate::index::Index;
use crate::options::{ConnectError, Options};
use crate::query;
use crate::stores::{Inner, SqlStore};
use crate::trigrams;

/// How long the primary answers alone after the replica failed.
const PAUSE: Duration = Duration::from_secs(10);

/// The replica, and whether it can be asked.
pub(crate) struct Replica {
    options: Options,
    url: String,
    registry: Arc<Registry>,
    /// Opened for the first query: a replica that is away keeps no server from starting.
    inner: OnceCell<Arc<Inner>>,
    /// Whether its tables and its index have been found to be those of the primary.
    complete: AtomicBool,
    asked_again_at: Mutex<Option<Instant>>,
}

impl Replica {
    pub(crate) fn new(options: &Options, url: &str, registry: &Arc<Registry>) -> Result<Self, ConnectError> {
        Engine::of_url(url).ok_or(ConnectError::Url)?;
        let (options, url, registry) = (options.clone(), url.to_owned(), registry.clone());
        let (inner, complete, asked_again_at) = Default::default();
        Ok(Self { options, url, registry, inner, complete, asked_again_at })
    }

    /// The replica's answer. Nothing if it has none: then the primary is asked.
    pub(crate) async fn query(&self, store: &SqlStore, query: &Query) -> Option<Result<Found, StoreError>> {
        if self.is_away() {
            return None;
        }
        let inner = match self.opened().await {
            Ok(Some(inner)) => inner,
            Ok(None) => return None,
            Err(error) => {
                self.went_away(&error);
                return None;
            }
        };
        match query::query(&SqlStore { inner: inner.clone(), ..store.clone() }, query).await {
            Err(error @ (StoreError::Unavailable(_) | StoreError::Internal(_))) => {
                self.went_away(&error);
                None
            }
            answer => Some(answer),
        }
    }

    /// The replica, if it has the tables and the declared index.
    async fn opened(&self) -> Result<Option<&Arc<Inner>>, ConnectError> {
        let open = async || -> Result<Arc<Inner>, ConnectError> {
            let database = open_replica(&self.options, &self.url).await?;
            let engine = Engine::of(database.get_database_backend());
            let index = Index::new(&self.registry, &self.options.indexed, &self.options.searchable)?;
            let mut inner = Inner::new(database, engine, self.registry.clone(), index, &self.options);
            inner.trigrams = inner.index.is_searched() && trigrams::are_there(&inner.database, engine).await?;
            Ok(Arc::new(inner))
        };
        let inner = self.inner.get_or_try_init(open).await?;
        if !self.complete.load(Ordering::Relaxed) {
            let declared = declared_index(&inner.database).await?;
            self.complete.store(declared == Some(inner.index.fingerprint()), Ordering::Relaxed);
        }
        Ok(self.complete.load(Ordering::Relaxed).then_some(inner))
    }

    fn is_away(&self) -> bool {
        self.asked_again_at.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|until| Instant::now() < until)
    }

    fn went_away(&self, error: &dyn std::error::Error) {
        tracing::warn!(%error, "the replica does not answer: the primary does");
        *self.asked_again_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + PAUSE);
    }
}

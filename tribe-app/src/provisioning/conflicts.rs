//! How a conflict outlives the request that it ends: the transaction is taken back, the record of it is not.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use scim_sea_orm::{SqlStore, SqlStores};
use scim_server::store::{Change, CursorKey, Element, Found, Load, Piece, Query, ResourceKey, StoreError, Stored, Written};
use scim_server::{Caller, Store, Stores};
use sea_orm::DatabaseConnection;

use super::namesake;
use crate::domain::conflict::{self, Conflict};

/// The conflicts of the requests that run at the moment, by request id.
#[derive(Debug, Clone, Default)]
pub struct Conflicts {
    met: Arc<Mutex<HashMap<String, Conflict>>>,
}

impl Conflicts {
    /// This request meets that conflict.
    pub fn note(&self, caller: &Caller, conflict: Conflict) {
        self.met.lock().unwrap_or_else(PoisonError::into_inner).insert(caller.request_id.clone(), conflict);
    }

    fn take(&self, caller: &Caller) -> Option<Conflict> {
        self.met.lock().unwrap_or_else(PoisonError::into_inner).remove(&caller.request_id)
    }
}

/// The SCIM store, with the conflicts recorded after the transactions that they ended.
#[derive(Debug, Clone)]
pub struct TribeStores {
    stores: SqlStores,
    conflicts: Conflicts,
}

impl TribeStores {
    /// These stores, whose hook notes into `conflicts`.
    pub fn new(stores: SqlStores, conflicts: Conflicts) -> Self {
        Self { stores, conflicts }
    }
}

impl Stores for TribeStores {
    type Store = TribeStore;

    fn of(&self, caller: &Caller) -> TribeStore {
        let database = self.stores.database().clone();
        TribeStore { store: self.stores.of(caller), database, caller: caller.clone(), conflicts: self.conflicts.clone() }
    }
}

/// One tenant's SCIM store.
#[derive(Debug, Clone)]
pub struct TribeStore {
    store: SqlStore,
    database: DatabaseConnection,
    caller: Caller,
    conflicts: Conflicts,
}

impl Store for TribeStore {
    async fn get(&self, key: &ResourceKey, load: &Load) -> Result<Option<Stored>, StoreError> {
        self.store.get(key, load).await
    }

    async fn query(&self, query: &Query) -> Result<Found, StoreError> {
        self.store.query(query).await
    }

    async fn elements(&self, of: &ResourceKey, piece: &Piece) -> Result<Vec<Element>, StoreError> {
        self.store.elements(of, piece).await
    }

    async fn snapshot(&self) -> Result<Self, StoreError> {
        Ok(Self { store: self.store.snapshot().await?, ..self.clone() })
    }

    async fn commit(&self, changes: &[Change]) -> Result<Vec<Written>, StoreError> {
        let outcome = self.store.commit(changes).await;
        // A change that was tried again may have met one and passed in the end: then it is forgotten.
        let met = self.conflicts.take(&self.caller);
        let Err(error) = outcome else { return outcome };
        let (place, reason) = error.apart();
        let reason = match reason {
            StoreError::Refused(error) => {
                self.record(met).await;
                StoreError::Refused(error)
            }
            StoreError::NotUnique { path } if path == namesake::USER_NAME => {
                let changes = place.and_then(|place| changes.get(place..=place)).unwrap_or(changes);
                self.same_name(path, changes).await
            }
            reason => reason,
        };
        Err(match place {
            Some(place) => reason.in_list(place, changes),
            None => reason,
        })
    }

    async fn cursor_key(&self, generation: u32, new: Option<CursorKey>) -> Result<Option<CursorKey>, StoreError> {
        self.store.cursor_key(generation, new).await
    }
}

impl TribeStore {
    /// The refusal of a `userName` that is taken, with the employee that has it.
    async fn same_name(&self, path: String, changes: &[Change]) -> StoreError {
        match namesake::find(&self.store, &self.database, self.caller.tenant.as_str(), changes).await {
            Ok(Some(namesake)) => {
                self.record(namesake.conflict).await;
                StoreError::Refused(namesake.refusal)
            }
            // It is gone again, or cannot be read: then the client gets its 409 without a name.
            Ok(None) => StoreError::NotUnique { path },
            Err(error) => {
                tracing::warn!(request_id = self.caller.request_id, %error, "who has a `userName` was not found out");
                StoreError::NotUnique { path }
            }
        }
    }

    async fn record(&self, conflict: Option<Conflict>) {
        let Some(conflict) = conflict else { return };
        if let Err(error) = conflict::record(&self.database, self.caller.tenant.as_str(), conflict).await {
            // The client gets its 409 all the same; Azure will send the user again and the record gets its next chance.
            tracing::warn!(request_id = self.caller.request_id, %error, "a conflict was not recorded");
        }
    }
}

//! Carries out a bulk request as one unit: all of its operations in one transaction, or none.

use super::Outcome;
use super::order::Unit;
use super::prepare::Prepared;
use super::run::refers_to_failed;
use crate::operation::staged::Staged;
use crate::operation::write::TRIES;
use crate::operation::{Scope, refused};
use crate::patch::Visits;
use crate::store::{Store, StoreError};
use crate::{Error, Result, Stores};

impl<S: Stores> Scope<S> {
    /// Carries out all operations or none. If one fails, its result says why, and those of the others that nothing was done.
    pub(super) async fn run_as_one(&self, operations: &[Prepared], units: &[Unit]) -> Vec<Option<Outcome>> {
        let (culprit, error) = match self.write_all(operations, units).await {
            Ok(versions) => return versions.into_iter().map(|version| Some(Ok(version))).collect(),
            Err(failed) => failed,
        };
        let spared = |operation: &Prepared| match &operation.write {
            Err(own) => own.copy(),
            Ok(_) if operation.refers_to.contains(&culprit) => refers_to_failed(operations, culprit),
            Ok(_) => {
                let detail = format!("nothing was done: the request is one unit, and operation {} of it failed", culprit + 1);
                Error::of_status(409, detail)
            }
        };
        let mut outcomes: Vec<Option<Outcome>> = operations.iter().map(|operation| Some(Err(spared(operation)))).collect();
        if let Some(place) = outcomes.get_mut(culprit) {
            *place = Some(Err(error));
        }
        outcomes
    }

    /// The version of each operation's resource after it, or which operation failed.
    async fn write_all(&self, operations: &[Prepared], units: &[Unit]) -> Result<Vec<u64>, (usize, Error)> {
        for _ in 0..TRIES {
            let mut staged = Staged::within(Visits::of_bulk());
            let mut versions = vec![0; operations.len()];
            for place in units.iter().flatten() {
                let Some(operation) = operations.get(*place) else { continue };
                let failed = |error| (*place, error);
                let write = operation.write.as_ref().map_err(|error| failed(error.copy()))?;
                tokio::task::yield_now().await;
                staged.begin(*place);
                let decided = self.decide(write, &mut staged).await.map_err(failed)?;
                versions[*place] = decided.version;
                staged.add(write.key(), decided.change);
            }
            let list = staged.list();
            let (place, reason) = match self.store.commit(&list).await {
                Ok(written) => {
                    self.note(&written);
                    for (operation, place) in staged.operations() {
                        versions[operation] = written.get(place).map_or(0, |written| written.version);
                    }
                    return Ok(versions);
                }
                Err(error) => error.apart(),
            };
            // A list of one change has but one place.
            let place = place.unwrap_or_default();
            let has_raced = matches!(reason, StoreError::VersionMismatch | StoreError::NotFound) && staged.is_pin(place);
            if !has_raced {
                return Err((staged.operation_at(place), refused(reason)));
            }
            // Another writer came first: decide anew. Whoever sent a version is told so by that decision.
        }
        Err((0, Error::unavailable("the resources changed at every try")))
    }
}

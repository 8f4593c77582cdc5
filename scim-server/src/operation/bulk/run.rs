//! Carries out the units of a bulk request, each for itself.
//!
//! Independent operations that follow each other are written together. If the store refuses them they are carried out one by one, so
//! that the results are those of one after the other, and what one of them is refused for takes nothing else with it.

use std::collections::HashSet;

use super::Outcome;
use super::order::Unit;
use super::prepare::Prepared;
use crate::error::quote;
use crate::operation::staged::Staged;
use crate::operation::write::{Decided, Write};
use crate::operation::{Scope, refused};
use crate::patch::Visits;
use crate::store::{Change, Store, StoreError, Written};
use crate::{Error, Result, Stores};

/// How many changes are written together at most.
const TOGETHER: usize = 128;

impl<S: Stores> Scope<S> {
    /// Carries out the units in order. An operation that was not processed has no outcome.
    pub(super) async fn run(&self, operations: &[Prepared], units: &[Unit], fail_on_errors: Option<u64>) -> Vec<Option<Outcome>> {
        let mut run = Run {
            scope: self,
            operations,
            outcomes: operations.iter().map(|_| None).collect(),
            errors: 0,
            limit: fail_on_errors.unwrap_or(u64::MAX),
            is_away: false,
            visits: Visits::of_bulk(),
            visited: vec![0; operations.len()],
            together: Together::default(),
        };
        for unit in units {
            run.next(unit).await;
            if run.is_over() {
                break;
            }
        }
        run.write_together().await;
        run.outcomes
    }
}

struct Run<'r, S: Stores> {
    scope: &'r Scope<S>,
    operations: &'r [Prepared],
    outcomes: Vec<Option<Outcome>>,
    errors: u64,
    /// After so many errors the rest is not processed (RFC 7644 §3.7, `failOnErrors`). A unit is processed whole.
    limit: u64,
    /// The storage does not answer: the rest is not tried, or the answer would take as many times its patience.
    is_away: bool,
    /// What the operations together may still look at (T13).
    visits: Visits,
    /// What each of them has looked at.
    visited: Vec<usize>,
    together: Together<'r>,
}

/// What is decided and to be written together.
#[derive(Default)]
struct Together<'r> {
    units: Vec<&'r Unit>,
    changes: Vec<Change>,
    /// Which operation each change is of, and the outcomes of those without.
    operations: Vec<usize>,
    unchanged: Vec<(usize, u64)>,
    /// The ids of the resources that change.
    ids: HashSet<&'r str>,
    /// A deletion changes resources that name the deleted one, too.
    deletes: bool,
}

impl<'r, S: Stores> Run<'r, S> {
    fn is_over(&self) -> bool {
        self.errors >= self.limit
    }

    async fn next(&mut self, unit: &'r Unit) {
        // Many operations in a row wait for nothing: others get their turn.
        tokio::task::yield_now().await;
        if self.depends_on_what_waits(unit) || self.together.changes.len() + unit.len() > TOGETHER {
            self.write_together().await;
        }
        if self.is_over() {
            return;
        }
        if self.is_away {
            return self.carry_out(unit).await;
        }
        match self.decide(unit).await {
            Ok(decided) => self.together.add(unit, self.operations, decided),
            // What waits comes first; it may even change the reason.
            Err(_) => {
                self.write_together().await;
                if !self.is_over() {
                    self.carry_out(unit).await;
                }
            }
        }
    }

    /// Whether the unit cannot be decided before what waits is written.
    fn depends_on_what_waits(&self, unit: &Unit) -> bool {
        let mut writes = unit.iter().filter_map(|operation| self.operations.get(*operation)?.write.as_ref().ok());
        writes.any(|write| match write {
            Write::Create { .. } => false,
            Write::Replace { key, .. } | Write::Patch { key, .. } | Write::Delete { key, .. } => {
                self.together.deletes || self.together.ids.contains(key.id.as_str())
            }
        })
    }

    /// Decides every operation of the unit. An error says which one is wrong.
    async fn decide(&mut self, unit: &Unit) -> Result<Vec<(usize, Decided)>, (usize, Error)> {
        let mut decided = Vec::with_capacity(unit.len());
        for operation in unit {
            let Some(Prepared { write, refers_to, .. }) = self.operations.get(*operation) else { continue };
            let write = write.as_ref().map_err(|error| (*operation, error.copy()))?;
            if let Some(missing) = refers_to.iter().find(|creating| matches!(self.outcomes.get(**creating), Some(Some(Err(_))))) {
                return Err((*operation, self.refers_to_failed(*missing)));
            }
            let allowed = self.allowed(*operation);
            let mut staged = Staged::within(allowed);
            let change = self.scope.decide(write, &mut staged).await;
            self.visit(*operation, allowed, *staged.visits());
            decided.push((*operation, change.map_err(|error| (*operation, error))?));
        }
        Ok(decided)
    }

    /// Writes what waits, or carries it out unit by unit if the store refuses it.
    async fn write_together(&mut self) {
        let together = std::mem::take(&mut self.together);
        let written = match together.changes.as_slice() {
            [] => Ok(Vec::new()),
            changes => self.scope.store.commit(changes).await,
        };
        match written {
            Ok(written) => {
                self.scope.note(&written);
                self.succeeded(&together.operations, &written);
                for (operation, version) in together.unchanged {
                    self.settle(operation, Ok(version));
                }
            }
            Err(StoreError::Unavailable(source)) => {
                // It may even have been written: to try it again could answer that it is there already.
                self.is_away = true;
                tracing::error!(request_id = self.scope.caller.request_id, cause = ?source.to_string(), "a bulk request found no storage");
                for operation in together.units.into_iter().flatten() {
                    self.settle(*operation, Err(Error::unavailable("the storage did not answer")));
                }
            }
            Err(_) => {
                for unit in together.units {
                    if !self.is_over() {
                        self.carry_out(unit).await;
                    }
                }
            }
        }
    }

    /// Carries out one unit: whole or not at all.
    async fn carry_out(&mut self, unit: &Unit) {
        if self.is_away {
            for operation in unit {
                let away = || Error::unavailable("the storage did not answer an operation before this one");
                let error = self.own_error(*operation).unwrap_or_else(away);
                self.settle(*operation, Err(error));
            }
            return;
        }
        let Err((culprit, error)) = self.decide_and_write(unit).await else { return };
        self.is_away = error.status() == 503;
        let others = unit.iter().filter(|operation| **operation != culprit);
        for operation in others {
            let error = self.own_error(*operation).unwrap_or_else(|| self.refers_to_failed(culprit));
            self.settle(*operation, Err(error));
        }
        self.settle(culprit, Err(error));
    }

    async fn decide_and_write(&mut self, unit: &Unit) -> Result<(), (usize, Error)> {
        // Alone, an operation is decided anew after a lost race.
        if let [operation] = unit.as_slice()
            && let Some(Prepared { write: Ok(write), .. }) = self.operations.get(*operation)
            && !self.refers_to_failure(*operation)
        {
            let allowed = self.allowed(*operation);
            let mut visits = allowed;
            let version = self.scope.carry_out(write, &mut visits).await;
            self.visit(*operation, allowed, visits);
            self.settle(*operation, Ok(version.map_err(|error| (*operation, error))?));
            return Ok(());
        }
        let decided = self.decide(unit).await?;
        let (operations, changes): (Vec<usize>, Vec<Change>) =
            decided.into_iter().filter_map(|(operation, decided)| Some((operation, decided.change?))).unzip();
        let written = self.scope.store.commit(&changes).await.map_err(|error| {
            let (place, reason) = error.apart();
            let culprit = place.and_then(|place| operations.get(place)).or(operations.first());
            (culprit.copied().unwrap_or_default(), refused(reason))
        })?;
        self.scope.note(&written);
        self.succeeded(&operations, &written);
        Ok(())
    }

    /// What the operation may look at: what the others have left, however often it is decided.
    fn allowed(&self, operation: usize) -> Visits {
        self.visits.without(self.visited.get(operation).copied().unwrap_or_default())
    }

    fn visit(&mut self, operation: usize, allowed: Visits, left: Visits) {
        self.visits = left;
        if let Some(visited) = self.visited.get_mut(operation) {
            *visited = left.since(allowed);
        }
    }

    fn succeeded(&mut self, operations: &[usize], written: &[Written]) {
        for (operation, written) in operations.iter().zip(written) {
            self.settle(*operation, Ok(written.version));
        }
    }

    fn settle(&mut self, operation: usize, outcome: Outcome) {
        self.errors += u64::from(outcome.is_err());
        if let Some(place) = self.outcomes.get_mut(operation) {
            *place = Some(outcome);
        }
    }

    /// What is wrong with the operation itself.
    fn own_error(&self, operation: usize) -> Option<Error> {
        self.operations.get(operation)?.write.as_ref().err().map(Error::copy)
    }

    fn refers_to_failure(&self, operation: usize) -> bool {
        let Some(prepared) = self.operations.get(operation) else { return false };
        prepared.refers_to.iter().any(|creating| matches!(self.outcomes.get(*creating), Some(Some(Err(_)))))
    }

    fn refers_to_failed(&self, operation: usize) -> Error {
        refers_to_failed(self.operations, operation)
    }
}

/// 409: what an operation refers to was not created (S43).
pub(super) fn refers_to_failed(operations: &[Prepared], operation: usize) -> Error {
    let bulk_id = operations.get(operation).and_then(|prepared| prepared.bulk_id.as_deref()).unwrap_or_default();
    let detail = format!("it refers to the bulkId {}, whose operation failed: see its result", quote(bulk_id));
    Error::of_status(409, detail)
}

impl<'r> Together<'r> {
    fn add(&mut self, unit: &'r Unit, operations: &'r [Prepared], decided: Vec<(usize, Decided)>) {
        self.units.push(unit);
        for (operation, Decided { change, version }) in decided {
            if let Some(Prepared { write: Ok(write), .. }) = operations.get(operation) {
                self.ids.insert(&write.key().id);
                self.deletes |= matches!(write, Write::Delete { .. });
            }
            match change {
                Some(change) => {
                    self.changes.push(change);
                    self.operations.push(operation);
                }
                None => self.unchanged.push((operation, version)),
            }
        }
    }
}

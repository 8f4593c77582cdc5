//! Group commit: on SQLite, which has one writer at a time and synchronises the disk at every COMMIT, the changes that wait share a
//! transaction. Each list keeps a savepoint of its own, so that one that is refused undoes itself alone.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use scim_server::store::{Change, StoreError, Written};
use sea_orm::{DatabaseTransaction, TransactionTrait};
use tokio::sync::{Notify, oneshot};

use crate::error::Failure;
use crate::keys::take_keys;
use crate::statements::counted;
use crate::stores::SqlStore;
use crate::tally::Tally;
use crate::write::{Committed, Misfit, New, Work, roll_back};

/// How many changes share a transaction at most, unless one list alone has more.
const CHANGES: usize = 64;

/// More lists than these are not waited for.
const ENOUGH: usize = 16;

/// The share of the time that the last group took, for which the next one is waited for at most.
const PATIENCE: u32 = 4;

/// The lists of changes that wait for their turn.
#[derive(Debug, Clone, Default)]
pub(crate) struct Group {
    queue: Arc<Mutex<Queue>>,
    /// That a list has come.
    arrived: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    /// Whether a task takes them.
    running: bool,
}

#[derive(Debug)]
struct Waiting {
    job: Job,
    answer: oneshot::Sender<Outcome>,
}

/// What is to be done for one of those who wait.
#[derive(Debug, Clone)]
struct Job {
    store: SqlStore,
    changes: Arc<[Change]>,
}

type Outcome = Result<Committed, Failure>;

impl Group {
    /// Carries out the changes together with those of others that wait.
    pub(crate) async fn attempt(&self, store: &SqlStore, changes: &[Change]) -> Outcome {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { job: Job { store: store.clone(), changes: changes.into() }, answer };
        let start = {
            let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
            queue.waiting.push_back(waiting);
            !std::mem::replace(&mut queue.running, true)
        };
        if start {
            tokio::spawn(run(Running { group: self.clone(), ended: false }));
        } else {
            self.arrived.notify_one();
        }
        answered.await.unwrap_or_else(|_| Err(broken_off()))
    }

    /// Waits until as many lists wait, but no longer than this.
    async fn gather(&self, lists: usize, patience: Duration) {
        let enough = async {
            while self.queue.lock().unwrap_or_else(PoisonError::into_inner).waiting.len() < lists {
                self.arrived.notified().await;
            }
        };
        drop(tokio::time::timeout(patience, enough).await);
    }

    /// The next lists; none ends the task.
    fn take(&self) -> Vec<Waiting> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut lists, mut changes) = (0, 0);
        for list in &queue.waiting {
            changes += list.job.changes.len();
            if lists > 0 && changes > CHANGES {
                break;
            }
            lists += 1;
        }
        queue.running = lists > 0;
        queue.waiting.drain(..lists).collect()
    }
}

fn broken_off() -> Failure {
    StoreError::Internal("the write was broken off".into()).into()
}

/// Writes group after group.
async fn run(mut running: Running) {
    let (mut before, mut last, mut patience) = (0, 0, Duration::ZERO);
    loop {
        // Those who have just been answered may ask again at once: they come along.
        tokio::task::yield_now().await;
        running.group.gather(expected(before, last), patience).await;
        let waiting = running.group.take();
        if waiting.is_empty() {
            running.ended = true;
            return;
        }
        let begun = Instant::now();
        let outcomes = carry_out(waiting.iter().map(|waiting| waiting.job.clone()).collect()).await;
        (before, last) = (last, outcomes.len());
        for (waiting, outcome) in waiting.into_iter().zip(outcomes) {
            // Whoever has gone away needs no answer.
            drop(waiting.answer.send(outcome));
        }
        patience = begun.elapsed() / PATIENCE;
    }
}

/// How many lists the next group should have, by the sizes of the two before. Who is answered comes back while the next group is written,
/// so that two groups have everybody who writes without a pause; fast disks would else be synchronised for a few lists each. After a group
/// of one there may be only one who writes, and nobody is kept waiting.
fn expected(before: usize, last: usize) -> usize {
    if last > 1 { (before + last).min(ENOUGH) } else { 1 }
}

/// What becomes of each list: together if that can be, else of each alone.
async fn carry_out(jobs: Vec<Job>) -> Vec<Outcome> {
    let failure = match in_a_task(jobs.clone()).await {
        Ok(outcomes) => return outcomes,
        Err(failure) => failure,
    };
    if jobs.len() < 2 {
        return vec![Err(failure)];
    }
    // All of them were taken back.
    let mut outcomes = Vec::with_capacity(jobs.len());
    for job in jobs {
        match in_a_task(vec![job]).await {
            Ok(outcome) => outcomes.extend(outcome),
            Err(failure) => outcomes.push(Err(failure)),
        }
    }
    outcomes
}

/// One transaction, in a task of its own: a hook that panics breaks off nothing else.
async fn in_a_task(jobs: Vec<Job>) -> Result<Vec<Outcome>, Failure> {
    tokio::spawn(write(jobs)).await.unwrap_or_else(|error| {
        tracing::error!(%error, "a group of writes was broken off");
        Err(broken_off())
    })
}

/// The task that takes the lists. If it ends with its runtime, those who wait learn it, and the next one starts anew.
struct Running {
    group: Group,
    ended: bool,
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.ended {
            let mut queue = self.group.queue.lock().unwrap_or_else(PoisonError::into_inner);
            queue.running = false;
            queue.waiting.clear();
        }
    }
}

/// A list at work.
struct List {
    job: Job,
    keys: Vec<i64>,
    outcome: Option<Outcome>,
}

/// Runs the lists in one transaction. If that fails, nothing of any of them was written.
async fn write(jobs: Vec<Job>) -> Result<Vec<Outcome>, Failure> {
    let mut lists = Vec::with_capacity(jobs.len());
    for job in jobs {
        let keys = counted(&job.store.statements, take_keys(&job.store, &job.changes)).await?;
        lists.push(List { job, keys, outcome: None });
    }
    // What runs for all of them counts for each, what runs for one for that one alone.
    let shared = Arc::new(AtomicU64::new(0));
    let done = counted(&shared, together(&mut lists)).await;
    for list in &lists {
        list.job.store.statements.fetch_add(shared.load(Ordering::Relaxed), Ordering::Relaxed);
    }
    done?;
    Ok(lists.into_iter().map(|list| list.outcome.unwrap_or_else(|| Err(broken_off()))).collect())
}

async fn together(lists: &mut [List]) -> Result<(), Failure> {
    let Some(first) = lists.first() else { return Ok(()) };
    let inner = first.job.store.inner.clone();
    let transaction = inner.database.begin_with_options(inner.engine.writing()).await?;
    match apply(lists, &transaction).await {
        Ok(()) => Ok(transaction.commit().await?),
        Err(failure) => {
            roll_back(transaction).await;
            Err(failure)
        }
    }
}

async fn apply(lists: &mut [List], transaction: &DatabaseTransaction) -> Result<(), Failure> {
    let mut tally = Tally::default();
    if let [list] = lists {
        // Alone, it needs no savepoint.
        let (committed, counted) = apply_list(list, transaction).await?;
        list.outcome = Some(Ok(committed));
        tally = counted;
    } else {
        create_together(lists, transaction, &mut tally).await?;
        for list in lists.iter_mut().filter(|list| list.outcome.is_none()) {
            let own = transaction.begin().await?;
            match counted(&list.job.store.statements, apply_list(list, &own)).await {
                Ok((committed, counted)) => {
                    own.commit().await?;
                    list.outcome = Some(Ok(committed));
                    tally.merge(counted);
                }
                Err(failure) => {
                    // SQLite takes the whole transaction back for some errors: then there is no savepoint, and this fails.
                    own.rollback().await?;
                    list.outcome = Some(Err(failure));
                }
            }
        }
    }
    if let Some(list) = lists.first() {
        tally.write(list.job.store.inner.engine, transaction).await?;
    }
    Ok(())
}

async fn apply_list(list: &List, transaction: &DatabaseTransaction) -> Result<(Committed, Tally), Failure> {
    let mut work = Work::new(&list.job.store, transaction);
    let written = work.apply(&list.job.changes, &list.keys).await?;
    Ok((Committed { written, left: work.left }, work.tally))
}

/// Creates the resources of all lists that do nothing else, tenant by tenant, as if they were one list. If any of them fails, they are
/// left to be created one by one.
async fn create_together(lists: &mut [List], transaction: &DatabaseTransaction, tally: &mut Tally) -> Result<(), Failure> {
    let mut tenants: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for (place, list) in lists.iter().enumerate() {
        if let [Change::Create { .. }] = &*list.job.changes {
            tenants.entry(list.job.store.tenant).or_default().push(place);
        }
    }
    for places in tenants.into_values().filter(|places| places.len() > 1) {
        let own = transaction.begin().await?;
        let created = create_lists(places.iter().map(|place| &lists[*place]), &own).await;
        match created {
            Ok((written, counted)) => {
                own.commit().await?;
                tally.merge(counted);
                for (place, written) in places.into_iter().zip(written) {
                    lists[place].outcome = Some(Ok(Committed { written: vec![written], left: Vec::new() }));
                }
            }
            Err(_) => own.rollback().await?,
        }
    }
    Ok(())
}

async fn create_lists<'l>(
    lists: impl Iterator<Item = &'l List>,
    transaction: &DatabaseTransaction,
) -> Result<(Vec<Written>, Tally), Misfit> {
    let (mut stores, mut new) = (Vec::new(), Vec::new());
    for List { job, keys, .. } in lists {
        if let ([Change::Create { key, new: content }], [number]) = (&*job.changes, keys.as_slice()) {
            stores.push(&job.store);
            new.push(New { key, content, number: *number });
        }
    }
    let Some(store) = stores.first() else { return Ok((Vec::new(), Tally::default())) };
    let mut work = Work::new(store, transaction);
    let written = work.insert(&new).await?;
    for ((store, new), written) in stores.into_iter().zip(&new).zip(&written) {
        Work::new(store, transaction).created(new, written).await?;
    }
    Ok((written, work.tally))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_waits_for_those_who_write_at_the_same_time_and_nobody_waits_alone() {
        for (before, last, lists) in
            [(0, 0, 1), (0, 1, 1), (1, 1, 1), (9, 1, 1), (1, 2, 3), (5, 6, 11), (12, 12, ENOUGH), (31, 1, 1), (1, 31, ENOUGH)]
        {
            assert_eq!(expected(before, last), lists, "after {before} and {last}");
        }
    }
}

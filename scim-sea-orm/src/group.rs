//! Group commit: on SQLite, which has one writer at a time and synchronises the disk at every COMMIT, the changes that wait share a
//! transaction. Each list keeps a savepoint of its own, so that one that is refused undoes itself alone.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use scim_server::store::{Change, StoreError, Written};
use sea_orm::{DatabaseTransaction, TransactionTrait};
use tokio::sync::oneshot;

use crate::error::Failure;
use crate::keys::take_keys;
use crate::statements::counted;
use crate::stores::SqlStore;
use crate::tally::Tally;
use crate::write::{Committed, Misfit, New, Work, roll_back};

/// How many changes share a transaction at most, unless one list alone has more.
const CHANGES: usize = 64;

/// The lists of changes that wait for their turn.
#[derive(Debug, Clone, Default)]
pub(crate) struct Group {
    queue: Arc<Mutex<Queue>>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    /// Whether a task takes them.
    running: bool,
}

#[derive(Debug)]
struct Waiting {
    store: SqlStore,
    changes: Vec<Change>,
    answer: oneshot::Sender<Outcome>,
}

type Outcome = Result<Committed, Failure>;

impl Group {
    /// Carries out the changes together with those of others that wait.
    pub(crate) async fn attempt(&self, store: &SqlStore, changes: &[Change]) -> Outcome {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { store: store.clone(), changes: changes.to_vec(), answer };
        let start = {
            let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
            queue.waiting.push_back(waiting);
            !std::mem::replace(&mut queue.running, true)
        };
        if start {
            tokio::spawn(run(Running { group: self.clone(), ended: false }));
        }
        answered.await.unwrap_or_else(|_| Err(StoreError::Internal("the write was broken off".into()).into()))
    }

    /// The next lists; none ends the task.
    fn take(&self) -> Vec<Waiting> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut lists, mut changes) = (0, 0);
        for list in &queue.waiting {
            changes += list.changes.len();
            if lists > 0 && changes > CHANGES {
                break;
            }
            lists += 1;
        }
        queue.running = lists > 0;
        queue.waiting.drain(..lists).collect()
    }
}

/// Writes group after group, each in a task of its own: a hook that panics breaks off its group alone.
async fn run(mut running: Running) {
    loop {
        // Those who have just been answered may ask again at once: they come along.
        tokio::task::yield_now().await;
        let lists = running.group.take();
        if lists.is_empty() {
            running.ended = true;
            return;
        }
        if let Err(error) = tokio::spawn(write(lists)).await {
            tracing::error!(%error, "a group of writes was broken off");
        }
    }
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
    waiting: Waiting,
    keys: Vec<i64>,
    outcome: Option<Outcome>,
}

impl List {
    /// Whoever has gone away needs no answer.
    fn answer(self) {
        if let Some(outcome) = self.outcome {
            drop(self.waiting.answer.send(outcome));
        }
    }
}

async fn write(waiting: Vec<Waiting>) {
    let mut lists = Vec::with_capacity(waiting.len());
    for waiting in waiting {
        match counted(&waiting.store.statements, take_keys(&waiting.store, &waiting.changes)).await {
            Ok(keys) => lists.push(List { waiting, keys, outcome: None }),
            Err(error) => List { waiting, keys: Vec::new(), outcome: Some(Err(error.into())) }.answer(),
        }
    }
    // What runs for all of them counts for each, what runs for one for that one alone.
    let shared = Arc::new(AtomicU64::new(0));
    let outcome = counted(&shared, together(&mut lists)).await;
    for list in &lists {
        list.waiting.store.statements.fetch_add(shared.load(Ordering::Relaxed), Ordering::Relaxed);
    }
    if let Err(failure) = outcome {
        // All of them were taken back.
        match lists.as_mut_slice() {
            [list] => list.outcome = Some(Err(failure)),
            lists => {
                for list in lists {
                    list.outcome = None;
                    let count = list.waiting.store.statements.clone();
                    if let Err(failure) = counted(&count, together(std::slice::from_mut(list))).await {
                        list.outcome = Some(Err(failure));
                    }
                }
            }
        }
    }
    lists.into_iter().for_each(List::answer);
}

/// Runs the lists in one transaction. If that fails, nothing of any of them was written.
async fn together(lists: &mut [List]) -> Result<(), Failure> {
    let Some(first) = lists.first() else { return Ok(()) };
    let inner = first.waiting.store.inner.clone();
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
            match counted(&list.waiting.store.statements, apply_list(list, &own)).await {
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
        tally.write(list.waiting.store.inner.engine, transaction).await?;
    }
    Ok(())
}

async fn apply_list(list: &List, transaction: &DatabaseTransaction) -> Result<(Committed, Tally), Failure> {
    let mut work = Work::new(&list.waiting.store, transaction);
    let written = work.apply(&list.waiting.changes, &list.keys).await?;
    Ok((Committed { written, left: work.left }, work.tally))
}

/// Creates the resources of all lists that do nothing else, tenant by tenant, as if they were one list. If any of them fails, they are
/// left to be created one by one.
async fn create_together(lists: &mut [List], transaction: &DatabaseTransaction, tally: &mut Tally) -> Result<(), Failure> {
    let mut tenants: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for (place, list) in lists.iter().enumerate() {
        if let [Change::Create { .. }] = list.waiting.changes.as_slice() {
            tenants.entry(list.waiting.store.tenant).or_default().push(place);
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
    for List { waiting, keys, .. } in lists {
        if let ([Change::Create { key, new: content }], [number]) = (waiting.changes.as_slice(), keys.as_slice()) {
            stores.push(&waiting.store);
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

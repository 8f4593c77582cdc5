//! The contract suite: the specification of the store port, to be run against every store.
//!
//! Each *case* is one claim that every store must keep. It runs in a tenant of its own, so that one database serves the whole suite
//! and several runs of it.
//!
//! # Examples
//! ```
//! use scim_server::MemoryStores;
//! use scim_server::store::contract;
//!
//! # tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime starts").block_on(async {
//! let failures = contract::run(&MemoryStores::new(), &contract::registry()).await;
//! assert_eq!(failures, []);
//! # });
//! ```

mod atomicity;
mod collection;
mod create;
mod cursor;
mod delete;
mod derived;
mod filter;
mod indirect;
mod key;
mod list;
mod paging;
mod piece;
mod reference;
mod several;
mod snapshot;
mod sort;
mod tenant;
mod uniqueness;
mod version;
mod world;

use std::fmt;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use crate::store::{StoreError, Stores};
use crate::{Boxed, Registry, RegistryDocument};
use world::{World, has_every_type};

/// A store that has not answered by then hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// A claim of the contract that a store did not keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The name of the case, e.g. `uniqueness/one_of_many_equal_creates_wins`.
    pub case: &'static str,
    /// What every store must do.
    pub claim: &'static str,
    /// What this one did.
    pub reason: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n    {}", self.case, self.claim, self.reason)
    }
}

/// The resource types that the suite works with: `User`, `Group`, `Device`, which has attributes of every type, a reference in its
/// base schema and a collection whose elements hold something beside the id, and `Team`, whose derived attribute is indirect, too.
///
/// Build the store with them if it has to know its types in advance.
///
/// # Panics
/// Never: a test builds them.
#[must_use]
pub fn registry() -> Arc<Registry> {
    static REGISTRY: LazyLock<Arc<Registry>> = LazyLock::new(|| {
        let document: RegistryDocument = serde_json::from_str(include_str!("types.json")).expect("the file is a registry document");
        Arc::new(Registry::rfc7643_and(document).expect("the types fit together"))
    });
    REGISTRY.clone()
}

/// Runs every case and returns the failures. The types of `registry` must include those of [`registry()`].
///
/// A runtime of tokio with time enabled must be there; with several threads the concurrent cases say more.
///
/// # Examples
/// See [the module](self).
#[must_use = "an empty list is the proof"]
pub async fn run<S: Stores>(stores: &S, registry: &Arc<Registry>) -> Vec<Failure> {
    let mut failures = Vec::new();
    for case in cases::<S>() {
        if !has_every_type(registry) {
            let reason = "the registry lacks a type of the suite: build it with contract::registry()".to_owned();
            return vec![Failure { case: case.name, claim: case.claim, reason }];
        }
        failures.extend(case.run(stores, registry).await);
    }
    failures
}

/// Runs only the cases of these [names](case_names), for a store that keeps what an application has anyway and not every type: the
/// application says which part of the contract that is. A case that asks for a type or an attribute that `registry` lacks fails.
///
/// # Examples
/// ```
/// use std::sync::Arc;
///
/// use scim_server::store::contract;
/// use scim_server::{MemoryStores, Registry};
///
/// # tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime starts").block_on(async {
/// let registry = Arc::new(Registry::rfc7643());
/// let cases: Vec<&str> = contract::case_names().into_iter().filter(|name| name.starts_with("version/")).collect();
/// let failures = contract::run_only(&MemoryStores::new(), &registry, &cases).await;
/// assert_eq!(failures, []);
/// # });
/// ```
#[must_use = "an empty list is the proof"]
pub async fn run_only<S: Stores>(stores: &S, registry: &Arc<Registry>, names: &[&str]) -> Vec<Failure> {
    let mut failures = Vec::new();
    for case in cases::<S>().filter(|case| names.contains(&case.name)) {
        failures.extend(case.run(stores, registry).await);
    }
    failures
}

/// The names of all cases, e.g. `uniqueness/one_of_many_equal_creates_wins`.
#[must_use]
pub fn case_names() -> Vec<&'static str> {
    cases::<crate::MemoryStores>().map(|case| case.name).collect()
}

/// One claim and how it is checked.
struct Case<S: Stores> {
    name: &'static str,
    claim: &'static str,
    check: Check<S>,
}

impl<S: Stores> Case<S> {
    /// What the store did wrong, in a tenant of this case's own.
    async fn run(&self, stores: &S, registry: &Registry) -> Option<Failure> {
        let world = World::new(stores, registry, self.name);
        let outcome = tokio::time::timeout(PATIENCE, (self.check)(&world)).await;
        let outcome = outcome.unwrap_or_else(|_| Err(Broken(format!("no answer in {} seconds", PATIENCE.as_secs()))));
        outcome.err().map(|Broken(reason)| Failure { case: self.name, claim: self.claim, reason })
    }
}

type Check<S> = for<'a> fn(&'a World<'a, S>) -> Boxed<'a, Outcome>;

fn case<S: Stores>(name: &'static str, claim: &'static str, check: Check<S>) -> Case<S> {
    Case { name, claim, check }
}

fn cases<S: Stores>() -> impl Iterator<Item = Case<S>> {
    [
        create::cases(),
        tenant::cases(),
        uniqueness::cases(),
        version::cases(),
        collection::cases(),
        piece::cases(),
        snapshot::cases(),
        derived::cases(),
        indirect::cases(),
        reference::cases(),
        delete::cases(),
        atomicity::cases(),
        list::cases(),
        filter::cases(),
        sort::cases(),
        paging::cases(),
        cursor::cases(),
        several::cases(),
        key::cases(),
    ]
    .into_iter()
    .flatten()
}

type Outcome<T = ()> = Result<T, Broken>;

/// What a store did instead of what it should.
#[derive(Debug)]
struct Broken(String);

impl From<StoreError> for Broken {
    fn from(error: StoreError) -> Self {
        Broken(format!("the store refuses: {error}"))
    }
}

/// Claims that `found` is what it should be.
fn same<T: PartialEq + fmt::Debug>(what: &str, found: T, expected: T) -> Outcome {
    if found == expected { Ok(()) } else { Err(Broken(format!("{what}: expected {expected:?}, found {found:?}"))) }
}

/// Claims something that has no value to show.
fn holds(claim: bool, otherwise: impl Into<String>) -> Outcome {
    if claim { Ok(()) } else { Err(Broken(otherwise.into())) }
}

/// Claims that the store refuses, for that reason.
fn refuses<T>(what: &str, answer: Result<T, StoreError>, expected: impl Fn(&StoreError) -> bool) -> Outcome {
    match answer {
        Ok(_) => Err(Broken(format!("{what}: the store accepts it"))),
        Err(error) if expected(&error) => Ok(()),
        Err(error) => Err(Broken(format!("{what}: the store refuses it for another reason: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::Caller;
    use crate::store::{Change, CursorKey, Element, Found, Load, Piece, Query, ResourceKey, Store, Stored, Written};

    /// A store that answers nothing.
    struct Dead;

    impl Stores for Dead {
        type Store = Dead;

        fn of(&self, _: &Caller) -> Dead {
            Dead
        }
    }

    impl Store for Dead {
        async fn get(&self, _: &ResourceKey, _: &Load) -> Result<Option<Stored>, StoreError> {
            Err(StoreError::Unavailable("it is dead".into()))
        }

        async fn query(&self, _: &Query) -> Result<Found, StoreError> {
            Err(StoreError::Unavailable("it is dead".into()))
        }

        async fn elements(&self, _: &ResourceKey, _: &Piece) -> Result<Vec<Element>, StoreError> {
            Err(StoreError::Unavailable("it is dead".into()))
        }

        async fn snapshot(&self) -> Result<Self, StoreError> {
            Err(StoreError::Unavailable("it is dead".into()))
        }

        async fn commit(&self, _: &[Change]) -> Result<Vec<Written>, StoreError> {
            Err(StoreError::Unavailable("it is dead".into()))
        }

        async fn cursor_key(&self, _: u32, _: Option<CursorKey>) -> Result<Option<CursorKey>, StoreError> {
            Err(StoreError::Unavailable("it is dead".into()))
        }
    }

    #[tokio::test]
    async fn a_dead_store_fails_every_case() {
        let failures = run(&Dead, &registry()).await;
        let failed: Vec<&str> = failures.iter().map(|failure| failure.case).collect();
        let all: Vec<&str> = cases::<Dead>().map(|case| case.name).collect();
        assert_eq!(failed, all);
    }

    #[test]
    fn no_two_cases_have_one_name() {
        let names: BTreeSet<&str> = cases::<Dead>().map(|case| case.name).collect();
        assert_eq!(names.len(), cases::<Dead>().count());
    }
}

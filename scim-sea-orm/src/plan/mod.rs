//! From a resolved filter to conditions on the index.
//!
//! Each test is answered exactly from the index, bounded, or left open; `narrow` carries that through the whole filter. Values are
//! always bound, never part of the text (T07).

mod elements;
mod links;
mod resource;
mod row;
mod search;
mod selection;
mod values;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use scim_server::filter::{Bounds, Combine, Condition, ElementTest, Logic, ResolvedFilter, Term, narrow};
use scim_server::{BoundPath, Registry, ResourceType};

use crate::engine::Engine;
use crate::explain::Search;
use crate::index::Index;
use crate::stores::SqlStore;
pub(crate) use selection::{Keys, Reach, Selection};

/// Turns filters over one type of one tenant into what the index knows of them.
pub(crate) struct Planner<'a> {
    kind: &'a ResourceType,
    registry: &'a Registry,
    index: &'a Index,
    engine: Engine,
    tenant: i64,
    /// The attributes that have values which were cut.
    cut: &'a BTreeSet<i64>,
    /// Whether the database has trigrams.
    trigrams: bool,
    /// What was planned for searchable attributes.
    searches: RefCell<BTreeSet<Search>>,
    /// How many tables have an alias.
    aliases: Cell<usize>,
}

impl<'a> Planner<'a> {
    pub(crate) fn new(store: &'a SqlStore, kind: &'a ResourceType, cut: &'a BTreeSet<i64>) -> Self {
        let inner = &store.inner;
        Self {
            kind,
            registry: &inner.registry,
            index: &inner.index,
            engine: inner.engine,
            tenant: store.tenant,
            cut,
            trigrams: inner.trigrams,
            searches: RefCell::default(),
            aliases: Cell::new(0),
        }
    }

    /// What the index knows of a filter.
    pub(crate) fn plan(&self, filter: &ResolvedFilter) -> Bounds<Selection> {
        narrow(filter, &|term| self.term(term))
    }

    /// How searchable attributes are searched in what was planned.
    pub(crate) fn searches(self) -> BTreeSet<Search> {
        self.searches.into_inner()
    }

    fn term(&self, term: &Term) -> Bounds<Selection> {
        match term {
            Term::Attribute(path, condition) => self.attribute(path, condition),
            Term::Element(path, filter) if self.is_linked(path) => self.linked_element(path, filter),
            Term::Element(path, filter) => self.element(path, filter),
        }
    }

    fn attribute(&self, path: &BoundPath, condition: &Condition) -> Bounds<Selection> {
        if let Some(known) = self.server_made(path, condition) {
            return known;
        }
        if self.is_linked(path) {
            return self.linked(path, condition);
        }
        if path.leaf().is_complex() { self.complex(path, condition) } else { self.indexed(path, condition) }
    }

    /// A name for a table that no other has in this plan.
    fn alias(&self, table: &str) -> String {
        self.aliases.set(self.aliases.get() + 1);
        format!("{table}{}", self.aliases.get())
    }
}

/// The `cut` numbers of the attributes that a filter searches inside: of a value that was cut, the index does not know the inside.
pub(crate) fn searched_inside(filter: &ResolvedFilter, kind: &ResourceType, store: &SqlStore) -> BTreeSet<i64> {
    let (index, registry) = (&store.inner.index, &store.inner.registry);
    let mut found = BTreeSet::new();
    let mut note = |path: &BoundPath, condition: &Condition| {
        if !values::looks_inside(condition) {
            return;
        }
        found.extend(index.find(kind, path).map(|indexed| indexed.cut));
        // What the server calls another resource is that one's own name.
        if path.sub.as_ref().is_some_and(|sub| ["display", "displayName"].contains(&sub.name.as_str())) {
            found.extend(registry.types().iter().filter_map(|kind| Some(index.names(kind, path.leaf())?.1)));
        }
    };
    each_test(filter, &mut |term| match term {
        Term::Attribute(path, condition) => note(path, condition),
        Term::Element(path, filter) => each_test(filter, &mut |test| note(&of_element(path, test), &test.condition)),
    });
    found
}

fn each_test<T>(filter: &Logic<T>, visit: &mut dyn FnMut(&T)) {
    match filter {
        Logic::And(parts) | Logic::Or(parts) => parts.iter().for_each(|part| each_test(part, visit)),
        Logic::Not(part) => each_test(part, visit),
        Logic::Term(term) => visit(term),
    }
}

fn of_element(path: &BoundPath, test: &ElementTest) -> BoundPath {
    test.sub.as_ref().map_or_else(|| path.clone(), |sub| path.with_sub(sub.clone()))
}

/// One of them holds.
fn any<C: Combine + Clone>(parts: Vec<Bounds<C>>) -> Bounds<C> {
    let exact = parts.iter().all(|part| part.exact);
    let certainly: Vec<C> = parts.iter().filter_map(|part| part.certainly.clone()).collect();
    let possibly: Option<Vec<C>> = parts.into_iter().map(|part| part.possibly).collect();
    Bounds { certainly: (!certainly.is_empty()).then(|| C::any(certainly)), possibly: possibly.map(C::any), exact }
}

/// It does not hold: what is not even possible is certainly in the negation.
fn not<C: Combine>(part: Bounds<C>) -> Bounds<C> {
    Bounds { certainly: part.possibly.map(C::negate), possibly: part.certainly.map(C::negate), exact: part.exact }
}

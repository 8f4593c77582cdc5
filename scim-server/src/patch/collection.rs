//! Operations on a collection, e.g. `members`, folded into one edit (RFC 7644 §3.5.2; T13).
//!
//! A group may have a hundred thousand members, so most requests are folded without reading them: adding, removing by id and
//! replacing all need no more than the ids of the request. Only what selects by something else reads the elements.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::elements::Elsewhere;
use super::operation::{Action, is_nothing};
use super::target::AttributeTarget;
use super::{Fold, Halt, Outcome, Place, Settled, elements, listed};
use crate::representation::represent;
use crate::store::{Document, Edit, Element, Stored};
use crate::validate::collection::{has_items, read_elements};
use crate::validate::content::unknown_elements;
use crate::validate::keep_item;
use crate::{BoundPath, Leniency, Result};

/// The elements of a collection between the operations, as far as they are known.
#[derive(Debug)]
pub(super) struct Members<'a> {
    /// Whether the schema demands at least one.
    is_required: bool,
    /// The elements that the store has, if they were read.
    loaded: Option<&'a [Element]>,
    /// Whether all elements are known: they were read or removed.
    is_whole: bool,
    /// The elements that are there, by id, in the order in which they came.
    put: BTreeMap<String, (usize, Element)>,
    /// The ids that are gone, if not all are known.
    gone: BTreeMap<String, usize>,
    /// Counts the places in those orders.
    next: usize,
}

impl<'a> Members<'a> {
    pub(super) fn new(path: &BoundPath, current: &'a Stored) -> Self {
        Self::of(path, current.collections.get(&path.to_string()).map(Vec::as_slice))
    }

    /// The elements that were read, if they were.
    pub(super) fn of(path: &BoundPath, loaded: Option<&'a [Element]>) -> Self {
        let put = loaded.unwrap_or_default().iter().enumerate().map(|(index, element)| (element.value.clone(), (index, element.clone())));
        let put: BTreeMap<_, _> = put.collect();
        Self { is_required: path.attribute.required, loaded, is_whole: loaded.is_some(), next: put.len(), put, gone: BTreeMap::new() }
    }

    /// Whether it is known that no element is left.
    fn is_emptied(&self) -> bool {
        self.is_whole && self.put.is_empty()
    }

    /// Holds an element against the one that is there: what is immutable in it stays (S14).
    fn keep(&self, path: &BoundPath, element: &mut Element) -> Result<()> {
        match self.put.get(&element.value) {
            Some((_, present)) => keep_item(path, present, element),
            None => Ok(()),
        }
    }

    fn add(&mut self, element: Element) {
        self.gone.remove(&element.value);
        match self.put.get_mut(&element.value) {
            Some((_, present)) => present.item.extend(element.item),
            None => {
                self.put.insert(element.value.clone(), (self.next, element));
                self.next += 1;
            }
        }
    }

    /// Adds elements, each held against the one that is there.
    pub(super) fn put_all(&mut self, path: &BoundPath, new: Vec<Element>) -> Result<()> {
        for mut element in new {
            self.keep(path, &mut element)?;
            self.add(element);
        }
        Ok(())
    }

    /// Puts these elements in the place of all, each held against the one that is there.
    pub(super) fn replace_all(&mut self, path: &BoundPath, mut new: Vec<Element>) -> Result<()> {
        new.iter_mut().try_for_each(|element| self.keep(path, element))?;
        self.replace(new);
        Ok(())
    }

    /// Whether an element of that id is there.
    pub(super) fn has(&self, id: &str) -> bool {
        self.put.contains_key(id)
    }

    pub(super) fn remove(&mut self, id: &str) {
        self.put.remove(id);
        if !self.is_whole {
            self.gone.insert(id.to_owned(), self.next);
            self.next += 1;
        }
    }

    pub(super) fn replace(&mut self, elements: Vec<Element>) {
        self.is_whole = true;
        self.gone.clear();
        // What was there already keeps its place and what the store knows of it.
        let mut present = std::mem::take(&mut self.put);
        for element in elements {
            match present.remove(&element.value) {
                Some((place, old)) => {
                    self.put.insert(old.value.clone(), (place, Element { item: element.item, ..old }));
                }
                None => self.add(element),
            }
        }
    }

    /// The elements that are there.
    fn in_order(&self) -> Vec<Element> {
        let mut elements: Vec<_> = self.put.values().collect();
        elements.sort_by_key(|(place, _)| *place);
        elements.into_iter().map(|(_, element)| element.clone()).collect()
    }

    /// The elements that are there, with what they stand for as far as that was read: also those that were removed and added again.
    pub(super) fn as_known(&self) -> Vec<Element> {
        let known: HashMap<&str, &Element> = self.loaded.into_iter().flatten().map(|element| (element.value.as_str(), element)).collect();
        let mut present = self.in_order();
        for element in present.iter_mut().filter(|element| element.referent.is_none()) {
            element.referent = known.get(element.value.as_str()).and_then(|known| known.referent.clone());
        }
        present
    }

    /// The elements to be written. What they stand for is the store's to know.
    fn to_put(&self) -> Vec<Element> {
        self.in_order().into_iter().map(|element| Element { referent: None, ..element }).collect()
    }

    pub(super) fn settle(self, leniency: &Leniency) -> Settled {
        Settled { is_required: self.is_required, is_emptied: self.is_emptied(), edit: self.into_edit(leniency) }
    }

    /// The change of the collection, if there is one.
    fn into_edit(mut self, leniency: &Leniency) -> Option<Edit> {
        let unknown = unknown_elements(leniency);
        if let Some(loaded) = self.loaded {
            let mut remove = Vec::new();
            for old in loaded {
                match self.put.get(&old.value) {
                    Some((_, new)) if new.item == old.item => drop(self.put.remove(&old.value)),
                    Some(_) => {}
                    None => remove.push(old.value.clone()),
                }
            }
            let put = self.to_put();
            return (!put.is_empty() || !remove.is_empty()).then_some(Edit::Delta { put, remove, unknown });
        }
        if self.is_whole {
            return Some(Edit::Replace { elements: self.to_put(), unknown });
        }
        let mut gone: Vec<(&String, &usize)> = self.gone.iter().collect();
        gone.sort_by_key(|(_, place)| **place);
        let remove: Vec<String> = gone.into_iter().map(|(id, _)| id.clone()).collect();
        let put = self.to_put();
        (!put.is_empty() || !remove.is_empty()).then_some(Edit::Delta { put, remove, unknown })
    }
}

/// What an operation does to a collection.
#[derive(Debug)]
pub(super) enum Step {
    /// These are there, beside those that are.
    Put(Vec<Element>),
    /// These are there and no others.
    Replace(Vec<Element>),
    /// These ids are not there.
    Remove(Vec<String>),
    /// It selects by more than the id: what it does depends on each element.
    Select(Box<AttributeTarget>, Action),
}

impl<'a> Fold<'a> {
    /// Carries out an operation on a collection, or keeps it for later if the collection comes in pieces.
    pub(super) fn collection(&mut self, target: &AttributeTarget, action: Action) -> Outcome {
        let path = target.path.parent();
        let step = self.step(&path, target, action)?;
        if self.current.long.contains(&path.to_string()) {
            let place = Place { operation: self.number, kept: self.kept.values().map(Vec::len).sum() };
            self.kept.entry(path.to_string()).or_default().push((place, step));
            return Ok(());
        }
        self.carry_out(&path, step)
    }

    fn step(&self, path: &BoundPath, target: &AttributeTarget, action: Action) -> Result<Step> {
        if target.path.sub.is_some() {
            return Ok(Step::Select(Box::new(target.clone()), action));
        }
        let keys = target.selection.as_ref().map(|selection| selection.keys.clone());
        let own_id = Some(self.current.key.id.as_str());
        Ok(match (keys, action) {
            (None, Action::Add(value)) => Step::Put(read_elements(self.reader, path, value, own_id)?),
            (None, Action::Replace(value)) => Step::Replace(read_elements(self.reader, path, value, own_id)?),
            (None, Action::Remove(None)) => Step::Replace(Vec::new()),
            (None, Action::Remove(Some(value))) => {
                let listed = listed::read(self.reader, path, value.clone())?;
                match listed.ids() {
                    Some(ids) => Step::Remove(ids.iter().cloned().collect()),
                    None => Step::Select(Box::new(target.clone()), Action::Remove(Some(value))),
                }
            }
            // SPEC: ids heed case (RFC 7643 §3.1), so a path that names an element by its id does too, read or not.
            (Some(Some(keys)), Action::Remove(guard)) => {
                let guard = guard.filter(|guard| !is_nothing(guard));
                let listed = guard.clone().map(|guard| listed::read(self.reader, path, guard)).transpose()?;
                let guarded = listed.as_ref().map(|listed| listed.ids());
                match guarded.map_or(Some(None), |ids| ids.map(Some)) {
                    Some(ids) => Step::Remove(keys.into_iter().filter(|key| ids.is_none_or(|ids| ids.contains(key))).collect()),
                    None => Step::Select(Box::new(target.clone()), Action::Remove(guard)),
                }
            }
            (Some(_), action) => Step::Select(Box::new(target.clone()), action),
        })
    }

    fn carry_out(&mut self, path: &BoundPath, step: Step) -> Outcome {
        let members = self.members(path);
        match step {
            // What a known element holds beside its id is merged with what the request gives, and keeps what is immutable in it.
            Step::Put(new) | Step::Replace(new) if has_items(&path.attribute) && !members.is_whole && !new.is_empty() => {
                drop(new);
                Err(Halt::Needs(path.to_string()))
            }
            Step::Put(new) => Ok(members.put_all(path, new)?),
            Step::Replace(new) => Ok(members.replace_all(path, new)?),
            Step::Remove(ids) => {
                ids.iter().for_each(|id| members.remove(id));
                Ok(())
            }
            Step::Select(target, action) => self.loaded_elements(path, &target, action),
        }
    }

    fn members(&mut self, path: &BoundPath) -> &mut Members<'a> {
        let current = self.current;
        self.collections.entry(path.to_string()).or_insert_with(|| Members::new(path, current))
    }

    /// An operation that selects by more than the id: on the elements as a client sees them.
    fn loaded_elements(&mut self, path: &BoundPath, target: &AttributeTarget, action: Action) -> Outcome {
        let members = self.members(path);
        if members.loaded.is_none() {
            return Err(Halt::Needs(path.to_string()));
        }
        let present = members.as_known();
        self.visit(present.len())?;
        let mut shown = self.shown(path, present);
        elements::apply(self.reader, target, &mut shown, action, Elsewhere::Nothing)?;
        let new = read_elements(self.reader, path, Value::Array(shown), Some(&self.current.key.id))?;
        self.members(path).replace(new);
        Ok(())
    }

    /// The elements as a representation shows them, with `type` and `display`.
    pub(super) fn shown(&self, path: &BoundPath, elements: Vec<Element>) -> Vec<Value> {
        let only = Stored {
            key: self.current.key.clone(),
            version: self.current.version,
            created: self.current.created,
            modified: self.current.modified,
            document: Document::new(),
            collections: BTreeMap::from([(path.to_string(), elements)]),
            long: Vec::new(),
            referents: BTreeMap::new(),
        };
        match represent(&only, "").shift_remove(&path.attribute.name) {
            Some(Value::Array(shown)) => shown,
            Some(_) | None => Vec::new(),
        }
    }
}

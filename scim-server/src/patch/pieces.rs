//! Folding a request over a collection that is never whole in memory (T13).
//!
//! What an operation does to an element depends on that element, and on two things more: whether it selected any element at all, and
//! what stands beside the ids that the request names. So every piece goes through all steps by itself, except for the elements of named
//! ids: they are set aside, and go through the steps at the end, when it is known what the pieces came to. What is kept is the ids
//! that the request names, and what changes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::collection::{Members, Step};
use super::elements::{Elsewhere, apply, selects_any};
use super::operation::Action;
use super::target::AttributeTarget;
use super::{Fold, Folded, Halt, PatchOp, Place, Settled, Visits, describe};
use crate::store::{Document, Edit, Element, Stored};
use crate::validate::collection::{has_items, read_elements};
use crate::validate::content::unknown_elements;
use crate::{BoundPath, Error, Leniency, ResourceType, Result};

/// A request that has been folded as far as it goes without the elements of long collections.
#[derive(Debug)]
pub struct Folding<'a> {
    request: &'a PatchOp,
    fold: Fold<'a>,
    /// The operation that failed without the long collections: after all steps on these.
    failed: Option<(usize, Error)>,
    walks: BTreeMap<String, Walk>,
}

/// One long collection on its way.
#[derive(Debug)]
struct Walk {
    path: BoundPath,
    steps: Vec<(Place, Step)>,
    /// What the pieces came to, for each step.
    met: Vec<Met>,
    /// The ids that the request names, and the elements of these.
    named: BTreeSet<String>,
    set_aside: Vec<Element>,
    put: Vec<Element>,
    remove: Vec<String>,
    /// Whether an element was left in some piece.
    is_left: bool,
    /// The first step that failed.
    failed: Option<(usize, Error)>,
}

/// What the pieces came to at one step.
#[derive(Debug, Default)]
struct Met {
    /// Whether the step selected an element.
    selected: bool,
    /// The ids that selected elements were replaced by.
    new: BTreeSet<String>,
}

/// Which part of a collection goes through the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Piece,
    /// The elements that were set aside, after all pieces.
    Rest,
}

impl PatchOp {
    /// Applies the operations as far as they need no element of the collections that `current.long` names. The other collections and
    /// derived attributes that they need must be there, as for [`Self::fold`].
    ///
    /// The result takes the elements of [each collection that it needs](Folding::needed) piece by piece and then comes to what
    /// [`Self::fold`] comes to with all of them at once.
    ///
    /// # Errors
    /// What has to be read whole: in these collections an operation makes elements depend on each other. The request itself fails in
    /// [`Folding::finish`].
    pub fn fold_in_pieces<'a>(
        &'a self,
        kind: &'a ResourceType,
        current: &'a Stored,
        leniency: &'a Leniency,
        visits: &'a mut Visits,
    ) -> std::result::Result<Folding<'a>, Vec<String>> {
        let mut fold = Fold::new(kind, current, leniency, visits);
        let mut failed = None;
        for (index, operation) in self.operations.iter().enumerate() {
            fold.number = index;
            match fold.operation(operation) {
                Ok(()) => {}
                Err(Halt::Needs(path)) => return Err(vec![path]),
                // An earlier step on a long collection may fail, too: then the client hears of that one.
                Err(Halt::Failed(error)) => {
                    failed = Some((index, error));
                    break;
                }
            }
        }
        let kept = std::mem::take(&mut fold.kept);
        let paths = kind.collections.iter().map(|collection| (collection.attribute.to_string(), &collection.attribute));
        let paths: BTreeMap<String, &BoundPath> = paths.collect();
        let binds = |(name, steps): (&String, &Vec<(Place, Step)>)| {
            steps.iter().any(|(_, step)| paths.get(name).is_some_and(|path| binds_elements(path, step))).then(|| name.clone())
        };
        let whole: Vec<String> = kept.iter().filter_map(binds).collect();
        if !whole.is_empty() {
            return Err(whole);
        }
        let walks = kept.into_iter().filter_map(|(name, steps)| {
            let walk = Walk::new((*paths.get(&name)?).clone(), steps);
            Some((name, walk))
        });
        Ok(Folding { request: self, fold, failed, walks: walks.collect() })
    }
}

/// Whether a step makes elements of a collection depend on each other in more than an id can tell: one may be primary, or several
/// become one and what they hold is merged. Such a collection is read whole.
fn binds_elements(path: &BoundPath, step: &Step) -> bool {
    let Step::Select(target, Action::Add(value) | Action::Replace(value)) = step else { return false };
    path.attribute.sub_attribute("primary").is_some()
        || has_items(&path.attribute) && target.path.sub.is_none() && !given_ids(value).is_empty()
}

/// The texts by which the value of an operation may name an element.
fn given_ids(value: &Value) -> Vec<&str> {
    let objects = match value {
        Value::Array(items) => items.as_slice(),
        single => std::slice::from_ref(single),
    };
    let members = objects.iter().filter_map(Value::as_object).flatten();
    let naming = members.filter(|(name, _)| name.eq_ignore_ascii_case("value") || name.eq_ignore_ascii_case("$ref"));
    naming.filter_map(|(_, value)| value.as_str()).collect()
}

impl Walk {
    fn new(path: BoundPath, steps: Vec<(Place, Step)>) -> Self {
        let mut named = BTreeSet::new();
        for (_, step) in &steps {
            match step {
                Step::Put(elements) | Step::Replace(elements) => named.extend(elements.iter().map(|element| element.value.clone())),
                Step::Remove(_) => {}
                Step::Select(target, action) => {
                    let fixed = target.selection.as_ref().and_then(|selection| selection.fixed.get("value")?.as_str());
                    named.extend(fixed.map(ToOwned::to_owned));
                    if let Action::Add(value) | Action::Replace(value) = action {
                        // Of a reference the last part is the id (S83).
                        named.extend(
                            given_ids(value).into_iter().flat_map(|id| [id, id.rsplit('/').next().unwrap_or(id)]).map(ToOwned::to_owned),
                        );
                    }
                }
            }
        }
        let met = steps.iter().map(|_| Met::default()).collect();
        let (set_aside, put, remove) = Default::default();
        Self { path, steps, met, named, set_aside, put, remove, is_left: false, failed: None }
    }

    /// Whether it cannot be told without the elements.
    fn needs_elements(&self) -> bool {
        has_items(&self.path.attribute) || self.steps.iter().any(|(_, step)| matches!(step, Step::Select(..)))
    }
}

impl Folding<'_> {
    /// The collections whose elements are needed, by canonical path.
    #[must_use]
    pub fn needed(&self) -> Vec<String> {
        self.walks.iter().filter(|(_, walk)| walk.needs_elements()).map(|(name, _)| name.clone()).collect()
    }

    /// Takes the next elements of a collection, in the order of `value`. Of what they are only the changes are kept.
    ///
    /// # Errors
    /// 413 if the operations look at too many values together: nothing more is read then.
    pub fn take(&mut self, path: &str, mut elements: Vec<Element>) -> Result<()> {
        let Some(walk) = self.walks.get_mut(path) else { return Ok(()) };
        walk.set_aside.extend(elements.extract_if(.., |element| walk.named.contains(&element.value)));
        let mut members = Members::of(&walk.path, Some(&elements));
        walk.failed = run(&mut self.fold, walk, &mut members, Part::Piece).or(walk.failed.take());
        if self.fold.visits.is_over() {
            return self.finish_early();
        }
        let Some(walk) = self.walks.get_mut(path) else { return Ok(()) };
        let settled = members.settle(self.fold.reader.leniency);
        walk.is_left |= !settled.is_emptied;
        if let Some(Edit::Delta { put, remove, .. }) = settled.edit {
            walk.put.extend(put);
            walk.remove.extend(remove);
        }
        Ok(())
    }

    /// The failure that is known by now.
    fn finish_early(&mut self) -> Result<()> {
        let failures = self.walks.values_mut().filter_map(|walk| walk.failed.take().map(|(step, error)| (walk.steps[step].0, error)));
        let failures = failures.collect();
        self.first_of(failures)
    }

    fn first_of(&mut self, failures: Vec<(Place, Error)>) -> Result<()> {
        let first = failures.into_iter().min_by_key(|(place, _)| *place).map(|(place, error)| (place.operation, error));
        match first.or(self.failed.take()) {
            Some((operation, error)) => Err(error.within(describe(operation, &self.request.operations[operation], self.fold.reader.kind))),
            None => Ok(()),
        }
    }

    /// What the operations come to, after all elements have been taken.
    ///
    /// # Errors
    /// Those of [`PatchOp::fold`].
    pub fn finish(mut self) -> Result<Folded> {
        let mut failures = Vec::new();
        let mut settled = BTreeMap::new();
        for (name, mut walk) in std::mem::take(&mut self.walks) {
            let set_aside = std::mem::take(&mut walk.set_aside);
            let is_read = walk.needs_elements();
            let mut members = Members::of(&walk.path, is_read.then_some(set_aside.as_slice()));
            let failed = run(&mut self.fold, &mut walk, &mut members, Part::Rest).or(walk.failed.take());
            if let Some((step, error)) = failed {
                failures.push((walk.steps[step].0, error));
                continue;
            }
            let mut rest = members.settle(self.fold.reader.leniency);
            if is_read {
                rest = walk.and(rest, self.fold.reader.leniency);
            }
            settled.insert(name, rest);
        }
        self.first_of(failures)?;
        self.fold.settle(settled)
    }
}

impl Walk {
    /// What became of the pieces and the rest together.
    fn and(self, rest: Settled, leniency: &Leniency) -> Settled {
        let (mut put, mut remove) = (self.put, self.remove);
        if let Some(Edit::Delta { put: more, remove: gone, .. }) = rest.edit {
            put.extend(more);
            remove.extend(gone);
        }
        let is_changed = !put.is_empty() || !remove.is_empty();
        Settled {
            is_required: rest.is_required,
            is_emptied: rest.is_emptied && !self.is_left,
            edit: is_changed.then(|| Edit::Delta { put, remove, unknown: unknown_elements(leniency) }),
        }
    }
}

/// Takes a part of a collection through the steps, as far as they have not failed before. The step that fails, and why.
fn run(fold: &mut Fold<'_>, walk: &mut Walk, members: &mut Members<'_>, part: Part) -> Option<(usize, Error)> {
    let end = walk.failed.as_ref().map_or(walk.steps.len(), |(step, _)| *step);
    for (index, (_, step)) in walk.steps.iter().enumerate().take(end) {
        let outcome = match (step, part) {
            (Step::Put(_), Part::Piece) => Ok(()),
            (Step::Replace(_), Part::Piece) => {
                members.replace(Vec::new());
                Ok(())
            }
            (Step::Put(elements), Part::Rest) => members.put_all(&walk.path, elements.clone()),
            (Step::Replace(elements), Part::Rest) => members.replace_all(&walk.path, elements.clone()),
            (Step::Remove(ids), _) => {
                ids.iter().for_each(|id| members.remove(id));
                Ok(())
            }
            (Step::Select(target, action), part) => select(fold, &walk.path, &mut walk.met[index], members, (target, action), part),
        };
        if let Err(error) = outcome {
            return Some((index, error));
        }
    }
    None
}

/// An operation that selects by more than the id, on a part of the elements.
fn select(
    fold: &mut Fold<'_>,
    path: &BoundPath,
    met: &mut Met,
    members: &mut Members<'_>,
    (target, action): (&AttributeTarget, &Action),
    part: Part,
) -> Result<()> {
    let present = members.as_known();
    if let Err(Halt::Failed(error)) = fold.visit(present.len()) {
        return Err(error);
    }
    let mut shown = fold.shown(path, present);
    if part == Part::Piece {
        met.selected = met.selected || selects_any(target, &shown);
    }
    let elsewhere = if part == Part::Piece || met.selected { Elsewhere::Selected } else { Elsewhere::Nothing };
    apply(fold.reader, target, &mut shown, action.clone(), elsewhere)?;
    let mut new = read_elements(fold.reader, path, Value::Array(shown), Some(&fold.current.key.id))?;
    match part {
        Part::Piece => {
            met.new.extend(new.extract_if(.., |element| !members.has(&element.value)).map(|element| element.value));
        }
        Part::Rest => {
            let missing: Vec<&String> = met.new.iter().filter(|id| new.iter().all(|element| element.value != **id)).collect();
            new.extend(missing.into_iter().map(|id| Element { value: id.clone(), item: Document::new(), referent: None }));
        }
    }
    members.replace(new);
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Profile;
    use crate::patch::tests::{member, request, stored};

    #[test]
    fn a_piece_too_many_is_refused_when_it_comes() {
        let mut current = stored(&crate::validate::tests::crew(), json!({}));
        current.long = vec!["hands".into()];
        let leniency = Leniency::new(Profile::RFC);
        let operations = json!([{"op": "remove", "path": "hands[duty eq \"cook\"]"}]);
        let request = PatchOp::parse(request(operations), &leniency).unwrap();
        let mut visits = Visits::default();
        visits.take(999_999).unwrap();
        let mut folding = request.fold_in_pieces(&current.key.kind, &current, &leniency, &mut visits).unwrap();
        folding.take("hands", vec![member("a")]).unwrap();
        let error = folding.take("hands", vec![member("b")]).unwrap_err();
        assert_eq!(error.status(), 413);
        assert!(error.detail().starts_with("operation 1"), "{}", error.detail());
    }
}

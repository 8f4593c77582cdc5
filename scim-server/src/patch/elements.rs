//! Operations on the elements of a multi-valued attribute (RFC 7644 §3.5.2.1 to §3.5.2.3), selected or all.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::operation::{Action, is_nothing};
use super::target::{AttributeTarget, Selection};
use super::{listed, parts};
use crate::filter::element_matches;
use crate::store::Document;
use crate::validate::collection::only_of_client;
use crate::validate::elements::{ElementKey, check_primary, collapse, has_content, is_primary};
use crate::validate::value::{Parts, Reader};
use crate::validate::{keep_in_place, keep_parts};
use crate::{Attribute, BoundPath, Error, Quirk, Result};

/// Whether there is more of an attribute than the elements at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Elsewhere {
    /// Nothing that the operation selects.
    Nothing,
    /// Elements that it selects: here it need not find or make one.
    Selected,
}

/// Carries out one operation on the elements of an attribute.
pub(super) fn apply(
    reader: Reader<'_>,
    target: &AttributeTarget,
    elements: &mut Vec<Value>,
    action: Action,
    elsewhere: Elsewhere,
) -> Result<()> {
    let path = target.path.parent();
    let on = On { reader, path: &path, selection: target.selection.as_ref(), elsewhere };
    let primary = match &target.path.sub {
        Some(sub) => on.sub_attribute(sub, elements, action)?,
        None if target.selection.is_some() => on.selected(elements, action)?,
        None => on.all(elements, action)?,
    };
    // §3.5.2: setting primary to true clears it on every other value.
    if !primary.is_empty() {
        for (index, element) in elements.iter_mut().enumerate() {
            if is_primary(element) && !primary.contains(&index) {
                element["primary"] = Value::Bool(false);
            }
        }
    }
    // An element of a collection that names nobody is not left out but refused where it is read.
    if reader.kind.collection(&path).is_none() {
        elements.retain(|element| element.as_object().is_none_or(|members| !members.is_empty()));
    }
    Ok(())
}

/// Whether an operation on that target selects one of the elements.
pub(super) fn selects_any(target: &AttributeTarget, elements: &[Value]) -> bool {
    match &target.selection {
        None => !elements.is_empty(),
        Some(selection) => elements.iter().any(|element| element_matches(&selection.filter, element)),
    }
}

/// The elements as the end of a request finds them: no duplicates, one primary (S90).
pub(super) fn settle(path: &BoundPath, elements: Vec<Value>) -> Result<Vec<Value>> {
    let elements = collapse(&path.attribute, elements);
    check_primary(path, &elements)?;
    Ok(elements)
}

struct On<'a> {
    reader: Reader<'a>,
    path: &'a BoundPath,
    selection: Option<&'a Selection>,
    elsewhere: Elsewhere,
}

/// The places of the elements that the operation made primary.
type NewlyPrimary = Vec<usize>;

impl On<'_> {
    /// A path without filter and sub-attribute: the attribute as a list.
    fn all(&self, elements: &mut Vec<Value>, action: Action) -> Result<NewlyPrimary> {
        match action {
            Action::Add(value) => self.add(elements, value),
            Action::Replace(value) => {
                let new = Value::Array(self.reader.list(self.path, value)?);
                let present = Value::Array(std::mem::take(elements));
                if let Value::Array(kept) = keep_parts(self.path, &present, new)? {
                    *elements = kept;
                }
                Ok(Vec::new())
            }
            Action::Remove(None) => {
                elements.clear();
                Ok(Vec::new())
            }
            Action::Remove(Some(value)) => {
                let listed = listed::read(self.reader, self.path, value)?;
                elements.retain(|element| !listed.contains(self.path, element));
                Ok(Vec::new())
            }
        }
    }

    /// §3.5.2.1: new values are appended; one that is there already is merged into (S06).
    fn add(&self, elements: &mut Vec<Value>, value: Value) -> Result<NewlyPrimary> {
        let attribute = &self.path.attribute;
        let mut places: HashMap<ElementKey, usize> = HashMap::with_capacity(elements.len());
        for (index, element) in elements.iter().enumerate() {
            places.entry(ElementKey::of(attribute, element)).or_insert(index);
        }
        let mut primary = Vec::new();
        for new in self.reader.list(self.path, value)? {
            let place = places.get(&ElementKey::of(attribute, &new)).copied().unwrap_or(elements.len());
            if is_primary(&new) {
                primary.push(place);
            }
            match (elements.get_mut(place), new) {
                (Some(Value::Object(present)), Value::Object(new)) => {
                    parts::merge(self.path, present, Parts { assigned: new, unassigned: Vec::new() })?;
                }
                (Some(_), _) => {}
                (None, new) => elements.push(new),
            }
        }
        Ok(primary)
    }

    /// A path with a filter and no sub-attribute: whole elements.
    fn selected(&self, elements: &mut Vec<Value>, action: Action) -> Result<NewlyPrimary> {
        let places = self.places(elements);
        match action {
            Action::Remove(value) => {
                let listed =
                    value.filter(|value| !is_nothing(value)).map(|value| listed::read(self.reader, self.path, value)).transpose()?;
                let mut index = 0;
                let mut selected = places.into_iter().peekable();
                elements.retain(|element| {
                    let is_selected = selected.next_if_eq(&index).is_some();
                    index += 1;
                    !is_selected || listed.as_ref().is_some_and(|listed| !listed.contains(self.path, element))
                });
                Ok(Vec::new())
            }
            Action::Add(value) | Action::Replace(value) if !self.path.attribute.is_complex() => {
                self.simple_elements(elements, &places, value)
            }
            Action::Add(value) => {
                let new = self.one_element(value)?;
                let is_new_primary = new.assigned.get("primary") == Some(&Value::Bool(true));
                let places = if self.lacks(&places) { vec![self.create(elements)?] } else { places };
                for place in &places {
                    self.merge_at(elements, *place, Parts { assigned: new.assigned.clone(), unassigned: new.unassigned.clone() })?;
                }
                Ok(if is_new_primary { places } else { Vec::new() })
            }
            Action::Replace(value) => {
                let new = self.one_element(value)?;
                let is_new_primary = new.assigned.get("primary") == Some(&Value::Bool(true));
                let places = if self.lacks(&places) { vec![self.create_in_place_of(elements)?] } else { places };
                for place in &places {
                    self.replace_at(elements, *place, &new)?;
                }
                Ok(if is_new_primary { places } else { Vec::new() })
            }
        }
    }

    /// Values without sub-attributes: the selected ones become the new one.
    fn simple_elements(&self, elements: &mut [Value], places: &[usize], value: Value) -> Result<NewlyPrimary> {
        if self.lacks(places) {
            return Err(self.no_target());
        }
        let mut items = self.reader.items(self.path, value)?.into_iter();
        let new = match (items.next(), items.next()) {
            (Some(item), None) => self.reader.element(self.path, item)?,
            (Some(_) | None, _) => None,
        };
        let Some(new) = new else {
            return Err(Error::invalid_value(format!("`{}`: send the one value that the selected ones become", self.path)));
        };
        for place in places {
            if let Some(element) = elements.get_mut(*place) {
                *element = new.clone();
            }
        }
        Ok(Vec::new())
    }

    /// A path that ends in a sub-attribute: of the selected elements, or of all.
    fn sub_attribute(&self, sub: &Arc<Attribute>, elements: &mut Vec<Value>, action: Action) -> Result<NewlyPrimary> {
        let leaf = self.path.with_sub(sub.clone());
        let places = self.places(elements);
        let adds = matches!(action, Action::Add(_));
        let (value, places) = match action {
            Action::Remove(guard) => {
                let guard = guard.filter(|guard| !is_nothing(guard)).map(|guard| self.reader.value(&leaf, guard)).transpose()?.flatten();
                for place in places {
                    if let Some(Value::Object(element)) = elements.get_mut(place) {
                        parts::unassign_guarded(&leaf, element, guard.as_ref())?;
                        drop_without_content(element);
                    }
                }
                return Ok(Vec::new());
            }
            Action::Add(value) => {
                let value = self.reader.value(&leaf, value)?;
                let create = self.lacks(&places) && value.is_some();
                (value, if create { vec![self.create(elements)?] } else { places })
            }
            Action::Replace(value) => {
                let value = self.reader.value(&leaf, value)?;
                let create = self.lacks(&places) && value.is_some();
                (value, if create { vec![self.create_in_place_of(elements)?] } else { places })
            }
        };
        let is_new_primary = sub.name == "primary" && value == Some(Value::Bool(true));
        for place in &places {
            let Some(Value::Object(element)) = elements.get_mut(*place) else { continue };
            match &value {
                Some(value) if adds => parts::add(&leaf, element, value.clone())?,
                Some(value) => parts::assign(&leaf, element, value.clone())?,
                None => {
                    parts::unassign_guarded(&leaf, element, None)?;
                    drop_without_content(element);
                }
            }
        }
        Ok(if is_new_primary { places } else { Vec::new() })
    }

    /// The places of the selected elements, in order.
    fn places(&self, elements: &[Value]) -> Vec<usize> {
        let is_selected = |element: &Value| self.selection.is_none_or(|selection| element_matches(&selection.filter, element));
        elements.iter().enumerate().filter(|(_, element)| is_selected(element)).map(|(index, _)| index).collect()
    }

    /// Whether nothing is selected.
    fn lacks(&self, places: &[usize]) -> bool {
        places.is_empty() && self.elsewhere == Elsewhere::Nothing
    }

    /// S89: an `add` that selects nothing makes the element that it would have selected.
    fn create(&self, elements: &mut Vec<Value>) -> Result<usize> {
        let fixed = match self.selection {
            Some(selection) if selection.creates => selection.fixed.clone(),
            Some(_) => return Err(self.no_target()),
            None => Document::new(),
        };
        elements.push(Value::Object(fixed));
        Ok(elements.len() - 1)
    }

    /// §3.5.2.3: a `replace` whose filter selects nothing fails. Without a filter the attribute does not exist, and it adds.
    fn create_in_place_of(&self, elements: &mut Vec<Value>) -> Result<usize> {
        if self.selection.is_some() && !self.reader.leniency.permits(Quirk::ReplaceAddsWhenNoMatch) {
            return Err(self.no_target());
        }
        self.create(elements)
    }

    fn no_target(&self) -> Error {
        Error::no_target(format!("no value of `{}` matches the filter: read the resource and name one that is there", self.path))
    }

    /// The one object that an operation on whole elements has for a value.
    fn one_element(&self, value: Value) -> Result<Parts> {
        let mut parts = match value {
            Value::Array(mut items) => match (items.pop(), items.is_empty()) {
                (Some(only), true) if self.reader.leniency.permits(Quirk::UnwrapSingleValues) => self.reader.element_parts(self.path, only),
                (Some(_) | None, _) => {
                    Err(Error::invalid_value(format!("`{}`: send one object for the elements that the filter selects", self.path)))
                }
            },
            single => self.reader.element_parts(self.path, single),
        }?;
        if self.reader.kind.collection(self.path).is_some() {
            only_of_client(&mut parts);
        }
        Ok(parts)
    }

    fn merge_at(&self, elements: &mut [Value], place: usize, new: Parts) -> Result<()> {
        match elements.get_mut(place) {
            Some(Value::Object(element)) => parts::merge(self.path, element, new),
            Some(_) | None => Ok(()),
        }
    }

    /// S07: the whole element is replaced, but what the filter fixed by `eq` stays if the new value does not name it.
    fn replace_at(&self, elements: &mut [Value], place: usize, new: &Parts) -> Result<()> {
        let Some(Value::Object(element)) = elements.get_mut(place) else { return Ok(()) };
        let present = element.clone();
        let fixed = self.selection.map(|selection| &selection.fixed);
        element.retain(|name, _| fixed.is_some_and(|fixed| fixed.contains_key(name)) && !new.unassigned.contains(name));
        element.extend(new.assigned.clone());
        keep_in_place(self.path, &present, element)
    }
}

/// An element of which nothing but labels is left disappears (ENTRA-62, ENTRA-70).
fn drop_without_content(element: &mut Document) {
    if !has_content(element) {
        element.clear();
    }
}

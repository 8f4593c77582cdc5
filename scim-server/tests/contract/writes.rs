//! What stores with a flaw take a change for.

use std::collections::BTreeSet;

use scim_server::store::{
    Change, Content, Document, Edit, Element, Expected, Load, ResourceKey, Store, StoreError, Stored, Unknown, contract,
};
use scim_server::{MemoryStore, ResourceType};
use serde_json::{Value, json};

use super::flawed::Flaw;

/// The change as a store of that flaw understands it.
pub(crate) fn misread(flaw: Flaw, change: &mut Change) {
    let kind = match change {
        Change::Create { key, .. } | Change::Update { key, .. } | Change::Delete { key, .. } => key.kind.clone(),
    };
    match change {
        Change::Create { new, .. } => content(flaw, new),
        Change::Update { new, edits, .. } => {
            let has_new = new.is_some();
            new.iter_mut().for_each(|new| content(flaw, new));
            if flaw == Flaw::ChangesOneThing && has_new {
                edits.clear();
            }
            if flaw == Flaw::StartsCollectionsAnew && has_new {
                edits.extend(emptied(&kind));
            }
            edits.iter_mut().for_each(|(_, edit)| self::edit(flaw, edit));
        }
        Change::Delete { .. } => {}
    }
}

fn content(flaw: Flaw, content: &mut Content) {
    if flaw == Flaw::TouchesValuesUp {
        content.document.values_mut().for_each(touch_up);
    }
    if flaw == Flaw::TakesAnything {
        content.unknown_elements = Unknown::Keep;
    }
}

/// Text in lower case, numbers without fraction.
fn touch_up(value: &mut Value) {
    match value {
        Value::String(text) => *text = text.to_lowercase(),
        Value::Number(number) => {
            if let Some(number) = number.as_f64() {
                *value = json!(number.round());
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(touch_up),
        Value::Object(members) => members.values_mut().for_each(touch_up),
        Value::Null | Value::Bool(_) => {}
    }
}

fn emptied(kind: &ResourceType) -> impl Iterator<Item = (String, Edit)> {
    let none = || Edit::Replace { elements: Vec::new(), unknown: Unknown::Refuse };
    kind.collections.iter().map(move |collection| (collection.attribute.to_string(), none()))
}

fn edit(flaw: Flaw, edit: &mut Edit) {
    *edit = match (flaw, &*edit) {
        (Flaw::TakesDeltasForAll, Edit::Delta { put, unknown, .. }) => Edit::Replace { elements: put.clone(), unknown: *unknown },
        (Flaw::OnlyAdds, Edit::Replace { elements, unknown }) => {
            Edit::Delta { put: elements.clone(), remove: Vec::new(), unknown: *unknown }
        }
        (Flaw::TakesAnything, Edit::Delta { put, remove, .. }) => {
            Edit::Delta { put: put.clone(), remove: remove.clone(), unknown: Unknown::Keep }
        }
        (Flaw::TakesAnything, Edit::Replace { elements, .. }) => Edit::Replace { elements: elements.clone(), unknown: Unknown::Keep },
        _ => return,
    };
}

fn put_by(edit: &Edit) -> &[Element] {
    match edit {
        Edit::Delta { put, .. } => put,
        Edit::Replace { elements, .. } => elements,
    }
}

/// What a store of that flaw refuses though it is right.
pub(crate) async fn object(inner: &MemoryStore, flaw: Flaw, changes: &[Change]) -> Result<(), StoreError> {
    let refuse = || Err(StoreError::Internal("it is flawed".into()));
    if flaw == Flaw::RefusesNothing && changes.is_empty() {
        return refuse();
    }
    for change in changes {
        let Change::Update { key, new, edits, .. } = change else { continue };
        if flaw == Flaw::RefusesOnesOwn && new.as_ref().is_some_and(|new| !new.unique.is_empty()) {
            return refuse();
        }
        for (path, edit) in edits {
            let ids: BTreeSet<&str> = put_by(edit).iter().map(|element| element.value.as_str()).collect();
            if flaw == Flaw::RefusesTwins && ids.len() < put_by(edit).len() {
                return refuse();
            }
            for id in ids {
                let circle = flaw == Flaw::RefusesCircles && contains(inner, key, id, path).await?;
                let policy = match edit {
                    Edit::Delta { unknown, .. } | Edit::Replace { unknown, .. } => *unknown,
                };
                let forgotten = flaw == Flaw::ForgetsWhatStands && policy != Unknown::Keep && !is_there(inner, id).await?;
                if circle || forgotten {
                    return refuse();
                }
            }
        }
    }
    Ok(())
}

async fn is_there(inner: &MemoryStore, id: &str) -> Result<bool, StoreError> {
    for kind in contract::registry().types() {
        if inner.get(&ResourceKey { kind: kind.clone(), id: id.to_owned() }, &Load::DOCUMENT).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the resource of the key's type with that id has the key's resource in its collection.
async fn contains(inner: &MemoryStore, key: &ResourceKey, id: &str, path: &str) -> Result<bool, StoreError> {
    let other = ResourceKey { kind: key.kind.clone(), id: id.to_owned() };
    let found = inner.get(&other, &Load::Everything).await?;
    Ok(found.is_some_and(|other| other.collections.get(path).into_iter().flatten().any(|element| element.value == key.id)))
}

/// Each update that changes document and collections becomes two.
pub(crate) fn split(changes: Vec<Change>) -> Vec<Change> {
    let mut all = Vec::new();
    for change in changes {
        match change {
            Change::Update { key, expected, new: Some(new), edits } if !edits.is_empty() => {
                all.push(Change::Update { key: key.clone(), expected, new: Some(new), edits: Vec::new() });
                all.push(Change::Update { key, expected: Expected::Any, new: None, edits });
            }
            change => all.push(change),
        }
    }
    all
}

/// What changes the users who come into a collection.
pub(crate) async fn touches(inner: &MemoryStore, changes: &[Change]) -> Result<Vec<Change>, StoreError> {
    let Some(kind) = contract::registry().by_name("User").cloned() else { return Ok(Vec::new()) };
    let mut touches = Vec::new();
    for change in changes {
        let Change::Update { edits, .. } = change else { continue };
        for element in edits.iter().flat_map(|(_, edit)| put_by(edit)) {
            let key = ResourceKey { kind: kind.clone(), id: element.value.clone() };
            let Some(Stored { document, .. }) = inner.get(&key, &Load::DOCUMENT).await? else { continue };
            let secrets: Document = [("password".to_owned(), json!("new"))].into_iter().collect();
            let new = Content { document, secrets, ..Content::default() };
            touches.push(Change::Update { key, expected: Expected::Any, new: Some(new), edits: Vec::new() });
        }
    }
    Ok(touches)
}

//! What a store is to keep of a draft, beside the document itself: what must be unique and what it refers to.

use std::collections::HashSet;

use serde_json::Value;

use crate::comparison::comparison_key;
use crate::resource_type::refers_to;
use crate::store::{Document, Reference, UniqueKey, Unknown};
use crate::validate::place;
use crate::{BoundPath, Leniency, Mutability, Profile, Quirk, ResourceType};

/// The values that no other resource of the type may have (RFC 7643 §7, `uniqueness`): of many values, each.
pub(super) fn unique_keys(kind: &ResourceType, document: &Document, leniency: &Leniency) -> Vec<UniqueKey> {
    let mut keys = Vec::new();
    for path in kind.attributes().filter(|path| path.attribute.mutability != Mutability::ReadOnly) {
        let Some(value) = place::get(document, &path) else { continue };
        let name_of_group = is_name_of_group(kind, &path) && leniency.permits(Quirk::UniqueGroupNames);
        if path.attribute.is_unique() || name_of_group {
            keys.extend(keys_of(&path, values(value)));
        }
        for sub in path.attribute.sub_attributes.iter().filter(|sub| sub.is_unique()) {
            let parts = values(value).filter_map(|element| element.get(&sub.name)).flat_map(values);
            keys.extend(keys_of(&path.with_sub(sub.clone()), parts));
        }
    }
    keys
}

/// The elements of a list, or the one value.
fn values(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice).iter()
}

/// The keys of the values, each once: a resource may repeat its own.
fn keys_of<'a>(path: &BoundPath, values: impl Iterator<Item = &'a Value>) -> Vec<UniqueKey> {
    let mut seen = HashSet::new();
    let keys = values.filter_map(|value| comparison_key(path.leaf(), value)).filter(|key| seen.insert(key.clone()));
    keys.map(|key| UniqueKey { path: path.to_string(), key }).collect()
}

/// All values of a document that some profile makes unique: what a store may have kept of it, whoever wrote it.
#[must_use]
pub fn possible_unique_keys(kind: &ResourceType, document: &Document) -> Vec<UniqueKey> {
    unique_keys(kind, document, &Leniency::new(Profile::LENIENT))
}

/// `displayName` of a type that has members: the only name by which people tell groups apart (S64).
fn is_name_of_group(kind: &ResourceType, path: &BoundPath) -> bool {
    !kind.collections.is_empty() && path.extension.is_none() && path.attribute.name == "displayName"
}

/// The resources that the document names.
pub(super) fn references(kind: &ResourceType, document: &Document, leniency: &Leniency) -> Vec<Reference> {
    // Whether the id is unknown is for the store to find, so nothing is recorded as met here.
    let unknown = if leniency.profile().has(Quirk::KeepUnknownReferences) { Unknown::Keep } else { Unknown::Refuse };
    let mut found = Vec::new();
    for path in &kind.references {
        let value = place::get(document, path).and_then(|value| value.get("value")?.as_str());
        if let (Some(value), Some(types)) = (value, refers_to(&path.attribute)) {
            found.push(Reference { path: path.to_string(), value: value.to_owned(), types: types.to_vec(), unknown });
        }
    }
    found
}

/// What to do with an unknown id in a collection (S63).
pub(crate) fn unknown_elements(leniency: &Leniency) -> Unknown {
    if leniency.profile().has(Quirk::LeaveOutUnknownMembers) { Unknown::LeaveOut } else { Unknown::Refuse }
}

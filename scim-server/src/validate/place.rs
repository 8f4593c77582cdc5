//! Where an attribute stands in a document: at the top, or under the URN of its extension (RFC 7643 §3.3).

use serde_json::Value;

use crate::BoundPath;
use crate::store::Document;

/// The value of the attribute, without regard to a sub-attribute of the path.
pub(crate) fn get<'d>(document: &'d Document, path: &BoundPath) -> Option<&'d Value> {
    match &path.extension {
        None => document.get(&path.attribute.name),
        Some(urn) => document.get(&**urn)?.get(&path.attribute.name),
    }
}

/// The value of the attribute, to be changed in place.
pub(crate) fn get_mut<'d>(document: &'d mut Document, path: &BoundPath) -> Option<&'d mut Value> {
    match &path.extension {
        None => document.get_mut(&path.attribute.name),
        Some(urn) => document.get_mut(&**urn)?.get_mut(&path.attribute.name),
    }
}

/// Takes the attribute out; an extension without any attribute goes, too.
pub(crate) fn take(document: &mut Document, path: &BoundPath) -> Option<Value> {
    let Some(urn) = &path.extension else {
        return document.shift_remove(&path.attribute.name);
    };
    let Value::Object(extension) = document.get_mut(&**urn)? else { return None };
    let taken = extension.shift_remove(&path.attribute.name);
    if extension.is_empty() {
        document.shift_remove(&**urn);
    }
    taken
}

/// Gives the attribute that value.
pub(crate) fn put(document: &mut Document, path: &BoundPath, value: Value) {
    let Some(urn) = &path.extension else {
        document.insert(path.attribute.name.clone(), value);
        return;
    };
    let extension = document.entry(urn.to_string()).or_insert_with(|| Value::Object(Document::new()));
    if let Value::Object(extension) = extension {
        extension.insert(path.attribute.name.clone(), value);
    }
}

/// Gives the attribute that value, or none.
pub(crate) fn set(document: &mut Document, path: &BoundPath, value: Option<Value>) {
    match value {
        Some(value) => put(document, path, value),
        None => drop(take(document, path)),
    }
}

//! What a resource cannot be without (RFC 7643 §2.2, §7 `required`; RFC 7644 §3.3).

use serde_json::Value;

use super::place;
use crate::store::Document;
use crate::{Attribute, BoundPath, Mutability, ResourceType};

/// The canonical path of the first required attribute, sub-attribute or extension that the document lacks. Collections stand elsewhere.
pub(crate) fn missing(kind: &ResourceType, document: &Document) -> Option<String> {
    let without_extension = kind
        .extensions
        .iter()
        .find(|extension| extension.required && !document.contains_key(&extension.schema.id))
        .map(|extension| extension.schema.id.clone());
    without_extension.or_else(|| kind.attributes().find_map(|path| missing_at(kind, document, &path)))
}

fn missing_at(kind: &ResourceType, document: &Document, path: &BoundPath) -> Option<String> {
    let attribute = &path.attribute;
    // `schemas` is computed, and what the server makes or keeps elsewhere cannot lack here.
    if attribute.name == "schemas" || is_given_elsewhere(attribute) || kind.collection(path).is_some() {
        return None;
    }
    let Some(value) = place::get(document, path) else {
        // An extension that is not there requires nothing (§6 of RFC 7643).
        let applies = path.extension.as_ref().is_none_or(|urn| document.contains_key(&**urn));
        return (attribute.required && applies).then(|| path.to_string());
    };
    if attribute.required && value == "" {
        return Some(path.to_string());
    }
    let required = attribute.sub_attributes.iter().filter(|sub| sub.required && !is_given_elsewhere(sub));
    let elements = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    required
        .into_iter()
        .find(|sub| elements.iter().any(|element| is_absent(element, &sub.name)))
        .map(|sub| path.with_sub(sub.clone()).to_string())
}

fn is_given_elsewhere(attribute: &Attribute) -> bool {
    attribute.mutability == Mutability::ReadOnly || attribute.is_secret()
}

fn is_absent(element: &Value, name: &str) -> bool {
    element.get(name).is_none_or(|value| value == "")
}

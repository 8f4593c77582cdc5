//! What a resource cannot be without (RFC 7643 §2.2, §7 `required`; RFC 7644 §3.3).

use serde_json::Value;

use super::place;
use crate::store::Document;
use crate::{BoundPath, Mutability, ResourceType};

/// The values of a resource that are never shown, as far as they are known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Secrets<'a> {
    /// What the request gives; null where it takes a value away.
    pub(crate) given: &'a Document,
    /// The document before the request, if there was one: nobody knows its secrets, but they are there and stay (S13).
    pub(crate) before: Option<&'a Document>,
}

/// The canonical path of the first required attribute, sub-attribute or extension that the document or the secrets lack. Collections
/// stand elsewhere.
pub(crate) fn missing(kind: &ResourceType, document: &Document, secrets: Secrets<'_>) -> Option<String> {
    let without_extension = kind
        .extensions
        .iter()
        .find(|extension| extension.required && !document.contains_key(&extension.schema.id))
        .map(|extension| extension.schema.id.clone());
    without_extension.or_else(|| kind.attributes().find_map(|path| missing_at(kind, document, secrets, &path)))
}

fn missing_at(kind: &ResourceType, document: &Document, secrets: Secrets<'_>, path: &BoundPath) -> Option<String> {
    let attribute = &path.attribute;
    // `schemas` is computed, and what the server makes or keeps elsewhere cannot lack here.
    if attribute.name == "schemas" || attribute.mutability == Mutability::ReadOnly || kind.collection(path).is_some() {
        return None;
    }
    let is_in = |document: &Document| path.extension.as_ref().is_none_or(|urn| document.contains_key(&**urn));
    let value = if attribute.is_secret() {
        let given = place::get(secrets.given, path).filter(|value| !value.is_null());
        if given.is_none() && secrets.before.is_some_and(is_in) {
            return None;
        }
        given
    } else {
        place::get(document, path)
    };
    let Some(value) = value else {
        // An extension that is not there requires nothing (§6 of RFC 7643).
        return (attribute.required && (is_in(document) || is_in(secrets.given))).then(|| path.to_string());
    };
    if attribute.required && value == "" {
        return Some(path.to_string());
    }
    // The secret parts of what is shown stand beside the others.
    let required = attribute.sub_attributes.iter().filter(|sub| sub.required && sub.mutability != Mutability::ReadOnly);
    let elements = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    required
        .into_iter()
        .find(|sub| elements.iter().any(|element| is_absent(element, &sub.name)))
        .map(|sub| path.with_sub(sub.clone()).to_string())
}

fn is_absent(element: &Value, name: &str) -> bool {
    element.get(name).is_none_or(|value| value == "")
}

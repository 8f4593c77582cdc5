//! Values of RFC 7643 §4.1 that have one canonical spelling.

use crate::{BoundPath, ResourceType, Schema};

/// §4.1.2: "bjensen@example.com" instead of "bjensen@EXAMPLE.COM". The local part is the mail host's to judge (RFC 5321 §2.4).
pub(super) fn canonical(kind: &ResourceType, path: &BoundPath, text: String) -> String {
    let is_address = path.extension.is_none()
        && path.attribute.name == "emails"
        && path.sub.as_ref().is_some_and(|sub| sub.name == "value")
        && kind.schema.id == Schema::user().id;
    match text.rsplit_once('@') {
        Some((local, domain)) if is_address => format!("{local}@{}", domain.to_ascii_lowercase()),
        Some(_) | None => text,
    }
}

//! Values that have one canonical spelling (RFC 7643 §2.4, §4.1, §7).

use serde_json::Value;

use crate::comparison::comparison_key;
use crate::error::quote;
use crate::{BoundPath, Error, ResourceType, Result, Schema};

/// The text as it is kept.
pub(super) fn canonical(kind: &ResourceType, path: &BoundPath, text: String) -> Result<String> {
    if path.leaf().enforce_canonical_values {
        return one_of_the_canonical(path, text);
    }
    Ok(match text.rsplit_once('@') {
        // §4.1.2: "bjensen@example.com" instead of "bjensen@EXAMPLE.COM". The local part is the mail host's to judge (RFC 5321 §2.4).
        Some((local, domain)) if is_address(kind, path) => format!("{local}@{}", domain.to_ascii_lowercase()),
        Some(_) | None => text,
    })
}

fn is_address(kind: &ResourceType, path: &BoundPath) -> bool {
    path.extension.is_none()
        && path.attribute.name == "emails"
        && path.sub.as_ref().is_some_and(|sub| sub.name == "value")
        && kind.schema.id == Schema::user().id
}

/// S81: the spelling of the schema, if the text is one of its values.
fn one_of_the_canonical(path: &BoundPath, text: String) -> Result<String> {
    let attribute = path.leaf();
    let key = |text: &str| comparison_key(attribute, &Value::String(text.to_owned()));
    let given = key(&text);
    attribute.canonical_values.iter().find(|value| key(value) == given).cloned().ok_or_else(|| {
        let values = attribute.canonical_values.join(", ");
        Error::invalid_value(format!("`{path}` cannot be {}: send one of {values}", quote(&text)))
    })
}

//! Example bodies, made from the schemas: each is valid for its schema, and the server accepts each that is for a request.

use serde_json::{Value, json};

use super::schema::{Side, goes};
use crate::store::Document;
use crate::{Attribute, AttributeType, BoundPath, ResourceType};

const ID: &str = "2819c223-7f76-453a-919d-413861904646";
const TIME: &str = "2011-05-13T04:42:34.000Z";

/// A body for POST or PUT.
pub(super) fn request(kind: &ResourceType) -> Value {
    Value::Object(body(kind, Side::Request))
}

/// The resource that such a body becomes.
pub(super) fn response(kind: &ResourceType, url: &str) -> Value {
    let mut shown = body(kind, Side::Response);
    shown.insert("id".into(), json!(ID));
    shown.shift_remove("meta");
    let location = format!("{url}{}/{ID}", kind.endpoint);
    let meta = json!({"resourceType": kind.name, "created": TIME, "lastModified": TIME, "location": location, "version": "W/\"1\""});
    shown.insert("meta".into(), meta);
    Value::Object(shown)
}

fn body(kind: &ResourceType, side: Side) -> Document {
    let mut body = Document::new();
    let mut urns = vec![json!(kind.schema.id)];
    body.insert("schemas".into(), Value::Null);
    for path in kind.attributes().filter(|path| path.attribute.name != "schemas" && goes(&path.attribute, side)) {
        // No example can know the id of another resource, and a secret may be set only where that is allowed.
        let is_special = names_a_resource(kind, &path) || path.attribute.is_secret();
        if side == Side::Request && is_special && !path.attribute.required {
            continue;
        }
        let value = of_attribute(&path.attribute, side);
        match &path.extension {
            None => drop(body.insert(path.attribute.name.clone(), value)),
            Some(urn) => {
                let urn = urn.to_string();
                if !urns.contains(&json!(urn)) {
                    urns.push(json!(urn));
                }
                body.entry(urn).or_insert_with(|| json!({}))[&path.attribute.name] = value;
            }
        }
    }
    body.insert("schemas".into(), Value::Array(urns));
    body
}

/// Whether the value is the id of another resource.
fn names_a_resource(kind: &ResourceType, path: &BoundPath) -> bool {
    kind.references.contains(path) || kind.collection(path).is_some()
}

fn of_attribute(attribute: &Attribute, side: Side) -> Value {
    let value = match attribute.kind {
        AttributeType::Complex => complex(attribute, side),
        AttributeType::Boolean => json!(true),
        AttributeType::Decimal => json!(1.5),
        AttributeType::Integer => json!(1),
        AttributeType::DateTime => json!(TIME),
        AttributeType::Binary => json!("c2NpbQ=="),
        AttributeType::Reference => json!("https://example.com/"),
        AttributeType::String => json!(text(attribute)),
    };
    if attribute.multi_valued { json!([value]) } else { value }
}

fn complex(attribute: &Attribute, side: Side) -> Value {
    let mut parts = Document::new();
    // A member named `$ref` would be read as a reference of the document itself, even within an example.
    for sub in attribute.sub_attributes.iter().filter(|sub| goes(sub, side) && sub.name != "$ref") {
        let value = match (attribute.name.as_str(), sub.name.as_str()) {
            ("emails", "value") => json!("bjensen@example.com"),
            ("phoneNumbers", "value") => json!("tel:+1-201-555-0123"),
            ("addresses", "country") => json!("US"),
            (_, "value") if attribute.sub_attribute("$ref").is_some() => json!(ID),
            _ => of_attribute(sub, side),
        };
        parts.insert(sub.name.clone(), value);
    }
    Value::Object(parts)
}

/// The first canonical value; else what RFC 7643 §8 has for the names that it gives a form; else the name itself.
fn text(attribute: &Attribute) -> String {
    if let Some(canonical) = attribute.canonical_values.first() {
        return canonical.clone();
    }
    match attribute.name.as_str() {
        "userName" => "bjensen@example.com",
        "displayName" => "Babs Jensen",
        "preferredLanguage" | "locale" => "en-US",
        "timezone" => "America/Los_Angeles",
        other => other,
    }
    .to_owned()
}

//! Valid resources of any type, made from its schemas.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Attribute, AttributeType, Model, ResourceType};

/// How much of a resource is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Amount {
    /// What the schemas require.
    Required,
    /// All that clients can write.
    Everything,
}

impl Model {
    /// A resource of that type with that amount of attributes. Every text that may be free carries the mark.
    pub(crate) fn make(&self, kind: &ResourceType, amount: Amount, mark: &str) -> Value {
        let mut schemas = vec![kind.schema.id.clone()];
        let mut resource = attributes(&kind.schema.attributes, amount, mark);
        if !resource.values().any(|value| value.as_str().is_some_and(|text| text.contains(mark))) {
            resource.insert("externalId".into(), mark.into());
        }
        for (schema, required) in &kind.extensions {
            let part = attributes(&schema.attributes, amount, mark);
            if !part.is_empty() && (*required || amount == Amount::Everything) {
                schemas.push(schema.id.clone());
                resource.insert(schema.id.clone(), part.into());
            }
        }
        let mut whole = Map::new();
        whole.insert("schemas".into(), schemas.into());
        whole.extend(resource);
        whole.into()
    }

    /// A value that the attribute can have, marked where it can be.
    #[must_use]
    pub fn value(attribute: &Attribute, mark: &str) -> Value {
        let one = single(attribute, Amount::Everything, mark);
        if attribute.multi_valued { json!([one]) } else { one }
    }

    /// The first type that clients can create resources of.
    #[must_use]
    pub fn first_type(&self) -> Option<&Arc<ResourceType>> {
        self.kind("User").or(self.types.first())
    }
}

fn attributes(attributes: &[Attribute], amount: Amount, mark: &str) -> Map<String, Value> {
    let wanted = |attribute: &&Attribute| {
        let is_common = ["id", "meta", "schemas"].contains(&attribute.name.as_str());
        attribute.is_writable() && !is_common && (attribute.required || amount == Amount::Everything && can_be_made_up(attribute))
    };
    let made = |attribute: &Attribute| {
        let one = single(attribute, amount, mark);
        (attribute.name.clone(), if attribute.multi_valued { json!([one]) } else { one })
    };
    attributes.iter().filter(wanted).map(made).filter(|(_, value)| *value != json!([{}]) && *value != json!({})).collect()
}

/// Whether a value can be made up: a reference to another resource needs that resource, and a certificate its issuer.
fn can_be_made_up(attribute: &Attribute) -> bool {
    let refers = |attribute: &Attribute| {
        attribute.kind == AttributeType::Reference
            && attribute.reference_types.iter().any(|kind| !["external", "uri"].contains(&kind.to_ascii_lowercase().as_str()))
    };
    let is_secret = attribute.returned == "never";
    let needs_another = refers(attribute) || attribute.sub_attributes.iter().any(refers) || attribute.name == "x509Certificates";
    !is_secret && !needs_another && !attribute.suggests_none
}

fn single(attribute: &Attribute, amount: Amount, mark: &str) -> Value {
    match attribute.kind {
        AttributeType::Boolean => true.into(),
        AttributeType::Decimal => json!(1.5),
        AttributeType::Integer => json!(7),
        AttributeType::DateTime => "2026-01-02T03:04:05Z".into(),
        AttributeType::Binary => "AQIDBA==".into(),
        AttributeType::Reference => format!("https://example.com/{mark}").into(),
        AttributeType::Complex => complex(attribute, amount, mark),
        AttributeType::String => text(attribute, mark),
    }
}

fn complex(attribute: &Attribute, amount: Amount, mark: &str) -> Value {
    let mut parts = attributes(&attribute.sub_attributes, amount, mark);
    // A value of which nothing is required still has to say something.
    if parts.is_empty() {
        let first = attribute.sub("value").or(attribute.sub_attributes.iter().find(|sub| sub.is_writable()));
        parts.extend(first.map(|sub| (sub.name.clone(), single(sub, amount, mark))));
    }
    if parts.contains_key("value") {
        parts.insert("value".into(), element(&attribute.name, attribute.sub("value"), mark));
    }
    parts.into()
}

/// The `value` of an element. Some names of RFC 7643 §4.1.2 say which form it has.
fn element(name: &str, value: Option<&Attribute>, mark: &str) -> Value {
    match name {
        "emails" => format!("{mark}@example.com").into(),
        "phoneNumbers" => "tel:+1-201-555-0123".into(),
        _ => value.map_or(Value::Null, |value| single(value, Amount::Everything, mark)),
    }
}

fn text(attribute: &Attribute, mark: &str) -> Value {
    if let Some(canonical) = attribute.canonical_values.first() {
        return canonical.as_str().into();
    }
    match attribute.name.as_str() {
        // Many servers take nothing but an e-mail address.
        "userName" => format!("{mark}@example.com").into(),
        "password" => format!("Pw-1!{mark}").into(),
        "locale" | "preferredLanguage" => "en-US".into(),
        "timezone" => "Europe/Berlin".into(),
        "country" => "US".into(),
        _ => mark.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Schema, USER, bundled};

    fn user() -> (Model, ResourceType) {
        let schemas: Vec<Arc<Schema>> = bundled();
        let kind = ResourceType {
            name: "User".into(),
            endpoint: "/Users".into(),
            schema: schemas[0].clone(),
            extensions: vec![(schemas[2].clone(), false)],
        };
        let model = Model {
            config: Value::Null,
            types: vec![Arc::new(kind.clone())],
            schemas,
            assumed: Vec::new(),
            me: 404,
            exchanges: Vec::new(),
        };
        (model, kind)
    }

    #[test]
    fn the_smallest_user_has_what_is_required_and_the_mark() {
        let (model, kind) = user();
        assert_eq!(model.make(&kind, Amount::Required, "m-1"), json!({ "schemas": [USER], "userName": "m-1@example.com" }));
    }

    #[test]
    fn a_full_user_has_its_extension_and_nothing_that_only_the_server_writes() {
        let (model, kind) = user();
        let full = model.make(&kind, Amount::Everything, "m-1");
        assert_eq!(full["emails"][0]["value"], "m-1@example.com");
        assert!(full[crate::model::ENTERPRISE]["department"].is_string());
        // The RFC suggests no value for it.
        assert!(full["roles"][0]["value"].is_string() && full["roles"][0].get("type").is_none());
        for absent in ["id", "meta", "groups", "password"] {
            assert!(full.get(absent).is_none(), "{absent}");
        }
    }
}

//! The JSON Schema of a resource type, from its SCIM schemas (RFC 7643 §7).

use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use serde_json::json;

use super::text::kept;
use crate::schema::COMMON;
use crate::{Attribute, AttributeType, Mutability, ResourceType, Returned, Schema};

/// Which way a body goes. What a client sends and what it gets of one type differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Request,
    Response,
}

/// A resource of that type: the common attributes, those of the base schema, and each extension under its URN.
pub(super) fn resource(kind: &ResourceType, side: Side) -> MetaSchema {
    let common = COMMON.iter().filter(|attribute| attribute.name != "schemas").map(AsRef::as_ref);
    let mut schema = object(common.chain(kind.schema.attributes.iter().map(AsRef::as_ref)), side);
    schema.description = described(&kind.description);
    schema.required.insert(0, "schemas");
    schema.properties.insert(0, ("schemas", inline(schemas(kind.urns(), side))));
    for extension in &kind.extensions {
        let urn = kept(&extension.schema.id);
        let mut part = object(extension.schema.attributes.iter().map(AsRef::as_ref), side);
        part.description = described(&extension.schema.description);
        schema.properties.push((urn, inline(part)));
        if extension.required && side == Side::Request {
            schema.required.push(urn);
        }
    }
    schema
}

/// A discovery resource (RFC 7643 §5 to §7), whose attributes are those of its schema, `schemas` and `meta`.
pub(super) fn discovery(declared: &Schema) -> MetaSchema {
    let meta = COMMON.iter().filter(|attribute| attribute.name == "meta").map(AsRef::as_ref);
    let mut schema = object(declared.attributes.iter().map(AsRef::as_ref).chain(meta), Side::Response);
    schema.description = described(&declared.description);
    // Nothing is ever left out of discovery (S50): what the schema requires is there.
    schema.required = vec!["schemas", "meta"];
    schema.required.extend(declared.attributes.iter().filter(|attribute| attribute.required).map(|attribute| kept(&attribute.name)));
    schema.properties.insert(0, ("schemas", inline(schemas([declared.id.as_str()], Side::Response))));
    schema
}

/// `schemas`: the URNs of the type. OpenAPI 3.0 cannot say that the base schema must be among them; the description does.
pub(super) fn schemas<'a>(urns: impl IntoIterator<Item = &'a str>, side: Side) -> MetaSchema {
    let urns: Vec<&str> = urns.into_iter().collect();
    let base = urns.first().copied().unwrap_or_default();
    MetaSchema {
        description: (side == Side::Request && urns.len() > 1)
            .then(|| kept(&format!("Must contain `{base}`, and the URN of each extension that the body has."))),
        items: Some(Box::new(inline(MetaSchema { enum_items: urns.iter().map(|urn| json!(urn)).collect(), ..MetaSchema::new("string") }))),
        min_items: Some(1),
        ..MetaSchema::new("array")
    }
}

/// An object of these attributes, without those that do not go that way.
fn object<'a>(attributes: impl Iterator<Item = &'a Attribute>, side: Side) -> MetaSchema {
    let mut schema = MetaSchema::new("object");
    for attribute in attributes.filter(|attribute| goes(attribute, side)) {
        let name = kept(&attribute.name);
        schema.properties.push((name, inline(of_attribute(attribute, side))));
        let required = match side {
            Side::Request => attribute.required,
            // A projection may leave out all others.
            Side::Response => attribute.required && attribute.returned == Returned::Always,
        };
        if required {
            schema.required.push(name);
        }
    }
    schema
}

/// Whether a body of that side has the attribute: the server ignores what is readOnly (RFC 7644 §3.3) and never shows a secret.
pub(super) fn goes(attribute: &Attribute, side: Side) -> bool {
    let own = match side {
        Side::Request => attribute.mutability != Mutability::ReadOnly,
        Side::Response => !attribute.is_secret(),
    };
    own && (!attribute.is_complex() || attribute.sub_attributes.iter().any(|sub| goes(sub, side)))
}

fn of_attribute(attribute: &Attribute, side: Side) -> MetaSchema {
    let mut value = match attribute.kind {
        AttributeType::Complex => object(attribute.sub_attributes.iter().map(AsRef::as_ref), side),
        AttributeType::Boolean => MetaSchema::new("boolean"),
        AttributeType::Decimal => MetaSchema::new("number"),
        AttributeType::Integer => MetaSchema::new_with_format("integer", "int64"),
        AttributeType::DateTime => MetaSchema::new_with_format("string", "date-time"),
        AttributeType::Binary => MetaSchema::new_with_format("string", "byte"),
        // What a client gave as a reference is given back as it is, URI or not; only the server's own are sure to be URIs.
        AttributeType::Reference => match (side, attribute.mutability) {
            (Side::Request, _) => MetaSchema::new_with_format("string", "uri"),
            // `/ResourceTypes` has relative ones.
            (Side::Response, Mutability::ReadOnly) => MetaSchema::new_with_format("string", "uri-reference"),
            (Side::Response, _) => MetaSchema::new("string"),
        },
        AttributeType::String => MetaSchema::new("string"),
    };
    if side == Side::Request && attribute.required && attribute.kind == AttributeType::String {
        value.min_length = Some(1);
    }
    let mut schema =
        if attribute.multi_valued { MetaSchema { items: Some(Box::new(inline(value))), ..MetaSchema::new("array") } } else { value };
    schema.description = described(&sentences(attribute));
    schema.read_only = attribute.mutability == Mutability::ReadOnly;
    schema.write_only = attribute.mutability == Mutability::WriteOnly;
    schema
}

/// The attribute's own description, and what JSON Schema has no word for.
fn sentences(attribute: &Attribute) -> String {
    let mut text = attribute.description.trim().to_owned();
    let mut add = |sentence: &str| {
        if !text.is_empty() {
            text.push_str(if text.ends_with(['.', '!', '?']) { " " } else { ". " });
        }
        text.push_str(sentence);
    };
    if !attribute.canonical_values.is_empty() {
        // They are suggestions (RFC 7643 §7), so not an `enum`.
        let values: Vec<String> = attribute.canonical_values.iter().map(|value| format!("`{value}`")).collect();
        add(&format!("Canonical values: {}.", values.join(", ")));
    }
    if !attribute.reference_types.is_empty() {
        add(&format!("Refers to: {}.", attribute.reference_types.join(", ")));
    }
    if attribute.mutability == Mutability::Immutable {
        add("Can be set once.");
    }
    if attribute.returned == Returned::Request {
        add("Returned if `attributes` names it.");
    }
    if attribute.is_unique() {
        add("No other resource of the type has the same value.");
    }
    text
}

fn described(text: &str) -> Option<&'static str> {
    (!text.is_empty()).then(|| kept(text))
}

pub(super) fn inline(schema: MetaSchema) -> MetaSchemaRef {
    MetaSchemaRef::Inline(Box::new(schema))
}

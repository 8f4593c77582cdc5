//! Resource types (RFC 7643 §6): what a kind of resource is made of.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::schema::COMMON;
use crate::{Attribute, AttributeType, Schema};

/// A resource type (RFC 7643 §6), with all that follows from its schemas.
#[derive(Debug, PartialEq)]
pub struct ResourceType {
    /// The name, e.g. `User`. It is the `id` too.
    pub name: String,
    /// The path below the base, e.g. `/Users`.
    pub endpoint: String,
    /// What the type is for.
    pub description: String,
    /// The base schema.
    pub schema: Arc<Schema>,
    /// The extensions and whether each must be there.
    pub extensions: Vec<Extension>,
    /// The multi-valued attributes that are kept as rows, not in the document (e.g. `members`).
    pub collections: Vec<Collection>,
    /// The attributes that the server derives from the collections of other types (e.g. `groups`).
    pub derived: Vec<Derived>,
    /// The singular attributes that name another resource (e.g. `manager`).
    pub references: Vec<BoundPath>,
    /// The endpoints of all types of the registry by name: where the `$ref` of a reference points.
    pub endpoints: Arc<BTreeMap<String, String>>,
}

/// A schema extension of a resource type (RFC 7643 §3.3, §6).
#[derive(Debug, Clone, PartialEq)]
pub struct Extension {
    /// Its schema.
    pub schema: Arc<Schema>,
    /// Whether a resource without it is refused.
    pub required: bool,
}

/// A multi-valued attribute whose elements name other resources and are kept one row each.
#[derive(Debug, Clone, PartialEq)]
pub struct Collection {
    /// The attribute, e.g. `members`.
    pub attribute: BoundPath,
    /// The names of the resource types that an element may name.
    pub types: Vec<String>,
    /// The attribute of those types that is derived from this collection, e.g. `groups`.
    pub reverse: Option<String>,
    /// Whether that attribute also lists those that contain the resource through others.
    pub indirect: bool,
}

/// An attribute that is the other side of a collection: `groups` of a `User` from `members` of `Group`.
#[derive(Debug, Clone, PartialEq)]
pub struct Derived {
    /// The attribute, e.g. `groups`.
    pub attribute: BoundPath,
    /// The name of the resource type that has the collection, e.g. `Group`.
    pub from_type: String,
    /// The canonical path of the collection there, e.g. `members`.
    pub from_collection: String,
    /// Whether it also lists the resources that contain this one through nested collections of the same kind, however deep (S59).
    /// Each is listed once, as direct if it is that, too; in a circle a resource contains itself.
    pub indirect: bool,
}

/// A path that has found its attribute: the schema, the attribute and perhaps the sub-attribute.
///
/// It prints as the canonical path: `userName`, `name.givenName`, `urn:…:User:manager.value`.
#[derive(Debug, Clone)]
pub struct BoundPath {
    /// The URN of the extension; none for the base schema and the common attributes.
    pub extension: Option<Arc<str>>,
    /// The attribute.
    pub attribute: Arc<Attribute>,
    /// The sub-attribute, if the path names one.
    pub sub: Option<Arc<Attribute>>,
}

impl BoundPath {
    /// The definition of what the path ends at.
    #[must_use]
    pub fn leaf(&self) -> &Arc<Attribute> {
        self.sub.as_ref().unwrap_or(&self.attribute)
    }

    /// The same path one level up, without its sub-attribute.
    #[must_use]
    pub fn parent(&self) -> BoundPath {
        BoundPath { sub: None, ..self.clone() }
    }

    /// The path of that sub-attribute.
    #[must_use]
    pub fn with_sub(&self, sub: Arc<Attribute>) -> BoundPath {
        BoundPath { sub: Some(sub), ..self.clone() }
    }

    /// Whether some part of the path is never returned: such a path may not be compared or asked for.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.attribute.is_secret() || self.leaf().is_secret()
    }
}

impl fmt::Display for BoundPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(urn) = &self.extension {
            write!(f, "{urn}:")?;
        }
        f.write_str(&self.attribute.name)?;
        match &self.sub {
            Some(sub) => write!(f, ".{}", sub.name),
            None => Ok(()),
        }
    }
}

impl PartialEq for BoundPath {
    fn eq(&self, other: &Self) -> bool {
        self.extension == other.extension
            && self.attribute.name == other.attribute.name
            && self.sub.as_ref().map(|sub| &sub.name) == other.sub.as_ref().map(|sub| &sub.name)
    }
}

impl Eq for BoundPath {}

impl ResourceType {
    /// All URNs of the type: base schema first, then the extensions.
    pub fn urns(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.schema.id.as_str()).chain(self.extensions.iter().map(|extension| extension.schema.id.as_str()))
    }

    /// The extension with that URN, whatever its case.
    #[must_use]
    pub fn extension(&self, urn: &str) -> Option<&Extension> {
        self.extensions.iter().find(|extension| extension.schema.id.eq_ignore_ascii_case(urn))
    }

    /// The attribute of the base schema, or the common attribute, of that name.
    #[must_use]
    pub fn core_attribute(&self, name: &str) -> Option<BoundPath> {
        let common = COMMON.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name));
        let attribute = common.or_else(|| self.schema.attribute(name))?.clone();
        Some(BoundPath { extension: None, attribute, sub: None })
    }

    /// The attribute of that name in the extension with that URN.
    #[must_use]
    pub fn extension_attribute(&self, urn: &str, name: &str) -> Option<BoundPath> {
        let extension = self.extension(urn)?;
        let attribute = extension.schema.attribute(name)?.clone();
        Some(BoundPath { extension: Some(extension.schema.id.as_str().into()), attribute, sub: None })
    }

    /// The attribute of that name in the only extension that has it.
    #[must_use]
    pub fn attribute_of_any_extension(&self, name: &str) -> Option<BoundPath> {
        let mut found = self.extensions.iter().filter_map(|extension| self.extension_attribute(&extension.schema.id, name));
        match (found.next(), found.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }

    /// The attributes of the base schema and the common ones, then those of each extension.
    pub fn attributes(&self) -> impl Iterator<Item = BoundPath> {
        let core = COMMON.iter().chain(&self.schema.attributes).map(|attribute| (None, attribute.clone()));
        let extended = self.extensions.iter().flat_map(|extension| {
            let urn: Arc<str> = extension.schema.id.as_str().into();
            extension.schema.attributes.iter().map(move |attribute| (Some(urn.clone()), attribute.clone()))
        });
        core.chain(extended).map(|(extension, attribute)| BoundPath { extension, attribute, sub: None })
    }

    /// The collection that is this attribute.
    #[must_use]
    pub fn collection(&self, path: &BoundPath) -> Option<&Collection> {
        self.collections.iter().find(|collection| collection.attribute == path.parent())
    }

    /// Whether the server derives this attribute from another type's collection.
    #[must_use]
    pub fn derived(&self, path: &BoundPath) -> Option<&Derived> {
        self.derived.iter().find(|derived| derived.attribute == path.parent())
    }
}

/// Whether a complex attribute names another resource: it has `value` and a `$ref` to resource types (RFC 7643 §2.4).
pub(crate) fn refers_to(attribute: &Attribute) -> Option<&[String]> {
    attribute.sub_attribute("value")?;
    let reference = attribute.sub_attribute("$ref").filter(|sub| sub.kind == AttributeType::Reference)?;
    Some(&reference.reference_types)
}

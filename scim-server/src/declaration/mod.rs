//! How an application declares its resource types (RFC 7643 §6, §7): as a JSON document, or in Rust in the RFC's words.

mod attribute;
pub(crate) mod check;

use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::{Attribute, Schema};

/// Schemas and resource types beside those of RFC 7643, as a document has them: `{"schemas": […], "resourceTypes": […]}`.
///
/// A resource type whose name is registered already extends or replaces that one: the document is the whole declaration. What is
/// wrong with it is told by [`Registry::rfc7643_and`](crate::Registry::rfc7643_and).
///
/// # Examples
/// From JSON, e.g. a file that is read at start:
/// ```
/// use scim_server::{Registry, RegistryDocument};
///
/// let document: RegistryDocument = serde_json::from_str(
///     r#"{
///         "schemas": [{"id": "urn:example:2.0:Badge", "name": "Badge", "attributes": [
///             {"name": "code", "required": true, "caseExact": true, "uniqueness": "server"}
///         ]}],
///         "resourceTypes": [{"name": "Badge", "endpoint": "/Badges", "schema": "urn:example:2.0:Badge"}]
///     }"#,
/// )?;
/// let registry = Registry::rfc7643_and(document)?;
/// # assert!(registry.by_endpoint("/Badges").is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
/// The same in Rust:
/// ```
/// use scim_server::{Attribute, Registry, RegistryDocument, ResourceTypeDeclaration, Schema, Uniqueness};
///
/// let code = Attribute::string("code").required().case_exact().uniqueness(Uniqueness::Server);
/// let document = RegistryDocument::default()
///     .schema(Schema::new("urn:example:2.0:Badge", "Badge").attributes([code]))
///     .resource_type(ResourceTypeDeclaration::new("Badge", "/Badges", "urn:example:2.0:Badge"));
/// let registry = Registry::rfc7643_and(document)?;
/// # assert!(registry.by_endpoint("/Badges").is_some());
/// # Ok::<(), scim_server::RegistryError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegistryDocument {
    /// The schemas.
    #[serde(default)]
    pub schemas: Vec<Schema>,
    /// The resource types.
    #[serde(default)]
    pub resource_types: Vec<ResourceTypeDeclaration>,
}

/// A resource type as an application declares it (RFC 7643 §6), with its collections beside the RFC's members.
///
/// # Examples
/// ```
/// use scim_server::{CollectionDeclaration, ResourceTypeDeclaration};
///
/// let group = ResourceTypeDeclaration::new("Group", "/Groups", "urn:ietf:params:scim:schemas:core:2.0:Group")
///     .description("Group")
///     .collection(CollectionDeclaration::new("members").reverse("groups"));
/// assert_eq!(group, ResourceTypeDeclaration::group());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Declared")]
pub struct ResourceTypeDeclaration {
    /// The name, e.g. `Device`.
    pub name: String,
    /// The path below the base, e.g. `/Devices`.
    pub endpoint: String,
    /// What the type is for.
    pub description: String,
    /// The URN of the base schema.
    pub schema: String,
    /// The extensions.
    pub schema_extensions: Vec<ExtensionDeclaration>,
    /// The attributes that are kept as one row per element.
    pub collections: Vec<CollectionDeclaration>,
}

/// An extension of a [`ResourceTypeDeclaration`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtensionDeclaration {
    /// The URN of the extension's schema.
    pub schema: String,
    /// Whether a resource must have it.
    #[serde(default)]
    pub required: bool,
}

/// A collection of a [`ResourceTypeDeclaration`]: a multi-valued complex attribute with `value` and `$ref`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CollectionDeclaration {
    /// The attribute, e.g. `members`.
    pub attribute: String,
    /// The readOnly attribute of the named types that is derived from it, e.g. `groups`.
    #[serde(default)]
    pub reverse: Option<String>,
    /// Whether the derived attribute also lists the resources that contain the named one through others of their type, which it
    /// tells by `type` `indirect` instead of `direct` (S59): `{"attribute": "members", "reverse": "groups", "indirect": true}`.
    #[serde(default)]
    pub indirect: bool,
}

/// A resource type in a document. It may have what a served one has beside, and nothing else: a misspelt member would be lost in
/// silence.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Declared {
    name: String,
    endpoint: String,
    #[serde(default)]
    description: String,
    schema: String,
    #[serde(default)]
    schema_extensions: Vec<ExtensionDeclaration>,
    #[serde(default)]
    collections: Vec<CollectionDeclaration>,
    #[serde(rename = "id")]
    _id: Option<IgnoredAny>,
    #[serde(rename = "schemas")]
    _schemas: Option<IgnoredAny>,
    #[serde(rename = "meta")]
    _meta: Option<IgnoredAny>,
}

impl From<Declared> for ResourceTypeDeclaration {
    fn from(declared: Declared) -> Self {
        let Declared { name, endpoint, description, schema, schema_extensions, collections, .. } = declared;
        Self { name, endpoint, description, schema, schema_extensions, collections }
    }
}

impl RegistryDocument {
    /// Also this schema.
    #[must_use]
    pub fn schema(mut self, schema: Schema) -> Self {
        self.schemas.push(schema);
        self
    }

    /// Also this resource type.
    #[must_use]
    pub fn resource_type(mut self, declaration: ResourceTypeDeclaration) -> Self {
        self.resource_types.push(declaration);
        self
    }
}

impl ResourceTypeDeclaration {
    /// A type of that name at that endpoint, e.g. `/Devices`, with the base schema of that URN (RFC 7643 §6).
    #[must_use]
    pub fn new(name: impl Into<String>, endpoint: impl Into<String>, schema: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            endpoint: endpoint.into(),
            description: String::new(),
            schema: schema.into(),
            schema_extensions: Vec::new(),
            collections: Vec::new(),
        }
    }

    /// `User` with the enterprise extension (RFC 7643 §4.1, §4.3).
    #[must_use]
    pub fn user() -> Self {
        Self::new("User", "/Users", &Schema::user().id).description("User Account").extension(&Schema::enterprise_user().id)
    }

    /// `Group`, whose `members` are a collection with the reverse `groups` (RFC 7643 §4.2).
    #[must_use]
    pub fn group() -> Self {
        let members = CollectionDeclaration::new("members").reverse("groups");
        Self::new("Group", "/Groups", &Schema::group().id).description("Group").collection(members)
    }

    /// What the type is for.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// A resource may have the extension of that URN (`schemaExtensions`).
    #[must_use]
    pub fn extension(mut self, urn: impl Into<String>) -> Self {
        self.schema_extensions.push(ExtensionDeclaration { schema: urn.into(), required: false });
        self
    }

    /// A resource must have the extension of that URN (`schemaExtensions`, `required`).
    #[must_use]
    pub fn required_extension(mut self, urn: impl Into<String>) -> Self {
        self.schema_extensions.push(ExtensionDeclaration { schema: urn.into(), required: true });
        self
    }

    /// This attribute is kept as one row per element.
    #[must_use]
    pub fn collection(mut self, collection: CollectionDeclaration) -> Self {
        self.collections.push(collection);
        self
    }
}

impl CollectionDeclaration {
    /// The multi-valued complex attribute of that name, whose `value` and `$ref` name other resources.
    #[must_use]
    pub fn new(attribute: impl Into<String>) -> Self {
        Self { attribute: attribute.into(), reverse: None, indirect: false }
    }

    /// The other side is the readOnly attribute of that name of the types that an element may name.
    #[must_use]
    pub fn reverse(mut self, attribute: impl Into<String>) -> Self {
        self.reverse = Some(attribute.into());
        self
    }

    /// The other side also lists what contains the resource through others.
    #[must_use]
    pub fn indirect(mut self) -> Self {
        self.indirect = true;
        self
    }
}

impl Schema {
    /// A schema without attributes yet: its URN (`id`) and the `name` that people read (RFC 7643 §7).
    ///
    /// # Examples
    /// ```
    /// use scim_server::{Attribute, Schema, Uniqueness};
    ///
    /// let schema = Schema::new("urn:example:2.0:Badge", "Badge").description("What opens the doors").attributes([
    ///     Attribute::string("code").required().case_exact().uniqueness(Uniqueness::Server),
    ///     Attribute::complex("owner", [Attribute::string("value"), Attribute::reference("$ref", ["User"])]),
    /// ]);
    /// assert_eq!(serde_json::to_value(&schema)?["attributes"][0]["uniqueness"], "server");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into(), description: String::new(), attributes: Vec::new() }
    }

    /// What the schema is for.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// The attributes, in the order in which they are shown (`attributes`). A second call adds to the first.
    #[must_use]
    pub fn attributes(mut self, attributes: impl IntoIterator<Item = Attribute>) -> Self {
        self.attributes.extend(attributes.into_iter().map(Arc::new));
        self
    }
}

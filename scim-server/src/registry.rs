//! What a server serves: its schemas and resource types (RFC 7643 §6, §7).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::Deserialize;

use crate::resource_type::refers_to;
use crate::schema::COMMON;
use crate::{Attribute, Collection, Derived, Extension, ResourceType, Schema};

/// The schemas and resource types of a server.
///
/// # Examples
/// ```
/// let registry = scim_server::Registry::rfc7643();
/// let user = registry.by_endpoint("/Users").expect("User is registered");
/// assert_eq!(user.name, "User");
/// ```
#[derive(Debug)]
pub struct Registry {
    types: Vec<Arc<ResourceType>>,
    schemas: Vec<Arc<Schema>>,
}

/// Why schemas and resource types do not fit together. The message names the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RegistryError(String);

/// A resource type as a JSON document declares it (RFC 7643 §6), with its collections beside the RFC's members.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceTypeDeclaration {
    /// The name, e.g. `Device`.
    pub name: String,
    /// The path below the base, e.g. `/Devices`.
    pub endpoint: String,
    /// What the type is for.
    #[serde(default)]
    pub description: String,
    /// The URN of the base schema.
    pub schema: String,
    /// The extensions.
    #[serde(default)]
    pub schema_extensions: Vec<ExtensionDeclaration>,
    /// The attributes that are kept as one row per element.
    #[serde(default)]
    pub collections: Vec<CollectionDeclaration>,
}

/// An extension of a [`ResourceTypeDeclaration`].
#[derive(Debug, Clone, Deserialize)]
pub struct ExtensionDeclaration {
    /// The URN of the extension's schema.
    pub schema: String,
    /// Whether a resource must have it.
    #[serde(default)]
    pub required: bool,
}

/// A collection of a [`ResourceTypeDeclaration`]: a multi-valued complex attribute with `value` and `$ref`.
#[derive(Debug, Clone, Deserialize)]
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

/// A JSON document of further schemas and resource types: `{"schemas": […], "resourceTypes": […]}`.
///
/// A resource type whose name is registered already extends or replaces that one: the document is the whole declaration.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegistryDocument {
    /// The schemas.
    #[serde(default)]
    pub schemas: Vec<Schema>,
    /// The resource types.
    #[serde(default)]
    pub resource_types: Vec<ResourceTypeDeclaration>,
}

impl ResourceTypeDeclaration {
    /// `User` with the enterprise extension (RFC 7643 §4.1, §4.3).
    #[must_use]
    pub fn user() -> Self {
        Self {
            name: "User".into(),
            endpoint: "/Users".into(),
            description: "User Account".into(),
            schema: Schema::user().id.clone(),
            schema_extensions: vec![ExtensionDeclaration { schema: Schema::enterprise_user().id.clone(), required: false }],
            collections: Vec::new(),
        }
    }

    /// `Group`, whose `members` are a collection with the reverse `groups` (RFC 7643 §4.2).
    #[must_use]
    pub fn group() -> Self {
        Self {
            name: "Group".into(),
            endpoint: "/Groups".into(),
            description: "Group".into(),
            schema: Schema::group().id.clone(),
            schema_extensions: Vec::new(),
            collections: vec![CollectionDeclaration { attribute: "members".into(), reverse: Some("groups".into()), indirect: false }],
        }
    }
}

impl Registry {
    /// `User`, `Group` and the enterprise extension, as RFC 7643 defines them.
    #[must_use]
    pub fn rfc7643() -> Self {
        Self::new(Vec::new(), vec![ResourceTypeDeclaration::user(), ResourceTypeDeclaration::group()])
            .expect("the RFC's own types fit together; a test builds them")
    }

    /// `User`, `Group` and the enterprise extension, and what the document adds. A type in the document replaces one of the same name.
    ///
    /// # Errors
    /// As [`Registry::new`].
    pub fn rfc7643_and(document: RegistryDocument) -> Result<Self, RegistryError> {
        let mut types = vec![ResourceTypeDeclaration::user(), ResourceTypeDeclaration::group()];
        types.retain(|known| document.resource_types.iter().all(|new| !new.name.eq_ignore_ascii_case(&known.name)));
        types.extend(document.resource_types);
        Self::new(document.schemas, types)
    }

    /// A registry of these resource types. The schemas of RFC 7643 need not be given.
    ///
    /// # Errors
    /// Fails when a name, an endpoint or a URN occurs twice, when a URN is unknown, when an attribute's name is not one of
    /// RFC 7643 §2.1 or is used twice, or when a collection is not a multi-valued complex attribute with `value` and `$ref`.
    pub fn new(schemas: Vec<Schema>, types: Vec<ResourceTypeDeclaration>) -> Result<Self, RegistryError> {
        let mut known: Vec<Arc<Schema>> = Vec::new();
        for schema in schemas.into_iter().map(Arc::new) {
            check_schema(&schema)?;
            if known.iter().any(|other| other.id.eq_ignore_ascii_case(&schema.id)) {
                return Err(RegistryError(format!("schema `{}` is declared twice", schema.id)));
            }
            known.push(schema);
        }
        for schema in [Schema::user(), Schema::group(), Schema::enterprise_user()] {
            if known.iter().all(|other| !other.id.eq_ignore_ascii_case(&schema.id)) {
                known.push(schema);
            }
        }
        let by_urn: HashMap<String, Arc<Schema>> = known.iter().map(|schema| (schema.id.to_ascii_lowercase(), schema.clone())).collect();
        let mut built: Vec<ResourceType> = Vec::new();
        for declaration in &types {
            let kind = build(declaration, &by_urn)?;
            if built.iter().any(|other| other.name.eq_ignore_ascii_case(&kind.name) || other.endpoint.eq_ignore_ascii_case(&kind.endpoint))
            {
                return Err(RegistryError(format!("resource type `{}` or its endpoint `{}` is declared twice", kind.name, kind.endpoint)));
            }
            built.push(kind);
        }
        derive_reverses(&mut built)?;
        let endpoints: Arc<BTreeMap<String, String>> =
            Arc::new(built.iter().map(|kind| (kind.name.clone(), kind.endpoint.clone())).collect());
        for kind in &mut built {
            kind.endpoints = endpoints.clone();
            kind.references = kind
                .attributes()
                .filter(|path| {
                    !path.attribute.multi_valued
                        && refers_to(&path.attribute).is_some_and(|types| types.iter().any(|name| endpoints.contains_key(name)))
                })
                .collect();
        }
        let used: Vec<Arc<Schema>> = known
            .into_iter()
            .filter(|schema| built.iter().any(|kind| kind.urns().any(|urn| urn.eq_ignore_ascii_case(&schema.id))))
            .collect();
        Ok(Self { types: built.into_iter().map(Arc::new).collect(), schemas: used })
    }

    /// The resource types, in order of declaration.
    #[must_use]
    pub fn types(&self) -> &[Arc<ResourceType>] {
        &self.types
    }

    /// The schemas that the resource types use.
    #[must_use]
    pub fn schemas(&self) -> &[Arc<Schema>] {
        &self.schemas
    }

    /// The resource type with that endpoint, e.g. `/Users`. Path segments heed case (RFC 3986 §6.2.2.1).
    #[must_use]
    pub fn by_endpoint(&self, endpoint: &str) -> Option<&Arc<ResourceType>> {
        let endpoint = endpoint.trim_start_matches('/');
        self.types.iter().find(|kind| kind.endpoint.trim_start_matches('/') == endpoint)
    }

    /// The resource type of that name, e.g. `User`.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<&Arc<ResourceType>> {
        self.types.iter().find(|kind| kind.name == name)
    }
}

fn build(declaration: &ResourceTypeDeclaration, schemas: &HashMap<String, Arc<Schema>>) -> Result<ResourceType, RegistryError> {
    let find = |urn: &str| {
        schemas
            .get(&urn.to_ascii_lowercase())
            .cloned()
            .ok_or_else(|| RegistryError(format!("resource type `{}` uses the unknown schema `{urn}`", declaration.name)))
    };
    let name = declaration.endpoint.strip_prefix('/').unwrap_or_default();
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) {
        return Err(RegistryError(format!(
            "resource type `{}`: the endpoint `{}` must be `/` and one segment of letters, digits, `-` and `_`",
            declaration.name, declaration.endpoint
        )));
    }
    let mut extensions = Vec::new();
    for extension in &declaration.schema_extensions {
        extensions.push(Extension { schema: find(&extension.schema)?, required: extension.required });
    }
    let mut kind = ResourceType {
        name: declaration.name.clone(),
        endpoint: declaration.endpoint.clone(),
        description: declaration.description.clone(),
        schema: find(&declaration.schema)?,
        extensions,
        collections: Vec::new(),
        derived: Vec::new(),
        references: Vec::new(),
        endpoints: Arc::default(),
    };
    for collection in &declaration.collections {
        let wrong = || {
            RegistryError(format!(
                "resource type `{}`: the collection `{}` must be a multi-valued complex attribute of its base schema with `value` and `$ref`",
                declaration.name, collection.attribute
            ))
        };
        let attribute = kind.core_attribute(&collection.attribute).filter(|path| path.attribute.multi_valued).ok_or_else(wrong)?;
        let types = refers_to(&attribute.attribute).ok_or_else(wrong)?.to_vec();
        kind.collections.push(Collection { attribute, types, reverse: collection.reverse.clone(), indirect: collection.indirect });
    }
    Ok(kind)
}

/// Gives each type that a collection may name its reverse attribute.
fn derive_reverses(built: &mut [ResourceType]) -> Result<(), RegistryError> {
    let collections: Vec<(String, Collection)> =
        built.iter().flat_map(|kind| kind.collections.iter().map(|collection| (kind.name.clone(), collection.clone()))).collect();
    for (from_type, collection) in collections {
        let Some(reverse) = &collection.reverse else { continue };
        for kind in built.iter_mut().filter(|kind| collection.types.contains(&kind.name)) {
            let Some(attribute) = kind.core_attribute(reverse) else { continue };
            if !attribute.attribute.multi_valued || refers_to(&attribute.attribute).is_none() {
                return Err(RegistryError(format!("`{reverse}` of `{}` cannot be the reverse of a collection", kind.name)));
            }
            kind.derived.push(Derived {
                attribute,
                from_type: from_type.clone(),
                from_collection: collection.attribute.to_string(),
                indirect: collection.indirect,
            });
        }
    }
    Ok(())
}

fn check_schema(schema: &Schema) -> Result<(), RegistryError> {
    if !schema.id.to_ascii_lowercase().starts_with("urn:") {
        return Err(RegistryError(format!("schema `{}`: the id must be a URN", schema.id)));
    }
    check_attributes(&schema.id, &schema.attributes)?;
    match schema.attributes.iter().find(|attribute| COMMON.iter().any(|common| common.name.eq_ignore_ascii_case(&attribute.name))) {
        Some(common) => Err(RegistryError(format!("schema `{}`: every resource has `{}` already", schema.id, common.name))),
        None => Ok(()),
    }
}

fn check_attributes(place: &str, attributes: &[Arc<Attribute>]) -> Result<(), RegistryError> {
    for (index, attribute) in attributes.iter().enumerate() {
        let name = attribute.name.strip_prefix('$').unwrap_or(&attribute.name);
        let legal = name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"$-_".contains(&byte));
        if !legal {
            return Err(RegistryError(format!("`{place}`: `{}` is not an attribute name (RFC 7643 section 2.1)", attribute.name)));
        }
        if attributes[..index].iter().any(|other| other.name.eq_ignore_ascii_case(&attribute.name)) {
            return Err(RegistryError(format!("`{place}`: the attribute `{}` is declared twice", attribute.name)));
        }
        if attribute.is_complex() == attribute.sub_attributes.is_empty() {
            return Err(RegistryError(format!("`{place}`: `{}` must be complex exactly if it has sub-attributes", attribute.name)));
        }
        if let Some(nested) = attribute.sub_attributes.iter().find(|sub| sub.is_complex()) {
            return Err(RegistryError(format!(
                "`{place}`: `{}.{}` must not be complex (RFC 7643 section 2.3.8)",
                attribute.name, nested.name
            )));
        }
        check_attributes(&attribute.name, &attribute.sub_attributes)?;
    }
    Ok(())
}

//! What a server serves: its schemas and resource types (RFC 7643 §6, §7).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::declaration::check;
use crate::resource_type::refers_to;
use crate::{Collection, Derived, Extension, RegistryDocument, ResourceType, ResourceTypeDeclaration, Schema};

/// The schemas and resource types of a server.
///
/// # Examples
/// ```
/// let registry = scim_server::Registry::rfc7643();
/// let user = registry.by_endpoint("/Users").expect("User is registered");
/// assert_eq!(user.name, "User");
/// ```
#[derive(Debug, PartialEq)]
pub struct Registry {
    types: Vec<Arc<ResourceType>>,
    schemas: Vec<Arc<Schema>>,
}

/// Why schemas and resource types do not fit together. The message names the place and the rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RegistryError(pub(crate) String);

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
    /// Fails when a declaration is none that RFC 7643 §2, §6 and §7 allow, or one that could not be kept: the message names the
    /// schema, the attribute or the resource type, and the rule. `docs/resource-types.md` lists the rules.
    pub fn new(schemas: Vec<Schema>, types: Vec<ResourceTypeDeclaration>) -> Result<Self, RegistryError> {
        let mut known: Vec<Arc<Schema>> = Vec::new();
        for schema in schemas.into_iter().map(Arc::new) {
            check::schema(&schema)?;
            check::references(&schema, &types)?;
            if known.iter().any(|other| other.id.eq_ignore_ascii_case(&schema.id)) {
                return Err(RegistryError(format!("schema `{}`: it is declared twice", schema.id)));
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
            check::declaration(declaration)?;
            let kind = build(declaration, &by_urn)?;
            check::resource_type(&kind)?;
            if built.iter().any(|other| other.name.eq_ignore_ascii_case(&kind.name) || other.endpoint.eq_ignore_ascii_case(&kind.endpoint))
            {
                return Err(RegistryError(format!(
                    "resource type `{}`: it or its endpoint `{}` is declared twice",
                    kind.name, kind.endpoint
                )));
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
            .ok_or_else(|| RegistryError(format!("resource type `{}`: it uses the unknown schema `{urn}`", declaration.name)))
    };
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
        let attribute = kind.core_attribute(&collection.attribute);
        let place = place_of(&kind.name, &collection.attribute);
        let types = check::collection(&place, attribute.as_ref().map(|path| &*path.attribute))?;
        let (reverse, indirect) = (collection.reverse.clone(), collection.indirect);
        kind.collections.extend(attribute.map(|attribute| Collection { attribute, types, reverse, indirect }));
    }
    Ok(kind)
}

fn place_of(kind: &str, collection: &str) -> String {
    format!("resource type `{kind}`, collection `{collection}`")
}

/// Gives each type that a collection may name its reverse attribute.
fn derive_reverses(built: &mut [ResourceType]) -> Result<(), RegistryError> {
    let collections: Vec<(String, Collection)> =
        built.iter().flat_map(|kind| kind.collections.iter().map(|collection| (kind.name.clone(), collection.clone()))).collect();
    for (from_type, collection) in collections {
        let Some(reverse) = &collection.reverse else { continue };
        let place = place_of(&from_type, &collection.attribute.to_string());
        let (mut present, mut with_it) = (0, 0);
        for kind in built.iter_mut().filter(|kind| collection.types.contains(&kind.name)) {
            present += 1;
            let Some(attribute) = kind.core_attribute(reverse) else { continue };
            with_it += 1;
            check::reverse(&place, &kind.name, &attribute.attribute)?;
            kind.derived.push(Derived {
                attribute,
                from_type: from_type.clone(),
                from_collection: collection.attribute.to_string(),
                indirect: collection.indirect,
            });
        }
        // `Group` without `User` is whole: what is not served needs no reverse.
        if with_it == 0 && present == collection.types.len() {
            return Err(RegistryError(format!(
                "{place}: none of the types that it names has the attribute `{reverse}` in its base schema"
            )));
        }
    }
    Ok(())
}

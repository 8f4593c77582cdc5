//! What the server says of itself at `/ServiceProviderConfig`, `/ResourceTypes` and `/Schemas` (RFC 7644 §4).
//!
//! The model is lenient: whatever is missing or of a wrong type takes the RFC's default, because it is the checks that judge discovery.

mod attribute;
mod maker;

use std::sync::Arc;

use serde_json::Value;

pub use attribute::{Attribute, AttributeType, Found};
pub(crate) use maker::Amount;

use crate::check::Need;
use crate::target::{Credential, Exchange, Request, Target};

/// The URN of the schema of users.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The URN of the schema of groups.
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The URN of the enterprise extension.
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// How many types, schemas, and attributes of one schema are looked at: nobody has more who means well.
const MOST: usize = 500;

/// A schema (RFC 7643 §7).
#[derive(Debug, Clone)]
pub struct Schema {
    /// The URN.
    pub id: String,
    /// The attributes, in order.
    pub attributes: Vec<Attribute>,
}

impl Schema {
    fn read(schema: &Value) -> Option<Self> {
        let attributes = schema["attributes"].as_array().map(Vec::as_slice).unwrap_or_default();
        Some(Self { id: schema["id"].as_str()?.to_owned(), attributes: attributes.iter().take(MOST).filter_map(Attribute::read).collect() })
    }
}

/// A resource type (RFC 7643 §6) with its schemas.
#[derive(Debug, Clone)]
pub struct ResourceType {
    /// The name, e.g. `User`.
    pub name: String,
    /// The path of the endpoint, with a slash before it, e.g. `/Users`.
    pub endpoint: String,
    /// The base schema.
    pub schema: Arc<Schema>,
    /// The extensions, and whether each is required.
    pub extensions: Vec<(Arc<Schema>, bool)>,
}

impl ResourceType {
    /// Every attribute, those of the extensions last.
    pub fn attributes(&self) -> impl Iterator<Item = Found> {
        let own = self.schema.attributes.iter().map(|attribute| Found { urn: None, attribute: attribute.clone() });
        let extended = self.extensions.iter().flat_map(|(schema, _)| {
            schema.attributes.iter().map(|attribute| Found { urn: Some(schema.id.clone()), attribute: attribute.clone() })
        });
        own.chain(extended)
    }

    /// The first attribute for which that holds.
    pub fn find(&self, holds: impl Fn(&Attribute) -> bool) -> Option<Found> {
        self.attributes().find(|found| holds(&found.attribute))
    }

    /// The attribute of that name in the base schema.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.schema.attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
    }
}

/// What the server says of itself.
#[derive(Debug, Clone)]
pub struct Model {
    /// `/ServiceProviderConfig` as it came, or null.
    pub config: Value,
    /// The resource types.
    pub types: Vec<Arc<ResourceType>>,
    /// The schemas.
    pub schemas: Vec<Arc<Schema>>,
    /// What could not be read, and what was assumed instead.
    pub assumed: Vec<String>,
    /// Whether `/Me` answers, and with what status.
    pub me: u16,
    /// The exchanges that told all this.
    pub exchanges: Vec<Arc<Exchange>>,
}

impl Model {
    /// Asks the server what it is.
    ///
    /// # Errors
    /// Says why the server cannot be reached, or that it takes the credential for wrong.
    pub async fn discover(target: &Target) -> Result<Self, String> {
        let mut exchanges = Vec::new();
        let mut assumed = Vec::new();
        let (config, status) = read(target, "/ServiceProviderConfig", &mut exchanges).await?;
        if status == 401 || status == 403 {
            return Err(format!("the server answers {status} to GET /ServiceProviderConfig: is the token right?"));
        }
        if config.is_null() {
            assumed.push("/ServiceProviderConfig could not be read: every feature is assumed to be supported".to_owned());
        }
        let (schemas, schemas_status) = read(target, "/Schemas", &mut exchanges).await?;
        let mut schemas: Vec<Arc<Schema>> = resources(&schemas).iter().filter_map(Schema::read).map(Arc::new).collect();
        let bundled = bundled();
        if schemas.is_empty() {
            assumed.push("/Schemas could not be read: the schemas of RFC 7643 are assumed".to_owned());
            schemas.clone_from(&bundled);
        }
        let (types, types_status) = read(target, "/ResourceTypes", &mut exchanges).await?;
        // Whoever has mistyped the base URL is not shown hundreds of failures.
        if [status, schemas_status, types_status] == [404; 3] && read(target, "/Users", &mut exchanges).await?.1 == 404 {
            let base = target.base();
            return Err(format!(
                "no SCIM server is there: /ServiceProviderConfig, /Schemas, /ResourceTypes and /Users below {base} all answer 404"
            ));
        }
        let find = |urn: &str| schemas.iter().chain(&bundled).find(|schema| schema.id.eq_ignore_ascii_case(urn)).cloned();
        let mut types: Vec<Arc<ResourceType>> =
            resources(&types).iter().filter_map(|kind| resource_type(kind, &find)).map(Arc::new).collect();
        if types.is_empty() {
            assumed.push("/ResourceTypes could not be read: /Users and /Groups are assumed, if they are there".to_owned());
            for (name, endpoint, urn) in [("User", "/Users", USER), ("Group", "/Groups", GROUP)] {
                if read(target, &format!("{endpoint}?count=1"), &mut exchanges).await?.1 == 404 {
                    continue;
                }
                let schema = find(urn).ok_or("the bundled schemas lack one")?;
                types.push(Arc::new(ResourceType { name: name.into(), endpoint: endpoint.into(), schema, extensions: Vec::new() }));
            }
        }
        let me = read(target, "/Me", &mut exchanges).await?.1;
        Ok(Self { config, types, schemas, assumed, me, exchanges })
    }

    /// The resource type of that name.
    #[must_use]
    pub fn kind(&self, name: &str) -> Option<&Arc<ResourceType>> {
        self.types.iter().find(|kind| kind.name.eq_ignore_ascii_case(name))
    }

    /// Whether a feature is supported: `patch`, `bulk`, `filter`, … A server that does not say is assumed to have it.
    ///
    /// # Errors
    /// The words in which the server says that it does not.
    pub fn supports(&self, feature: &str) -> Result<(), String> {
        match &self.config[feature]["supported"] {
            Value::Bool(false) => Err(format!("ServiceProviderConfig says {feature}.supported is false")),
            _ => Ok(()),
        }
    }

    /// Whether what a check needs is there.
    ///
    /// # Errors
    /// The reason why it is not.
    pub fn meets(&self, need: Need, target: &Target) -> Result<(), String> {
        let given = |credential, option: &str| match target.has(credential) {
            true => Ok(()),
            false => Err(format!("no such token was given ({option})")),
        };
        match need {
            Need::Patch => self.supports("patch"),
            Need::Bulk => self.supports("bulk"),
            Need::Filter => self.supports("filter"),
            Need::Sort => self.supports("sort"),
            Need::Etag => self.supports("etag"),
            Need::ChangePassword => self.supports("changePassword"),
            Need::Cursor if self.config["pagination"]["cursor"] == true => Ok(()),
            Need::Cursor => Err("ServiceProviderConfig does not say that pagination.cursor is true".into()),
            Need::IndexPaging if self.config["pagination"]["index"] == false => {
                Err("ServiceProviderConfig says pagination.index is false".into())
            }
            Need::IndexPaging => Ok(()),
            Need::Type(name) if self.kind(name).is_some() => Ok(()),
            Need::Type(name) => Err(format!("/ResourceTypes has no {name}")),
            Need::Extension(urn) if self.types.iter().any(|kind| kind.extensions.iter().any(|(schema, _)| schema.id == urn)) => Ok(()),
            Need::Extension(urn) => Err(format!("no resource type has the extension {urn}")),
            Need::Me if matches!(self.me, 404 | 405 | 501) => Err(format!("GET /Me answers {}", self.me)),
            Need::Me => Ok(()),
            Need::SecondToken => given(Credential::Second, "--second-token-env"),
            Need::ReadOnlyToken => given(Credential::ReadOnly, "--read-only-token-env"),
            Need::Limits if target.has_limits() => Ok(()),
            Need::Limits => Err("probes of limits run only with --limits".into()),
        }
    }
}

/// Reads one discovery endpoint; what is no JSON in a 200 is null.
async fn read(target: &Target, path: &str, exchanges: &mut Vec<Arc<Exchange>>) -> Result<(Value, u16), String> {
    let headers = vec![("Accept".to_owned(), "application/scim+json".to_owned())];
    let request = Request { method: "GET".into(), url: path.into(), headers, body: None };
    let (exchange, outcome) = target.send(request, Credential::Own).await;
    exchanges.push(exchange);
    let answer = outcome.map_err(|reason| format!("GET {}{path}: {reason}", target.base()))?;
    let body = if answer.status == 200 { serde_json::from_slice(&answer.body).unwrap_or(Value::Null) } else { Value::Null };
    Ok((body, answer.status))
}

/// The resources of a list. A bare array is no ListResponse, but it can be read.
fn resources(list: &Value) -> &[Value] {
    let all = list["Resources"].as_array().or(list.as_array()).map(Vec::as_slice).unwrap_or_default();
    &all[..all.len().min(MOST)]
}

fn resource_type(kind: &Value, find: &impl Fn(&str) -> Option<Arc<Schema>>) -> Option<ResourceType> {
    let endpoint = kind["endpoint"].as_str()?;
    let extensions = kind["schemaExtensions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let extensions = extensions.iter().filter_map(|extension| {
        let required = extension["required"].as_bool().unwrap_or(false);
        Some((find(extension["schema"].as_str()?)?, required))
    });
    Some(ResourceType {
        name: kind["name"].as_str().or(kind["id"].as_str())?.to_owned(),
        endpoint: format!("/{}", endpoint.trim_matches('/')),
        schema: find(kind["schema"].as_str()?)?,
        extensions: extensions.collect(),
    })
}

/// The schemas of RFC 7643 §8.7.1, with its verified errata.
pub(crate) fn bundled() -> Vec<Arc<Schema>> {
    let texts = [include_str!("User.json"), include_str!("Group.json"), include_str!("EnterpriseUser.json")];
    texts.iter().filter_map(|text| Schema::read(&serde_json::from_str(text).ok()?)).map(Arc::new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_schemas_are_whole() {
        let bundled = bundled();
        assert_eq!(bundled.iter().map(|schema| schema.id.as_str()).collect::<Vec<_>>(), [USER, GROUP, ENTERPRISE]);
        assert!(bundled[0].attributes.iter().any(|attribute| attribute.name == "userName" && attribute.required));
    }
}

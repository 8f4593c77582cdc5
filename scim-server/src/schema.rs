//! Schemas (RFC 7643 §7), read from the documents of §8.7.

use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};

use crate::Attribute;

/// A schema: the attributes that a URN stands for (RFC 7643 §7).
///
/// # Examples
/// ```
/// let schema: scim_server::Schema = serde_json::from_str(
///     r#"{"id": "urn:example:2.0:Badge", "name": "Badge", "attributes": [{"name": "colour"}]}"#,
/// )?;
/// assert_eq!(schema.attribute("Colour").map(|found| found.name.as_str()), Some("colour"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// The URN.
    pub id: String,
    /// The name that people read.
    #[serde(default)]
    pub name: String,
    /// What the schema is for.
    #[serde(default)]
    pub description: String,
    /// The attributes, in the order in which they are shown.
    pub attributes: Vec<Arc<Attribute>>,
}

impl Schema {
    /// The attribute of that name, whatever its case (RFC 7643 §2.1).
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Arc<Attribute>> {
        self.attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
    }

    /// The schema of `User` (RFC 7643 §4.1).
    #[must_use]
    pub fn user() -> Arc<Schema> {
        USER.clone()
    }

    /// The schema of `Group` (RFC 7643 §4.2).
    #[must_use]
    pub fn group() -> Arc<Schema> {
        GROUP.clone()
    }

    /// The enterprise extension of `User` (RFC 7643 §4.3).
    #[must_use]
    pub fn enterprise_user() -> Arc<Schema> {
        ENTERPRISE_USER.clone()
    }

    /// The schemas of the discovery resources: `ServiceProviderConfig`, `ResourceType`, `Schema` (RFC 7643 §5 to §7).
    #[must_use]
    pub fn discovery() -> [Arc<Schema>; 3] {
        DISCOVERY.clone()
    }
}

fn built_in(text: &str) -> Arc<Schema> {
    Arc::new(serde_json::from_str(text).expect("the RFC's schema documents are part of the crate and tested"))
}

static USER: LazyLock<Arc<Schema>> = LazyLock::new(|| built_in(include_str!("../schemas/user.json")));
static GROUP: LazyLock<Arc<Schema>> = LazyLock::new(|| built_in(include_str!("../schemas/group.json")));
static ENTERPRISE_USER: LazyLock<Arc<Schema>> = LazyLock::new(|| built_in(include_str!("../schemas/enterprise-user.json")));
static DISCOVERY: LazyLock<[Arc<Schema>; 3]> = LazyLock::new(|| {
    [
        built_in(include_str!("../schemas/service-provider-config.json")),
        built_in(include_str!("../schemas/resource-type.json")),
        built_in(include_str!("../schemas/schema.json")),
    ]
});

/// The attributes that every resource has (RFC 7643 §3, §3.1): `schemas`, `id`, `externalId`, `meta`.
pub(crate) static COMMON: LazyLock<Vec<Arc<Attribute>>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../schemas/common.json")).expect("the common attributes are part of the crate and tested")
});

//! Attributes and their characteristics (RFC 7643 §2.2, §7).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// An attribute definition (RFC 7643 §7, `attributes`), with the defaults of §2.2.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Attribute {
    /// The name, in its canonical spelling.
    pub name: String,
    /// The data type (§2.3).
    #[serde(default, rename = "type")]
    pub kind: AttributeType,
    /// Whether the attribute holds a list (§2.4).
    #[serde(default)]
    pub multi_valued: bool,
    /// What the attribute means, for people.
    #[serde(default)]
    pub description: String,
    /// Whether a resource without it is refused.
    #[serde(default)]
    pub required: bool,
    /// Suggested values, e.g. `work` and `home`.
    #[serde(default)]
    pub canonical_values: Vec<String>,
    /// Whether no other values are accepted than the suggested ones (S81). No characteristic of the RFC: clients are not told.
    #[serde(default)]
    pub enforce_canonical_values: bool,
    /// Whether comparison heeds case.
    #[serde(default)]
    pub case_exact: bool,
    /// When a client may write it.
    #[serde(default)]
    pub mutability: Mutability,
    /// When a client may see it.
    #[serde(default)]
    pub returned: Returned,
    /// Who else may have the same value.
    #[serde(default)]
    pub uniqueness: Uniqueness,
    /// For references: the resource types, `external` or `uri`.
    #[serde(default)]
    pub reference_types: Vec<String>,
    /// For complex attributes: their parts.
    #[serde(default)]
    pub sub_attributes: Vec<Arc<Attribute>>,
}

/// The data types of RFC 7643 §2.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AttributeType {
    /// Unicode text (§2.3.1).
    #[default]
    String,
    /// `true` or `false` (§2.3.2).
    Boolean,
    /// A number with a fraction (§2.3.3).
    Decimal,
    /// A whole number (§2.3.4).
    Integer,
    /// An `xsd:dateTime` (§2.3.5).
    DateTime,
    /// Base64 text (§2.3.6).
    Binary,
    /// A URI (§2.3.7).
    Reference,
    /// An object with sub-attributes (§2.3.8).
    Complex,
}

/// When a value may be written (RFC 7643 §7, `mutability`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mutability {
    /// Only by the service provider.
    ReadOnly,
    /// At any time.
    #[default]
    ReadWrite,
    /// Once.
    Immutable,
    /// At any time, and never shown.
    WriteOnly,
}

/// When a value is shown (RFC 7643 §7, `returned`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Returned {
    /// In every answer.
    Always,
    /// In none.
    Never,
    /// Unless the request excludes it.
    #[default]
    Default,
    /// If the request names it.
    Request,
}

/// Who else may have the same value (RFC 7643 §7, `uniqueness`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Uniqueness {
    /// Anybody.
    #[default]
    None,
    /// No other resource of the type in this tenant.
    Server,
    /// Nobody anywhere; enforced like `server`.
    Global,
}

impl Attribute {
    /// The sub-attribute of that name, whatever its case (RFC 7643 §2.1).
    #[must_use]
    pub fn sub_attribute(&self, name: &str) -> Option<&Arc<Attribute>> {
        self.sub_attributes.iter().find(|sub| sub.name.eq_ignore_ascii_case(name))
    }

    /// Whether the value has sub-attributes.
    #[must_use]
    pub fn is_complex(&self) -> bool {
        self.kind == AttributeType::Complex
    }

    /// Whether no other resource of the type may have the same value.
    #[must_use]
    pub fn is_unique(&self) -> bool {
        self.uniqueness != Uniqueness::None
    }

    /// Whether no client ever sees the value: it may not be filtered, sorted or asked for either. What is writeOnly is that whatever its
    /// `returned` says (RFC 7643 §7).
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.returned == Returned::Never || self.mutability == Mutability::WriteOnly
    }

    /// Whether text is compared by its folded form.
    #[must_use]
    pub fn folds_case(&self) -> bool {
        !self.case_exact && self.kind == AttributeType::String
    }
}

impl Serialize for Attribute {
    /// Every characteristic that applies to the type is sent (RFC 7643 §7).
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("type", &self.kind)?;
        map.serialize_entry("multiValued", &self.multi_valued)?;
        map.serialize_entry("description", &self.description)?;
        map.serialize_entry("required", &self.required)?;
        if !self.canonical_values.is_empty() {
            map.serialize_entry("canonicalValues", &self.canonical_values)?;
        }
        if matches!(self.kind, AttributeType::String | AttributeType::Reference | AttributeType::Binary) {
            // Binaries and references are case exact, whatever their definition says (§2.3.6, §2.3.7).
            map.serialize_entry("caseExact", &!self.folds_case())?;
        }
        map.serialize_entry("mutability", &self.mutability)?;
        map.serialize_entry("returned", &self.returned)?;
        if self.kind != AttributeType::Boolean {
            map.serialize_entry("uniqueness", &self.uniqueness)?;
        }
        if !self.reference_types.is_empty() {
            map.serialize_entry("referenceTypes", &self.reference_types)?;
        }
        if !self.sub_attributes.is_empty() {
            map.serialize_entry("subAttributes", &self.sub_attributes)?;
        }
        map.end()
    }
}

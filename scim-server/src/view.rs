//! Typed views: a Rust struct that is a schema, and the resources that it is read from (RFC 7643 §3, §7).
//!
//! The structs are made by the macros of the feature `derive`. The documents stay the truth: a view is read from one, in a hook or from
//! an answer, and written to one.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::{DeserializeOwned, Error as _};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Number, Value};

use crate::comparison::decode_binary;
use crate::representation::represent;
use crate::store::{Document, Stored};
use crate::{Attribute, Meta, RegistryDocument, ResourceTypeDeclaration, Schema, Timestamp};

/// A Rust type whose values stand in an attribute. Derive it for a struct that is complex (RFC 7643 §2.3.8).
///
/// A plain type is required, an `Option` may be unassigned, a `Vec` is multi-valued.
///
/// # Examples
/// A type of the application's own, which is a string for its clients:
/// ```
/// use scim_server::{Attribute, ScimValue};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct CostCentre(String);
///
/// impl ScimValue for CostCentre {
///     fn attribute(name: &str) -> Attribute {
///         Attribute::string(name).required().case_exact()
///     }
/// }
/// assert!(!Option::<CostCentre>::attribute("costCentre").required);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no value of a SCIM attribute",
    label = "what attribute would this be?",
    note = "derive `ScimValue` for a struct of sub-attributes, or implement it to say what the attribute is"
)]
pub trait ScimValue: Serialize + DeserializeOwned {
    /// The attribute of that name that holds such a value.
    fn attribute(name: &str) -> Attribute;

    /// What stands for an unassigned attribute; nothing if there must be a value.
    #[must_use]
    fn unassigned() -> Option<Self> {
        None
    }
}

/// A Rust struct that is a schema (RFC 7643 §7). Derive it.
pub trait ScimSchema: Serialize + DeserializeOwned {
    /// The URN.
    const URN: &'static str;

    /// The schema.
    #[must_use]
    fn schema() -> Schema;
}

/// A Rust struct that is the base schema of a resource type (RFC 7643 §6). Derive it.
pub trait ScimResource: ScimSchema {
    /// The declaration of the type.
    #[must_use]
    fn resource_type() -> ResourceTypeDeclaration;

    /// The schemas of its extensions.
    #[must_use]
    fn extension_schemas() -> Vec<Schema>;
}

impl RegistryDocument {
    /// Also the resource type of this struct, with its schemas.
    #[must_use]
    pub fn with<T: ScimResource>(mut self) -> Self {
        for schema in std::iter::once(T::schema()).chain(T::extension_schemas()) {
            // Several types may have the same extension.
            if !self.schemas.contains(&schema) {
                self.schemas.push(schema);
            }
        }
        self.resource_type(T::resource_type())
    }
}

/// A resource with the attributes of its base schema as a Rust struct.
///
/// # Examples
/// ```
/// # #[cfg(feature = "derive")] {
/// use scim_server::{Resource, ScimSchema};
///
/// #[derive(ScimSchema)]
/// #[scim(schema = "urn:example:2.0:Badge")]
/// struct Badge {
///     code: String,
/// }
///
/// let answer = r#"{"schemas": ["urn:example:2.0:Badge"], "id": "b1", "code": "A-7"}"#;
/// let badge: Resource<Badge> = serde_json::from_str(answer).expect("it is one");
/// assert_eq!((badge.id.as_str(), badge.value.code.as_str()), ("b1", "A-7"));
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Resource<T> {
    /// The id that the server gave it.
    pub id: String,
    /// The id that the client gave it.
    pub external_id: Option<String>,
    /// What the server says about it; absent if the request excluded it.
    pub meta: Option<Meta>,
    /// The attributes of the base schema.
    pub value: T,
    /// The extensions by URN, with `schemas`.
    extended: Document,
}

impl<T: ScimSchema> Resource<T> {
    /// The resource in the store, e.g. in a hook; nothing if its base schema is another one. Collections that were not loaded read as
    /// empty, secrets as unassigned.
    ///
    /// # Errors
    /// Fails if the document does not fit the struct, e.g. because it was stored under an older schema.
    pub fn of(stored: &Stored) -> Result<Option<Self>, serde_json::Error> {
        if !stored.key.kind.schema.id.eq_ignore_ascii_case(T::URN) {
            return Ok(None);
        }
        serde_json::from_value(Value::Object(represent(stored, ""))).map(Some)
    }

    /// What the extension of that struct holds, if the resource has it.
    ///
    /// # Errors
    /// Fails if the document does not fit the struct.
    pub fn extension<E: ScimSchema>(&self) -> Result<Option<E>, serde_json::Error> {
        let found = self.extended.iter().find(|(urn, _)| urn.eq_ignore_ascii_case(E::URN));
        found.map(|(_, value)| serde_json::from_value(value.clone())).transpose()
    }

    /// Whether the resource says that it has that schema.
    fn has(document: &Document, urn: &str) -> bool {
        let urns = document.get("schemas").and_then(Value::as_array);
        urns.into_iter().flatten().filter_map(Value::as_str).any(|schema| schema.eq_ignore_ascii_case(urn))
    }
}

impl<'de, T: ScimSchema> Deserialize<'de> for Resource<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut document = Document::deserialize(deserializer)?;
        if !Self::has(&document, T::URN) {
            return Err(D::Error::custom(format_args!("the resource has not the schema `{}`", T::URN)));
        }
        let (id, external_id) = (take(&mut document, "id")?, take(&mut document, "externalId")?);
        let meta = document.shift_remove("meta").map(serde_json::from_value).transpose().map_err(D::Error::custom)?;
        let is_extension = |name: &str| name == "schemas" || name.contains(':');
        let (extended, base): (Document, Document) = document.into_iter().partition(|(name, _)| is_extension(name));
        let value = serde_json::from_value(Value::Object(base)).map_err(D::Error::custom)?;
        Ok(Self { id, external_id, meta, value, extended })
    }
}

impl<T: ScimSchema> Serialize for Resource<T> {
    /// The canonical document, with `schemas` first.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut document = Document::new();
        put(&mut document, "schemas", &self.extended.get("schemas"))?;
        put(&mut document, "id", &self.id)?;
        put(&mut document, "externalId", &self.external_id)?;
        if let Value::Object(value) = serde_json::to_value(&self.value).map_err(S::Error::custom)? {
            document.extend(value);
        }
        document.extend(self.extended.iter().filter(|(name, _)| *name != "schemas").map(|(name, value)| (name.clone(), value.clone())));
        put(&mut document, "meta", &self.meta)?;
        document.serialize(serializer)
    }
}

/// Bytes, as base64 in documents (RFC 7643 §2.3.6).
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Binary(pub Vec<u8>);

impl fmt::Debug for Binary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Binary({} bytes)", self.0.len())
    }
}

impl Serialize for Binary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Binary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        decode_binary(&text).map(Self).ok_or_else(|| D::Error::custom("not base64"))
    }
}

/// The types that are one attribute type each.
macro_rules! simple {
    ($($constructor:ident: $($type:ty),+;)+) => {
        $($(impl ScimValue for $type {
            fn attribute(name: &str) -> Attribute {
                Attribute::$constructor(name).required()
            }
        })+)+
    };
}

simple! {
    string: String;
    boolean: bool;
    integer: i64, i32, u32;
    decimal: f64, Number;
    date_time: Timestamp;
    binary: Binary;
}

impl<T: ScimValue> ScimValue for Option<T> {
    fn attribute(name: &str) -> Attribute {
        Attribute { required: false, ..T::attribute(name) }
    }

    fn unassigned() -> Option<Self> {
        Some(None)
    }
}

impl<T: ScimValue> ScimValue for Vec<T> {
    fn attribute(name: &str) -> Attribute {
        Attribute { required: false, ..T::attribute(name) }.multi_valued()
    }

    fn unassigned() -> Option<Self> {
        Some(Vec::new())
    }
}

/// Takes an attribute out of a canonical document.
///
/// # Errors
/// Fails if the value does not fit the type, and names the attribute.
#[cfg_attr(not(feature = "derive"), expect(unreachable_pub, reason = "derived code calls it from other crates"))]
pub fn take<T: ScimValue, E: serde::de::Error>(document: &mut Document, name: &str) -> Result<T, E> {
    match document.shift_remove(name) {
        Some(value) => serde_json::from_value(value).map_err(|error| E::custom(format_args!("`{name}`: {error}"))),
        None => T::unassigned().ok_or_else(|| E::custom(format_args!("`{name}` is not there"))),
    }
}

/// Puts an attribute into a canonical document, unless it is unassigned (RFC 7643 §2.5).
///
/// # Errors
/// Fails if the value is no JSON.
#[cfg_attr(not(feature = "derive"), expect(unreachable_pub, reason = "derived code calls it from other crates"))]
pub fn put<T: Serialize, E: serde::ser::Error>(document: &mut Document, name: &str, value: &T) -> Result<(), E> {
    let value = serde_json::to_value(value).map_err(|error| E::custom(format_args!("`{name}`: {error}")))?;
    let is_unassigned = match &value {
        Value::Null => true,
        Value::Array(elements) => elements.is_empty(),
        Value::Object(parts) => parts.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    if !is_unassigned {
        document.insert(name.to_owned(), value);
    }
    Ok(())
}

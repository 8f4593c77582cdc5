//! Attributes with their characteristics (RFC 7643 §2.2, §7).

use serde_json::{Map, Value, json};

/// The data type of an attribute (RFC 7643 §2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the RFC's")]
pub enum AttributeType {
    String,
    Boolean,
    Decimal,
    Integer,
    DateTime,
    Binary,
    Reference,
    Complex,
}

/// An attribute. What the server does not say has the default of RFC 7643 §2.2.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// The name.
    pub name: String,
    /// The data type.
    pub kind: AttributeType,
    /// Whether it has several values.
    pub multi_valued: bool,
    /// Whether a resource must have it.
    pub required: bool,
    /// Whether case makes a difference.
    pub case_exact: bool,
    /// `readOnly`, `readWrite`, `immutable` or `writeOnly`.
    pub mutability: String,
    /// `always`, `never`, `default` or `request`.
    pub returned: String,
    /// `none`, `server` or `global`.
    pub uniqueness: String,
    /// Suggested values.
    pub canonical_values: Vec<String>,
    /// Whether it suggests values and lists none, as `roles.type` in RFC 7643 §8.7.1: a server that takes nothing else takes nothing at all.
    pub suggests_none: bool,
    /// What it may refer to.
    pub reference_types: Vec<String>,
    /// The parts of a complex attribute.
    pub sub_attributes: Vec<Attribute>,
}

impl Attribute {
    pub(super) fn read(attribute: &Value) -> Option<Self> {
        let texts = |member: &str| {
            let all = attribute[member].as_array().map(Vec::as_slice).unwrap_or_default();
            all.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
        };
        let text = |member: &str, default: &str| attribute[member].as_str().unwrap_or(default).to_owned();
        let is = |member: &str| attribute[member].as_bool().unwrap_or(false);
        let kind = match attribute["type"].as_str().unwrap_or("string").to_ascii_lowercase().as_str() {
            "boolean" => AttributeType::Boolean,
            "decimal" => AttributeType::Decimal,
            "integer" => AttributeType::Integer,
            "datetime" => AttributeType::DateTime,
            "binary" => AttributeType::Binary,
            "reference" => AttributeType::Reference,
            "complex" => AttributeType::Complex,
            _ => AttributeType::String,
        };
        let parts = attribute["subAttributes"].as_array().map(Vec::as_slice).unwrap_or_default();
        Some(Self {
            name: attribute["name"].as_str()?.to_owned(),
            kind,
            multi_valued: is("multiValued"),
            required: is("required"),
            case_exact: is("caseExact"),
            mutability: text("mutability", "readWrite"),
            returned: text("returned", "default"),
            uniqueness: text("uniqueness", "none"),
            canonical_values: texts("canonicalValues"),
            suggests_none: attribute["canonicalValues"].as_array().is_some_and(Vec::is_empty),
            reference_types: texts("referenceTypes"),
            sub_attributes: parts.iter().filter_map(Attribute::read).collect(),
        })
    }

    /// Whether clients can write it at any time and read it.
    #[must_use]
    pub fn is_read_write(&self) -> bool {
        self.mutability == "readWrite" && self.returned != "never"
    }

    /// Whether clients may set it at all.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        self.mutability != "readOnly"
    }

    /// Whether it is a free text of one value: readWrite, returned by default, not required, not unique, without canonical values.
    #[must_use]
    pub fn is_free_text(&self) -> bool {
        // Some names bind their texts to a form: a server may refuse what is none.
        const FORMS: &[&str] = &["locale", "preferredLanguage", "timezone", "country", "externalId", "id", "password"];
        self.kind == AttributeType::String
            && !self.multi_valued
            && !self.required
            && self.is_read_write()
            && self.returned == "default"
            && self.uniqueness == "none"
            && self.canonical_values.is_empty()
            && !FORMS.contains(&self.name.as_str())
    }

    /// Whether it is a complex attribute of several values, each with a free text `value` and a `type`, such as `emails`.
    #[must_use]
    pub fn is_plural_complex(&self) -> bool {
        self.kind == AttributeType::Complex
            && self.multi_valued
            && self.is_read_write()
            && self
                .sub("value")
                .is_some_and(|value| value.kind == AttributeType::String && value.is_read_write() && value.reference_types.is_empty())
            && self.sub("type").is_some_and(Attribute::is_read_write)
    }

    /// Whether it is a complex attribute of one value with at least two free texts, such as `name`.
    #[must_use]
    pub fn is_singular_complex(&self) -> bool {
        let texts = self.sub_attributes.iter().filter(|sub| sub.is_free_text()).count();
        self.kind == AttributeType::Complex && !self.multi_valued && self.is_read_write() && texts >= 2
    }

    /// The sub-attribute of that name.
    #[must_use]
    pub fn sub(&self, name: &str) -> Option<&Attribute> {
        self.sub_attributes.iter().find(|sub| sub.name.eq_ignore_ascii_case(name))
    }
}

/// An attribute and where it stands in a resource.
#[derive(Debug, Clone)]
pub struct Found {
    /// The URN of the extension that has it; nothing for the base schema.
    pub urn: Option<String>,
    /// The attribute.
    pub attribute: Attribute,
}

impl Found {
    /// The path for filters and PATCH, e.g. `nickName` or `urn:…:User:department`.
    #[must_use]
    pub fn path(&self) -> String {
        match &self.urn {
            Some(urn) => format!("{urn}:{}", self.attribute.name),
            None => self.attribute.name.clone(),
        }
    }

    /// The JSON pointer in a resource, e.g. `/nickName`.
    #[must_use]
    pub fn pointer(&self) -> String {
        match &self.urn {
            Some(urn) => format!("/{}/{}", urn.replace('~', "~0").replace('/', "~1"), self.attribute.name),
            None => format!("/{}", self.attribute.name),
        }
    }

    /// A body that gives it that value, to be passed as the extra members of a resource.
    #[must_use]
    pub fn with(&self, value: impl Into<Value>) -> Value {
        let own: Map<String, Value> = [(self.attribute.name.clone(), value.into())].into_iter().collect();
        match &self.urn {
            Some(urn) => json!({ urn.as_str(): own }),
            None => own.into(),
        }
    }

    /// Gives it that value in a body.
    pub fn put(&self, body: &mut Value, value: impl Into<Value>) {
        match &self.urn {
            Some(urn) => body[urn.as_str()][&self.attribute.name] = value.into(),
            None => body[&self.attribute.name] = value.into(),
        }
    }

    /// Takes it out of a body.
    pub fn take(&self, body: &mut Value) {
        let holder = match &self.urn {
            Some(urn) => body.get_mut(urn),
            None => Some(body),
        };
        if let Some(members) = holder.and_then(Value::as_object_mut) {
            members.shift_remove(&self.attribute.name);
        }
    }
}

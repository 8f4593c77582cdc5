//! Attributes in Rust: a constructor for each data type of RFC 7643 §2.3, a method for each characteristic of §7.

use std::sync::Arc;

use crate::{Attribute, AttributeType, Mutability, Returned, Uniqueness};

/// Declaring an attribute: the data type, then the characteristics that differ from the defaults of RFC 7643 §2.2.
///
/// What does not fit together is refused when the [`Registry`](crate::Registry) is built, with the place and the rule.
///
/// # Examples
/// ```
/// use scim_server::{Attribute, Mutability, Returned};
///
/// let lock = Attribute::complex("lock", [
///     Attribute::string("state").canonical_values(["open", "closed"]).returned(Returned::Always),
///     Attribute::date_time("since").mutability(Mutability::ReadOnly),
/// ]);
/// let tags = Attribute::string("tags").multi_valued().case_exact().description("What the device is found by");
/// assert!(lock.is_complex() && tags.multi_valued);
/// ```
impl Attribute {
    fn of(kind: AttributeType, name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            kind,
            multi_valued: false,
            description: String::new(),
            required: false,
            canonical_values: Vec::new(),
            enforce_canonical_values: false,
            case_exact: false,
            mutability: Mutability::default(),
            returned: Returned::default(),
            uniqueness: Uniqueness::default(),
            reference_types: Vec::new(),
            sub_attributes: Vec::new(),
        }
    }

    /// Unicode text (§2.3.1).
    #[must_use]
    pub fn string(name: impl Into<String>) -> Self {
        Self::of(AttributeType::String, name)
    }

    /// `true` or `false` (§2.3.2).
    #[must_use]
    pub fn boolean(name: impl Into<String>) -> Self {
        Self::of(AttributeType::Boolean, name)
    }

    /// A number with a fraction (§2.3.3).
    #[must_use]
    pub fn decimal(name: impl Into<String>) -> Self {
        Self::of(AttributeType::Decimal, name)
    }

    /// A whole number (§2.3.4).
    #[must_use]
    pub fn integer(name: impl Into<String>) -> Self {
        Self::of(AttributeType::Integer, name)
    }

    /// An `xsd:dateTime` (§2.3.5).
    #[must_use]
    pub fn date_time(name: impl Into<String>) -> Self {
        Self::of(AttributeType::DateTime, name)
    }

    /// Base64 text (§2.3.6). It is case exact.
    #[must_use]
    pub fn binary(name: impl Into<String>) -> Self {
        Self::of(AttributeType::Binary, name)
    }

    /// A URI (§2.3.7) with its `referenceTypes`: names of resource types, `external` or `uri`. It is case exact.
    #[must_use]
    pub fn reference(name: impl Into<String>, reference_types: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::of(AttributeType::Reference, name).reference_types(reference_types)
    }

    /// An object of sub-attributes (§2.3.8), which are not complex themselves.
    ///
    /// One with a `value` and a `$ref` to resource types names another resource: the server keeps the id, shows the `$ref`, and
    /// takes care that what is named exists.
    #[must_use]
    pub fn complex(name: impl Into<String>, sub_attributes: impl IntoIterator<Item = Attribute>) -> Self {
        Self { sub_attributes: sub_attributes.into_iter().map(Arc::new).collect(), ..Self::of(AttributeType::Complex, name) }
    }

    /// It holds a list of such values (`multiValued`).
    #[must_use]
    pub fn multi_valued(self) -> Self {
        Self { multi_valued: true, ..self }
    }

    /// What it means, for people (`description`).
    #[must_use]
    pub fn description(self, description: impl Into<String>) -> Self {
        Self { description: description.into(), ..self }
    }

    /// A resource without it is refused (`required`).
    #[must_use]
    pub fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// Suggested values, e.g. `work` and `home` (`canonicalValues`).
    #[must_use]
    pub fn canonical_values(self, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { canonical_values: values.into_iter().map(Into::into).collect(), ..self }
    }

    /// No other values than the suggested ones are accepted (S81).
    #[must_use]
    pub fn enforce_canonical_values(self) -> Self {
        Self { enforce_canonical_values: true, ..self }
    }

    /// Comparison heeds case (`caseExact`).
    #[must_use]
    pub fn case_exact(self) -> Self {
        Self { case_exact: true, ..self }
    }

    /// When a client may write it (`mutability`).
    #[must_use]
    pub fn mutability(self, mutability: Mutability) -> Self {
        Self { mutability, ..self }
    }

    /// When a client may see it (`returned`).
    #[must_use]
    pub fn returned(self, returned: Returned) -> Self {
        Self { returned, ..self }
    }

    /// Who else may have the same value (`uniqueness`).
    #[must_use]
    pub fn uniqueness(self, uniqueness: Uniqueness) -> Self {
        Self { uniqueness, ..self }
    }

    /// What it may refer to (`referenceTypes`), which makes it a reference: names of resource types, `external` or `uri`.
    #[must_use]
    pub fn reference_types(self, types: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { kind: AttributeType::Reference, reference_types: types.into_iter().map(Into::into).collect(), ..self }
    }
}

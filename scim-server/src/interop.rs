//! What real clients do outside the RFC: named quirks, grouped in profiles (docs/interop.md).
//!
//! A rule that meets a deviation asks [`Leniency::permits`] at that very place and nowhere else; what was permitted is
//! recorded, so that an observer can tell which quirk a request needed. The profile `strict` permits nothing.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! quirks {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal,)*) => {
        /// A deviation from the letter of the RFC that a client needs. Each is one switch.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Quirk { $($(#[doc = $doc])* $variant,)* }

        impl Quirk {
            /// All quirks, in order of declaration.
            pub const ALL: &'static [Quirk] = &[$(Quirk::$variant),*];

            /// The name of the switch, e.g. `boolean_strings`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Quirk::$variant => $name,)* }
            }
        }
    };
}

quirks! {
    /// A `remove` operation with a `value` removes only the listed elements (S04).
    RemoveWithValue = "remove_with_value",
    /// Unknown attributes in a body are left out (S12).
    IgnoreUnknownAttributes = "ignore_unknown_attributes",
    /// Keys of a path-less PATCH value may be whole paths: `name.givenName` (S70).
    FlattenedKeys = "flattened_keys",
    /// Unknown URNs in `schemas` are left out (S71).
    IgnoreUnknownSchemas = "ignore_unknown_schemas",
    /// Messages (PatchOp …) may lack `schemas` (S38).
    MessagesWithoutSchemas = "messages_without_schemas",
    /// Resources may lack `schemas` or the base URN in it (S38).
    InferSchemas = "infer_schemas",
    /// `"True"` and `"False"` are booleans, also in filters (S62).
    BooleanStrings = "boolean_strings",
    /// `+` is a blank inside quotes too (S44).
    FormEncodedPlus = "form_encoded_plus",
    /// Doubled slashes in the path are one (S75, ENTRA-06).
    DoubledSlashes = "doubled_slashes",
    /// Reading an endpoint that is not registered, `/Groups`, answers an empty list (ENTRA-02).
    EmptyListForMissingType = "empty_list_for_missing_type",
    /// `emails[type eq "work"] eq "x"` compares the value (ENTRA-10).
    CompareAfterValuePath = "compare_after_value_path",
    /// A filter's value may lack its quotes (ENTRA-11).
    BareTokens = "bare_tokens",
    /// `urn:…:User.department` for `urn:…:User:department` (ENTRA-67).
    DotAfterUrn = "dot_after_urn",
    /// An attribute of an extension may be named without its URN (ENTRA-14, ENTRA-50).
    ExtensionWithoutUrn = "extension_without_urn",
    /// A singular complex attribute in a comparison means its `value` (ENTRA-14).
    ComplexMeansValue = "complex_means_value",
    /// Attributes of an extension may stand at the top of a body (ENTRA-21).
    HoistedExtensionAttributes = "hoisted_extension_attributes",
    /// `displayName` in an element means `display` (ENTRA-27).
    DisplayNameAlias = "display_name_alias",
    /// A string for a complex attribute is its `value` (S69).
    SimpleValueForComplex = "simple_value_for_complex",
    /// `replace` through a filter that matches nothing adds the element (S01, ENTRA-34).
    ReplaceAddsWhenNoMatch = "replace_adds_when_no_match",
    /// A list of one for a singular attribute is that one; an object with `value` for a simple one is its `value` (S17, ENTRA-47).
    UnwrapSingleValues = "unwrap_single_values",
    /// One object for a multi-valued attribute is a list of one (S17, ONELOGIN-01).
    WrapSingleValues = "wrap_single_values",
    /// Strings for elements of a complex multi-valued attribute are their `value` (S17, ENTRA-95).
    StringElements = "string_elements",
    /// The empty string unassigns, also as `value` of a singular complex attribute (S61, ENTRA-52, ENTRA-53, ENTRA-69).
    EmptyStringUnassigns = "empty_string_unassigns",
    /// A reference to an unknown resource, e.g. `manager`, is kept as sent (S63, ENTRA-54).
    KeepUnknownReferences = "keep_unknown_references",
    /// Unknown members are left out and reported (S63, ENTRA-100).
    LeaveOutUnknownMembers = "leave_out_unknown_members",
    /// An empty list of operations changes nothing (S38, ENTRA-71).
    EmptyOperations = "empty_operations",
    /// A PATCH operation whose path is unknown is left out and reported (S12, ENTRA-75).
    SkipUnknownPaths = "skip_unknown_paths",
    /// Another value for a readOnly attribute in a path-less PATCH value is ignored (S10, ENTRA-76).
    IgnoreReadOnly = "ignore_read_only",
    /// No two groups may have the same `displayName` (S64, ENTRA-86).
    UniqueGroupNames = "unique_group_names",
    /// A new `password` is accepted and dropped although it cannot be changed here (S55, OKTA-06).
    DropPasswordChange = "drop_password_change",
    /// `{"members": […]}` as the value of an operation on `members` is that list (MISC-01).
    UnwrapAttributeValue = "unwrap_attribute_value",
    /// A user created without `active` is active (ONELOGIN-02).
    ActiveByDefault = "active_by_default",
}

/// A set of quirks under a name, chosen per tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    name: &'static str,
    quirks: u64,
}

const fn set(quirks: &[Quirk]) -> u64 {
    let mut bits = 0;
    let mut index = 0;
    while index < quirks.len() {
        bits |= 1 << quirks[index] as u64;
        index += 1;
    }
    bits
}

/// What cannot be misread and loses nothing is accepted by default.
const RFC: u64 = set(&[
    Quirk::RemoveWithValue,
    Quirk::IgnoreUnknownAttributes,
    Quirk::FlattenedKeys,
    Quirk::IgnoreUnknownSchemas,
    Quirk::MessagesWithoutSchemas,
]);

const ENTRA: u64 = RFC
    | set(&[
        Quirk::BooleanStrings,
        Quirk::FormEncodedPlus,
        Quirk::DoubledSlashes,
        Quirk::EmptyListForMissingType,
        Quirk::CompareAfterValuePath,
        Quirk::BareTokens,
        Quirk::DotAfterUrn,
        Quirk::ExtensionWithoutUrn,
        Quirk::ComplexMeansValue,
        Quirk::HoistedExtensionAttributes,
        Quirk::DisplayNameAlias,
        Quirk::SimpleValueForComplex,
        Quirk::ReplaceAddsWhenNoMatch,
        Quirk::UnwrapSingleValues,
        Quirk::WrapSingleValues,
        Quirk::StringElements,
        Quirk::EmptyStringUnassigns,
        Quirk::KeepUnknownReferences,
        Quirk::LeaveOutUnknownMembers,
        Quirk::EmptyOperations,
        Quirk::SkipUnknownPaths,
        Quirk::IgnoreReadOnly,
        Quirk::UniqueGroupNames,
        Quirk::ActiveByDefault,
    ]);

const OKTA: u64 = RFC
    | set(&[
        Quirk::BooleanStrings,
        Quirk::DoubledSlashes,
        Quirk::EmptyStringUnassigns,
        Quirk::IgnoreReadOnly,
        Quirk::DropPasswordChange,
        Quirk::LeaveOutUnknownMembers,
        Quirk::ActiveByDefault,
    ]);

impl Profile {
    /// The framework's default: the RFC, and what cannot be misread.
    pub const RFC: Profile = Profile { name: "rfc", quirks: RFC };
    /// To the letter.
    pub const STRICT: Profile = Profile { name: "strict", quirks: 0 };
    /// Microsoft Entra ID (Azure AD).
    pub const ENTRA: Profile = Profile { name: "entra", quirks: ENTRA };
    /// Okta.
    pub const OKTA: Profile = Profile { name: "okta", quirks: OKTA };
    /// Every quirk.
    pub const LENIENT: Profile = Profile { name: "lenient", quirks: set(Quirk::ALL) };
    /// All profiles.
    pub const ALL: [Profile; 5] = [Self::RFC, Self::STRICT, Self::ENTRA, Self::OKTA, Self::LENIENT];

    /// The profile of that name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Profile> {
        Self::ALL.into_iter().find(|profile| profile.name == name)
    }

    /// The name, e.g. `entra`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether the quirk is permitted.
    #[must_use]
    pub fn has(&self, quirk: Quirk) -> bool {
        self.quirks & set(&[quirk]) != 0
    }
}

/// A profile during one request: it answers whether a deviation is permitted and remembers which were met.
#[derive(Debug)]
pub struct Leniency {
    profile: Profile,
    new_passwords: bool,
    met: AtomicU64,
}

impl Leniency {
    /// The leniency of that profile, for one request.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        Self { profile, new_passwords: false, met: AtomicU64::new(0) }
    }

    /// The same on a server that accepts new passwords (S55).
    #[must_use]
    pub fn with_new_passwords(self) -> Self {
        Self { new_passwords: true, ..self }
    }

    /// Whether what is never returned may be changed.
    #[must_use]
    pub fn accepts_new_passwords(&self) -> bool {
        self.new_passwords
    }

    /// Whether this deviation, which the request shows, is permitted. Ask only where it was met.
    pub fn permits(&self, quirk: Quirk) -> bool {
        let permitted = self.profile.has(quirk);
        if permitted {
            self.met.fetch_or(set(&[quirk]), Ordering::Relaxed);
        }
        permitted
    }

    /// The profile.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// The deviations that were met and permitted, for the observer.
    #[must_use]
    pub fn met(&self) -> Vec<Quirk> {
        let met = self.met.load(Ordering::Relaxed);
        Quirk::ALL.iter().copied().filter(|quirk| met & set(&[*quirk]) != 0).collect()
    }
}

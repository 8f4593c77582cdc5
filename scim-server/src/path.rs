//! Finding the attribute that a path names (RFC 7644 §3.10).

use scim_filter::{Dialect, ParseError};

use crate::{BoundPath, Leniency, Quirk, ResourceType};

type Permit = for<'u> fn(Dialect<'u>) -> Dialect<'u>;

/// The syntactic quirks: what each lets the parser accept.
const SYNTAX: [(Quirk, Permit); 3] = [
    (Quirk::BareTokens, |dialect| dialect.bare_tokens()),
    (Quirk::DotAfterUrn, |dialect| dialect.dot_after_urn()),
    (Quirk::CompareAfterValuePath, |dialect| dialect.compare_after_value_path()),
];

/// The parser's dialect for this type and profile: the URNs that it knows and the syntactic quirks.
pub(crate) fn dialect<'k>(kind: &'k ResourceType, leniency: &Leniency) -> Dialect<'k> {
    dialect_with(kind, |quirk| leniency.profile().has(quirk))
}

fn dialect_with(kind: &ResourceType, has: impl Fn(Quirk) -> bool) -> Dialect<'_> {
    let plain = Dialect::with_urns(kind.urns());
    SYNTAX.into_iter().filter(|(quirk, _)| has(*quirk)).fold(plain, |dialect, (_, permit)| permit(dialect))
}

/// Parses in the dialect of this type and profile, and records which syntactic quirks the text needed: those without which it
/// would be an error or mean something else.
pub(crate) fn parse<T: PartialEq>(
    kind: &ResourceType,
    leniency: &Leniency,
    parser: impl Fn(&Dialect<'_>) -> Result<T, ParseError>,
) -> Result<T, ParseError> {
    let parsed = parser(&dialect(kind, leniency))?;
    for (quirk, _) in SYNTAX {
        let profile = leniency.profile();
        if profile.has(quirk) {
            let without = parser(&dialect_with(kind, |other| other != quirk && profile.has(other)));
            if without.as_ref() != Ok(&parsed) {
                leniency.permits(quirk);
            }
        }
    }
    Ok(parsed)
}

/// Binds a path to the attribute it names: with its URN in that schema, without one in the base schema.
///
/// Nothing is found for an unknown URN, attribute or sub-attribute.
pub(crate) fn bind(kind: &ResourceType, urn: Option<&str>, name: &str, sub: Option<&str>, leniency: &Leniency) -> Option<BoundPath> {
    let with_sub = |attribute: BoundPath| match sub {
        None => Some(attribute),
        Some(sub) => attribute.attribute.sub_attribute(sub).map(|sub| attribute.with_sub(sub.clone())),
    };
    match urn {
        Some(urn) if kind.schema.id.eq_ignore_ascii_case(urn) => kind.core_attribute(name).and_then(with_sub),
        Some(urn) => kind.extension_attribute(urn, name).and_then(with_sub),
        None => match kind.core_attribute(name) {
            Some(attribute) => with_sub(attribute),
            None => {
                let found = kind.attribute_of_any_extension(name).and_then(with_sub)?;
                leniency.permits(Quirk::ExtensionWithoutUrn).then_some(found)
            }
        },
    }
}

/// What a complex attribute stands for where one value is asked: its `value`, where it is multi-valued (S16).
pub(crate) fn implied_value(path: &BoundPath, leniency: &Leniency) -> Option<BoundPath> {
    let value = path.attribute.sub_attribute("value").filter(|value| !value.is_secret())?;
    (path.attribute.multi_valued || leniency.permits(Quirk::ComplexMeansValue)).then(|| path.with_sub(value.clone()))
}

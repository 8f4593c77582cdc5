//! What a declaration must be (RFC 7643 §2, §6, §7). Each refusal names the place and the rule.

use std::sync::Arc;

use crate::resource_type::refers_to;
use crate::schema::COMMON;
use crate::{Attribute, AttributeType, Mutability, RegistryError, ResourceType, ResourceTypeDeclaration, Schema};

/// The words of `referenceTypes` that name no resource type (RFC 7643 §7).
const NO_TYPE: [&str; 2] = ["external", "uri"];

/// The endpoints that a server has already (RFC 7644 §3.2).
const RESERVED_ENDPOINTS: [&str; 5] = ["ServiceProviderConfig", "ResourceTypes", "Schemas", "Bulk", "Me"];

type Checked = Result<(), RegistryError>;

fn wrong(place: &str, rule: impl Into<String>) -> Checked {
    Err(RegistryError(format!("{place}: {}", rule.into())))
}

fn require(claim: bool, place: &str, rule: impl Into<String>) -> Checked {
    if claim { Ok(()) } else { wrong(place, rule) }
}

/// What one schema must be by itself.
pub(crate) fn schema(schema: &Schema) -> Checked {
    let place = format!("schema `{}`", schema.id);
    require(is_urn(&schema.id), &place, "the id must be a URN, e.g. `urn:example:params:scim:schemas:2.0:Device`")?;
    let is_discovery = Schema::discovery().iter().any(|known| known.id.eq_ignore_ascii_case(&schema.id));
    require(!is_discovery, &place, "this is a schema of the discovery endpoints (RFC 7643 section 5 to 7): take another URN")?;
    names_differ(&place, &schema.attributes)?;
    for attribute in &schema.attributes {
        let common = COMMON.iter().find(|common| common.name.eq_ignore_ascii_case(&attribute.name));
        require(common.is_none(), &place, format!("every resource has `{}` already (RFC 7643 section 3.1)", attribute.name))?;
        self::attribute(&schema.id, attribute)?;
    }
    Ok(())
}

/// What the attributes of a schema refer to must be there.
pub(crate) fn references(schema: &Schema, types: &[ResourceTypeDeclaration]) -> Checked {
    let each = schema.attributes.iter().flat_map(|attribute| {
        let subs = attribute.sub_attributes.iter().map(move |sub| (format!("{}.{}", attribute.name, sub.name), sub));
        std::iter::once((attribute.name.clone(), attribute)).chain(subs)
    });
    for (path, attribute) in each {
        for name in &attribute.reference_types {
            let known = NO_TYPE.contains(&name.as_str()) || types.iter().any(|declared| declared.name == *name);
            let rule = format!("`referenceTypes` names `{name}`, which is no resource type of this server, nor `external` nor `uri`");
            require(known, &format!("schema `{}`, attribute `{path}`", schema.id), rule)?;
        }
    }
    Ok(())
}

/// What a declaration of a type must be by itself.
pub(crate) fn declaration(declared: &ResourceTypeDeclaration) -> Checked {
    let place = format!("resource type `{}`", declared.name);
    let rule = "the name must begin with a letter and consist of letters, digits, `-` and `_`";
    require(is_word(&declared.name) && declared.name.starts_with(|first: char| first.is_ascii_alphabetic()), &place, rule)?;
    let reserved = NO_TYPE.iter().any(|word| word.eq_ignore_ascii_case(&declared.name));
    require(!reserved, &place, "`referenceTypes` has another meaning for this name (RFC 7643 section 7): take another one")?;
    let segment = declared.endpoint.strip_prefix('/').unwrap_or_default();
    let rule = format!("the endpoint `{}` must be `/` and one segment of letters, digits, `-` and `_`", declared.endpoint);
    require(is_word(segment), &place, rule)?;
    let reserved = RESERVED_ENDPOINTS.iter().any(|reserved| reserved.eq_ignore_ascii_case(segment));
    require(!reserved, &place, format!("the endpoint `{}` is another one's (RFC 7644 section 3.2)", declared.endpoint))?;
    let mut urns = vec![&declared.schema];
    for extension in &declared.schema_extensions {
        let twice = urns.iter().any(|urn| urn.eq_ignore_ascii_case(&extension.schema));
        require(!twice, &place, format!("it has the schema `{}` twice", extension.schema))?;
        urns.push(&extension.schema);
    }
    for (index, collection) in declared.collections.iter().enumerate() {
        let place = format!("{place}, collection `{}`", collection.attribute);
        let twice = declared.collections[..index].iter().any(|other| other.attribute.eq_ignore_ascii_case(&collection.attribute));
        require(!twice, &place, "it is declared twice")?;
        require(collection.reverse.is_some() || !collection.indirect, &place, "`indirect` says what the `reverse` lists: declare one")?;
    }
    Ok(())
}

/// What a type must be together with its schemas.
pub(crate) fn resource_type(kind: &ResourceType) -> Checked {
    for extension in kind.extensions.iter().filter(|extension| extension.required) {
        let place = format!("resource type `{}`, extension `{}`", kind.name, extension.schema.id);
        let kept = |attribute: &Arc<Attribute>| attribute.mutability != Mutability::ReadOnly && !attribute.is_secret();
        let rule = "it is required, but has no attribute that a client can write and see";
        require(extension.schema.attributes.iter().any(kept), &place, rule)?;
    }
    Ok(())
}

/// The names of the types that the elements of a collection may name, if that attribute can be one.
pub(crate) fn collection(place: &str, attribute: Option<&Attribute>) -> Result<Vec<String>, RegistryError> {
    let written = attribute.filter(|attribute| attribute.multi_valued && attribute.mutability != Mutability::ReadOnly);
    let value = written.and_then(|attribute| attribute.sub_attribute("value")).filter(|value| value.kind == AttributeType::String);
    let types = value.and(written).and_then(refers_to).map(|types| types.iter().filter(|name| !NO_TYPE.contains(&name.as_str())));
    let types: Vec<String> = types.into_iter().flatten().cloned().collect();
    let rule = "it must be a multi-valued complex attribute of the base schema that clients write, with a `value` of type string and a \
                `$ref` to resource types";
    require(!types.is_empty(), place, rule)?;
    let unique = written.and_then(|attribute| attribute.sub_attributes.iter().find(|sub| sub.is_unique()));
    if let Some(sub) = unique {
        wrong(place, format!("`{}` cannot have `uniqueness`: what stands in a collection is kept apart from the document", sub.name))?;
    }
    Ok(types)
}

/// What the other side of a collection must be.
pub(crate) fn reverse(place: &str, kind: &str, reverse: &Attribute) -> Checked {
    let fits = reverse.multi_valued && reverse.mutability == Mutability::ReadOnly && refers_to(reverse).is_some();
    let rule = format!("`{}` of `{kind}` must be readOnly, multi-valued and complex, with `value` and `$ref`", reverse.name);
    require(fits, place, format!("{rule}, to be its `reverse`"))
}

fn attribute(urn: &str, attribute: &Attribute) -> Checked {
    let place = format!("schema `{urn}`, attribute `{}`", attribute.name);
    require(is_attribute_name(&attribute.name), &place, NAME)?;
    characteristics(&place, attribute, None)?;
    names_differ(&place, &attribute.sub_attributes)?;
    for sub in &attribute.sub_attributes {
        let place = format!("schema `{urn}`, attribute `{}.{}`", attribute.name, sub.name);
        require(is_attribute_name(&sub.name) || sub.name == "$ref", &place, NAME)?;
        require(!sub.is_complex(), &place, "a sub-attribute must not be complex (RFC 7643 section 2.3.8)")?;
        characteristics(&place, sub, Some(attribute))?;
        predefined(&place, sub, attribute)?;
    }
    Ok(())
}

const NAME: &str = "this is no attribute name: it must begin with a letter and consist of letters, digits, `$`, `-` and `_` \
                    (RFC 7643 section 2.1); only a sub-attribute may be `$ref`";

/// Which characteristics go together (RFC 7643 §2.3, §7).
fn characteristics(place: &str, attribute: &Attribute, parent: Option<&Attribute>) -> Checked {
    use AttributeType::{Binary, Boolean, Complex, DateTime, Decimal, Integer, Reference, String};
    let kind = attribute.kind;
    require(
        kind == Complex || attribute.sub_attributes.is_empty(),
        place,
        "only a complex attribute has `subAttributes`: give it that type",
    )?;
    require(
        kind != Complex || !attribute.sub_attributes.is_empty(),
        place,
        "a complex attribute needs `subAttributes` (RFC 7643 section 7)",
    )?;
    require(
        kind == Reference || attribute.reference_types.is_empty(),
        place,
        "only a reference has `referenceTypes` (RFC 7643 section 7)",
    )?;
    require(
        kind != Reference || !attribute.reference_types.is_empty(),
        place,
        "a reference needs `referenceTypes`: names of resource types, `external` or `uri` (RFC 7643 section 7)",
    )?;
    require(
        kind == String || attribute.canonical_values.is_empty(),
        place,
        "only a string has `canonicalValues` (RFC 7643 section 2.3.1)",
    )?;
    let none = attribute.enforce_canonical_values && attribute.canonical_values.is_empty();
    require(!none, place, "without `canonicalValues` there are none to enforce: no value would be accepted")?;
    let folded = |value: &std::string::String| if attribute.case_exact { value.clone() } else { crate::comparison::fold(value) };
    let values: Vec<_> = attribute.canonical_values.iter().map(folded).collect();
    let twice = (1..values.len()).find(|index| values[..*index].contains(&values[*index])).map(|index| &attribute.canonical_values[index]);
    if let Some(value) = twice {
        return wrong(place, format!("`canonicalValues` has `{value}` twice"));
    }
    if attribute.is_unique() {
        let has_uniqueness = match kind {
            String | Decimal | Integer | Reference => true,
            Boolean | DateTime | Binary | Complex => false,
        };
        require(has_uniqueness, place, "a value of this type has no `uniqueness` (RFC 7643 section 2.3)")?;
    }
    // What the server makes as a whole it makes with its parts.
    let is_written = parent.is_none_or(|parent| parent.mutability != Mutability::ReadOnly);
    let impossible = attribute.required && attribute.mutability == Mutability::ReadOnly && is_written;
    require(!impossible, place, "it is required and readOnly: no client could send it")
}

/// The sub-attributes whose meaning is the RFC's (RFC 7643 §2.4).
fn predefined(place: &str, sub: &Attribute, parent: &Attribute) -> Checked {
    let (expected, keyword) = match sub.name.as_str() {
        "$ref" => (AttributeType::Reference, "reference"),
        "primary" if parent.multi_valued => (AttributeType::Boolean, "boolean"),
        "type" | "display" if parent.multi_valued => (AttributeType::String, "string"),
        _ => return Ok(()),
    };
    let rule = format!("`{}` has its meaning from RFC 7643 section 2.4: it must be single and of the type {keyword}", sub.name);
    require(sub.kind == expected && !sub.multi_valued, place, rule)
}

/// Names do not heed case (RFC 7643 §2.1).
fn names_differ(place: &str, attributes: &[Arc<Attribute>]) -> Checked {
    for (index, attribute) in attributes.iter().enumerate() {
        let twice = attributes[..index].iter().any(|other| other.name.eq_ignore_ascii_case(&attribute.name));
        require(!twice, place, format!("the attribute `{}` is declared twice: names do not heed case", attribute.name))?;
    }
    Ok(())
}

/// `ATTRNAME` of RFC 7643 §2.1.
fn is_attribute_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"$-_".contains(&byte))
}

/// What needs no escape in a URL or a document.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// `urn:NID:NSS` (RFC 8141 §2), without the components that no name has.
fn is_urn(text: &str) -> bool {
    let mut parts = text.splitn(3, ':');
    let scheme = parts.next().is_some_and(|scheme| scheme.eq_ignore_ascii_case("urn"));
    let namespace = parts.next().is_some_and(|nid| {
        (2..=32).contains(&nid.len())
            && nid.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !nid.starts_with('-')
            && !nid.ends_with('-')
    });
    let specific = parts.next().is_some_and(|nss| {
        !nss.is_empty()
            && !nss.ends_with(':')
            && nss.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/%".contains(&byte))
    });
    scheme && namespace && specific
}

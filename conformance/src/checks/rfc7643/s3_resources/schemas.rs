//! RFC 7643 §3, §3.2 and §3.3: what resources consist of, and how they say it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::published::{accepted, described, published, resource_types};
use crate::check::{Check, Judged, Outcome, Stop, must, records};
use crate::model::{Found, ResourceType};
use crate::session::Session;

pub(super) fn checks() -> Vec<Check> {
    vec![
        must("7643-3-schemas", "All representations of SCIM schemas MUST include a non-empty array with value(s) of the URIs supported by that representation … MUST only contain values defined as \"schema\" and \"schemaExtensions\" for the resource's defined \"resourceType\". Duplicate values MUST NOT be included.")
            .rows(&["7643-3-01", "7643-3-02", "7643-3-03", "7643-3-04", "7643-3-07", "7643-3.3-02"])
            .why("a client finds the attributes of a resource by these URNs")
            .talk(schemas_of_resources),
        must("7643-3-duplicate-schemas", "Each String value must be a unique URI … Duplicate values MUST NOT be included")
            .rows(&["7643-3-02"])
            .why("a client that reads the resource with a set type, or validates it, fails")
            .talk(duplicate_schemas),
        must("7643-3-unknown-schemas", "The \"schemas\" attribute for a resource MUST only contain values defined as \"schema\" and \"schemaExtensions\" for the resource's defined \"resourceType\"")
            .rows(&["7643-3-04"])
            .why("a client believes that a resource has attributes that nothing describes")
            .talk(unknown_schemas),
        must("7643-3-schemas-order", "Value order is not specified and MUST NOT impact behavior")
            .rows(&["7643-3-05"])
            .why("a client whose library sorts the URNs loses the extension, or is refused")
            .talk(schemas_order),
        must("7643-3-common-attributes", "These attributes are not defined in any particular schema but SHALL be assumed to be present in every resource, regardless of the value of the \"schemas\" attribute")
            .rows(&["7643-3-06", "7643-3.1-01"])
            .why("a client of a type of its own cannot address what it has created")
            .talk(common_attributes),
        must("7643-3-extended-attributes", "Unlike core attributes, extended attributes are kept in their own sub-attribute namespace identified by the schema extension URI")
            .rows(&["7643-3-08", "7643-3.3-03", "7643-3.3-05"])
            .why("a client looks for the attributes of an extension below its URN, and finds nothing")
            .talk(extended_attributes),
        records("7643-3.3-unused-extensions", "Each value in the \"schemas\" attribute indicates additive schema that MAY exist in a SCIM resource representation")
            .rows(&["7643-3.3-01"])
            .talk(unused_extensions),
        records("7643-3.1-listed-attributes", "For backward compatibility, some existing schema definitions MAY list common attributes as part of the schema")
            .rows(&["7643-3.1-03"])
            .talk(listed_attributes),
        must("7643-3.2-types", "SCIM may be extended to define new classes of resources by defining a resource type. Each resource type defines the name, endpoint, base schema (the attributes), and any schema extensions")
            .rows(&["7643-3.2-01"])
            .why("a type that the server announces cannot be used like the others")
            .talk(types),
    ]
}

async fn schemas_of_resources(s: Session) -> Outcome {
    let listed = resource_types(&s).await.map(|(_, types)| types).unwrap_or_default();
    for kind in &s.model().types {
        let created = s.create_from(kind, s.full(kind, json!({}))).await?;
        let read = s.current(&created).await?;
        let urns: Vec<&Value> = read.at("/schemas").as_array().into_iter().flatten().collect();
        let says = |holds: bool, expected: String| read.expect(holds, expected, format!("it is {}", read.at("/schemas"))).map(|_| ());
        let lower: Vec<String> = urns.iter().filter_map(|urn| urn.as_str()).map(str::to_ascii_lowercase).collect();
        let is_base = |urn: &String| urn.eq_ignore_ascii_case(&kind.schema.id);
        // What the type has is said by /ResourceTypes; the model knows only the extensions that /Schemas describes.
        let as_listed = listed.iter().find(|listed| listed["name"] == kind.name.as_str());
        let extensions = as_listed.into_iter().flat_map(|listed| listed["schemaExtensions"].as_array().into_iter().flatten());
        let extensions: Vec<&str> = extensions.filter_map(|extension| extension["schema"].as_str()).collect();
        let is_extension = |urn: &String| extensions.iter().any(|known| known.eq_ignore_ascii_case(urn));
        let mut unique = lower.clone();
        unique.sort();
        unique.dedup();
        s.row("7643-3-01", says(read.at("/schemas").is_array() && lower.len() == urns.len(), "`/schemas` is an array of strings".into()));
        s.row("7643-3-03", says(!urns.is_empty(), "`/schemas` is not empty".into()));
        s.row("7643-3-02", says(unique.len() == lower.len(), "`/schemas` has no URN twice".into()));
        let only_known =
            says(lower.iter().all(|urn| is_base(urn) || is_extension(urn)), format!("`/schemas` has URNs of {} only", kind.name));
        let unknown = || Err(Stop::Skipped(format!("/ResourceTypes has no {}", kind.name)));
        s.row("7643-3-04", if as_listed.is_some() { only_known } else { unknown() });
        s.row("7643-3-07", says(lower.iter().any(is_base), format!("`/schemas` has {}", kind.schema.id)));
        s.row("7643-3.3-02", says(lower.iter().any(is_base), format!("`/schemas` has {}", kind.schema.id)));
    }
    Ok(())
}

/// A valid resource whose `schemas` are changed.
fn with_schemas(s: &Session, kind: &ResourceType, change: impl FnOnce(&mut Vec<Value>)) -> Value {
    let mut body = s.valid(kind, json!({}));
    if let Some(schemas) = body["schemas"].as_array_mut() {
        change(schemas);
    }
    body
}

async fn duplicate_schemas(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let body = with_schemas(&s, &kind, |schemas| schemas.push(kind.schema.id.as_str().into()));
    let answer = s.post(&kind.endpoint, body).await?;
    if answer.is_success() {
        let count = answer.at("/schemas").as_array().into_iter().flatten().filter(|urn| **urn == kind.schema.id.as_str()).count();
        answer.expect(count <= 1, "the URN once in `/schemas`, or a refusal", format!("it is {}", answer.at("/schemas")))?;
    } else {
        answer.expect_refusal()?;
    }
    Ok(())
}

async fn unknown_schemas(s: Session) -> Outcome {
    const UNKNOWN: &str = "urn:example:params:scim:schemas:no-such-schema";
    let kind = s.any_type()?;
    let answer = s.post(&kind.endpoint, with_schemas(&s, &kind, |schemas| schemas.push(UNKNOWN.into()))).await?;
    if answer.is_success() {
        answer.expect_no_element("/schemas", "a URN that the type does not have", |urn| urn == UNKNOWN)?;
    } else {
        answer.expect_refusal()?;
    }
    Ok(())
}

/// A free text of an extension, and the type that has it.
fn extended(s: &Session) -> Outcome<(Arc<ResourceType>, Found, String)> {
    for kind in &s.model().types {
        let found = kind.attributes().find(|found| found.urn.is_some() && found.attribute.is_free_text());
        if let Some((found, urn)) = found.and_then(|found| Some((found.clone(), found.urn?))) {
            return Ok((kind.clone(), found, urn));
        }
    }
    Err(Stop::Skipped("no resource type has an extension with a free text".into()))
}

/// A valid resource with that text in its extension.
fn with_extension(s: &Session, kind: &ResourceType, found: &Found, urn: &str, value: &str) -> Value {
    let mut body = s.valid(kind, json!({}));
    found.put(&mut body, value);
    if let Some(schemas) = body["schemas"].as_array_mut()
        && !schemas.iter().any(|known| known == urn)
    {
        schemas.push(urn.into());
    }
    body
}

async fn schemas_order(s: Session) -> Outcome {
    let (kind, found, urn) = extended(&s)?;
    described(&s, &urn)?;
    s.create_from(&kind, with_extension(&s, &kind, &found, &urn, &s.mark())).await?;
    let value = s.mark();
    let mut body = with_extension(&s, &kind, &found, &urn, &value);
    if let Some(schemas) = body["schemas"].as_array_mut() {
        schemas.reverse();
    }
    accepted(&s, &kind, body).await?.expect_value(&found.pointer(), value)?;
    Ok(())
}

async fn common_attributes(s: Session) -> Outcome {
    for kind in &s.model().types {
        let created = s.create(kind, json!({ "externalId": format!("common-{}", s.mark()) })).await?;
        let read = s.current(&created).await?;
        read.expect_present("/id")?;
        read.expect_present("/meta")?;
        // It is OPTIONAL, and a server may not keep it for every type.
        read.expect_present("/externalId").map(|_| ()).or_warning()?;
    }
    Ok(())
}

async fn extended_attributes(s: Session) -> Outcome {
    let (kind, found, urn) = extended(&s)?;
    described(&s, &urn)?;
    let value = s.mark();
    let created = s.create_from(&kind, with_extension(&s, &kind, &found, &urn, &value)).await?;
    let read = s.current(&created).await?;
    s.row("7643-3.3-05", read.expect_value(&found.pointer(), value.as_str()).map(|_| ()));
    s.row(
        "7643-3-08",
        match kind.attribute(&found.attribute.name) {
            Some(_) => Ok(()),
            None => read.expect_absent(&format!("/{}", found.attribute.name)).map(|_| ()),
        },
    );
    s.row(
        "7643-3.3-03",
        read.expect_element("/schemas", &format!("\"{urn}\""), |known| {
            known.as_str().is_some_and(|known| known.eq_ignore_ascii_case(&urn))
        })
        .map(|_| ()),
    );
    Ok(())
}

async fn unused_extensions(s: Session) -> Outcome {
    let found = s.model().types.iter().find(|kind| kind.extensions.iter().any(|(_, required)| !required)).cloned();
    let kind = found.ok_or_else(|| Stop::Skipped("no resource type has an optional extension".into()))?;
    let created = s.create(&kind, json!({})).await?;
    let count = s.current(&created).await?.at("/schemas").as_array().map_or(0, Vec::len);
    s.note(format!("a {} without data of its extensions has {count} URNs in schemas", kind.name));
    Ok(())
}

async fn listed_attributes(s: Session) -> Outcome {
    let published = published(&s).await?;
    for kind in &s.model().types {
        let listed = ["schemas", "id", "externalId", "meta"].into_iter().filter(|name| published.attribute(&kind.schema.id, name).is_ok());
        let listed: Vec<&str> = listed.collect();
        s.note(format!("the schema of {} lists {}", kind.name, if listed.is_empty() { "none".to_owned() } else { listed.join(", ") }));
    }
    Ok(())
}

async fn types(s: Session) -> Outcome {
    let others: Vec<_> = s.model().types.iter().filter(|kind| !["User", "Group"].contains(&kind.name.as_str())).collect();
    if others.is_empty() {
        return Err(Stop::Skipped("the server has no types but User and Group".into()));
    }
    for kind in others {
        let created = s.create(kind, json!({})).await?;
        s.read(&created).await?.expect_status(&[200])?.expect_value("/id", created.id.as_str())?;
        s.delete(&created).await?.expect_success()?;
        let gone = s.read(&created).await?;
        gone.expect(!gone.is_success(), "no resource any more", format!("status {}", gone.status))?;
    }
    Ok(())
}

//! RFC 7643 §2.3: the data types of attributes.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::published::{SCHEMA, accepted, described, filtered, is_type, published, taken};
use super::super::values::{as_text_of_letters, is_date_time, same_binary};
use super::{CERTIFICATE, followable, group_of_one};
use crate::check::{Check, Judged, Need, Outcome, Stop, may, must, records, should};
use crate::model::{Attribute, AttributeType, Found, ResourceType};
use crate::session::{Kind, Session};

pub(super) fn checks() -> Vec<Check> {
    const TABLE: &str = "Table 1 maps the following SCIM data types to their corresponding SCIM schema type and underlying JSON data type";
    const TYPES: &[&str] = &["7643-2.3-02", "7643-2.3-03", "7643-2.3-06", "7643-2.3-07", "7643-2.3-08", "7643-2.3-09"];
    vec![
        should("7643-2.3-known-types", "SCIM extensions SHOULD NOT introduce new data types")
            .rows(&["7643-2.3-01"])
            .why("a client does not know how such a value is written")
            .talk(async |s| {
                const KNOWN: &[&str] = &["string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"];
                let is_known = |attribute: &Value| attribute["type"].is_null() || KNOWN.iter().any(|known| is_type(attribute, known));
                published(&s).await?.expect_every("one of the eight types of Table 1", |_| true, is_known)
            }),
        must("7643-2.3-representation", TABLE)
            .rows(TYPES)
            .why("a typed client cannot read the resource at all")
            .talk(representation),
        must("7643-2.3-wrong-types", TABLE)
            .rows(TYPES)
            .why("a value of another type that one client could store makes the resource unreadable for all others")
            .talk(wrong_types),
        must("7643-2.3.1-strings", "A sequence of zero or more Unicode characters encoded using UTF-8")
            .rows(&["7643-2.3.1-01"])
            .why("names in other scripts are destroyed")
            .talk(strings),
        records("7643-2.3.1-canonical-values", "when \"canonicalValues\" is specified, service providers MAY restrict accepted values to the specified values")
            .rows(&["7643-2.3.1-03"])
            .talk(canonical_values),
        must("7643-2.3.2-booleans", "The literal \"true\" or \"false\" … A boolean has no case sensitivity or uniqueness")
            .rows(&["7643-2.3.2-01"])
            .needs(&[Need::Filter])
            .why("a client that looks for the active accounts does not find them")
            .talk(booleans),
        must("7643-2.3.5-date-times", "The attribute value MUST be encoded as a valid xsd:dateTime … and MUST include both a date and a time")
            .rows(&["7643-2.3.5-01", "7643-2.3.5-02", "7643-2.3.5-03", "7643-3.1-19"])
            .why("a client that compares times to find what has changed cannot read them")
            .talk(date_times),
        must("7643-2.3.6-base64", "The attribute value MUST be base64 encoded as specified in Section 4 of [RFC4648]")
            .rows(&["7643-2.3.6-01"])
            .why("a certificate or picture comes back as another one")
            .talk(base64),
        may("7643-2.3.6-padding", "Unless otherwise specified in the attribute definition, trailing padding characters MAY be omitted (\"=\")")
            .rows(&["7643-2.3.6-03"])
            .why("a client whose library leaves the padding out is refused")
            .talk(padding),
        must("7643-2.3.6-case-exact", "A binary is case exact and has no uniqueness")
            .rows(&["7643-2.3.6-04"])
            .needs(&[Need::Filter])
            .why("a client that looks for one certificate is given another")
            .talk(binary_case),
        must("7643-2.3.7-resolves", "A reference URI MUST be to an HTTP-addressable resource. An HTTP client performing a GET operation on a reference URI MUST receive the target resource or an appropriate HTTP response code")
            .rows(&["7643-2.3.7-02", "7643-2.3.7-06", "7643-2.3.7-07"])
            .needs(&[Need::Type("User"), Need::Type("Group")])
            .why("a client that follows a member's reference does not arrive at the member")
            .talk(reference_resolves),
        must("7643-2.3.7-case-exact", "A reference is case exact")
            .rows(&["7643-2.3.7-05"])
            .why("a client that compares URLs without case takes two resources for one")
            .talk(async |s| {
                let is_exact = |attribute: &Value| attribute["caseExact"] != false;
                let published = published(&s).await?;
                // The schemas of §8.7.1 have it otherwise, which errata 6001 and others repair.
                published.expect_every("no reference has caseExact false", |attribute| is_type(attribute, "reference"), is_exact).or_warning()
            }),
        records("7643-2.3.7-integrity", "A SCIM service provider MAY choose to enforce referential integrity for reference types referring to SCIM resources")
            .rows(&["7643-2.3.7-08"])
            .needs(&[Need::Type("User"), Need::Type("Group")])
            .talk(integrity),
        may("7643-2.3.7-ref-is-optional", "a reference is commonly represented as a \"$ref\" sub-attribute in complex or multi-valued attributes; however, this is OPTIONAL")
            .rows(&["7643-2.3.7-09"])
            .needs(&[Need::Type("User"), Need::Type("Group")])
            .why("a client that knows the ids of members and not their URLs cannot make groups")
            .talk(ref_is_optional),
        must("7643-2.3.8-order", "Servers and clients MUST NOT require or expect attributes to be in any specific order when an object is either generated or analyzed")
            .rows(&["7643-2.3.8-01"])
            .why("JSON libraries write members in any order")
            .talk(order),
        must("7643-2.3.8-no-nesting", "A complex attribute MUST NOT contain sub-attributes that have sub-attributes (i.e., that are complex)")
            .rows(&["7643-2.3.8-03"])
            .why("no path of a filter or PATCH reaches such an attribute")
            .talk(no_nesting),
    ]
}

/// The row of Table 1 for a data type; those that no answer shows are held elsewhere.
fn row_of(kind: AttributeType) -> Option<&'static str> {
    match kind {
        AttributeType::String => Some("7643-2.3-02"),
        AttributeType::Boolean => Some("7643-2.3-03"),
        AttributeType::DateTime => Some("7643-2.3-06"),
        AttributeType::Binary => Some("7643-2.3-07"),
        AttributeType::Reference => Some("7643-2.3-08"),
        AttributeType::Complex => Some("7643-2.3-09"),
        AttributeType::Decimal | AttributeType::Integer => None,
    }
}

async fn representation(s: Session) -> Outcome {
    for kind in &s.model().types {
        let created = s.create_from(kind, s.full(kind, json!({}))).await?;
        let read = s.current(&created).await?;
        for found in kind.attributes() {
            let pointer = found.pointer();
            if read.at(&pointer).is_null() {
                continue;
            }
            let outcome = read.expect_kind(&pointer, Kind::of_attribute(&found.attribute)).map(|_| ());
            if let Some(row) = row_of(found.attribute.kind) {
                s.row(row, outcome);
            } else {
                outcome?;
            }
        }
    }
    Ok(())
}

async fn wrong_types(s: Session) -> Outcome {
    let cases = [
        (AttributeType::String, json!(5)),
        (AttributeType::Boolean, json!("yes")),
        (AttributeType::DateTime, json!("yesterday")),
        (AttributeType::Binary, json!("***")),
        (AttributeType::Reference, json!(5)),
        (AttributeType::Complex, json!("text")),
    ];
    for (kind, wrong) in cases {
        let Some(row) = row_of(kind) else { continue };
        let found = s.find("an attribute of that type", |attribute| {
            let is_plain = !attribute.multi_valued && !attribute.required && attribute.canonical_values.is_empty();
            attribute.kind == kind && is_plain && attribute.is_read_write()
        });
        let outcome = match found {
            Ok((kind, found)) => never_stored(&s, &kind, &found, wrong).await,
            Err(skipped) => Err(skipped),
        };
        s.row(row, outcome);
    }
    Ok(())
}

/// A value of another type is refused; a lenient server may also make something right of it, or leave it out.
async fn never_stored(s: &Session, kind: &Arc<ResourceType>, found: &Found, wrong: Value) -> Outcome {
    let answer = s.post(&kind.endpoint, s.valid(kind, found.with(wrong.clone()))).await?;
    if answer.is_success() {
        let stored = answer.at(&found.pointer());
        answer.expect(
            *stored != wrong,
            format!("{wrong} for {} is refused, or is made right", found.path()),
            "it is stored as it was sent",
        )?;
    } else {
        answer.expect_refusal()?;
    }
    Ok(())
}

async fn strings(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    described(&s, text.urn.as_deref().unwrap_or(&kind.schema.id))?;
    let value = format!("Žofie 山田 👩‍🚀 {}", s.mark());
    let created = s.create(&kind, text.with(value.as_str())).await?;
    s.current(&created).await?.expect_value(&text.pointer(), value)?;
    // Whether an empty text is a value or none is read in both ways.
    taken(&s, &kind, s.valid(&kind, text.with(""))).await.map(|_| ()).or_warning()
}

/// An attribute of several complex values whose `type` has canonical values.
fn with_canonical_types(attribute: &Attribute) -> bool {
    attribute.is_plural_complex() && attribute.sub("type").is_some_and(|sub| !sub.canonical_values.is_empty())
}

async fn canonical_values(s: Session) -> Outcome {
    let (kind, plural) = s.find("canonical values", with_canonical_types)?;
    let element = json!([{ "value": format!("{}@example.com", s.mark()), "type": "foo" }]);
    let answer = s.post(&kind.endpoint, s.valid(&kind, plural.with(element))).await?;
    let stored = answer.at(&plural.pointer())[0]["type"].clone();
    s.note(format!("{}.type \"foo\", which is not among its canonical values: {}, stored as {stored}", plural.path(), answer.status));
    Ok(())
}

async fn booleans(s: Session) -> Outcome {
    let (kind, flag) = s.find("a boolean", |attribute| {
        attribute.kind == AttributeType::Boolean && !attribute.multi_valued && attribute.is_read_write() && attribute.returned == "default"
    })?;
    let created = s.create(&kind, flag.with(true)).await?;
    s.current(&created).await?.expect_value(&flag.pointer(), true).or_blocked()?;
    let filter = |value: bool| format!("id eq \"{}\" and {} eq {value}", created.id, flag.path());
    let is_it = |resource: &Value| resource["id"] == created.id.as_str();
    let found = filtered(&s, &kind, &filter(true)).await?;
    found.expect_element("/Resources", "the resource whose value is true", is_it)?;
    let others = filtered(&s, &kind, &filter(false)).await?;
    others.expect_no_element("/Resources", "the resource whose value is true", is_it)?;
    Ok(())
}

async fn date_times(s: Session) -> Outcome {
    for kind in &s.model().types {
        let created = s.create(kind, json!({})).await?;
        let read = s.current(&created).await?;
        for pointer in ["/meta/created", "/meta/lastModified"] {
            let value = read.at(pointer);
            if value.is_null() {
                continue;
            }
            let holds = value.as_str().is_some_and(is_date_time);
            read.expect(holds, format!("`{pointer}` like \"2008-01-23T04:56:22Z\""), format!("it is {value}"))?;
        }
    }
    Ok(())
}

/// A binary attribute with a value for it, and the pointer to that value in a resource. Certificates have to be certificates.
fn binary(s: &Session) -> Outcome<(Arc<ResourceType>, Value, String, String)> {
    let plain = |attribute: &Attribute| attribute.kind == AttributeType::Binary && !attribute.multi_valued && attribute.is_read_write();
    let held = |attribute: &Attribute| attribute.name == "x509Certificates" && attribute.multi_valued && attribute.is_read_write();
    if let Ok((kind, found)) = s.find("a binary", plain) {
        let value = as_text_of_letters(&s.mark());
        return Ok((kind, found.with(value.as_str()), found.pointer(), value));
    }
    let (kind, found) = s.find("a binary attribute", held)?;
    described(s, found.urn.as_deref().unwrap_or(&kind.schema.id))?;
    let value = CERTIFICATE.trim();
    Ok((kind, found.with(json!([{ "value": value }])), format!("{}/0/value", found.pointer()), value.to_owned()))
}

async fn base64(s: Session) -> Outcome {
    let (kind, extra, pointer, value) = binary(&s)?;
    let created = s.create(&kind, extra).await?;
    let read = s.current(&created).await?;
    let found = read.at(&pointer).as_str().unwrap_or_default();
    read.expect(same_binary(found, &value), format!("`{pointer}` is the value that was sent"), format!("it is \"{found}\""))?;
    Ok(())
}

async fn padding(s: Session) -> Outcome {
    let (kind, extra, pointer, value) = binary(&s)?;
    s.create(&kind, extra.clone()).await?;
    // One byte more than a multiple of three needs padding.
    let unpadded = if value.starts_with("MII") { value.trim_end_matches('=').to_owned() } else { format!("{value}AQ") };
    let extra: Value = serde_json::from_str(&extra.to_string().replace(&value, &unpadded)).unwrap_or(extra);
    let answer = accepted(&s, &kind, s.valid(&kind, extra)).await?;
    let found = answer.at(&pointer).as_str().unwrap_or_default();
    answer.expect(same_binary(found, &unpadded), format!("`{pointer}` is the value that was sent"), format!("it is \"{found}\""))?;
    Ok(())
}

async fn binary_case(s: Session) -> Outcome {
    let (kind, found) = s.find("a binary attribute of one value", |attribute| {
        attribute.kind == AttributeType::Binary && !attribute.multi_valued && attribute.is_read_write()
    })?;
    let value = as_text_of_letters(&s.mark());
    let created = s.create(&kind, found.with(value.as_str())).await?;
    let other: String = value.chars().map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }).collect();
    let answer = filtered(&s, &kind, &format!("{} eq \"{other}\"", found.path())).await?;
    answer.expect_no_element("/Resources", "a resource whose value differs in case", |resource| resource["id"] == created.id.as_str())?;
    let count = answer.at("/totalResults").as_u64().unwrap_or(0);
    answer.expect(count == 0, "no resource with a value that nobody has set", format!("{count} resources"))?;
    Ok(())
}

async fn reference_resolves(s: Session) -> Outcome {
    let (user, group) = group_of_one(&s).await?;
    let read = s.current(&group).await?;
    let Some(reference) = read.at("/members/0/$ref").as_str() else {
        return Err(Stop::Skipped("members have no $ref, which is OPTIONAL".into()));
    };
    s.get(followable(reference)).await?.expect_status(&[200])?.expect_value("/id", user.id)?;
    Ok(())
}

async fn integrity(s: Session) -> Outcome {
    let unknown = json!([{ "value": format!("no-such-member-{}", s.mark()) }]);
    let group = s.kind("Group")?;
    let answer = s.post(&group.endpoint, s.valid(&group, json!({ "members": unknown }))).await?;
    s.note(format!("a group with an unknown member: {}", answer.status));
    let (user, group) = group_of_one(&s).await?;
    s.delete(&user).await?.expect_success().or_blocked()?;
    let left = s.current(&group).await?.at("/members").as_array().map_or(0, Vec::len);
    s.note(format!("members left in a group whose only member was deleted: {left}"));
    Ok(())
}

async fn ref_is_optional(s: Session) -> Outcome {
    let user = s.user(json!({})).await?;
    let group = s.kind("Group")?;
    let members = json!([{ "value": user.id, "type": "User" }]);
    taken(&s, &group, s.valid(&group, json!({ "members": members }))).await?;
    Ok(())
}

async fn order(s: Session) -> Outcome {
    let kind = s.any_type()?;
    s.create_from(&kind, s.full(&kind, json!({}))).await?;
    let body = s.full(&kind, json!({}));
    let reversed: serde_json::Map<String, Value> =
        body.as_object().into_iter().flatten().rev().map(|(name, value)| (name.clone(), value.clone())).collect();
    s.post(&kind.endpoint, reversed.into()).await?.expect_success()?;
    Ok(())
}

async fn no_nesting(s: Session) -> Outcome {
    let published = published(&s).await?;
    for schema in published.schemas.iter().filter(|schema| schema["id"] != SCHEMA) {
        for attribute in schema["attributes"].as_array().into_iter().flatten() {
            let nested = attribute["subAttributes"].as_array().into_iter().flatten().find(|sub| is_type(sub, "complex"));
            let came = format!("{}.{} is complex", attribute["name"], nested.unwrap_or(&Value::Null)["name"]);
            published.answer.expect(nested.is_none(), "no sub-attribute is complex", came)?;
        }
    }
    Ok(())
}

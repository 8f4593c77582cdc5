//! RFC 7643 §2.4 and §2.5: attributes of several values, and of none.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::published::{accepted, filtered, published, replaced};
use crate::check::{Check, Judged, Need, Outcome, Stop, must, records, should};
use crate::model::{Attribute, Found, ResourceType};
use crate::session::Session;

pub(super) fn checks() -> Vec<Check> {
    vec![
        must("7643-2.4-objects", "objects with a set of sub-attributes and values … in which case they SHALL be considered to be complex attributes")
            .rows(&["7643-2.4-01"])
            .why("a client that reads emails[0].value fails at a text in its place")
            .talk(objects),
        must("7643-2.4-one-primary", "The primary attribute value \"true\" MUST appear no more than once")
            .rows(&["7643-2.4-03"])
            .why("a client that writes to the primary address has two")
            .talk(one_primary),
        must("7643-2.4-primary-is-false", "If not specified, the value of \"primary\" SHALL be assumed to be \"false\"")
            .rows(&["7643-2.4-04"])
            .needs(&[Need::Filter])
            .why("a client that looks for what is not primary does not find it")
            .talk(primary_is_false),
        records("7643-2.4-display", "display A human-readable name, primarily used for display purposes and having a mutability of \"immutable\"")
            .rows(&["7643-2.4-05"])
            .needs(&[Need::Patch])
            .talk(display),
        records("7643-2.4-types-of-one-value", "Service providers MAY return element objects with the same \"value\" sub-attribute more than once with a different \"type\" sub-attribute")
            .rows(&["7643-2.4-09"])
            .talk(types_of_one_value),
        should("7643-2.4-duplicates", "SHOULD NOT return the same (type, value) combination more than once per attribute, as this complicates processing by the client")
            .rows(&["7643-2.4-10"])
            .why("a client that removes an address finds it still there")
            .talk(duplicates),
        records("7643-2.4-recommended-values", "In the schema definition for an attribute, the service provider MAY define the recommended canonical values")
            .rows(&["7643-2.4-12"])
            .talk(recommended_values),
        must("7643-2.5-equivalent", "Unassigned attributes, the null value, or an empty array (in the case of a multi-valued attribute) SHALL be considered to be equivalent in \"state\"")
            .rows(&["7643-2.5-01"])
            .why("a client that sends null for what it does not have creates something else than one that sends nothing")
            .talk(equivalent),
        must("7643-2.5-unassigns", "Assigning an attribute with the value \"null\" or an empty array … has the effect of making the attribute \"unassigned\"")
            .rows(&["7643-2.5-02"])
            .why("a client cannot take away what it has given")
            .talk(unassigns),
        records("7643-2.5-omitted", "unassigned attributes, although they are defined in schema, MAY be omitted for compactness")
            .rows(&["7643-2.5-03"])
            .talk(omitted),
    ]
}

async fn objects(s: Session) -> Outcome {
    let (kind, plural) = s.plural_complex()?;
    let text = format!("{}@example.com", s.mark());
    let answer = s.post(&kind.endpoint, s.valid(&kind, plural.with(json!([text])))).await?;
    if !answer.is_success() {
        answer.expect_refusal()?;
        return Ok(());
    }
    answer.expect_no_element(&plural.pointer(), "an element that is no object", |element| !element.is_object())?;
    Ok(())
}

fn has_primary(attribute: &Attribute) -> bool {
    attribute.is_plural_complex() && attribute.sub("primary").is_some()
}

async fn one_primary(s: Session) -> Outcome {
    let (kind, plural) = s.find("values of which one is primary", has_primary)?;
    let element = |type_of: &str| json!({ "value": format!("{}@example.com", s.mark()), "type": type_of, "primary": true });
    let answer = s.post(&kind.endpoint, s.valid(&kind, plural.with(json!([element("work"), element("home")])))).await?;
    if !answer.is_success() {
        answer.expect_refusal()?;
        return Ok(());
    }
    let primaries = answer.at(&plural.pointer()).as_array().into_iter().flatten().filter(|element| element["primary"] == true).count();
    answer.expect(primaries <= 1, "at most one primary value", format!("{primaries} of them"))?;
    Ok(())
}

async fn primary_is_false(s: Session) -> Outcome {
    let (kind, plural) = s.find("values of which one is primary", has_primary)?;
    let value = format!("{}@example.com", s.mark());
    let created = s.create(&kind, plural.with(json!([{ "value": value, "type": "work" }]))).await?;
    let is_it = |found: &Value| found["id"] == created.id.as_str();
    let found = filtered(&s, &kind, &format!("{}[value eq \"{value}\" and type eq \"work\"]", plural.path())).await?;
    found.expect_element("/Resources", "the resource with that value", is_it).or_blocked()?;
    let answer = filtered(&s, &kind, &format!("{}[value eq \"{value}\" and primary eq false]", plural.path())).await?;
    answer.expect_element("/Resources", "the resource whose value says nothing of primary", is_it)?;
    Ok(())
}

async fn display(s: Session) -> Outcome {
    let (kind, plural) =
        s.find("values with a display", |attribute| attribute.is_plural_complex() && attribute.sub("display").is_some())?;
    let value = format!("{}@example.com", s.mark());
    let created = s.create(&kind, plural.with(json!([{ "value": value, "type": "work", "display": "before" }]))).await?;
    let path = format!("{}[value eq \"{value}\"].display", plural.path());
    let answer = s.patch(&created, json!([{ "op": "replace", "path": path, "value": "after" }])).await?;
    s.note(
        format!("PATCH of {}.display: {} {}", plural.path(), answer.status, answer.at("/scimType").as_str().unwrap_or_default()).trim_end(),
    );
    Ok(())
}

async fn types_of_one_value(s: Session) -> Outcome {
    let (kind, plural) = s.plural_complex()?;
    let value = format!("both-{}@example.com", s.mark());
    let both = json!([{ "value": value, "type": "work" }, { "value": value, "type": "home" }]);
    let answer = s.post(&kind.endpoint, s.valid(&kind, plural.with(both))).await?;
    if !answer.is_success() {
        s.note(format!("one value with two types is refused with {}", answer.status));
        return Ok(());
    }
    let count = answer.at(&plural.pointer()).as_array().map_or(0, Vec::len);
    s.note(format!("one value with two types comes back {count} times"));
    Ok(())
}

async fn duplicates(s: Session) -> Outcome {
    let (kind, plural) = s.plural_complex()?;
    let element = json!({ "value": format!("twice-{}@example.com", s.mark()), "type": "work" });
    let answer = s.post(&kind.endpoint, s.valid(&kind, plural.with(json!([element, element])))).await?;
    if !answer.is_success() {
        answer.expect_refusal()?;
        return Ok(());
    }
    let count = answer.at(&plural.pointer()).as_array().map_or(0, Vec::len);
    answer.expect(count <= 1, "one element of that type and value", format!("{count} of them"))?;
    Ok(())
}

async fn recommended_values(s: Session) -> Outcome {
    let published = published(&s).await?;
    for (place, attribute) in published.every() {
        if let Some(values) = attribute["canonicalValues"].as_array().filter(|values| !values.is_empty()) {
            s.note(format!("{place} has {} canonical values", values.len()));
        }
    }
    Ok(())
}

/// A free text that a resource does not have if nobody has set it: a server may give others a value by itself.
async fn without_default(s: &Session) -> Outcome<(Arc<ResourceType>, Found)> {
    let (kind, text) = s.free_text()?;
    let plain = s.create(&kind, json!({})).await?;
    let value = s.current(&plain).await?.at(&text.pointer()).clone();
    if value.is_null() {
        Ok((kind, text))
    } else {
        Err(Stop::Skipped(format!("the server itself gives {} the value {value}", text.path())))
    }
}

async fn equivalent(s: Session) -> Outcome {
    let (kind, text) = without_default(&s).await?;
    let mut body = s.valid(&kind, json!({}));
    text.put(&mut body, Value::Null);
    let plural = s.find_in(&kind, "several values", Attribute::is_plural_complex).ok();
    if let Some(plural) = &plural {
        plural.put(&mut body, json!([]));
    }
    let created = accepted(&s, &kind, body).await?;
    created.expect_absent(&text.pointer())?;
    if let Some(plural) = &plural {
        created.expect_absent(&plural.pointer())?;
    }
    if s.model().supports("filter").is_err() {
        return Ok(());
    }
    let id = created.at("/id").as_str().unwrap_or_default();
    let answer = filtered(&s, &kind, &format!("id eq \"{id}\" and {} pr", text.path())).await?;
    answer.expect_no_element("/Resources", "the resource, whose attribute is not present", |resource| resource["id"] == id)?;
    Ok(())
}

async fn unassigns(s: Session) -> Outcome {
    let (kind, text) = without_default(&s).await?;
    let created = s.create(&kind, text.with(format!("to go {}", s.mark()))).await?;
    let mut body = s.current(&created).await?.body.unwrap_or_default();
    replaced(&s, &created, body.clone()).await?;
    text.put(&mut body, Value::Null);
    s.put(&created, body).await?.expect_success()?;
    s.current(&created).await?.expect_absent(&text.pointer())?;
    if s.model().supports("patch").is_ok() {
        let again = s.create(&kind, text.with(s.mark())).await?;
        let patched = s.patch(&again, json!([{ "op": "replace", "path": text.path(), "value": null }])).await?;
        // A server that has no PATCH may not have said so.
        if patched.status != 501 {
            patched.expect_success()?;
            s.current(&again).await?.expect_absent(&text.pointer())?;
        }
    }
    Ok(())
}

async fn omitted(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let created = s.create(&kind, json!({})).await?;
    let read = s.current(&created).await?;
    let members = read.body.as_ref().and_then(Value::as_object);
    let is_there = text.urn.is_none() && members.is_some_and(|members| members.contains_key(&text.attribute.name));
    s.note(format!("unassigned attributes are {}", if is_there { "sent, with no value" } else { "left out" }));
    Ok(())
}

//! RFC 7643 §3.1: `meta`.

use serde_json::{Value, json};

use super::super::published::replaced;
use super::super::values::instant;
use crate::check::{Check, Judged, Need, Outcome, Stop, must, records};
use crate::model::Attribute;
use crate::session::{Answer, Kind, Session};

pub(super) fn checks() -> Vec<Check> {
    vec![
        must("7643-3.1-meta-ignored", "This attribute SHALL be ignored when provided by clients")
            .rows(&["7643-3.1-16"])
            .why("a client that writes back what it has read changes the history of the resource, or is refused")
            .talk(meta_ignored),
        must(
            "7643-3.1-meta-read-only",
            "All \"meta\" sub-attributes are assigned by the service provider (have a \"mutability\" of \"readOnly\")",
        )
        .rows(&["7643-3.1-17"])
        .needs(&[Need::Patch])
        .why("a client is told of a success that there was not")
        .talk(meta_read_only),
        must("7643-3.1-resource-type", "resourceType The name of the resource type of the resource")
            .rows(&["7643-3.1-18", "7643-3-09"])
            .why("a client that has found a resource cannot tell what it is")
            .talk(resource_type),
        must("7643-3.1-created", "created The \"DateTime\" that the resource was added to the service provider")
            .rows(&["7643-3.1-19"])
            .why("a client takes a changed resource for a new one")
            .talk(created),
        must(
            "7643-3.1-last-modified",
            "If this resource has never been modified since its initial creation, the value MUST be the same as the value of \"created\"",
        )
        .rows(&["7643-3.1-20"])
        .why("a client that asks for what has changed reads everything, or misses something")
        .talk(last_modified),
        must(
            "7643-3.1-location",
            "location The URI of the resource being returned. This value MUST be the same as the \"Content-Location\" HTTP response header",
        )
        .rows(&["7643-3.1-21"])
        .why("two locations of one resource are two resources to a client")
        .talk(location),
        must("7643-3.1-version", "This value must be the same as the entity-tag (ETag) HTTP response header")
            .rows(&["7643-3.1-22"])
            .needs(&[Need::Etag])
            .why("a client that takes the version from a list is refused when it writes with it")
            .talk(version),
        records(
            "7643-3.1-version-is-optional",
            "Service provider support for this attribute is optional and subject to the service provider's support for versioning",
        )
        .rows(&["7643-3.1-23"])
        .talk(version_is_optional),
        must(
            "7643-3.1-weak-version",
            "the origin server MUST mark the \"version\" (entity-tag) as weak by prefixing its opaque value with \"W/\" (case sensitive)",
        )
        .rows(&["7643-3.1-24"])
        .needs(&[Need::Etag])
        .why("HTTP libraries refuse a tag that is written in another way")
        .talk(weak_version),
    ]
}

async fn meta_ignored(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let created = s.create(&kind, json!({ "meta": { "created": "1999-01-01T00:00:00Z" } })).await?;
    let read = s.current(&created).await?;
    let is_own = |answer: &Answer| {
        let value = answer.at("/meta/created").to_string();
        answer.expect(!value.contains("1999"), "the time of creation in `/meta/created`", format!("it is {value}")).map(|_| ())
    };
    is_own(&read)?;
    let mut body = read.body.unwrap_or_default();
    let plain: serde_json::Map<String, Value> = body
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| *name != "meta")
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    replaced(&s, &created, plain.into()).await?;
    body["meta"]["created"] = "1999-01-01T00:00:00Z".into();
    body["meta"]["location"] = "https://example.com/elsewhere".into();
    let put = s.put(&created, body).await?;
    put.expect_success()?;
    is_own(&put)?;
    is_own(&s.current(&created).await?)
}

async fn meta_read_only(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let created = s.create(&kind, json!({})).await?;
    let before = s.current(&created).await?.at("/meta/created").clone();
    let answer = s.patch(&created, json!([{ "op": "replace", "path": "meta.created", "value": "1999-01-01T00:00:00Z" }])).await?;
    let after = s.current(&created).await?;
    after.expect_value("/meta/created", before)?;
    answer.expect_refusal().map(|_| ()).or_warning()
}

async fn resource_type(s: Session) -> Outcome {
    for kind in &s.model().types {
        let created = s.create(kind, json!({ "externalId": format!("typed-{}", s.mark()) })).await?;
        s.current(&created).await?.expect_value("/meta/resourceType", kind.name.as_str())?;
    }
    Ok(())
}

/// An instant of `meta`.
fn at(answer: &Answer, pointer: &str) -> Outcome<time::OffsetDateTime> {
    let value = answer.at(pointer);
    value.as_str().and_then(instant).ok_or_else(|| answer.failure(format!("`{pointer}` is a date and a time"), format!("it is {value}")))
}

async fn created(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let resource = s.create(&kind, text.with(s.mark())).await?;
    let first = s.current(&resource).await?;
    let before = at(&first, "/meta/created").or_blocked()?;
    let mut body = first.body.clone().unwrap_or_default();
    text.put(&mut body, format!("created before {}", s.mark()));
    let changed = s.put(&resource, body).await?;
    changed.expect_success().or_blocked()?;
    for answer in [changed, s.current(&resource).await?] {
        let expected = format!("`/meta/created` is {before}, as before the change");
        if answer.status == 200 {
            answer.expect(at(&answer, "/meta/created")? == before, expected, format!("it is {}", answer.at("/meta/created")))?;
        }
    }
    Ok(())
}

async fn last_modified(s: Session) -> Outcome {
    for kind in &s.model().types {
        let resource = s.create(kind, json!({})).await?;
        let new = s.current(&resource).await?;
        let (created, modified) = (at(&new, "/meta/created").or_blocked()?, at(&new, "/meta/lastModified").or_blocked()?);
        new.expect(
            created == modified,
            "`/meta/lastModified` of a new resource is `/meta/created`",
            format!("it is {}", new.at("/meta/lastModified")),
        )?;
    }
    let (kind, text) = s.find("a free text", Attribute::is_free_text)?;
    let resource = s.create(&kind, text.with(s.mark())).await?;
    let mut body = s.current(&resource).await?.body.unwrap_or_default();
    text.put(&mut body, format!("modified {}", s.mark()));
    s.put(&resource, body).await.or_blocked()?.expect_success().or_blocked()?;
    let changed = s.current(&resource).await?;
    let (created, modified) = (at(&changed, "/meta/created").or_blocked()?, at(&changed, "/meta/lastModified").or_blocked()?);
    changed.expect(
        modified >= created,
        "`/meta/lastModified` is not before `/meta/created`",
        format!("it is {}", changed.at("/meta/lastModified")),
    )?;
    Ok(())
}

async fn location(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let created = s.create(&kind, json!({})).await?;
    let read = s.current(&created).await?;
    let found = read.expect_kind("/meta/location", Kind::String).or_blocked()?.as_str().unwrap_or_default();
    read.expect(found.contains("://"), "an absolute URL in `/meta/location`", format!("it is \"{found}\""))?;
    // HTTP does not ask for the header: what counts is that it says the same.
    if let Some(header) = read.header("content-location") {
        read.expect(header == found, "the Content-Location that `/meta/location` has", format!("`{header}`"))?;
    }
    Ok(())
}

async fn version(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let created = s.create(&kind, json!({})).await?;
    let read = s.current(&created).await?;
    let etag = read.header("etag").ok_or_else(|| Stop::Skipped("the answer has no ETag".into()))?;
    if read.at("/meta/version").is_null() {
        return Err(Stop::Skipped("there is no meta.version, which is OPTIONAL".into()));
    }
    read.expect_value("/meta/version", etag)?;
    Ok(())
}

async fn version_is_optional(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let created = s.create(&kind, json!({})).await?;
    let read = s.current(&created).await?;
    let supported = if s.model().supports("etag").is_ok() { "supported" } else { "not supported" };
    let version = if read.at("/meta/version").is_string() { "there" } else { "absent" };
    s.note(format!("ETags are {supported}, and meta.version is {version}"));
    Ok(())
}

async fn weak_version(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let created = s.create(&kind, json!({ "externalId": format!("tagged-{}", s.mark()) })).await?;
    let read = s.current(&created).await?;
    let etag = read.header("etag").ok_or_else(|| Stop::Skipped("the answer has no ETag".into()))?;
    let opaque = etag.strip_prefix("W/").unwrap_or(etag);
    let is_quoted = opaque.len() >= 2 && opaque.starts_with('"') && opaque.ends_with('"');
    read.expect(is_quoted, "a tag like W/\"…\" or \"…\"", format!("`{etag}`"))?;
    Ok(())
}

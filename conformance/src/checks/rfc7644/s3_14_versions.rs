//! RFC 7644 §3.14: versions of resources.

use crate::check::{Check, Judged, Need, Outcome, Stop, must, records, should};
use crate::checks::rfc9110;
use crate::model::Found;
use crate::session::{Answer, Resource, Session, resource_path};

pub(super) fn checks() -> Vec<Check> {
    let checks = vec![
        records(
            "7644-3.14-weak",
            "Service providers MAY support weak ETags as the preferred mechanism for performing conditional retrievals",
        )
        .rows(&["7644-3.14-01"])
        .talk(weak),
        must("7644-3.14-header", "When supported, SCIM ETags MUST be specified as an HTTP header")
            .rows(&["7644-3.14-02"])
            .why("a client that keeps what it has read cannot ask whether it is still current")
            .talk(header),
        should(
            "7644-3.14-meta-version",
            "SCIM ETags … SHOULD be specified within the 'version' attribute contained in the resource's 'meta' attribute",
        )
        .rows(&["7644-3.14-03"])
        .why("a client that takes the version from a list or a body sends another tag than the server knows")
        .talk(meta_version),
        must(
            "7644-3.14-not-modified",
            "If the resource has not changed, the service provider simply returns an empty body with a 304 (Not Modified) response code",
        )
        .rows(&["7644-3.14-04"])
        .why("a client that asks only for what has changed is sent everything, or never sees a change")
        .talk(not_modified),
        must(
            "7644-3.14-delete",
            "ensuring that clients do not inadvertently overwrite each other's changes … DELETE … If-Match: W/\"c310cd84f0281b7\"",
        )
        .rows(&["7644-3.14-06"])
        .why("a client removes what somebody else has just changed")
        .talk(delete),
        must(
            "7644-3.14-changes",
            "the requested operation succeeds only if the supplied ETag matches the latest service provider resource",
        )
        .rows(&["7644-3.14-07"])
        .why("a client that compares tags does not see the change")
        .talk(changes),
    ];
    checks.into_iter().map(|check| check.needs(&[Need::Etag])).collect()
}

/// A resource with that text.
async fn with(s: &Session, value: &str) -> Outcome<(Resource, Found)> {
    let (kind, text) = s.free_text()?;
    Ok((s.create(&kind, text.with(value)).await?, text))
}

/// The entity tag of an answer that only prepares.
fn etag(answer: &Answer) -> Outcome<String> {
    answer.expect_header("etag").or_blocked().map(ToOwned::to_owned)
}

async fn weak(s: Session) -> Outcome {
    let (resource, _) = with(&s, "weak or strong").await?;
    let tag = etag(&s.current(&resource).await?)?;
    s.note(if tag.starts_with("W/") { "its entity tags are weak" } else { "its entity tags are strong" });
    Ok(())
}

async fn header(s: Session) -> Outcome {
    if s.model().config["etag"]["supported"] != true {
        return Err(Stop::Skipped("/ServiceProviderConfig does not say that etag.supported is true".into()));
    }
    let (kind, text) = s.free_text()?;
    let created = s.post(&kind.endpoint, s.valid(&kind, text.with("before"))).await?;
    created.expect_status(&[201]).or_blocked()?;
    created.expect_header("etag")?;
    let Some(id) = created.at("/id").as_str() else { return Err(Stop::Skipped("the new resource has no id".into())) };
    let path = resource_path(&kind.endpoint, id);
    let read = s.get(&path).await?;
    read.expect_status(&[200]).or_blocked()?;
    read.expect_header("etag")?;
    let mut body = created.expect_json()?.clone();
    text.put(&mut body, "after");
    let replaced = s.ask("PUT", &path).json(body).send().await?;
    replaced.expect_success().or_blocked()?;
    replaced.expect_header("etag")?;
    Ok(())
}

async fn meta_version(s: Session) -> Outcome {
    let (resource, _) = with(&s, "with a version").await?;
    let answer = s.current(&resource).await?;
    let tag = etag(&answer)?;
    answer.expect_present("/meta/version")?;
    answer.expect_value("/meta/version", tag)?;
    Ok(())
}

async fn not_modified(s: Session) -> Outcome {
    let (resource, text) = with(&s, "unchanged").await?;
    let (path, tag) = rfc9110::unchanged(&s, &resource, &text).await?;
    let unchanged = s.ask("GET", &path).header("If-None-Match", &tag).send().await?;
    unchanged.expect_status(&[304])?.expect_no_body()?;
    s.ask("GET", &path).header("If-None-Match", "W/\"of-another-state\"").send().await?.expect_status(&[200])?;
    Ok(())
}

async fn delete(s: Session) -> Outcome {
    let (resource, text) = with(&s, "before").await?;
    let stale = etag(&s.current(&resource).await?)?;
    s.put(&resource, s.replacement(&resource, text.with("after"))).await?.expect_success().or_blocked()?;
    let late = s.ask("DELETE", &resource.path).header("If-Match", &stale).send().await?;
    late.expect_refusal()?;
    let current = s.read(&resource).await?;
    current.expect_status(&[200])?;
    // Table 8 lists a version that does not match under 409, too.
    late.expect_status(&[412, 409])?;
    let tag = etag(&current)?;
    let removed = s.ask("DELETE", &resource.path).header("If-Match", &tag).send().await?;
    // RFC 9110 has weak tags never match; the examples of SCIM send them.
    if tag.starts_with("W/") && removed.status == 412 {
        removed.expect_success().or_warning()?;
    }
    removed.expect_success()?;
    late.expect_status(&[412]).or_warning()?;
    Ok(())
}

async fn changes(s: Session) -> Outcome {
    let (resource, text) = with(&s, "version one").await?;
    let before = etag(&s.current(&resource).await?)?;
    s.put(&resource, s.replacement(&resource, text.with("version two"))).await?.expect_success().or_blocked()?;
    let current = s.current(&resource).await?;
    current.expect_value(&text.pointer(), "version two").or_blocked()?;
    let after = etag(&current)?;
    current.expect(after != before, "another entity tag than before the change", format!("the same, {after}"))?;
    Ok(())
}

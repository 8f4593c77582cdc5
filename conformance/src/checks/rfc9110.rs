//! Checks of RFC 9110: HTTP semantics.

use serde_json::json;

use crate::check::{Check, Judged, Need, Outcome, Stop, may, must, should};
use crate::model::Found;
use crate::session::{Answer, Resource, Session, resource_path};

pub(super) fn checks() -> Vec<Check> {
    let mut checks: Vec<Check> = conditions().into_iter().map(|check| check.needs(&[Need::Etag])).collect();
    checks.extend(methods_and_formats());
    checks
}

/// Entity tags and what depends on them.
fn conditions() -> Vec<Check> {
    vec![
        must("9110-8.8.3-entity-tag", "entity-tag = [ weak ] opaque-tag … opaque-tag = DQUOTE *etagc DQUOTE")
            .rows(&["9110-8.8.3-01"])
            .why("HTTP libraries and caches drop a tag without quotes")
            .talk(entity_tag),
        must("9110-13.1.1-strong-comparison", "An origin server MUST use the strong comparison function when comparing entity tags for If-Match")
            .rows(&["9110-13.1.1-01"])
            .why("a change is applied to a state that its client has not seen")
            .talk(strong_comparison),
        must(
            "9110-13.1.1-any",
            "If the field value is \"*\", the condition is true if the origin server has a current representation for the target resource",
        )
        .rows(&["9110-13.1.1-02"])
        .why("a client that wants to change only what exists makes something new")
        .talk(any),
        must(
            "9110-13.1.1-not-performed",
            "An origin server that evaluates an If-Match condition MUST NOT perform the requested method if the condition evaluates to false",
        )
        .rows(&["9110-13.1.1-03"])
        .why("a client that has read an old state overwrites what somebody else has changed since")
        .talk(not_performed),
        must("9110-13.1.2-weak-comparison", "A recipient MUST use the weak comparison function when comparing entity tags for If-None-Match")
            .rows(&["9110-13.1.2-01"])
            .why("a client behind a proxy that weakens tags is sent everything again")
            .talk(weak_comparison),
        must(
            "9110-13.1.2-not-performed",
            "the origin server MUST respond with either a) the 304 (Not Modified) status code if the request method is GET or HEAD or b) the 412 \
             (Precondition Failed) status code for all other request methods",
        )
        .rows(&["9110-13.1.2-02"])
        .why("a client that wants to make something new overwrites what is there")
        .talk(none_match_any),
        must(
            "9110-13.1.2-lists",
            "If the field value is a list of entity tags, the condition is true if any of the listed tags match the entity tag of the selected \
             representation",
        )
        .rows(&["9110-13.1.2-03"])
        .why("a client that has kept several states is sent everything again")
        .talk(lists),
        must(
            "9110-15.4.5-headers",
            "The server generating a 304 response MUST generate any of the following header fields that would have been sent in a 200 (OK) response: … \
             ETag",
        )
        .rows(&["9110-15.4.5-01"])
        .why("a cache cannot tell which of the states that it has kept is meant")
        .talk(not_modified),
    ]
}

fn methods_and_formats() -> Vec<Check> {
    vec![
        must("9110-9.3.2-head", "The HEAD method is identical to GET except that the server MUST NOT send content in the response")
            .rows(&["9110-9.3.2-01"])
            .why("monitors and HTTP libraries ask for existence like this")
            .talk(head),
        must("9110-15.5.6-allow", "The origin server MUST generate an Allow header field in a 405 response")
            .rows(&["9110-15.5.6-01"])
            .why("a client has to guess which methods there are")
            .talk(allow),
        should(
            "9110-15.5.7-accept",
            "the origin server can either honor the header field by sending a 406 (Not Acceptable) response or disregard the header field",
        )
        .rows(&["9110-15.5.7-01"])
        .why("a client that misnames a format gets something that it cannot read")
        .talk(accept),
        may(
            "9110-15.5.16-media-type",
            "415 (Unsupported Media Type) … the origin server is refusing to service the request because the content is in a format not supported",
        )
        .rows(&["9110-15.5.16-01"])
        .why("a client that sends another format is told that its JSON is broken")
        .talk(media_type),
    ]
}

/// A resource with that text, and its entity tag.
async fn with(s: &Session, value: &str) -> Outcome<(Resource, Found, String)> {
    let (kind, text) = s.free_text()?;
    let resource = s.create(&kind, text.with(value)).await?;
    let tag = etag(&s.current(&resource).await?)?;
    Ok((resource, text, tag))
}

fn etag(answer: &Answer) -> Outcome<String> {
    answer.expect_header("etag").or_blocked().map(ToOwned::to_owned)
}

/// A path that answers what has not changed with 304, and its tag. That is the resource; or a part of it, where a server counts as its
/// version only what clients write, and the whole shows more, such as the groups of a user.
pub(super) async fn unchanged(s: &Session, resource: &Resource, text: &Found) -> Outcome<(String, String)> {
    let whole = etag(&s.current(resource).await?)?;
    if s.ask("GET", &resource.path).header("If-None-Match", &whole).send().await?.status == 304 {
        return Ok((resource.path.clone(), whole));
    }
    let part = format!("{}?attributes={}", resource.path, text.path());
    let answer = s.get(&part).await?;
    answer.expect_status(&[200]).or_blocked()?;
    Ok((part, etag(&answer)?))
}

/// Whether a text is an entity tag.
fn is_entity_tag(text: &str) -> bool {
    let opaque = text.strip_prefix("W/").unwrap_or(text);
    let inner = opaque.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.is_some_and(|inner| inner.bytes().all(|byte| byte == b'!' || (b'#'..=b'~').contains(&byte) || byte >= 0x80))
}

/// The same tag in weak and in strong form.
fn both_forms(tag: &str) -> [String; 2] {
    let opaque = tag.strip_prefix("W/").unwrap_or(tag);
    [format!("W/{opaque}"), opaque.to_owned()]
}

async fn entity_tag(s: Session) -> Outcome {
    let (resource, ..) = with(&s, "with a tag").await?;
    let answer = s.current(&resource).await?;
    let tag = answer.expect_header("etag").or_blocked()?;
    answer.expect(is_entity_tag(tag), "an entity tag: \"…\" or W/\"…\"", format!("`{tag}`"))?;
    Ok(())
}

async fn strong_comparison(s: Session) -> Outcome {
    let (resource, text, tag) = with(&s, "before").await?;
    let change = |value: &str| s.replacement(&resource, text.with(value));
    let other = s.ask("PUT", &resource.path).header("If-Match", "\"of-another-state\"").json(change("other")).send().await?;
    other.expect_refusal()?;
    s.current(&resource).await?.expect_value(&text.pointer(), "before")?;
    let own = s.ask("PUT", &resource.path).header("If-Match", &tag).json(change("after")).send().await?;
    // Strictly read, a weak tag never matches here; the examples of SCIM send weak tags.
    if !(tag.starts_with("W/") && own.status == 412) {
        own.expect_success()?;
    }
    Ok(())
}

async fn any(s: Session) -> Outcome {
    let (resource, text, _) = with(&s, "before").await?;
    let unknown = resource_path(&resource.kind.endpoint, &s.mark());
    let refused = s.ask("PUT", &unknown).header("If-Match", "*").json(s.valid(&resource.kind, json!({}))).send().await?;
    refused.expect_refusal()?;
    refused.expect_status(&[412, 404]).or_warning()?;
    let existing = s.ask("PUT", &resource.path).header("If-Match", "*").json(s.replacement(&resource, text.with("after"))).send().await?;
    existing.expect_success()?;
    Ok(())
}

async fn not_performed(s: Session) -> Outcome {
    let (resource, text, stale) = with(&s, "before").await?;
    s.put(&resource, s.replacement(&resource, text.with("between"))).await?.expect_success().or_blocked()?;
    let ask = match s.model().supports("patch") {
        Ok(()) => s.ask("PATCH", &resource.path).patch(json!([{ "op": "replace", "path": text.path(), "value": "after" }])),
        Err(_) => s.ask("PUT", &resource.path).json(s.replacement(&resource, text.with("after"))),
    };
    let late = ask.header("If-Match", &stale).send().await?;
    late.expect(!matches!(late.status, 405 | 501), "the method to be there", format!("status {}", late.status)).or_blocked()?;
    late.expect_refusal()?;
    s.current(&resource).await?.expect_value(&text.pointer(), "between")?;
    // RFC 7644 lists a version that does not match under 409, too.
    late.expect_status(&[412, 409])?;
    late.expect_status(&[412]).or_warning()?;
    Ok(())
}

async fn weak_comparison(s: Session) -> Outcome {
    let (resource, text, _) = with(&s, "unchanged").await?;
    let (path, tag) = unchanged(&s, &resource, &text).await?;
    for form in both_forms(&tag) {
        s.ask("GET", &path).header("If-None-Match", &form).send().await?.expect_status(&[304])?;
    }
    Ok(())
}

async fn none_match_any(s: Session) -> Outcome {
    let (resource, text, _) = with(&s, "before").await?;
    s.ask("GET", &resource.path).header("If-None-Match", "*").send().await?.expect_status(&[304])?;
    let late = s.ask("PUT", &resource.path).header("If-None-Match", "*").json(s.replacement(&resource, text.with("after"))).send().await?;
    late.expect_status(&[412])?;
    s.current(&resource).await?.expect_value(&text.pointer(), "before")?;
    Ok(())
}

async fn lists(s: Session) -> Outcome {
    let (resource, text, tag) = with(&s, "before").await?;
    let with_others = |tag: &str| format!("\"of-another-state\", {tag}, W/\"of-a-third\"");
    let (path, of_path) = unchanged(&s, &resource, &text).await?;
    s.ask("GET", &path).header("If-None-Match", &with_others(&of_path)).send().await?.expect_status(&[304])?;
    let body = s.replacement(&resource, text.with("after"));
    let change = s.ask("PUT", &resource.path).header("If-Match", &with_others(&tag)).json(body).send().await?;
    if !(tag.starts_with("W/") && change.status == 412) {
        change.expect_success()?;
    }
    Ok(())
}

async fn not_modified(s: Session) -> Outcome {
    let (resource, text, _) = with(&s, "unchanged").await?;
    let (path, tag) = unchanged(&s, &resource, &text).await?;
    let answer = s.ask("GET", &path).header("If-None-Match", &tag).send().await?;
    answer.expect_status(&[304]).or_blocked()?;
    let found = answer.expect_header("etag")?;
    answer.expect(both_forms(found) == both_forms(&tag), format!("the tag {tag}"), found)?;
    answer.expect_no_body()?;
    Ok(())
}

async fn head(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let resource = s.create(&kind, text.with("asked for with HEAD")).await?;
    for path in [resource.path, resource_path(&kind.endpoint, &s.mark())] {
        let expected = s.get(&path).await?.status;
        let answer = s.ask("HEAD", &path).send().await?;
        // It is not among the methods of SCIM, and only a general-purpose server has to have it.
        if matches!(answer.status, 405 | 501) {
            answer.expect_status(&[expected]).or_warning()?;
        }
        answer.expect_no_body()?.expect_status(&[expected])?;
    }
    Ok(())
}

async fn allow(s: Session) -> Outcome {
    // It is harmless, should the server carry it out.
    let answer = s.post("/ServiceProviderConfig", json!({})).await?;
    if answer.status == 405 {
        answer.expect_header("allow")?;
        return Ok(());
    }
    Err(Stop::Skipped(format!("POST /ServiceProviderConfig is answered with {}", answer.status)))
}

async fn accept(s: Session) -> Outcome {
    let resource = s.create(&s.any_type()?, json!({})).await?;
    let answer = s.ask("GET", &resource.path).header("Accept", "text/html").send().await?;
    answer.expect_status(&[406, 200])?;
    // A page for people is what was asked for.
    let is_page = answer.header("content-type").is_some_and(|found| found.trim_start().starts_with("text/html"));
    if answer.status == 200 && !is_page {
        answer.expect_value("/id", resource.id.as_str())?;
    }
    Ok(())
}

async fn media_type(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let text = format!("<resource>{}</resource>", s.mark());
    let answer = s.ask("POST", &kind.endpoint).header("Content-Type", "text/xml").text(text).send().await?;
    answer.expect_refusal()?;
    answer.expect_status(&[415]).or_warning()?;
    Ok(())
}

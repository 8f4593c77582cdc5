//! RFC 7644 §3.5, §3.5.1: replacing with PUT.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::check::{Check, Judged, Need, Outcome, Stop, must, records, should};
use crate::model::{AttributeType, Found, ResourceType};
use crate::session::{Answer, Kind, Resource, Session};

/// What stays as it is as long as the resource exists.
const KEPT: &[&str] = &["/id", "/meta/resourceType", "/meta/created", "/meta/location"];

pub(super) fn checks() -> Vec<Check> {
    let mut checks = support();
    checks.extend(mutability());
    checks.extend(answers());
    checks
}

/// §3.5, and what PUT is not for.
fn support() -> Vec<Check> {
    vec![
        must("7644-3.5-put", "Implementers MUST support HTTP PUT as specified in Section 4.3 of [RFC7231]")
            .rows(&["7644-3.5-01"])
            .why("a client that replaces whole resources cannot update any")
            .talk(put_is_supported),
        should("7644-3.5-patch", "Resources such as Groups may be very large; hence, implementers SHOULD support HTTP PATCH [RFC5789]")
            .rows(&["7644-3.5-02"])
            .why("a client has to send a whole group to add one member, and overwrites what others change meanwhile")
            .talk(patch_is_supported),
        must("7644-3.5.1-creates-nothing", "HTTP PUT MUST NOT be used to create new resources")
            .rows(&["7644-3.5.1-01", "7644-3.2-05"])
            .why("a resource comes into being with an id that its client has chosen, or that was removed before")
            .talk(creates_nothing),
    ]
}

/// What becomes of attributes of each mutability.
fn mutability() -> Vec<Check> {
    vec![
        must("7644-3.5.1-replaced", "readWrite, writeOnly: Any values provided SHALL replace the existing attribute values")
            .rows(&["7644-3.5.1-03"])
            .why("an old value that stays, or stays beside the new one, is data that the client believes to be gone")
            .talk(replaced),
        records(
            "7644-3.5.1-omitted",
            "The service provider MAY assume that any existing values are to be cleared, or … MAY assign a default value to the final \
             resource representation",
        )
        .rows(&["7644-3.5.1-04", "7644-3.5.1-13"])
        .talk(omitted),
        must("7644-3.5.1-immutable", "immutable: If one or more values are already set for the attribute, the input value(s) MUST match")
            .rows(&["7644-3.5.1-06"])
            .why("a value that others rely on to stay changes, or a client that repeats it is refused")
            .talk(immutable),
        should("7644-3.5.1-immutable-refused", "HTTP status code 400 SHOULD be returned with a \"scimType\" error code of \"mutability\"")
            .rows(&["7644-3.5.1-07"])
            .why("a client that is told of success believes that the value has changed")
            .talk(immutable_refused),
        must("7644-3.5.1-immutable-first", "If the service provider has no existing values, the new value(s) SHALL be applied")
            .rows(&["7644-3.5.1-08"])
            .why("a value that was not known at creation can never be set")
            .talk(immutable_first),
        must("7644-3.5.1-read-only", "readOnly: Any values provided SHALL be ignored")
            .rows(&["7644-3.5.1-09"])
            .why("a client that changes what it has read and sends the whole back is refused, or gives itself another id or a membership")
            .talk(read_only),
    ]
}

/// What comes back, and what does not change.
fn answers() -> Vec<Check> {
    vec![
        must(
            "7644-3.5.1-entire-resource",
            "a successful PUT operation returns a 200 OK response code and the entire resource within the response body",
        )
        .rows(&["7644-3.5.1-11"])
        .why("a client takes its view of the resource from the answer, and believes that what is missing there was removed")
        .talk(entire_resource),
        must("7644-3.5.1-uniqueness", "uniqueness: One or more of the attribute values are already in use or are reserved")
            .rows(&["7644-3.5.1-12"])
            .why("two users with one name are one user to whoever looks the name up")
            .talk(uniqueness),
        must(
            "7644-3.5.1-identity",
            "HTTP PUT is used to replace a resource's attributes … SCIM resource identifiers are assigned by the service provider",
        )
        .rows(&["7644-3.5.1-15"])
        .why("a client that keeps ids and locations loses the resource after an update")
        .talk(identity),
        must(
            "7644-3.5.1-if-match",
            "the client MAY supply an If-Match header … for PUT … to ensure that the requested operation succeeds only if the supplied ETag matches",
        )
        .rows(&["7644-3.5.1-16"])
        .needs(&[Need::Etag])
        .why("a client that has read an old state overwrites what somebody else has changed since")
        .talk(if_match),
    ]
}

async fn put_is_supported(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let resource = s.create(&kind, text.with("before")).await?;
    s.put(&resource, s.replacement(&resource, text.with("PUT is supported"))).await?.expect_success()?;
    Ok(())
}

async fn patch_is_supported(s: Session) -> Outcome {
    let config = s.get("/ServiceProviderConfig").await.or_blocked()?;
    config.expect_status(&[200]).or_blocked()?;
    config.expect_value("/patch/supported", true)?;
    let (kind, text) = s.free_text()?;
    let resource = s.create(&kind, text.with("before")).await?;
    let change = json!([{ "op": "replace", "path": text.path(), "value": "PATCH is supported" }]);
    s.patch(&resource, change).await?.expect_success()?;
    Ok(())
}

async fn creates_nothing(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let path = format!("{}/{}", kind.endpoint, s.mark());
    let answer = s.ask("PUT", &path).json(s.valid(&kind, json!({}))).send().await?;
    answer.expect_refusal()?;
    s.get(&path).await?.expect_refusal()?;
    // A server whose ids have another form may say so before it looks for one.
    answer.expect_status(&[404]).or_warning()?;
    Ok(())
}

async fn replaced(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let resource = s.create(&kind, text.with("before")).await?;
    s.put(&resource, s.replacement(&resource, text.with("after"))).await?.expect_success().or_blocked()?;
    s.current(&resource).await?.expect_value(&text.pointer(), "after")?;
    let Ok((kind, plural)) = s.plural_complex() else { return Ok(()) };
    let Ok(elements) = s.elements(&plural, 2) else { return Ok(()) };
    let resource = s.create(&kind, plural.with(json!([elements[0]]))).await?;
    s.put(&resource, s.replacement(&resource, plural.with(json!([elements[1]])))).await?.expect_success().or_blocked()?;
    let after = s.current(&resource).await?;
    after.expect_element(&plural.pointer(), "the new value", |element| element["value"] == elements[1]["value"])?;
    after.expect_no_element(&plural.pointer(), "the value that was replaced", |element| element["value"] == elements[0]["value"])?;
    Ok(())
}

async fn omitted(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let resource = s.create(&kind, text.with("before")).await?;
    let mut without = s.replacement(&resource, json!({}));
    text.take(&mut without);
    s.put(&resource, without).await.or_blocked()?.expect_success().or_blocked()?;
    let after = s.current(&resource).await?;
    s.note(match after.at(&text.pointer()) {
        Value::Null => format!("PUT without `{}` clears it", text.path()),
        value if value == "before" => format!("PUT without `{}` keeps its value", text.path()),
        other => format!("PUT without `{}` gives it the value {other}", text.path()),
    });
    Ok(())
}

/// A type with an immutable text that need not be set.
fn immutable_text(s: &Session) -> Outcome<(Arc<ResourceType>, Found)> {
    s.find("an immutable text", |attribute| {
        attribute.mutability == "immutable"
            && attribute.kind == AttributeType::String
            && attribute.returned == "default"
            && attribute.canonical_values.is_empty()
            && !attribute.multi_valued
            && !attribute.required
            && attribute.uniqueness == "none"
    })
}

async fn immutable(s: Session) -> Outcome {
    let (kind, text) = immutable_text(&s)?;
    let resource = s.create(&kind, text.with("set once")).await?;
    // Whether it is refused is a SHOULD, and has a check of its own.
    s.put(&resource, s.replacement(&resource, text.with("set twice"))).await?;
    s.current(&resource).await?.expect_value(&text.pointer(), "set once")?;
    s.put(&resource, s.replacement(&resource, text.with("set once"))).await?.expect_success()?;
    Ok(())
}

async fn immutable_refused(s: Session) -> Outcome {
    let (kind, text) = immutable_text(&s)?;
    let resource = s.create(&kind, text.with("first")).await?;
    s.put(&resource, s.replacement(&resource, text.with("second"))).await?.expect_error(400, "mutability")?;
    Ok(())
}

async fn immutable_first(s: Session) -> Outcome {
    let (kind, text) = immutable_text(&s)?;
    let resource = s.create(&kind, json!({})).await?;
    s.put(&resource, s.replacement(&resource, text.with("set later"))).await?.expect_success()?;
    s.current(&resource).await?.expect_value(&text.pointer(), "set later")?;
    Ok(())
}

async fn read_only(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let resource = s.create(&kind, json!({})).await?;
    let before = s.current(&resource).await?;
    let chosen = s.mark();
    let meta = json!({ "resourceType": "Nothing", "created": "1999-01-01T00:00:00Z", "location": "https://example.com/Nothing/1" });
    let mut sent = json!({ "id": chosen, "meta": meta });
    if kind.attribute("groups").is_some_and(|groups| !groups.is_writable()) {
        sent["groups"] = json!([{ "value": chosen, "display": chosen }]);
    }
    let answer = s.put(&resource, s.replacement(&resource, sent)).await?;
    // The RFC has an example of an error that says "Attribute 'id' is readOnly" (§3.12).
    if answer.status == 400 && answer.at("/scimType") == "mutability" {
        answer.expect_success().or_warning()?;
    }
    answer.expect_success()?;
    let after = s.current(&resource).await?;
    same(&before, &after, KEPT)?;
    after.expect_no_element("/groups", "the membership that the client sent", |group| group["value"] == chosen.as_str())?;
    Ok(())
}

/// What stands at these places is in both answers.
fn same(before: &Answer, after: &Answer, pointers: &[&str]) -> Outcome {
    for pointer in pointers.iter().filter(|pointer| !before.at(pointer).is_null()) {
        after.expect_value(pointer, before.at(pointer).clone())?;
    }
    Ok(())
}

async fn entire_resource(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let resource = s.create(&kind, text.with("before")).await?;
    let answer = s.put(&resource, s.replacement(&resource, text.with("after"))).await?;
    answer.expect_success().or_blocked()?;
    answer.expect_status(&[200])?;
    answer.expect_json()?;
    let read = s.current(&resource).await?;
    answer.expect_attributes_of(&read)?;
    answer.expect_kind("/schemas", Kind::Array)?;
    Ok(())
}

async fn uniqueness(s: Session) -> Outcome {
    let (kind, unique) = s.unique_text()?;
    let first = s.create(&kind, json!({})).await?;
    let second = s.create(&kind, json!({})).await?;
    let taken = first.body.pointer(&unique.pointer()).cloned().unwrap_or_default();
    if taken.is_null() {
        return Err(Stop::Skipped(format!("the server does not show `{}`", unique.path())));
    }
    let answer = s.put(&second, s.replacement(&second, unique.with(taken))).await?;
    // Table 8 has 409 for duplicates; Table 9 has the keyword under 400, for PUT, too.
    answer.expect_one_error(&[(409, ""), (400, "uniqueness")])?;
    answer.expect_error(409, "uniqueness").or_warning()?;
    Ok(())
}

async fn identity(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let resource = s.create(&kind, text.with("before")).await?;
    let before = s.current(&resource).await?;
    let answer = s.put(&resource, s.replacement(&resource, text.with("after"))).await?;
    answer.expect_success().or_blocked()?;
    let after = s.current(&resource).await?;
    same(&before, &after, KEPT)?;
    if answer.status == 200 {
        same(&before, &answer, KEPT)?;
    }
    Ok(())
}

async fn if_match(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let resource = s.create(&kind, text.with("before")).await?;
    let stale = etag(&resource)?;
    s.put(&resource, s.replacement(&resource, text.with("between"))).await?.expect_success().or_blocked()?;
    let late = s.ask("PUT", &resource.path).header("If-Match", &stale).json(s.replacement(&resource, text.with("too late"))).send().await?;
    late.expect_refusal()?;
    s.current(&resource).await?.expect_value(&text.pointer(), "between")?;
    // Table 8 lists a version that does not match under 409, too.
    late.expect_status(&[412, 409])?;
    late.expect_status(&[412]).or_warning()?;
    Ok(())
}

/// The entity tag of a new resource.
fn etag(resource: &Resource) -> Outcome<String> {
    resource.etag.clone().ok_or_else(|| Stop::failed("an entity tag with the new resource", "none").blocked())
}

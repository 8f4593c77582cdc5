//! RFC 7643 §7: what the characteristics of attributes mean for resources.

use serde_json::{Value, json};

use super::super::published::{described, filtered, path_of, replaced};
use crate::check::{Check, Judged, Need, Outcome, may, must, records, should};
use crate::model::{Attribute, AttributeType};
use crate::session::Session;

/// What the characteristics mean for resources.
pub(super) fn checks() -> Vec<Check> {
    vec![
        must("7643-7-case-exact-filter", "The server SHALL use case sensitivity when evaluating filters")
            .rows(&["7643-7-23"])
            .needs(&[Need::Filter])
            .why("a client that looks for one value is given the resource of another")
            .talk(case_exact_filter),
        must("7643-7-case-kept", "For attributes that are case exact, the server SHALL preserve case for any value submitted")
            .rows(&["7643-7-24"])
            .why("a client no longer recognises the identifier that it has stored")
            .talk(case_kept),
        records("7643-7-case-altered", "If the attribute is case insensitive, the server MAY alter case for a submitted value")
            .rows(&["7643-7-25"])
            .talk(case_altered),
        must("7643-7-mutability-read-only", "readOnly The attribute SHALL NOT be modified")
            .rows(&["7643-7-26"])
            .why("a client that writes back what it has read would change what only the server knows")
            .talk(mutability_read_only),
        must("7643-7-mutability-read-write", "readWrite The attribute MAY be updated and read at any time")
            .rows(&["7643-7-27"])
            .why("a client's change is lost although the schema promises that it is possible")
            .talk(mutability_read_write),
        must("7643-7-mutability-immutable", "immutable The attribute MAY be defined at resource creation … The attribute SHALL NOT be updated")
            .rows(&["7643-7-28"])
            .why("what was fixed at creation, such as an account name, changes below those who rely on it")
            .talk(mutability_immutable),
        must("7643-7-write-only", "writeOnly The attribute MAY be updated at any time. Attribute values SHALL NOT be returned")
            .rows(&["7643-7-29", "7643-7-31"])
            .why("a secret such as a password reaches everybody who may read")
            .talk(write_only),
        must("7643-7-returned-always", "always The attribute is always returned, regardless of the contents of the \"attributes\" parameter")
            .rows(&["7643-7-30"])
            .why("a client cannot tell which resource it has before it")
            .talk(returned_always),
        must("7643-7-returned-default", "If the GET request \"attributes\" parameter is specified, attribute values are only returned if the attribute is named in the \"attributes\" parameter")
            .rows(&["7643-7-33"])
            .why("a client that asks for little is sent everything")
            .talk(returned_default),
        must("7643-7-returned-request", "request The attribute is returned in response to any PUT, POST, or PATCH operations if the attribute was specified by the client … returned in a SCIM query operation only if specified in the \"attributes\" parameter")
            .rows(&["7643-7-34"])
            .why("a client that stores what it reads takes the attribute for removed, or is sent what it must not need")
            .talk(returned_request),
        may("7643-7-uniqueness-status", "A server MAY reject an invalid value based on uniqueness by returning HTTP response code 400 (Bad Request)")
            .rows(&["7643-7-35"])
            .why("a client that is refused for another reason repeats the request instead of taking another value")
            .talk(uniqueness_status),
        must("7643-7-uniqueness-none", "none The values are not intended to be unique in any way")
            .rows(&["7643-7-36"])
            .why("a second person of the same name cannot be created")
            .talk(uniqueness_none),
        should("7643-7-uniqueness-server", "server The value SHOULD be unique within the context of the current SCIM endpoint (or tenancy)")
            .rows(&["7643-7-37"])
            .why("a client that looks for one resource by the value finds two")
            .talk(uniqueness_server),
    ]
}

/// A text of which case counts, of one value, that clients can set and read.
fn is_case_exact(attribute: &Attribute) -> bool {
    let is_plain = attribute.kind == AttributeType::String && !attribute.multi_valued && attribute.canonical_values.is_empty();
    is_plain && attribute.case_exact && attribute.is_read_write() && attribute.returned == "default" && attribute.name != "id"
}

async fn case_exact_filter(s: Session) -> Outcome {
    let (kind, text) = s.find("a text of which case counts", |attribute| is_case_exact(attribute) && attribute.uniqueness == "none")?;
    let value = format!("AbC-{}", s.mark());
    let created = s.create(&kind, text.with(value.as_str())).await?;
    let filter = |value: &str| format!("{} eq \"{value}\"", text.path());
    let is_it = |resource: &Value| resource["id"] == created.id.as_str();
    let found = filtered(&s, &kind, &filter(&value)).await?;
    found.expect_element("/Resources", "the resource", is_it).or_blocked()?;
    let others = filtered(&s, &kind, &filter(&value.replace("AbC", "aBc"))).await?;
    others.expect_no_element("/Resources", "a resource whose value differs in case", is_it)?;
    Ok(())
}

async fn case_kept(s: Session) -> Outcome {
    let (kind, text) = s.find("a text of which case counts", is_case_exact)?;
    described(&s, text.urn.as_deref().unwrap_or(&kind.schema.id))?;
    let value = format!("KeePs-{}", s.mark());
    let created = s.create(&kind, text.with(value.as_str())).await?;
    s.current(&created).await?.expect_value(&text.pointer(), value)?;
    Ok(())
}

async fn case_altered(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let value = format!("McMixed {}", s.mark());
    let created = s.create(&kind, text.with(value.as_str())).await?;
    let current = s.current(&created).await?;
    let is_same = *current.at(&text.pointer()) == value.as_str();
    s.note(format!("{} {}", text.path(), if is_same { "keeps the case of its letters" } else { "comes back with other letters" }));
    Ok(())
}

async fn mutability_read_only(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let created = s.create(&kind, json!({})).await?;
    let mut body = s.current(&created).await?.body.unwrap_or_default();
    let before = body["meta"].clone();
    body["id"] = "another".into();
    body["meta"]["resourceType"] = "Another".into();
    body["meta"]["created"] = "1999-01-01T00:00:00Z".into();
    let answer = s.put(&created, body).await?;
    let after = s.current(&created).await?;
    // A refusal is no modification either; whether it is right is for the checks of PUT.
    for shown in [&answer, &after].into_iter().filter(|answer| answer.status == 200) {
        shown.expect_value("/id", created.id.as_str())?;
        shown.expect_value("/meta/resourceType", before["resourceType"].clone())?;
        shown.expect_value("/meta/created", before["created"].clone())?;
    }
    Ok(())
}

async fn mutability_read_write(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let before = s.mark();
    let created = s.create(&kind, text.with(before.as_str())).await?;
    let read = s.current(&created).await?;
    read.expect_value(&text.pointer(), before).or_blocked()?;
    let mut body = read.body.unwrap_or_default();
    replaced(&s, &created, body.clone()).await?;
    let value = format!("changed {}", s.mark());
    text.put(&mut body, value.as_str());
    s.put(&created, body).await?.expect_success()?;
    s.current(&created).await?.expect_value(&text.pointer(), value)?;
    Ok(())
}

async fn mutability_immutable(s: Session) -> Outcome {
    let (kind, fixed) = s.find("an immutable text", |attribute| {
        attribute.mutability == "immutable"
            && attribute.kind == AttributeType::String
            && !attribute.multi_valued
            && attribute.returned != "never"
    })?;
    let value = format!("fixed-{}", s.mark());
    let created = s.create(&kind, fixed.with(value.as_str())).await?;
    let before = s.current(&created).await?;
    before.expect_value(&fixed.pointer(), value.as_str()).or_blocked()?;
    let mut body = before.body.unwrap_or_default();
    fixed.put(&mut body, format!("fixed-{}", s.mark()));
    let answer = s.put(&created, body).await?;
    if answer.status == 200 {
        answer.expect_value(&fixed.pointer(), value.as_str())?;
    }
    s.current(&created).await?.expect_value(&fixed.pointer(), value.as_str())?;
    if s.model().supports("patch").is_ok() {
        s.patch(&created, json!([{ "op": "replace", "path": fixed.path(), "value": s.mark() }])).await?;
        s.current(&created).await?.expect_value(&fixed.pointer(), value)?;
    }
    Ok(())
}

async fn write_only(s: Session) -> Outcome {
    let (kind, secret) = s.find("a text that is never returned", |attribute| {
        attribute.kind == AttributeType::String
            && !attribute.multi_valued
            && (attribute.mutability == "writeOnly" || attribute.returned == "never")
    })?;
    let created = s.create(&kind, secret.with(format!("Pw-1!{}", s.mark()))).await?;
    let (name, pointer) = (secret.path(), secret.pointer());
    s.read(&created).await?.expect_absent(&pointer)?;
    s.query(&created.path, &[("attributes", &name)]).await?.expect_absent(&pointer)?;
    let mut body = created.body.clone();
    secret.put(&mut body, format!("Pw-3!{}", s.mark()));
    s.put(&created, body).await?.expect_absent(&pointer)?;
    Ok(())
}

async fn returned_always(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let created = s.create(&kind, text.with(s.mark())).await?;
    let answer = s.query(&created.path, &[("attributes", &text.path())]).await?;
    answer.expect_status(&[200]).or_blocked()?.expect_value("/id", created.id.as_str())?;
    let always = |attribute: &Attribute| attribute.returned == "always" && !["id", "schemas"].contains(&attribute.name.as_str());
    let Ok((kind, label)) = s.find("an attribute that is always returned", |found| always(found) && found.mutability == "readWrite") else {
        return Ok(());
    };
    let labelled = s.create(&kind, label.with(crate::model::Model::value(&label.attribute, &s.mark()))).await?;
    let answer = s.query(&labelled.path, &[("attributes", "externalId")]).await?;
    answer.expect_status(&[200]).or_blocked()?.expect_present(&label.pointer())?;
    Ok(())
}

async fn returned_default(s: Session) -> Outcome {
    let (kind, first, second) = s.two_free_texts()?;
    let mut extra = first.with(format!("few {}", s.mark()));
    second.put(&mut extra, s.mark());
    let created = s.create(&kind, extra).await?;
    let all = s.current(&created).await?;
    all.expect_present(&first.pointer()).or_blocked()?;
    all.expect_present(&second.pointer()).or_blocked()?;
    let answer = s.query(&created.path, &[("attributes", &first.path())]).await?;
    answer.expect_status(&[200]).or_blocked()?.expect_present(&first.pointer())?;
    answer.expect_absent(&second.pointer())?;
    Ok(())
}

async fn returned_request(s: Session) -> Outcome {
    let (kind, text) = s.find("a text that is returned on request", |attribute| {
        attribute.returned == "request"
            && attribute.kind == AttributeType::String
            && !attribute.multi_valued
            && attribute.mutability == "readWrite"
    })?;
    let value = s.mark();
    let posted = s.post(&kind.endpoint, s.valid(&kind, text.with(value.as_str()))).await?;
    posted.expect_status(&[201]).or_blocked()?;
    posted.expect_value(&text.pointer(), value.as_str())?;
    let path = path_of(&kind, &posted)?;
    s.get(&path).await?.expect_status(&[200]).or_blocked()?.expect_absent(&text.pointer())?;
    s.query(&path, &[("attributes", &text.path())]).await?.expect_value(&text.pointer(), value)?;
    Ok(())
}

fn is_unique(attribute: &Attribute) -> bool {
    let is_text = attribute.kind == AttributeType::String && !attribute.multi_valued;
    is_text && attribute.uniqueness != "none" && attribute.is_read_write() && attribute.name != "id"
}

async fn uniqueness_status(s: Session) -> Outcome {
    let (kind, unique) = s.find("a unique text", is_unique)?;
    let taken = s.create(&kind, json!({})).await?.body.pointer(&unique.pointer()).cloned().unwrap_or_default();
    s.expect(!taken.is_null(), "the unique text in the representation", "it is absent").or_blocked()?;
    let other = s.create(&kind, json!({ "externalId": format!("rival-{}", s.mark()) })).await?;
    let mut body = other.body.clone();
    replaced(&s, &other, body.clone()).await?;
    unique.put(&mut body, taken);
    s.put(&other, body).await?.expect_one_error(&[(409, ""), (400, "uniqueness")])?;
    Ok(())
}

async fn uniqueness_none(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let value = format!("shared {}", s.mark());
    s.create(&kind, text.with(value.as_str())).await?;
    let mut twin = text.with(value);
    twin["externalId"] = format!("twin-{}", s.mark()).into();
    s.post(&kind.endpoint, s.valid(&kind, twin)).await?.expect_success()?;
    Ok(())
}

async fn uniqueness_server(s: Session) -> Outcome {
    let (kind, unique) = s.find("a unique text", is_unique)?;
    let value = format!("server-{}@example.com", s.mark());
    s.create(&kind, unique.with(value.as_str())).await?;
    s.post(&kind.endpoint, s.valid(&kind, unique.with(value))).await?.expect_refusal()?;
    Ok(())
}

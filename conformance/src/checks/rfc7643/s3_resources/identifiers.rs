//! RFC 7643 §3.1: `id` and `externalId`.

use serde_json::{Value, json};

use super::super::published::{filtered, replaced};
use crate::check::{Check, Judged, Outcome, Stop, may, must};
use crate::session::{Answer, Kind, Session};

pub(super) fn checks() -> Vec<Check> {
    vec![
        must("7643-3.1-assigned", "When accepted by a service provider (e.g., after a SCIM create), the attributes \"id\" and \"meta\" (and its associated sub-attributes) MUST be assigned values by the service provider")
            .rows(&["7643-3.1-02"])
            .why("a client can neither find the resource again nor tell when it has changed")
            .talk(assigned),
        must("7643-3.1-id-in-each-representation", "Each representation of the resource MUST include a non-empty \"id\" value")
            .rows(&["7643-3.1-05"])
            .why("a client that asks for a few attributes cannot tell whose they are")
            .talk(id_in_each_representation),
        must("7643-3.1-id-is-unique", "This identifier MUST be unique across the SCIM service provider's entire set of resources")
            .rows(&["7643-3.1-06"])
            .why("a member of a group can be a user or another group, and nobody knows which")
            .talk(id_is_unique),
        must("7643-3.1-id-is-stable", "It MUST be a stable, non-reassignable identifier that does not change when the same resource is returned in subsequent requests")
            .rows(&["7643-3.1-07"])
            .why("a client writes to somebody else, or to nobody")
            .talk(id_is_stable),
        must("7643-3.1-id-without-bulk-id", "The string \"bulkId\" is a reserved keyword and MUST NOT be used within any unique identifier value")
            .rows(&["7643-3.1-09"])
            .why("a bulk request takes the id for a reference to one of its own operations")
            .talk(id_without_bulk_id),
        must("7643-3.1-id-characteristics", "The attribute characteristics are \"caseExact\" as \"true\", a mutability of \"readOnly\", and a \"returned\" characteristic of \"always\"")
            .rows(&["7643-3.1-10"])
            .why("a client that leaves out what it does not need loses the id, or finds a resource with another one")
            .talk(id_characteristics),
        may("7643-3.1-external-id", "Each resource MAY include a non-empty \"externalId\" value")
            .rows(&["7643-3.1-11"])
            .why("a client has to keep a table of which resource belongs to which of its own")
            .talk(external_id),
        must("7643-3.1-external-id-of-client", "The value of the \"externalId\" attribute is always issued by the provisioning client and MUST NOT be specified by the service provider")
            .rows(&["7643-3.1-12"])
            .why("a client takes a resource for one of its own that it has never seen")
            .talk(external_id_of_client),
        must("7643-3.1-external-id-not-unique", "While the server does not enforce uniqueness, it is assumed that the value's uniqueness is controlled by the client setting the value")
            .rows(&["7643-3.1-14"])
            .why("a client that creates a user again, after an interrupted run, is refused")
            .talk(external_id_not_unique),
        must("7643-3.1-external-id-characteristics", "This attribute has \"caseExact\" as \"true\" and a mutability of \"readWrite\"")
            .rows(&["7643-3.1-15"])
            .why("a client that looks for its own identifier is given the resource of another")
            .talk(external_id_characteristics),
    ]
}

async fn assigned(s: Session) -> Outcome {
    for kind in &s.model().types {
        let answer = s.post(&kind.endpoint, s.valid(kind, json!({ "externalId": format!("assigned-{}", s.mark()) }))).await?;
        answer.expect_status(&[201]).or_blocked()?;
        for pointer in ["/id", "/meta/resourceType", "/meta/created", "/meta/lastModified", "/meta/location"] {
            answer.expect_present(pointer)?;
        }
    }
    Ok(())
}

async fn id_in_each_representation(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let mark = format!("each-{}", s.mark());
    let created = s.create(&kind, text.with(mark.as_str())).await?;
    let is_id = |answer: &Answer, pointer: &str| {
        let id = answer.at(pointer).clone();
        answer.expect(id == created.id.as_str(), format!("`{pointer}` is the id"), format!("it is {id}")).map(|_| ())
    };
    let path = text.path();
    let few = s.query(&created.path, &[("attributes", &path)]).await?;
    few.expect_status(&[200]).or_blocked()?;
    is_id(&few, "/id")?;
    if s.model().supports("filter").is_ok() {
        let filter = format!("{path} eq \"{mark}\"");
        for parameters in [&[("filter", filter.as_str())][..], &[("filter", filter.as_str()), ("attributes", path.as_str())]] {
            let answer = s.query(&kind.endpoint, parameters).await?;
            answer.expect_kind("/Resources/0", Kind::Object).or_blocked()?;
            is_id(&answer, "/Resources/0/id")?;
        }
    }
    Ok(())
}

/// The ids of a new resource of each type.
async fn an_id_of_each_type(s: &Session, purpose: &str) -> Outcome<(Answer, Vec<String>)> {
    let mut ids = Vec::new();
    let mut last = None;
    for kind in &s.model().types {
        let answer = s.post(&kind.endpoint, s.valid(kind, json!({ "externalId": format!("{purpose}-{}", s.mark()) }))).await?;
        answer.expect_status(&[201]).or_blocked()?;
        ids.push(answer.at("/id").to_string());
        last = Some(answer);
    }
    last.map(|last| (last, ids)).ok_or_else(|| Stop::Skipped("/ResourceTypes lists no type".into()))
}

async fn id_is_unique(s: Session) -> Outcome {
    let (answer, ids) = an_id_of_each_type(&s, "unique").await?;
    let mut unique = ids.clone();
    unique.sort();
    unique.dedup();
    answer.expect(
        unique.len() == ids.len(),
        "an id of its own for each new resource, whatever its type",
        format!("the ids {}", ids.join(", ")),
    )?;
    Ok(())
}

async fn id_without_bulk_id(s: Session) -> Outcome {
    let (answer, ids) = an_id_of_each_type(&s, "plain").await?;
    for id in ids {
        answer.expect(!id.to_ascii_lowercase().contains("bulkid"), "an id without \"bulkId\"", format!("the id {id}"))?;
    }
    Ok(())
}

async fn id_is_stable(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let mut stable = json!({ "externalId": format!("stable-{}", s.mark()) });
    let created = s.create(&kind, stable.clone()).await?;
    let read = s.current(&created).await?;
    read.expect_value("/id", created.id.as_str())?;
    let put = s.put(&created, read.body.clone().unwrap_or_default()).await?;
    if put.status == 200 {
        put.expect_value("/id", created.id.as_str())?;
    }
    s.current(&created).await?.expect_value("/id", created.id.as_str())?;
    s.delete(&created).await?.expect_success().or_blocked()?;
    // The same resource again is another one.
    stable["userName"] = read.at("/userName").clone();
    let again = s.post(&kind.endpoint, s.valid(&kind, stable)).await?;
    // A server that only hides what was deleted may take it for the old one come back.
    let is_other = *again.at("/id") != created.id.as_str();
    again.expect(is_other, "another id than that of the deleted resource", "the same id").map(|_| ()).or_warning()
}

async fn id_characteristics(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let created = s.create(&kind, json!({ "externalId": format!("kept-{}", s.mark()) })).await?;
    let answer = s.query(&created.path, &[("excludedAttributes", "id")]).await?;
    answer.expect_status(&[200]).or_blocked()?;
    answer.expect_value("/id", created.id.as_str())?;
    let other = if created.id == created.id.to_uppercase() { created.id.to_lowercase() } else { created.id.to_uppercase() };
    if s.model().supports("filter").is_err() || other == created.id {
        return Ok(());
    }
    let answer = filtered(&s, &kind, &format!("id eq \"{other}\"")).await?;
    answer.expect_no_element("/Resources", "a resource whose id differs in case", |found| found["id"] == created.id.as_str())?;
    Ok(())
}

async fn external_id(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let value = format!("own-{}", s.mark());
    let created = s.create(&kind, json!({ "externalId": value })).await?;
    s.current(&created).await?.expect_value("/externalId", value)?;
    Ok(())
}

async fn external_id_of_client(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let mut extra = text.with(format!("without one {}", s.mark()));
    extra["externalId"] = Value::Null;
    let answer = s.post(&kind.endpoint, s.valid(&kind, extra)).await?;
    answer.expect_status(&[201]).or_blocked()?;
    answer.expect_absent("/externalId")?;
    Ok(())
}

async fn external_id_not_unique(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let value = format!("shared-{}", s.mark());
    s.create(&kind, json!({ "externalId": value })).await?;
    s.post(&kind.endpoint, s.valid(&kind, json!({ "externalId": value }))).await?.expect_success()?;
    Ok(())
}

async fn external_id_characteristics(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let value = format!("eXt-{}", s.mark());
    let created = s.create(&kind, json!({ "externalId": value })).await?;
    let read = s.current(&created).await?;
    read.expect_value("/externalId", value.as_str()).or_blocked()?;
    if s.model().supports("filter").is_ok() {
        let filter = format!("externalId eq \"{}\"", value.replace("eXt", "ExT"));
        let answer = filtered(&s, &kind, &filter).await?;
        let count = answer.at("/totalResults").as_u64().unwrap_or(0);
        answer.expect(count == 0, "no resource whose externalId differs in case", format!("{count} resources"))?;
    }
    let other = format!("put-{}", s.mark());
    let mut body = read.body.unwrap_or_default();
    replaced(&s, &created, body.clone()).await?;
    body["externalId"] = other.as_str().into();
    s.put(&created, body).await?.expect_success()?;
    s.current(&created).await?.expect_value("/externalId", other)?;
    Ok(())
}

//! RFC 7644 §3.3: creating resources.

use serde_json::json;

use crate::check::{Check, Judged, Outcome, must, records, should};
use crate::session::{Kind, Session};

pub(super) fn checks() -> Vec<Check> {
    vec![
        must("7644-3.3-created", "an HTTP response SHALL be returned with HTTP status code 201 (Created)")
            .rows(&["7644-3.3-06"])
            .why("a client takes another status for a failure, and tries again or gives up")
            .talk(created),
        should(
            "7644-3.3-representation",
            "The response body SHOULD contain the service provider's representation of the newly created resource",
        )
        .rows(&["7644-3.3-07"])
        .why("a client learns the id of the new resource from it")
        .talk(representation),
        must("7644-3.3-location-header", "The URI of the created resource SHALL include, in the HTTP \"Location\" header")
            .rows(&["7644-3.3-08"])
            .why("a client that keeps the location cannot find the resource again")
            .talk(location_header),
        must(
            "7644-3.3-meta-location",
            "The URI of the created resource SHALL include, in … the HTTP body, a JSON representation with the attribute \"meta.location\"",
        )
        .rows(&["7644-3.3-09"])
        .why("two locations of one resource are two resources to a client")
        .talk(meta_location),
        must("7644-3.3-read-only-ignored", "In the request body, attributes whose mutability is \"readOnly\" … SHALL be ignored")
            .rows(&["7644-3.3-02"])
            .why("a client that sends back what it has read must neither be refused nor be able to choose an id or a membership")
            .talk(read_only_ignored),
        must(
            "7644-3.3-duplicate",
            "the service provider MUST return HTTP status code 409 (Conflict) with a \"scimType\" error code of \"uniqueness\"",
        )
        .rows(&["7644-3.3-10"])
        .why("a client that matches users after a conflict makes duplicates, or stops")
        .talk(duplicate),
        records(
            "7644-3.3-defaults",
            "The service provider MAY assign a default value to non-asserted attributes in the final resource representation",
        )
        .rows(&["7644-3.3-03", "7644-3.3-11"])
        .talk(defaults),
        must(
            "7644-3.3.1-resource-type",
            "the \"meta.resourceType\" attribute SHALL be set by the service provider to the corresponding resource type for the endpoint",
        )
        .rows(&["7644-3.3.1-01"])
        .why("a client that queries several types at once tells them apart by it")
        .talk(resource_type),
    ]
}

async fn created(s: Session) -> Outcome {
    let kind = s.any_type()?;
    s.post(&kind.endpoint, s.valid(&kind, json!({}))).await?.expect_status(&[201])?;
    Ok(())
}

async fn representation(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let value = s.mark();
    let answer = s.post(&kind.endpoint, s.valid(&kind, text.with(value.as_str()))).await?;
    answer.expect_status(&[201]).or_blocked()?;
    answer.expect_present("/id")?;
    answer.expect_value(&text.pointer(), value)?;
    Ok(())
}

async fn location_header(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let answer = s.post(&kind.endpoint, s.valid(&kind, json!({}))).await?;
    answer.expect_status(&[201]).or_blocked()?;
    let location = answer.expect_header("location")?;
    answer.expect(location.starts_with("http://") || location.starts_with("https://"), "an absolute URL", format!("`{location}`"))?;
    s.get(location).await?.expect_status(&[200])?;
    Ok(())
}

async fn meta_location(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let answer = s.post(&kind.endpoint, s.valid(&kind, json!({}))).await?;
    answer.expect_status(&[201]).or_blocked()?;
    let location = answer.expect_kind("/meta/location", Kind::String)?;
    // A header that is not there has a check of its own.
    if let Some(header) = answer.header("location") {
        answer.expect(location == header, format!("`/meta/location` is the Location `{header}`"), format!("it is {location}"))?;
    }
    Ok(())
}

async fn read_only_ignored(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let chosen = s.mark();
    let meta = json!({ "resourceType": "Nothing", "created": "1999-01-01T00:00:00Z", "location": "https://example.com/Nothing/1" });
    let mut sent = json!({ "id": chosen, "meta": meta });
    if kind.attribute("groups").is_some_and(|groups| !groups.is_writable()) {
        sent["groups"] = json!([{ "value": chosen, "display": chosen }]);
    }
    let answer = s.post(&kind.endpoint, s.valid(&kind, sent)).await?;
    answer.expect_success()?;
    answer.expect(*answer.at("/id") != chosen.as_str(), "an id that the server has chosen", "the id that the client sent")?;
    let created = answer.at("/meta/created");
    answer.expect(!created.to_string().contains("1999"), "the time of creation in meta.created", format!("{created}"))?;
    answer.expect_no_element("/groups", "the membership that the client sent", |group| group["value"] == chosen.as_str())?;
    Ok(())
}

async fn duplicate(s: Session) -> Outcome {
    let (kind, unique) = s.find("a unique attribute that clients set", |attribute| {
        attribute.uniqueness != "none" && attribute.is_writable() && attribute.name != "id" && !attribute.multi_valued
    })?;
    let first = s.create(&kind, json!({})).await?;
    let Some(value) = first.body.pointer(&unique.pointer()).cloned() else {
        return first_lacks(&s, &unique.path());
    };
    let again = s.post(&kind.endpoint, s.valid(&kind, unique.with(value))).await?;
    again.expect_error(409, "uniqueness")?;
    Ok(())
}

fn first_lacks(s: &Session, path: &str) -> Outcome {
    s.expect(false, format!("`{path}` in the representation of the new resource"), "it is absent").or_blocked()
}

async fn defaults(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let sent = s.valid(&kind, json!({}));
    let answer = s.post(&kind.endpoint, sent.clone()).await.or_blocked()?;
    answer.expect_status(&[201]).or_blocked()?;
    let given: Vec<String> = answer
        .expect_json()
        .or_blocked()?
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| sent.get(name.as_str()).is_none() && !["id", "meta", "schemas"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    s.note(match given.is_empty() {
        true => format!("a new {} has nothing but what was sent", kind.name),
        false => format!("a new {} also has {}", kind.name, given.join(", ")),
    });
    Ok(())
}

async fn resource_type(s: Session) -> Outcome {
    for kind in &s.model().types {
        let meta = json!({ "resourceType": "Nothing" });
        let answer = s.post(&kind.endpoint, s.valid(kind, json!({ "meta": meta }))).await?;
        answer.expect_status(&[201]).or_blocked()?;
        answer.expect_value("/meta/resourceType", kind.name.as_str())?;
    }
    Ok(())
}

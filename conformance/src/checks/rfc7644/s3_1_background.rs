//! RFC 7644 §1.2, §3.1: notation, and what resources and messages are.

use serde_json::{Value, json};

use crate::check::{Check, Judged, Need, Outcome, Stop, may, must, records};
use crate::session::{Session, resource_path};

/// How the URIs of messages begin.
const MESSAGES: &str = "urn:ietf:params:scim:api:";

pub(super) fn checks() -> Vec<Check> {
    let mut checks = bodies();
    checks.extend(schemas());
    checks
}

fn bodies() -> Vec<Check> {
    vec![
        must("7644-1.2-percent-encoding", "Implementers MUST percent-encode URLs as described in Section 2.1 of [RFC3986]")
            .rows(&["7644-1.2-01"])
            .needs(&[Need::Filter])
            .why("a client that looks up `a+b@example.com` finds nobody, and creates a duplicate")
            .talk(percent_encoding),
        must("7644-3.1-media-type", "To identify this content, SCIM uses a media type of \"application/scim+json\"")
            .rows(&["7644-3.1-01", "7644-8.1-01"])
            .why("a client that reads bodies by their type reads none")
            .at_the_end()
            .talk(media_type),
        must(
            "7644-3.1-schemas",
            "Each JSON resource representation contains a \"schemas\" attribute that contains a list of one or more URIs that indicate included SCIM schemas",
        )
        .rows(&["7644-3.1-02"])
        .why("a client cannot tell what it has got")
        .talk(resource_schemas),
        records(
            "7644-3.1-unknown-attributes",
            "A SCIM service provider interprets a request in the context of its own schema (which may be different from the client's schema)",
        )
        .rows(&["7644-3.1-06"])
        .talk(unknown_attributes),
        must(
            "7644-3.1-echo",
            "There is no need for a SCIM client to discover which attributes are \"readOnly\", and the client does not need to remove them from a PUT \
             request in order to be accepted",
        )
        .rows(&["7644-3.1-07"])
        .why("a client that changes what it has read and sends the whole back is refused, or changes something else besides")
        .talk(echo),
        must("7644-3.1-reflects", "SCIM responses SHALL reflect resource state as interpreted by the SCIM service provider")
            .rows(&["7644-3.1-09"])
            .why("a client keeps what the answer shows, and that is not what the server has")
            .talk(reflects),
    ]
}

fn schemas() -> Vec<Check> {
    vec![
        may(
            "7644-3.1-characteristics",
            "Responses from this endpoint describe the schema …, including attribute characteristics such as cardinality, case-exactness, mutability, \
             uniqueness, returnability, and whether or not attributes are required",
        )
        .rows(&["7644-3.1-03"])
        .why("a client that maps attributes by the schema has to guess what it may write")
        .talk(characteristics),
        must(
            "7644-3.1-messages",
            "a SCIM message is a JSON object … that contains a \"schemas\" attribute with a URI whose namespace prefix MUST begin with \
             \"urn:ietf:params:scim:api:\"",
        )
        .rows(&["7644-3.1-04"])
        .why("a client cannot tell a message from a resource")
        .talk(messages),
        must("7644-3.1-messages-undiscoverable", "SCIM message schemas using the above prefix URN SHALL NOT be discoverable using the \"/Schemas\" endpoint")
            .rows(&["7644-3.1-05"])
            .why("a client that lists what can be provisioned lists messages, too")
            .talk(messages_undiscoverable),
    ]
}

async fn percent_encoding(s: Session) -> Outcome {
    let (kind, unique) = s.unique_text()?;
    let value = format!("{}+tag@example.com", s.mark());
    let resource = s.create(&kind, unique.with(value.as_str())).await?;
    let filter = format!("{} eq {}", unique.path(), Value::from(value));
    let found = s.query(&kind.endpoint, &[("filter", &filter)]).await?;
    let list = found.expect_list().or_blocked()?;
    let is_found = list.ids().contains(&resource.id.as_str());
    found.expect(is_found, "the resource, by a filter with %2B for its plus", format!("{} other resources", list.resources.len()))?;
    Ok(())
}

async fn media_type(s: Session) -> Outcome {
    const SCIM: &str = "application/scim+json";
    let mut seen = 0;
    for exchange in s.earlier() {
        let Ok(came) = &exchange.came else { continue };
        let accept = exchange.sent.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("accept"));
        // Errors have a check of their own, and who asks for something else may get it.
        let is_judged = came.status < 300 && !came.body.is_empty() && accept.is_some_and(|(_, accept)| accept == SCIM);
        if !is_judged || exchange.sent.method == "HEAD" {
            continue;
        }
        seen += 1;
        let found = exchange.header("content-type").unwrap_or_default();
        if !found.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(SCIM) {
            let finding = crate::check::Finding {
                expected: format!("the Content-Type {SCIM}"),
                came: format!("`{found}`, to {} {}", exchange.sent.method, exchange.sent.path),
                exchange: Some(exchange.clone()),
                warning: false,
            };
            return Err(Stop::Failed(Box::new(finding)));
        }
    }
    if seen == 0 { Err(Stop::Skipped("no check of this run has got a body".into())) } else { Ok(()) }
}

async fn resource_schemas(s: Session) -> Outcome {
    let mut asked = 0;
    for kind in &s.model().types {
        // Types that clients cannot create are left out.
        let Ok(resource) = s.create(kind, json!({})).await else { continue };
        asked += 1;
        let answer = s.current(&resource).await?;
        let schemas = answer.at("/schemas").as_array().map(Vec::as_slice).unwrap_or_default();
        let are_uris = !schemas.is_empty() && schemas.iter().all(|urn| urn.as_str().is_some_and(|urn| urn.contains(':')));
        answer.expect(are_uris, "`schemas` with one or more URIs", format!("it is {}", answer.at("/schemas")))?;
        answer.expect_element("/schemas", &format!("\"{}\"", kind.schema.id), |urn| urn == kind.schema.id.as_str())?;
    }
    if asked == 0 { Err(Stop::Skipped("no resource could be created".into())) } else { Ok(()) }
}

async fn unknown_attributes(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let answer = s.post(&kind.endpoint, s.valid(&kind, json!({ "noSuchAttribute": "x" }))).await?;
    s.note(match answer.status {
        201 if answer.at("/noSuchAttribute").is_null() => "an unknown attribute in POST is ignored".to_owned(),
        201 => "an unknown attribute in POST is kept".to_owned(),
        status => format!("an unknown attribute in POST is refused with {status}"),
    });
    Ok(())
}

async fn echo(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let resource = s.create(&kind, text.with("sent back")).await?;
    let before = s.current(&resource).await?;
    s.put(&resource, before.expect_json()?.clone()).await?.expect_success()?;
    let after = s.current(&resource).await?;
    after.expect_attributes_of(&before)?;
    for pointer in ["/meta/resourceType", "/meta/created", "/meta/location"] {
        after.expect_value(pointer, before.at(pointer).clone())?;
    }
    Ok(())
}

async fn reflects(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let created = s.post(&kind.endpoint, s.valid(&kind, text.with("reflected"))).await?;
    created.expect_status(&[201]).or_blocked()?;
    let id = created.expect_present("/id").or_blocked()?.as_str().unwrap_or_default();
    let read = s.get(resource_path(&kind.endpoint, id)).await?;
    read.expect_status(&[200]).or_blocked()?;
    created.expect_attributes_of(&read)?;
    Ok(())
}

async fn characteristics(s: Session) -> Outcome {
    let answer = s.get("/Schemas").await?;
    let schemas = answer.expect_list().or_blocked()?.resources;
    let attributes = || schemas.iter().flat_map(|schema| schema["attributes"].as_array().into_iter().flatten());
    // What a schema leaves out has a default (RFC 7643 §2.2): only a characteristic that no attribute has is not described at all.
    for name in ["multiValued", "caseExact", "mutability", "uniqueness", "returned", "required"] {
        let is_described = attributes().any(|attribute| !attribute[name].is_null());
        answer.expect(is_described, format!("attributes with `{name}`"), "no attribute has it")?;
    }
    Ok(())
}

async fn messages(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let mut answers = vec![s.get(format!("{}?count=1", kind.endpoint)).await?, s.get(resource_path(&kind.endpoint, &s.mark())).await?];
    if s.model().supports("bulk").is_ok() {
        match s.bulk(json!([{ "method": "DELETE", "path": format!("{}/{}", kind.endpoint, s.mark()) }])).await {
            Err(Stop::Skipped(_)) => {}
            bulk => answers.push(bulk?),
        }
    }
    for answer in answers {
        let what = format!("a URI that begins with \"{MESSAGES}\"");
        answer.expect_element("/schemas", &what, |urn| urn.as_str().is_some_and(|urn| urn.starts_with(MESSAGES)))?;
    }
    Ok(())
}

async fn messages_undiscoverable(s: Session) -> Outcome {
    let answer = s.get("/Schemas").await?;
    let listed = answer.expect_list().or_blocked()?;
    let message = listed.ids().into_iter().find(|id| id.starts_with(MESSAGES)).map(ToOwned::to_owned);
    answer.expect(message.is_none(), "no schemas of messages", message.unwrap_or_default())?;
    let one = s.get(format!("/Schemas/{MESSAGES}messages:2.0:ListResponse")).await?;
    one.expect(!one.is_success(), "no schema of a message", format!("status {}", one.status))?;
    Ok(())
}

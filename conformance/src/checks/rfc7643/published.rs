//! `/Schemas` as it was sent: the model of a session is lenient, and these checks judge what it was read from.

use serde_json::Value;

use crate::check::{Judged, Outcome, Stop};
use crate::model::ResourceType;
use crate::session::{Answer, Kind, Resource, Session, resource_path};

/// The URN of the schema of schemas, the only one whose sub-attributes have sub-attributes (RFC 7643 §7).
pub(super) const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// The answer to `GET /Schemas`, and the schemas in it.
pub(super) struct Published {
    pub(super) answer: Answer,
    pub(super) schemas: Vec<Value>,
}

/// Set-up: all schemas of the server.
///
/// # Errors
/// [`Stop::Blocked`] if they cannot be read.
pub(super) async fn published(s: &Session) -> Outcome<Published> {
    let answer = s.get("/Schemas").await.or_blocked()?;
    let schemas = answer.expect_list().or_blocked()?.resources;
    Ok(Published { answer, schemas })
}

impl Published {
    /// The schema of that URN.
    pub(super) fn schema(&self, urn: &str) -> Option<&Value> {
        self.schemas.iter().find(|schema| schema["id"].as_str().is_some_and(|id| id.eq_ignore_ascii_case(urn)))
    }

    /// An attribute of that schema; `path` is `name` or `name.givenName`.
    ///
    /// # Errors
    /// [`Stop::Skipped`] if the server does not have it.
    pub(super) fn attribute(&self, urn: &str, path: &str) -> Outcome<&Value> {
        let schema = self.schema(urn).ok_or_else(|| Stop::Skipped(format!("/Schemas has no {urn}")))?;
        let (name, sub) = path.split_once('.').map_or((path, None), |(name, sub)| (name, Some(sub)));
        let found = named(&schema["attributes"], name);
        let found = sub.map_or(found, |sub| named(&found?["subAttributes"], sub));
        found.ok_or_else(|| Stop::Skipped(format!("the schema of the server has no {path}")))
    }

    /// Every attribute and sub-attribute, with the place where it stands.
    pub(super) fn every(&self) -> Vec<(String, &Value)> {
        let mut all = Vec::new();
        for schema in &self.schemas {
            collect(schema["id"].as_str().unwrap_or("a schema without id"), &schema["attributes"], &mut all);
        }
        all
    }

    /// Every attribute for which `concerns` holds also has what `holds` asks for.
    ///
    /// # Errors
    /// [`Stop::Failed`] names those that have not.
    pub(super) fn expect_every(&self, expected: &str, concerns: impl Fn(&Value) -> bool, holds: impl Fn(&Value) -> bool) -> Outcome {
        let wrong = self.every().into_iter().filter(|(_, attribute)| concerns(attribute) && !holds(attribute));
        let wrong: Vec<String> = wrong.map(|(place, _)| place).collect();
        let more = if wrong.len() > 5 { format!(" and {} more", wrong.len() - 5) } else { String::new() };
        let came = format!("not so: {}{more}", wrong.iter().take(5).map(String::as_str).collect::<Vec<_>>().join(", "));
        self.answer.expect(wrong.is_empty(), expected, came).map(|_| ())
    }
}

/// Set-up: all resource types of the server.
///
/// # Errors
/// [`Stop::Blocked`] if they cannot be read.
pub(super) async fn resource_types(s: &Session) -> Outcome<(Answer, Vec<Value>)> {
    let answer = s.get("/ResourceTypes").await.or_blocked()?;
    let types = answer.expect_list().or_blocked()?.resources;
    Ok((answer, types))
}

/// Set-up: the server says which attributes that schema has. Where it does not, the suite assumes those of the RFC, and a server that leaves
/// out what it does not have is not wrong.
///
/// # Errors
/// [`Stop::Skipped`] if `/Schemas` does not have it.
pub(super) fn described(s: &Session, urn: &str) -> Outcome {
    let model = s.model();
    let is_listed = model.schemas.iter().any(|schema| schema.id.eq_ignore_ascii_case(urn));
    let is_assumed = model.assumed.iter().any(|line| line.starts_with("/Schemas"));
    if is_listed && !is_assumed { Ok(()) } else { Err(Stop::Skipped(format!("/Schemas does not say what {urn} consists of"))) }
}

/// Posts a resource that has to be accepted, whatever the status of the success.
///
/// # Errors
/// [`Stop::Failed`] if it is refused, [`Stop::Blocked`] if one with the least that is required is refused, too.
pub(super) async fn taken(s: &Session, kind: &ResourceType, body: Value) -> Outcome<Answer> {
    let answer = s.post(&kind.endpoint, body).await?;
    if !answer.is_success() {
        s.post(&kind.endpoint, s.valid(kind, Value::Null)).await.or_blocked()?.expect_success().or_blocked()?;
    }
    answer.expect_success()?;
    Ok(answer)
}

/// The same, and gives the resource as a GET shows it.
///
/// # Errors
/// [`Stop::Failed`] if it is refused, [`Stop::Blocked`] if it cannot be read then.
pub(super) async fn accepted(s: &Session, kind: &ResourceType, body: Value) -> Outcome<Answer> {
    let answer = taken(s, kind, body).await?;
    let read = s.get(path_of(kind, &answer)?).await.or_blocked()?;
    read.expect_status(&[200]).or_blocked()?;
    Ok(read)
}

/// The path of the resource that an answer has created.
///
/// # Errors
/// [`Stop::Blocked`] if the answer does not have its id.
pub(super) fn path_of(kind: &ResourceType, created: &Answer) -> Outcome<String> {
    let id = created.expect_kind("/id", Kind::String).or_blocked()?;
    Ok(resource_path(&kind.endpoint, id.as_str().unwrap_or_default()))
}

/// Set-up: a PUT that succeeds.
///
/// # Errors
/// [`Stop::Blocked`] if it does not.
pub(super) async fn replaced(s: &Session, resource: &Resource, body: Value) -> Outcome<Answer> {
    let answer = s.put(resource, body).await.or_blocked()?;
    answer.expect_success().or_blocked()?;
    Ok(answer)
}

/// Set-up: a query that the server can answer. It may have filters for some attributes only.
///
/// # Errors
/// [`Stop::Blocked`] if it does not.
pub(super) async fn filtered(s: &Session, kind: &ResourceType, filter: &str) -> Outcome<Answer> {
    let answer = s.query(&kind.endpoint, &[("filter", filter)]).await.or_blocked()?;
    answer.expect_list().or_blocked()?;
    Ok(answer)
}

/// The member of an array of attributes that has that name.
fn named<'a>(attributes: &'a Value, name: &str) -> Option<&'a Value> {
    let mut all = attributes.as_array()?.iter();
    all.find(|attribute| attribute["name"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(name)))
}

fn collect<'a>(place: &str, attributes: &'a Value, all: &mut Vec<(String, &'a Value)>) {
    for attribute in attributes.as_array().into_iter().flatten() {
        let place = format!("{place}:{}", attribute["name"].as_str().unwrap_or("?"));
        all.push((place.clone(), attribute));
        collect(&place, &attribute["subAttributes"], all);
    }
}

/// Whether an attribute is of that data type.
pub(super) fn is_type(attribute: &Value, name: &str) -> bool {
    attribute["type"].as_str().is_some_and(|found| found.eq_ignore_ascii_case(name))
}

//! What the provisioning configuration and the gallery's workflow read from discovery.

use serde_json::Value;

use crate::check::{Check, Judged, Need, Outcome, must, should};
use crate::model::{ENTERPRISE, GROUP, USER};
use crate::session::{Answer, Session};

/// The attributes of users to which the default mapping of a non-gallery application writes.
const MAPPED: &[&str] = &["userName", "active", "displayName", "title", "emails", "preferredLanguage", "name", "addresses", "phoneNumbers"];

pub(super) fn checks() -> Vec<Check> {
    vec![
        must("entra-schemas-of-groups", "Microsoft's gallery workflow: /Schemas has the schema of groups where groups are provisioned")
            .rows(&["ENTRA-105"])
            .needs(&[Need::Type("Group")])
            .why("all tests of groups fail")
            .talk(async |s| has_schema(s, GROUP).await),
        must("entra-schemas-of-extensions", "Microsoft documents: the attributes of an extension are listed under its own URN")
            .rows(&["ENTRA-105"])
            .needs(&[Need::Extension(ENTERPRISE)])
            .why("department and manager cannot be chosen in the mapping")
            .talk(async |s| has_schema(s, ENTERPRISE).await),
        should(
            "entra-schemas-canonical-types",
            "Microsoft's validator: emails, phoneNumbers and addresses become emails[type eq \"work\"].value only where `type` has canonicalValues",
        )
        .rows(&["ENTRA-105"])
        .why("the validator asks for emails[primary eq \"True\"].value instead, which no mapping has")
        .talk(canonical_types),
        must("entra-schemas-no-nulls", "Microsoft documents: no member of a schema is null")
            .rows(&["ENTRA-105"])
            .why("the schemas cannot be read, and no mapping can be made")
            .talk(no_nulls),
        should("entra-schemas-default-mapping", "Microsoft's gallery workflow: every mapped attribute is found in /Schemas")
            .rows(&["ENTRA-105"])
            .why("the attributes that are missing have to be taken out of the default mapping by hand")
            .talk(default_mapping),
        must("entra-gallery-discovery", "Microsoft documents: the gallery demands /Schemas, /ResourceTypes and /ServiceProviderConfig")
            .why("the application is not taken into the gallery")
            .talk(gallery_discovery),
    ]
}

/// `/Schemas` as Entra reads it.
async fn schemas(s: &Session) -> Outcome<Answer> {
    let answer = s.get("/Schemas").await?;
    answer.expect_list()?;
    Ok(answer)
}

async fn has_schema(s: Session, urn: &str) -> Outcome {
    schemas(&s).await.or_blocked()?.expect_element("/Resources", &format!("the schema {urn}"), |schema| schema["id"] == urn)?;
    Ok(())
}

/// The attribute of that name in the schema of users.
fn of_users<'a>(answer: &'a Answer, name: &str) -> Option<&'a Value> {
    let schemas = answer.at("/Resources").as_array()?;
    let attributes = schemas.iter().find(|schema| schema["id"] == USER)?["attributes"].as_array()?;
    attributes.iter().find(|attribute| attribute["name"].as_str().is_some_and(|found| found.eq_ignore_ascii_case(name)))
}

async fn canonical_types(s: Session) -> Outcome {
    let answer = schemas(&s).await.or_blocked()?;
    for name in ["emails", "phoneNumbers", "addresses"] {
        let Some(attribute) = of_users(&answer, name) else { continue };
        let parts = attribute["subAttributes"].as_array().map(Vec::as_slice).unwrap_or_default();
        let kind = parts.iter().find(|part| part["name"] == "type").map_or(&Value::Null, |part| &part["canonicalValues"]);
        let has_work = kind.as_array().is_some_and(|values| values.iter().any(|value| value == "work"));
        answer.expect(has_work, format!("canonicalValues with \"work\" for the `type` of {name}"), format!("{kind}"))?;
    }
    Ok(())
}

async fn no_nulls(s: Session) -> Outcome {
    let answer = schemas(&s).await.or_blocked()?;
    let body = answer.body.as_ref().unwrap_or(&Value::Null);
    match null_in(body, String::new()) {
        Some(place) => Err(answer.failure("no null in the schemas", format!("`{place}` is null"))),
        None => Ok(()),
    }
}

/// Where the first null stands.
pub(super) fn null_in(value: &Value, place: String) -> Option<String> {
    match value {
        Value::Null => Some(place),
        Value::Array(elements) => elements.iter().enumerate().find_map(|(number, element)| null_in(element, format!("{place}/{number}"))),
        Value::Object(members) => members.iter().find_map(|(name, member)| null_in(member, format!("{place}/{name}"))),
        _ => None,
    }
}

async fn default_mapping(s: Session) -> Outcome {
    let answer = schemas(&s).await.or_blocked()?;
    let missing: Vec<&&str> = MAPPED.iter().filter(|name| of_users(&answer, name).is_none()).collect();
    answer.expect(missing.is_empty(), "all attributes of the default mapping in the schema of users", format!("no {missing:?}"))?;
    Ok(())
}

async fn gallery_discovery(s: Session) -> Outcome {
    for path in ["/Schemas", "/ResourceTypes", "/ServiceProviderConfig"] {
        s.get(path).await?.expect_status(&[200])?.expect_json()?;
    }
    Ok(())
}

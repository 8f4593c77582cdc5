//! RFC 7643 §4.3: the enterprise extension of users.

use serde_json::{Value, json};

use super::published::{accepted, described};
use super::s2_attributes::followable;
use crate::check::{Check, Need, Outcome, Stop, must, should};
use crate::model::{ENTERPRISE, USER};
use crate::session::{Answer, Session};

const EXTENDED: &[Need] = &[Need::Type("User"), Need::Extension(ENTERPRISE)];

pub(super) fn checks() -> Vec<Check> {
    vec![
        must(
            "7643-4.3-texts",
            "The following singular attributes are defined: employeeNumber … costCenter … organization … division … department",
        )
        .rows(&["7643-4.3-01"])
        .needs(EXTENDED)
        .why("what a client has set is lost, although the schema says that it can be kept")
        .talk(texts),
        must("7643-4.3-manager", "manager The user's manager. A complex type")
            .rows(&["7643-4.3-02"])
            .needs(EXTENDED)
            .why("a client that reads manager.value fails at a text in its place")
            .talk(async |s| {
                let (answer, manager) = managed(&s, json!({})).await?;
                answer.expect_value(&at("manager/value"), manager).map(|_| ())
            }),
        should("7643-4.3-manager-value", "value The \"id\" of the SCIM resource representing the user's manager. RECOMMENDED.")
            .rows(&["7643-4.3-03"])
            .needs(EXTENDED)
            .why("a client that knows the manager by its id cannot name it")
            .talk(async |s| managed(&s, json!({})).await.map(|_| ())),
        should("7643-4.3-manager-reference", "$ref The URI of the SCIM resource representing the User's manager. RECOMMENDED.")
            .rows(&["7643-4.3-04"])
            .needs(EXTENDED)
            .why("a client cannot go from a user to the manager")
            .talk(manager_reference),
        must(
            "7643-4.3-manager-display-name",
            "displayName The displayName of the user's manager. This attribute is OPTIONAL, and mutability is \"readOnly\"",
        )
        .rows(&["7643-4.3-05"])
        .needs(EXTENDED)
        .why("a user's manager is shown with a name that is not the manager's")
        .talk(manager_display_name),
    ]
}

fn at(path: &str) -> String {
    format!("/{ENTERPRISE}/{path}")
}

/// A user with that data of the extension, as a GET shows it.
async fn posted(s: &Session, data: Value) -> Outcome<Answer> {
    let user = s.kind("User")?;
    let name = format!("employed-{}@example.com", s.mark());
    let body = s.valid(&user, json!({ "schemas": [USER, ENTERPRISE], "userName": name, ENTERPRISE: data }));
    accepted(s, &user, body).await
}

/// A user with a manager, and the id of that manager.
async fn managed(s: &Session, more: Value) -> Outcome<(Answer, String)> {
    described(s, ENTERPRISE)?;
    let user = s.kind("User")?;
    let (extension, _) = user.extensions.iter().find(|(schema, _)| schema.id == ENTERPRISE).cloned().ok_or_else(no_manager)?;
    if !extension.attributes.iter().any(|attribute| attribute.name == "manager") {
        return Err(no_manager());
    }
    let manager = s.user(json!({ "displayName": "The manager" })).await?;
    let mut value = json!({ "value": manager.id });
    for (name, member) in more.as_object().into_iter().flatten() {
        value[name] = member.clone();
    }
    Ok((posted(s, json!({ "manager": value })).await?, manager.id))
}

fn no_manager() -> Stop {
    Stop::Skipped("the extension of the server has no manager".into())
}

async fn texts(s: Session) -> Outcome {
    const NAMES: &[&str] = &["employeeNumber", "costCenter", "organization", "division", "department"];
    described(&s, ENTERPRISE)?;
    let user = s.kind("User")?;
    let known = |name: &str| {
        user.extensions.iter().any(|(schema, _)| {
            schema.id == ENTERPRISE && schema.attributes.iter().any(|attribute| attribute.name == name && attribute.is_read_write())
        })
    };
    let data: serde_json::Map<String, Value> =
        NAMES.iter().filter(|name| known(name)).map(|name| ((*name).to_owned(), format!("{name} of {}", s.mark()).into())).collect();
    if data.is_empty() {
        return Err(Stop::Skipped("the extension of the server has none of these attributes".into()));
    }
    let answer = posted(&s, data.clone().into()).await?;
    for (name, value) in data {
        answer.expect_value(&at(&name), value)?;
    }
    Ok(())
}

async fn manager_reference(s: Session) -> Outcome {
    let (answer, manager) = managed(&s, json!({})).await?;
    let reference = answer.expect_present(&at("manager/$ref"))?.as_str().unwrap_or_default();
    s.get(followable(reference)).await?.expect_status(&[200])?.expect_value("/id", manager)?;
    Ok(())
}

async fn manager_display_name(s: Session) -> Outcome {
    let (answer, _) = managed(&s, json!({ "displayName": "Chosen by the client" })).await?;
    let found = answer.at(&at("manager/displayName"));
    answer.expect(*found != "Chosen by the client", "the manager's own name, or none", format!("it is {found}"))?;
    Ok(())
}

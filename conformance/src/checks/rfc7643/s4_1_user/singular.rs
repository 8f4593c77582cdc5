//! RFC 7643 §4.1.1: the attributes of users that have one value.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::published::{accepted, filtered, path_of, published};
use super::{IS_USER, noted, writable};
use crate::check::{Check, Judged, Need, Outcome, Stop, must, records};
use crate::model::USER;
use crate::session::Session;

pub(super) fn checks() -> Vec<Check> {
    vec![
        must("7643-4.1.1-user-name-required", "Each User MUST include a non-empty userName value")
            .rows(&["7643-4.1.1-01"])
            .needs(IS_USER)
            .why("an account that nobody can name can neither log in nor be matched")
            .talk(user_name_required),
        must("7643-4.1.1-user-name-unique", "This identifier MUST be unique across the service provider's entire set of Users")
            .rows(&["7643-4.1.1-02"])
            .needs(IS_USER)
            .why("a client that matches by userName takes over the account of another person")
            .talk(user_name_unique),
        must("7643-4.1.1-user-name-without-case", "This attribute is REQUIRED and is case insensitive")
            .rows(&["7643-4.1.1-03"])
            .needs(IS_USER)
            .why("a client that writes the name with other letters makes a second account of one person")
            .talk(user_name_without_case),
        records("7643-4.1.1-name", "Service providers MAY return just the full name as a single string in the formatted sub-attribute, or they MAY return just the individual component attributes using the other sub-attributes, or they MAY return both")
            .rows(&["7643-4.1.1-04"])
            .needs(IS_USER)
            .talk(name),
        must("7643-4.1.1-texts", "The following attributes are defined in addition to the core schema attributes: … displayName … userType … preferredLanguage … locale … timezone")
            .rows(&["7643-4.1.1-06", "7643-4.1.1-10", "7643-4.1.1-11", "7643-4.1.1-12", "7643-4.1.1-14"])
            .needs(IS_USER)
            .why("what a client has set is lost, although the schema says that it can be kept")
            .talk(texts),
        records("7643-4.1.1-formats", "A valid value is a language tag as defined in [RFC5646] … servers MAY accept tags separated by an underscore character (\"_\", %x5F)")
            .rows(&["7643-4.1.1-09", "7643-4.1.1-13"])
            .needs(IS_USER)
            .talk(formats),
        must("7643-4.1.1-active", "active A Boolean value indicating the user's administrative status")
            .rows(&["7643-4.1.1-15"])
            .needs(IS_USER)
            .why("an account that a client has suspended stays open")
            .talk(active),
        must("7643-4.1.1-password-returned", "The cleartext value or the hashed value of a password SHALL NOT be returnable by a service provider")
            .rows(&["7643-4.1.1-16"])
            .needs(IS_USER)
            .why("everybody who may read users can log in as they, or can guess offline")
            .talk(password_returned),
        records("7643-4.1.1-password-filter", "Testing for an equality match MAY be supported if there is an existing stored hashed value")
            .rows(&["7643-4.1.1-21", "7643-7-32"])
            .needs(&[Need::Type("User"), Need::Filter])
            .talk(password_filter),
        must("7643-4.1.1-password-schema", "The mutability of the password attribute is \"writeOnly\" … (the attribute characteristic \"returned\" is \"never\")")
            .rows(&["7643-4.1.1-22"])
            .why("a client that reads the schema expects to read the password")
            .talk(password_schema),
        must("7643-4.1.1-password-in-any-form", "the value MUST NOT be returned by a service provider in any form")
            .rows(&["7643-4.1.1-23"])
            .why("passwords stand in logs and traces of clients, and nobody knows of it")
            .at_the_end()
            .talk(password_in_any_form),
    ]
}

async fn user_name_required(s: Session) -> Outcome {
    let user = s.kind("User")?;
    for value in [None, Some(json!("")), Some(Value::Null)] {
        let mut body = s.valid(&user, json!({ "userName": null }));
        if let Some(value) = value {
            body["userName"] = value;
        }
        s.post(&user.endpoint, body).await?.expect_refusal()?;
    }
    Ok(())
}

async fn user_name_unique(s: Session) -> Outcome {
    let user = s.kind("User")?;
    let name = format!("taken-{}@example.com", s.mark());
    s.user(json!({ "userName": name })).await?;
    s.post(&user.endpoint, s.valid(&user, json!({ "userName": name }))).await?.expect_refusal()?;
    Ok(())
}

async fn user_name_without_case(s: Session) -> Outcome {
    let user = s.kind("User")?;
    let name = format!("cased-{}@example.com", s.mark());
    let first = s.user(json!({ "userName": name })).await?;
    s.post(&user.endpoint, s.valid(&user, json!({ "userName": name.replace("cased", "CaseD") }))).await?.expect_refusal()?;
    if s.model().supports("filter").is_ok() {
        let answer = filtered(&s, &user, &format!("userName eq \"{}\"", name.to_uppercase())).await?;
        answer.expect_element("/Resources", "the user", |found| found["id"] == first.id.as_str())?;
    }
    Ok(())
}

async fn name(s: Session) -> Outcome {
    let user = s.user(json!({ "name": { "givenName": "Barbara", "familyName": "Jensen" } })).await?;
    let read = s.current(&user).await?;
    let members: Vec<&String> = read.at("/name").as_object().into_iter().flat_map(|name| name.keys()).collect();
    s.note(format!("a name of givenName and familyName comes back with {members:?}"));
    Ok(())
}

async fn texts(s: Session) -> Outcome {
    const TEXTS: &[(&str, &str, &str)] = &[
        ("7643-4.1.1-06", "displayName", "Babs Jensen"),
        ("7643-4.1.1-10", "userType", "Temp of my own"),
        ("7643-4.1.1-11", "preferredLanguage", "en-US, en;q=0.8"),
        ("7643-4.1.1-12", "locale", "es-419"),
        ("7643-4.1.1-14", "timezone", "America/Los_Angeles"),
    ];
    for (row, name, value) in TEXTS {
        s.row(row, kept(&s, name, json!(value)).await);
    }
    Ok(())
}

/// The value comes back as it was sent.
async fn kept(s: &Session, name: &str, value: Value) -> Outcome {
    if !writable(s, name)?.canonical_values.is_empty() {
        return Err(Stop::Skipped(format!("the schema of users says which values {name} takes")));
    }
    let user = s.kind("User")?;
    accepted(s, &user, s.valid(&user, json!({ name: value }))).await?.expect_value(&format!("/{name}"), value).map(|_| ())
}

async fn formats(s: Session) -> Outcome {
    for (name, value) in [("profileUrl", "not a url"), ("locale", "not a tag!"), ("locale", "en_US")] {
        noted(&s, name, json!(value), &format!("/{name}")).await?;
    }
    Ok(())
}

async fn active(s: Session) -> Outcome {
    writable(&s, "active")?;
    let user = s.user(json!({ "active": true })).await?;
    let mut body = s.current(&user).await?.body.unwrap_or_default();
    body["active"] = false.into();
    s.put(&user, body).await?.expect_success().or_blocked()?;
    s.current(&user).await?.expect_value("/active", false)?;
    if s.model().supports("patch").is_ok() {
        s.patched(&user, json!([{ "op": "replace", "path": "active", "value": true }])).await?;
        s.current(&user).await?.expect_value("/active", true)?;
    }
    Ok(())
}

async fn password_returned(s: Session) -> Outcome {
    let kind = s.kind("User")?;
    if kind.attribute("password").is_none() {
        return Err(Stop::Skipped("the schema of users has no password".into()));
    }
    let body = s.valid(&kind, json!({ "password": format!("Pw-1!{}", s.mark()) }));
    let created = s.post(&kind.endpoint, body).await?;
    created.expect_status(&[201]).or_blocked()?;
    created.expect_absent("/password")?;
    let path = path_of(&kind, &created)?;
    let read = s.get(&path).await?;
    read.expect_absent("/password")?;
    s.query(&path, &[("attributes", "userName,password")]).await?.expect_absent("/password")?;
    let mut body = read.body.clone().unwrap_or_default();
    body["password"] = format!("Pw-2!{}", s.mark()).into();
    s.ask("PUT", &path).json(body).send().await?.expect_absent("/password")?;
    Ok(())
}

async fn password_filter(s: Session) -> Outcome {
    let user = s.kind("User")?;
    let answer = s.query(&user.endpoint, &[("filter", &format!("password eq \"Pw-1!{}\"", s.mark()))]).await?;
    s.note(format!("a filter on the password: {} {}", answer.status, answer.at("/scimType").as_str().unwrap_or_default()).trim_end());
    Ok(())
}

async fn password_schema(s: Session) -> Outcome {
    let published = published(&s).await?;
    let password = published.attribute(USER, "password")?;
    for (member, expected) in [("mutability", "writeOnly"), ("returned", "never")] {
        let found = &password[member];
        published.answer.expect(*found == expected, format!("{member} of the password is {expected}"), format!("it is {found}"))?;
    }
    Ok(())
}

async fn password_in_any_form(s: Session) -> Outcome {
    let mut passwords = BTreeSet::new();
    for exchange in s.earlier() {
        let body = exchange.sent.body.as_deref().and_then(|body| serde_json::from_str(body).ok()).unwrap_or(Value::Null);
        collect_passwords(&body, &mut passwords);
    }
    for exchange in s.earlier() {
        let Ok(came) = &exchange.came else { continue };
        if passwords.iter().any(|password| came.body.contains(password.as_str())) {
            let finding = crate::check::Finding {
                expected: "no password in any answer".into(),
                came: "a password that the suite has set".into(),
                exchange: Some(exchange.clone()),
                warning: false,
            };
            return Err(Stop::Failed(Box::new(finding)));
        }
    }
    Ok(())
}

fn collect_passwords(body: &Value, passwords: &mut BTreeSet<String>) {
    match body {
        Value::Object(members) => {
            for (name, value) in members {
                match value.as_str() {
                    // A short text could stand in an answer for another reason.
                    Some(text) if name.eq_ignore_ascii_case("password") && text.len() > 7 => {
                        passwords.insert(text.to_owned());
                    }
                    _ => collect_passwords(value, passwords),
                }
            }
        }
        Value::Array(all) => all.iter().for_each(|value| collect_passwords(value, passwords)),
        _ => {}
    }
}

//! Checks of what the clients of OneLogin send: bodies are templates that the administrator edits.

use serde_json::{Value, json};

use super::start::{GROUP_PATCH, name, template};
use super::steps::Team;
use crate::check::{Check, Outcome, must, should};
use crate::session::{Answer, Session};

pub(super) fn checks() -> Vec<Check> {
    vec![
        must("onelogin-emails-as-one-object", "Seen in public issues: \"emails\" is one object, and no array of one")
            .rows(&["ONELOGIN-01"])
            .why("no user can be created")
            .talk(emails_as_one_object),
        must(
            "onelogin-without-types",
            "OneLogin documents: the template of a new user may have no \"active\", and e-mails without \"type\"",
        )
        .rows(&["ONELOGIN-02"])
        .why("no user can be created")
        .talk(without_types),
        should("onelogin-active-by-default", "Seen in public issues: new users come without \"active\", and are meant to be active")
            .rows(&["ONELOGIN-02"])
            .why("new people cannot sign in, and nothing says why")
            .talk(active_by_default),
        must("onelogin-adds-one-member", "Inferred: each member is added with a PATCH of its own")
            .rows(&["ONELOGIN-03"])
            .needs(GROUP_PATCH)
            .why("a group has but the member that was added last")
            .talk(adds_one_member),
        must("onelogin-empty-user-agent", "Seen in public issues: User-Agent is empty unless the administrator adds one")
            .rows(&["ONELOGIN-04"])
            .why("nothing works, and the answer says nothing of the reason")
            .talk(empty_user_agent),
    ]
}

/// A new user from a template without `active`, with these e-mails.
async fn created(s: &Session, name: &str, emails: Value) -> Outcome<Answer> {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": name,
        "name": { "givenName": "Ben", "familyName": "Okoro" },
        "emails": emails,
    });
    let kind = s.kind("User")?;
    let created = s.post(&kind.endpoint, body).await?;
    created.expect_status(&[201])?;
    let id = created.expect_present("/id")?.as_str().unwrap_or_default().to_owned();
    let read = s.get(format!("{}/{id}", kind.endpoint)).await?;
    read.expect_status(&[200])?;
    Ok(read)
}

async fn emails_as_one_object(s: Session) -> Outcome {
    let name = name(&s);
    let user = created(&s, &name, json!({ "value": name, "primary": true })).await?;
    user.expect_element("/emails", "the e-mail", |mail| mail["value"] == name.as_str() && mail["primary"] == true)?;
    Ok(())
}

async fn without_types(s: Session) -> Outcome {
    let name = name(&s);
    let user = created(&s, &name, json!([{ "value": name, "primary": true }])).await?;
    user.expect_element("/emails", "the e-mail as it was sent", |mail| mail["value"] == name.as_str() && mail["type"].is_null())?;
    Ok(())
}

async fn active_by_default(s: Session) -> Outcome {
    let name = name(&s);
    let user = created(&s, &name, json!([{ "value": name, "primary": true, "type": "work" }])).await?;
    user.expect_value("/active", true)?;
    Ok(())
}

async fn adds_one_member(s: Session) -> Outcome {
    let team = Team::new(&s, 2, &[]).await?;
    let add = |number: usize| json!([{ "op": "add", "path": "members", "value": [{ "value": team.id(number) }] }]);
    team.becomes(&s, add(0), &[0]).await?;
    team.becomes(&s, add(1), &[0, 1]).await
}

async fn empty_user_agent(s: Session) -> Outcome {
    let kind = s.kind("User")?;
    s.ask("GET", &kind.endpoint).query("count", "1").empty_header("User-Agent").send().await?.expect_status(&[200])?;
    let body = template(&name(&s), json!({}));
    s.ask("POST", &kind.endpoint).empty_header("User-Agent").json(body).send().await?.expect_status(&[201])?;
    Ok(())
}

//! Checks of what PingOne and PingFederate send.

use serde_json::json;

use super::start::{expect_found, name, template, user};
use crate::check::{Check, Need, Outcome, must};
use crate::session::Session;

pub(super) fn checks() -> Vec<Check> {
    vec![
        must("ping-emails-eq", "Ping Identity documents: users are matched by work e-mail with the filter emails eq \"…\"")
            .rows(&["PING-01"])
            .needs(&[Need::Filter])
            .why("a person who is there already is created once more, or not at all")
            .talk(emails_eq),
        must("ping-creates-inactive", "Ping Identity documents: disabled users are provisioned with \"active\": false")
            .rows(&["PING-02"])
            .why("people who must not have access get it")
            .talk(creates_inactive),
    ]
}

async fn emails_eq(s: Session) -> Outcome {
    let (user, _other) = (user(&s, json!({})).await?, user(&s, json!({})).await?);
    let filter = format!("emails eq {}", user.body["userName"]);
    expect_found(&s, &user, &[("filter", &filter)]).await
}

async fn creates_inactive(s: Session) -> Outcome {
    let kind = s.kind("User")?;
    let created = s.post(&kind.endpoint, template(&name(&s), json!({ "active": false }))).await?;
    created.expect_status(&[201])?;
    let id = created.expect_present("/id")?.as_str().unwrap_or_default();
    s.get(format!("{}/{id}", kind.endpoint)).await?.expect_value("/active", false)?;
    Ok(())
}

//! Checks of what the custom SCIM connector of JumpCloud sends.

use serde_json::json;

use super::start::{GROUP_PATCH, PATCHED, name, template};
use super::steps::Team;
use crate::check::{Check, Outcome, must, should};
use crate::session::Session;

pub(super) fn checks() -> Vec<Check> {
    vec![
        must(
            "jumpcloud-connection-test",
            "JumpCloud documents: \"Test connection\" creates a user and a group, changes them, and removes both again",
        )
        .rows(&["JUMPCLOUD-01"])
        .needs(GROUP_PATCH)
        .why("the connection cannot be saved; or a test user stays behind")
        .talk(connection_test),
        should(
            "jumpcloud-removes-members-by-value",
            "Seen once: {\"op\": \"remove\", \"path\": \"members\", \"value\": [{\"value\": \"…\"}]}, without a filter",
        )
        .rows(&["JUMPCLOUD-02"])
        .needs(GROUP_PATCH)
        .why("one person leaves a group, and all others leave it, too")
        .talk(removes_members_by_value),
    ]
}

async fn connection_test(s: Session) -> Outcome {
    let (kind, name) = (s.kind("User")?, name(&s));
    let created = s.post(&kind.endpoint, template(&name, json!({ "externalId": s.mark() }))).await?;
    created.expect_status(&[201])?.expect_value("/userName", name.as_str())?;
    let id = created.expect_present("/id")?.clone();
    let user = format!("{}/{}", kind.endpoint, id.as_str().unwrap_or_default());
    for changed in [json!({ "displayName": "Ana Ruiz" }), json!({ "displayName": "Ana Ruiz", "active": false })] {
        s.ask("PUT", &user).json(template(&name, changed.clone())).send().await?.expect_status(&[200])?;
        let now = s.get(&user).await?;
        now.expect_value("/displayName", "Ana Ruiz")?;
        now.expect_value("/active", changed.get("active").cloned().unwrap_or(true.into()))?;
    }
    let groups = s.kind("Group")?.endpoint.clone();
    let created = s.post(&groups, json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": s.mark() })).await?;
    created.expect_status(&[201])?;
    let group = format!("{groups}/{}", created.expect_present("/id")?.as_str().unwrap_or_default());
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]);
    s.ask("PATCH", &group).patch(add).send().await?.expect_status(PATCHED)?;
    s.get(&group).await?.expect_element("/members", "the user", |member| member["value"] == id)?;
    // What is removed twice is gone all the same.
    for path in [&group, &user] {
        s.ask("DELETE", path).send().await?.expect_status(&[204, 200])?;
        s.ask("DELETE", path).send().await?.expect_status(&[404, 410, 204])?;
        s.get(path).await?.expect_status(&[404, 410])?;
    }
    Ok(())
}

async fn removes_members_by_value(s: Session) -> Outcome {
    let team = Team::new(&s, 2, &[0, 1]).await?;
    team.becomes(&s, json!([{ "op": "remove", "path": "members", "value": [{ "value": team.id(0) }] }]), &[1]).await
}

//! Checks of what is known of single other clients: Salesforce, WSO2, authentik, One Identity, Omada.

use serde_json::json;

use super::start::{GROUP_PATCH, PATCHED, expect_only, user};
use super::steps::Team;
use crate::check::{Check, Need, Outcome, must, should};
use crate::model::ENTERPRISE;
use crate::session::{Answer, Session};

pub(super) fn checks() -> Vec<Check> {
    let of_a_member = |check: Check| {
        check.rows(&["MISC-05"]).needs(&[Need::Filter, Need::Type("Group")]).why("the rights of a person are read wrongly, or not at all")
    };
    vec![
        must(
            "other-removes-members-in-an-object",
            "Salesforce documents: {\"op\": \"remove\", \"path\": \"members\", \"value\": {\"members\": [{\"value\": \"…\"}]}}",
        )
        .rows(&["MISC-01"])
        .needs(GROUP_PATCH)
        .why("who leaves a group stays in it, or all others leave it, too")
        .talk(removes_members_in_an_object),
        must(
            "other-adds-members-without-path",
            "Seen in public issues: {\"op\": \"add\", \"value\": {\"members\": [{\"value\": \"…\"}]}}, without a path",
        )
        .rows(&["MISC-02"])
        .needs(GROUP_PATCH)
        .why("a group has but the members that were added last")
        .talk(adds_members_without_path),
        must(
            "other-adds-extension-without-path",
            "Seen in public issues: {\"op\": \"add\", \"value\": {\"urn:…:enterprise:2.0:User\": {…}}}, without a path",
        )
        .rows(&["MISC-03"])
        .needs(&[Need::Patch, Need::Type("User"), Need::Extension(ENTERPRISE)])
        .why("department and cost centre are never changed")
        .talk(adds_extension_without_path),
        must("other-group-rename-with-id", "Seen in public issues: authentik sends the id of the group with its new name")
            .rows(&["MISC-04"])
            .needs(GROUP_PATCH)
            .why("no change of a group arrives")
            .talk(group_rename_with_id),
        of_a_member(must("other-groups-of-a-member", "Seen in public issues: groups are asked for with filter=members.value eq \"…\""))
            .talk(groups_of_a_member),
        of_a_member(should("other-projects-sub-attributes", "Seen in public issues: and with attributes=id,displayName,members.value"))
            .talk(projects_sub_attributes),
    ]
}

async fn removes_members_in_an_object(s: Session) -> Outcome {
    let team = Team::new(&s, 2, &[0, 1]).await?;
    let value = json!({ "members": [{ "value": team.id(0) }] });
    team.becomes(&s, json!([{ "op": "remove", "path": "members", "value": value }]), &[1]).await
}

async fn adds_members_without_path(s: Session) -> Outcome {
    let team = Team::new(&s, 2, &[0]).await?;
    let value = json!({ "members": [{ "value": team.id(1), "display": "ben" }] });
    team.becomes(&s, json!([{ "op": "add", "value": value }]), &[0, 1]).await
}

async fn adds_extension_without_path(s: Session) -> Outcome {
    let schemas = ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE];
    let user = user(&s, json!({ "schemas": schemas, ENTERPRISE: { "employeeNumber": s.mark(), "department": "Sales" } })).await?;
    let add = json!([{ "op": "add", "value": { ENTERPRISE: { "department": "Key Accounts" } } }]);
    s.patch(&user, add).await?.expect_status(PATCHED)?;
    let now = s.current(&user).await?;
    let pointer = |name: &str| format!("/{ENTERPRISE}/{name}");
    now.expect_value(&pointer("department"), "Key Accounts")?;
    now.expect_value(&pointer("employeeNumber"), user.body[ENTERPRISE]["employeeNumber"].clone())?;
    Ok(())
}

async fn group_rename_with_id(s: Session) -> Outcome {
    let team = Team::new(&s, 1, &[0]).await?;
    let name = s.mark();
    team.becomes(&s, json!([{ "op": "replace", "value": { "id": team.group.id, "displayName": name } }]), &[0]).await?;
    s.current(&team.group).await?.expect_value("/displayName", name)?;
    Ok(())
}

/// What a client is told that asks for the groups of a person like this, and the group that the person is in.
async fn groups_of(s: &Session, parameters: &[(&str, &str)]) -> Outcome<(Team, Answer)> {
    let team = Team::new(s, 1, &[0]).await?;
    let _other = Team::new(s, 1, &[0]).await?;
    let filter = format!("members.value eq \"{}\"", team.id(0));
    let answer = s.query(&team.group.kind.endpoint, &[&[("filter", filter.as_str())], parameters].concat()).await?;
    expect_only(&answer, &team.group)?;
    Ok((team, answer))
}

async fn groups_of_a_member(s: Session) -> Outcome {
    groups_of(&s, &[]).await?;
    Ok(())
}

async fn projects_sub_attributes(s: Session) -> Outcome {
    let (team, answer) = groups_of(&s, &[("attributes", "id,displayName,members.value")]).await?;
    answer.expect_value("/Resources/0/displayName", team.group.body["displayName"].clone())?;
    answer.expect_value("/Resources/0/members", json!([{ "value": team.id(0) }]))?;
    answer.expect_absent("/Resources/0/meta")?;
    Ok(())
}

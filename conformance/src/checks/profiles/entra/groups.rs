//! Groups themselves: created without members, renamed, given the id of the directory.

use serde_json::{Value, json};

use super::super::steps::Team;
use super::GROUP_PATCH;
use crate::check::{Check, Judged, Need, Outcome, must};
use crate::model::GROUP;
use crate::session::Session;

const NEEDS: &[Need] = &[Need::Type("Group")];

pub(super) fn checks() -> Vec<Check> {
    vec![
        must("entra-group-rename-folded", "Microsoft's validator: the displayName of a group comes in a path-less replace")
            .needs(GROUP_PATCH)
            .why("the test \"Update Group displayName\" fails")
            .talk(async |s| {
                let name = s.mark();
                renamed(s, json!([{ "op": "replace", "value": { "displayName": name } }]), &name).await
            }),
        must("entra-group-create", "Microsoft documents (an example): `schemas` of a new group also has a URI of Microsoft's own")
            .rows(&["ENTRA-85"])
            .needs(NEEDS)
            .why("no group is ever created")
            .talk(create),
        must(
            "entra-group-duplicate",
            "Microsoft's validator: a displayName that another group has, in whatever case, is answered with 409",
        )
        .rows(&["ENTRA-86"])
        .needs(NEEDS)
        .why("two groups of one name cannot be matched, and neither is changed any more")
        .talk(duplicate),
        must("entra-group-keeps-members", "Microsoft's validator: a path-less replace of externalId changes nothing else of a group")
            .rows(&["ENTRA-97"])
            .needs(GROUP_PATCH)
            .why("a group loses its members because its id in the directory was written down")
            .talk(async |s| {
                let team = Team::new(&s, 1, &[0]).await?;
                let name = s.mark();
                team.becomes(&s, json!([{ "op": "replace", "value": { "externalId": name } }]), &[0]).await?;
                s.current(&team.group).await?.expect_value("/externalId", name)?;
                Ok(())
            }),
        must("entra-group-external-id", "Seen in public issues: Add of externalId to a group that was matched")
            .rows(&["ENTRA-98"])
            .needs(GROUP_PATCH)
            .why("the group is matched anew in every cycle, or never changed")
            .talk(external_id),
        must("entra-group-rename", "Microsoft documents: Replace of the displayName of a group")
            .rows(&["ENTRA-99"])
            .needs(GROUP_PATCH)
            .why("the group keeps its old name")
            .talk(async |s| {
                let name = s.mark();
                renamed(s, json!([{ "op": "replace", "path": "displayName", "value": name }]), &name).await
            }),
        must("entra-group-patch-answer", "Microsoft documents: a PATCH of a group is answered with 204, or with 200 and the group")
            .rows(&["ENTRA-99"])
            .needs(GROUP_PATCH)
            .why("a 200 without a body cannot be read")
            .talk(patch_answer),
    ]
}

async fn create(s: Session) -> Outcome {
    let kind = s.kind("Group")?;
    let own = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group";
    let name = s.mark();
    let body = json!({ "schemas": [GROUP, own], "externalId": name, "displayName": name, "meta": { "resourceType": "Group" } });
    let answer = s.post(&kind.endpoint, body).await?;
    answer.expect_status(&[201])?;
    answer.expect_value("/displayName", name)?;
    answer.expect_absent("/members")?;
    answer.expect_no_element("/schemas", "the URI that the server does not know", |urn| urn == own).or_warning()?;
    Ok(())
}

async fn duplicate(s: Session) -> Outcome {
    let name = format!("{} Sales EMEA", s.mark());
    let group = s.group(json!({ "displayName": name })).await?;
    let again = s.post(&group.kind.endpoint, s.valid(&group.kind, json!({ "displayName": name.to_lowercase() }))).await?;
    again.expect_status(&[409])?;
    again.expect_value("/scimType", "uniqueness").or_warning()?;
    Ok(())
}

async fn external_id(s: Session) -> Outcome {
    let group = s.group(json!({ "displayName": s.mark() })).await?;
    let name = s.mark();
    s.patch(&group, json!([{ "op": "add", "path": "externalId", "value": name }])).await?.expect_status(&[200, 204])?;
    s.current(&group).await?.expect_value("/externalId", name)?;
    Ok(())
}

async fn renamed(s: Session, operations: Value, name: &str) -> Outcome {
    let group = s.group(json!({ "displayName": s.mark() })).await?;
    s.patch(&group, operations).await?.expect_status(&[200, 204])?;
    s.current(&group).await?.expect_value("/displayName", name)?;
    Ok(())
}

async fn patch_answer(s: Session) -> Outcome {
    let group = s.group(json!({ "displayName": s.mark() })).await?;
    let answer = s.patched(&group, json!([{ "op": "replace", "path": "displayName", "value": s.mark() }])).await?;
    match answer.status {
        204 => answer.expect_no_body()?,
        _ => answer.expect_status(&[200])?.expect_value("/id", group.id.as_str())?,
    };
    Ok(())
}

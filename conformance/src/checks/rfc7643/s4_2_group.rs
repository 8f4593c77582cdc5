//! RFC 7643 §4.2: groups.

use serde_json::{Value, json};

use super::published::published;
use super::s2_attributes::{followable, group_of_one, members_are_shown};
use crate::check::{Check, Judged, Need, Outcome, Stop, may, must, records};
use crate::model::GROUP;
use crate::session::Session;

const BOTH: &[Need] = &[Need::Type("User"), Need::Type("Group")];

pub(super) fn checks() -> Vec<Check> {
    vec![
        must("7643-4.2-display-name", "displayName A human-readable name for the Group. REQUIRED.")
            .rows(&["7643-4.2-01"])
            .needs(&[Need::Type("Group")])
            .why("a group without a name cannot be told from others where people choose one")
            .talk(display_name),
        may("7643-4.2-members-change", "While values MAY be added or removed")
            .rows(&["7643-4.2-02"])
            .needs(&[Need::Type("User"), Need::Type("Group"), Need::Patch])
            .why("a client cannot let anybody into a group, or take anybody out of it")
            .talk(members_change),
        must("7643-4.2-members-immutable", "sub-attributes of members are \"immutable\"")
            .rows(&["7643-4.2-03"])
            .needs(&[Need::Type("User"), Need::Type("Group"), Need::Patch])
            .why("one member becomes another, and nobody has removed or added anybody")
            .talk(members_immutable),
        must("7643-4.2-member-references", "The \"value\" sub-attribute contains the value of an \"id\" attribute of a SCIM resource, and the \"$ref\" sub-attribute must be the URI of a SCIM resource such as a \"User\", or a \"Group\"")
            .rows(&["7643-4.2-04", "7643-4.2-05"])
            .needs(BOTH)
            .why("a client cannot tell who the members are")
            .talk(member_references),
        records("7643-4.2-nested-groups", "The intention of the \"Group\" type is to allow the service provider to support nested groups")
            .rows(&["7643-4.2-06"])
            .needs(&[Need::Type("Group")])
            .talk(nested_groups),
        may("7643-4.2-required-value", "Service providers MAY require clients to provide a non-empty value by setting the \"required\" attribute characteristic of a sub-attribute of the \"members\" attribute")
            .rows(&["7643-4.2-07"])
            .needs(&[Need::Type("Group")])
            .why("a client that relies on the schema finds members that are nobody")
            .talk(required_value),
    ]
}

async fn display_name(s: Session) -> Outcome {
    let group = s.kind("Group")?;
    let answer = s.post(&group.endpoint, s.valid(&group, json!({ "displayName": null }))).await?;
    let outcome = answer.expect_refusal().map(|_| ());
    // The schema as it was published says otherwise, which erratum 5368 repairs.
    let is_required = group.attribute("displayName").is_some_and(|attribute| attribute.required);
    if is_required { outcome } else { outcome.or_warning() }
}

async fn members_change(s: Session) -> Outcome {
    members_are_shown(&s)?;
    let user = s.user(json!({})).await?;
    let group = s.group(json!({})).await?;
    let is_it = |member: &Value| member["value"] == user.id.as_str();
    s.patch(&group, json!([{ "op": "add", "path": "members", "value": [{ "value": user.id }] }])).await?.expect_success()?;
    s.current(&group).await?.expect_element("/members", "the user that was added", is_it)?;
    let path = format!("members[value eq \"{}\"]", user.id);
    s.patch(&group, json!([{ "op": "remove", "path": path }])).await?.expect_success()?;
    s.current(&group).await?.expect_no_element("/members", "the user that was removed", is_it)?;
    Ok(())
}

async fn members_immutable(s: Session) -> Outcome {
    let (user, group) = group_of_one(&s).await?;
    let other = s.user(json!({})).await?;
    let path = format!("members[value eq \"{}\"].value", user.id);
    let answer = s.patch(&group, json!([{ "op": "replace", "path": path, "value": other.id }])).await?;
    s.current(&group).await?.expect_element("/members", "the member that it had", |member| member["value"] == user.id.as_str())?;
    answer.expect_refusal().map(|_| ()).or_warning()
}

async fn member_references(s: Session) -> Outcome {
    members_are_shown(&s)?;
    let user = s.user(json!({})).await?;
    let name = format!("references {}", s.mark());
    let group = s.group(json!({ "displayName": name, "members": [{ "value": user.id }] })).await?;
    let read = s.current(&group).await?;
    s.row("7643-4.2-04", read.expect_value("/members/0/value", user.id.as_str()).map(|_| ()));
    let outcome = match read.at("/members/0/$ref").as_str() {
        Some(reference) => s.get(followable(reference)).await?.expect_value("/id", user.id).map(|_| ()),
        None => Err(Stop::Skipped("members have no $ref, which is OPTIONAL".into())),
    };
    s.row("7643-4.2-05", outcome);
    Ok(())
}

async fn nested_groups(s: Session) -> Outcome {
    let inner = s.group(json!({})).await?;
    let group = s.kind("Group")?;
    let members = json!([{ "value": inner.id, "type": "Group" }]);
    let answer = s.post(&group.endpoint, s.valid(&group, json!({ "members": members }))).await?;
    s.note(format!("a group as the member of a group: {}", answer.status));
    Ok(())
}

async fn required_value(s: Session) -> Outcome {
    let published = published(&s).await?;
    if published.attribute(GROUP, "members.value")?["required"] != true {
        return Err(Stop::Skipped("the schema of groups does not require the value of a member".into()));
    }
    let group = s.kind("Group")?;
    let members = json!([{ "display": "nobody" }]);
    s.post(&group.endpoint, s.valid(&group, json!({ "members": members }))).await?.expect_refusal()?;
    Ok(())
}

//! A user's life: disabled, restored, renamed, deleted. Entra disables first, and deletes thirty days later or never.

use serde_json::json;

use super::super::expected::like;
use super::super::steps::{Team, changes, removed, user_becomes, user_with};
use super::{GROUP_PATCH, PATCH};
use crate::check::{Check, Judged, Need, Outcome, must, should};
use crate::session::Session;

pub(super) fn checks() -> Vec<Check> {
    vec![
        must("entra-disable-string", "Microsoft documents: without the flag a user is disabled by Replace of active with \"False\"")
            .rows(&["ENTRA-44"])
            .needs(PATCH)
            .why("whoever leaves keeps access")
            .talk(async |s| {
                let operations = json!([{ "op": "replace", "path": "active", "value": "False" }]);
                changes(s, json!({ "active": true }), operations, json!({ "active": false })).await
            }),
        must(
            "entra-disable-boolean",
            "Microsoft documents: a user is disabled by Replace of active with false, Operations standing before schemas",
        )
        .rows(&["ENTRA-45"])
        .needs(PATCH)
        .why("whoever leaves keeps access")
        .talk(disable_boolean),
        must("entra-disabled-is-found", "Microsoft's validator: a disabled user is still read and found by a filter")
            .rows(&["ENTRA-13"])
            .needs(&[Need::Filter])
            .why("who comes back is not matched, and the creation of a second user is refused")
            .talk(disabled_is_found),
        must("entra-disabled-is-read", "Microsoft documents: a disabled user is returned; only a deleted one may be missing")
            .rows(&["ENTRA-13"])
            .why("Entra takes the user for deleted, and creates another")
            .talk(disabled_is_read),
        must("entra-disabled-keeps-memberships", "Microsoft documents: memberships are not sent again when a user is restored")
            .rows(&["ENTRA-44"])
            .needs(GROUP_PATCH)
            .why("who comes back is in no group any more")
            .talk(keeps_memberships),
        must(
            "entra-restore",
            "Microsoft documents: a user is restored by Replace of active with \"True\", with what has changed meanwhile",
        )
        .rows(&["ENTRA-46"])
        .needs(PATCH)
        .why("who comes back has no access")
        .talk(async |s| {
            let operations = json!([
                { "op": "replace", "path": "active", "value": "True" },
                { "op": "replace", "path": "title", "value": "Account Executive" },
            ]);
            changes(s, json!({ "active": false }), operations, json!({ "active": true, "title": "Account Executive" })).await
        }),
        must("entra-rename", "Microsoft's validator: userName is changed by a path-less replace, and the id stays")
            .rows(&["ENTRA-78"])
            .needs(PATCH)
            .why("whoever marries has a new user without any access, or none")
            .talk(rename),
        must("entra-rename-to-a-taken-name", "Microsoft documents: a userName that is taken is refused with 409, also where it is changed")
            .rows(&["ENTRA-78"])
            .needs(PATCH)
            .why("two users have one name, and neither is matched any more")
            .talk(rename_to_a_taken_name),
        must("entra-patch-unknown-user", "Microsoft documents: a change of a user that does not exist is answered with 404")
            .rows(&["ENTRA-80"])
            .needs(PATCH)
            .why("Entra does not learn that the user is gone, and never creates it again")
            .talk(patch_unknown_user),
        must("entra-delete-twice", "Microsoft's validator: a user is deleted with 204, and with 404 a second time")
            .rows(&["ENTRA-81"])
            .why("the test \"Delete the same User twice\" fails")
            .talk(delete_twice),
        must("entra-deleted-is-gone", "Microsoft's validator: a deleted user is answered with 404")
            .rows(&["ENTRA-81"])
            .why("Entra goes on changing what is deleted")
            .talk(deleted_is_gone),
        should("entra-deleted-leaves-groups", "Inferred: a deleted user is no member of any group any more")
            .rows(&["ENTRA-81"])
            .needs(&[Need::Type("Group")])
            .why("a group has members that cannot be removed, because Entra does not know them any more")
            .talk(deleted_leaves_groups),
    ]
}

async fn disable_boolean(s: Session) -> Outcome {
    let user = user_with(&s, json!({ "active": true })).await?;
    let body =
        r#"{"Operations":[{"op":"replace","path":"active","value":false}],"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}"#;
    s.ask("PATCH", &user.path).text(body).send().await?.expect_status(&[200, 204])?;
    like(&s.current(&user).await?, &json!({ "active": false }))
}

async fn disabled_is_found(s: Session) -> Outcome {
    let user = user_with(&s, json!({ "active": false })).await?;
    let list = s.query(&user.kind.endpoint, &[("filter", &format!("userName eq {}", user.body["userName"]))]).await?;
    list.expect_list()?;
    list.expect_element("/Resources", "the disabled user, with active false", |found| {
        found["id"] == user.id.as_str() && found["active"] == false
    })?;
    Ok(())
}

async fn disabled_is_read(s: Session) -> Outcome {
    let user = user_with(&s, json!({ "active": false })).await?;
    let answer = s.read(&user).await?;
    answer.expect_status(&[200])?.expect_value("/active", false)?;
    Ok(())
}

async fn keeps_memberships(s: Session) -> Outcome {
    let team = Team::new(&s, 2, &[0, 1]).await?;
    s.patched(team.person(0), json!([{ "op": "replace", "path": "active", "value": false }])).await?;
    team.has(&s, &[0, 1]).await
}

async fn rename(s: Session) -> Outcome {
    let user = s.user(json!({})).await?;
    let name = format!("{}@example.com", s.mark());
    let operations = json!([{ "op": "replace", "value": { "userName": name } }]);
    user_becomes(&s, &user, operations, json!({ "id": user.id, "userName": name })).await?;
    Ok(())
}

async fn rename_to_a_taken_name(s: Session) -> Outcome {
    let (user, other) = (s.user(json!({})).await?, s.user(json!({})).await?);
    let operations = json!([{ "op": "replace", "path": "userName", "value": other.body["userName"] }]);
    s.patch(&user, operations).await?.expect_status(&[409])?;
    s.current(&user).await?.expect_value("/userName", user.body["userName"].clone())?;
    Ok(())
}

async fn patch_unknown_user(s: Session) -> Outcome {
    let user = s.user(json!({})).await?;
    removed(&s, &user).await?;
    let refused = s.patch(&user, json!([{ "op": "replace", "path": "active", "value": false }])).await?;
    refused.expect_status(&[404])?;
    refused.expect_present("/detail").or_warning()?;
    Ok(())
}

async fn delete_twice(s: Session) -> Outcome {
    let user = s.user(json!({})).await?;
    s.delete(&user).await?.expect_status(&[204])?;
    s.delete(&user).await?.expect_status(&[404])?;
    Ok(())
}

async fn deleted_is_gone(s: Session) -> Outcome {
    let user = s.user(json!({})).await?;
    removed(&s, &user).await?;
    s.read(&user).await?.expect_status(&[404])?;
    Ok(())
}

async fn deleted_leaves_groups(s: Session) -> Outcome {
    let user = s.user(json!({})).await?;
    let members = json!([{ "value": user.id }]);
    let group = s.group(json!({ "displayName": format!("{} whom somebody leaves", s.mark()), "members": members })).await?;
    removed(&s, &user).await?;
    like(&s.current(&group).await?, &json!({ "members": null }))
}

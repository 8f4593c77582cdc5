//! What else Microsoft tests: cases of the SCIM Validator and of the gallery's validation workflow that are no quirk of the engine.

use serde_json::{Value, json};

use super::super::steps::{changes, removed};
use super::PATCH;
use crate::check::{Check, Judged, Need, Outcome, Stop, must, should};
use crate::model::Attribute;
use crate::session::{Resource, Session};

pub(super) fn checks() -> Vec<Check> {
    vec![
        should(
            "entra-reference-filters",
            "Microsoft documents (reference collection): filters with co, sw, gt and or, and with parentheses",
        )
        .needs(&[Need::Filter])
        .why("the reference collection fails, with which many try a server first")
        .talk(reference_filters),
        should("entra-reference-put", "Microsoft documents (reference collection): a misspelt attribute in a PUT is ignored")
            .why("the reference collection fails, with which many try a server first")
            .talk(reference_put),
        must("entra-validator-delete-unknown-user", "Microsoft's validator: \"Delete a non-existent User\" is answered with 404")
            .why("the test fails")
            .talk(async |s| {
                s.ask("DELETE", "/Users/00000000-0000-0000-0000-000000000000").send().await?.expect_status(&[404])?;
                Ok(())
            }),
        must("entra-validator-delete-unknown-group", "Microsoft's validator: \"Delete a non-existent Group\" is answered with 404")
            .needs(&[Need::Type("Group")])
            .why("the test fails")
            .talk(async |s| {
                s.ask("DELETE", "/Groups/00000000-0000-0000-0000-000000000000").send().await?.expect_status(&[404])?;
                Ok(())
            }),
        must("entra-validator-delete-group-twice", "Microsoft's validator: a group is deleted with 204, and with 404 a second time")
            .needs(&[Need::Type("Group")])
            .why("the test \"Delete the same Group twice\" fails")
            .talk(delete_group_twice),
        must("entra-validator-different-attributes", "Microsoft's validator: one PATCH changes several attributes, one operation for each")
            .needs(PATCH)
            .why("the test \"multiple operations on different attributes\" fails")
            .talk(async |s| {
                let operations = json!([
                    { "op": "remove", "path": "nickName" },
                    { "op": "add", "path": "title", "value": "Director" },
                    { "op": "replace", "path": "displayName", "value": "Ana Ruiz" },
                ]);
                let before = json!({ "displayName": "Ana Díaz", "nickName": "Ani" });
                changes(s, before, operations, json!({ "nickName": null, "title": "Director", "displayName": "Ana Ruiz" })).await
            }),
        must("entra-workflow-update-user", "Microsoft's gallery workflow: every attribute of one value is changed and read back")
            .needs(PATCH)
            .why("the test \"User Update\" fails")
            .talk(update_user),
        must(
            "entra-workflow-null-update",
            "Microsoft's gallery workflow: every optional attribute is set, then replaced with \"\" and with null",
        )
        .needs(PATCH)
        .why("the test \"Null Update\" fails")
        .talk(null_update),
        must(
            "entra-workflow-create-again-after-disable",
            "Microsoft's gallery workflow: a user is disabled, restored, disabled and deleted; then it is created again",
        )
        .needs(PATCH)
        .why("the tests of \"Restore\" and \"Delete\" fail")
        .talk(whole_life),
    ]
}

async fn delete_group_twice(s: Session) -> Outcome {
    let group = s.group(json!({ "displayName": s.mark() })).await?;
    s.delete(&group).await?.expect_status(&[204])?;
    s.delete(&group).await?.expect_status(&[404])?;
    Ok(())
}

/// The texts of one value in the base schema of users that a client may change as it likes.
fn texts(s: &Session) -> Outcome<Vec<String>> {
    let kind = s.kind("User")?;
    let texts: Vec<String> =
        kind.schema.attributes.iter().filter(|found| Attribute::is_free_text(found)).map(|found| found.name.clone()).collect();
    match texts.is_empty() {
        true => Err(Stop::Skipped("the schema of User has no free text".into())),
        false => Ok(texts),
    }
}

async fn update_user(s: Session) -> Outcome {
    let texts = texts(&s)?;
    let user = s.user(json!({})).await?;
    let values: Vec<(String, String)> = texts.into_iter().map(|name| (name, s.mark())).collect();
    let operations: Vec<Value> = values.iter().map(|(name, value)| json!({ "op": "replace", "path": name, "value": value })).collect();
    s.patch(&user, operations.into()).await?.expect_status(&[200, 204])?;
    let now = s.current(&user).await?;
    for (name, value) in values {
        now.expect_value(&format!("/{name}"), value)?;
    }
    Ok(())
}

/// Each of these attributes is replaced with that value in one PATCH; then it reads as absent, null or empty.
async fn emptied(s: &Session, user: &Resource, texts: &[String], value: Value) -> Outcome {
    let fill: Vec<Value> = texts.iter().map(|name| json!({ "op": "add", "path": name, "value": "Something" })).collect();
    s.patched(user, fill.into()).await?;
    let empty: Vec<Value> = texts.iter().map(|name| json!({ "op": "replace", "path": name, "value": value })).collect();
    s.patch(user, empty.into()).await?.expect_status(&[200, 204])?;
    let now = s.current(user).await?;
    for name in texts {
        let found = now.at(&format!("/{name}"));
        now.expect(found.is_null() || found == "", format!("no `{name}`, or an empty one"), format!("{found}"))?;
    }
    Ok(())
}

async fn null_update(s: Session) -> Outcome {
    let texts = texts(&s)?;
    let user = s.user(json!({})).await?;
    emptied(&s, &user, &texts, json!("")).await?;
    emptied(&s, &user, &texts, Value::Null).await
}

async fn whole_life(s: Session) -> Outcome {
    let name = format!("{}@example.com", s.mark());
    let user = s.user(json!({ "userName": name })).await?;
    for active in [false, true, false] {
        s.patched(&user, json!([{ "op": "replace", "path": "active", "value": active }])).await?;
        s.current(&user).await?.expect_value("/active", active).or_blocked()?;
    }
    removed(&s, &user).await?;
    s.post(&user.kind.endpoint, s.valid(&user.kind, json!({ "userName": name, "title": "Back" }))).await?.expect_status(&[201])?;
    Ok(())
}

async fn reference_filters(s: Session) -> Outcome {
    let name = s.mark();
    let user = s.user(json!({ "userName": format!("{name}@example.com") })).await?;
    for filter in [
        format!("userName co \"{name}@\""),
        format!("userName sw \"{name}@\""),
        format!("userName sw \"{name}@\" and meta.created gt \"2020-01-01T00:00:00Z\""),
        format!("(userName eq \"{name}@example.com\") or (externalId eq \"{name}-nobody\")"),
    ] {
        let list = s.query(&user.kind.endpoint, &[("filter", &filter)]).await?;
        let found = list.expect_list()?;
        list.expect(found.ids() == [user.id.as_str()], format!("the user, for {filter}"), format!("a list of {:?}", found.ids()))?;
    }
    Ok(())
}

async fn reference_put(s: Session) -> Outcome {
    let user = s.user(json!({ "displayName": "Ana" })).await?;
    let mut body = user.body.clone();
    body["displayNme"] = "Ana Ruiz".into();
    s.put(&user, body).await?.expect_status(&[200, 204])?;
    Ok(())
}

//! Values that go away: removed, emptied, set to null.

use serde_json::{Value, json};

use super::super::steps::{changes, user_with};
use super::PATCH;
use super::value_paths::two_addresses;
use crate::check::{Check, Outcome, must};
use crate::session::{Resource, Session};

pub(super) fn checks() -> Vec<Check> {
    let must = |id, clause| must(id, clause).needs(PATCH);
    vec![
        must("entra-remove-with-value", "Seen in public issues: Remove of emails[type eq \"work\"].value has the old value as its value")
            .rows(&["ENTRA-62"])
            .why("the address stays, or the removal is refused in every cycle")
            .talk(remove_with_value),
        must("entra-remove-element", "Seen in public issues: Remove of emails[type eq \"work\"]")
            .rows(&["ENTRA-63"])
            .why("the address stays, or another one goes, too")
            .talk(async |s| {
                let (work, home) = two_addresses(&s);
                let before = json!({ "emails": [{ "type": "work", "value": work }, { "type": "home", "value": home }] });
                let operations = json!([{ "op": "remove", "path": "emails[type eq \"work\"]" }]);
                changes(s, before, operations, json!({ "emails": [{ "type": "home", "value": home }] })).await
            }),
        must("entra-remove-what-is-not-there", "Seen in public issues: Remove of an attribute that the user does not have")
            .rows(&["ENTRA-64"])
            .why("a change fails in every cycle although all is as it should be")
            .talk(async |s| {
                let operations = json!([{ "op": "remove", "path": "title" }]);
                changes(s, json!({ "displayName": "Ana", "title": null }), operations, json!({ "displayName": "Ana", "title": null })).await
            }),
        must("entra-empty-string", "Microsoft's gallery workflow: an attribute that was replaced with \"\" reads as absent, null or empty")
            .rows(&["ENTRA-69"])
            .why("the test of null fails")
            .talk(async |s| emptied(s, json!("")).await),
        must("entra-null", "Microsoft's gallery workflow: an attribute that was replaced with null reads as absent, null or empty")
            .rows(&["ENTRA-70"])
            .why("the test of null fails")
            .talk(async |s| emptied(s, Value::Null).await),
        must("entra-null-through-value-path", "Microsoft's gallery workflow: emails[type eq \"work\"].value, too, is replaced with null")
            .rows(&["ENTRA-70"])
            .why("the test of null fails")
            .talk(null_through_value_path),
    ]
}

/// No element of that type has a value: the element is gone, or only its value is.
async fn expect_no_work_email(s: &Session, user: &Resource) -> Outcome {
    let now = s.current(user).await?;
    now.expect_no_element("/emails", "the value of the address at work", |email| {
        email["type"] == "work" && !email["value"].is_null() && email["value"] != ""
    })?;
    Ok(())
}

async fn remove_with_value(s: Session) -> Outcome {
    let (work, _) = two_addresses(&s);
    let user = user_with(&s, json!({ "emails": [{ "type": "work", "value": work }] })).await?;
    let operations = json!([{ "op": "remove", "path": "emails[type eq \"work\"].value", "value": work }]);
    s.patch(&user, operations).await?.expect_status(&[200, 204])?;
    expect_no_work_email(&s, &user).await
}

async fn emptied(s: Session, value: Value) -> Outcome {
    let user = user_with(&s, json!({ "title": "Seller" })).await?;
    s.patch(&user, json!([{ "op": "replace", "path": "title", "value": value }])).await?.expect_status(&[200, 204])?;
    let now = s.current(&user).await?;
    let title = now.at("/title");
    now.expect(title.is_null() || title == "", "no `title`, or an empty one", format!("{title}"))?;
    Ok(())
}

async fn null_through_value_path(s: Session) -> Outcome {
    let (work, _) = two_addresses(&s);
    let user = user_with(&s, json!({ "emails": [{ "type": "work", "value": work }] })).await?;
    let operations = json!([{ "op": "replace", "path": "emails[type eq \"work\"].value", "value": null }]);
    s.patch(&user, operations).await?.expect_status(&[200, 204])?;
    expect_no_work_email(&s, &user).await
}

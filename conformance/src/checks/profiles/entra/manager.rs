//! The manager: set, changed and cleared in every form that was seen.

use serde_json::{Value, json};

use super::super::steps::{user_becomes, user_with};
use crate::check::{Check, Judged, Need, Outcome, must, should};
use crate::model::{ENTERPRISE, USER};
use crate::session::{Answer, Resource, Session};

const NEEDS: &[Need] = &[Need::Patch, Need::Extension(ENTERPRISE)];

/// The path of the attribute.
fn path() -> String {
    format!("{ENTERPRISE}:manager")
}

pub(super) fn checks() -> Vec<Check> {
    let must = |id, clause| must(id, clause).needs(NEEDS);
    vec![
        must("entra-manager-bare-id", "Microsoft's gallery workflow: Add of …:User:manager with the id of the manager as its value")
            .rows(&["ENTRA-48"])
            .why("no user ever gets a manager")
            .talk(async |s| set(s, path(), |id| json!(id)).await),
        must("entra-manager-object", "Microsoft's validator: replace of …:User:manager with { \"value\": id }")
            .rows(&["ENTRA-49"])
            .why("whoever moves keeps the old manager")
            .talk(async |s| set(s, path(), |id| json!({ "value": id })).await),
        should("entra-manager-short-path", "Microsoft documents: Add of `manager` with [{ \"$ref\": …, \"value\": id }]")
            .needs(NEEDS)
            .rows(&["ENTRA-50"])
            .why("with the older form no user ever gets a manager")
            .talk(short_path),
        must("entra-manager-value-path", "Seen in public issues: add of …:User:manager.value")
            .rows(&["ENTRA-51"])
            .why("no user ever gets a manager")
            .talk(async |s| set(s, format!("{}.value", path()), |id| json!(id)).await),
        must("entra-manager-cleared-by-empty-string", "Microsoft's gallery workflow: replace of …:User:manager with \"\" takes it away")
            .rows(&["ENTRA-52"])
            .why("whoever has no manager any more keeps the old one")
            .talk(async |s| cleared(s, json!([{ "op": "replace", "path": path(), "value": "" }])).await),
        must(
            "entra-manager-cleared-by-empty-object",
            "Microsoft's validator: replace of …:User:manager with { \"value\": \"\" } takes it away",
        )
        .rows(&["ENTRA-53"])
        .why("the test \"Remove Manager\" fails")
        .talk(async |s| cleared(s, json!([{ "op": "replace", "path": path(), "value": { "value": "" } }])).await),
        must("entra-manager-cleared-by-null", "Microsoft's gallery workflow: replace of …:User:manager with null takes it away")
            .rows(&["ENTRA-52"])
            .why("the test of null fails")
            .talk(async |s| cleared(s, json!([{ "op": "replace", "path": path(), "value": null }])).await),
        must("entra-manager-removed", "Microsoft's validator: remove of …:User:manager")
            .rows(&["ENTRA-52"])
            .why("the test \"Remove Manager\" fails")
            .talk(async |s| cleared(s, json!([{ "op": "remove", "path": path() }])).await),
        must("entra-manager-unknown", "Microsoft's validator: the manager is a random text, which is no user's id")
            .rows(&["ENTRA-54"])
            .why("the tests \"Add Manager\" and \"Replace Manager\" fail")
            .talk(unknown),
    ]
}

/// A user of a department, with that manager if any.
async fn employee(s: &Session, manager: Option<&Resource>) -> Outcome<Resource> {
    let mut extension = json!({ "department": "Sales" });
    if let Some(manager) = manager {
        extension["manager"] = json!({ "value": manager.id });
    }
    user_with(s, json!({ "schemas": [USER, ENTERPRISE], ENTERPRISE: extension })).await
}

/// The manager is set at that path in that form, and the rest of the extension stays.
async fn set(s: Session, path: String, form: impl Fn(&str) -> Value) -> Outcome {
    let boss = s.user(json!({})).await?;
    let user = employee(&s, None).await?;
    let operations = json!([{ "op": "add", "path": path, "value": form(&boss.id) }]);
    let after = json!({ ENTERPRISE: { "department": "Sales", "manager": { "value": boss.id } } });
    let now = user_becomes(&s, &user, operations, after).await?;
    now.expect_absent("/manager")?;
    // Of one who has a manager it is replaced.
    let other = s.user(json!({})).await?;
    let operations = json!([{ "op": "replace", "path": path, "value": form(&other.id) }]);
    user_becomes(&s, &user, operations, json!({ ENTERPRISE: { "manager": { "value": other.id } } })).await?;
    Ok(())
}

async fn short_path(s: Session) -> Outcome {
    let base = s.base().to_owned();
    set(s, "manager".into(), move |id| json!([{ "$ref": format!("{base}/Users/{id}"), "value": id }])).await
}

/// The manager is gone after these operations, and the rest of the extension is not.
async fn cleared(s: Session, operations: Value) -> Outcome {
    let boss = s.user(json!({})).await?;
    let user = employee(&s, Some(&boss)).await?;
    s.patch(&user, operations).await?.expect_status(&[200, 204])?;
    let now = s.current(&user).await?;
    now.expect_value(&format!("/{ENTERPRISE}/department"), "Sales")?;
    expect_no_manager(&now)
}

/// Absent, or with an empty value: that, too, is no manager to Microsoft's tests.
fn expect_no_manager(user: &Answer) -> Outcome {
    let manager = user.at(&format!("/{ENTERPRISE}/manager"));
    let value = manager.get("value").unwrap_or(&Value::Null);
    user.expect(value.is_null() || value == "", "no manager", format!("{manager}"))?;
    user.expect(value.is_null() && !manager.is_string(), "no manager", format!("{manager}")).or_warning()?;
    Ok(())
}

async fn unknown(s: Session) -> Outcome {
    let user = employee(&s, None).await?;
    let operations = json!([{ "op": "add", "path": path(), "value": { "value": "QWERTZUIOPLK" } }]);
    user_becomes(&s, &user, operations, json!({ ENTERPRISE: { "manager": { "value": "QWERTZUIOPLK" } } })).await?;
    Ok(())
}

//! The forms of PATCH: how operations, paths and values are written, whatever they change.

use serde_json::{Value, json};

use super::super::steps::{changes, user_becomes, user_with};
use super::PATCH;
use crate::check::{Check, Judged, Need, Outcome, Stop, must, should};
use crate::model::{ENTERPRISE, Found};
use crate::session::Session;

pub(super) fn checks() -> Vec<Check> {
    let must = |id, clause| must(id, clause).needs(PATCH);
    let should = |id, clause| should(id, clause).needs(PATCH);
    vec![
        must("entra-patch-several-attributes", "Microsoft documents: one PATCH has an operation for each attribute that has changed")
            .needs(&[Need::Patch, Need::Extension(ENTERPRISE)])
            .why("of the changes of one day only some arrive")
            .talk(several_attributes),
        must("entra-patch-capitalised-op", "Microsoft documents: without the flag aadOptscim062020 `op` is Add, Replace or Remove")
            .rows(&["ENTRA-32"])
            .why("no user and no group is ever changed")
            .talk(capitalised_op),
        must("entra-patch-replace-mixed", "Microsoft's validator: a path-less replace beside operations with a value path")
            .rows(&["ENTRA-41"])
            .why("the test \"Replace Attributes\" fails")
            .talk(async |s| {
                let address = format!("{}@example.com", s.mark());
                let before = json!({ "displayName": "Ana Díaz", "emails": [{ "type": "work", "value": format!("old-{address}") }] });
                let operations = json!([
                    { "op": "replace", "path": "emails[type eq \"work\"].value", "value": address },
                    { "op": "replace", "value": { "title": "Director", "active": true } },
                ]);
                let after = json!({ "emails": [{ "type": "work", "value": address }], "title": "Director", "active": true });
                changes(s, before, operations, after).await
            }),
        must(
            "entra-patch-array-for-one-value",
            "Microsoft documents (reference code): a single value comes as [{ \"$ref\": null, \"value\": … }]",
        )
        .rows(&["ENTRA-47"])
        .why("users of older applications are never changed")
        .talk(async |s| {
            let value = json!([{ "$ref": null, "value": "Ana Ruiz" }]);
            let operations = json!([{ "op": "replace", "path": "displayName", "value": value }]);
            changes(s, json!({ "displayName": "Ana Díaz" }), operations, json!({ "displayName": "Ana Ruiz" })).await
        }),
        must("entra-patch-core-urn", "Seen in public issues: a path begins with urn:ietf:params:scim:schemas:core:2.0:User:")
            .rows(&["ENTRA-65"])
            .why("attributes that were mapped with their full name are never changed")
            .talk(async |s| {
                let path = "urn:ietf:params:scim:schemas:core:2.0:User:title";
                let operations = json!([{ "op": "replace", "path": path, "value": "Director" }]);
                changes(s, json!({ "title": "Seller" }), operations, json!({ "title": "Director" })).await
            }),
        must(
            "entra-patch-extension-urn",
            "Microsoft documents: a custom attribute is urn:ietf:params:scim:schemas:extension:<Name>:2.0:User:<attribute>",
        )
        .rows(&["ENTRA-66"])
        .why("a path that is split at its first dot, or at the last colon, changes nothing or another attribute")
        .talk(extension_urn),
        should("entra-patch-dot-after-urn", "Microsoft documents (job customappsso): …:enterprise:2.0:User.department")
            .rows(&["ENTRA-67"])
            .needs(&[Need::Patch, Need::Extension(ENTERPRISE)])
            .why("users of applications that were set up long ago lose these attributes")
            .talk(async |s| {
                let operations = json!([{ "op": "replace", "path": format!("{ENTERPRISE}.department"), "value": "Key Accounts" }]);
                changes(s, json!({ "displayName": "Ana" }), operations, json!({ ENTERPRISE: { "department": "Key Accounts" } })).await
            }),
        must("entra-patch-add-replaces-one-value", "Microsoft documents: add on a single value that is there replaces it")
            .rows(&["ENTRA-68"])
            .why("the change fails in every cycle")
            .talk(async |s| {
                let operations = json!([{ "op": "add", "path": "displayName", "value": "Ana Ruiz" }]);
                changes(s, json!({ "displayName": "Ana Díaz" }), operations, json!({ "displayName": "Ana Ruiz" })).await
            }),
        should("entra-patch-without-operations", "Seen in public issues: the validator sends \"Operations\": []")
            .rows(&["ENTRA-71"])
            .why("the validator counts the test as failed")
            .talk(async |s| changes(s, json!({ "displayName": "Ana" }), json!([]), json!({ "displayName": "Ana" })).await),
        should("entra-patch-unknown-path", "Seen in public issues: a mapping writes to an attribute that the server does not have")
            .rows(&["ENTRA-75"])
            .why("one wrong line of the mapping keeps every other attribute of every user from being changed")
            .talk(async |s| {
                let operations = json!([
                    { "op": "replace", "path": "title", "value": "Director" },
                    { "op": "add", "path": "favouriteColour", "value": "blue" },
                ]);
                changes(s, json!({ "title": "Seller" }), operations, json!({ "title": "Director" })).await
            }),
        must("entra-patch-read-only-unchanged", "Seen in public issues: a path-less replace also has the id that the user has")
            .rows(&["ENTRA-76"])
            .why("the other attributes of the operation are never changed")
            .talk(read_only_unchanged),
        must("entra-patch-in-order", "Microsoft's validator: several operations on one attribute are applied in their order")
            .rows(&["ENTRA-77"])
            .why("the attribute has a value that nobody wanted last")
            .talk(async |s| {
                let operations = json!([
                    { "op": "remove", "path": "displayName" },
                    { "op": "add", "path": "displayName", "value": "Two" },
                    { "op": "replace", "path": "displayName", "value": "Three" },
                ]);
                changes(s, json!({ "displayName": "One" }), operations, json!({ "displayName": "Three" })).await
            }),
        should("entra-patch-without-change", "Inferred: a value that is sent again changes nothing, and meta.lastModified neither")
            .rows(&["ENTRA-79"])
            .why("other clients that ask for what has changed get every user in every cycle")
            .talk(without_change),
        must("entra-patch-all-or-nothing", "RFC 7644 §3.5.2, which Entra relies on: a PATCH with one bad operation changes nothing")
            .rows(&["ENTRA-74"])
            .why("a user is half changed, and the log says that it was not changed")
            .talk(all_or_nothing),
    ]
}

async fn capitalised_op(s: Session) -> Outcome {
    let operations = json!([
        { "op": "Add", "path": "title", "value": "Director" },
        { "op": "Replace", "path": "displayName", "value": "Ana Ruiz" },
        { "op": "Remove", "path": "nickName" },
    ]);
    let before = json!({ "displayName": "Ana Díaz", "nickName": "Ani" });
    changes(s, before, operations, json!({ "title": "Director", "displayName": "Ana Ruiz", "nickName": null })).await
}

/// A free text of any extension of users: one that the server has made itself if there is one.
fn extension_text(s: &Session) -> Outcome<Found> {
    let texts: Vec<Found> = s.kind("User")?.attributes().filter(|found| found.urn.is_some() && found.attribute.is_free_text()).collect();
    let own = texts.iter().find(|found| found.urn.as_deref() != Some(ENTERPRISE)).or(texts.first());
    own.cloned().ok_or_else(|| Stop::Skipped("no extension of User has a free text".into()))
}

async fn extension_urn(s: Session) -> Outcome {
    let text = extension_text(&s)?;
    let user = s.user(json!({})).await?;
    s.patch(&user, json!([{ "op": "add", "path": text.path(), "value": "vip" }])).await?.expect_status(&[200, 204])?;
    let now = s.current(&user).await?;
    now.expect_value(&text.pointer(), "vip")?;
    let urn = text.urn.as_deref().unwrap_or_default();
    now.expect_element("/schemas", "the URN of the extension", |found| found == urn).or_warning()?;
    Ok(())
}

async fn read_only_unchanged(s: Session) -> Outcome {
    let user = user_with(&s, json!({ "displayName": "Ana Díaz" })).await?;
    let operations = json!([{ "op": "replace", "value": { "id": user.id, "displayName": "Ana Ruiz" } }]);
    user_becomes(&s, &user, operations, json!({ "id": user.id, "displayName": "Ana Ruiz" })).await?;
    Ok(())
}

async fn without_change(s: Session) -> Outcome {
    let user = user_with(&s, json!({ "displayName": "Ana Díaz" })).await?;
    let before = s.current(&user).await?.at("/meta/lastModified").clone();
    let operations = json!([{ "op": "replace", "path": "displayName", "value": "Ana Díaz" }]);
    s.patch(&user, operations).await?.expect_status(&[200, 204])?;
    s.current(&user).await?.expect_value("/meta/lastModified", before)?;
    Ok(())
}

async fn all_or_nothing(s: Session) -> Outcome {
    let user = user_with(&s, json!({ "title": "Seller" })).await?;
    let operations = json!([
        { "op": "replace", "path": "title", "value": "Director" },
        { "op": "replace", "path": "active", "value": "maybe" },
    ]);
    let answer = s.patch(&user, operations).await?;
    answer.expect_status(&[400])?;
    let title: Value = s.current(&user).await?.at("/title").clone();
    answer.expect(title == "Seller", "the title as it was", format!("{title}"))?;
    Ok(())
}

async fn several_attributes(s: Session) -> Outcome {
    let operations = json!([
        { "op": "replace", "path": "displayName", "value": "Ana Díaz Ruiz" },
        { "op": "replace", "path": "name.familyName", "value": "Díaz Ruiz" },
        { "op": "add", "path": "addresses[type eq \"work\"].region", "value": "Madrid" },
        { "op": "add", "path": "phoneNumbers[type eq \"fax\"].value", "value": "+34 555 010 299" },
        { "op": "add", "path": format!("{ENTERPRISE}:department"), "value": "Key Accounts" },
    ]);
    // Every element is there: whether one is made where there is none is for other checks.
    let before = json!({
        "displayName": "Ana D",
        "name": { "givenName": "Ana", "familyName": "Díaz" },
        "addresses": [{ "type": "work", "locality": "Madrid" }],
        "phoneNumbers": [{ "type": "fax", "value": "+34 555 010 200" }],
    });
    let after = json!({
        "displayName": "Ana Díaz Ruiz",
        "name": { "givenName": "Ana", "familyName": "Díaz Ruiz" },
        "addresses": [{ "type": "work", "locality": "Madrid", "region": "Madrid" }],
        "phoneNumbers": [{ "type": "fax", "value": "+34 555 010 299" }],
        ENTERPRISE: { "department": "Key Accounts" },
    });
    changes(s, before, operations, after).await
}

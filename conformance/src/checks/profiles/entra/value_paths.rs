//! PATCH through value paths, `emails[type eq "work"].value`, and of whole lists: e-mails, addresses, phone numbers, roles.

use serde_json::{Value, json};

use super::super::expected::like;
use super::super::steps::{changes, user_with};
use super::PATCH;
use crate::check::{Check, Outcome, must, should};
use crate::session::Session;

pub(super) fn checks() -> Vec<Check> {
    let must = |id, clause| must(id, clause).needs(PATCH);
    let should = |id, clause| should(id, clause).needs(PATCH);
    vec![
        must("entra-value-path-replace", "Microsoft documents: Replace of emails[type eq \"work\"].value changes that and nothing else")
            .rows(&["ENTRA-33"])
            .why("addresses are never changed, or lose their type and are sent again in every cycle")
            .talk(async |s| {
                let (old, new) = two_addresses(&s);
                let before = json!({ "emails": [{ "type": "work", "primary": true, "value": old }] });
                let operations = json!([{ "op": "replace", "path": "emails[type eq \"work\"].value", "value": new }]);
                changes(s, before, operations, json!({ "emails": [{ "type": "work", "primary": true, "value": new }] })).await
            }),
        must("entra-value-path-replace-creates", "Seen in public issues: Replace through a value path where there is no such element")
            .rows(&["ENTRA-34"])
            .why("users that had no e-mail address never get one")
            .talk(async |s| {
                let new = format!("first-{}@example.com", s.mark());
                let operations = json!([{ "op": "replace", "path": "emails[type eq \"work\"].value", "value": new }]);
                changes(s, json!({ "emails": null }), operations, json!({ "emails": [{ "type": "work", "value": new }] })).await
            }),
        must("entra-value-path-add-creates", "Seen in public issues: Add through a value path where there is no such attribute")
            .rows(&["ENTRA-35"])
            .why("users that had no address never get one")
            .talk(async |s| {
                let operations = json!([{ "op": "add", "path": "addresses[type eq \"work\"].country", "value": "ES" }]);
                changes(s, json!({ "addresses": null }), operations, json!({ "addresses": [{ "type": "work", "country": "ES" }] })).await
            }),
        must("entra-value-path-add-beside", "Seen in public issues: Add through a value path beside an element of another type")
            .rows(&["ENTRA-36"])
            .why("the address at home is changed or lost in the place of a new one at work")
            .talk(async |s| {
                let home = json!({ "type": "home", "locality": "Toledo" });
                let operations = json!([{ "op": "add", "path": "addresses[type eq \"work\"].formatted", "value": "Madrid HQ 5.01" }]);
                let after = json!({ "addresses": [home, { "type": "work", "formatted": "Madrid HQ 5.01" }] });
                changes(s, json!({ "addresses": [home] }), operations, after).await
            }),
        must("entra-value-path-builds-one-element", "Microsoft documents: the parts of an address come as operations of their own")
            .rows(&["ENTRA-37"])
            .why("one address becomes three")
            .talk(builds_one_element),
        must("entra-value-path-second-phone", "Microsoft documents: Add of phoneNumbers[type eq \"mobile\"].value beside a phone at work")
            .rows(&["ENTRA-38"])
            .why("the phone number at work is lost")
            .talk(async |s| {
                let work = json!({ "type": "work", "value": "+34 555 010 200" });
                let operations = json!([{ "op": "add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+34 555 010 299" }]);
                let after = json!({ "phoneNumbers": [work, { "type": "mobile", "value": "+34 555 010 299" }] });
                changes(s, json!({ "phoneNumbers": [work] }), operations, after).await
            }),
        must("entra-value-path-case", "Microsoft documents: emails[type eq \"Work\"].Value is the same as in lower case")
            .rows(&["ENTRA-39"])
            .why("a second address at work is made in every cycle")
            .talk(async |s| {
                let (old, new) = two_addresses(&s);
                let operations = json!([{ "op": "replace", "path": "emails[type eq \"Work\"].Value", "value": new }]);
                let before = json!({ "emails": [{ "type": "work", "value": old }] });
                changes(s, before, operations, json!({ "emails": [{ "type": "work", "value": new }] })).await
            }),
        must("entra-value-path-string-boolean-creates", "Microsoft documents: roles[primary eq \"True\"].value, where there is no role")
            .rows(&["ENTRA-55"])
            .why("nobody gets a role")
            .talk(async |s| {
                let operations = json!([{ "op": "add", "path": "roles[primary eq \"True\"].value", "value": "sales-admin" }]);
                changes(s, json!({ "roles": null }), operations, json!({ "roles": [{ "primary": true, "value": "sales-admin" }] })).await
            }),
        must("entra-value-path-string-boolean", "Microsoft documents: roles[primary eq \"True\"].value, where a role is primary")
            .rows(&["ENTRA-56"])
            .why("who changes roles has both")
            .talk(async |s| {
                let operations = json!([{ "op": "replace", "path": "roles[primary eq \"True\"].value", "value": "sales-admin" }]);
                let before = json!({ "roles": [{ "primary": true, "value": "viewer" }] });
                changes(s, before, operations, json!({ "roles": [{ "primary": true, "value": "sales-admin" }] })).await
            }),
        must("entra-value-path-boolean", "Microsoft's validator: emails[primary eq true].value")
            .rows(&["ENTRA-57"])
            .why("the test \"Replace Attributes\" fails where the schema has no canonicalValues")
            .talk(async |s| {
                let (old, new) = two_addresses(&s);
                let operations = json!([{ "op": "replace", "path": "emails[primary eq true].value", "value": new }]);
                let before = json!({ "emails": [{ "type": "work", "primary": true, "value": old }] });
                changes(s, before, operations, json!({ "emails": [{ "type": "work", "primary": true, "value": new }] })).await
            }),
        must("entra-role-as-json-text", "Microsoft documents: Add of roles has a text of JSON as the `value` of the role")
            .rows(&["ENTRA-58"])
            .why("nobody gets a role")
            .talk(role_as_json_text),
        must("entra-roles-replaced", "Microsoft documents: replace of roles makes them exactly those that are sent")
            .rows(&["ENTRA-59"])
            .why("whoever loses a role keeps it")
            .talk(async |s| {
                let kind = "WindowsAzureActiveDirectoryRole";
                let roles = json!([{ "primary": false, "type": kind, "display": "Sales admin", "value": "sales-admin" }]);
                let operations = json!([{ "op": "replace", "path": "roles", "value": roles }]);
                changes(s, json!({ "roles": [{ "value": "viewer" }] }), operations, json!({ "roles": roles })).await
            }),
        should("entra-role-added-twice", "Microsoft documents: AppRoleAssignmentsComplex adds the roles that a user has again and again")
            .rows(&["ENTRA-60"])
            .why("a user has the same role many times")
            .talk(async |s| {
                let role = json!([{ "value": "sales-admin" }]);
                let operations = json!([{ "op": "add", "path": "roles", "value": role }]);
                changes(s, json!({ "roles": role }), operations, json!({ "roles": role })).await
            }),
        must("entra-primary-moves", "Microsoft's validator: the primary e-mail address is changed by one operation for each address")
            .rows(&["ENTRA-61"])
            .why("two addresses are primary, or none")
            .talk(primary_moves),
    ]
}

/// Two e-mail addresses that nobody else has.
pub(super) fn two_addresses(s: &Session) -> (String, String) {
    (format!("{}@example.com", s.mark()), format!("{}@example.com", s.mark()))
}

async fn builds_one_element(s: Session) -> Outcome {
    let parts = [("streetAddress", "Calle Mayor 1"), ("locality", "Madrid"), ("postalCode", "28013")];
    let add = |(name, value): &(&str, &str)| json!({ "op": "add", "path": format!("addresses[type eq \"work\"].{name}"), "value": value });
    let operations: Vec<Value> = parts.iter().map(add).collect();
    let address = json!({ "type": "work", "streetAddress": "Calle Mayor 1", "locality": "Madrid", "postalCode": "28013" });
    changes(s, json!({ "addresses": null }), operations.into(), json!({ "addresses": [address] })).await
}

async fn role_as_json_text(s: Session) -> Outcome {
    let user = user_with(&s, json!({ "roles": null })).await?;
    let text = json!({ "id": "5b6f1c0e", "value": "sales-admin", "displayName": "Sales admin" }).to_string();
    let operations = json!([{ "op": "add", "path": "roles", "value": [{ "value": text }] }]);
    s.patch(&user, operations).await?.expect_status(&[200, 204])?;
    let now = s.current(&user).await?;
    // Whether a server reads the text is its own affair: the role is there, by its text or by the value within it.
    now.expect_element("/roles", "one role, by that text or its value", |role| {
        role["value"] == text.as_str() || role["value"] == "sales-admin"
    })?;
    Ok(())
}

async fn primary_moves(s: Session) -> Outcome {
    let (work, home) = two_addresses(&s);
    let emails = json!([{ "type": "work", "primary": true, "value": work }, { "type": "home", "primary": false, "value": home }]);
    let user = user_with(&s, json!({ "emails": emails })).await?;
    let operations = json!([
        { "op": "add", "path": "emails[type eq \"work\"].primary", "value": false },
        { "op": "replace", "path": "emails[type eq \"home\"].primary", "value": true },
    ]);
    s.patch(&user, operations).await?.expect_status(&[200, 204])?;
    let now = s.current(&user).await?;
    like(&now, &json!({ "emails": [{ "type": "work" }, { "type": "home", "primary": true }] }))?;
    now.expect_no_element("/emails", "a second primary address", |email| email["type"] == "work" && email["primary"] == true)?;
    Ok(())
}

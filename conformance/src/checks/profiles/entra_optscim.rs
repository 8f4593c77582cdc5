//! What Entra sends with the flag `aadOptscim062020` on the tenant URL: `op` in lower case, JSON booleans, members removed by a filter, and
//! all attributes without a value path in one path-less replace whose keys are paths.
//!
//! Sources: Microsoft's "Known issues and resolutions with SCIM 2.0 protocol compliance", the runs of the SCIM Validator, which folds
//! operations in the same way, and what implementers have shown in public issues.

use serde_json::{Value, json};

use super::expected::like;
use super::steps::{Team, changes, user_becomes, user_with};
use crate::check::{Check, Need, Outcome, must, should};
use crate::model::{ENTERPRISE, USER};
use crate::session::{Ask, Session};

/// The flag, as it stands on the tenant URL.
const FLAG: &str = "aadOptscim062020";

const PATCH: &[Need] = &[Need::Patch];
const GROUP_PATCH: &[Need] = &[Need::Patch, Need::Type("Group")];
const ENTERPRISE_PATCH: &[Need] = &[Need::Patch, Need::Extension(ENTERPRISE)];

pub(super) fn checks() -> Vec<Check> {
    vec![
        must(
            "entra-optscim-null-folded",
            "Microsoft's gallery workflow: attributes are emptied with \"\" and null in a path-less replace, too",
        )
        .rows(&["ENTRA-69", "ENTRA-70"])
        .needs(PATCH)
        .why("the test of null fails")
        .talk(null_folded),
        must("entra-optscim-flag-on-every-request", "Microsoft documents: the flag is appended to the tenant URL as a query")
            .rows(&["ENTRA-07"])
            .why("every request of the job fails")
            .talk(flag_on_every_request),
        must("entra-optscim-dotted-keys", "Microsoft documents: a path-less replace has keys such as name.givenName")
            .rows(&["ENTRA-40"])
            .needs(PATCH)
            .why("names are never changed, or an attribute called name.givenName is made")
            .talk(dotted_keys),
        must(
            "entra-optscim-urn-keys",
            "Microsoft documents: a path-less replace has keys such as urn:…:enterprise:2.0:User:employeeNumber",
        )
        .rows(&["ENTRA-40"])
        .needs(ENTERPRISE_PATCH)
        .why("attributes of extensions are never changed")
        .talk(urn_keys),
        must("entra-optscim-mixed", "Microsoft documents: value paths come as operations of their own beside the path-less replace")
            .rows(&["ENTRA-41"])
            .needs(PATCH)
            .why("one half of the changes is lost")
            .talk(mixed),
        must(
            "entra-optscim-nested-objects",
            "Seen in public issues: a path-less replace has complex attributes as objects, which are merged",
        )
        .rows(&["ENTRA-42"])
        .needs(PATCH)
        .why("who changes the last name loses the first name")
        .talk(async |s| {
            let before = json!({ "name": { "givenName": "Ana", "familyName": "Díaz" } });
            let operations = json!([{ "op": "replace", "value": { "name": { "familyName": "Ruiz" } } }]);
            changes(s, before, operations, json!({ "name": { "givenName": "Ana", "familyName": "Ruiz" } })).await
        }),
        must("entra-optscim-nested-extension", "Seen in public issues: a path-less replace has an extension as an object, which is merged")
            .rows(&["ENTRA-42"])
            .needs(ENTERPRISE_PATCH)
            .why("who changes the department loses the employee number")
            .talk(nested_extension),
        should(
            "entra-optscim-value-path-as-key",
            "Microsoft's gallery workflow: a path-less replace has the key emails[type eq \"work\"].value",
        )
        .rows(&["ENTRA-43"])
        .needs(PATCH)
        .why("the address is never changed")
        .talk(async |s| {
            let (old, new) = (address(&s), address(&s));
            let before = json!({ "emails": [{ "type": "work", "value": old }] });
            let operations = json!([{ "op": "replace", "value": { "emails[type eq \"work\"].value": new } }]);
            changes(s, before, operations, json!({ "emails": [{ "type": "work", "value": new }] })).await
        }),
        must("entra-optscim-disable", "Microsoft documents: with the flag a user is disabled by replace of active with false")
            .rows(&["ENTRA-45"])
            .needs(PATCH)
            .why("whoever leaves keeps access")
            .talk(async |s| {
                let operations = json!([{ "op": "replace", "path": "active", "value": false }]);
                changes(s, json!({ "active": true }), operations, json!({ "active": false })).await
            }),
        must("entra-optscim-disable-folded", "Microsoft's validator: active stands in the path-less replace")
            .rows(&["ENTRA-41"])
            .needs(PATCH)
            .why("whoever leaves keeps access")
            .talk(async |s| {
                let operations = json!([{ "op": "replace", "value": { "active": false, "title": "Gone" } }]);
                changes(s, json!({ "active": true }), operations, json!({ "active": false, "title": "Gone" })).await
            }),
        must("entra-optscim-restore-folded", "Microsoft documents: who comes back is active again, with what has changed meanwhile")
            .rows(&["ENTRA-46"])
            .needs(PATCH)
            .why("who comes back has no access")
            .talk(async |s| {
                let operations = json!([{ "op": "replace", "value": { "active": true, "title": "Back" } }]);
                changes(s, json!({ "active": false }), operations, json!({ "active": true, "title": "Back" })).await
            }),
        must("entra-optscim-rename-folded", "Microsoft's validator: \"Update User userName\" is a path-less replace")
            .rows(&["ENTRA-78"])
            .needs(PATCH)
            .why("the test fails, and nobody is renamed")
            .talk(rename),
        must("entra-optscim-manager", "Microsoft's validator: add of …:User:manager with { \"value\": id }, replace, remove")
            .rows(&["ENTRA-49"])
            .needs(ENTERPRISE_PATCH)
            .why("the tests \"Add Manager\", \"Replace Manager\" and \"Remove Manager\" fail")
            .talk(manager),
        must(
            "entra-optscim-roles",
            "Microsoft documents: with the flag roles are objects with value, display and type, and no text of JSON",
        )
        .rows(&["ENTRA-59"])
        .needs(PATCH)
        .why("nobody gets a role")
        .talk(roles),
        must("entra-optscim-members-add", "Microsoft documents: add of members, several at once")
            .rows(&["ENTRA-87"])
            .needs(GROUP_PATCH)
            .why("no member is ever added")
            .talk(async |s| {
                let team = Team::new(&s, 3, &[0]).await?;
                let value = json!([{ "value": team.id(1) }, { "value": team.id(2) }]);
                team.becomes(&s, json!([{ "op": "add", "path": "members", "value": value }]), &[0, 1, 2]).await
            }),
        must("entra-optscim-members-remove", "Microsoft documents: with the flag a member is removed by remove of members[value eq \"…\"]")
            .rows(&["ENTRA-89"])
            .needs(GROUP_PATCH)
            .why("who leaves a group keeps its rights, or everybody loses them")
            .talk(async |s| {
                let team = Team::new(&s, 2, &[0, 1]).await?;
                team.becomes(&s, json!([{ "op": "remove", "path": filtered(team.id(0)) }]), &[1]).await
            }),
        must("entra-optscim-members-remove-several", "Microsoft documents: several operations in one request, each removes one member")
            .rows(&["ENTRA-90"])
            .needs(GROUP_PATCH)
            .why("only the first of those who leave a group loses its rights")
            .talk(async |s| {
                let team = Team::new(&s, 3, &[0, 1, 2]).await?;
                let remove = |number| json!({ "op": "remove", "path": filtered(team.id(number)) });
                team.becomes(&s, json!([remove(0), remove(1)]), &[2]).await
            }),
        must("entra-optscim-group-folded", "Microsoft's validator: displayName and externalId of a group come in a path-less replace")
            .rows(&["ENTRA-97"])
            .needs(GROUP_PATCH)
            .why("the group keeps its old name, or loses its members")
            .talk(group_folded),
    ]
}

/// An e-mail address that nobody else has.
fn address(s: &Session) -> String {
    format!("{}@example.com", s.mark())
}

/// The path of one member.
fn filtered(id: &str) -> String {
    format!("members[value eq \"{id}\"]")
}

async fn flag_on_every_request(s: Session) -> Outcome {
    let kind = s.kind("User")?;
    let user = s.user(json!({ "displayName": "Before" })).await?;
    let flagged = |method: &str, path: &str| -> Ask { s.ask(method, format!("{path}?{FLAG}")) };
    flagged("GET", &kind.endpoint).send().await?.expect_list()?;
    flagged("GET", &user.path).send().await?.expect_status(&[200])?.expect_value("/id", user.id.as_str())?;
    if s.model().supports("patch").is_ok() {
        let operations = json!([{ "op": "replace", "path": "displayName", "value": "After" }]);
        flagged("PATCH", &user.path).patch(operations).send().await?.expect_status(&[200, 204])?;
        s.current(&user).await?.expect_value("/displayName", "After")?;
    }
    flagged("GET", "/Schemas").send().await?.expect_list()?;
    flagged("DELETE", &user.path).send().await?.expect_status(&[204])?;
    flagged("POST", &kind.endpoint).json(s.valid(&kind, json!({}))).send().await?.expect_status(&[201])?;
    Ok(())
}

async fn dotted_keys(s: Session) -> Outcome {
    let before = json!({ "displayName": "Ana Díaz", "name": { "givenName": "Anna", "familyName": "Díaz" } });
    let value = json!({ "displayName": "Ana Ruiz", "name.givenName": "Ana", "name.familyName": "Ruiz" });
    let after = json!({ "displayName": "Ana Ruiz", "name": { "givenName": "Ana", "familyName": "Ruiz" } });
    changes(s, before, json!([{ "op": "replace", "value": value }]), after).await
}

/// A user of a department.
fn employee() -> Value {
    json!({ "schemas": [USER, ENTERPRISE], ENTERPRISE: { "employeeNumber": "E-1042", "department": "Sales" } })
}

async fn urn_keys(s: Session) -> Outcome {
    let user = user_with(&s, employee()).await?;
    let key = format!("{ENTERPRISE}:employeeNumber");
    let operations = json!([{ "op": "replace", "value": { key: "E-2001" } }]);
    user_becomes(&s, &user, operations, json!({ ENTERPRISE: { "employeeNumber": "E-2001", "department": "Sales" } })).await?;
    Ok(())
}

async fn mixed(s: Session) -> Outcome {
    let (old, new) = (address(&s), address(&s));
    let operations = json!([
        { "op": "replace", "path": "emails[type eq \"work\"].value", "value": new },
        { "op": "replace", "value": { "title": "Director", "displayName": "Ana Ruiz" } },
    ]);
    let before = json!({ "displayName": "Ana Díaz", "emails": [{ "type": "work", "value": old }] });
    let after = json!({ "emails": [{ "type": "work", "value": new }], "title": "Director", "displayName": "Ana Ruiz" });
    changes(s, before, operations, after).await
}

async fn nested_extension(s: Session) -> Outcome {
    let user = user_with(&s, employee()).await?;
    let operations = json!([{ "op": "replace", "value": { ENTERPRISE: { "department": "Key Accounts" } } }]);
    user_becomes(&s, &user, operations, json!({ ENTERPRISE: { "employeeNumber": "E-1042", "department": "Key Accounts" } })).await?;
    Ok(())
}

async fn rename(s: Session) -> Outcome {
    let user = s.user(json!({})).await?;
    let name = address(&s);
    let operations = json!([{ "op": "replace", "value": { "userName": name } }]);
    user_becomes(&s, &user, operations, json!({ "id": user.id, "userName": name })).await?;
    Ok(())
}

async fn manager(s: Session) -> Outcome {
    let (boss, other) = (s.user(json!({})).await?, s.user(json!({})).await?);
    let user = user_with(&s, employee()).await?;
    let path = format!("{ENTERPRISE}:manager");
    for (op, manager) in [("add", &boss), ("replace", &other)] {
        let operations = json!([{ "op": op, "path": path, "value": { "value": manager.id } }]);
        user_becomes(&s, &user, operations, json!({ ENTERPRISE: { "manager": { "value": manager.id } } })).await?;
    }
    let operations = json!([{ "op": "remove", "path": path }]);
    user_becomes(&s, &user, operations, json!({ ENTERPRISE: { "department": "Sales", "manager": null } })).await?;
    Ok(())
}

async fn roles(s: Session) -> Outcome {
    let role = |value: &str| json!([{ "primary": false, "type": "crm", "display": value, "value": value }]);
    let operations = json!([{ "op": "replace", "path": "roles", "value": role("sales-admin") }]);
    changes(s, json!({ "roles": role("viewer") }), operations, json!({ "roles": role("sales-admin") })).await
}

async fn group_folded(s: Session) -> Outcome {
    let team = Team::new(&s, 1, &[0]).await?;
    let name = s.mark();
    team.becomes(&s, json!([{ "op": "replace", "value": { "displayName": name, "externalId": name } }]), &[0]).await?;
    like(&s.current(&team.group).await?, &json!({ "displayName": name, "externalId": name }))
}

async fn null_folded(s: Session) -> Outcome {
    let user = user_with(&s, json!({ "title": "Seller", "nickName": "Ani" })).await?;
    s.patch(&user, json!([{ "op": "replace", "value": { "title": "", "nickName": null } }])).await?.expect_status(&[200, 204])?;
    let now = s.current(&user).await?;
    for name in ["title", "nickName"] {
        let found = now.at(&format!("/{name}"));
        now.expect(found.is_null() || found == "", format!("no `{name}`, or an empty one"), format!("{found}"))?;
    }
    Ok(())
}

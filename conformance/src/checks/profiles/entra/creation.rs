//! What Entra posts for a new user, and what it reads from the answer.

use serde_json::{Value, json};

use super::super::expected::like;
use super::super::steps::{created, removed, user_with, users_have};
use super::schemas::null_in;
use crate::check::{Check, Judged, Need, Outcome, must};
use crate::model::{ENTERPRISE, USER};
use crate::session::Session;

const EXTENDED: &[Need] = &[Need::Extension(ENTERPRISE)];

pub(super) fn checks() -> Vec<Check> {
    vec![
        must("entra-create-whole", "Microsoft documents: a new user has every attribute of the default mapping, and reads as it was sent")
            .needs(EXTENDED)
            .why("what is lost is sent again in every cycle, or never")
            .talk(whole),
        must(
            "entra-create-active-as-string",
            "Microsoft documents (reference collection): \"active\": \"True\" is answered with 201 and true",
        )
        .rows(&["ENTRA-19"])
        .why("users are not created; or the answer has a string, which Entra cannot read")
        .talk(async |s| gives(&s, json!({ "active": "True" }), json!({ "active": true })).await),
        must("entra-create-null-members", "Microsoft documents (reference collection): members of a new user may be null")
            .rows(&["ENTRA-20"])
            .why("users with an empty attribute in the directory are not created")
            .talk(null_members),
        must(
            "entra-create-enterprise-at-the-top",
            "Microsoft documents (reference collection): department and manager may stand, null, at the top of a new user",
        )
        .rows(&["ENTRA-21"])
        .why("users are not created")
        .talk(enterprise_at_the_top),
        must("entra-create-extension-not-in-schemas", "Microsoft documents: the URN of an extension may be missing from `schemas`")
            .rows(&["ENTRA-22"])
            .needs(EXTENDED)
            .why("users are not created, or lose the attributes of the extension")
            .talk(extension_not_in_schemas),
        must("entra-create-misspelt-schema", "Microsoft documents (an example): `schemas` has …extension:enterprise:2.0User")
            .rows(&["ENTRA-23"])
            .why("whoever copies the documented example cannot create users")
            .talk(misspelt_schema),
        must("entra-create-manager-as-string", "Seen in public issues: a new user's manager is an id and not an object")
            .rows(&["ENTRA-24"])
            .needs(EXTENDED)
            .why("users that have a manager are not created; or the answer has a string, which Entra cannot read")
            .talk(manager_as_string),
        must(
            "entra-manager-is-an-object",
            "Seen in public issues: manager is read as an object below the URN of the extension, and nowhere else",
        )
        .rows(&["ENTRA-83"])
        .needs(EXTENDED)
        .why("Entra cannot read the user, or sets the manager again in every cycle")
        .talk(manager_is_an_object),
        must("entra-create-with-meta", "Microsoft documents: a new user has \"meta\": { \"resourceType\": \"User\" }")
            .rows(&["ENTRA-25"])
            .why("users are not created")
            .talk(async |s| {
                let sent = json!({ "meta": { "resourceType": "User" } });
                gives(&s, sent, json!({ "meta": { "resourceType": "User" } })).await
            }),
        must("entra-create-with-empty-roles", "Microsoft documents: a new user has \"roles\": []")
            .rows(&["ENTRA-25"])
            .why("users are not created")
            .talk(async |s| gives(&s, json!({ "roles": [] }), json!({ "roles": null })).await),
        must("entra-create-primary-as-string", "Microsoft's validator: \"primary\": \"True\" in a role; it is read as true or false")
            .rows(&["ENTRA-26"])
            .why("users with a role are not created; or the answer has a string, which Entra cannot read")
            .talk(async |s| {
                let roles = json!([{ "primary": "True", "display": "Sales admin", "value": "sales-admin", "type": "crm" }]);
                gives(&s, json!({ "roles": roles }), json!({ "roles": [{ "primary": true, "value": "sales-admin" }] })).await
            }),
        must("entra-create-display-name-in-role", "Microsoft documents: a role of a new user has displayName in the place of display")
            .rows(&["ENTRA-27"])
            .why("users with a role are not created")
            .talk(async |s| {
                let kind = "WindowsAzureActiveDirectoryRole";
                let roles = json!([{ "primary": false, "type": kind, "displayName": "Sales admin", "value": "sales-admin" }]);
                gives(&s, json!({ "roles": roles }), json!({ "roles": [{ "value": "sales-admin" }] })).await
            }),
        must("entra-create-names-in-any-case", "Microsoft documents (reference collection): \"Primary\", \"Department\", { \"Value\": … }")
            .rows(&["ENTRA-28"])
            .needs(EXTENDED)
            .why("what stands under such a name is lost")
            .talk(names_in_any_case),
        must("entra-create-duplicate", "Microsoft's validator: a userName that is taken, in whatever case, is answered with 409")
            .rows(&["ENTRA-29"])
            .why("one person has two users, and from then on neither is matched")
            .talk(duplicate),
        must("entra-create-without-user-name", "Microsoft documents (reference collection): a user without userName is answered with 400")
            .rows(&["ENTRA-30"])
            .why("a wrong mapping makes users whom nobody can match")
            .talk(without_user_name),
        must("entra-create-again", "Microsoft documents: a userName is free again when its user is deleted; the new user has a new id")
            .rows(&["ENTRA-31"])
            .why("whoever comes back is refused for ever, or has the old user's id")
            .talk(again),
        must("entra-values-verbatim", "Microsoft documents: values are stored as they were sent")
            .rows(&["ENTRA-82"])
            .why("a value that reads otherwise is sent again in every cycle")
            .talk(verbatim),
        must("entra-answers-without-nulls", "Microsoft documents: no member of a resource is null")
            .why("Entra cannot read the user")
            .talk(without_nulls),
    ]
}

/// A user is created with these members, and answered with those.
async fn gives(s: &Session, sent: Value, given: Value) -> Outcome {
    let answer = created(s, s.valid(&*s.kind("User")?, sent)).await?;
    like(&answer, &given)
}

async fn null_members(s: Session) -> Outcome {
    let names = ["addresses", "phoneNumbers", "preferredLanguage", "title"];
    users_have(&s, &names.map(str::to_owned))?;
    let mut body = s.valid(&*s.kind("User")?, json!({}));
    names.iter().for_each(|name| body[*name] = Value::Null);
    let answer = created(&s, body).await?;
    for name in names {
        answer.expect_absent(&format!("/{name}"))?;
    }
    Ok(())
}

async fn enterprise_at_the_top(s: Session) -> Outcome {
    let kind = s.kind("User")?;
    let mut body = s.valid(&kind, json!({ "schemas": [USER, ENTERPRISE] }));
    body["department"] = Value::Null;
    body["manager"] = Value::Null;
    s.post(&kind.endpoint, body).await?.expect_status(&[201])?;
    Ok(())
}

async fn extension_not_in_schemas(s: Session) -> Outcome {
    let sent = json!({ "schemas": [USER], ENTERPRISE: { "department": "Sales" } });
    let answer = created(&s, s.valid(&*s.kind("User")?, sent)).await?;
    like(&answer, &json!({ ENTERPRISE: { "department": "Sales" } }))?;
    answer.expect_element("/schemas", "the URN of the extension that the user has", |urn| urn == ENTERPRISE)?;
    Ok(())
}

async fn misspelt_schema(s: Session) -> Outcome {
    let misspelt = "urn:ietf:params:scim:schemas:extension:enterprise:2.0User";
    let answer = created(&s, s.valid(&*s.kind("User")?, json!({ "schemas": [USER, misspelt] }))).await?;
    answer.expect_no_element("/schemas", "a URN that the server does not know", |urn| urn == misspelt).or_warning()?;
    Ok(())
}

async fn manager_as_string(s: Session) -> Outcome {
    let boss = s.user(json!({})).await?;
    let sent = json!({ "schemas": [USER, ENTERPRISE], ENTERPRISE: { "manager": boss.id } });
    gives(&s, sent, json!({ ENTERPRISE: { "manager": { "value": boss.id } } })).await
}

async fn manager_is_an_object(s: Session) -> Outcome {
    let boss = s.user(json!({})).await?;
    let extension = json!({ "department": "Sales", "manager": { "value": boss.id } });
    let user = user_with(&s, json!({ "schemas": [USER, ENTERPRISE], ENTERPRISE: extension })).await?;
    let now = s.current(&user).await?;
    now.expect_value(&format!("/{ENTERPRISE}/manager/value"), boss.id.as_str())?;
    now.expect_absent("/manager")?;
    Ok(())
}

async fn names_in_any_case(s: Session) -> Outcome {
    let boss = s.user(json!({})).await?;
    let address = format!("{}@example.com", s.mark());
    let sent = json!({
        "schemas": [USER, ENTERPRISE],
        "emails": [{ "Primary": true, "type": "work", "value": address }],
        ENTERPRISE: { "Department": "Sales", "Manager": { "Value": boss.id } },
    });
    let given = json!({
        "emails": [{ "primary": true, "type": "work", "value": address }],
        ENTERPRISE: { "department": "Sales", "manager": { "value": boss.id } },
    });
    gives(&s, sent, given).await
}

async fn duplicate(s: Session) -> Outcome {
    let user = s.user(json!({})).await?;
    let name = user.body["userName"].as_str().unwrap_or_default().to_uppercase();
    let refused = s.post(&user.kind.endpoint, s.valid(&user.kind, json!({ "userName": name }))).await?;
    refused.expect_status(&[409])?;
    refused.expect_value("/scimType", "uniqueness").or_warning()?;
    refused.expect_present("/detail").or_warning()?;
    Ok(())
}

async fn without_user_name(s: Session) -> Outcome {
    let kind = s.kind("User")?;
    let body = s.valid(&kind, json!({ "userName": null, "active": true, "displayName": "No Name" }));
    s.post(&kind.endpoint, body).await?.expect_status(&[400])?;
    Ok(())
}

async fn again(s: Session) -> Outcome {
    let name = s.mark();
    let person = json!({ "userName": format!("{name}@example.com"), "externalId": name });
    let user = s.user(person.clone()).await?;
    removed(&s, &user).await?;
    let answer = created(&s, s.valid(&user.kind, person)).await?;
    answer.expect(*answer.at("/id") != user.id.as_str(), "a new id", "the id of the user that was deleted")?;
    Ok(())
}

async fn verbatim(s: Session) -> Outcome {
    let user = json!({
        "userName": format!("{}-Ola@Example.com", s.mark()),
        "phoneNumbers": [{ "type": "work", "value": "55555555555" }],
        "displayName": "ana  DÍAZ",
    });
    let created = user_with(&s, user.clone()).await?;
    like(&s.current(&created).await?, &user)
}

async fn without_nulls(s: Session) -> Outcome {
    let user = s.user(json!({})).await?;
    let now = s.current(&user).await?;
    match null_in(now.expect_json()?, String::new()) {
        Some(place) => Err(now.failure("no null in the user", format!("`{place}` is null"))),
        None => Ok(()),
    }
}

async fn whole(s: Session) -> Outcome {
    let name = s.mark();
    let address = json!({
        "type": "work", "formatted": "Madrid HQ 4.12", "streetAddress": "Calle Mayor 1", "locality": "Madrid",
        "region": "Madrid", "postalCode": "28013", "country": "ES",
    });
    let user = json!({
        "schemas": [USER, ENTERPRISE],
        "externalId": name,
        "userName": format!("{name}@example.com"),
        "active": true,
        "displayName": "Ana Díaz",
        "title": "Account Executive",
        "preferredLanguage": "es-ES",
        "emails": [{ "primary": true, "type": "work", "value": format!("{name}@example.com") }],
        "name": { "formatted": "Ana Díaz", "familyName": "Díaz", "givenName": "Ana" },
        "addresses": [address],
        "phoneNumbers": [{ "type": "work", "value": "+34 555 010 200" }, { "type": "mobile", "value": "+34 555 010 201" }],
        ENTERPRISE: { "employeeNumber": "E-1042", "department": "Sales" },
    });
    let created = user_with(&s, user.clone()).await?;
    like(&s.current(&created).await?, &user)
}

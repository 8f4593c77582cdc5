//! RFC 7643 §8.1 to §8.6: the examples. They are not normative, and a server that has what they show takes them as they are.

use serde_json::{Value, json};

use super::published::{accepted, described, resource_types as listed};
use super::s2_attributes::CERTIFICATE;
use crate::check::{Check, Judged, Need, Outcome, should};
use crate::model::{ENTERPRISE, GROUP, ResourceType, USER};
use crate::session::{Kind, Session};

pub(super) fn checks() -> Vec<Check> {
    vec![
        should("7643-8.1-minimal-user", "a non-normative example of the minimal required SCIM representation in JSON format")
            .rows(&["7643-8.1-01"])
            .needs(&[Need::Type("User")])
            .why("a client that sends the least that the RFC asks for is refused")
            .talk(minimal_user),
        should("7643-8.2-full-user", "a non-normative example of the fully populated SCIM representation in JSON format")
            .rows(&["7643-8.2-01"])
            .needs(&[Need::Type("User")])
            .why("a client that sends all that the RFC has is refused")
            .talk(full_user),
        should(
            "7643-8.3-enterprise-user",
            "a non-normative example of the fully populated User using the enterprise User extension in JSON format",
        )
        .rows(&["7643-8.3-01"])
        .needs(&[Need::Type("User"), Need::Extension(ENTERPRISE)])
        .why("a client that sends all that the RFC has is refused")
        .talk(enterprise_user),
        should("7643-8.4-group", "a non-normative example of the SCIM Group representation in JSON format")
            .rows(&["7643-8.4-01"])
            .needs(&[Need::Type("User"), Need::Type("Group")])
            .why("a client that sends a group as the RFC shows it is refused")
            .talk(group),
        should(
            "7643-8.5-service-provider-config",
            "a non-normative example of the SCIM service provider configuration representation in JSON format",
        )
        .rows(&["7643-8.5-01"])
        .why("a client that was written after the example does not find what it looks for")
        .talk(service_provider_config),
        should("7643-8.6-resource-types", "a non-normative example of the SCIM resource types in JSON format")
            .rows(&["7643-8.6-01"])
            .why("a client that was written after the example does not find what it looks for")
            .talk(resource_types),
    ]
}

async fn minimal_user(s: Session) -> Outcome {
    let user = s.kind("User")?;
    // What else the server requires of a user is its right: the example has no more.
    if user.schema.attributes.iter().any(|attribute| attribute.required && attribute.name != "userName") {
        return Err(crate::check::Stop::Skipped("the schema of users requires more than userName".into()));
    }
    let name = format!("minimal-{}@example.com", s.mark());
    s.post(&user.endpoint, json!({ "schemas": [USER], "userName": name })).await?.expect_success()?.expect_value("/userName", name)?;
    Ok(())
}

/// The example of §8.2 with a name of its own, and without what the server does not have or does not let clients write.
fn example(s: &Session, user: &ResourceType) -> Value {
    let name = format!("bjensen-{}@example.com", s.mark());
    let home = json!({
        "type": "home", "streetAddress": "456 Hollywood Blvd", "locality": "Hollywood", "region": "CA", "postalCode": "91608",
        "country": "US", "formatted": "456 Hollywood Blvd\nHollywood, CA 91608 USA",
    });
    // Errata 5990 and 5991: the country is "US".
    let work = json!({
        "type": "work", "streetAddress": "100 Universal City Plaza", "locality": "Hollywood", "region": "CA", "postalCode": "91608",
        "country": "US", "formatted": "100 Universal City Plaza\nHollywood, CA 91608 USA", "primary": true,
    });
    let mut example = json!({
        "schemas": [USER],
        "externalId": format!("701984-{}", s.mark()),
        "userName": name,
        "name": {
            "formatted": "Ms. Barbara J Jensen, III", "familyName": "Jensen", "givenName": "Barbara", "middleName": "Jane",
            "honorificPrefix": "Ms.", "honorificSuffix": "III",
        },
        "displayName": "Babs Jensen",
        "nickName": "Babs",
        "profileUrl": "https://login.example.com/bjensen",
        "emails": [{ "value": name, "type": "work", "primary": true }, { "value": "babs@jensen.org", "type": "home" }],
        "addresses": [work, home],
        "phoneNumbers": [{ "value": "555-555-5555", "type": "work" }, { "value": "555-555-4444", "type": "mobile" }],
        "ims": [{ "value": "someaimhandle", "type": "aim" }],
        "photos": [
            { "value": "https://photos.example.com/profilephoto/72930000000Ccne/F", "type": "photo" },
            { "value": "https://photos.example.com/profilephoto/72930000000Ccne/T", "type": "thumbnail" },
        ],
        "userType": "Employee",
        "title": "Tour Guide",
        "preferredLanguage": "en-US",
        "locale": "en-US",
        "timezone": "America/Los_Angeles",
        "active": true,
        "password": "t1meMa$heen",
        "x509Certificates": [{ "value": CERTIFICATE.trim() }],
    });
    if let Some(members) = example.as_object_mut() {
        let is_common = |name: &str| ["schemas", "externalId"].contains(&name);
        members.retain(|name, _| is_common(name) || user.attribute(name).is_some_and(crate::model::Attribute::is_writable));
    }
    example
}

async fn full_user(s: Session) -> Outcome {
    let user = s.kind("User")?;
    let example = example(&s, &user);
    let answer = accepted(&s, &user, example.clone()).await?;
    answer.expect_value("/userName", example["userName"].clone())?;
    for name in ["name", "emails", "addresses"] {
        if described(&s, &user.schema.id).is_ok() && example.get(name).is_some() {
            answer.expect_present(&format!("/{name}"))?;
        }
    }
    Ok(())
}

async fn enterprise_user(s: Session) -> Outcome {
    let user = s.kind("User")?;
    let manager = s.user(json!({})).await?;
    let mut example = example(&s, &user);
    example["schemas"] = json!([USER, ENTERPRISE]);
    example[ENTERPRISE] = json!({
        "employeeNumber": "701984",
        "costCenter": "4130",
        "organization": "Universal Studios",
        "division": "Theme Park",
        "department": "Tour Operations",
        "manager": { "value": manager.id, "$ref": format!("../Users/{}", manager.id), "displayName": "John Smith" },
    });
    let answer = accepted(&s, &user, example).await?;
    answer.expect_value(&format!("/{ENTERPRISE}/employeeNumber"), "701984")?;
    answer.expect_value(&format!("/{ENTERPRISE}/manager/value"), manager.id)?;
    Ok(())
}

async fn group(s: Session) -> Outcome {
    let babs = s.user(json!({})).await?;
    let mandy = s.user(json!({})).await?;
    let member = |user: &crate::session::Resource, display: &str| json!({ "value": user.id, "$ref": user.body["meta"]["location"], "display": display });
    let name = format!("Tour Guides {}", s.mark());
    let members = json!([member(&babs, "Babs Jensen"), member(&mandy, "Mandy Pepperidge")]);
    let kind = s.kind("Group")?;
    let read = accepted(&s, &kind, json!({ "schemas": [GROUP], "displayName": name, "members": members })).await?;
    read.expect_value("/displayName", name)?;
    for user in [babs, mandy] {
        read.expect_element("/members", "each member of the example", |found| found["value"] == user.id.as_str())?;
    }
    Ok(())
}

async fn service_provider_config(s: Session) -> Outcome {
    let answer = s.get("/ServiceProviderConfig").await.or_blocked()?;
    answer.expect_status(&[200]).or_blocked()?;
    for member in ["patch", "bulk", "filter", "changePassword", "sort", "etag"] {
        answer.expect_kind(&format!("/{member}/supported"), Kind::Boolean)?;
    }
    answer.expect_kind("/authenticationSchemes", Kind::Array)?;
    Ok(())
}

async fn resource_types(s: Session) -> Outcome {
    let (answer, types) = listed(&s).await?;
    for (index, kind) in types.iter().enumerate() {
        // `meta` of a resource type is in the example; the text does not require it.
        if !kind["meta"].is_null() {
            answer.expect_value(&format!("/Resources/{index}/meta/resourceType"), "ResourceType")?;
            let location = kind["meta"]["location"].as_str().unwrap_or_default();
            answer.expect(location.contains("/ResourceTypes"), "`meta.location` below /ResourceTypes", format!("\"{location}\""))?;
        }
    }
    Ok(())
}

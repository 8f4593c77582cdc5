//! RFC 7643 §4.1.2: the attributes of users that have several values.

use serde_json::{Value, json};

use super::super::published::accepted;
use super::super::s2_attributes::{CERTIFICATE, followable, group_of_one};
use super::super::values::same_binary;
use super::{IS_USER, noted, writable};
use crate::check::{Check, Judged, Need, Outcome, Stop, must, records, should};
use crate::model::Attribute;
use crate::session::{Answer, Session};

pub(super) fn checks() -> Vec<Check> {
    vec![
        should("7643-4.1.2-canonical-values", "The value SHOULD be specified according to [RFC5321] … [RFC3966] … The \"type\" sub-attribute SHOULD take one of the following values")
            .rows(&["7643-4.1.2-01", "7643-4.1.2-05", "7643-4.1.2-24"])
            .needs(IS_USER)
            .why("a client that writes values as the RFC has them is refused, or reads others")
            .talk(async |s| {
                round_trip(&s, "7643-4.1.2-01", "emails", json!({ "value": "babs.jensen+scim@example.com", "type": "work" })).await;
                round_trip(&s, "7643-4.1.2-05", "phoneNumbers", json!({ "value": "tel:+1-201-555-0123", "type": "work" })).await;
                round_trip(&s, "7643-4.1.2-24", "ims", json!({ "value": "someaimhandle", "type": "xmpp" })).await;
                Ok(())
            }),
        must("7643-4.1.2-values", "The following multi-valued attributes are defined. … photos … addresses … entitlements … roles … x509Certificates")
            .rows(&["7643-4.1.2-09", "7643-4.1.2-11", "7643-4.1.2-19", "7643-4.1.2-20", "7643-4.1.2-21", "7643-4.1.2-26"])
            .needs(IS_USER)
            .why("what a client has set is lost, although the schema says that it can be kept")
            .talk(values),
        records("7643-4.1.2-forms", "Service providers SHOULD canonicalize the value … when appropriate")
            .rows(&["7643-4.1.2-02", "7643-4.1.2-04", "7643-4.1.2-07", "7643-4.1.2-12", "7643-4.1.2-23"])
            .needs(IS_USER)
            .talk(forms),
        must("7643-4.1.2-groups", "If the SCIM service provider exposes a \"Group\" resource, the \"value\" sub-attribute MUST be the \"id\", and the \"$ref\" sub-attribute must be the URI of the corresponding \"Group\" resources to which the user belongs")
            .rows(&["7643-4.1.2-13", "7643-4.1.2-14", "7643-4.1.2-16", "7643-4.1.2-17"])
            .needs(&[Need::Type("User"), Need::Type("Group")])
            .why("a client that decides by groups lets in the wrong people")
            .talk(groups),
        must("7643-4.1.2-groups-read-only", "Since this attribute has a mutability of \"readOnly\", group membership changes MUST be applied via the \"Group\" Resource")
            .rows(&["7643-4.1.2-18"])
            .needs(&[Need::Type("User"), Need::Type("Group")])
            .why("who may write users gives themselves any group")
            .talk(groups_read_only),
        records("7643-4.1.2-indirect-groups", "Indirect membership indicates that user membership is transitive or dynamic")
            .rows(&["7643-4.1.2-27"])
            .needs(&[Need::Type("User"), Need::Type("Group")])
            .talk(indirect_groups),
    ]
}

/// Judges a row: the element comes back with every member that was sent.
async fn round_trip(s: &Session, row: &'static str, name: &str, element: Value) {
    s.row(row, element_kept(s, name, element).await);
}

async fn element_kept(s: &Session, name: &str, element: Value) -> Outcome {
    let attribute = writable(s, name)?;
    let mut element = element;
    if let Some(members) = element.as_object_mut() {
        // What the server's schema does not have, or restricts to other values, is its own choice.
        let takes = |sub: &Attribute, value: &Value| {
            let known = &sub.canonical_values;
            sub.is_read_write() && (known.is_empty() || value.as_str().is_some_and(|text| known.iter().any(|one| one == text)))
        };
        members.retain(|member, value| attribute.sub(member).is_some_and(|sub| takes(sub, value)));
        if !members.keys().any(|member| member != "type") {
            return Err(Stop::Skipped(format!("the schema of users has {name} of another form")));
        }
    }
    let user = s.kind("User")?;
    let answer = accepted(s, &user, s.valid(&user, json!({ name: [element] }))).await?;
    let same = |sent: &Value, found: &Value| match (name, sent.as_str(), found.as_str()) {
        ("x509Certificates", Some(sent), Some(found)) => same_binary(sent, found),
        // Servers SHOULD write numbers and addresses in one way: what separates digits, and the case of letters, may change.
        ("phoneNumbers", Some(sent), Some(found)) => letters(sent) == letters(found),
        ("emails" | "ims", Some(sent), Some(found)) => sent.eq_ignore_ascii_case(found),
        _ => sent == found,
    };
    let keeps = |found: &Value| element.as_object().into_iter().flatten().all(|(member, sent)| same(sent, &found[member]));
    answer.expect_element(&format!("/{name}"), &format!("the element that was sent, {element}"), keeps)?;
    Ok(())
}

/// The letters and digits of a text.
fn letters(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}

async fn values(s: Session) -> Outcome {
    let photo = json!({ "value": "https://photos.example.com/profilephoto/72930000000Ccne/F", "type": "photo" });
    let thumbnail = json!({ "value": "https://photos.example.com/profilephoto/72930000000Ccne/T", "type": "thumbnail" });
    let address = json!({ "type": "work", "formatted": "100 Universal City Plaza\nHollywood, CA 91608 US", "country": "US" });
    let street = json!({ "type": "home", "streetAddress": "456 Hollywood Blvd\nBack entrance", "locality": "Hollywood" });
    round_trip(&s, "7643-4.1.2-09", "photos", photo).await;
    round_trip(&s, "7643-4.1.2-09", "photos", thumbnail).await;
    round_trip(&s, "7643-4.1.2-11", "addresses", address).await;
    round_trip(&s, "7643-4.1.2-26", "addresses", street).await;
    round_trip(&s, "7643-4.1.2-19", "entitlements", json!({ "value": "printer:3rd-floor" })).await;
    round_trip(&s, "7643-4.1.2-20", "roles", json!({ "value": "Student" })).await;
    round_trip(&s, "7643-4.1.2-21", "x509Certificates", json!({ "value": CERTIFICATE.trim() })).await;
    Ok(())
}

async fn forms(s: Session) -> Outcome {
    let cases = [
        ("emails", json!({ "value": "bjensen@EXAMPLE.COM", "type": "work" })),
        ("emails", json!({ "value": "bjensen@example.com", "type": "x" })),
        ("ims", json!({ "value": "Some Aim Handle", "type": "aim" })),
        ("addresses", json!({ "type": "work", "country": "USA" })),
        ("phoneNumbers", json!({ "value": "(201) 555-0123", "type": "work" })),
    ];
    for (name, element) in cases {
        noted(&s, name, json!([element]), &format!("/{name}/0")).await?;
    }
    Ok(())
}

/// The memberships that a user shows, after it has been put into a group.
async fn memberships(s: &Session, user: &crate::session::Resource) -> Outcome<Answer> {
    let schema = s.kind("User")?;
    if schema.attribute("groups").is_none_or(|groups| groups.returned == "request") {
        return Err(Stop::Skipped("the schema of users has no groups that are returned by default".into()));
    }
    s.current(user).await
}

async fn groups(s: Session) -> Outcome {
    let (user, group) = group_of_one(&s).await?;
    let read = memberships(&s, &user).await?;
    if read.at("/groups").is_null() {
        // Whether a server works out the memberships of each user is not said.
        return read.expect_present("/groups").map(|_| ()).or_warning();
    }
    let is_it = |membership: &Value| membership["value"] == group.id.as_str();
    let shown = read.expect_element("/groups", "the id of the group as a value", is_it);
    s.row("7643-4.1.2-13", shown.clone().map(|_| ()));
    s.row("7643-4.1.2-16", shown.clone().map(|_| ()));
    let membership = shown.cloned().unwrap_or_default();
    let kind = membership["type"].as_str().unwrap_or("direct");
    let is_known = ["direct", "indirect"].iter().any(|known| known.eq_ignore_ascii_case(kind));
    s.row("7643-4.1.2-14", read.expect(is_known, "the type direct or indirect", format!("the type \"{kind}\"")).map(|_| ()));
    let outcome = match membership["$ref"].as_str() {
        Some(reference) => s.get(followable(reference)).await?.expect_value("/id", group.id).map(|_| ()),
        None => Err(Stop::Skipped("memberships have no $ref, which is OPTIONAL".into())),
    };
    s.row("7643-4.1.2-17", outcome);
    Ok(())
}

async fn groups_read_only(s: Session) -> Outcome {
    let group = s.group(json!({})).await?;
    let user = s.user(json!({})).await?;
    let mut body = memberships(&s, &user).await?.body.unwrap_or_default();
    body["groups"] = json!([{ "value": group.id }]);
    let answer = s.put(&user, body).await?;
    let is_it = |membership: &Value| membership["value"] == group.id.as_str();
    // A refusal is no change; whether it is right is for the checks of PUT.
    for shown in [answer, s.current(&user).await?].into_iter().filter(Answer::is_success) {
        shown.expect_no_element("/groups", "the group that a PUT of the user has named", is_it)?;
    }
    Ok(())
}

async fn indirect_groups(s: Session) -> Outcome {
    let (user, inner) = group_of_one(&s).await?;
    let kind = s.kind("Group")?;
    let outer = s.post(&kind.endpoint, s.valid(&kind, json!({ "members": [{ "value": inner.id, "type": "Group" }] }))).await?;
    if !outer.is_success() {
        s.note(format!("groups in groups are refused with {}", outer.status));
        return Ok(());
    }
    let read = memberships(&s, &user).await?;
    let mut all = read.at("/groups").as_array().into_iter().flatten();
    let found = all.find(|membership| membership["value"] == *outer.at("/id"));
    s.note(match found {
        Some(membership) => format!("the outer group of a group is shown with the type {}", membership["type"]),
        None => "the outer group of a group is not shown".to_owned(),
    });
    Ok(())
}

//! Users as the clients of vendors make them and look for them.

use serde_json::{Value, json};

use crate::check::{Need, Outcome};
use crate::session::{Answer, Resource, Session};

/// The statuses of a PATCH that succeeds, with or without the resource (RFC 7644 §3.5.2).
pub(super) const PATCHED: &[u16] = &[200, 204];

/// What a check of groups needs that changes members one by one.
pub(super) const GROUP_PATCH: &[Need] = &[Need::Patch, Need::Type("Group")];

/// The body of a user as the clients send it, of that name, with these members besides.
pub(super) fn template(name: &str, extra: Value) -> Value {
    let mut body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": name,
        "name": { "givenName": "Ana", "familyName": "Díaz" },
        "emails": [{ "primary": true, "value": name, "type": "work" }],
        "displayName": "Ana Díaz",
        "active": true,
    });
    for (member, value) in extra.as_object().into_iter().flatten() {
        body[member] = value.clone();
    }
    body
}

/// A name that nobody else on the server has.
pub(super) fn name(s: &Session) -> String {
    format!("{}@example.com", s.mark())
}

/// Set-up: a user as the clients make it, with these members besides.
pub(super) async fn user(s: &Session, extra: Value) -> Outcome<Resource> {
    s.user(template(&name(s), extra)).await
}

/// A query finds that user and nobody else.
pub(super) async fn expect_found(s: &Session, user: &Resource, parameters: &[(&str, &str)]) -> Outcome {
    let answer = s.query(&user.kind.endpoint, parameters).await?;
    expect_only(&answer, user)
}

/// The list has that resource and no other.
pub(super) fn expect_only(answer: &Answer, resource: &Resource) -> Outcome {
    let list = answer.expect_list()?;
    let expected = format!("a list of the one resource {}", resource.id);
    answer.expect(
        list.total == 1 && list.ids() == [resource.id.as_str()],
        expected,
        format!("{} results: {:?}", list.total, list.ids()),
    )?;
    Ok(())
}

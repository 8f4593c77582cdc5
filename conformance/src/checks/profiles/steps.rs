//! Conversations that the checks of several clients share: a user that is changed, a group whose members change.

use serde_json::{Value, json};

use super::expected::like;
use crate::check::{Judged, Outcome, Stop};
use crate::session::{Answer, Resource, Session};

/// A server whose users have not all of these attributes skips the check. A name with a colon is that of an extension.
pub(super) fn users_have<'a>(s: &Session, names: impl IntoIterator<Item = &'a String>) -> Outcome {
    let kind = s.kind("User")?;
    let common = ["externalId", "schemas", "id", "meta"];
    let known = |name: &str| {
        common.contains(&name)
            || kind.attribute(name).is_some()
            || kind.extensions.iter().any(|(schema, _)| schema.id.eq_ignore_ascii_case(name))
    };
    match names.into_iter().find(|name| !known(name.as_str())) {
        Some(name) => Err(Stop::Skipped(format!("the schemas of User have no {name}"))),
        None => Ok(()),
    }
}

/// A new user with these members; a server whose users do not have them skips the check.
pub(super) async fn user_with(s: &Session, members: Value) -> Outcome<Resource> {
    users_have(s, members.as_object().into_iter().flatten().map(|(name, _)| name))?;
    s.user(members).await
}

/// The operations are accepted, and the user then has these members; null stands for what is gone.
pub(super) async fn user_becomes(s: &Session, user: &Resource, operations: Value, after: Value) -> Outcome<Answer> {
    let answer = s.patch(user, operations).await?;
    answer.expect_status(&[200, 204])?;
    let now = s.current(user).await?;
    like(&now, &after)?;
    Ok(answer)
}

/// A new user with the members of `before` is changed by these operations, and then has the members of `after`.
pub(super) async fn changes(s: Session, before: Value, operations: Value, after: Value) -> Outcome {
    users_have(&s, after.as_object().into_iter().flatten().map(|(name, _)| name))?;
    let user = user_with(&s, before).await?;
    user_becomes(&s, &user, operations, after).await?;
    Ok(())
}

/// A new user from that body as it is, without what only a server would add.
pub(super) async fn created(s: &Session, body: Value) -> Outcome<Answer> {
    users_have(s, body.as_object().into_iter().flatten().map(|(name, _)| name))?;
    let answer = s.post(&s.kind("User")?.endpoint, body).await?;
    answer.expect_status(&[201])?;
    Ok(answer)
}

/// A group and people, of whom some are its members.
pub(super) struct Team {
    pub(super) group: Resource,
    people: Vec<Resource>,
}

impl Team {
    /// So many people, of whom those with these numbers are in the group.
    pub(super) async fn new(s: &Session, count: usize, members: &[usize]) -> Outcome<Self> {
        let kind = s.kind("Group")?;
        let mut people = Vec::new();
        for _ in 0..count {
            people.push(s.user(json!({})).await?);
        }
        let members: Vec<Value> = members.iter().map(|number| json!({ "value": people[*number].id })).collect();
        let mut extra = json!({ "displayName": s.mark() });
        if !members.is_empty() {
            extra["members"] = members.into();
        }
        let group = s.create(&kind, extra).await?;
        Ok(Self { group, people })
    }

    /// The id of the person with that number.
    pub(super) fn id(&self, number: usize) -> &str {
        &self.people[number].id
    }

    /// The person with that number.
    pub(super) fn person(&self, number: usize) -> &Resource {
        &self.people[number]
    }

    /// The operations are accepted, and the group then has exactly these members.
    pub(super) async fn becomes(&self, s: &Session, operations: Value, members: &[usize]) -> Outcome {
        s.patch(&self.group, operations).await?.expect_status(&[200, 204])?;
        self.has(s, members).await
    }

    /// The group has exactly these members.
    pub(super) async fn has(&self, s: &Session, members: &[usize]) -> Outcome {
        let members: Vec<Value> = members.iter().map(|number| json!({ "value": self.id(*number) })).collect();
        let now = s.current(&self.group).await?;
        like(&now, &json!({ "members": if members.is_empty() { Value::Null } else { members.into() } }))
    }
}

/// Set-up: the user is gone.
pub(super) async fn removed(s: &Session, user: &Resource) -> Outcome {
    s.delete(user).await.or_blocked()?.expect_success().or_blocked()?;
    Ok(())
}

//! RFC 7643 §1.2 and §2: attributes, their data types and their values.

mod data_types;
mod names;
mod several_values;

use serde_json::json;

use crate::check::{Check, Outcome, Stop};
use crate::session::{Resource, Session};

/// A DER certificate as §8.2 has it, without its line breaks: what a server accepts where it looks into certificates.
pub(super) const CERTIFICATE: &str = include_str!("../certificate.txt");

pub(super) fn checks() -> Vec<Check> {
    [names::checks(), data_types::checks(), several_values::checks()].concat()
}

/// Set-up: a group with one user in it.
pub(super) async fn group_of_one(s: &Session) -> Outcome<(Resource, Resource)> {
    members_are_shown(s)?;
    let user = s.user(json!({})).await?;
    let group = s.group(json!({ "members": [{ "value": user.id }] })).await?;
    Ok((user, group))
}

/// Set-up: whoever reads a group sees its members.
pub(super) fn members_are_shown(s: &Session) -> Outcome {
    let group = s.kind("Group")?;
    let members = group.attribute("members").ok_or_else(|| Stop::Skipped("the schema of groups has no members".into()))?;
    match members.returned.as_str() {
        "default" | "always" => Ok(()),
        other => Err(Stop::Skipped(format!("the schema of groups says that members are returned: {other}"))),
    }
}

/// A reference as a path that can be asked: relative ones stand below the base (RFC 7643 §2.3.7).
pub(super) fn followable(reference: &str) -> String {
    if reference.contains("://") {
        return reference.to_owned();
    }
    format!("/{}", reference.trim_start_matches("../").trim_start_matches('/'))
}

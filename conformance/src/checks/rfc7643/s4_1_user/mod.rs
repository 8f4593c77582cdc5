//! RFC 7643 §4.1: users.

mod several;
mod singular;

use serde_json::{Value, json};

use super::published::described;
use crate::check::{Check, Need, Outcome, Stop};
use crate::model::Attribute;
use crate::session::Session;

const IS_USER: &[Need] = &[Need::Type("User")];

pub(super) fn checks() -> Vec<Check> {
    [singular::checks(), several::checks()].concat()
}

/// The attribute that the server's schema of users has, for clients to write and to read.
fn writable(s: &Session, name: &str) -> Outcome<Attribute> {
    let user = s.kind("User")?;
    described(s, &user.schema.id)?;
    match user.attribute(name) {
        Some(attribute) if attribute.is_read_write() && attribute.returned != "request" => Ok(attribute.clone()),
        _ => Err(Stop::Skipped(format!("the schema of users has no {name} that clients can write"))),
    }
}

/// Notes what becomes of a value.
async fn noted(s: &Session, name: &str, value: Value, pointer: &str) -> Outcome {
    if let Err(Stop::Skipped(reason)) = writable(s, name) {
        s.note(reason);
        return Ok(());
    }
    let user = s.kind("User")?;
    let answer = s.post(&user.endpoint, s.valid(&user, json!({ name: value }))).await?;
    let became = if answer.is_success() { format!("kept as {}", answer.at(pointer)) } else { format!("refused with {}", answer.status) };
    s.note(format!("{name} {value}: {became}"));
    Ok(())
}

//! The body of a PATCH request, before it meets a resource (RFC 7644 §3.5.2).

use serde_json::Value;

use crate::error::quote;
use crate::validate::value::{describe, twice};
use crate::{Error, Leniency, Quirk, Result};

/// The URN of the message.
pub(crate) const PATCH_OP_URN: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// One operation.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    /// The path as the client wrote it.
    pub(super) path: Option<String>,
    /// What is to be done.
    pub(super) action: Action,
}

/// `op` with the `value` that it needs.
#[derive(Debug, Clone)]
pub(super) enum Action {
    /// §3.5.2.1.
    Add(Value),
    /// §3.5.2.2. The RFC knows no value here; clients name with it what is to go (S04).
    Remove(Option<Value>),
    /// §3.5.2.3.
    Replace(Value),
}

impl Action {
    /// The canonical `op`.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Action::Add(_) => "add",
            Action::Remove(_) => "remove",
            Action::Replace(_) => "replace",
        }
    }
}

/// Whether a value assigns nothing: null, `[]`, `{}` (RFC 7643 §2.5).
pub(super) fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Reads the message: its members in any case (S39), unknown ones ignored (ENTRA-73).
pub(super) fn read(body: Value, leniency: &Leniency) -> Result<Vec<Operation>> {
    let Value::Object(body) = body else {
        return Err(Error::invalid_syntax(format!("the body is {}: send a PatchOp message", describe(&body))));
    };
    let (mut schemas, mut operations) = (None, None);
    for (name, value) in body {
        if name.eq_ignore_ascii_case("schemas") {
            once(&mut schemas, value, "schemas")?;
        } else if name.eq_ignore_ascii_case("Operations") {
            once(&mut operations, value, "Operations")?;
        }
    }
    check_schemas(schemas, PATCH_OP_URN, leniency)?;
    let operations = list_of_operations(operations, leniency)?;
    let numbered = operations.into_iter().enumerate();
    numbered.map(|(index, operation)| read_operation(operation).map_err(|error| error.within(format!("operation {}", index + 1)))).collect()
}

/// The `Operations` of a message (S38).
pub(crate) fn list_of_operations(operations: Option<Value>, leniency: &Leniency) -> Result<Vec<Value>> {
    let operations = match operations {
        Some(Value::Array(operations)) => operations,
        None | Some(Value::Null) => return Err(Error::invalid_syntax("`Operations` is missing: send a list of operations")),
        Some(other) => return Err(Error::invalid_syntax(format!("`Operations` is {}: send a list of operations", describe(&other)))),
    };
    if operations.is_empty() && !leniency.permits(Quirk::EmptyOperations) {
        return Err(Error::invalid_syntax("`Operations` is empty: send at least one operation"));
    }
    Ok(operations)
}

/// The `schemas` of a message must name it (S38).
pub(crate) fn check_schemas(schemas: Option<Value>, message: &str, leniency: &Leniency) -> Result<()> {
    match schemas {
        None | Some(Value::Null) if leniency.permits(Quirk::MessagesWithoutSchemas) => Ok(()),
        Some(Value::Array(urns)) if urns.iter().any(|urn| urn.as_str().is_some_and(|urn| urn.eq_ignore_ascii_case(message))) => Ok(()),
        None | Some(_) => Err(Error::invalid_syntax(format!("`schemas` must name `{message}`"))),
    }
}

fn read_operation(operation: Value) -> Result<Operation> {
    let Value::Object(members) = operation else {
        return Err(Error::invalid_syntax(format!("it is {}: send an object with `op`, `path` and `value`", describe(&operation))));
    };
    let (mut op, mut path, mut value) = (None, None, None);
    for (name, member) in members {
        if name.eq_ignore_ascii_case("op") {
            once(&mut op, member, "op")?;
        } else if name.eq_ignore_ascii_case("path") {
            once(&mut path, member, "path")?;
        } else if name.eq_ignore_ascii_case("value") {
            once(&mut value, member, "value")?;
        }
    }
    let path = match path {
        None | Some(Value::Null) => None,
        Some(Value::String(path)) => Some(path),
        Some(other) => return Err(Error::invalid_syntax(format!("`path` is {}: send a string", describe(&other)))),
    };
    let op = match &op {
        Some(Value::String(op)) => op.as_str(),
        None | Some(_) => return Err(Error::invalid_syntax("`op` is missing or no string: send `add`, `remove` or `replace`")),
    };
    let required = |value: Option<Value>| value.ok_or_else(|| Error::invalid_value("`value` is missing: `add` and `replace` need one"));
    let action = match op.to_ascii_lowercase().as_str() {
        "add" => Action::Add(required(value)?),
        "replace" => Action::Replace(required(value)?),
        // null is what a client without a value sends (RFC 7643 §2.5).
        "remove" => Action::Remove(value.filter(|value| !value.is_null())),
        _ => return Err(Error::invalid_syntax(format!("`op` cannot be {}: send `add`, `remove` or `replace`", quote(op)))),
    };
    if path.is_none() && matches!(action, Action::Remove(_)) {
        return Err(Error::no_target("`remove` needs a `path`: name what is to be removed"));
    }
    Ok(Operation { path, action })
}

fn once(place: &mut Option<Value>, value: Value, name: &str) -> Result<()> {
    if place.is_some() {
        return Err(twice(name));
    }
    *place = Some(value);
    Ok(())
}

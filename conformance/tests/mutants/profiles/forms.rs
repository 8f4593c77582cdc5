//! Deviations of a server that takes one form of a request amiss.

use serde_json::Value;

use crate::deviation::{Answered, Asked, Deviation, on_answer, on_request};

/// A PATCH with an operation for which that holds is refused.
pub(super) fn refuses(scim_type: &'static str, holds: fn(&Value) -> bool) -> Deviation {
    on_request(move |asked| (asked.method == "PATCH" && asked.operations().iter().any(holds)).then(|| Answered::error(400, scim_type)))
}

/// An operation of a PATCH for which that holds is left out, and the server says that all is well.
pub(super) fn forgets(holds: fn(&Value) -> bool) -> Deviation {
    on_operations(move |operations| operations.retain(|operation| !holds(operation)))
}

/// Each operation of a PATCH is taken for another.
pub(super) fn mistakes(change: fn(&mut Value)) -> Deviation {
    on_operations(move |operations| operations.iter_mut().for_each(change))
}

/// The operations of a PATCH are changed as a whole.
pub(super) fn on_operations(change: impl Fn(&mut Vec<Value>) + Send + Sync + 'static) -> Deviation {
    on_request(move |asked| {
        if asked.method == "PATCH" {
            asked.edit(|body| {
                if let Some(operations) = body.get_mut("Operations").and_then(Value::as_array_mut) {
                    change(operations);
                }
            });
        }
        None
    })
}

/// A new resource is refused if that holds for its body.
pub(super) fn refuses_new(endpoint: &'static str, scim_type: &'static str, holds: fn(&Value) -> bool) -> Deviation {
    on_request(move |asked| (asked.is("POST", endpoint) && holds(&asked.json())).then(|| Answered::error(400, scim_type)))
}

/// A query is refused if that holds for its filter.
pub(super) fn refuses_filter(holds: fn(&str) -> bool) -> Deviation {
    on_request(move |asked| {
        let filter = asked.parameter("filter").filter(|_| asked.method == "GET");
        filter.is_some_and(|filter| holds(&filter)).then(|| Answered::error(400, "invalidFilter"))
    })
}

/// A query finds nothing if that holds for the request.
pub(super) fn finds_nothing(holds: fn(&Asked) -> bool) -> Deviation {
    on_answer(move |asked, answered| {
        if asked.is_type("GET") && holds(asked) {
            answered.edit(|list| {
                list["totalResults"] = 0.into();
                list["itemsPerPage"] = 0.into();
                list["Resources"] = Value::Array(Vec::new());
            });
        }
    })
}

/// A request for which that holds is answered with that error.
pub(super) fn fails(status: u16, holds: fn(&Asked) -> bool) -> Deviation {
    on_request(move |asked| holds(asked).then(|| Answered::error(status, "")))
}

/// Whether an operation has that `op`, in lower case, and that path.
pub(super) fn is(operation: &Value, op: &str, path: &str) -> bool {
    operation["op"] == op && operation["path"] == path
}

/// The path of an operation; empty where it has none.
pub(super) fn path(operation: &Value) -> &str {
    operation["path"].as_str().unwrap_or_default()
}

//! Queries with a filter: every store answers as the reference semantics say (RFC 7644 §3.4.2.2).
//!
//! The expected answers are written out, not computed, so that the reference semantics are held to them, too.

mod resources;
mod values;

use std::sync::Arc;

use serde_json::Value;

use super::world::{World, query};
use super::{Broken, Case, Outcome, same};
use crate::ResourceType;
use crate::store::{Store, Stores};

pub(super) fn cases<S: Stores>() -> Vec<Case<S>> {
    let mut cases = values::cases();
    cases.extend(resources::cases());
    cases
}

/// Each filter and the names that it finds, in the order of creation.
async fn table<S: Stores>(world: &World<'_, S>, kind: &Arc<ResourceType>, name: &str, rows: &[(impl AsRef<str>, &str)]) -> Outcome {
    for (filter, expected) in rows {
        let filter = filter.as_ref();
        let found = world.store.query(&query(kind, filter)?).await.map_err(|error| Broken(format!("{filter}: {error}")))?;
        let names: Vec<&str> = found.resources.iter().filter_map(|stored| stored.document.get(name).and_then(Value::as_str)).collect();
        same(filter, names.join(" "), (*expected).to_owned())?;
        same(&format!("the total of {filter}"), found.total, Some(names.len() as u64))?;
    }
    Ok(())
}

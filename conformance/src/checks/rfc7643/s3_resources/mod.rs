//! RFC 7643 §3: resources and their common attributes.

mod identifiers;
mod meta;
mod schemas;

use crate::check::Check;

pub(super) fn checks() -> Vec<Check> {
    [schemas::checks(), identifiers::checks(), meta::checks()].concat()
}

//! RFC 7643 §7: what schemas consist of, and what their characteristics mean.

mod characteristics;
mod documents;

use crate::check::Check;

pub(super) fn checks() -> Vec<Check> {
    [documents::checks(), characteristics::checks()].concat()
}

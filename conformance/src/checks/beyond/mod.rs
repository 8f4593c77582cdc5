//! Checks of what no single section says.

mod hygiene;
mod isolation;
mod limits;
mod races;

use crate::check::Check;

pub(super) fn checks() -> Vec<Check> {
    [isolation::checks(), races::checks(), limits::checks(), hygiene::checks()].concat()
}

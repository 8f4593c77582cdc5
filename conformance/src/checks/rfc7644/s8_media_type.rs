//! RFC 7644 §8: the media type.

use crate::check::Check;

pub(super) fn checks() -> Vec<Check> {
    Vec::new()
}

//! Mutants for the checks of RFC 7644 §8: the media type.

use crate::deviation::Mutant;

pub(super) fn mutants() -> Vec<Mutant> {
    Vec::new()
}

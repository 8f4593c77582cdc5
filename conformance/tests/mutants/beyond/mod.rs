//! Mutants for the checks of what no single section says.

mod hygiene;
mod isolation;
mod limits;
mod races;

use crate::deviation::Mutant;

pub(super) fn mutants() -> Vec<Mutant> {
    [isolation::mutants(), races::mutants(), limits::mutants(), hygiene::mutants()].concat()
}

//! Mutants for the checks of what the clients of one vendor send.

mod entra;
mod entra_optscim;
mod forms;
mod google;
mod jumpcloud;
mod okta;
mod onelogin;
mod other;
mod ping;
mod sailpoint;

use crate::deviation::Mutant;

pub(super) fn mutants() -> Vec<Mutant> {
    [
        entra::mutants(),
        entra_optscim::mutants(),
        okta::mutants(),
        onelogin::mutants(),
        google::mutants(),
        jumpcloud::mutants(),
        ping::mutants(),
        sailpoint::mutants(),
        other::mutants(),
    ]
    .concat()
}

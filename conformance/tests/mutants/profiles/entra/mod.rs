//! Mutants for the checks of what Microsoft Entra ID sends.

mod connection;
mod creation;
mod groups;
mod life;
mod manager;
mod matching;
mod members;
mod patch;
mod removal;
mod schemas;
mod validator;
mod value_paths;

use crate::deviation::Mutant;

pub(super) fn mutants() -> Vec<Mutant> {
    [
        connection::mutants(),
        schemas::mutants(),
        matching::mutants(),
        creation::mutants(),
        patch::mutants(),
        value_paths::mutants(),
        manager::mutants(),
        removal::mutants(),
        life::mutants(),
        groups::mutants(),
        members::mutants(),
        validator::mutants(),
    ]
    .concat()
}

//! Black-box checks for any SCIM server: what the program `scim-conformance` runs.
//!
//! It knows nothing of the other crates here: a checker that shares a parser with a server shares its bugs. [`check`] says what a check is,
//! [`checks`] lists them, [`session`] is what a check talks through, [`model`] is what the server says of itself, [`target`] is how it is
//! reached, [`run`] runs, [`report`] tells; [`simulate`] is a provisioning service. `WRITING-CHECKS.md` shows how to add a check. Nothing here is promised to anybody but the program.

pub mod arguments;
pub mod check;
pub mod checks;
pub mod clean;
pub mod journal;
pub mod model;
pub mod oauth;
pub mod program;
pub mod report;
pub mod run;
pub mod session;
pub mod simulate;
pub mod target;

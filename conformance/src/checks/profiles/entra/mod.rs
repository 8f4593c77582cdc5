//! What the provisioning service of Microsoft Entra ID sends, and what it needs back.
//!
//! The clause of each check says where it is known from: Microsoft's documentation ("Develop and plan provisioning for a SCIM endpoint",
//! "Known issues and resolutions with SCIM 2.0 protocol compliance", the reference code), the requests of Microsoft's SCIM Validator and of
//! the gallery's validation workflow as implementers have published them, requests that implementers have shown in public issues; or that
//! it is inferred from them. A MUST here is what provisioning fails without, a SHOULD is what it works worse without.
//!
//! Each check sends what Entra sends, but for what another check is about: `op` is capitalised in one check, blanks come as `+` in one, so
//! that a server which lacks one thing fails one check.

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

use crate::check::{Check, Need};

/// What a check of PATCH needs.
const PATCH: &[Need] = &[Need::Patch];
/// What a check of memberships needs.
const GROUP_PATCH: &[Need] = &[Need::Patch, Need::Type("Group")];

pub(super) fn checks() -> Vec<Check> {
    [
        connection::checks(),
        schemas::checks(),
        matching::checks(),
        creation::checks(),
        patch::checks(),
        value_paths::checks(),
        manager::checks(),
        removal::checks(),
        life::checks(),
        groups::checks(),
        members::checks(),
        validator::checks(),
    ]
    .concat()
}

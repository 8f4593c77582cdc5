//! Checks of what the clients of one vendor send; `other` is for those of whom but one form is known.

mod entra;
mod entra_optscim;
mod expected;
mod google;
mod jumpcloud;
mod okta;
mod onelogin;
mod other;
mod ping;
mod sailpoint;
mod start;
mod steps;

use crate::check::Check;

/// The profiles: a name, as on the command line, and its checks.
pub(super) fn profiles() -> [(&'static str, Vec<Check>); 9] {
    [
        ("entra", entra::checks()),
        ("entra-optscim", entra_optscim::checks()),
        ("okta", okta::checks()),
        ("onelogin", onelogin::checks()),
        ("google", google::checks()),
        ("jumpcloud", jumpcloud::checks()),
        ("ping", ping::checks()),
        ("sailpoint", sailpoint::checks()),
        ("other", other::checks()),
    ]
}

pub(super) fn checks() -> Vec<Check> {
    profiles().into_iter().flat_map(|(name, checks)| checks.into_iter().map(|check| check.of_profile(name))).collect()
}

//! All checks, one file for each section of the RFCs.

mod beyond;
mod population;
mod profiles;
mod rfc7643;
mod rfc7644;
mod rfc9110;
mod rfc9865;
mod rfc9967;

use crate::check::Check;

/// All checks, in the order in which they run.
#[must_use]
pub fn all() -> Vec<Check> {
    [rfc7643::checks(), rfc7644::checks(), rfc9110::checks(), rfc9865::checks(), rfc9967::checks(), beyond::checks(), profiles::checks()]
        .concat()
}

/// The names of the profiles.
#[must_use]
pub fn profiles() -> Vec<&'static str> {
    profiles::profiles().into_iter().map(|(name, _)| name).collect()
}

//! What the fixtures need to run, shared with the crates whose stores they run on.

pub(crate) mod exchange;
pub(crate) mod quirks;
pub(crate) mod values;
pub(crate) mod verdict;
pub(crate) mod world;

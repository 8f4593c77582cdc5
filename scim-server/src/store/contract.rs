//! The contract suite: the specification of the store port, to be run against every store.

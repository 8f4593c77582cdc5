//! The SQL store: what it must show beside the contract.

mod cost;
mod equal;
mod explain;
mod half;
mod injection;
mod meter;
mod population;
mod question;
mod search;
#[path = "../support/mod.rs"]
mod support;
mod world;

//! The store on SQLite: what it must show beside the contract.

mod cost;
mod equal;
mod explain;
mod half;
mod injection;
mod meter;
mod world;

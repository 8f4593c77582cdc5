//! What it takes to run the store: time limits, logs, replicas, re-indexing, export, import and backup.

mod backup;
mod cursors;
mod durability;
mod limits;
mod logs;
mod reindex;
mod replica;
mod search;
#[path = "../support/mod.rs"]
mod support;
mod transfer;
mod world;

//! Tribe over HTTP, as Azure sees it, and its employees afterwards, as an administrator sees them.

#![expect(clippy::unwrap_used, reason = "a test panics where it fails")]

mod account;
mod bulk;
mod commands;
mod isolation;
mod openapi;
mod page;
mod readme;
mod rehire;
mod stories;
mod support;
mod takeover;
mod tokens;

//! The program as a person calls it.

mod abort;
mod careless;
mod habits;
mod oauth;
mod server;

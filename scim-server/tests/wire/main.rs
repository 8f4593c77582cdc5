//! What only a socket shows: bytes, lengths, connections (RFC 9112). All else is tested in process.

mod ambiguity;
mod bodies;
mod paths;
mod proxy;
mod requests;
mod socket;
mod stop;
mod verdicts;

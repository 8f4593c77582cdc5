//! The program `scim-conformance`.

use std::process::ExitCode;

use clap::Parser;
use conformance::arguments::Arguments;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    conformance::program::run(&Arguments::parse()).await
}

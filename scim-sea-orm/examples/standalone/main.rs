//! The stock SCIM server: no code needed.
//!
//! ```sh
//! SCIM_TOKEN=secret cargo run -p scim-sea-orm --example standalone -- --database-url 'sqlite://scim.db?mode=rwc'
//! curl -H 'Authorization: Bearer secret' http://127.0.0.1:8080/scim/v2/ServiceProviderConfig
//! ```
//!
//! `standalone help` lists what else it does with its database. For PostgreSQL and MariaDB build it with `--all-features`.

mod database;
mod explain;
mod maintain;
mod progress;
mod serve;
mod transfer;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::filter::{EnvFilter, LevelFilter};

/// A SCIM 2.0 server under the base path /scim/v2, and the care of its database. Without a command it serves.
#[derive(Parser)]
#[command(name = "standalone", args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: serve::Serve,
}

#[derive(Subcommand)]
enum Command {
    /// Serves.
    Serve(serve::Serve),
    /// Says how the database would answer a query.
    Explain(explain::Explain),
    /// Makes the index anew, for the declared attributes. Stop all servers first.
    Reindex(maintain::Reindex),
    /// Compares the index with the documents.
    Check(maintain::Check),
    /// Writes all resources to a file as JSON Lines.
    Export(transfer::Export),
    /// Reads an export into an empty database.
    Import(transfer::Import),
    /// Copies the database while it is in use: of SQLite to a database, of the others to an export.
    Backup(transfer::Backup),
}

/// Why a command could not be carried out. Its text is for the one who gave the command.
type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::WARN.into()).from_env_lossy();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let Arguments { command, serve } = Arguments::parse();
    let outcome = match command.unwrap_or(Command::Serve(serve)) {
        Command::Serve(serve) => serve.run().await,
        Command::Explain(explain) => explain.run().await,
        Command::Reindex(reindex) => reindex.run().await,
        Command::Check(check) => check.run().await,
        Command::Export(export) => export.run().await,
        Command::Import(import) => import.run().await,
        Command::Backup(backup) => backup.run().await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

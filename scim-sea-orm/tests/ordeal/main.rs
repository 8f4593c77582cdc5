//! What must hold when several server processes share a database, when they are killed, when their clocks disagree: over HTTP, with
//! real processes and real databases (T13, T14, T15, T16, T25, T27, T28, T29, T33).
//!
//! ```sh
//! ./databases cargo test --release -p scim-sea-orm --all-features --test ordeal -- --full
//! ```
//! runs the full sizes; without `--full` each ordeal is small. Names choose: `-- --full kills members`.

mod client;
mod clocks;
mod conflicts;
mod creates;
mod database;
mod duels;
mod fresh;
mod kills;
mod large;
mod load;
mod members;
mod overload;
mod server;
mod starts;
#[path = "../support/mod.rs"]
#[allow(unused_imports, unused_macros, reason = "the tests of one engine each are not made here")]
mod support;
mod syncs;

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;

use database::{Database, ENGINES, Engine, name as engine_name};

/// Runs the ordeals, or serves one of them.
#[derive(Parser)]
struct Arguments {
    /// The full sizes.
    #[arg(long)]
    full: bool,
    /// Serve this database until the standard input ends.
    #[arg(long)]
    serve: Option<String>,
    /// Only the ordeals whose name contains one of these.
    names: Vec<String>,
    /// What the test runner of cargo is told, and we need not.
    #[arg(long, hide = true)]
    quiet: bool,
    #[arg(long, hide = true)]
    nocapture: bool,
}

/// How much of it.
#[derive(Clone, Copy)]
struct Size {
    full: bool,
}

impl Size {
    fn of(self, small: usize, full: usize) -> usize {
        if self.full { full } else { small }
    }
}

/// What an ordeal found: figures for people, or what did not hold.
type Outcome = Result<String, String>;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(url) = &arguments.serve {
        return server::serve(url).await;
    }
    let size = Size { full: arguments.full };
    let mut failures = 0;
    for engine in ENGINES {
        for (name, on) in ORDEALS {
            let title = format!("{name} on {}", engine_name(engine));
            let wanted = arguments.names.is_empty() || arguments.names.iter().any(|part| title.contains(part.as_str()));
            if !wanted || !on.contains(&engine) {
                continue;
            }
            let started = Instant::now();
            let outcome = match Database::new(engine).await {
                None => {
                    println!("{title}: left out, there is no server of it");
                    continue;
                }
                Some(database) => run(name, &database, size).await,
            };
            match outcome {
                Ok(figures) => println!("{title}: {figures} ({:.1} s)", started.elapsed().as_secs_f64()),
                Err(reason) => {
                    failures += 1;
                    println!("{title}: FAILED: {reason}");
                }
            }
        }
    }
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

use Engine::{MariaDb, Postgres, Sqlite};

/// Each ordeal and where it runs.
const ORDEALS: &[(&str, &[Engine])] = &[
    ("creates", &[Postgres, MariaDb]),
    ("duels", &[Postgres, MariaDb]),
    ("members", &[Postgres, MariaDb]),
    ("fresh", &[Postgres, MariaDb]),
    ("conflicts", &[Postgres, MariaDb]),
    ("starts", &[Sqlite, Postgres, MariaDb]),
    ("clocks", &[Sqlite, Postgres, MariaDb]),
    ("kills", &[Sqlite, Postgres]),
    ("database kills", &[Postgres]),
    ("syncs", &[Sqlite]),
    ("large", &[Sqlite, Postgres, MariaDb]),
    ("overload", &[Sqlite, Postgres]),
];

async fn run(name: &str, database: &Database, size: Size) -> Outcome {
    match name {
        "creates" => creates::run(database, size).await,
        "duels" => duels::run(database, size).await,
        "members" => members::run(database, size).await,
        "fresh" => fresh::run(database, size).await,
        "conflicts" => conflicts::run(database, size).await,
        "starts" => starts::run(database, size).await,
        "clocks" => clocks::run(database, size).await,
        "kills" => kills::of_the_server(database, size).await,
        "database kills" => kills::of_the_database(size).await,
        "syncs" => syncs::run(database, size).await,
        "large" => large::run(database, size).await,
        "overload" => overload::run(database, size).await,
        _ => Err("there is no such ordeal".into()),
    }
}

//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};

use crate::simulate::Simulation;

/// Checks any SCIM server against RFC 7643, RFC 7644 and what real clients send.
///
/// It creates resources that are marked, and removes them again, also after an abort. Exit codes: 0 passed, 1 failed, 2 could not run.
#[derive(Debug, Parser)]
#[command(version, name = "scim-conformance", args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Arguments {
    /// Something else than the checks.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The base URL of the server, e.g. `https://scim.example.com/scim/v2`.
    #[arg(required_unless_present_any = ["list", "explain"])]
    pub url: Option<String>,
    /// Only these checks: ids or their beginnings, sections such as `7644-3.5` or `3.5`, or requirements.
    pub chosen: Vec<String>,
    /// The environment variable that has the bearer token. A token is never taken from the command line, which others can see.
    #[arg(long, value_name = "VARIABLE", default_value = "SCIM_TOKEN", global = true)]
    pub token_env: String,
    /// The variable that has a token of another tenant, for the checks of isolation.
    #[arg(long, value_name = "VARIABLE", default_value = "SCIM_SECOND_TOKEN")]
    pub second_token_env: String,
    /// The variable that has a token that may only read.
    #[arg(long, value_name = "VARIABLE", default_value = "SCIM_READ_ONLY_TOKEN")]
    pub read_only_token_env: String,
    /// Also the checks of these vendors' clients: entra, okta, … or all.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub profile: Vec<String>,
    /// List the checks and ask the server nothing.
    #[arg(long)]
    pub list: bool,
    /// Run this check alone and show the clause, its conversation, and a `curl` line that repeats it. Without a URL, the clause alone.
    #[arg(long, value_name = "ID")]
    pub explain: Option<String>,
    /// A SHOULD that does not hold fails the run, too.
    #[arg(long)]
    pub strict: bool,
    /// Stop at the first MUST that does not hold.
    #[arg(long)]
    pub fail_fast: bool,
    /// Also probe limits: deep filters, long bodies, huge bulk requests.
    #[arg(long)]
    pub limits: bool,
    /// Do not ask before data are changed.
    #[arg(long, short, global = true)]
    pub yes: bool,
    /// Also write a report of this kind, to --output or in the place of the usual output.
    #[arg(long, value_enum, global = true)]
    pub report: Option<Format>,
    /// The file of the report.
    #[arg(long, value_name = "FILE", requires = "report", global = true)]
    pub output: Option<PathBuf>,
    /// Show the checks that passed or were skipped, too.
    #[arg(long, short)]
    pub verbose: bool,
    /// A header for every request, `Name: value`.
    #[arg(long = "header", short = 'H', value_name = "HEADER", value_parser = header, global = true)]
    pub headers: Vec<(String, String)>,
    /// A proxy for all requests.
    #[arg(long, value_name = "URL", global = true)]
    pub proxy: Option<String>,
    /// A file of PEM certificates that are trusted, too.
    #[arg(long, value_name = "FILE", global = true)]
    pub ca: Option<PathBuf>,
    /// Accept any certificate. Whoever is between may read the token.
    #[arg(long, global = true)]
    pub insecure: bool,
    /// How many seconds one request may take.
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds, global = true)]
    pub timeout: Duration,
    /// How many seconds the whole run may take.
    #[arg(long, value_name = "SECONDS", default_value = "1800", value_parser = seconds, global = true)]
    pub run_timeout: Duration,
    /// Remove what earlier runs have left on this server, and run nothing.
    #[arg(long)]
    pub clean: bool,
    /// Get the token from here, with client credentials (RFC 6749 §4.4).
    #[arg(long, value_name = "URL", requires_all = ["client_id", "client_secret_env"], global = true)]
    pub oauth_token_url: Option<String>,
    /// The id of the OAuth client.
    #[arg(long, value_name = "ID", global = true)]
    pub client_id: Option<String>,
    /// The variable that has the secret of the OAuth client.
    #[arg(long, value_name = "VARIABLE", global = true)]
    pub client_secret_env: Option<String>,
    /// The scope to ask for.
    #[arg(long, value_name = "SCOPE", requires = "oauth_token_url", global = true)]
    pub oauth_scope: Option<String>,
    /// Mark what is created with this instead of a random word; a simulation is the same with the same word.
    #[arg(long, value_name = "WORD", global = true)]
    pub seed: Option<String>,
}

/// What the program does besides the checks.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Behave like a provisioning service with a directory that changes, and compare the server with it at the end.
    Simulate(Simulation),
}

/// The kinds of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For the test reports of CI.
    Junit,
    /// For programs.
    Json,
    /// One file to look at.
    Html,
    /// For a pull request.
    Markdown,
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("a header is `Name: value`")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse().map(Duration::from_secs).map_err(|_| format!("`{text}` is no number of seconds"))
}

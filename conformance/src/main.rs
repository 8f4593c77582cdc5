//! `scim-conformance`: black-box checks for any SCIM server.
//!
//! A check is a value: a slug that never changes, the clause it holds, its level, and the smallest conversation that decides it.
//! These checks read the discovery endpoints and change nothing on the target.

mod check;
mod discovery;
mod target;

use std::process::ExitCode;

use clap::Parser;

use check::Verdict;
use target::Target;

/// Checks a SCIM server against RFC 7643 and RFC 7644. The checks of this version only read: they change nothing.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The base URL of the server, e.g. `https://scim.example.com/scim/v2`.
    url: String,
    /// The bearer token. Prefer the environment variable: command lines are visible to others.
    #[arg(long, env = "SCIM_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Only the checks whose slug begins with this, e.g. `7644-4`.
    #[arg(long, default_value = "")]
    only: String,
    /// List the checks and ask the server nothing.
    #[arg(long)]
    list: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let checks = discovery::checks().into_iter().filter(|check| check.slug.starts_with(&arguments.only));
    if arguments.list {
        for check in checks {
            println!("{} {:?}: {}", check.slug, check.level, check.clause);
        }
        return ExitCode::SUCCESS;
    }
    let target = match Target::new(&arguments.url, arguments.token.as_deref()) {
        Ok(target) => target,
        Err(reason) => {
            eprintln!("{reason}");
            return ExitCode::from(2);
        }
    };
    println!("target: {}", arguments.url);
    let (mut passed, mut failed, mut blocked) = (0, 0, 0);
    for check in checks {
        let verdict = check.run(&target).await;
        match &verdict {
            Verdict::Pass => passed += 1,
            Verdict::Fail(_) => failed += 1,
            Verdict::Blocked(_) => blocked += 1,
        }
        println!("{verdict} {}\n  {}", check.slug, check.clause);
        if let Verdict::Fail(reason) | Verdict::Blocked(reason) = verdict {
            println!("  {reason}");
        }
    }
    println!("{passed} passed, {failed} failed, {blocked} blocked");
    if failed == 0 && blocked == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

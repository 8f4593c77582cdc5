//! `scim-conformance simulate`

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Simulation, remove, report, run};
use crate::arguments::{Arguments, Format};
use crate::clean;
use crate::model::Model;
use crate::program::{COULD_NOT_RUN, complain, interrupted, with_journal};
use crate::report::terminal::Terminal;
use crate::target::Target;

/// How long removing what was created may take.
const CLEANING: Duration = Duration::from_secs(900);

/// Runs a simulation and gives the exit code: 0 no differences, 1 differences, 2 ended early.
///
/// # Errors
/// Says why it could not run.
pub(crate) async fn simulate(arguments: &Arguments, simulation: &Simulation, target: Target) -> Result<ExitCode, String> {
    if arguments.report.is_some_and(|format| format != Format::Json) {
        return Err("a simulation has only the report json".into());
    }
    let (target, journal) = with_journal(target);
    let outcome = talk(arguments, simulation, &target).await;
    if let Some(journal) = &journal {
        journal.end();
    }
    outcome
}

async fn talk(arguments: &Arguments, simulation: &Simulation, target: &Arc<Target>) -> Result<ExitCode, String> {
    let model = Model::discover(target).await?;
    let connections = usize::from(simulation.connections);
    let started = Instant::now();
    let finished = tokio::select! {
        finished = run(simulation, target, &model) => Some(finished),
        () = interrupted() => None,
    };
    let took = started.elapsed();
    target.allow_until(Instant::now() + CLEANING);
    let mut left = 0;
    if !simulation.keep {
        remove(target, connections).await;
        // What was created by a request whose answer never came is found by its mark.
        clean::marked(target, &model, target.mark()).await;
        left = remove(target, connections).await;
    }
    let told_left = if left == 0 { String::new() } else { format!("; {left} resources could not be removed: call again with --clean") };
    let outcome =
        finished.ok_or_else(|| format!("interrupted{told_left}"))?.map_err(|reason| format!("{}{told_left}", target.redact(&reason)))?;
    let terminal = Terminal::new(false, false);
    let on_output = arguments.report.is_some() && arguments.output.is_none();
    if arguments.report.is_some() {
        let text = report::json(simulation, target, &outcome, took);
        match &arguments.output {
            Some(path) => std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))?,
            None => terminal.say(&text),
        }
    }
    if !on_output {
        terminal.say(&report::text(simulation, target, &outcome, took));
    }
    if left > 0 {
        complain(told_left.trim_start_matches("; "));
    }
    Ok(match &outcome.ended {
        Some(_) => ExitCode::from(COULD_NOT_RUN),
        None if outcome.is_good() => ExitCode::SUCCESS,
        None => ExitCode::FAILURE,
    })
}

//! What the program does with its arguments.

use std::io::{IsTerminal, Write, stderr, stdin};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::arguments::{Arguments, Command, Format};
use crate::check::Check;
use crate::checks;
use crate::clean;
use crate::journal::Journal;
use crate::model::Model;
use crate::oauth::ClientCredentials;
use crate::report::terminal::Terminal;
use crate::report::{self, Report};
use crate::run::{self, CheckResult, EndedEarly, Gravity, Until};
use crate::simulate;
use crate::target::{Connection, Http, Target, Tokens, Variables};

/// The word that every mark begins with.
pub const MARK: &str = "scim-conformance";

/// How long removing what was created may take.
const CLEANING: Duration = Duration::from_secs(60);

/// Nothing could be run.
pub(crate) const COULD_NOT_RUN: u8 = 2;

/// Runs what was asked for and gives the exit code: 0 passed, 1 failed, 2 could not run.
pub async fn run(arguments: &Arguments) -> ExitCode {
    match attempt(arguments).await {
        Ok(code) => code,
        Err(reason) => {
            complain(&reason);
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}

/// Says on the error output what is wrong; if nobody reads that, there is nobody to tell.
pub(crate) fn complain(reason: &str) {
    let _ = writeln!(stderr(), "scim-conformance: {reason}");
}

async fn attempt(arguments: &Arguments) -> Result<ExitCode, String> {
    if let Some(Command::Simulate(simulation)) = &arguments.command {
        let target = target(arguments, &simulation.url).await?;
        ask_before_changing(arguments, target.base())?;
        return simulate::command::simulate(arguments, simulation, target).await;
    }
    // A report on standard output is meant for another program.
    let on_output = arguments.report.is_some() && arguments.output.is_none();
    let terminal = Terminal::new(arguments.verbose, on_output);
    let checks = chosen(arguments)?;
    if arguments.list {
        match arguments.report {
            Some(Format::Json) => terminal.say(&report::list(&checks)),
            _ => terminal.list(&checks),
        }
        return Ok(ExitCode::SUCCESS);
    }
    let Some(url) = &arguments.url else {
        checks.iter().for_each(|check| terminal.say(&terminal.clause(check)));
        return Ok(ExitCode::SUCCESS);
    };
    let target = target(arguments, url).await?;
    ask_before_changing(arguments, target.base())?;
    let (target, journal) = with_journal(target);
    let outcome = talk(arguments, &terminal, &checks, &target).await;
    if let Some(journal) = &journal {
        journal.end();
    }
    outcome
}

/// The target, with a journal if one can be kept: without it an aborted run can still be cleaned by its mark.
pub(crate) fn with_journal(target: Target) -> (Arc<Target>, Option<Arc<Journal>>) {
    match Journal::begin(target.base(), target.mark()).map(Arc::new) {
        Ok(journal) => (Arc::new(target.with_journal(journal.clone())), Some(journal)),
        Err(reason) => {
            complain(&format!("no journal of this run is kept: {reason}"));
            (Arc::new(target), None)
        }
    }
}

/// Everything that the server is asked, and removing what it leaves.
async fn talk(arguments: &Arguments, terminal: &Terminal, checks: &[Check], target: &Arc<Target>) -> Result<ExitCode, String> {
    let model = tokio::select! {
        model = Model::discover(target) => Arc::new(model?),
        () = interrupted() => return Err("interrupted before anything was created".into()),
    };
    if arguments.clean {
        let count = clean::earlier_runs(target, &model, &format!("{MARK}-")).await;
        let left = target.left_over();
        terminal.say(&format!("{count} resources of earlier runs were found, {} of them could not be removed\n", left.len()));
        return Ok(if left.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let explains = arguments.explain.is_some();
    if !explains {
        terminal.begin(target, &model, checks.len());
    }
    let until = if arguments.fail_fast { Until::FirstFailure } else { Until::End };
    let (started, clock) = (SystemTime::now(), Instant::now());
    let tell = |result: &CheckResult| if explains { terminal.explain(target, result) } else { terminal.result(result) };
    let finished = tokio::select! {
        finished = run::run(checks, target, &model, until, tell) => Ok(finished),
        () = interrupted() => Err("interrupted"),
        () = terminal.unread() => Err("nobody reads the output any more"),
    };
    let took = clock.elapsed();
    target.allow_until(Instant::now() + CLEANING);
    clean::this_run(target).await;
    let (results, ended) = match finished {
        Ok(finished) => finished,
        Err(reason) => {
            // The answer to the request that was under way never came: what it created is found by its mark.
            clean::marked(target, &model, target.mark()).await;
            return Err(match target.left_over().len() {
                0 => format!("{reason}; what was created has been removed"),
                left => format!("{reason}; {left} resources could not be removed: call again with --clean"),
            });
        }
    };
    let report = Report { target, model: &model, started, took, results: &results, ended };
    if let Some(format) = arguments.report {
        let text = report::write(&report, format)?;
        match &arguments.output {
            Some(path) => std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))?,
            None => terminal.say(&text),
        }
    }
    let has_failed = has_failed(&results, arguments.strict);
    if !explains {
        terminal.end(&report, has_failed);
    }
    Ok(match ended {
        _ if has_failed => ExitCode::FAILURE,
        Some(EndedEarly::TimeIsOver | EndedEarly::ServerIsGone) => ExitCode::from(COULD_NOT_RUN),
        Some(EndedEarly::FirstFailure) | None => ExitCode::SUCCESS,
    })
}

/// Waits until the person or the system wants the program to end.
pub(crate) async fn interrupted() {
    #[cfg(unix)]
    if let Ok(mut terminated) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => return,
            _ = terminated.recv() => return,
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

/// Whether a MUST does not hold, or with `strict` a SHOULD.
fn has_failed(results: &[CheckResult], strict: bool) -> bool {
    let limit = if strict { Gravity::Should } else { Gravity::Must };
    results.iter().any(|result| result.gravity() >= limit)
}

/// The checks that are to run: those that are named, of the profiles that are asked for.
fn chosen(arguments: &Arguments) -> Result<Vec<Check>, String> {
    let known = checks::profiles();
    if let Some(unknown) = arguments.profile.iter().find(|name| *name != "all" && !known.contains(&name.as_str())) {
        return Err(format!("there is no profile `{unknown}`: there are {} and all", known.join(", ")));
    }
    if let Some(id) = &arguments.explain {
        return run::choose(checks::all(), std::slice::from_ref(id));
    }
    let is_wanted = |check: &Check| {
        let asked = |profile: &str| arguments.profile.iter().any(|name| name == profile || name == "all");
        check.profile.is_none_or(asked) || arguments.list
    };
    // With `--list`, the first word may be a section: there is no server to name.
    let mut words = arguments.chosen.clone();
    words.extend(arguments.url.clone().filter(|_| arguments.list));
    let all: Vec<Check> = checks::all().into_iter().filter(is_wanted).collect();
    run::choose(all, &words)
}

async fn target(arguments: &Arguments, url: &str) -> Result<Target, String> {
    let parsed = reqwest::Url::parse(url).map_err(|error| format!("the base URL: {error}"))?;
    if !matches!(parsed.scheme(), "http" | "https") {
        return Err("the base URL must begin with https:// or http://".into());
    }
    if !parsed.username().is_empty() || parsed.password().is_some() || parsed.query().is_some() || parsed.fragment().is_some() {
        return Err(
            "the base URL has no user, password, query or fragment: a token is taken from the variable that --token-env names".into()
        );
    }
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let connection = Connection {
        timeout: arguments.timeout,
        proxy: arguments.proxy.clone(),
        authorities: arguments.ca.clone(),
        insecure: arguments.insecure,
    };
    let http = Arc::new(Http::new(&connection)?);
    let mut tokens = Tokens {
        own: variable(&arguments.token_env),
        second: variable(&arguments.second_token_env),
        read_only: variable(&arguments.read_only_token_env),
    };
    let mut secrets: Vec<String> = arguments.client_secret_env.iter().filter_map(|name| variable(name)).collect();
    // A proxy may have a password of its own.
    secrets.extend(arguments.proxy.as_ref().and_then(|proxy| reqwest::Url::parse(proxy).ok()?.password().map(ToOwned::to_owned)));
    if let (Some(token_url), Some(client_id), Some(client_secret)) =
        (&arguments.oauth_token_url, &arguments.client_id, arguments.client_secret_env.as_deref())
    {
        let client_secret = variable(client_secret).ok_or_else(|| format!("the variable {client_secret} is empty"))?;
        let (token_url, client_id, scope) = (token_url.clone(), client_id.clone(), arguments.oauth_scope.clone());
        tokens.own = Some(ClientCredentials { token_url, client_id, client_secret, scope }.token(&*http).await?);
    }
    let variables = Variables {
        own: arguments.token_env.clone(),
        second: arguments.second_token_env.clone(),
        read_only: arguments.read_only_token_env.clone(),
    };
    let target = Target::new(url, http, tokens, mark(arguments.seed.as_deref()))
        .with_variables(variables)
        .with_headers(arguments.headers.clone())
        .with_deadline(Instant::now() + arguments.run_timeout)
        .with_limits(arguments.limits);
    Ok(secrets.into_iter().fold(target, Target::with_secret))
}

/// What everything carries that is created: the same word, and one of this run.
fn mark(seed: Option<&str>) -> String {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_millis();
    seed.map_or_else(|| format!("{MARK}-{time:x}"), |seed| format!("{MARK}-{seed}"))
}

/// Nobody's data are changed by surprise (T36).
fn ask_before_changing(arguments: &Arguments, base: &str) -> Result<(), String> {
    if arguments.yes {
        return Ok(());
    }
    if !(stdin().is_terminal() && stderr().is_terminal()) {
        return Err(format!("the checks create, change and remove marked resources on {base}: say --yes if that may be"));
    }
    let ask = || {
        let mut answer = String::new();
        write!(stderr(), "The checks create, change and remove marked resources on {base}. Go on? [y/N] ")?;
        stdin().read_line(&mut answer).map(|_| answer)
    };
    let answer = ask().map_err(|error| error.to_string())?;
    if ["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str()) { Ok(()) } else { Err("nothing was done".into()) }
}

//! Runs the checks on correct and on deviating servers.

use std::collections::BTreeMap;
use std::sync::Arc;

use conformance::check::{Check, Need, Turn, Verdict};
use conformance::model::Model;
use conformance::run::{CheckResult, hold};
use conformance::target::{Exchange, Target};

use crate::deviation::{Answered, Asked, Hooks, Mutant};
use crate::server::{self, BASE, InProcess, tokens};

/// What the checks do on the correct server.
pub(crate) struct Baseline {
    profile: Option<&'static str>,
    pub(crate) checks: Vec<Check>,
    pub(crate) results: Vec<CheckResult>,
    model: Arc<Model>,
    /// For each check its conversation, as the server has seen it.
    conversations: BTreeMap<&'static str, Vec<(Asked, Answered)>>,
}

/// A target on a fresh server.
fn target(server: Arc<InProcess>) -> Arc<Target> {
    Arc::new(Target::new(BASE, server, tokens(), "scim-conformance-mutant").with_limits(true))
}

impl Baseline {
    /// Runs the checks of that profile, or those that are of none.
    pub(crate) async fn run(profile: Option<&'static str>) -> Self {
        let checks: Vec<Check> = conformance::checks::all().into_iter().filter(|check| check.profile == profile).collect();
        let server = Arc::new(InProcess::new(server::profile(profile), None, Hooks::default()).await);
        let target = target(server.clone());
        let model = Arc::new(Model::discover(&target).await.expect("the correct server can be read"));
        server.take_log();
        let (mut results, mut conversations): (Vec<CheckResult>, BTreeMap<_, _>) = (Vec::new(), BTreeMap::new());
        for check in in_turn(&checks) {
            let result = hold(check, &target, &model, earlier(check, &model, &results)).await;
            conversations.insert(check.id, server.take_log());
            results.push(result);
        }
        assert!(target.left_over().is_empty(), "the checks have left resources on the server: {:?}", target.left_over());
        Self { profile, checks, results, model, conversations }
    }

    /// The results of the checks that the deviation can make a difference to.
    pub(crate) async fn on(&self, mutant: &Mutant) -> Vec<CheckResult> {
        let deviation = &mutant.deviation;
        let hooks = deviation.hooks();
        let server = Arc::new(InProcess::new(server::profile(self.profile), deviation.setup.as_ref(), hooks.clone()).await);
        let target = target(server);
        let model = match deviation.in_discovery {
            true => Arc::new(Model::discover(&target).await.expect("the deviating server can be read")),
            false => self.model.clone(),
        };
        let mut results = Vec::new();
        let probes = |check: &Check| check.needs.contains(&Need::Limits);
        let is_probe = self.checks.iter().any(|check| check.id == mutant.check && probes(check));
        // Probes of limits are large: that they hold on a server with a deviation of another kind is not worth their time.
        for check in in_turn(&self.checks).filter(|check| is_probe || !probes(check)) {
            let conversation = self.conversations.get(check.id).map(Vec::as_slice).unwrap_or_default();
            let is_touched = !deviation.is_plain() || check.turn == Turn::Last || conversation.iter().any(|exchange| hooks.touch(exchange));
            if is_touched {
                let result = hold(check, &target, &model, earlier(check, &model, &results)).await;
                results.push(result);
            }
        }
        results
    }

    /// What is wrong with a mutant: nothing if its check sees it and no more others than it says.
    pub(crate) async fn judge(&self, mutant: &Mutant) -> Vec<String> {
        let mut wrong = Vec::new();
        let results = self.on(mutant).await;
        let sees = |result: &&CheckResult| match result.verdict {
            Verdict::Failed(_) => true,
            Verdict::Recorded => self.notes(result.check.id) != result.notes,
            _ => false,
        };
        let named = results.iter().find(|result| result.check.id == mutant.check);
        if named.filter(sees).is_none() {
            let verdict = named.map_or("was not touched".to_owned(), |result| told(&result.verdict));
            wrong.push(format!("{}: the check does not see its mutant: it {verdict}", mutant.check));
        }
        let failed = results.iter().filter(|result| matches!(result.verdict, Verdict::Failed(_)) && result.check.id != mutant.check);
        let failed: Vec<&CheckResult> = failed.collect();
        for result in failed.iter().filter(|result| !mutant.also.iter().any(|(also, _)| *also == result.check.id)) {
            wrong.push(format!("{}: {} fails, too, and is not in `also`: {}", mutant.check, result.check.id, told(&result.verdict)));
        }
        for (also, _) in mutant.also.iter().filter(|(also, _)| !failed.iter().any(|result| result.check.id == *also)) {
            wrong.push(format!("{}: {also} is in `also` and does not fail", mutant.check));
        }
        if mutant.also.len() > 5 {
            wrong.push(format!("{}: more than five other checks fail: split them, or need what they share", mutant.check));
        }
        wrong
    }

    fn notes(&self, id: &str) -> Vec<String> {
        self.results.iter().find(|result| result.check.id == id).map(|result| result.notes.clone()).unwrap_or_default()
    }
}

/// The checks in the order in which they run.
fn in_turn(checks: &[Check]) -> impl Iterator<Item = &Check> {
    let of = |turn| checks.iter().filter(move |check| check.turn == turn);
    of(Turn::Any).chain(of(Turn::Last))
}

fn earlier(check: &Check, model: &Model, results: &[CheckResult]) -> Vec<Arc<Exchange>> {
    match check.turn {
        Turn::Any => Vec::new(),
        Turn::Last => model.exchanges.iter().chain(results.iter().flat_map(|result| &result.exchanges)).cloned().collect(),
    }
}

/// A verdict in one line.
pub(crate) fn told(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Failed(finding) | Verdict::Blocked(finding) => {
            let exchange = finding.exchange.as_ref().map(|exchange| {
                let status = exchange.came.as_ref().map_or("no answer".to_owned(), |came| format!("{} {}", came.status, came.body));
                format!(" ({} {} {} -> {status})", exchange.sent.method, exchange.sent.path, exchange.sent.body.clone().unwrap_or_default())
            });
            format!("{}: expected {}, but {}{}", verdict.word(), finding.expected, finding.came, exchange.unwrap_or_default())
        }
        Verdict::Skipped(reason) => format!("skipped: {reason}"),
        _ => verdict.word().to_owned(),
    }
}

//! Running checks, and what comes out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::check::{Check, Level, Turn, Verdict};
use crate::model::Model;
use crate::session::Session;
use crate::target::{Created, Exchange, Request, Target};

/// What became of one check.
#[derive(Debug, Clone)]
pub struct CheckResult {
    /// The check.
    pub check: Check,
    /// Its verdict.
    pub verdict: Verdict,
    /// The verdicts of the rows that it reported one by one.
    pub rows: Vec<(&'static str, Verdict)>,
    /// What it noted.
    pub notes: Vec<String>,
    /// Its conversation.
    pub exchanges: Vec<Arc<Exchange>>,
    /// How long it took.
    pub took: Duration,
}

/// How grave a verdict is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gravity {
    /// All is well, or does not apply.
    None,
    /// A MAY is used in another way than the RFC has it.
    May,
    /// A SHOULD, or a MUST that can be read in two ways.
    Should,
    /// A MUST.
    Must,
}

impl Gravity {
    /// The word of the level, or `none`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Gravity::None => "none",
            Gravity::May => "MAY",
            Gravity::Should => "SHOULD",
            Gravity::Must => "MUST",
        }
    }
}

impl CheckResult {
    /// How grave the verdict is, by the level of the check and of its finding.
    #[must_use]
    pub fn gravity(&self) -> Gravity {
        let Verdict::Failed(_) = &self.verdict else { return Gravity::None };
        let failed = self.rows.iter().map(|(_, verdict)| verdict).chain([&self.verdict]);
        let warned = |verdict: &Verdict| matches!(verdict, Verdict::Failed(finding) if finding.warning);
        let only_warnings = failed.filter(|verdict| matches!(verdict, Verdict::Failed(_))).all(warned);
        match self.check.level {
            Level::Must if !only_warnings => Gravity::Must,
            Level::Must | Level::Should => Gravity::Should,
            Level::May => Gravity::May,
        }
    }

    /// The verdict for a row that the check names: its own, or that of the check.
    #[must_use]
    pub fn of_row(&self, row: &str) -> &Verdict {
        self.rows.iter().find(|(known, _)| *known == row).map_or(&self.verdict, |(_, verdict)| verdict)
    }
}

/// Holds the conversation of one check and removes what it has created.
pub async fn hold(check: &Check, target: &Arc<Target>, model: &Arc<Model>, earlier: Vec<Arc<Exchange>>) -> CheckResult {
    let started = Instant::now();
    let unmet = check.needs.iter().find_map(|need| model.meets(*need, target).err());
    let (verdict, log) = if let Some(reason) = unmet {
        (Verdict::Skipped(reason), crate::session::Log::default())
    } else {
        let session = Session::new(target.clone(), model.clone(), earlier);
        let outcome = check.hold(session.clone()).await;
        (Verdict::from(outcome), session.end().await)
    };
    let mut rows: Vec<(&'static str, Verdict)> = log.rows.into_iter().map(|(row, verdict)| (row, redacted(verdict, target))).collect();
    // A row that was judged twice keeps its worse verdict.
    rows.sort_by_key(|(row, verdict)| (*row, std::cmp::Reverse(badness(verdict))));
    rows.dedup_by_key(|(row, _)| *row);
    let mut verdict = redacted(verdict, target);
    if badness(&verdict) < 2
        && let Some((_, worst)) = rows.iter().filter(|(_, verdict)| badness(verdict) >= 2).max_by_key(|(_, verdict)| badness(verdict))
    {
        verdict = worst.clone();
    }
    if check.records && matches!(verdict, Verdict::Passed) {
        verdict = Verdict::Recorded;
    }
    let notes = log.notes.iter().map(|note| target.redact(note)).collect();
    CheckResult { check: check.clone(), verdict, rows, notes, exchanges: log.exchanges, took: started.elapsed() }
}

fn badness(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Passed | Verdict::Recorded => 0,
        Verdict::Skipped(_) => 1,
        Verdict::Blocked(_) => 2,
        Verdict::Failed(finding) => 3 + u8::from(!finding.warning),
    }
}

fn redacted(verdict: Verdict, target: &Target) -> Verdict {
    let clean = |mut finding: crate::check::Finding| {
        finding.expected = target.redact(&finding.expected);
        finding.came = target.redact(&finding.came);
        finding
    };
    match verdict {
        Verdict::Failed(finding) => Verdict::Failed(clean(finding)),
        Verdict::Blocked(finding) => Verdict::Blocked(clean(finding)),
        Verdict::Skipped(reason) => Verdict::Skipped(target.redact(&reason)),
        other => other,
    }
}

/// When a run ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// All checks have run.
    End,
    /// The first MUST has failed.
    FirstFailure,
}

/// Why a run ended before all checks had run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndedEarly {
    /// The person wanted to see the first failure only.
    FirstFailure,
    /// The time for the whole run is over.
    TimeIsOver,
    /// The server answers no more.
    ServerIsGone,
}

impl fmt::Display for EndedEarly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            EndedEarly::FirstFailure => "stopped at the first failure",
            EndedEarly::TimeIsOver => "the time for the whole run was over before all checks had run: see --run-timeout",
            EndedEarly::ServerIsGone => "the server gave no answer any more: the checks that were left did not run",
        })
    }
}

/// After how many checks in a row without any answer the server counts as gone.
const GONE: usize = 10;

/// Runs checks one after another, those that judge the whole run last. `tell` is called with each result.
pub async fn run(
    checks: &[Check],
    target: &Arc<Target>,
    model: &Arc<Model>,
    until: Until,
    mut tell: impl FnMut(&CheckResult),
) -> (Vec<CheckResult>, Option<EndedEarly>) {
    let mut results: Vec<CheckResult> = Vec::new();
    let mut silent = 0;
    let (any, last): (Vec<&Check>, Vec<&Check>) = checks.iter().partition(|check| check.turn == Turn::Any);
    for check in any.into_iter().chain(last) {
        let earlier = match check.turn {
            Turn::Any => Vec::new(),
            Turn::Last => model.exchanges.iter().chain(results.iter().flat_map(|result| &result.exchanges)).cloned().collect(),
        };
        if check.turn == Turn::Any && target.is_over() {
            return (results, Some(EndedEarly::TimeIsOver));
        }
        let result = hold(check, target, model, earlier).await;
        tell(&result);
        let stops = until == Until::FirstFailure && result.gravity() == Gravity::Must;
        if !result.exchanges.is_empty() {
            silent = if result.exchanges.iter().all(|exchange| exchange.came.is_err()) { silent + 1 } else { 0 };
        }
        results.push(result);
        if stops {
            return (results, Some(EndedEarly::FirstFailure));
        }
        if silent == GONE {
            return (results, Some(EndedEarly::ServerIsGone));
        }
    }
    (results, None)
}

/// Removes one resource that a run has created. What is gone already is fine; what cannot be removed stays noted.
pub(crate) async fn remove(target: &Target, created: &Created) {
    let request = Request { method: "DELETE".into(), url: created.path.clone(), headers: Vec::new(), body: None };
    if let Ok(answer) = target.send(request, created.credential).await.1
        && (matches!(answer.status, 404 | 410) || (200..300).contains(&answer.status))
    {
        target.note_removed(&created.path);
    }
}

/// How requirements stand: a row that several checks hold has its worst verdict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// For each level, the number of rows by verdict.
    pub rows: BTreeMap<Level, BTreeMap<&'static str, usize>>,
}

impl Summary {
    /// The requirements of these results.
    #[must_use]
    pub fn of(results: &[CheckResult]) -> Self {
        let mut worst: BTreeMap<&str, (Level, &Verdict)> = BTreeMap::new();
        for result in results {
            for row in result.check.rows {
                let verdict = result.of_row(row);
                let level = match verdict {
                    Verdict::Failed(finding) if finding.warning => result.check.level.min(Level::Should),
                    _ => result.check.level,
                };
                let known = worst.entry(row).or_insert((level, verdict));
                if badness(verdict) > badness(known.1) {
                    *known = (level, verdict);
                }
            }
        }
        let mut rows: BTreeMap<Level, BTreeMap<&'static str, usize>> = BTreeMap::new();
        for (level, verdict) in worst.values() {
            *rows.entry(*level).or_default().entry(verdict.word()).or_default() += 1;
        }
        Self { rows }
    }

    /// The number of requirements.
    #[must_use]
    pub fn total(&self) -> usize {
        self.rows.values().flat_map(BTreeMap::values).sum()
    }
}

/// The checks that a person has chosen: by id or its beginning, by section (`7644-3.5`, `3.5`) or by row. Nothing chosen means all.
///
/// # Errors
/// Names what chooses nothing.
pub fn choose(all: Vec<Check>, chosen: &[String]) -> Result<Vec<Check>, String> {
    let mut ids: BTreeSet<&'static str> = BTreeSet::new();
    for choice in chosen {
        let choice = choice.trim_start_matches('§');
        let found: Vec<&'static str> = all.iter().filter(|check| is_chosen(check, choice)).map(|check| check.id).collect();
        if found.is_empty() {
            return Err(format!("no check, section or requirement is called `{choice}`: see --list"));
        }
        ids.extend(found);
    }
    Ok(all.into_iter().filter(|check| chosen.is_empty() || ids.contains(check.id)).collect())
}

/// Whether a choice names a check. `3.5` is its section or one within it, and not `3.50`.
fn is_chosen(check: &Check, choice: &str) -> bool {
    let begins = |text: &str| {
        text.strip_prefix(choice)
            .is_some_and(|rest| choice.is_empty() || rest.is_empty() || rest.starts_with(['-', '.']) || choice.ends_with('-'))
    };
    let without_rfc = check.id.split_once('-').map_or("", |(_, rest)| rest);
    begins(check.id) || (choice.contains('.') && begins(without_rfc)) || check.rows.contains(&choice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::must;

    #[test]
    fn a_choice_is_an_id_a_section_or_a_row() {
        let all = || {
            vec![
                must("7644-3.5.2-atomic", "").rows(&["7644-3.5.2-24"]),
                must("7644-3.5.20-other", "").rows(&[]),
                must("7643-3.5-other", ""),
            ]
        };
        let ids = |choice: &str| choose(all(), &[choice.into()]).map(|found| found.iter().map(|check| check.id).collect::<Vec<_>>());
        assert_eq!(ids("7644-3.5.2"), Ok(vec!["7644-3.5.2-atomic"]));
        assert_eq!(ids("7644-3.5.2-atomic"), Ok(vec!["7644-3.5.2-atomic"]));
        assert_eq!(ids("7644-3.5.2-24"), Ok(vec!["7644-3.5.2-atomic"]));
        assert_eq!(ids("3.5"), Ok(vec!["7644-3.5.2-atomic", "7644-3.5.20-other", "7643-3.5-other"]));
        assert_eq!(ids("7644"), Ok(vec!["7644-3.5.2-atomic", "7644-3.5.20-other"]));
        assert!(ids("7644-9").is_err());
    }
}

//! Every check has been seen to fail: on a server that is correct but for one deviation, and on the correct one it passes.
//!
//! `MUTANTS=7644-3.5 cargo test -p conformance --test mutants` runs the mutants of the checks whose ids begin like that.

mod beyond;
mod deviation;
mod harness;
mod profiles;
mod quirks;
mod rfc7643;
mod rfc7644;
mod rfc9110;
mod rfc9865;
mod rfc9967;
mod rows;
mod server;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use conformance::check::Verdict;
use conformance::checks;
use tokio::task::JoinSet;

use deviation::Mutant;
use harness::{Baseline, told};

/// All mutants.
fn mutants() -> Vec<Mutant> {
    [
        rfc7643::mutants(),
        rfc7644::mutants(),
        rfc9110::mutants(),
        rfc9865::mutants(),
        rfc9967::mutants(),
        beyond::mutants(),
        profiles::mutants(),
    ]
    .concat()
}

/// No profile, and each that has checks.
fn profiles_with_checks() -> BTreeSet<Option<&'static str>> {
    checks::all().iter().map(|check| check.profile).chain([None]).collect()
}

#[tokio::test]
async fn every_check_passes_on_a_correct_server() {
    let mut wrong = Vec::new();
    for profile in profiles_with_checks() {
        for result in Baseline::run(profile).await.results {
            let id = result.check.id;
            match &result.verdict {
                Verdict::Failed(_) | Verdict::Blocked(_) => wrong.push(format!("{id}: {}", told(&result.verdict))),
                Verdict::Skipped(reason) => println!("skipped on the correct server: {id}: {reason}"),
                Verdict::Passed | Verdict::Recorded => {}
            }
            for (row, verdict) in result.rows.iter().filter(|(_, verdict)| matches!(verdict, Verdict::Skipped(_))) {
                println!("skipped on the correct server: {row} of {id}: {}", told(verdict));
            }
        }
    }
    assert!(wrong.is_empty(), "{} checks do not pass:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_check_fails_on_the_server_that_is_broken_for_it() {
    let profile_of: BTreeMap<&str, Option<&str>> = checks::all().iter().map(|check| (check.id, check.profile)).collect();
    let mut baselines = BTreeMap::new();
    for profile in profiles_with_checks() {
        baselines.insert(profile, Arc::new(Baseline::run(profile).await));
    }
    let wanted = std::env::var("MUTANTS").unwrap_or_default();
    let mut running = JoinSet::new();
    for mutant in mutants().into_iter().filter(|mutant| mutant.check.starts_with(&wanted)) {
        let profile = profile_of.get(mutant.check).copied().flatten();
        let baseline = baselines[&profile].clone();
        running.spawn(async move {
            let judged = tokio::spawn({
                let mutant = mutant.clone();
                async move { baseline.judge(&mutant).await }
            });
            judged
                .await
                .unwrap_or_else(|panic| vec![format!("{}: its hook panics on an exchange that it did not think of: {panic}", mutant.check)])
        });
    }
    let count = running.len();
    let mut wrong: Vec<String> = running.join_all().await.into_iter().flatten().collect();
    wrong.sort();
    assert!(wrong.is_empty(), "of {count} mutants:\n{}", wrong.join("\n"));
    println!("{count} mutants were seen");
}

#[test]
fn every_check_has_an_id_of_its_own_and_a_mutant() {
    let (checks, mutants) = (checks::all(), mutants());
    let ids: BTreeSet<&str> = checks.iter().map(|check| check.id).collect();
    assert_eq!(ids.len(), checks.len(), "an id stands twice");
    let mutated: BTreeSet<&str> = mutants.iter().map(|mutant| mutant.check).collect();
    let never_failed: Vec<&&str> = ids.difference(&mutated).collect();
    assert!(never_failed.is_empty(), "no mutant makes these checks fail: {never_failed:?}");
    let also = mutants.iter().flat_map(|mutant| mutant.also.iter().map(|(id, _)| *id));
    let unknown: Vec<&str> = mutated.iter().copied().chain(also).filter(|id| !ids.contains(id)).collect();
    assert!(unknown.is_empty(), "no check has these ids: {unknown:?}");
    for check in &checks {
        let is_slug = check.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte));
        assert!(is_slug, "{}: an id is made of a-z, 0-9, dots and hyphens", check.id);
        assert!(check.clause.len() > 12, "{} quotes no clause", check.id);
    }
    println!("{} checks, {} mutants", checks.len(), mutants.len());
}

//! RFC 9865: cursor-based paging.

mod confidentiality;
mod configuration;
mod methods;
mod pages;

use crate::check::{Check, Judged, Need, Outcome, Stop};
use crate::checks::population::Population;
use crate::session::{Answer, Kind, Session};

pub(super) fn checks() -> Vec<Check> {
    let mut checks: Vec<Check> =
        [pages::checks(), methods::checks()].concat().into_iter().map(|check| with(check, &[Need::Cursor, Need::Filter])).collect();
    checks.extend(configuration::checks());
    checks.extend(confidentiality::checks());
    checks
}

/// The check, if it says nothing else, needs that.
fn with(check: Check, needs: &'static [Need]) -> Check {
    if check.needs.is_empty() { check.needs(needs) } else { check }
}

const FIVE: &[&str] = &["$mark-c", "$mark-a", "$mark-e", "$mark-b", "$mark-d"];

// ---- Pages --------------------------------------------------------------------------------------------------------------------

/// Set-up: five resources that a filter finds.
async fn five(s: &Session) -> Outcome<Population> {
    let people = Population::of(s, FIVE).await?;
    people.found_by(s, "$text sw \"$mark-\"").await?;
    Ok(people)
}

/// A page of the population by cursor.
async fn page(s: &Session, people: &Population, cursor: &str, parameters: &[(&str, &str)]) -> Outcome<Answer> {
    let filter = people.with_names("$text sw \"$mark-\"");
    let all: Vec<(&str, &str)> = [("filter", filter.as_str()), ("cursor", cursor)].into_iter().chain(parameters.iter().copied()).collect();
    s.query(&people.kind.endpoint, &all).await
}

/// Set-up: the cursor that an answer leads on with.
fn next(answer: &Answer) -> Outcome<String> {
    Ok(answer.expect_kind("/nextCursor", Kind::String).or_blocked()?.as_str().unwrap_or_default().to_owned())
}

/// Every page of the population, to the last one.
async fn walk(s: &Session, people: &Population, parameters: &[(&str, &str)]) -> Outcome<Vec<Answer>> {
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    // Pages may be smaller than asked for, and the last one empty.
    for _ in 0..people.made.len() + 2 {
        let answer = page(s, people, &cursor, parameters).await?;
        answer.expect_status(&[200])?;
        let led_on = answer.at("/nextCursor").as_str().map(ToOwned::to_owned);
        pages.push(answer);
        match led_on {
            Some(led_on) => cursor = led_on,
            None => return Ok(pages),
        }
    }
    Err(Stop::failed("a page without nextCursor in the end", format!("{} pages that all lead on", pages.len())))
}

/// The ids on these pages, in order.
fn ids(pages: &[Answer]) -> Vec<&str> {
    let resources = pages.iter().flat_map(|page| page.at("/Resources").as_array().into_iter().flatten());
    resources.filter_map(|resource| resource["id"].as_str()).collect()
}

fn once_each(s: &Session, people: &Population, pages: &[Answer]) -> Outcome {
    let mut found = ids(pages);
    let mut wanted: Vec<&str> = people.made.iter().map(|resource| resource.id.as_str()).collect();
    found.sort_unstable();
    wanted.sort_unstable();
    s.expect(found == wanted, format!("each of the {} resources once", wanted.len()), format!("{found:?}"))
}

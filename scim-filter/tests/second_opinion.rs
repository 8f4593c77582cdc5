//! Another parser of SCIM filters, the crate `scim_v2`, reads the same meaning.
//!
//! It is narrower (no `not(`, no `$ref`, no test behind brackets, no attributes named like keywords) and in places wider (any
//! whitespace). So the claim is about what both accept: what we print means to it what the text means to it.

#[path = "support/generate.rs"]
mod generate;
mod support;

use generate::{character, mutated, pick, written};
use scim_filter::{Dialect, Filter, Path};
use scim_v2::filter::{Filter as TheirFilter, PatchPath};
use support::Rng;

/// The other parser is slow in debug builds.
const INPUTS: u64 = if cfg!(debug_assertions) { 2_000 } else { 50_000 };

#[test]
fn what_both_parsers_accept_means_the_same_to_both() {
    let (mut rng, dialect) = (Rng(7644), Dialect::lexical());
    let mut both = 0;
    for _ in 0..INPUTS {
        let text = narrowed(&mut rng);
        let (Ok(ours), Ok(theirs)) = (Filter::parse(&text, &dialect), text.parse::<TheirFilter>()) else {
            continue;
        };
        assert_eq!(ours.to_string().parse::<TheirFilter>().ok().as_ref(), Some(&theirs), "{text}");
        both += 1;
    }
    println!("{both} of {INPUTS} accepted by both");
    assert!(both > INPUTS / 5, "only {both} of {INPUTS} were accepted by both");
}

#[test]
fn what_only_the_other_parser_accepts_is_known() {
    let (mut rng, dialect) = (Rng(7643), Dialect::lexical());
    for _ in 0..INPUTS {
        let text = narrowed(&mut rng);
        let (Err(error), Ok(theirs)) = (Filter::parse(&text, &dialect), text.parse::<TheirFilter>()) else {
            continue;
        };
        assert!(error.is_limit() || is_known_difference(&text), "{}\ntheirs: {theirs}", error.render(&text));
    }
}

/// A filter, right or nearly so, with less of what the other parser refuses.
fn narrowed(rng: &mut Rng) -> String {
    let text = if rng.once_in(3) { mutated(rng) } else { written(rng) };
    text.replace('(', " (").replace("$ref", "value")
}

/// What it accepts and the grammar does not.
fn is_known_difference(text: &str) -> bool {
    // Whitespace other than blanks.
    text.contains(|c: char| c.is_whitespace() && c != ' ')
}

#[test]
fn paths_that_both_parsers_accept_mean_the_same_to_both() {
    let (mut rng, dialect) = (Rng(5789), Dialect::lexical());
    let mut both = 0;
    for _ in 0..INPUTS {
        let name = pick(&mut rng, &["emails", "members", "urn:ietf:params:scim:schemas:core:2.0:User:emails"]);
        let sub = pick(&mut rng, &["", ".value", ".x", "."]);
        let mut text = if rng.once_in(5) { format!("{name}{sub}") } else { format!("{name}[{}]{sub}", narrowed(&mut rng)) };
        if rng.once_in(4) {
            text.push(character(&mut rng));
        }
        let (Ok(ours), Ok(theirs)) = (Path::parse(&text, &dialect), text.parse::<PatchPath>()) else {
            continue;
        };
        assert_eq!(ours.to_string().parse::<PatchPath>().ok().as_ref(), Some(&theirs), "{text}");
        both += 1;
    }
    println!("{both} of {INPUTS} accepted by both");
    assert!(both > INPUTS / 10, "only {both} of {INPUTS} were accepted by both");
}

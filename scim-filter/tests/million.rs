//! A million texts, good, nearly good and bad: no panic, linear time, and what is accepted is printed so that it is read again.
//!
//! `SCIM_FILTER_INPUTS` sets how many (20,000 in debug builds unless set), `SCIM_FILTER_SEED` repeats a run.

#[path = "support/generate.rs"]
mod generate;
mod support;

use std::time::{Duration, Instant};

use generate::{character, mutated, pick, written};
use scim_filter::{AttrPath, Dialect, Filter, MAX_BYTES, Path};
use support::Rng;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// How many parser steps a byte may cost.
const STEPS_PER_BYTE: usize = 20;

fn from_environment(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text}")))
}

#[test]
fn a_million_texts_are_parsed_without_panic_in_linear_time() {
    let inputs = from_environment("SCIM_FILTER_INPUTS").unwrap_or(if cfg!(debug_assertions) { 20_000 } else { 1_000_000 });
    let seed = from_environment("SCIM_FILTER_SEED")
        .unwrap_or_else(|| std::time::UNIX_EPOCH.elapsed().map_or(1, |time| u64::from(time.subsec_nanos()) + time.as_secs()));
    println!("SCIM_FILTER_SEED={seed} SCIM_FILTER_INPUTS={inputs}");
    let mut rng = Rng(seed);
    let (mut accepted, mut slower, mut most_steps) = (0_u64, 0_u64, 0.0_f64);
    for _ in 0..inputs {
        let text = match rng.below(10) {
            0..4 => written(&mut rng),
            4..8 => mutated(&mut rng),
            8 => salad(&mut rng),
            _ => noise(&mut rng),
        };
        let dialect = dialect(&mut rng);
        let steps = check(&text, &dialect, seed);
        most_steps = most_steps.max(steps as f64 / text.len().max(1) as f64);
        accepted += u64::from(Filter::parse(&text, &dialect).is_ok());

        let allowed = Duration::from_millis(1).max(Duration::from_micros(text.len() as u64 * 1000 / 1024));
        if time(&text, &dialect) > allowed {
            slower += 1;
            let fastest = (0..5).map(|_| time(&text, &dialect)).min().unwrap_or_default();
            assert!(fastest <= allowed, "{fastest:?} for {} bytes, {}", text.len(), context(seed, &text));
        }
    }
    println!("{accepted} filters accepted, {slower} timed again, {most_steps:.1} steps a byte at most");
    // The generator must reach both sides, or the rest proves little.
    assert!(accepted * 10 > inputs * 3 && accepted * 10 < inputs * 9, "seed {seed}: {accepted} of {inputs} accepted");
}

/// Checks one text against everything that must hold for each, and gives the steps it took.
#[track_caller]
fn check(text: &str, dialect: &Dialect<'_>, seed: u64) -> usize {
    let (filter, filter_steps) = Filter::parse_counted(text, dialect);
    let (path, path_steps) = Path::parse_counted(text, dialect);
    let steps = filter_steps.max(path_steps);
    assert!(steps <= STEPS_PER_BYTE * text.len().max(1), "{steps} steps for {} bytes, {}", text.len(), context(seed, text));

    if let Ok(filter) = &filter {
        let printed = filter.to_string();
        assert!(printed.len() <= MAX_BYTES);
        assert_eq!(Filter::parse(&printed, dialect).as_ref(), Ok(filter), "{}", context(seed, text));
    }
    if let Ok(path) = &path {
        assert_eq!(Path::parse(&path.to_string(), dialect).as_ref(), Ok(path), "{}", context(seed, text));
    }
    let name = AttrPath::parse(text, dialect);
    if let Ok(name) = &name {
        assert_eq!(AttrPath::parse(&name.to_string(), dialect).as_ref(), Ok(name), "{}", context(seed, text));
    }
    for error in [filter.err(), path.err(), name.err()].into_iter().flatten() {
        assert!(error.offset() <= text.len(), "{}", context(seed, text));
        assert_eq!(error.render(text).lines().count(), 3, "{}", context(seed, text));
    }
    steps
}

/// What a failure needs to be found again.
fn context(seed: u64, text: &str) -> String {
    let start: String = text.chars().take(500).collect();
    format!("SCIM_FILTER_SEED={seed}, text of {} bytes: {start:?}", text.len())
}

/// How long it takes to parse the text and to print or explain the result.
fn time(text: &str, dialect: &Dialect<'_>) -> Duration {
    let start = Instant::now();
    let length = match Filter::parse(text, dialect) {
        Ok(filter) => filter.to_string().len(),
        Err(error) => error.render(text).len(),
    };
    let taken = start.elapsed();
    assert!(length > 0);
    taken
}

fn dialect(rng: &mut Rng) -> Dialect<'static> {
    let mut dialect = if rng.once_in(2) { Dialect::lexical() } else { Dialect::with_urns([USER, ENTERPRISE, "urn:x:y", "urn:x:y:a"]) };
    if rng.once_in(3) {
        dialect = dialect.bare_tokens();
    }
    if rng.once_in(3) {
        dialect = dialect.dot_after_urn();
    }
    if rng.once_in(3) {
        dialect = dialect.compare_after_value_path();
    }
    dialect
}

/// Words of the grammar in any order, sometimes one of them very often.
fn salad(rng: &mut Rng) -> String {
    const WORDS: [&str; 30] = [
        "(",
        ")",
        "[",
        "]",
        "not ",
        "not(",
        " and ",
        " or ",
        " eq ",
        " pr",
        "a",
        "a.b",
        "urn:x:y:a",
        "urn:x:y.b",
        "\"",
        "\"x\"",
        "\\",
        "\\u",
        "d800",
        "1",
        "-1.5e3",
        "true",
        "null",
        " ",
        "  ",
        ".",
        ":",
        "$ref",
        "é",
        "\u{0}",
    ];
    let mut text = String::new();
    for _ in 0..rng.below(16) {
        let times = match rng.below(100) {
            0 => rng.below(4000),
            1..6 => rng.below(60),
            _ => 1,
        };
        text.push_str(&pick(rng, &WORDS).repeat(times));
    }
    text
}

/// Characters in any order.
fn noise(rng: &mut Rng) -> String {
    (0..rng.below(64)).map(|_| character(rng)).collect()
}

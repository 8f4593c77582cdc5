//! Filters drawn by seed: right ones, and right ones with some characters wrong.

use crate::support::{Exp, Model, OPERATORS, Rng, Value};

const NAMES: [&str; 12] = ["userName", "emails", "name", "value", "type", "a", "Z9", "not", "and", "pr", "x-y_z", "meta"];

/// A filter from the grammar, in some client's style.
pub(crate) fn written(rng: &mut Rng) -> String {
    let mut text = String::new();
    // Now and then a large one.
    let budget = if rng.once_in(200) { 300 } else { 1 + rng.below(12) };
    model(rng, budget, Inside::Filter).write(rng, &mut text);
    text
}

/// Whether a term may be a value path.
#[derive(Clone, Copy, PartialEq)]
enum Inside {
    Filter,
    Brackets,
}

fn model(rng: &mut Rng, terms: usize, inside: Inside) -> Model {
    if terms <= 1 {
        return match rng.below(10) {
            0 => Model::Not(Box::new(Model::Exp(exp(rng)))),
            1..3 if inside == Inside::Filter => {
                let budget = 1 + rng.below(4);
                let filter = model(rng, budget, Inside::Brackets);
                let then = rng.once_in(2).then(|| Exp { path: pick(rng, &NAMES).to_owned(), ..exp(rng) });
                Model::Value(pick(rng, &NAMES).to_owned(), Box::new(filter), then)
            }
            _ => Model::Exp(exp(rng)),
        };
    }
    let parts = 2 + rng.below(3);
    let operands = (0..parts).map(|_| model(rng, terms / parts, inside)).collect();
    match rng.below(5) {
        0 | 1 => Model::And(operands),
        2 | 3 => Model::Or(operands),
        _ => Model::Not(Box::new(Model::And(operands))),
    }
}

fn exp(rng: &mut Rng) -> Exp {
    let urn = pick(rng, &["", "", "", "urn:ietf:params:scim:schemas:core:2.0:User:", "urn:x:y:"]);
    let sub = pick(rng, &["", "", ".value", ".$ref"]);
    let path = format!("{urn}{}{sub}", pick(rng, &NAMES));
    let value = match rng.below(5) {
        0 => Value::Literal(pick(rng, &["true", "false", "null"])),
        1 => Value::Number(pick(rng, &["0", "-1", "2.5", "1e10", "12345678901234567890"]).to_owned()),
        _ => {
            let length = if rng.once_in(1000) { 9000 } else { rng.below(12) };
            Value::Text((0..length).map(|_| character(rng)).collect())
        }
    };
    Exp { path, test: (!rng.once_in(5)).then(|| (pick(rng, &OPERATORS), value)) }
}

/// A filter from the grammar with some characters wrong.
pub(crate) fn mutated(rng: &mut Rng) -> String {
    let mut characters: Vec<char> = written(rng).chars().collect();
    for _ in 0..=rng.below(3) {
        let at = rng.below(characters.len() + 1);
        let end = (at + 1 + rng.below(8)).min(characters.len());
        match rng.below(4) {
            0 => drop(characters.drain(at..end)),
            1 => characters.insert(at, character(rng)),
            2 => {
                let copy = characters[at..end].to_vec();
                characters.splice(at..at, copy);
            }
            _ => characters.truncate(at),
        }
    }
    characters.into_iter().collect()
}

pub(crate) fn pick<T: Copy>(rng: &mut Rng, items: &[T]) -> T {
    items[rng.below(items.len())]
}

pub(crate) fn character(rng: &mut Rng) -> char {
    match rng.below(8) {
        0..5 => char::from(32 + u8::try_from(rng.below(95)).unwrap_or(0)),
        5 => pick(rng, &['"', '\\', '[', ']', '(', ')', ' ', '.', ':', '\n', '\t', '\0']),
        6 => pick(rng, &['é', 'ß', '中', '😀', '\u{202e}', '\u{feff}', '\u{301}']),
        _ => char::from_u32(u32::try_from(rng.below(0x11_0000)).unwrap_or(0)).unwrap_or('\u{fffd}'),
    }
}

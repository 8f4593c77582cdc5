//! Mutants for the probes of limits.

use serde_json::{Value, json};

use crate::deviation::{Answered, Asked, Mutant, mutant, on_answer, on_request};

pub(super) fn mutants() -> Vec<Mutant> {
    [filters(), lists(), bodies(), bulk()].concat()
}

/// A server that fails where that holds.
fn fails(id: &'static str, holds: impl Fn(&Asked) -> bool + Send + Sync + 'static) -> Mutant {
    mutant(id, on_request(move |asked| holds(asked).then(|| Answered::error(500, ""))))
}

/// A server that does a part of what is asked, and says that it has done all.
fn half(id: &'static str, change: impl Fn(&mut Value) + Send + Sync + 'static) -> Mutant {
    mutant(
        id,
        on_request(move |asked| {
            asked.edit(&change);
            None
        }),
    )
}

/// A server that does a part of what is asked, and says that it has done nothing.
fn half_refused(id: &'static str, change: impl Fn(&mut Value) + Clone + Send + Sync + 'static) -> Mutant {
    let mutant = half(id, change.clone());
    let deviation = mutant.deviation.clone().and_answer(move |asked, answered| {
        let mut changed = asked.json();
        change(&mut changed);
        if changed != asked.json() {
            *answered = Answered::error(413, "");
        }
    });
    Mutant { deviation, ..mutant }
}

fn filters() -> Vec<Mutant> {
    vec![
        fails("beyond-limits-filter-depth", |asked| asked.json()["filter"].as_str().is_some_and(|filter| filter.starts_with("((((("))),
        fails("beyond-limits-filter-depth", |asked| asked.parameter("filter").is_some_and(|filter| filter.contains("not (not (not ("))),
        // Of a long filter the beginning counts.
        half("beyond-limits-filter-terms", |message| {
            let long = message["filter"].as_str().filter(|filter| filter.matches(" or ").count() > 9);
            let first = long.and_then(|filter| filter.split_once(" or ")).map(|(first, _)| first.to_owned());
            if let Some(first) = first {
                message["filter"] = first.into();
            }
        }),
        half("beyond-limits-filter-value", |message| {
            let start =
                message["filter"].as_str().and_then(|filter| filter.split_once("xxxxxxxxxx")).map(|(start, _)| format!("{start}\""));
            if let Some(start) = start {
                message["filter"] = start.into();
            }
        }),
        half_refused("beyond-limits-path-depth", |message| {
            if let Some(operations) = message.get_mut("Operations").and_then(Value::as_array_mut) {
                operations.retain(|operation| !operation["path"].as_str().is_some_and(|path| path.contains("(((((")));
            }
        }),
    ]
}

fn lists() -> Vec<Mutant> {
    vec![
        // The number is negative to who counts with 32 bits.
        mutant(
            "beyond-limits-count",
            on_answer(|asked, answered| {
                if asked.parameter("count").as_deref() == Some("2147483648") {
                    answered.edit_list(Vec::clear);
                }
            }),
        ),
        mutant(
            "beyond-limits-start-index",
            on_request(|asked| {
                if asked.parameter("startIndex").as_deref() == Some("9223372036854775808") {
                    asked.remove_parameter("startIndex");
                }
                None
            }),
        ),
        mutant(
            "beyond-limits-attributes",
            on_request(|asked| {
                if let Some(start) = asked.parameter("attributes").and_then(|names| Some(names.get(..1_000)?.to_owned())) {
                    asked.remove_parameter("attributes");
                    asked.add_parameter("attributes", &start);
                }
                None
            }),
        ),
        mutant(
            "beyond-limits-url-of-8000",
            on_request(|asked| (asked.query.len() > 7_000 && is_padded(asked)).then(|| Answered::error(414, ""))),
        ),
        fails("beyond-limits-url", |asked| asked.query.len() > 60_000 && is_padded(asked)),
        fails("beyond-limits-header", |asked| asked.header("x-padding").is_some_and(|value| value.len() > 30_000)),
    ]
}

fn is_padded(asked: &Asked) -> bool {
    asked.query.contains("x-padding=")
}

/// The list at that pointer has no more than so many values.
fn at_most(message: &mut Value, pointer: &str, most: usize) {
    if let Some(values) = message.pointer_mut(pointer).and_then(Value::as_array_mut) {
        values.truncate(most);
    }
}

fn bodies() -> Vec<Mutant> {
    vec![
        fails("beyond-limits-json-depth", |asked| String::from_utf8_lossy(&asked.body).contains("\"x-deep\":[[[[[")),
        half_refused("beyond-limits-body", |resource| {
            if let Some(members) = resource.as_object_mut() {
                members.shift_remove("x-padding");
            }
        }),
        half("beyond-limits-text", |resource| {
            for value in resource.as_object_mut().into_iter().flat_map(|members| members.values_mut()) {
                if let Some(text) = value.as_str().filter(|text| text.ends_with("éé")) {
                    *value = text.chars().take(255).collect::<String>().into();
                }
            }
        }),
        half("beyond-limits-unique-text", |resource| {
            let cut = resource["userName"].as_str().and_then(|name| name.get(..900)).map(ToOwned::to_owned);
            if let Some(cut) = cut {
                resource["userName"] = cut.into();
            }
        }),
        half("beyond-limits-values", |resource| at_most(resource, "/emails", 50)),
        half("beyond-limits-patch-operations", |message| {
            if message["Operations"][0]["op"].is_string() {
                at_most(message, "/Operations", 1_000);
            }
        }),
        half_refused("beyond-limits-patch-operations", |message| {
            if message["Operations"][0]["op"].is_string() {
                at_most(message, "/Operations", 10_000);
            }
        }),
        half("beyond-limits-members", |message| at_most(message, "/Operations/0/value", 30)),
        half_refused("beyond-limits-members", |message| {
            if message.pointer("/Operations/0/value/1000").is_some() {
                at_most(message, "/Operations/0/value", 30);
            }
        }),
    ]
}

fn bulk() -> Vec<Mutant> {
    let is_probe = |asked: &Asked| asked.is("POST", "/Bulk") && asked.operations().first().is_some_and(|first| first["bulkId"] == "limit");
    vec![
        half_refused("beyond-limits-bulk-operations-refused-whole", |message| {
            if message["Operations"][0]["bulkId"] == "limit" {
                at_most(message, "/Operations", 1_000);
            }
        }),
        // The bytes are counted when all is done.
        mutant(
            "beyond-limits-bulk-payload-refused-whole",
            on_request(move |asked| {
                if is_probe(asked) && asked.body.len() > 1 << 20 {
                    asked.body = asked.json().to_string().into_bytes();
                }
                None
            })
            .and_answer(move |asked, answered| {
                if is_probe(asked) && asked.body.len() > 1 << 20 {
                    *answered = Answered::error(413, "");
                }
            }),
        ),
        mutant(
            "beyond-limits-bulk-operations-at-limit",
            on_request(move |asked| (is_probe(asked) && asked.operations().len() == 1_000).then(|| Answered::error(413, ""))),
        ),
        mutant(
            "beyond-limits-bulk-payload-at-limit",
            on_request(move |asked| (is_probe(asked) && asked.body.len() == 1 << 20).then(|| Answered::error(413, ""))),
        ),
    ]
}

/// Nothing is larger than what a server of ours takes: see the limits of `scim_server::Limits`.
#[test]
fn the_mutants_know_the_limits_of_the_correct_server() {
    let limits = scim_server::Limits::default();
    let known = json!([limits.bulk_operations, limits.bulk_payload, limits.patch_operations]);
    assert_eq!(known, json!([1_000, 1 << 20, 10_000]));
}

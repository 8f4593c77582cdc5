//! Random queries: filters, sorts, pages, over one type or several.

use std::sync::Arc;

use scim_server::filter::resolve;
use scim_server::sort::SortOrder;
use scim_server::store::{Load, Page, Query, Target};
use scim_server::{BoundPath, Leniency, Profile, Registry, ResourceType};
use serde_json::{Value, json};

use crate::population::{WORDS, long_text};
use crate::world::{Chance, kind};

/// A query, and how it was asked.
pub(crate) struct Question {
    pub(crate) query: Query,
    pub(crate) text: String,
}

/// A query for the whole answer.
pub(crate) fn question(registry: &Registry, ids: &[String], chance: &mut Chance) -> Question {
    let mut kinds: Vec<&str> = vec![chance.pick(&["User", "User", "Group", "Device", "Team"])];
    if chance.percent(20) {
        kinds = chance.pick(&[vec!["User", "Group"], vec!["Device", "User"], vec!["Team", "User"], vec!["Group", "Device", "User"]]);
    }
    let first = kind(registry, kinds[0]);
    let sort = chance.percent(50).then(|| sort(&first, chance));
    // Stores have clocks of their own: which resources are of one instant differs, so only upwards and within a type is the order known.
    let by_clock = sort.as_deref() == Some("meta.created");
    if by_clock {
        kinds.truncate(1);
    }
    let descending = !by_clock && chance.percent(50);
    let order = if descending { SortOrder::Descending } else { SortOrder::Ascending };
    let mut text = format!("sorted by {sort:?} {order:?}");
    let targets: Vec<Target> = kinds
        .iter()
        .map(|name| {
            let kind = kind(registry, name);
            let filter = chance.percent(95).then(|| filter(&kind, ids, chance, 2));
            text.push_str(&format!("\n{name}: {}", filter.as_deref().unwrap_or("all")));
            let filter =
                filter.map(|text| resolve(&text, &kind, &Leniency::new(Profile::RFC)).unwrap_or_else(|error| panic!("{error}: {text}")));
            let sort = sort.as_ref().and_then(|path| bound(&kind, path));
            Target { kind, filter, sort }
        })
        .collect();
    let query = Query {
        targets,
        order,
        page: Page::Index { start: 1, count: 1000 },
        total: chance.percent(80),
        load: if chance.percent(50) { Load::DOCUMENT } else { Load::DOCUMENT.up_to(u32::try_from(1 + chance.below(3)).expect("a few")) },
        may_be_stale: false,
    };
    Question { query, text }
}

/// Any page of the answer, by index.
pub(crate) fn index_page(chance: &mut Chance) -> Page {
    let start = if chance.percent(5) { u64::MAX } else { chance.below(20) as u64 };
    Page::Index { start, count: u32::try_from(chance.below(6)).expect("a few") }
}

/// The canonical path of something to sort by.
fn sort(kind: &Arc<ResourceType>, chance: &mut Chance) -> String {
    let paths: Vec<BoundPath> = kind.attributes().filter(|path| !path.is_secret()).collect();
    let path = chance.pick(&paths);
    let subs = &path.attribute.sub_attributes;
    let path = match chance.percent(20) {
        _ if subs.is_empty() => path.to_string(),
        true => path.to_string(),
        false => path.with_sub(chance.pick(subs)).to_string(),
    };
    if path == "meta.lastModified" { "meta.created".to_owned() } else { path }
}

/// The path, if the type has it.
pub(crate) fn bound(kind: &ResourceType, text: &str) -> Option<BoundPath> {
    kind.attributes().find_map(|path| {
        let subs = path.attribute.sub_attributes.iter().map(|sub| path.with_sub(sub.clone()));
        std::iter::once(path.clone()).chain(subs).find(|path| path.to_string() == text)
    })
}

/// A filter over that type, of at most so many levels.
fn filter(kind: &ResourceType, ids: &[String], chance: &mut Chance, levels: usize) -> String {
    if levels > 0 && chance.percent(45) {
        let parts: Vec<String> = (0..2 + chance.below(2)).map(|_| filter(kind, ids, chance, levels - 1)).collect();
        let joined = format!("({})", parts.join(chance.pick(&[" and ", " or "])));
        return if chance.percent(20) { format!("not {joined}") } else { joined };
    }
    let paths: Vec<_> = kind.attributes().filter(|path| !path.is_secret()).collect();
    let path = chance.pick(&paths);
    let attribute = path.attribute.clone();
    if !attribute.is_complex() {
        return test(&path.to_string(), &attribute, ids, chance);
    }
    if chance.percent(10) {
        return format!("{path} pr");
    }
    let subs = &attribute.sub_attributes;
    if attribute.multi_valued && chance.percent(40) {
        let tests: Vec<String> = (0..1 + chance.below(2))
            .map(|_| {
                let sub = chance.pick(subs);
                let test = test(&sub.name, &sub, ids, chance);
                if chance.percent(10) { format!("not ({test})") } else { test }
            })
            .collect();
        return format!("{path}[{}]", tests.join(chance.pick(&[" and ", " and ", " or "])));
    }
    // The value of an element is what filters are mostly about.
    let value = attribute.sub_attribute("value").filter(|_| chance.percent(60)).cloned();
    let sub = value.unwrap_or_else(|| chance.pick(subs));
    test(&path.with_sub(sub.clone()).to_string(), &sub, ids, chance)
}

fn test(path: &str, attribute: &scim_server::Attribute, ids: &[String], chance: &mut Chance) -> String {
    use scim_server::AttributeType::{Binary, Boolean, Complex, DateTime, Decimal, Integer, Reference, String};
    if chance.percent(10) {
        return format!("{path} pr");
    }
    let names_another = attribute.name == "id" || path.ends_with(".value") && chance.percent(25) || path == "value" && chance.percent(25);
    let (operators, value): (&[&str], Value) = match attribute.kind {
        // What clients may know of these.
        String if path == "meta.version" => (&["eq", "ne"], json!(chance.pick(&["W/\"1\"", "W/\"2\"", "2"]))),
        Reference if path == "meta.location" => (&["eq", "ne"], json!(format!("https://example.com/v2/Users/{}", chance.pick(ids)))),
        String if names_another && !ids.is_empty() => {
            (&["eq", "eq", "eq", "ne"], if chance.percent(20) { json!("Unknown-A") } else { json!(chance.pick(ids)) })
        }
        String if attribute.name == "type" && chance.percent(40) => {
            (&["eq", "eq", "ne", "sw", "gt"], json!(chance.pick(&["direct", "indirect", "Team", "in"])))
        }
        String if chance.percent(3) => (&["eq", "ne", "sw", "co", "ew", "gt", "le"], json!(long_text(chance))),
        String => (&["eq", "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"], json!(chance.pick(&WORDS))),
        Boolean => (&["eq", "ne"], json!(chance.percent(50))),
        Integer => (&["eq", "ne", "gt", "ge", "lt", "le"], json!(i64::try_from(chance.below(9)).expect("small") - 4)),
        Decimal => (&["eq", "ne", "gt", "ge", "lt", "le"], json!(f64::from(u32::try_from(chance.below(9)).expect("small")) / 4.0 - 1.0)),
        DateTime => (&["eq", "ne", "gt", "ge", "lt", "le"], json!(format!("20{}-05-13T04:42:34.000Z", 10 + chance.below(20)))),
        Binary => (&["eq", "ne"], json!(chance.pick(&["YWI=", "YWJj", "/+8="]))),
        Reference => (&["eq", "ne", "sw", "co"], json!(format!("https://example.com/{}", chance.pick(&["a", "b", "c"])))),
        Complex => return format!("{path} pr"),
    };
    if chance.percent(4) {
        return format!("{path} {} null", chance.pick(&["eq", "ne"]));
    }
    format!("{path} {} {value}", chance.pick(operators))
}

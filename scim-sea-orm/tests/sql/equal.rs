//! SQL and memory give the same ids, order and totals: random resources, random filters, random pages.
//!
//! `SCIM_SQL_POPULATIONS=100 cargo test -p scim-sea-orm --test sql equal -- --nocapture` runs the full number.

use std::sync::Arc;

use scim_sea_orm::{Indexed, Options, SqlStores};
use scim_server::store::{Change, Content, Query, Store, Unknown, contract};
use scim_server::{MemoryStores, Profile, Registry, ResourceType, Stores};
use serde_json::{Value, json};

use crate::world::{Chance, answer, caller, creation, key, kind, open, query};

const RESOURCES: usize = 60;
/// Resources of populations that have long texts are numbered from here.
const LONG: usize = 1000;
const FILTERS: usize = 200;
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const WORDS: [&str; 14] =
    ["anna", "Anna", "ben", "Bjørn", "straße", "STRASSE", "jose\u{301}", "José", "x", "", "a%b_c", "o'neil \"q\"", "\u{1f600}", "zz top"];

/// How the filters of a run were answered.
#[derive(Default)]
struct Shares {
    filters: usize,
    some_and_not_all: usize,
    exact: usize,
}

fn populations() -> u64 {
    std::env::var("SCIM_SQL_POPULATIONS").ok().and_then(|number| number.parse().ok()).unwrap_or(4)
}

#[tokio::test(flavor = "multi_thread")]
async fn sql_answers_as_memory_does_with_everything_indexed() {
    let shares = compare(Indexed::All).await;
    shares.print("everything indexed");
    assert!(shares.some_and_not_all * 100 >= shares.filters * 30, "too few filters match some and not all");
    assert!(shares.exact * 100 >= shares.filters * 80, "SQL answers too few filters exactly");
}

#[tokio::test(flavor = "multi_thread")]
async fn sql_answers_as_memory_does_with_the_usual_index() {
    let shares = compare(Indexed::Default).await;
    shares.print("the usual index");
    assert!(shares.some_and_not_all * 100 >= shares.filters * 30, "too few filters match some and not all");
}

impl Shares {
    fn print(&self, index: &str) {
        let share = |part: usize| part * 100 / self.filters.max(1);
        println!(
            "{index}: {} filters, {} % match some and not all, {} % answered exactly by SQL",
            self.filters,
            share(self.some_and_not_all),
            share(self.exact)
        );
    }
}

async fn compare(indexed: Indexed) -> Shares {
    let registry = contract::registry();
    let sql = open(&Options::new("sqlite::memory:").indexed(indexed), &registry).await;
    let mut shares = Shares::default();
    for seed in 0..populations() {
        let mut chance = Chance::new(seed);
        let (memory, tenant) = (MemoryStores::new(), format!("population {seed}"));
        let first = if seed % 4 == 3 { LONG } else { 0 };
        let ids = populate(&registry, &memory, &sql, &tenant, first, &mut chance).await;
        for _ in 0..FILTERS {
            one_filter(&registry, &memory, &sql, &tenant, &ids, &mut chance, &mut shares).await;
        }
    }
    shares
}

async fn one_filter(
    registry: &Registry,
    memory: &MemoryStores,
    sql: &SqlStores,
    tenant: &str,
    ids: &[String],
    chance: &mut Chance,
    shares: &mut Shares,
) {
    let kind = kind(registry, chance.pick(&["User", "User", "Group", "Device"]));
    let text = filter(&kind, ids, chance, 2);
    let asked = query(&kind, &text, 1, 1000);
    let (memory, sql) = (memory.of(&caller(tenant)), sql.of(&caller(tenant)));
    let expected = memory.query(&asked).await.expect("memory answers");
    let found = sql.query(&asked).await.unwrap_or_else(|error| panic!("{error:?}: {text}"));
    let explained = sql.explain(&asked).await.expect("SQL explains");
    assert_eq!(answer(&found), answer(&expected), "{} in {tenant}: {text}\n{}", kind.name, explained.statement);
    let page = Query { start: chance.below(9) as u64, count: u32::try_from(chance.below(6)).expect("a few"), ..asked.clone() };
    let (expected_page, found_page) = (memory.query(&page).await.expect("memory answers"), sql.query(&page).await.expect("SQL answers"));
    assert_eq!(answer(&found_page), answer(&expected_page), "{}, from {}, {}: {text}", kind.name, page.start, page.count);
    let all = memory.query(&Query { filter: None, count: 0, ..asked }).await.expect("memory answers").total;
    shares.filters += 1;
    shares.some_and_not_all += usize::from(0 < expected.total && expected.total < all);
    shares.exact += usize::from(explained.exact);
}

/// The same resources in both stores. Returns their ids.
async fn populate(
    registry: &Arc<Registry>,
    memory: &MemoryStores,
    sql: &SqlStores,
    tenant: &str,
    first: usize,
    chance: &mut Chance,
) -> Vec<String> {
    let (memory, sql) = (memory.of(&caller(tenant)), sql.of(&caller(tenant)));
    let mut ids: Vec<String> = Vec::new();
    for number in 0..RESOURCES {
        let kind = kind(registry, ["User", "User", "Group", "Device"][number % 4]);
        let id = chance.id();
        let body = resource(&kind, number + first, &ids, chance);
        let mut change = creation(&kind, &id, body, Profile::RFC);
        if let Change::Create { new, .. } = &mut change {
            keep_unknown(new);
        }
        let (by_memory, by_sql) = (memory.commit(std::slice::from_ref(&change)).await, sql.commit(&[change]).await);
        assert_eq!(by_memory.is_ok(), by_sql.is_ok(), "{by_memory:?} {by_sql:?}");
        if by_memory.is_ok() {
            ids.push(id);
        }
    }
    // Some go again, out of all that names them.
    for _ in 0..3 {
        let id = ids.swap_remove(chance.below(ids.len()));
        for name in ["User", "Group", "Device"] {
            let change = Change::Delete { key: key(&kind(registry, name), &id), expected: scim_server::store::Expected::Any };
            let (by_memory, by_sql) = (memory.commit(std::slice::from_ref(&change)).await, sql.commit(&[change]).await);
            assert_eq!(by_memory.is_ok(), by_sql.is_ok(), "{by_memory:?} {by_sql:?}");
        }
    }
    ids
}

/// Clients may name what is unknown: profiles keep it.
fn keep_unknown(new: &mut Content) {
    new.unknown_elements = Unknown::Keep;
    for reference in &mut new.references {
        reference.unknown = Unknown::Keep;
    }
}

/// A resource of that type with chance values in many of its attributes.
fn resource(kind: &ResourceType, number: usize, ids: &[String], chance: &mut Chance) -> Value {
    let mut body = json!({"schemas": [kind.schema.id]});
    let mut enterprise = json!({});
    for path in kind.attributes() {
        let attribute = &path.attribute;
        let server_made = kind.derived(&path).is_some() || ["schemas", "id", "meta", "password"].contains(&attribute.name.as_str());
        let read_only = attribute.mutability == scim_server::Mutability::ReadOnly;
        if server_made || read_only || !(attribute.required || chance.percent(55)) {
            continue;
        }
        let value = if kind.collection(&path).is_some() || kind.references.contains(&path) {
            let mut elements: Vec<Value> = Vec::new();
            for _ in 0..1 + chance.below(4) {
                let id = if ids.is_empty() || chance.percent(15) {
                    chance.pick(&["Unknown-A", "unknown-b"]).to_string()
                } else {
                    chance.pick(ids)
                };
                if elements.iter().all(|element| element["value"] != id.as_str()) {
                    elements.push(json!({"value": id}));
                }
            }
            if attribute.multi_valued { Value::Array(elements) } else { elements.swap_remove(0) }
        } else if attribute.multi_valued {
            let mut values: Vec<Value> = (0..1 + chance.below(3)).map(|_| one_value(attribute, number, chance)).collect();
            let mut primary = false;
            for value in &mut values {
                let second = primary && value["primary"] == true;
                primary |= value["primary"] == true;
                if second && let Some(parts) = value.as_object_mut() {
                    parts.remove("primary");
                }
            }
            Value::Array(values)
        } else {
            one_value(attribute, number, chance)
        };
        match &path.extension {
            None => body[&attribute.name] = value,
            Some(_) => enterprise[&attribute.name] = value,
        }
    }
    if enterprise != json!({}) {
        body["schemas"] = json!([kind.schema.id, ENTERPRISE]);
        body[ENTERPRISE] = enterprise;
    }
    body
}

fn one_value(attribute: &scim_server::Attribute, number: usize, chance: &mut Chance) -> Value {
    use scim_server::AttributeType::{Binary, Boolean, Complex, DateTime, Decimal, Integer, Reference, String};
    match attribute.kind {
        String if attribute.is_unique() => json!(format!("{}{number}", chance.pick(&WORDS[..9]))),
        String if !attribute.canonical_values.is_empty() => json!(chance.pick(&attribute.canonical_values)),
        String if has_long_texts(number) && chance.percent(8) => json!(long_text(chance)),
        String if attribute.required => json!(chance.pick(&WORDS[..9])),
        String => json!(chance.pick(&WORDS)),
        Boolean => json!(chance.percent(50)),
        Integer => json!(i64::try_from(chance.below(9)).expect("small") - 4),
        Decimal => json!(f64::from(u32::try_from(chance.below(9)).expect("small")) / 4.0 - 1.0),
        DateTime => json!(format!("20{}-05-13T04:42:34Z", 10 + chance.below(5))),
        Binary => json!(chance.pick(&["YWI=", "YWJj", "/+8="])),
        Reference => json!(format!("https://example.com/{}", chance.pick(&["a", "b", "c"]))),
        Complex => {
            let mut parts = serde_json::Map::new();
            for sub in &attribute.sub_attributes {
                if sub.required || sub.name == "value" || chance.percent(60) {
                    let value = one_value(sub, number, chance);
                    parts.insert(sub.name.clone(), if sub.multi_valued { json!([value]) } else { value });
                }
            }
            Value::Object(parts)
        }
    }
}

/// Texts longer than the index keeps are rare: one population in four has some.
fn has_long_texts(number: usize) -> bool {
    number >= LONG
}

/// Longer than any index keeps; several share their beginning.
fn long_text(chance: &mut Chance) -> String {
    format!("{}{}", "long ä ".repeat(50), chance.pick(&["end", "other end", ""]))
}

/// A filter over that type, of at most so many levels.
fn filter(kind: &ResourceType, ids: &[String], chance: &mut Chance, levels: usize) -> String {
    if levels > 0 && chance.percent(45) {
        let parts: Vec<String> = (0..2 + chance.below(2)).map(|_| filter(kind, ids, chance, levels - 1)).collect();
        let joined = format!("({})", parts.join(chance.pick(&[" and ", " or "])));
        return if chance.percent(20) { format!("not {joined}") } else { joined };
    }
    let paths: Vec<_> = kind.attributes().filter(|path| !path.is_secret() && path.attribute.name != "schemas").collect();
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

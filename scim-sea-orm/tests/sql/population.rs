//! Random resources: the same in every store that is compared.

use std::sync::Arc;

use scim_sea_orm::SqlStores;
use scim_server::store::{Change, Content, Edit, Element, Expected, Store, Unknown};
use scim_server::{MemoryStores, Profile, Registry, ResourceType, Stores};
use serde_json::{Value, json};

use crate::world::{Chance, caller, creation, key, kind};

pub(crate) const RESOURCES: usize = 60;
/// Resources of populations that have long texts are numbered from here.
pub(crate) const LONG: usize = 1000;
pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub(crate) const WORDS: [&str; 14] =
    ["anna", "Anna", "ben", "Bjørn", "straße", "STRASSE", "jose\u{301}", "José", "x", "", "a%b_c", "o'neil \"q\"", "\u{1f600}", "zz top"];

/// The same resources in every store. Returns their ids.
pub(crate) async fn populate(
    registry: &Arc<Registry>,
    memory: &MemoryStores,
    sql: &[SqlStores],
    tenant: &str,
    first: usize,
    chance: &mut Chance,
) -> Vec<String> {
    let mut ids: Vec<(Arc<ResourceType>, String)> = Vec::new();
    let mut named: Vec<String> = Vec::new();
    let mut creations = Vec::new();
    for number in 0..RESOURCES {
        let kind = kind(registry, ["User", "Team", "User", "Group", "Device"][number % 5]);
        let id = chance.id();
        let mut change = creation(&kind, &id, resource(&kind, number + first, &named, chance), Profile::RFC);
        if let Change::Create { new, .. } = &mut change {
            keep_unknown(new);
        }
        creations.push(change);
        named.push(id.clone());
        ids.push((kind, id));
    }
    // A later team becomes a part of an earlier one: some of that are circles.
    let teams: Vec<String> = ids.iter().filter(|(kind, _)| kind.name == "Team").map(|(_, id)| id.clone()).collect();
    let edits: Vec<Change> = (0..4)
        .map(|_| {
            let part = Element { value: chance.pick(&teams), item: serde_json::Map::new(), referent: None };
            let put = Edit::Delta { put: vec![part], remove: Vec::new(), unknown: Unknown::Refuse };
            let whole = key(&kind(registry, "Team"), &chance.pick(&teams));
            Change::Update { key: whole, expected: Expected::Any, new: None, edits: vec![("parts".to_owned(), put)] }
        })
        .collect();
    // Some go again, out of all that names them.
    let mut deletions = Vec::new();
    for _ in 0..3 {
        let (kind, id) = ids.swap_remove(chance.below(ids.len()));
        deletions.push(Change::Delete { key: key(&kind, &id), expected: Expected::Any });
    }
    for changes in [creations, edits, deletions] {
        memory.of(&caller(tenant)).commit(&changes).await.expect("memory takes them");
        for stores in sql {
            stores.of(&caller(tenant)).commit(&changes).await.expect("SQL takes them");
        }
    }
    ids.into_iter().map(|(_, id)| id).collect()
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
pub(crate) fn long_text(chance: &mut Chance) -> String {
    format!("{}{}", "long ä ".repeat(50), chance.pick(&["end", "other end", ""]))
}

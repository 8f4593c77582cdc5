//! The built-in schemas against the documents that RFC 7643 §8.7 prints, and against what the server makes of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use scim_server::Schema;
use serde_json::{Map, Value, json};

/// The file of each built-in schema, in both folders.
fn built_in() -> [(&'static str, Arc<Schema>); 6] {
    let [service_provider_config, resource_type, schema] = Schema::discovery();
    [
        ("user", Schema::user()),
        ("group", Schema::group()),
        ("enterprise-user", Schema::enterprise_user()),
        ("service-provider-config", service_provider_config),
        ("resource-type", resource_type),
        ("schema", schema),
    ]
}

fn read(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn document(folder: &str, name: &str) -> Value {
    serde_json::from_str(&read(&format!("{folder}/{name}.json"))).expect("the file is JSON")
}

/// One difference: where, what is on the left and what on the right.
type Difference = (String, Option<Value>, Option<Value>);

/// The differences of two documents. Lists of attributes are compared by name.
fn differences(place: &str, left: &Value, right: &Value, found: &mut Vec<Difference>) {
    match (by_name(left), by_name(right)) {
        (Some(left), Some(right)) => {
            for name in left.keys().chain(right.keys().filter(|name| !left.contains_key(*name))) {
                let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
                match (left.get(name), right.get(name)) {
                    (Some(left), Some(right)) => differences(&place, left, right, found),
                    (left, right) => found.push((place, left.cloned(), right.cloned())),
                }
            }
        }
        _ if left != right => found.push((place.to_owned(), Some(left.clone()), Some(right.clone()))),
        _ => {}
    }
}

/// An object, or a list of attributes as an object under their names.
fn by_name(value: &Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(members) => Some(members.clone()),
        Value::Array(items) if !items.is_empty() => {
            items.iter().map(|item| Some((item.get("name")?.as_str()?.to_owned(), item.clone()))).collect()
        }
        _ => None,
    }
}

fn compare(left: &Value, right: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    differences("", left, right, &mut found);
    found
}

/// A cell of the table: a value as JSON, or that there is none. What is added as a whole is not repeated there.
fn cell(value: Option<&Value>) -> String {
    match value {
        None => "absent".to_owned(),
        Some(Value::Object(_)) => "present".to_owned(),
        Some(value) => format!("`{value}`"),
    }
}

/// RFC: 7643-8.7.1-01
#[test]
fn errata_md_lists_every_difference_from_the_published_text_and_no_other() {
    let real: BTreeSet<String> = built_in()
        .iter()
        .flat_map(|(name, _)| {
            compare(&document("tests/schemas-as-published", name), &document("schemas", name))
                .into_iter()
                .map(move |(place, left, right)| format!("| {name} | {place} | {} | {} |", cell(left.as_ref()), cell(right.as_ref())))
        })
        .collect();
    let errata = read("schemas/ERRATA.md");
    let listed: BTreeSet<String> = errata
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| schema | path |"))
        .map(|line| {
            let (difference, reason) = line.trim_end_matches(" |").rsplit_once(" | ").expect("a row has a reason");
            assert!(reason.len() > 3, "no reason in {line}");
            format!("{difference} |")
        })
        .collect();
    let missing: Vec<&String> = real.difference(&listed).collect();
    let outdated: Vec<&String> = listed.difference(&real).collect();
    assert!(missing.is_empty() && outdated.is_empty(), "not listed:\n{missing:#?}\nno longer so:\n{outdated:#?}");
}

#[test]
fn attributes_stand_in_the_order_of_the_published_text() {
    for (name, _) in built_in() {
        let (published, ours) = (document("tests/schemas-as-published", name), document("schemas", name));
        same_order(name, &published["attributes"], &ours["attributes"]);
    }
}

fn same_order(place: &str, published: &Value, ours: &Value) {
    let (Some(published), Some(ours)) = (by_name(published), by_name(ours)) else { panic!("{place} is a list of attributes") };
    let known: Vec<&String> = ours.keys().filter(|name| published.contains_key(*name)).collect();
    assert_eq!(known, published.keys().collect::<Vec<_>>(), "{place}");
    for (name, attribute) in &published {
        if attribute.get("subAttributes").is_some_and(|subs| subs != &json!([])) {
            same_order(name, &attribute["subAttributes"], &ours[name]["subAttributes"]);
        }
    }
}

#[test]
fn a_schema_is_served_as_its_document_with_every_characteristic_that_applies() {
    for (name, schema) in built_in() {
        let mut document = document("schemas", name);
        // Members of the resource, not of the schema: the server makes them.
        for member in ["schemas", "meta"] {
            document.as_object_mut().expect("a schema is an object").shift_remove(member);
        }
        let served = serde_json::to_value(&*schema).expect("a schema is JSON");
        for (place, in_document, in_served) in compare(&document, &served) {
            let characteristic = place.rsplit('.').next().unwrap_or_default();
            // RFC 7643 §2.2: what a definition leaves out has a default, and that is what is sent.
            let default = match characteristic {
                "required" | "multiValued" | "caseExact" => json!(false),
                "mutability" => json!("readWrite"),
                "returned" => json!("default"),
                "uniqueness" => json!("none"),
                // An empty list is as good as none (§2.5).
                "canonicalValues" | "referenceTypes" if in_document == Some(json!([])) && in_served.is_none() => continue,
                _ => panic!("{name} {place}: {in_document:?} is served as {in_served:?}"),
            };
            assert_eq!((in_document, in_served), (None, Some(default)), "{name} {place}");
        }
        assert_eq!(serde_json::from_value::<Schema>(served).expect("what is served can be read"), *schema, "{name}");
    }
}

/// RFC: 7643-1.2-02 7643-2.3.6-04 7643-2.3.7-05 7643-7-15 7643-7-19..21
#[test]
fn every_served_attribute_has_the_characteristics_of_section_7() {
    for (name, schema) in built_in() {
        let served = serde_json::to_value(&*schema).expect("a schema is JSON");
        each_attribute(&served["attributes"], &mut |attribute| {
            for characteristic in ["name", "type", "multiValued", "description", "required", "mutability", "returned"] {
                assert!(attribute.get(characteristic).is_some(), "{name} {} lacks {characteristic}", attribute["name"]);
            }
            let kind = attribute["type"].as_str().expect("a type");
            assert_eq!(attribute.get("caseExact").is_some(), matches!(kind, "string" | "reference" | "binary"), "{name} {attribute}");
            assert_eq!(attribute.get("subAttributes").is_some(), kind == "complex", "{name} {attribute}");
            assert_eq!(attribute.get("referenceTypes").is_some(), kind == "reference", "{name} {attribute}");
            // §2.3.6, §2.3.7: these heed case.
            assert!(!matches!(kind, "reference" | "binary") || attribute["caseExact"] == true, "{name} {attribute}");
        });
    }
}

fn each_attribute(attributes: &Value, look: &mut impl FnMut(&Value)) {
    for attribute in attributes.as_array().into_iter().flatten() {
        look(attribute);
        each_attribute(&attribute["subAttributes"], look);
    }
}

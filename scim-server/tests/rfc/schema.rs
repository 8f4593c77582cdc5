//! The served schemas against `docs/requirements.tsv`, which has a row for each attribute of RFC 7643 §8.7.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::{Scim, text};

/// Every served attribute, `User.name.givenName`, with its characteristics.
async fn served() -> BTreeMap<String, Map<String, Value>> {
    let scim = Scim::start();
    let list = scim.read("/Schemas").await;
    let mut all = BTreeMap::new();
    for schema in list["Resources"].as_array().expect("a list") {
        let name = if text(&schema["id"]).contains("enterprise") {
            "EnterpriseUser".into()
        } else {
            text(&schema["id"]).rsplit(':').next().expect("a URN").to_owned()
        };
        collect(&name, &schema["attributes"], &mut all);
    }
    all
}

fn collect(place: &str, attributes: &Value, all: &mut BTreeMap<String, Map<String, Value>>) {
    for attribute in attributes.as_array().into_iter().flatten() {
        let place = format!("{place}.{}", text(&attribute["name"]));
        collect(&place, &attribute["subAttributes"], all);
        all.insert(place, attribute.as_object().expect("an attribute is an object").clone());
    }
}

/// The rows of §8.7.1 and §8.7.2 about one attribute each: its place and what it is to be.
fn rows() -> Vec<(String, String, Vec<String>)> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/requirements.tsv");
    let table = fs::read_to_string(file).expect("the table is there");
    let rows = table.lines().map(|line| line.split('\t').collect::<Vec<_>>()).filter(|cells| cells[2].starts_with("8.7."));
    rows.filter_map(|cells| {
        let (place, characteristics) = cells[5].split_once(": ")?;
        let is_attribute = characteristics.starts_with("type=");
        is_attribute.then(|| (cells[0].to_owned(), place.to_owned(), characteristics.split(", ").map(str::to_owned).collect()))
    })
    .collect()
}

/// Whether an attribute is what a word of a row says.
fn is(attribute: &Map<String, Value>, word: &str) -> bool {
    let has = |name: &str, value: Value| attribute.get(name) == Some(&value);
    match word.split_once('=') {
        Some(("caseExact", value)) => has("caseExact", json!(value == "true")),
        Some((name, value)) => has(name, json!(value)),
        None => match word.split_once(' ') {
            Some(("ref", types)) => has("referenceTypes", types.split('/').collect()),
            Some(("canonical", values)) => has("canonicalValues", values.split('/').collect()),
            // `readOnly (ours; 2.4: immutable)`
            Some((mutability, _)) => has("mutability", json!(mutability)),
            None => match word {
                "singular" => has("multiValued", json!(false)),
                "multiValued" => has("multiValued", json!(true)),
                "required" => has("required", json!(true)),
                "optional" => has("required", json!(false)),
                mutability => has("mutability", json!(mutability)),
            },
        },
    }
}

/// RFC: 7643-8.7.1-02..83 7643-8.7.2-01..18 7643-7-40 7643-7-39 7643-2.4-12 7643-7-14
#[tokio::test]
async fn every_attribute_of_section_8_7_has_the_characteristics_of_its_row() {
    let served = served().await;
    let rows = rows();
    assert_eq!(rows.len(), 82 + 18);
    let mut wrong = Vec::new();
    for (id, place, words) in rows {
        let Some(attribute) = served.get(&place) else {
            wrong.push(format!("{id}: {place} is not served"));
            continue;
        };
        wrong.extend(words.iter().filter(|word| !is(attribute, word)).map(|word| format!("{id}: {place} is not `{word}`: {attribute:?}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// RFC: 7643-2.1-03 7643-2.3-01 7643-2.3.8-03 7643-1.2-02
#[tokio::test]
async fn names_types_and_depth_are_those_of_section_2() {
    for (place, attribute) in served().await {
        let name = text(&attribute["name"]);
        let begins = name.starts_with(|first: char| first.is_ascii_alphabetic());
        assert!(name == "$ref" || begins && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"$-_".contains(&byte)), "{place}");
        let kind = text(&attribute["type"]);
        assert!(
            ["string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"].contains(&kind.as_str()),
            "{place}"
        );
        let parts = attribute.get("subAttributes").and_then(Value::as_array);
        assert_eq!(parts.is_some_and(|parts| !parts.is_empty()), kind == "complex", "{place}");
        // The schema of schemas is the RFC's own exception (§7).
        let is_of_schema = place.starts_with("Schema.");
        assert!(is_of_schema || parts.into_iter().flatten().all(|part| part["type"] != "complex"), "{place}");
    }
}

/// RFC: 7643-2.4-02 7643-2.4-11
#[tokio::test]
async fn the_usual_sub_attributes_mean_the_usual() {
    let served = served().await;
    let many = served.iter().filter(|(place, attribute)| attribute["multiValued"] == true && !place.starts_with("Schema."));
    let mut seen = 0;
    for (place, attribute) in many {
        for part in attribute.get("subAttributes").and_then(Value::as_array).into_iter().flatten() {
            let expected = match text(&part["name"]).as_str() {
                "type" | "display" => "string",
                "primary" => "boolean",
                "$ref" => "reference",
                _ => continue,
            };
            assert_eq!((&part["type"], &part["multiValued"]), (&json!(expected), &json!(false)), "{place}.{}", part["name"]);
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
}

/// RFC: 7643-3.3-04 7643-10.2-01
#[tokio::test]
async fn the_extension_redefines_nothing() {
    let served = served().await;
    let names = |schema: &str| -> Vec<String> {
        let own = served.keys().filter_map(|place| place.strip_prefix(schema)?.strip_prefix('.').map(str::to_lowercase));
        own.filter(|name| !name.contains('.')).collect()
    };
    let core = names("User");
    assert!(!core.is_empty());
    for name in names("EnterpriseUser") {
        assert!(!core.contains(&name) && !["id", "externalid", "meta", "schemas"].contains(&name.as_str()), "{name}");
    }
}

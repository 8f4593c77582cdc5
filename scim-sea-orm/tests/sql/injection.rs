//! Input never becomes part of a statement (T07): 500 payloads in every string position are answered as memory answers them, and
//! the statements show placeholders only.

use std::sync::Arc;

use scim_server::sort::SortOrder;
use scim_server::store::{Change, Expected, Load, Page, Position, Query, ResourceKey, Store};
use scim_server::{Leniency, ResourceType};
use scim_server::{MemoryStores, Profile, Registry, Stores, filter};
use serde_json::json;

use crate::world::{FileDatabase, answer, caller, creation, kind, open};

/// Texts that mean something to a database, a pattern or a printer.
fn payloads() -> Vec<String> {
    let seeds = [
        "' OR '1'='1",
        "'; DROP TABLE scim_resource; --",
        "\" OR \"\"=\"",
        "1); DELETE FROM scim_value; --",
        "' UNION SELECT 1,2,3 --",
        "%",
        "_",
        "\\",
        "\\%",
        "a%b",
        "a_b",
        "%' --",
        "[a-z]*",
        "?",
        "?1",
        ":name",
        "@p1",
        "$1",
        "{}",
        "{0}",
        "%s",
        "%n",
        "\\u0000",
        "\u{1}",
        "\n--",
        "/* */",
        "*/ OR 1=1 /*",
        "x'41'",
        "CHAR(65)",
        "||",
        "NULL",
        "null",
        "true",
        "0",
        "-1",
        "1e999",
        "`id`",
        "[id]",
        "\u{2019} OR 1=1",
        "\u{ff07} OR 1=1",
        "\u{202e}",
        "\u{1f600}",
        "e\u{301}",
        "ß",
        "İ",
        "GLOB '*'",
        "LIKE '%'",
        "ATTACH 'x' AS y",
        "PRAGMA writable_schema=1",
        "randomblob(9)",
    ];
    let wraps: [fn(&str) -> String; 10] = [
        ToOwned::to_owned,
        |text| format!("a{text}"),
        |text| format!("{text}b"),
        |text| format!("'{text}'"),
        |text| format!("\"{text}\""),
        |text| format!("({text})"),
        |text| format!("{text}{text}"),
        |text| text.to_uppercase(),
        |text| format!("{text}\u{0}x"),
        |text| format!("{}{text}", "z".repeat(250)),
    ];
    let all: Vec<String> = seeds.iter().flat_map(|seed| wraps.iter().map(move |wrap| wrap(seed))).collect();
    assert_eq!(all.len(), 500);
    all
}

/// RFC: 7644-7.7-01
#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_payloads_are_only_text_in_every_position() {
    let registry = Arc::new(Registry::rfc7643());
    let log = Arc::new(std::sync::Mutex::new(Vec::<String>::new()));
    let file = FileDatabase::new();
    let written = log.clone();
    let options = file.options().synchronous(scim_sea_orm::Synchronous::Off).statement_log(move |statement| {
        written.lock().expect("no test panics while it holds the log").push(statement.to_owned());
    });
    let stores = open(&options, &registry).await;
    let all_of_memory = MemoryStores::new();
    let (user, group) = (kind(&registry, "User"), kind(&registry, "Group"));
    let payloads = payloads();
    // Ten tenants, so that memory has less to look through.
    let tenant = |number: usize| caller(&format!("tenant {}", number % 10));
    for (number, payload) in payloads.iter().enumerate() {
        let (sql, memory) = (stores.of(&tenant(number)), all_of_memory.of(&tenant(number)));
        let id = format!("{number:08x}-0000-4000-8000-000000000000");
        let body = json!({
            "schemas": [user.schema.id], "userName": format!("user {number}"), "externalId": payload, "displayName": payload, "title": payload,
            "locale": payload, "name": {"familyName": payload, "formatted": payload}, "emails": [{"value": payload, "type": payload, "display": payload}],
        });
        let change = [creation(&user, &id, body, Profile::RFC)];
        memory.commit(&change).await.expect("memory takes it");
        sql.commit(&change).await.unwrap_or_else(|error| panic!("{error:?}: {payload:?}"));
    }
    for (number, payload) in payloads.iter().enumerate() {
        let (sql, memory) = (stores.of(&tenant(number)), all_of_memory.of(&tenant(number)));
        let text = serde_json::Value::from(payload.as_str());
        // Every string position of a filter, with each operator in its turn.
        let op = ["eq", "co", "sw", "ew", "gt", "ne"][number % 6];
        let positions = ["userName", "externalId", "displayName", "locale", "name.familyName", "emails.value", "id"];
        for position in positions {
            compare(&sql, &memory, &user, &format!("{position} {op} {text}")).await;
        }
        compare(&sql, &memory, &user, &format!("emails[type {op} {text} and value eq {text}]")).await;
        compare(&sql, &memory, &user, &format!("groups.value eq {text}")).await;
        compare(&sql, &memory, &group, &format!("members[value eq {text}]")).await;
        compare(&sql, &memory, &group, &format!("members.value ne {text}")).await;
        // The place of a cursor.
        let position = Some(Position { key: Some(payload.clone()), target: 0, number: 0 });
        let sorted = Query::of(user.clone(), None, Page::After { position, count: 5 });
        let title = user.core_attribute("title").expect("users have titles");
        sql.query(&sorted.sorted(title, SortOrder::Descending)).await.expect("SQL answers");
        // Ids, and tenants.
        let strange = ResourceKey { kind: user.clone(), id: payload.clone() };
        assert!(sql.get(&strange, &Load::Everything).await.expect("SQL answers").is_none());
        let gone = sql.commit(&[Change::Delete { key: strange, expected: Expected::Any }]).await;
        assert!(matches!(gone, Err(scim_server::store::StoreError::NotFound)), "{gone:?}");
        let other = stores.of(&caller(payload));
        let all = Query::of(user.clone(), None, Page::Index { start: 1, count: 1 });
        assert_eq!(other.query(&all).await.expect("SQL answers").total, Some(0), "{payload:?} is a tenant of its own");
    }
    let log = log.lock().expect("no test panics while it holds the log");
    assert!(log.len() > 10_000, "the log has seen the statements: {}", log.len());
    for statement in log.iter() {
        let literal = statement.contains('\'') || statement.contains("0x") || statement.contains("--") || statement.contains("/*");
        assert!(!literal, "a statement has text of its own in it: {statement}");
        // Identifiers stand in double quotes and are ours.
        let names = statement.split('"').skip(1).step_by(2);
        for name in names {
            // Several tables of one kind are numbered.
            let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "a name is not one of ours: {name}");
        }
    }
}

async fn compare(sql: &impl Store, memory: &impl Store, kind: &Arc<ResourceType>, text: &str) {
    // What the framework refuses does not reach a store.
    let Ok(filter) = filter::resolve(text, kind, &Leniency::new(Profile::RFC)) else { return };
    let query = Query::of(kind.clone(), Some(filter), Page::Index { start: 1, count: 1000 });
    let (by_sql, by_memory) = (sql.query(&query).await.expect("SQL answers"), memory.query(&query).await.expect("memory answers"));
    assert_eq!(answer(&by_sql), answer(&by_memory), "{text}");
}

//! `co` and `ew` on attributes that are declared as searchable: the trigram index leads, answers as memory does, and who has none says so.

use std::collections::BTreeSet;
use std::sync::Arc;

use scim_sea_orm::{ConnectError, Options, SearchedBy, SqlStores, Synchronous};
use scim_server::store::{Change, Expected, ResourceKey, Store};
use scim_server::{MemoryStores, Profile, Registry, Stores};
use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::support::{Database, Engine, on_each_engine};
use crate::world::{Chance, answer, caller, creation, key, kind, open, query};

on_each_engine!(
    parts_of_all_letters_are_found_as_memory_finds_them,
    a_text_is_searched_in_its_own_tenant_only,
    a_database_that_refuses_a_trigram_index_answers_without,
);

const PATHS: [&str; 5] = ["userName", "externalId", "displayName", "title", "emails.value"];

fn options(database: &Database) -> Options {
    Options::new(&database.url).searchable(PATHS).synchronous(Synchronous::Off)
}

/// Texts in which an index, a pattern or an expression of a search could see something else than letters.
const TEXTS: [&str; 24] = [
    "anna banana",
    "Ärger in Österreich",
    "straße",
    "STRASSE",
    "Ångström",
    "иванов",
    "日本語の名前",
    "e\u{301}te\u{301}",
    "\u{1f469}\u{200d}\u{1f4bb}\u{1f600}\u{1f600}",
    "100%_sure",
    "100\\%sure",
    r#"a "quoted" OR "b""#,
    "o'neil NOT near(b)",
    "col:umn ^first -minus *",
    "\\303\\244",
    "a\0bc\0\0def",
    "\0",
    "  blanks  ",
    "ab",
    "x",
    "",
    "tab\tnew\nline",
    "\u{fffe}\u{ffff}end",
    "user7@example.com",
];

fn user_id(number: usize) -> String {
    format!("{number:08}-0000-4000-8000-000000000000")
}

/// Users with those texts, and some that are longer than what an index keeps.
fn users(registry: &Registry) -> Vec<Change> {
    let user = kind(registry, "User");
    let long = [format!("{}anna", "ä".repeat(120)), format!("иванов {}", "z".repeat(300)), format!("{}日本語", "b".repeat(189))];
    let texts = TEXTS.iter().map(|text| (*text).to_owned()).chain(long);
    let body = |(number, text): (usize, String)| {
        let emails = if text.is_empty() { json!([]) } else { json!([{"value": format!("{number}@x")}, {"value": text, "type": "work"}]) };
        // A name has no characters that nobody sees.
        let name: String = text.chars().filter(|c| c.is_alphanumeric() || c.is_ascii_graphic()).collect();
        json!({"schemas": [user.schema.id], "userName": format!("{name}{number}"), "externalId": text, "displayName": text, "title": text, "emails": emails})
    };
    texts.enumerate().map(|(number, text)| creation(&user, &user_id(number), body((number, text)), Profile::RFC)).collect()
}

/// Parts of the texts, whole texts, and neither.
fn parts(chance: &mut Chance) -> BTreeSet<String> {
    let mut parts: BTreeSet<String> = TEXTS.iter().map(|text| (*text).to_owned()).collect();
    for _ in 0..120 {
        let letters: Vec<char> = chance.pick(&TEXTS).chars().collect();
        let start = chance.below(letters.len() + 1);
        let length = chance.below(6);
        parts.insert(letters[start..].iter().take(length).collect());
    }
    parts.extend(["nothing of it", "zzzz", "\u{0}bc", "ANNA", "ÄRG", "%%%", "___", "\"\"\"", "日本語"].map(ToOwned::to_owned));
    parts.insert("z".repeat(230));
    parts
}

/// RFC: 7644-3.4.2.2-11 7644-3.4.2.2-13
async fn parts_of_all_letters_are_found_as_memory_finds_them(database: Database) {
    let registry = Arc::new(Registry::rfc7643());
    let user = kind(&registry, "User");
    let stores = open(&options(&database), &registry).await;
    let memory = MemoryStores::new();
    let (sql, model) = (stores.of(&caller("acme")), memory.of(&caller("acme")));
    let parts = parts(&mut Chance::new(7));
    let mut by_trigrams = 0;
    // With the long ones, and after they are gone: then every value is whole in the index.
    let gone = |number: usize| Change::Delete { key: key(&user, &user_id(number)), expected: Expected::Any };
    for changes in [users(&registry), (TEXTS.len()..TEXTS.len() + 3).map(gone).collect()] {
        sql.commit(&changes).await.expect("they are right");
        model.commit(&changes).await.expect("they are right");
        for part in &parts {
            for path in PATHS {
                for (op, negated) in [("co", false), ("ew", false), ("co", true)] {
                    let test = format!("{path} {op} {}", json!(part));
                    let text = if negated { format!("not ({test})") } else { test };
                    let asked = query(&user, &text, 1, 100);
                    let (found, expected) = (sql.query(&asked).await.expect(&text), model.query(&asked).await.expect(&text));
                    assert_eq!(answer(&found), answer(&expected), "{text}");
                }
            }
            for text in [
                format!("emails[type eq \"work\" and value co {}]", json!(part)),
                format!("displayName co {} and userName sw \"a\"", json!(part)),
                format!("title co {0} or emails.value ew {0}", json!(part)),
            ] {
                let asked = query(&user, &text, 1, 100);
                let (found, expected) = (sql.query(&asked).await.expect(&text), model.query(&asked).await.expect(&text));
                assert_eq!(answer(&found), answer(&expected), "{text}");
                let searches = sql.explain(&asked).await.expect(&text).searches;
                by_trigrams += usize::from(searches.iter().any(|search| search.by == SearchedBy::Trigrams));
            }
        }
    }
    assert_eq!(by_trigrams > parts.len(), database.engine != Engine::MariaDb, "{by_trigrams} of {}", parts.len());
}

async fn a_text_is_searched_in_its_own_tenant_only(database: Database) {
    let registry = Arc::new(Registry::rfc7643());
    let user = kind(&registry, "User");
    let stores = open(&options(&database), &registry).await;
    let change = |name: &str, text: &str| {
        let body = json!({"schemas": [user.schema.id], "userName": name, "displayName": text, "title": text});
        creation(&user, &user_id(usize::from(name == "other")), body, Profile::RFC)
    };
    stores.of(&caller("one")).commit(&[change("user", "searched"), change("other", "searched")]).await.expect("they are new");
    stores.of(&caller("two")).commit(&[change("user", "searched")]).await.expect("it is new");
    let found = async |tenant: &str, text: &str| {
        let found = stores.of(&caller(tenant)).query(&query(&user, text, 1, 10)).await.expect("the store answers");
        answer(&found).0.expect("a total")
    };
    for (path, of_one, of_two) in [("displayName", 2, 1), ("title", 2, 1)] {
        assert_eq!(found("one", &format!(r#"{path} co "arch""#)).await, of_one);
        assert_eq!(found("two", &format!(r#"{path} co "arch""#)).await, of_two);
        assert_eq!(found("three", &format!(r#"{path} co "arch""#)).await, 0);
    }
    // What one resource of two loses, the other keeps; what one tenant loses, too.
    let delete = |number| Change::Delete { key: ResourceKey { kind: user.clone(), id: user_id(number) }, expected: Expected::Any };
    stores.of(&caller("one")).commit(&[delete(1)]).await.expect("it is there");
    assert_eq!((found("one", r#"title ew "hed""#).await, found("two", r#"title ew "hed""#).await), (1, 1));
    stores.of(&caller("one")).commit(&[delete(0)]).await.expect("it is there");
    assert_eq!((found("one", r#"title ew "hed""#).await, found("two", r#"title ew "hed""#).await), (0, 1));
}

/// What the trigram index would be made of is something else already.
async fn a_database_that_refuses_a_trigram_index_answers_without(database: Database) {
    let registry = Arc::new(Registry::rfc7643());
    let user = kind(&registry, "User");
    let stores = open(&Options::new(&database.url), &registry).await;
    let in_the_way = match database.engine {
        Engine::Sqlite => "CREATE TABLE scim_trigram_data (other integer)",
        Engine::Postgres => "CREATE TYPE gtrgm AS (other integer)",
        Engine::MariaDb => "SELECT 1",
    };
    stores.database().execute_unprepared(in_the_way).await.expect(in_the_way);
    stores.close().await.expect("it closes");
    let stores = SqlStores::reindex(&options(&database), registry.clone(), &|_| ()).await.expect("the index is made");
    let store = stores.of(&caller("acme"));
    store.commit(&users(&registry)).await.expect("they are new");
    let asked = query(&user, r#"displayName co "banana""#, 1, 10);
    assert_eq!(answer(&store.query(&asked).await.expect("the store answers")), (Some(1), vec![user_id(0)]));
    let explained = store.explain(&asked).await.expect("a plan");
    let search = explained.searches.first().expect("the attribute is searchable");
    assert_eq!((search.path.as_str(), search.by), ("displayName", SearchedBy::NoTrigrams));
    assert!(search.to_string().contains("this database has no trigram index"), "{search}");
    stores.close().await.expect("it closes");

    // Once nothing is in the way, the next start makes it, of what was written meanwhile, too.
    let out_of_the_way = match database.engine {
        Engine::Sqlite => "DROP TABLE scim_trigram_data",
        Engine::Postgres => "DROP TYPE gtrgm",
        Engine::MariaDb => return,
    };
    let connection = sea_orm::Database::connect(&database.url).await.expect("the database opens");
    connection.execute_unprepared(out_of_the_way).await.expect(out_of_the_way);
    let stores = open(&options(&database), &registry).await;
    let store = stores.of(&caller("acme"));
    assert_eq!(store.explain(&asked).await.expect("a plan").searches[0].by, SearchedBy::Trigrams);
    assert_eq!(answer(&store.query(&asked).await.expect("the store answers")), (Some(1), vec![user_id(0)]));
    assert_eq!(stores.check(&|_| ()).await.expect("it is checked").faults, []);
}

#[tokio::test]
async fn what_is_no_text_of_a_type_cannot_be_searchable() {
    for path in ["displayname", "active", "emails", "password", "groups.display", "nothing"] {
        let options = Options::new("sqlite::memory:").searchable(["userName", path]);
        let error = SqlStores::connect(&options, Registry::rfc7643()).await.expect_err(path);
        assert!(matches!(&error, ConnectError::NotSearchable(named) if named == path), "{error}");
        assert!(error.to_string().contains(&format!("`{path}` cannot be searchable")), "{error}");
    }
}

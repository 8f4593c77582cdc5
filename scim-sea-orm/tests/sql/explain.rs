//! The plans of thirty named queries on each engine: none walks documents, whether the database has statistics of its tables or not.

use std::fmt::Write as _;
use std::sync::Arc;

use scim_sea_orm::{Indexed, Options, SearchedBy, SqlStore, Synchronous};
use scim_server::filter::resolve;
use scim_server::sort::SortOrder::{self, Ascending, Descending};
use scim_server::store::{Change, Load, Page, Position, Query, Store, Target};
use scim_server::{Leniency, Profile, Registry, ResourceType, Stores};
use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::population::ENTERPRISE;
use crate::question::bound;
use crate::support::{Database, Engine, on_each_engine};
use crate::world::{caller, creation, kind, open};

on_each_engine!(no_named_query_walks_documents, a_search_is_led_by_trigrams, a_page_deep_in_a_list_is_the_right_one);

const USERS: usize = 2_000;
const GROUPS: usize = 40;

/// A name, what is asked of which types (`User Group: filter`), what it is sorted by, and which page.
struct Named(&'static str, &'static str, Option<(&'static str, SortOrder)>, At);

enum At {
    /// By index, from there.
    From(u64),
    /// Behind a sort key and a number.
    Behind(Option<&'static str>, i64),
}
use At::{Behind, From};

const NAMED: [Named; 34] = [
    Named("the user of that name", r#"User: userName eq "user7@example.com""#, None, From(1)),
    Named("the user of that external id", r#"User: externalId eq "external-7""#, None, From(1)),
    Named("the user of that id", r#"User: id eq "00000007-0000-4000-8000-000000000007""#, None, From(1)),
    Named(
        "the user at that place",
        r#"User: meta.location eq "https://example.com/Users/00000007-0000-4000-8000-000000000007""#,
        None,
        From(1),
    ),
    Named("users with that e-mail address", r#"User: emails.value eq "user7@example.com""#, None, From(1)),
    Named("users with that address at work", r#"User: emails[type eq "work" and value eq "user7@example.com"]"#, None, From(1)),
    Named("users with such an address not at home", r#"User: emails[value sw "user77" and not (type eq "home")]"#, None, From(1)),
    Named("users with such a part of an address", r#"User: emails.value co "77""#, None, From(1)),
    Named("names that begin so", r#"User: name.familyName sw "family 7""#, None, From(1)),
    Named("one of two names", r#"User: userName eq "user7@example.com" or userName eq "user8@example.com""#, None, From(1)),
    Named("a name or an address", r#"User: userName sw "user77" or emails.value eq "user8@example.com""#, None, From(1)),
    Named(
        "active users of a department",
        r#"User: active eq true and urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "Department 7""#,
        None,
        From(1),
    ),
    Named("no inactive one with such a title", r#"User: not (active eq false) and title sw "title 7""#, None, From(1)),
    Named("all active users", "User: active eq true", None, From(1)),
    Named("all but one title", r#"User: title ne "Title 7""#, None, From(1)),
    Named("users without a title", "User: not (title pr)", None, From(1)),
    Named("what changed since", r#"User: meta.lastModified gt "2035-01-01T00:00:00Z""#, None, From(1)),
    Named(
        "what was created within a month",
        r#"User: meta.created ge "2035-01-01T00:00:00Z" and meta.created lt "2035-02-01T00:00:00Z""#,
        None,
        From(1),
    ),
    Named("groups of that member", r#"Group: members.value eq "00000007-0000-4000-8000-000000000007""#, None, From(1)),
    Named("groups of that member, in brackets", r#"Group: members[value eq "00000007-0000-4000-8000-000000000007"]"#, None, From(1)),
    Named("groups with a member of that name", r#"Group: members.display eq "User 7""#, None, From(1)),
    Named("members of that group", r#"User: groups.value eq "ffffffff-0000-4000-8000-000000000001""#, None, From(1)),
    Named("members of a group of that name", r#"User: groups.display eq "Group 7""#, None, From(1)),
    Named(
        "whom that manager leads",
        r#"User: urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "00000007-0000-4000-8000-000000000007""#,
        None,
        From(1),
    ),
    Named(
        "whom a manager of that name leads",
        r#"User: urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName eq "User 7""#,
        None,
        From(1),
    ),
    Named("all users", "User:", None, From(201)),
    Named("all users, behind a place", "User:", None, Behind(None, 200)),
    Named("all users by name", "User:", Some(("userName", Ascending)), From(1)),
    Named("all users by name downwards, behind a place", "User:", Some(("userName", Descending)), Behind(Some("user7@example.com"), 8)),
    Named("active users by title, behind a place", "User: active eq true", Some(("title", Ascending)), Behind(Some("title 3"), 100)),
    Named("all users by their leading address", "User:", Some(("emails.value", Ascending)), From(101)),
    Named("what changed last", "User:", Some(("meta.lastModified", Descending)), From(1)),
    Named("everything by its name", "User Group:", Some(("displayName", Ascending)), From(1)),
    Named(
        "what begins so, by its name, behind a place",
        r#"User Group: displayName sw "group""#,
        Some(("displayName", Descending)),
        Behind(Some("group 3"), 4),
    ),
];

/// What is searched in attributes that are declared as searchable.
const SEARCHED: [Named; 8] = [
    Named("such a part of a name", r#"User: displayName co "ser 77""#, None, From(1)),
    Named("such a part of a unique name", r#"User: userName co "R77@""#, None, From(1)),
    Named("such an end of a name", r#"User: userName ew "77@example.com""#, None, From(1)),
    Named("such a part of an address", r#"User: emails.value co "u77@""#, None, From(1)),
    Named("such a part of an address at work", r#"User: emails[type eq "work" and value co "ser77@"]"#, None, From(1)),
    Named("active ones with such a part", r#"User: active eq true and displayName co "ser 77""#, None, From(1)),
    Named("none with such a part", r#"User: not (displayName co "ser 77")"#, None, From(1)),
    Named("such a part, by another name", r#"User: displayName co "ser 77""#, Some(("userName", Ascending)), From(1)),
];

impl Named {
    fn query(&self, registry: &Registry) -> Query {
        let Named(name, asked, sort, at) = self;
        let (kinds, filter) = asked.split_once(':').expect("a query names its types");
        let of = |kind: Arc<ResourceType>| {
            let filter = Some(filter.trim()).filter(|filter| !filter.is_empty());
            let filter =
                filter.map(|text| resolve(text, &kind, &Leniency::new(Profile::RFC)).unwrap_or_else(|error| panic!("{name}: {error}")));
            let sort = sort.map(|(path, _)| bound(&kind, path).expect("the type has it"));
            Target { kind, filter, sort }
        };
        let page = match at {
            From(start) => Page::Index { start: *start, count: 10 },
            Behind(key, number) => {
                Page::After { position: Some(Position { key: key.map(ToOwned::to_owned), target: 0, number: *number }), count: 10 }
            }
        };
        Query {
            targets: kinds.split(' ').map(|name| of(kind(registry, name))).collect(),
            order: sort.map_or(Ascending, |(_, order)| order),
            page,
            total: true,
            load: Load::DOCUMENT,
            may_be_stale: false,
        }
    }
}

/// Many users, and groups of some of them.
async fn fill(store: &SqlStore, registry: &Registry) -> Vec<String> {
    let (user, group) = (kind(registry, "User"), kind(registry, "Group"));
    let id = |number: usize| format!("{number:08x}-0000-4000-8000-{number:012x}");
    let mut changes: Vec<Change> = Vec::new();
    for number in 0..USERS {
        let mut body = json!({
            "schemas": [user.schema.id, ENTERPRISE], "userName": format!("user{number}@example.com"), "externalId": format!("external-{number}"),
            "displayName": format!("User {number}"), "name": {"familyName": format!("Family {number}")}, "active": number % 10 != 0,
            "emails": [{"value": format!("user{number}@example.com"), "type": "work"}, {"value": format!("u{number}@home.example"), "type": "home"}],
            ENTERPRISE: {"department": format!("Department {}", number % 50)},
        });
        if number % 3 > 0 {
            body["title"] = json!(format!("Title {}", number % 100));
        }
        if number > 10 {
            body[ENTERPRISE]["manager"] = json!({"value": id(number % 10)});
        }
        changes.push(creation(&user, &id(number), body, Profile::RFC));
    }
    for number in 0..GROUPS {
        let members: Vec<_> = (0..20).map(|member| json!({"value": id((number * 7 + member * 31) % USERS)})).collect();
        let body = json!({"schemas": [group.schema.id], "displayName": format!("Group {number}"), "members": members});
        changes.push(creation(&group, &format!("ffffffff-0000-4000-8000-{number:012x}"), body, Profile::RFC));
    }
    for changes in changes.chunks(500) {
        store.commit(changes).await.expect("they are new");
    }
    (0..USERS).map(id).collect()
}

const TABLES: [&str; 4] = ["scim_resource", "scim_value", "scim_link", "scim_tally"];

/// The tables are as new ones: the database keeps no statistics of them, or those of empty tables.
async fn without_statistics(database: &impl ConnectionTrait, engine: Engine) {
    for table in TABLES {
        let statement = match engine {
            Engine::Sqlite => return,
            Engine::Postgres => format!("ALTER TABLE {table} SET (autovacuum_enabled = false)"),
            Engine::MariaDb => format!("ALTER TABLE {table} STATS_PERSISTENT = 1, STATS_AUTO_RECALC = 0"),
        };
        database.execute_unprepared(&statement).await.expect("the table is altered");
    }
}

async fn make_statistics(database: &impl ConnectionTrait, engine: Engine) {
    for table in TABLES {
        let statement = match engine {
            Engine::Sqlite => format!("ANALYZE {table}"),
            // As its autovacuum does.
            Engine::Postgres => format!("VACUUM ANALYZE {table}"),
            Engine::MariaDb => format!("ANALYZE TABLE {table}"),
        };
        database.execute_unprepared(&statement).await.expect("the table is analysed");
    }
}

async fn no_named_query_walks_documents(database: Database) {
    let registry = Arc::new(Registry::rfc7643());
    let options = Options::new(&database.url).indexed(Indexed::All).synchronous(Synchronous::Off);
    let stores = open(&options, &registry).await;
    let store = stores.of(&caller("acme"));
    without_statistics(stores.database(), database.engine).await;
    fill(&store, &registry).await;
    let place = database.url.split('?').next().and_then(|place| place.rsplit('/').next()).unwrap_or_default();
    let bare = plans(&store, &registry, database.engine, &NAMED).await.replace(&without_figures(&format!("{place}.")), "");
    insta::assert_snapshot!(format!("plans_{:?}", database.engine).to_lowercase(), bare);
    make_statistics(stores.database(), database.engine).await;
    plans(&store, &registry, database.engine, &NAMED).await;
}

async fn a_search_is_led_by_trigrams(database: Database) {
    let leads = match database.engine {
        Engine::Sqlite => "scan f virtual table",
        Engine::Postgres => "bitmap index scan on scim_value_search",
        // It has none.
        Engine::MariaDb => return,
    };
    let registry = Arc::new(Registry::rfc7643());
    let searchable = ["userName", "displayName", "emails.value"];
    let options = Options::new(&database.url).indexed(Indexed::All).searchable(searchable).synchronous(Synchronous::Off);
    let stores = open(&options, &registry).await;
    let store = stores.of(&caller("acme"));
    without_statistics(stores.database(), database.engine).await;
    fill(&store, &registry).await;
    let bare = plans(&store, &registry, database.engine, &SEARCHED).await;
    insta::assert_snapshot!(format!("searches_{:?}", database.engine).to_lowercase(), bare);
    make_statistics(stores.database(), database.engine).await;
    plans(&store, &registry, database.engine, &SEARCHED).await;
    for named in &SEARCHED {
        let explained = store.explain(&named.query(&registry)).await.expect("the store explains");
        assert!(explained.searches.iter().any(|search| search.by == SearchedBy::Trigrams), "{}", named.0);
        let steps: Vec<String> = explained.statements.iter().flat_map(|part| &part.steps).map(|step| step.to_lowercase()).collect();
        assert!(steps.iter().any(|step| step.contains(leads)), "{}: {steps:#?}", named.0);
    }
}

/// The plans as text, after a look at each of them.
async fn plans(store: &SqlStore, registry: &Registry, engine: Engine, all: &[Named]) -> String {
    let mut shown = String::new();
    let mut walks = Vec::new();
    for named in all {
        let explained = store.explain(&named.query(registry)).await.expect("the store explains");
        assert!(explained.exact && explained.ordered, "{}: {}", named.0, explained.answer);
        let _ = writeln!(shown, "{}: {}", named.0, named.1);
        for part in explained.statements.into_iter().chain(explained.documents) {
            let steps: Vec<String> = part.steps.iter().map(|step| without_figures(step)).collect();
            let _ = writeln!(shown, "  {}", steps.join("\n  "));
            // A page of all is a piece of the walk itself, and reads no document but its own.
            let is_page_of_all = !part.statement.contains("scim_value") && named.2.is_none() && named.1.ends_with(':');
            if let Some(step) = walk(engine, &part.steps).filter(|_| !is_page_of_all) {
                walks.push(format!("{}: {step}\n  {}\n  {}", named.0, part.statement, steps.join("\n  ")));
            }
        }
    }
    assert!(walks.is_empty(), "{}", walks.join("\n"));
    shown
}

/// PostgreSQL shows the values, and with them the numbers that stand for names.
fn without_figures(step: &str) -> String {
    // MariaDB says this of one and the same plan or does not.
    let step = step.replace("; Using index", "").replace(" | Extra=Using index", "");
    let mut shown = String::new();
    let mut figures = false;
    for c in step.chars() {
        if !c.is_ascii_digit() || shown.ends_with(char::is_alphabetic) {
            shown.push(c);
            figures = false;
        } else if !figures {
            shown.push('#');
            figures = true;
        }
    }
    shown
}

/// The step that walks through the documents of a type. To walk through an index that has all that is asked is something else.
fn walk(engine: Engine, steps: &[String]) -> Option<String> {
    let is_resource =
        |alias: &str| alias.starts_with('r') && alias[1..].chars().all(|c| c.is_ascii_digit()) || ["n", "o", "t"].contains(&alias);
    let found = steps.iter().enumerate().find(|(place, step)| {
        let step = step.trim_start_matches([' ', '-', '>']);
        match engine {
            Engine::Sqlite => {
                let mut words = step.split(' ');
                let (verb, alias) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
                let all = verb == "SCAN" || step.ends_with("(tenant=? AND type=?)") || step.ends_with("(tenant=?)");
                ["SCAN", "SEARCH"].contains(&verb) && is_resource(alias) && all && !step.contains("COVERING INDEX")
            }
            Engine::Postgres => {
                let index = step.contains("Index Scan") && (step.contains("on scim_resource") || step.starts_with("Bitmap Index Scan"));
                let condition = steps[place + 1..].iter().find(|next| next.contains("Index Cond:"));
                let narrow =
                    ["key", "id", "created", "modified"].iter().any(|column| condition.is_some_and(|condition| names(condition, column)));
                step.contains("Seq Scan on scim_resource") || index && step.contains("scim_resource_") && !narrow
            }
            Engine::MariaDb => {
                let part = |name: &str| step.split('|').find_map(|part| part.trim().strip_prefix(name)).unwrap_or_default().to_owned();
                let all = ["ALL", "index"].contains(&part("type=").as_str()) || ["const,const", "const"].contains(&part("ref=").as_str());
                // It does not always say `Using index`. These two have all that is asked of whole types: keys and instants.
                let covers = ["scim_resource_created", "scim_resource_modified"].contains(&part("key=").as_str());
                is_resource(&part("table=")) && all && !["const", "eq_ref"].contains(&part("type=").as_str()) && !covers
            }
        }
    });
    found.map(|(_, step)| step.trim().to_owned())
}

/// Whether a condition of PostgreSQL is on that column.
fn names(condition: &str, column: &str) -> bool {
    condition.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|word| word == column)
}

async fn a_page_deep_in_a_list_is_the_right_one(database: Database) {
    let registry = Arc::new(Registry::rfc7643());
    let stores = open(&Options::new(&database.url).synchronous(Synchronous::Off), &registry).await;
    let store = stores.of(&caller("acme"));
    let user = kind(&registry, "User");
    let mut ids: Vec<String> = (0..USERS * 5 / 2).map(|number| format!("{number:08x}-0000-4000-8000-{number:012x}")).collect();
    let body = |id: &str| json!({"schemas": [user.schema.id], "userName": id});
    let creations: Vec<Change> = ids.iter().map(|id| creation(&user, id, body(id), Profile::RFC)).collect();
    for changes in creations.chunks(500) {
        store.commit(changes).await.expect("they are new");
    }
    // Holes in the first blocks.
    let gone: Vec<Change> = (0..50)
        .map(|_| ids.remove(700))
        .map(|id| Change::Delete { key: crate::world::key(&user, &id), expected: scim_server::store::Expected::Any })
        .collect();
    store.commit(&gone).await.expect("they are there");
    for start in [1, 690, 700, 1_023, 1_500, 4_090, 4_100, ids.len() - 2, ids.len() + 1, ids.len() * 3] {
        let page = Page::Index { start: start as u64, count: 5 };
        let found = store.query(&Query::of(user.clone(), None, page)).await.expect("the store answers");
        let expected: Vec<String> = ids.iter().skip(start - 1).take(5).cloned().collect();
        assert_eq!(crate::world::answer(&found), (Some(ids.len() as u64), expected), "from {start}");
    }
}

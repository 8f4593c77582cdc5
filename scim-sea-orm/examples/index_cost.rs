//! What indexing costs per user: rows, bytes and time, by how much is indexed and by how the rows are laid out; and what a trigram index
//! makes of `co` and `ew` among 100,000 users.
//!
//! ```sh
//! cargo run --release -p scim-sea-orm --example index_cost
//! ./databases cargo run --release -p scim-sea-orm --all-features --example index_cost
//! ```
//!
//! The second command measures PostgreSQL and MariaDB, too. Layouts take turns in rounds, so that a busy machine is busy for all of
//! them; times are medians of rounds. *Two trees* has an index by resource beside the table's own tree by value, as side tables
//! usually do. Each user has 34 simple values in about a kilobyte of JSON.

use std::sync::Arc;
use std::time::{Duration, Instant};

use scim_sea_orm::{Indexed, Options, SqlStores};
use scim_server::filter::resolve;
use scim_server::store::{Change, Page, Query, ResourceKey};
use scim_server::validate::Draft;
use scim_server::{Caller, Leniency, Profile, Registry, ResourceType, Store, Stores, TenantId};
use sea_orm::sea_query::Index;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement};
use serde_json::{Value, json};
use tempfile::TempDir;

const ROUNDS: usize = 9;
/// Users that are created one by one, and in lists, in each round of a layout.
const ALONE: usize = 100;
const LISTS: usize = 10;
const LIST: usize = 32;

/// The users among whom is searched, and how often.
const CROWD: usize = 100_000;
const SEARCHES: usize = 9;
/// What has a trigram index where any has: six texts of a user.
const SEARCHABLE: [&str; 5] = ["userName", "displayName", "name.familyName", "name.givenName", "emails.value"];

type Failure = Box<dyn std::error::Error>;

struct Layout {
    name: &'static str,
    stores: SqlStores,
    before: u64,
    created: usize,
    alone: Vec<Duration>,
    listed: Vec<Duration>,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    measure("SQLite", &folder, None).await?;
    search("SQLite", &folder, None).await?;
    for (name, variable) in [("PostgreSQL", "SCIM_TEST_POSTGRES"), ("MariaDB", "SCIM_TEST_MARIADB")] {
        match std::env::var(variable) {
            Ok(url) => {
                measure(name, &folder, Some(&url)).await?;
                search(name, &folder, Some(&url)).await?;
            }
            Err(_) => println!("{name}: left out, {variable} is not set"),
        }
    }
    Ok(())
}

async fn measure(engine: &str, folder: &TempDir, server: Option<&str>) -> Result<(), Failure> {
    let registry = Arc::new(Registry::rfc7643());
    let user = registry.by_name("User").ok_or("User is registered")?.clone();
    let mut layouts = Vec::new();
    let layouts_of = [
        ("unique values only", Indexed::Paths(Vec::new()), &[] as &[&str]),
        ("the default", Indexed::Default, &[]),
        ("the default in two trees", Indexed::Default, &[]),
        ("the default, six searchable", Indexed::Default, &SEARCHABLE),
        ("everything", Indexed::All, &[]),
    ];
    for (number, (name, indexed, searchable)) in layouts_of.into_iter().enumerate() {
        let database = format!("index_cost_{number}");
        let options = Options::new(url(folder, server, &database).await?).indexed(indexed).searchable(searchable.iter().copied());
        let stores = SqlStores::connect(&options, registry.clone()).await?;
        if name.ends_with("two trees") {
            let tree =
                Index::create().name("second_tree").table("scim_value").col("tenant").col("key").col("attribute").col("element").take();
            stores.database().execute(&tree).await?;
        }
        let before = bytes(stores.database(), &database).await?;
        layouts.push(Layout { name, stores, before, created: 0, alone: Vec::new(), listed: Vec::new() });
    }
    for _ in 0..ROUNDS {
        for layout in &mut layouts {
            layout.round(&user).await?;
        }
    }
    println!("{engine}, {} users each:", layouts[0].created);
    for (number, layout) in layouts.into_iter().enumerate() {
        let database = layout.stores.database();
        let bytes = bytes(database, &format!("index_cost_{number}")).await?.saturating_sub(layout.before);
        let rows: i64 = one(database, "SELECT COUNT(*) AS n FROM scim_value").await?;
        println!(
            "  {:<26} {:>5.1} rows, {:>6} bytes, {:>6} µs alone, {:>6} µs in lists of {LIST}",
            layout.name,
            rows as f64 / layout.created as f64,
            bytes / layout.created as u64,
            median(layout.alone).as_micros(),
            median(layout.listed).as_micros(),
        );
        layout.stores.database().clone().close().await?;
        if let Some(server) = server {
            let connection = connect(server).await?;
            run(&connection, &format!("DROP DATABASE index_cost_{number}")).await?;
        }
    }
    Ok(())
}

/// How long filters take, with a trigram index and without.
async fn search(engine: &str, folder: &TempDir, server: Option<&str>) -> Result<(), Failure> {
    let registry = Arc::new(Registry::rfc7643());
    let user = registry.by_name("User").ok_or("User is registered")?.clone();
    let mut both = Vec::new();
    for (name, searchable) in [("search_without", &[] as &[&str]), ("search_with", &SEARCHABLE)] {
        let options = Options::new(url(folder, server, name).await?).searchable(searchable.iter().copied());
        let stores = SqlStores::connect(&options, registry.clone()).await?;
        let store = stores.of(&caller());
        for piece in (0..CROWD).collect::<Vec<_>>().chunks(500) {
            let changes: Vec<Change> = piece.iter().map(|number| creation(&user, *number)).collect::<Result<_, _>>()?;
            store.commit(&changes).await?;
        }
        if server.is_some() {
            let statement = if engine == "PostgreSQL" { "VACUUM ANALYZE scim_value" } else { "ANALYZE TABLE scim_value" };
            run(stores.database(), statement).await?;
        }
        both.push((name, stores, store));
    }
    println!("{engine}, among {CROWD} users: hits, time without and with a trigram index");
    for filter in [
        r#"userName co "son4242@""#,
        r#"userName co "4242""#,
        r#"displayName co "ly42""#,
        r#"displayName co "стый""#,
        r#"displayName co "но""#,
        r#"emails.value ew "42@home.example""#,
        r#"emails.value co "example""#,
        r#"emails[type eq "home" and value co "son4242@"]"#,
        r#"active eq true and userName co "4242""#,
        r#"not (userName co "4242")"#,
    ] {
        let mut line = String::new();
        for (_, _, store) in &both {
            let filter = resolve(filter, &user, &Leniency::new(Profile::RFC))?;
            let query = Query::of(user.clone(), Some(filter), Page::Index { start: 1, count: 20 });
            let (mut times, mut total) = (Vec::new(), None);
            for _ in 0..SEARCHES {
                let started = Instant::now();
                total = store.query(&query).await?.total;
                times.push(started.elapsed());
            }
            if line.is_empty() {
                line = format!("{:>6}", total.unwrap_or_default());
            }
            line.push_str(&format!(" {:>9.2} ms", median(times).as_secs_f64() * 1_000.0));
        }
        println!("  {filter:<48} {line}");
    }
    for (name, stores, _) in both {
        stores.close().await?;
        if let Some(server) = server {
            run(&connect(server).await?, &format!("DROP DATABASE {name}")).await?;
        }
    }
    Ok(())
}

impl Layout {
    async fn round(&mut self, kind: &Arc<ResourceType>) -> Result<(), Failure> {
        let store = self.stores.of(&caller());
        let changes: Vec<Change> = (0..ALONE).map(|number| creation(kind, self.created + number)).collect::<Result<_, _>>()?;
        let started = Instant::now();
        for change in &changes {
            store.commit(std::slice::from_ref(change)).await?;
        }
        self.alone.push(started.elapsed() / u32::try_from(ALONE)?);
        self.created += ALONE;
        let changes: Vec<Change> = (0..LISTS * LIST).map(|number| creation(kind, self.created + number)).collect::<Result<_, _>>()?;
        let started = Instant::now();
        for list in changes.chunks(LIST) {
            store.commit(list).await?;
        }
        self.listed.push(started.elapsed() / u32::try_from(LISTS * LIST)?);
        self.created += LISTS * LIST;
        Ok(())
    }
}

fn creation(kind: &Arc<ResourceType>, number: usize) -> Result<Change, Failure> {
    let leniency = Leniency::new(Profile::RFC);
    let new = Draft::create(kind, person(number), &leniency)?.into_content(kind, &leniency);
    Ok(Change::Create { key: ResourceKey { kind: kind.clone(), id: uuid::Uuid::new_v4().to_string() }, new })
}

/// A user as an identity provider sends it, with a name of its own.
fn person(number: usize) -> Value {
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    // Every tenth name is not in ASCII.
    let family = if number.is_multiple_of(10) { cyrillic(number / 10) } else { format!("Family{}", number % 997) };
    let given = format!("Given{}", number % 89);
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", enterprise],
        "externalId": format!("ext-{number:08}"), "userName": format!("person{number}@example.com"), "displayName": format!("{given} {family}"),
        "name": {"formatted": format!("{given} {family}"), "familyName": family, "givenName": given},
        "nickName": given, "title": format!("Title {}", number % 31), "userType": "Employee", "preferredLanguage": "en-US",
        "locale": "en-US", "timezone": "Europe/Berlin", "active": !number.is_multiple_of(9),
        "emails": [{"value": format!("person{number}@example.com"), "type": "work", "primary": true},
                   {"value": format!("person{number}@home.example"), "type": "home"}],
        "phoneNumbers": [{"value": format!("tel:+49-30-{number:07}"), "type": "work"}, {"value": format!("tel:+49-170-{number:07}"), "type": "mobile"}],
        "addresses": [{"type": "work", "streetAddress": format!("Street {}", number % 500), "locality": "Berlin", "postalCode": format!("{:05}", number % 99_999), "country": "DE"}],
        (enterprise): {"employeeNumber": format!("{number}"), "department": format!("Department {}", number % 40), "costCenter": format!("{}", number % 200),
                       "division": "Division", "organization": "Example"}
    })
}

/// A name of three of these parts.
fn cyrillic(number: usize) -> String {
    let parts = ["ива", "нов", "тол", "стый", "кузне", "цов", "сид", "оров", "петр", "павл", "мирн", "бел", "град", "гор", "лес"];
    [number, number / 15, number / 225].map(|number| parts[number % parts.len()]).concat()
}

fn caller() -> Caller {
    Caller::new(TenantId::new("index cost"), "example")
}

/// The bytes of all tables and indexes.
async fn bytes(database: &DatabaseConnection, name: &str) -> Result<u64, Failure> {
    let size: i64 =
        match database.get_database_backend() {
            sea_orm::DatabaseBackend::Sqlite => {
                run(database, "PRAGMA wal_checkpoint(TRUNCATE)").await?;
                one(database, "SELECT page_count * page_size AS n FROM pragma_page_count(), pragma_page_size()").await?
            }
            sea_orm::DatabaseBackend::Postgres => one(
                database,
                "SELECT CAST(SUM(pg_total_relation_size(oid)) AS bigint) AS n FROM pg_class WHERE relkind = 'r' AND relname LIKE 'scim%'",
            )
            .await?,
            _ => {
                run(database, "ANALYZE TABLE scim_value, scim_resource, scim_link").await?;
                let sizes = format!(
                    "SELECT CAST(SUM(file_size) AS SIGNED) AS n FROM information_schema.innodb_sys_tablespaces WHERE name LIKE '{name}/%'"
                );
                one(database, &sizes).await?
            }
        };
    Ok(size.unsigned_abs())
}

/// The URL of a new database.
async fn url(folder: &TempDir, server: Option<&str>, name: &str) -> Result<String, Failure> {
    match server {
        None => Ok(format!("sqlite://{}/{name}.db?mode=rwc", folder.path().display())),
        Some(server) => fresh(server, name).await,
    }
}

async fn fresh(server: &str, name: &str) -> Result<String, Failure> {
    let connection = connect(server).await?;
    run(&connection, &format!("DROP DATABASE IF EXISTS {name}")).await?;
    run(&connection, &format!("CREATE DATABASE {name}")).await?;
    let (server, _) = server.rsplit_once('/').ok_or("a URL ends in the name of a database")?;
    Ok(format!("{server}/{name}"))
}

async fn connect(url: &str) -> Result<DatabaseConnection, Failure> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Ok(Database::connect(options).await?)
}

async fn run(database: &DatabaseConnection, statement: &str) -> Result<(), Failure> {
    // A statement that answers with rows, as MariaDB's `ANALYZE` and SQLite's `PRAGMA` do, is executed all the same.
    database.query_all_raw(Statement::from_string(database.get_database_backend(), statement)).await?;
    Ok(())
}

async fn one(database: &DatabaseConnection, statement: &str) -> Result<i64, Failure> {
    let row = database.query_one_raw(Statement::from_string(database.get_database_backend(), statement)).await?;
    Ok(row.ok_or("a figure")?.try_get("", "n")?)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

//! What group commit is worth: creates on SQLite with `synchronous=FULL`, from 32 tasks, in interleaved rounds; medians.
//!
//! ```sh
//! cargo run --release -p scim-sea-orm --example creates
//! strace -f -c -e trace=fsync,fdatasync target/release/examples/creates --only group
//! ```
//!
//! - *group*: through `SqlStore::commit`, from all tasks at once.
//! - *each, pool*: one transaction each, as with a pool of four connections: four stores with a connection each, and no create begins
//!   at a store before the one before has ended.
//! - *each, queue*: one transaction each, one after the other. No connection ever waits for SQLite's lock.
//! - *bare*: the rows that the store would write, by one task, 32 resources a transaction: one statement a resource and one for its
//!   values, with constant text.
//! - *bare, batched*: the same in one statement for the resources and one for the values of all 32.
//!
//! It makes databases in a temporary folder and removes them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;
use scim_sea_orm::{Options, SqlStore, SqlStores};
use scim_server::store::{Change, ResourceKey};
use scim_server::validate::Draft;
use scim_server::{Caller, Leniency, Profile, Registry, Store, Stores, TenantId};
use sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseConnection, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use serde_json::json;
use tokio::sync::Mutex;

const TASKS: usize = 32;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(Parser)]
struct Arguments {
    /// Rounds of each way.
    #[arg(long, default_value_t = 9)]
    rounds: usize,
    /// Creates in a round.
    #[arg(long, default_value_t = 1_600)]
    creates: usize,
    /// Only one way: group, pool, queue, bare or batched.
    #[arg(long)]
    only: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Group,
    Pool,
    Queue,
    Bare,
    Batched,
}

const WAYS: [(Way, &str, &str); 5] = [
    (Way::Group, "group", "group"),
    (Way::Pool, "pool", "each, pool"),
    (Way::Queue, "queue", "each, queue"),
    (Way::Bare, "bare", "bare"),
    (Way::Batched, "batched", "bare, batched"),
];

struct Round {
    rate: f64,
    p50: Duration,
    p99: Duration,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir()?;
    let registry = Arc::new(Registry::rfc7643());
    let mut ways = Vec::new();
    for (way, name, title) in WAYS {
        if arguments.only.as_deref().is_none_or(|only| only == name) {
            let url = format!("sqlite://{}/{name}.db?mode=rwc", folder.path().display());
            let mut stores = Vec::new();
            for _ in 0..if way == Way::Pool { 4 } else { 1 } {
                let connections = if way == Way::Pool { 1 } else { 4 };
                stores.push(SqlStores::connect(&Options::new(&url).connections(connections), registry.clone()).await?);
            }
            // The tenant is known and the first keys are reserved.
            for stores in &stores {
                store(stores).commit(&[user(stores, &uuid::Uuid::new_v4().to_string())?]).await?;
            }
            ways.push((way, title, stores, Vec::new()));
        }
    }
    let rows = Rows::of(&registry).await?;
    for round in 0..arguments.rounds {
        for (way, _, stores, rounds) in &mut ways {
            let from = round * arguments.creates;
            rounds.push(match way {
                Way::Bare => bare(stores[0].database(), &rows, from, arguments.creates, 1).await?,
                Way::Batched => bare(stores[0].database(), &rows, from, arguments.creates, TASKS).await?,
                Way::Group | Way::Pool | Way::Queue => through_stores(stores, *way, from, arguments.creates).await?,
            });
        }
    }
    let medians: Vec<(Way, Round)> = ways.iter_mut().map(|(way, title, _, rounds)| (*way, median(title, rounds))).collect();
    report(&medians);
    Ok(())
}

fn report(medians: &[(Way, Round)]) {
    let of = |way| medians.iter().find(|(this, _)| *this == way).map(|(_, round)| round);
    let Some(group) = of(Way::Group) else { return };
    for (way, _, title) in WAYS {
        if let Some(other) = of(way).filter(|_| way != Way::Group) {
            let p99 = group.p99.as_secs_f64() / other.p99.as_secs_f64();
            println!("group : {title}: rate {:.2}, p99 {p99:.2}", group.rate / other.rate);
        }
    }
}

fn median(title: &str, rounds: &mut [Round]) -> Round {
    let middle = rounds.len() / 2;
    rounds.sort_by(|one, other| one.rate.total_cmp(&other.rate));
    let rate = rounds[middle].rate;
    rounds.sort_by_key(|round| round.p50);
    let p50 = rounds[middle].p50;
    rounds.sort_by_key(|round| round.p99);
    let p99 = rounds[middle].p99;
    println!("{title}: {rate:.0} creates/s, p50 {:.1} ms, p99 {:.1} ms", p50.as_secs_f64() * 1e3, p99.as_secs_f64() * 1e3);
    Round { rate, p50, p99 }
}

fn store(stores: &SqlStores) -> SqlStore {
    stores.of(&Caller::new(TenantId::new("creates"), "example"))
}

fn user(stores: &SqlStores, name: &str) -> Result<Change, Failure> {
    let kind = stores.registry().by_name("User").ok_or("there are users")?;
    let leniency = Leniency::new(Profile::RFC);
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let body = json!({
        "schemas": [kind.schema.id, enterprise], "userName": format!("{name}@example.com"), "externalId": format!("external-{name}"),
        "displayName": format!("Display {name}"), "name": {"familyName": format!("Family {name}"), "givenName": "Given"},
        "emails": [{"value": format!("{name}@example.com"), "type": "work", "primary": true}], "active": true, "title": "Engineer",
        "phoneNumbers": [{"value": "+49 30 123456", "type": "work"}], "locale": "de-DE", "timezone": "Europe/Berlin",
        enterprise: {"department": "Research", "employeeNumber": name},
    });
    let new = Draft::create(kind, body, &leniency)?.into_content(kind, &leniency);
    Ok(Change::Create { key: ResourceKey { kind: kind.clone(), id: uuid::Uuid::new_v4().to_string() }, new })
}

async fn through_stores(stores: &[SqlStores], way: Way, from: usize, creates: usize) -> Result<Round, Failure> {
    let turns: Vec<Arc<Mutex<()>>> = stores.iter().map(|_| Arc::default()).collect();
    let mut work = Vec::new();
    for task in 0..TASKS {
        let changes = (from..from + creates).skip(task).step_by(TASKS).map(|number| user(&stores[0], &number.to_string()));
        let place = task % stores.len();
        work.push((store(&stores[place]), turns[place].clone(), changes.collect::<Result<Vec<_>, _>>()?));
    }
    let started = Instant::now();
    let tasks: Vec<_> = work
        .into_iter()
        .map(|(store, turn, changes)| {
            tokio::spawn(async move {
                let mut times = Vec::new();
                for change in changes {
                    let asked = Instant::now();
                    let _turn = if way == Way::Group { None } else { Some(turn.lock().await) };
                    store.commit(&[change]).await?;
                    times.push(asked.elapsed());
                }
                Ok::<_, Failure>(times)
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    Ok(round(creates, started.elapsed(), times))
}

fn round(creates: usize, spent: Duration, mut times: Vec<Duration>) -> Round {
    times.sort();
    let at = |share: f64| times[(times.len() as f64 * share) as usize];
    Round { rate: creates as f64 / spent.as_secs_f64(), p50: at(0.5), p99: at(0.99) }
}

/// A row of values, for as many columns as the table has.
type Row = Vec<sea_orm::Value>;

/// What the store writes for one user: read from a database in which it stands.
struct Rows {
    resource: Row,
    values: Vec<Row>,
}

impl Rows {
    async fn of(registry: &Arc<Registry>) -> Result<Self, Failure> {
        let stores = SqlStores::connect(&Options::new("sqlite::memory:"), registry.clone()).await?;
        store(&stores).commit(&[user(&stores, "number")?]).await?;
        let integers = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let read = async |select: &str, columns: Vec<String>, bytes: &[&str]| -> Result<Vec<Row>, Failure> {
            let rows = stores.database().query_all_raw(Statement::from_string(DatabaseBackend::Sqlite, select)).await?;
            let cell = |row: &sea_orm::QueryResult, column: &String| -> Result<sea_orm::Value, Failure> {
                Ok(match column.as_str() {
                    "document" => row.try_get::<String>("", column)?.into(),
                    name if bytes.contains(&name) => row.try_get::<Vec<u8>>("", column)?.into(),
                    _ => row.try_get::<i64>("", column)?.into(),
                })
            };
            rows.iter().map(|row| columns.iter().map(|column| cell(row, column)).collect()).collect()
        };
        let columns = integers(&["tenant", "type", "key", "id", "version", "created", "modified", "display", "document"]);
        let resource = read("SELECT * FROM scim_resource", columns, &["id", "display"]).await?.pop().ok_or("a resource")?;
        let columns = integers(&["tenant", "attribute", "value", "slot", "element", "key"]);
        Ok(Self { resource, values: read("SELECT * FROM scim_value", columns, &["value"]).await? })
    }

    /// The same rows for another user: another key, another id, other unique and other distinct values of the same length.
    fn numbered(&self, number: usize) -> (Row, Vec<Row>) {
        let key = i64::try_from(number).unwrap_or(0) + 1_000_000;
        let distinct = |value: &sea_orm::Value| match value {
            sea_orm::Value::Bytes(Some(bytes)) if bytes.len() > 8 => {
                let mut bytes = bytes.clone();
                let digits = format!("{number:06}");
                let place = bytes.windows(6).position(|window| window == b"number").unwrap_or(bytes.len());
                bytes.splice(place..Ord::min(place + 6, bytes.len()), digits.into_bytes());
                sea_orm::Value::Bytes(Some(bytes))
            }
            other => other.clone(),
        };
        let mut resource = self.resource.clone();
        (resource[2], resource[3]) = (key.into(), uuid::Uuid::new_v4().to_string().into_bytes().into());
        let rows = self.values.iter().map(|row| {
            let mut row = row.clone();
            row[2] = distinct(&row[2]);
            if row[3] != 0i64.into() {
                row[3] = key.into();
            }
            row[5] = key.into();
            row
        });
        (resource, rows.collect())
    }
}

async fn bare(database: &DatabaseConnection, rows: &Rows, from: usize, creates: usize, resources: usize) -> Result<Round, Failure> {
    let all: Vec<(Row, Vec<Row>)> = (from..from + creates).map(|number| rows.numbered(number)).collect();
    let insert = |table: &str, rows: Vec<&Row>| {
        let places = format!("({})", vec!["?"; rows[0].len()].join(", "));
        let text = format!("INSERT INTO {table} VALUES {}", vec![places; rows.len()].join(", "));
        Statement::from_sql_and_values(DatabaseBackend::Sqlite, text, rows.into_iter().flatten().cloned())
    };
    let options =
        || TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..TransactionOptions::default() };
    let mut times = Vec::new();
    let started = Instant::now();
    for batch in all.chunks(TASKS) {
        let asked = Instant::now();
        let transaction = database.begin_with_options(options()).await?;
        for piece in batch.chunks(resources) {
            transaction.execute_raw(insert("scim_resource", piece.iter().map(|(resource, _)| resource).collect())).await?;
            transaction.execute_raw(insert("scim_value", piece.iter().flat_map(|(_, values)| values).collect())).await?;
        }
        transaction.commit().await?;
        times.extend(std::iter::repeat_n(asked.elapsed(), batch.len()));
    }
    Ok(round(creates, started.elapsed(), times))
}

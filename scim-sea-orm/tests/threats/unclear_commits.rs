//! T28: lost connections and lost answers, at whichever place of a write, and transactions that the database takes back: no write is
//! denied that was done, none is done twice, none fails.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use scim_sea_orm::{Event, Hook, Options, SqlStore, SqlStores, Stop};
use scim_server::store::{
    Change, Content, Document, Edit, Element, Expected, Load, Page, Query, ResourceKey, Store, UniqueKey, Unknown, Written,
};
use scim_server::{Boxed, Caller, Registry, Stores, TenantId};
use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseTransaction, Statement};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use super::support::{Database, Engine, on_each_engine};

on_each_engine!(a_connection_cut_anywhere_neither_loses_nor_repeats_a_write, three_of_ten_transactions_taken_back_are_seen_by_nobody);

/// When the connection is cut, seen from a message of the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// The database never gets the message.
    Before,
    /// The database gets it, and its client is gone.
    With,
    /// The database answers, and the answer is lost.
    After,
}

/// Stands between a server and its database, and cuts one connection when it is told to.
struct Proxy {
    port: u16,
    armed: Arc<Mutex<Option<(usize, Cut)>>>,
}

impl Proxy {
    async fn to(address: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let armed: Arc<Mutex<Option<(usize, Cut)>>> = Arc::default();
        let cuts = armed.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (address, cuts) = (address.clone(), cuts.clone());
                tokio::spawn(async move {
                    let server = TcpStream::connect(address).await.expect("the database listens");
                    // Whichever side ends first, both are closed.
                    let _ended = pass_on(client, server, &cuts).await;
                });
            }
        });
        Self { port, armed }
    }

    /// Cuts at that message from now.
    fn arm(&self, message: usize, cut: Cut) {
        *self.armed.lock().expect("no panic") = Some((message, cut));
    }

    /// Whether it has cut. Afterwards it cuts no more.
    fn has_cut(&self) -> bool {
        self.armed.lock().expect("no panic").take().is_none()
    }
}

async fn pass_on(client: TcpStream, server: TcpStream, cuts: &Mutex<Option<(usize, Cut)>>) -> std::io::Result<()> {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let (lost, answered) = (AtomicBool::new(false), Notify::new());
    let up = async {
        let mut buffer = vec![0; 1 << 16];
        loop {
            let length = from_client.read(&mut buffer).await?;
            let cut = if length == 0 { Some(Cut::Before) } else { count_down(cuts) };
            if cut == Some(Cut::Before) {
                return Ok(());
            }
            lost.store(cut == Some(Cut::After), Ordering::SeqCst);
            to_server.write_all(&buffer[..length]).await?;
            if cut == Some(Cut::After) {
                let _in_time = tokio::time::timeout(Duration::from_millis(200), answered.notified()).await;
            }
            if cut.is_some() {
                return Ok(());
            }
        }
    };
    let down = async {
        let mut buffer = vec![0; 1 << 16];
        loop {
            let length = from_server.read(&mut buffer).await?;
            if length == 0 {
                return Ok(());
            }
            if lost.load(Ordering::SeqCst) {
                answered.notify_one();
            } else {
                to_client.write_all(&buffer[..length]).await?;
            }
        }
    };
    tokio::select! { ended = up => ended, ended = down => ended }
}

/// Counts a message; the one at which the count ends is to be cut.
fn count_down(cuts: &Mutex<Option<(usize, Cut)>>) -> Option<Cut> {
    let mut armed = cuts.lock().expect("no panic");
    match *armed {
        Some((0, cut)) => {
            *armed = None;
            Some(cut)
        }
        Some((left, cut)) => {
            *armed = Some((left - 1, cut));
            None
        }
        None => None,
    }
}

fn caller() -> Caller {
    Caller::new(TenantId::new("t28"), "test")
}

fn key(stores: &SqlStores, kind: &str, id: &str) -> ResourceKey {
    ResourceKey { kind: stores.registry().by_name(kind).expect("a type of the RFC").clone(), id: id.to_owned() }
}

fn create(stores: &SqlStores, id: &str) -> Change {
    let document = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": id, "title": "new"});
    let unique = vec![UniqueKey { path: "userName".into(), key: id.to_owned() }];
    let new = Content { document: document.as_object().expect("an object").clone(), unique, ..Content::default() };
    Change::Create { key: key(stores, "User", id), new }
}

fn add_member(stores: &SqlStores, id: &str) -> Change {
    let put = vec![Element { value: id.to_owned(), item: Document::new(), referent: None }];
    let edit = Edit::Delta { put, remove: Vec::new(), unknown: Unknown::Refuse };
    Change::Update { key: key(stores, "Group", "group"), expected: Expected::Any, new: None, edits: vec![("members".into(), edit)] }
}

fn rename(stores: &SqlStores, id: &str) -> Change {
    let Change::Create { key, mut new } = create(stores, id) else { unreachable!("it is a creation") };
    new.document.insert("title".into(), json!("changed"));
    Change::Update { key, expected: Expected::Is(1), new: Some(new), edits: Vec::new() }
}

fn delete(stores: &SqlStores, id: &str) -> Change {
    Change::Delete { key: key(stores, "User", id), expected: Expected::Any }
}

async fn start(stores: &SqlStores) -> SqlStore {
    let store = stores.of(&caller());
    let document = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "group"});
    let new = Content { document: document.as_object().expect("an object").clone(), ..Content::default() };
    store.commit(&[Change::Create { key: key(stores, "Group", "group"), new }]).await.expect("it is new");
    store
}

/// Looks from elsewhere whether the user is there as it must be: with these versions of it and the group, and this title.
async fn assert_state(witness: &SqlStores, id: &str, user: Option<(u64, &str)>, group: u64, members: usize, what: &str) {
    let store = witness.of(&caller());
    let found = store.get(&key(witness, "User", id), &Load::DOCUMENT).await.expect("the store answers");
    let found = found.map(|user| (user.version, user.document["title"].as_str().expect("a title").to_owned()));
    assert_eq!(found, user.map(|(version, title)| (version, title.to_owned())), "{what}");
    let stored = store.get(&key(witness, "Group", "group"), &Load::Everything).await.expect("the store answers").expect("it is there");
    assert_eq!((stored.version, stored.collections.get("members").map_or(0, Vec::len)), (group, members), "{what}");
}

/// How many users there are; the tally says the same of all resources.
async fn total(witness: &SqlStores) -> Option<u64> {
    let number = async |select: &str| -> i64 {
        let statement = Statement::from_string(witness.database().get_database_backend(), select);
        let row = witness.database().query_one_raw(statement).await.expect("an answer").expect("a row");
        row.try_get("", "n").expect("a number")
    };
    let integer = if witness.database().get_database_backend() == DatabaseBackend::MySql { "SIGNED" } else { "BIGINT" };
    let tally = number(&format!("SELECT CAST(SUM(n) AS {integer}) AS n FROM scim_tally")).await;
    assert_eq!(tally, number("SELECT COUNT(*) AS n FROM scim_resource").await);
    let user = witness.registry().by_name("User").expect("a type of the RFC").clone();
    let all = Query::of(user, None, Page::Index { start: 1, count: 0 });
    witness.of(&caller()).query(&all).await.expect("the store answers").total
}

async fn a_connection_cut_anywhere_neither_loses_nor_repeats_a_write(database: Database) {
    if database.engine == Engine::Sqlite {
        // There is no connection to cut.
        return;
    }
    let (before, name) = database.url.rsplit_once('/').expect("the URL ends with a database");
    let (scheme_and_user, address) = before.rsplit_once('@').expect("the URL names a user");
    let proxy = Proxy::to(address.to_owned()).await;
    let stores = open(&format!("{scheme_and_user}@127.0.0.1:{}/{name}", proxy.port)).await;
    let witness = open(&database.url).await;
    let store = start(&stores).await;
    let (mut group, mut cuts) = (1, 0);
    for cut in [Cut::Before, Cut::With, Cut::After] {
        for message in 0.. {
            let id = format!("{cut:?}-{message}").to_lowercase();
            let mut cut_here = 0;
            let mut write = async |change: Change, what: &str| -> Written {
                proxy.arm(message, cut);
                let written = store.commit(&[change]).await.unwrap_or_else(|error| panic!("{cut:?} {message} of {what}: {error}"));
                cut_here += usize::from(proxy.has_cut());
                assert!(written[0].changed, "{cut:?} {message} of {what}");
                written.into_iter().next().expect("one change")
            };
            assert_eq!(write(create(&stores, &id), "create").await.version, 1);
            assert_state(&witness, &id, Some((1, "new")), group, 0, &id).await;
            assert_eq!(write(rename(&stores, &id), "rename").await.version, 2);
            assert_state(&witness, &id, Some((2, "changed")), group, 0, &id).await;
            group += 1;
            assert_eq!(write(add_member(&stores, &id), "add a member").await.version, group);
            assert_state(&witness, &id, Some((2, "changed")), group, 1, &id).await;
            group += 1;
            write(delete(&stores, &id), "delete").await;
            assert_state(&witness, &id, None, group, 0, &id).await;
            cuts += cut_here;
            if cut_here == 0 {
                break;
            }
        }
    }
    assert_eq!(total(&witness).await, Some(0));
    println!("cut at {cuts} places");
    assert!(cuts >= 60, "{cuts} places are too few to be all");
}

async fn open(url: &str) -> SqlStores {
    SqlStores::connect(&Options::new(url), Registry::rfc7643()).await.expect("the database opens")
}

/// Has three of ten transactions taken back by the database, or ended with their connection.
struct Trouble {
    transactions: AtomicU64,
    made: Arc<AtomicU64>,
}

impl Hook for Trouble {
    fn run<'a>(&'a self, transaction: &'a DatabaseTransaction, _: &'a Caller, _: Event<'a>) -> Boxed<'a, Result<(), Stop>> {
        // Of ten that follow each other; the ways alternate.
        let number = self.transactions.fetch_add(1, Ordering::SeqCst);
        let statement = match (transaction.get_database_backend(), number % 10, number / 10 % 2) {
            (_, 3.., _) => None,
            (DatabaseBackend::Postgres, 0, 0) => Some("DO $$ BEGIN RAISE EXCEPTION 'a deadlock' USING ERRCODE = '40P01'; END $$"),
            (DatabaseBackend::Postgres, 0, _) => Some("SELECT pg_terminate_backend(pg_backend_pid())"),
            (DatabaseBackend::Postgres, ..) => Some("DO $$ BEGIN RAISE EXCEPTION 'no order' USING ERRCODE = '40001'; END $$"),
            (DatabaseBackend::MySql, 0, 0) => Some("SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'a deadlock'"),
            (DatabaseBackend::MySql, 0, _) => Some("KILL CONNECTION CONNECTION_ID()"),
            (DatabaseBackend::MySql, ..) => Some("SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1205, MESSAGE_TEXT = 'a late lock'"),
            // SQLite cannot be made to raise it; what it does is done in its stead.
            _ => Some(""),
        };
        Box::pin(async move {
            let Some(statement) = statement else { return Ok(()) };
            self.made.fetch_add(1, Ordering::SeqCst);
            if statement.is_empty() {
                return Err(Stop::Again);
            }
            transaction.execute_unprepared(statement).await?;
            Ok(())
        })
    }
}

async fn three_of_ten_transactions_taken_back_are_seen_by_nobody(database: Database) {
    const TASKS: usize = 8;
    const ROUNDS: usize = 20;
    let made: Arc<AtomicU64> = Arc::default();
    let witness = open(&database.url).await;
    start(&witness).await;
    let trouble = Trouble { transactions: AtomicU64::new(0), made: made.clone() };
    let stores = open(&database.url).await.with_hook(trouble);
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let stores = stores.clone();
            tokio::spawn(async move {
                let store = stores.of(&caller());
                for round in 0..ROUNDS {
                    let id = format!("{task}-{round}");
                    for change in [create(&stores, &id), rename(&stores, &id), add_member(&stores, &id)] {
                        let written = store.commit(&[change]).await.unwrap_or_else(|error| panic!("{id}: {error}"));
                        assert!(written[0].changed, "{id}");
                    }
                    if round % 2 == 0 {
                        store.commit(&[delete(&stores, &id)]).await.unwrap_or_else(|error| panic!("{id}: {error}"));
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no write fails");
    }
    // Each member came once, and went once with every second user.
    let moves = TASKS * (ROUNDS + ROUNDS / 2);
    assert_state(&witness, "0-1", Some((2, "changed")), 1 + moves as u64, TASKS * ROUNDS / 2, "in the end").await;
    assert_eq!(total(&witness).await, Some((TASKS * ROUNDS / 2) as u64));
    let made = made.load(Ordering::SeqCst);
    assert!(made >= 150, "only {made} transactions were troubled");
}

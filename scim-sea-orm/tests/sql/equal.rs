//! SQL and memory give the same ids, order, totals and cursors: random resources, random filters, sorts and pages, one type or several,
//! on every engine.
//!
//! `SCIM_SQL_POPULATIONS=334 cargo test --release --all-features -p scim-sea-orm --test sql equal -- --nocapture` asks 200,400 queries
//! (a third of them with everything indexed, a third with trigrams), under `./databases`. `SCIM_SQL_FIRST=57` begins with population 57; `SCIM_SQL_INEXACT=1`
//! also prints what SQL cannot decide.

use std::sync::Arc;

use scim_sea_orm::{Indexed, Options, SearchedBy, SqlStores};
use scim_server::store::{Found, Page, Position, Query, Store, StoreError, contract};
use scim_server::{MemoryStores, Registry, Stores};

use crate::population::{LONG, populate};
use crate::question::{Question, index_page, question};
use crate::support::{Database, Engine};
use crate::world::{Chance, answer, caller, open};

/// How many queries each population is asked.
const QUERIES: usize = 200;

/// How the queries of a run were answered.
#[derive(Default)]
struct Shares {
    queries: usize,
    some_and_not_all: usize,
    exact: usize,
    ordered: usize,
    by_trigrams: usize,
}

/// What is compared.
struct Stand {
    registry: Arc<Registry>,
    memory: MemoryStores,
    sql: Vec<SqlStores>,
    tenant: String,
    ids: Vec<String>,
}

/// The numbers of the populations: each makes the same one in every run. 57 once found two tables of one name in a statement.
fn populations() -> Vec<u64> {
    let number = |variable: &str| std::env::var(variable).ok().and_then(|number| number.parse::<u64>().ok());
    match (number("SCIM_SQL_FIRST"), number("SCIM_SQL_POPULATIONS")) {
        (None, None) => vec![0, 1, 2, 3, 57],
        (first, populations) => (first.unwrap_or(0)..first.unwrap_or(0) + populations.unwrap_or(1)).collect(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sql_answers_as_memory_does_with_everything_indexed() {
    let shares = compare(Indexed::All, &[]).await;
    shares.print("everything indexed");
    assert!(shares.some_and_not_all * 100 >= shares.queries * 30, "too few queries match some and not all");
    assert!(shares.exact * 100 >= shares.queries * 95, "SQL answers too few queries exactly");
}

#[tokio::test(flavor = "multi_thread")]
async fn sql_answers_as_memory_does_with_the_usual_index() {
    let shares = compare(Indexed::Default, &[]).await;
    shares.print("the usual index");
    assert!(shares.some_and_not_all * 100 >= shares.queries * 30, "too few queries match some and not all");
}

/// Attributes of each shape: unique, of one or many values, of one letter case or all, in an extension.
const SEARCHABLE: [&str; 14] = [
    "userName",
    "externalId",
    "displayName",
    "nickName",
    "title",
    "profileUrl",
    "name.formatted",
    "name.familyName",
    "emails.value",
    "emails.display",
    "emails.type",
    "phoneNumbers.value",
    "addresses.locality",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
];

#[tokio::test(flavor = "multi_thread")]
async fn sql_answers_as_memory_does_with_searchable_attributes() {
    let shares = compare(Indexed::All, &SEARCHABLE).await;
    shares.print("everything indexed, some of it searchable");
    assert!(shares.by_trigrams * 100 >= shares.queries * 3, "too few queries are answered by trigrams");
    assert!(shares.exact * 100 >= shares.queries * 95, "SQL answers too few queries exactly");
}

impl Shares {
    fn print(&self, index: &str) {
        let share = |part: usize| part * 100 / self.queries.max(1);
        println!(
            "{index}: {} queries, {} % match some and not all; SQL decides {} % exactly and orders {} %, {} % by trigrams",
            self.queries,
            share(self.some_and_not_all),
            share(self.exact),
            share(self.ordered),
            share(self.by_trigrams)
        );
    }
}

/// Hardly a statement comes twice. Over TCP to MariaDB each one that is forgotten costs 40 ms, so none shall be; but the server keeps
/// 16,382 for all, so from time to time the connections are made anew.
fn url(database: &Database) -> String {
    let option = if database.url.contains('?') { '&' } else { '?' };
    match database.engine {
        Engine::MariaDb => format!("{}{option}statement-cache-capacity=7000", database.url),
        Engine::Sqlite | Engine::Postgres => database.url.clone(),
    }
}

async fn compare(indexed: Indexed, searchable: &[&str]) -> Shares {
    let registry = contract::registry();
    let mut databases = Vec::new();
    for engine in [Engine::Sqlite, Engine::Postgres, Engine::MariaDb] {
        databases.extend(Database::new(engine).await);
    }
    let mut sql: Vec<SqlStores> = Vec::new();
    let mut shares = Shares::default();
    for seed in populations() {
        if sql.is_empty() || seed % 5 == 0 {
            for stores in std::mem::take(&mut sql) {
                stores.database().clone().close().await.expect("the connections close");
            }
            for database in &databases {
                sql.push(
                    open(&Options::new(url(database)).indexed(indexed.clone()).searchable(searchable.iter().copied()), &registry).await,
                );
            }
        }
        if seed > 0 && seed % 50 == 0 {
            shares.print(&format!("{indexed:?}, so far"));
        }
        let mut chance = Chance::new(seed);
        let (memory, tenant) = (MemoryStores::new(), format!("population {seed}"));
        let first = if seed % 4 == 3 { LONG } else { 0 };
        let ids = populate(&registry, &memory, &sql, &tenant, first, &mut chance).await;
        let stand = Stand { registry: registry.clone(), memory, sql: sql.clone(), tenant, ids };
        for _ in 0..QUERIES {
            stand.ask(&mut chance, &mut shares).await;
        }
    }
    shares
}

impl Stand {
    async fn ask(&self, chance: &mut Chance, shares: &mut Shares) {
        let Question { query, text } = question(&self.registry, &self.ids, chance);
        let expected = self.same(&query, &text).await;
        let page = Query { page: index_page(chance), ..query.clone() };
        self.same(&page, &text).await;
        if chance.percent(25) {
            self.follow(&query, &text, u32::try_from(1 + chance.below(30)).expect("a few")).await;
        }
        let explained = self.sql[0].of(&caller(&self.tenant)).explain(&query).await.expect("SQL explains");
        if !explained.exact && std::env::var("SCIM_SQL_INEXACT").is_ok() {
            println!("inexact: {text}");
        }
        let all = Query { page: Page::Index { start: 1, count: 0 }, total: true, ..everything(&query) };
        let all = self.memory.of(&caller(&self.tenant)).query(&all).await.expect("memory answers").total;
        let matched = expected.resources.len() as u64;
        shares.queries += 1;
        shares.some_and_not_all += usize::from(0 < matched && Some(matched) < all);
        shares.exact += usize::from(explained.exact);
        shares.ordered += usize::from(explained.ordered);
        shares.by_trigrams += usize::from(explained.searches.iter().any(|search| search.by == SearchedBy::Trigrams));
    }

    /// Asks all stores and compares. Returns what memory says.
    async fn same(&self, query: &Query, text: &str) -> Found {
        let expected = self.memory.of(&caller(&self.tenant)).query(query).await.expect("memory answers");
        for (place, found) in self.sql_answers(|_| query.clone()).await.into_iter().enumerate() {
            let found = found.unwrap_or_else(|error| panic!("{error:?}: {text}"));
            assert_eq!(answer(&found), answer(&expected), "store {place}, {}, {:?}, {text}", self.tenant, query.page);
        }
        expected
    }

    /// What the engines say, asked at once.
    async fn sql_answers(&self, query: impl Fn(usize) -> Query) -> Vec<Result<Found, StoreError>> {
        let ask = |(place, stores): (usize, &SqlStores)| {
            let (store, query) = (stores.of(&caller(&self.tenant)), query(place));
            tokio::spawn(async move { store.query(&query).await })
        };
        let asked: Vec<_> = self.sql.iter().enumerate().map(ask).collect();
        let mut answers = Vec::with_capacity(asked.len());
        for answer in asked {
            answers.push(answer.await.expect("no store panics"));
        }
        answers
    }

    /// Follows the cursors to the end.
    async fn follow(&self, query: &Query, text: &str, count: u32) {
        let query = Query { page: Page::After { position: None, count }, ..query.clone() };
        let mut behind: Option<Vec<Position>> = None;
        loop {
            let asked = |position: Option<&Position>| Query { page: Page::After { position: position.cloned(), count }, ..query.clone() };
            let position = |store: usize| behind.as_ref().and_then(|positions| positions.get(store));
            let expected = self.memory.of(&caller(&self.tenant)).query(&asked(position(0))).await.expect("memory answers");
            let mut next: Vec<Position> = expected.next.iter().cloned().collect();
            for (place, found) in self.sql_answers(|place| asked(position(place + 1))).await.into_iter().enumerate() {
                let found = found.unwrap_or_else(|error| panic!("{error:?}: {text}"));
                assert_eq!(answer(&found), answer(&expected), "store {place}, {}, behind {:?}, {text}", self.tenant, position(0));
                let shown = |next: &Option<Position>| next.as_ref().map(|next| (next.key.clone(), next.target));
                let is_instant =
                    query.targets.iter().any(|target| target.sort.as_ref().is_some_and(|path| path.to_string() == "meta.created"));
                if is_instant {
                    assert_eq!(found.next.is_some(), expected.next.is_some(), "store {place}: {text}");
                } else {
                    assert_eq!(shown(&found.next), shown(&expected.next), "store {place}, {}: {text}", self.tenant);
                }
                next.extend(found.next);
            }
            if next.is_empty() {
                return;
            }
            behind = Some(next);
        }
    }
}

/// The query without its filters.
fn everything(query: &Query) -> Query {
    let mut all = query.clone();
    for target in &mut all.targets {
        target.filter = None;
    }
    all
}

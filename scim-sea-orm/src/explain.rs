//! How the database answers a query, for administrators and tests.

use std::collections::BTreeSet;
use std::fmt;

use scim_server::store::{Page, Query, StoreError};
use sea_orm::sea_query::SelectStatement;
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement, TransactionTrait};

use crate::engine::Engine;
use crate::error::unexpected;
use crate::query::{Walk, ask, candidates};
use crate::read::{PIECE, select_keys};
use crate::stores::SqlStore;

/// How the database answers a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Whether the index decides the filter; else documents do.
    pub exact: bool,
    /// Whether the index has the order; else what matches is put in order in memory.
    pub ordered: bool,
    /// What that comes to.
    pub answer: Answer,
    /// How `co` and `ew` search the attributes that are declared as searchable.
    pub searches: Vec<Search>,
    /// The statements that find the places of the answer, in their order. One that follows runs only if the page is not full yet.
    pub statements: Vec<Explained>,
    /// The statements that read the documents of a full page, one for each type.
    pub documents: Vec<Explained>,
}

/// Who decides what is in an answer and in which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The index alone.
    Index,
    /// The index names candidates, their documents decide or order.
    Narrowed,
    /// The documents of a whole type decide or order.
    Documents {
        /// More of them than this are `tooMany`.
        limit: u64,
    },
}

/// How the values of a searchable attribute are found that have a text in them, or at their end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Search {
    /// The canonical path of the attribute.
    pub path: String,
    /// By what.
    pub by: SearchedBy,
}

/// By what the values of a searchable attribute are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SearchedBy {
    /// The trigram index.
    Trigrams,
    /// A look at each value of the attribute: the text is too short, or has no three letters in a row.
    ShortText,
    /// A look at each value of the attribute: the database has no trigram index.
    NoTrigrams,
}

/// A statement and the plan of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// The statement, with placeholders for its values.
    pub statement: String,
    /// The steps of the database's plan, in its own words, each indented below the one it belongs to.
    pub steps: Vec<String>,
}

impl fmt::Display for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is searched ", self.path)?;
        f.write_str(match self.by {
            SearchedBy::Trigrams => "by the trigram index",
            SearchedBy::ShortText => "by a look at each of its values: the text has no trigram (three letters or digits)",
            SearchedBy::NoTrigrams => "by a look at each of its values: this database has no trigram index (PostgreSQL needs `pg_trgm`)",
        })
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index => f.write_str("by the index alone: only the documents of the page are read"),
            Self::Narrowed => f.write_str("narrowed by the index: the documents of its candidates decide"),
            Self::Documents { limit } => write!(f, "by a look at every document of the type: more than {limit} of them are `tooMany`"),
        }
    }
}

impl SqlStore {
    /// How the database would answer this query. Nothing is read but the plan.
    ///
    /// # Errors
    /// Fails if the database does.
    ///
    /// # Examples
    /// ```
    /// # use std::sync::Arc;
    /// use scim_sea_orm::{Options, SqlStores};
    /// use scim_server::store::{Page, Query};
    /// use scim_server::{Caller, Leniency, Profile, Registry, Stores, TenantId, filter};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let registry = Arc::new(Registry::rfc7643());
    /// let kind = registry.by_name("User").expect("User is registered").clone();
    /// let stores = SqlStores::connect(&Options::new("sqlite::memory:"), registry).await?;
    /// let store = stores.of(&Caller::new(TenantId::new("acme"), "example"));
    /// let filter = filter::resolve(r#"userName eq "bjensen""#, &kind, &Leniency::new(Profile::RFC))?;
    /// let explanation = store.explain(&Query::of(kind, Some(filter), Page::Index { start: 1, count: 10 })).await?;
    /// assert!(explanation.exact);
    /// println!("{}", explanation.answer);
    /// # Ok(()) }
    /// ```
    pub async fn explain(&self, query: &Query) -> Result<Explanation, StoreError> {
        self.try_explain(query).await.map_err(unexpected)
    }

    async fn try_explain(&self, query: &Query) -> Result<Explanation, DbErr> {
        let snapshot = self.inner.database.begin_with_options(self.inner.engine.reading()).await?;
        let asked = ask(self, &snapshot, query).await?;
        let (skipped, last) = match &query.page {
            Page::Index { start, .. } => (start.saturating_sub(1), None),
            Page::After { position, .. } => (0, position.as_ref()),
        };
        let count = u64::from(query.page.count()) + 1;
        let (answer, selects) = match Walk::of(query, &asked) {
            Some(walk) => (Answer::Index, walk.stretches.iter().filter_map(|stretch| walk.piece(stretch, last, skipped, count)).collect()),
            None => {
                let limit = self.inner.scan_limit;
                let bounded = asked.iter().all(|asked| asked.known.possibly.is_some() && asked.target.filter.is_some());
                let selects: Vec<SelectStatement> = asked.iter().map(|asked| candidates(asked, limit)).collect();
                (if bounded { Answer::Narrowed } else { Answer::Documents { limit } }, selects)
            }
        };
        let mut statements = Vec::with_capacity(selects.len());
        for select in &selects {
            statements.push(explained(self.inner.engine, &snapshot, select).await?);
        }
        let mut documents = Vec::with_capacity(asked.len());
        let page: Vec<i64> = (1..=i64::from(query.page.count())).take(PIECE as usize).collect();
        for asked in &asked {
            documents.push(explained(self.inner.engine, &snapshot, &select_keys(self, &asked.target.kind, &page)).await?);
        }
        snapshot.commit().await?;
        let exact = asked.iter().all(|asked| asked.known.exact);
        let ordered = asked.iter().all(|asked| asked.is_ordered());
        let searches: BTreeSet<Search> = asked.into_iter().flat_map(|asked| asked.searches).collect();
        Ok(Explanation { exact, ordered, answer, searches: searches.into_iter().collect(), statements, documents })
    }
}

async fn explained<C: ConnectionTrait>(engine: Engine, connection: &C, select: &SelectStatement) -> Result<Explained, DbErr> {
    let Statement { sql, values, db_backend } = connection.get_database_backend().build(select);
    let word = match engine {
        Engine::Sqlite => "EXPLAIN QUERY PLAN",
        Engine::Postgres => "EXPLAIN (COSTS OFF)",
        Engine::MySql => "EXPLAIN",
    };
    let rows = connection.query_all_raw(Statement { sql: format!("{word} {sql}"), values, db_backend }).await?;
    let steps = match engine {
        Engine::Sqlite => tree(&rows)?,
        Engine::Postgres => rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?,
        Engine::MySql => rows.iter().map(table_step).collect::<Result<_, _>>()?,
    };
    Ok(Explained { statement: sql, steps })
}

/// SQLite numbers the steps and names the parent of each.
fn tree(rows: &[QueryResult]) -> Result<Vec<String>, DbErr> {
    let mut steps: Vec<String> = Vec::new();
    let mut depths: Vec<(i64, usize)> = Vec::new();
    for row in rows {
        let (id, parent, detail): (i64, i64, String) = (row.try_get("", "id")?, row.try_get("", "parent")?, row.try_get("", "detail")?);
        let depth = depths.iter().find(|(known, _)| *known == parent).map_or(0, |(_, depth)| depth + 1);
        depths.push((id, depth));
        steps.push(format!("{}{detail}", "  ".repeat(depth)));
    }
    Ok(steps)
}

/// MariaDB has a row a table.
fn table_step(row: &QueryResult) -> Result<String, DbErr> {
    let mut parts = Vec::new();
    for column in ["select_type", "table", "type", "key", "ref", "Extra"] {
        let text: Option<String> = row.try_get("", column)?;
        parts.extend(text.filter(|text| !text.is_empty()).map(|text| format!("{column}={text}")));
    }
    Ok(parts.join(" | "))
}

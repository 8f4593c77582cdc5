//! How the database answers a query, for administrators and tests.

use scim_server::store::{Query, StoreError};
use sea_orm::sea_query::SelectStatement;
use sea_orm::{ConnectionTrait, DbErr, Statement};

use crate::error::unexpected;
use crate::read;
use crate::stores::SqlStore;

/// How the database answers a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Whether the index says it all; else documents decide.
    pub exact: bool,
    /// The statement that finds the matching or possible resources, with placeholders for its values.
    pub statement: String,
    /// The steps of the database's plan, each indented below the one it belongs to.
    pub steps: Vec<String>,
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
    /// use scim_server::store::{Load, Query};
    /// use scim_server::{Caller, Leniency, Profile, Registry, Stores, TenantId, filter};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let registry = Arc::new(Registry::rfc7643());
    /// let kind = registry.by_name("User").expect("User is registered").clone();
    /// let stores = SqlStores::connect(&Options::new("sqlite::memory:"), registry).await?;
    /// let (tenant, profile) = (TenantId::new("acme"), Profile::RFC);
    /// let store = stores.of(&Caller { tenant, credential: String::new(), profile, request_id: String::new() });
    /// let filter = filter::resolve(r#"userName eq "bjensen""#, &kind, &Leniency::new(profile))?;
    /// let explanation = store.explain(&Query { kind, filter: Some(filter), start: 1, count: 10, load: Load::DOCUMENT }).await?;
    /// assert!(explanation.exact);
    /// # Ok(()) }
    /// ```
    pub async fn explain(&self, query: &Query) -> Result<Explanation, StoreError> {
        let known = read::known(self, &self.inner.database, query).await.map_err(unexpected)?;
        let (exact, select) = read::finding(self, query, known);
        let statement = self.inner.database.get_database_backend().build(&select).sql;
        let steps = self.steps(&select).await.map_err(unexpected)?;
        Ok(Explanation { exact, statement, steps })
    }

    async fn steps(&self, select: &SelectStatement) -> Result<Vec<String>, DbErr> {
        let database = &self.inner.database;
        let Statement { sql, values, db_backend } = database.get_database_backend().build(select);
        let explain = Statement { sql: format!("EXPLAIN QUERY PLAN {sql}"), values, db_backend };
        let mut steps: Vec<String> = Vec::new();
        let mut depths: Vec<(i64, usize)> = Vec::new();
        for row in database.query_all_raw(explain).await? {
            let (id, parent, detail): (i64, i64, String) = (row.try_get("", "id")?, row.try_get("", "parent")?, row.try_get("", "detail")?);
            let depth = depths.iter().find(|(known, _)| *known == parent).map_or(0, |(_, depth)| depth + 1);
            depths.push((id, depth));
            steps.push(format!("{}{detail}", "  ".repeat(depth)));
        }
        Ok(steps)
    }
}

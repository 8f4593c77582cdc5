//! Which database, of which resource types, opened how.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use scim_sea_orm::{Indexed, Options, SqlStores};
use scim_server::{Caller, Registry, RegistryDocument, TenantId};

use crate::Failure;

/// What keeps nothing.
const MEMORY: &str = "memory:";

#[derive(Args)]
pub(crate) struct Database {
    /// The database: `sqlite://FILE?mode=rwc`, `postgres://USER:PASSWORD@HOST/NAME`, `mysql://USER:PASSWORD@HOST/NAME`, or `memory:`
    /// to keep nothing. Prefer the environment variable for one with a password: command lines are visible to others.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, default_value = MEMORY)]
    database_url: String,
    /// A JSON document `{"schemas": […], "resourceTypes": […]}` of further types and extensions.
    #[arg(long, env = "SCIM_RESOURCE_TYPES")]
    resource_types: Option<PathBuf>,
    /// Which attributes are indexed: `default`, `all`, or paths with commas between them.
    #[arg(long, env = "SCIM_INDEXED", default_value = "default", value_parser = indexed)]
    indexed: Indexed,
    /// Text attributes that also have a trigram index, for filters with `co` and `ew`: paths with commas between them.
    #[arg(long, env = "SCIM_SEARCHABLE", value_delimiter = ',')]
    searchable: Vec<String>,
    /// How many connections are open at most.
    #[arg(long, env = "SCIM_CONNECTIONS", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..))]
    connections: u32,
    /// How many milliseconds a request waits for a connection.
    #[arg(long, env = "SCIM_ACQUIRE_TIMEOUT", default_value_t = 30_000)]
    acquire_timeout: u64,
    /// How many milliseconds a statement may take, and wait for a lock.
    #[arg(long, env = "SCIM_STATEMENT_TIMEOUT", default_value_t = 30_000, value_parser = clap::value_parser!(u64).range(1..))]
    statement_timeout: u64,
    /// Warn of statements that take at least so many milliseconds.
    #[arg(long, env = "SCIM_SLOW_STATEMENTS")]
    slow_statements: Option<u64>,
    /// Also open a database that acknowledges changes before they are on its disk.
    #[arg(long, env = "SCIM_EARLY_ANSWERS")]
    early_answers: bool,
    /// A replica of the database, for queries that may lag behind.
    #[arg(long, env = "SCIM_REPLICA_URL", hide_env_values = true)]
    replica_url: Option<String>,
}

fn indexed(text: &str) -> Result<Indexed, String> {
    match text {
        "default" => Ok(Indexed::Default),
        "all" => Ok(Indexed::All),
        "" => Err("name attributes, or `default` or `all`".to_owned()),
        paths => Ok(Indexed::Paths(paths.split(',').map(|path| path.trim().to_owned()).collect())),
    }
}

impl Database {
    /// Whether nothing is kept.
    pub(crate) fn is_memory(&self) -> bool {
        self.database_url == MEMORY
    }

    pub(crate) fn registry(&self) -> Result<Arc<Registry>, Failure> {
        let Some(file) = &self.resource_types else { return Ok(Arc::new(Registry::rfc7643())) };
        let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        let document: RegistryDocument = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(Arc::new(Registry::rfc7643_and(document)?))
    }

    /// How to open it.
    ///
    /// # Errors
    /// Fails if there is nothing to open.
    pub(crate) fn options(&self) -> Result<Options, Failure> {
        if self.is_memory() {
            return Err("name the database with --database-url or DATABASE_URL: nothing is kept without one".into());
        }
        let mut options = Options::new(&self.database_url)
            .indexed(self.indexed.clone())
            .searchable(self.searchable.iter().map(|path| path.trim()))
            .connections(self.connections)
            .acquire_timeout(Duration::from_millis(self.acquire_timeout))
            .statement_timeout(Duration::from_millis(self.statement_timeout))
            .early_answers(self.early_answers);
        if let Some(millis) = self.slow_statements {
            options = options.slow_statements(Duration::from_millis(millis));
        }
        if let Some(url) = &self.replica_url {
            options = options.replica(url);
        }
        Ok(options)
    }

    pub(crate) async fn open(&self) -> Result<SqlStores, Failure> {
        Ok(SqlStores::connect(&self.options()?, self.registry()?).await?)
    }
}

/// The one tenant.
pub(crate) fn tenant() -> TenantId {
    TenantId::new("standalone")
}

/// Who looks into the tenant's store beside its client.
pub(crate) fn operator() -> Caller {
    Caller::new(tenant(), "operator")
}

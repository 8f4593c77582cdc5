//! The commands of the program.

mod demo;
mod employee;
mod link;
mod serve;
mod tenant;
mod token;

use clap::{Args, Parser, Subcommand};
use sea_orm::DbErr;
use tribe_app::domain::{Refusal, Tenant, tenant as tenants};
use tribe_app::serve::{ServeError, remembered_tenant_url, tenant_url};
use tribe_app::{BASE_PATH, OpenError, Tribe};

/// Where Tribe listens unless told otherwise.
const LISTEN: &str = "127.0.0.1:3000";

/// Tribe, a CRM whose people Azure AD provisions over SCIM.
#[derive(Debug, Parser)]
#[command(name = "tribe-app", version)]
pub(crate) struct Program {
    /// The database: a SQLite file, or a database of PostgreSQL or MariaDB if they were built in
    #[arg(long, global = true, env = "DATABASE_URL", default_value = "sqlite://tribe.db?mode=rwc", value_name = "URL")]
    database_url: String,
    /// What to do; without a command it serves
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve Tribe until the process is told to stop
    Serve(serve::Serve),
    /// Tenants: the customers of Tribe
    #[command(subcommand)]
    Tenant(tenant::Command),
    /// The link of a tenant with Azure
    #[command(subcommand)]
    Link(link::Command),
    /// The secret tokens of a tenant
    #[command(subcommand)]
    Token(token::Command),
    /// The employees of a tenant
    #[command(subcommand)]
    Employee(employee::Command),
}

/// Which tenant a command is for.
#[derive(Debug, Args)]
struct OfTenant {
    /// The tenant's name
    #[arg(long, env = "TRIBE_TENANT", value_name = "NAME")]
    tenant: String,
    /// Answer in JSON
    #[arg(long, env = "TRIBE_JSON")]
    json: bool,
}

/// Why a command failed, in words for the person who typed it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error("the database failed: {0}")]
    Database(#[from] DbErr),
    #[error("the port failed: {0}")]
    Port(#[from] std::io::Error),
}

impl Program {
    pub(crate) async fn run(self) -> Result<(), Failed> {
        let tribe = Tribe::open(&self.database_url).await?;
        match self.command.unwrap_or_else(|| Command::Serve(serve::Serve::by_default())) {
            Command::Serve(serve) => serve.run(tribe).await,
            Command::Tenant(command) => command.run(&tribe).await,
            Command::Link(command) => command.run(&tribe).await,
            Command::Token(command) => command.run(&tribe).await,
            Command::Employee(command) => command.run(&tribe).await,
        }
    }
}

impl OfTenant {
    async fn find(&self, tribe: &Tribe) -> Result<Tenant, Failed> {
        Ok(tenants::by_name(tribe.database(), &self.tenant).await?)
    }
}

/// The tenant URL: as given, else where Tribe was served last, else where it listens by default.
async fn known_tenant_url(tribe: &Tribe, public_url: Option<&str>) -> Result<String, Failed> {
    if let Some(url) = public_url {
        return Ok(tenant_url(url)?);
    }
    Ok(remembered_tenant_url(tribe.database()).await?.unwrap_or_else(|| format!("http://{LISTEN}{BASE_PATH}")))
}

/// A time for people: to the second, in UTC.
fn shown_time(micros: i64) -> String {
    scim_server::Timestamp::from_micros(micros).to_string()
}

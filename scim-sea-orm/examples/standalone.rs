//! The stock SCIM server: no code needed.
//!
//! ```sh
//! SCIM_TOKEN=secret cargo run -p scim-sea-orm --example standalone -- --database-url 'sqlite://scim.db?mode=rwc'
//! curl -H 'Authorization: Bearer secret' http://127.0.0.1:8080/scim/v2/ServiceProviderConfig
//! ```

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use scim_sea_orm::{Options, SqlStores};
use scim_server::{MemoryStores, Profile, Registry, RegistryDocument, ScimServer, StaticTokens, Stores, TenantId};

/// A SCIM 2.0 server under the base path /scim/v2.
#[derive(Parser)]
struct Arguments {
    /// Where to listen.
    #[arg(long, env = "SCIM_LISTEN", default_value = "127.0.0.1:8080")]
    listen: String,
    /// The database: `sqlite://FILE?mode=rwc`, or `memory:` to keep nothing.
    #[arg(long, env = "DATABASE_URL", default_value = "memory:")]
    database_url: String,
    /// The bearer token that the client sends. Prefer the environment variable: command lines are visible to others.
    #[arg(long, env = "SCIM_TOKEN", hide_env_values = true)]
    token: String,
    /// What the client does outside the RFC: rfc, strict, entra, okta or lenient.
    #[arg(long, env = "SCIM_PROFILE", default_value = "rfc", value_parser = profile)]
    profile: Profile,
    /// A JSON document `{"schemas": […], "resourceTypes": […]}` of further types and extensions.
    #[arg(long, env = "SCIM_RESOURCE_TYPES")]
    resource_types: Option<PathBuf>,
    /// The base URL that clients know, if it is not the address to listen on.
    #[arg(long, env = "SCIM_PUBLIC_URL")]
    public_url: Option<String>,
}

fn profile(name: &str) -> Result<Profile, String> {
    Profile::by_name(name).ok_or_else(|| format!("there is no profile `{name}`: use rfc, strict, entra, okta or lenient"))
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::from_default_env()).with_writer(std::io::stderr).init();
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let registry = Arc::new(match &arguments.resource_types {
        None => Registry::rfc7643(),
        Some(file) => {
            let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
            let document: RegistryDocument = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
            Registry::rfc7643_and(document)?
        }
    });
    if arguments.database_url == "memory:" {
        return serve(&arguments, registry, MemoryStores::new()).await;
    }
    let stores = SqlStores::connect(&Options::new(&arguments.database_url), registry.clone()).await?;
    serve(&arguments, registry, stores).await
}

async fn serve(arguments: &Arguments, registry: Arc<Registry>, stores: impl Stores) -> Result<(), Box<dyn std::error::Error>> {
    let tokens = StaticTokens::new().with(&arguments.token, TenantId::new("standalone"), arguments.profile);
    let mut server = ScimServer::new(registry, stores, tokens);
    if let Some(url) = &arguments.public_url {
        server = server.with_public_url(url);
    }
    eprintln!("listening on http://{}/scim/v2", arguments.listen);
    Ok(server.listen(&arguments.listen).await?)
}

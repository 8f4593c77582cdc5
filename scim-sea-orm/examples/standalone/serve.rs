//! `standalone serve`

use std::sync::Arc;

use clap::Args;
use scim_server::{MemoryStores, Profile, Registry, ScimServer, StaticTokens, Stores};

use crate::Failure;
use crate::database::{Database, tenant};

#[derive(Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    database: Database,
    /// Where to listen.
    #[arg(long, env = "SCIM_LISTEN", default_value = "127.0.0.1:8080")]
    listen: String,
    /// The bearer token that the client sends. Prefer the environment variable: command lines are visible to others.
    #[arg(long, env = "SCIM_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// What the client does outside the RFC: rfc, strict, entra, okta or lenient.
    #[arg(long, env = "SCIM_PROFILE", default_value = "rfc", value_parser = profile)]
    profile: Profile,
    /// The base URL that clients know, if it is not the address to listen on.
    #[arg(long, env = "SCIM_PUBLIC_URL")]
    public_url: Option<String>,
    /// Show what the server supports, its schemas and resource types, also to clients without a token.
    #[arg(long, env = "SCIM_OPEN_DISCOVERY")]
    open_discovery: bool,
}

fn profile(name: &str) -> Result<Profile, String> {
    Profile::by_name(name).ok_or_else(|| format!("there is no profile `{name}`: use rfc, strict, entra, okta or lenient"))
}

impl Serve {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let Some(token) = self.token.as_deref().filter(|token| !token.is_empty()) else {
            return Err("set SCIM_TOKEN to the secret that the client sends".into());
        };
        if self.database.is_memory() {
            return self.listen(token, self.database.registry()?, MemoryStores::new()).await;
        }
        let stores = self.database.open().await?;
        self.listen(token, stores.registry().clone(), stores.clone()).await?;
        Ok(stores.close().await?)
    }

    async fn listen(&self, token: &str, registry: Arc<Registry>, stores: impl Stores) -> Result<(), Failure> {
        let tokens = StaticTokens::new().with(token, tenant(), self.profile);
        let mut server = ScimServer::new(registry, stores, tokens);
        if let Some(url) = &self.public_url {
            server = server.with_public_url(url);
        }
        if self.open_discovery {
            server = server.with_open_discovery();
        }
        eprintln!("listening on http://{}/scim/v2", self.listen);
        Ok(server.listen(&self.listen).await?)
    }
}

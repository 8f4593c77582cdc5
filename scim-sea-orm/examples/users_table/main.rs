//! SCIM on a table that an application has anyway: its own `users`, with its own columns. No table of ours is made.
//!
//! ```sh
//! SCIM_TOKEN=secret cargo run -p scim-sea-orm --example users_table -- 127.0.0.1:8080
//! curl -H 'Authorization: Bearer secret' 'http://127.0.0.1:8080/scim/v2/Users?filter=userName%20sw%20%22a%22'
//! ```
//!
//! `store` is the whole port; `filter` says which filters the columns can answer.

pub(crate) mod filter;
pub(crate) mod store;
pub(crate) mod table;

use scim_server::{Profile, ScimServer, StaticTokens, TenantId};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let token = std::env::var("SCIM_TOKEN").expect("set SCIM_TOKEN to the secret that clients send");
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    Ok(server(&token).await?.listen(&address).await?)
}

pub(crate) async fn server(token: &str) -> Result<ScimServer<store::UsersTable>, Box<dyn std::error::Error>> {
    let stores = store::UsersTable::open("sqlite::memory:").await?;
    let tokens = StaticTokens::new().with(token, TenantId::new("acme"), Profile::RFC);
    Ok(ScimServer::new(store::registry()?, stores, tokens))
}

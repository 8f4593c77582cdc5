//! A SCIM server with `User`, `Group` and the enterprise extension, in memory.
//!
//! ```sh
//! SCIM_TOKEN=secret cargo run -p scim-server --example hello -- 127.0.0.1:8080
//! curl -H 'Authorization: Bearer secret' http://127.0.0.1:8080/scim/v2/Users
//! ```

use scim_server::{MemoryStores, Profile, Registry, ScimServer, StaticTokens, TenantId};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let token = std::env::var("SCIM_TOKEN").expect("set SCIM_TOKEN to the secret that clients send");
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let tokens = StaticTokens::new().with(&token, TenantId::new("hello"), Profile::RFC);
    ScimServer::new(Registry::rfc7643(), MemoryStores::new(), tokens).listen(&address).await
}

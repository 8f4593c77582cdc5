//! A server with some faults, to see what the suite says of it.
//!
//! ```sh
//! SCIM_TOKEN=secret cargo run -p conformance --all-features --example careless 127.0.0.1:8080
//! SCIM_TOKEN=secret cargo run -p conformance -- http://127.0.0.1:8080/scim/v2
//! ```

#[path = "../tests/program/careless.rs"]
mod careless;

use poem::EndpointExt;
use poem::listener::TcpListener;
use scim_server::{MemoryStores, Profile, Registry, ScimServer, StaticTokens, TenantId};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".into());
    let token = std::env::var("SCIM_TOKEN").map_err(|_| std::io::Error::other("SCIM_TOKEN has no token"))?;
    let tokens = StaticTokens::new().with(&token, TenantId::new("acme"), Profile::RFC);
    let server = ScimServer::new(Registry::rfc7643(), MemoryStores::new(), tokens).with_public_url(format!("http://{address}/scim/v2"));
    let application = scim_server::http::endpoint(server).below("/scim/v2").around(careless::careless);
    poem::Server::new(TcpListener::bind(address)).run(application).await
}

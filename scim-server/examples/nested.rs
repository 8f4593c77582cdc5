//! SCIM within a poem application that exists already: its own routes, its own state, its own errors, and SCIM below /scim/v2.
//!
//! ```sh
//! SCIM_TOKEN=secret cargo run -p scim-server --example nested -- 127.0.0.1:8080
//! curl http://127.0.0.1:8080/people
//! ```
//!
//! What clients do over SCIM the application sees in the same stores.

use std::sync::Arc;

use poem::listener::TcpListener;
use poem::middleware::AddData;
use poem::web::{Data, Json};
use poem::{EndpointExt, Route, Server, get, handler};
use scim_server::store::{Page, Query};
use scim_server::{Caller, MemoryStores, Profile, Registry, ScimServer, StaticTokens, Store, Stores, TenantId};
use serde_json::{Value, json};

/// What the application's own pages work with.
#[derive(Clone)]
struct Application {
    registry: Arc<Registry>,
    stores: MemoryStores,
}

/// A page of the application: the people, by name.
#[handler]
async fn people(application: Data<&Application>) -> poem::Result<Json<Value>> {
    let users = application.registry.by_name("User").expect("User is registered").clone();
    let caller = Caller::new(TenantId::new("acme"), "the application");
    let query = Query::of(users, None, Page::Index { start: 1, count: 100 });
    let found = application.stores.of(&caller).query(&query).await.map_err(poem::error::InternalServerError)?;
    let names: Vec<&Value> = found.resources.iter().filter_map(|user| user.document.get("userName")).collect();
    Ok(Json(json!({"people": names})))
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let token = std::env::var("SCIM_TOKEN").expect("set SCIM_TOKEN to the secret that clients send");
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let application = Application { registry: Arc::new(Registry::rfc7643()), stores: MemoryStores::new() };
    let tokens = StaticTokens::new().with(&token, TenantId::new("acme"), Profile::RFC);
    let scim = ScimServer::new(application.registry.clone(), application.stores.clone(), tokens)
        .with_public_url(format!("http://{address}/scim/v2"));
    let routes =
        Route::new().at("/people", get(people)).nest("/scim/v2", scim_server::http::endpoint(scim)).with(AddData::new(application));
    Server::new(TcpListener::bind(address)).run_with_graceful_shutdown(routes, scim_server::http::stop(), None).await
}

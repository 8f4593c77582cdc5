//! What real clients send, row by row, on SQLite.

#[path = "../../scim-server/tests/support/mod.rs"]
mod support;

use std::sync::Arc;

use scim_sea_orm::{Options, SqlStores};
use scim_server::{ScimServer, StaticTokens, TenantId};
use support::exchange::{Server, TOKEN};
use support::quirks::{Needs, run};

#[tokio::test]
async fn every_quirk_is_answered_as_its_profile_says() {
    let wrong = run(async |needs: Needs| {
        let registry = Arc::new(needs.registry);
        let stores = SqlStores::connect(&Options::new("sqlite::memory:"), registry.clone()).await.expect("a database in memory opens");
        let tokens = StaticTokens::new().with(TOKEN, TenantId::new(needs.tenant), needs.profile);
        Server::new(scim_server::http::endpoint(ScimServer::new(registry, stores, tokens)))
    })
    .await;
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

//! What real clients send, row by row, on every engine.

#[path = "../../scim-server/tests/support/mod.rs"]
mod exchanges;
mod support;

use std::sync::Arc;

use exchanges::exchange::{Server, TOKEN};
use exchanges::quirks::{Needs, run};
use scim_sea_orm::{Options, SqlStores};
use scim_server::{ScimServer, StaticTokens, TenantId};
use support::{Database, on_each_engine};
use tokio::sync::OnceCell;

on_each_engine!(every_quirk_is_answered_as_its_profile_says);

async fn every_quirk_is_answered_as_its_profile_says(database: Database) {
    // A database is made for one set of resource types; each row and column has a tenant of its own in it.
    let for_users_only = Database::new(database.engine).await.expect("the engine is there");
    let (with_groups, users_only) = (OnceCell::new(), OnceCell::new());
    let wrong = run(async |needs: Needs| {
        let registry = Arc::new(needs.registry);
        let groups = registry.by_name("Group").is_some();
        let (stores, database) = if groups { (&with_groups, &database) } else { (&users_only, &for_users_only) };
        let connect = async || SqlStores::connect(&Options::new(&database.url), registry.clone()).await;
        let stores = stores.get_or_try_init(connect).await.expect("the database opens").clone();
        let tokens = StaticTokens::new().with(TOKEN, TenantId::new(needs.tenant), needs.profile);
        Server::new(scim_server::http::endpoint(ScimServer::new(registry, stores, tokens)))
    })
    .await;
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

//! What real clients send, row by row, on the memory store.

mod support;

use scim_server::{MemoryStores, ScimServer, StaticTokens, TenantId};
use support::exchange::{Server, TOKEN};
use support::quirks::{Needs, run};

#[tokio::test]
async fn every_quirk_is_answered_as_its_profile_says() {
    let wrong = run(async |needs: Needs| {
        let tokens = StaticTokens::new().with(TOKEN, TenantId::new(needs.tenant), needs.profile);
        Server::new(scim_server::http::endpoint(ScimServer::new(needs.registry, MemoryStores::new(), tokens)))
    })
    .await;
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

//! Tribe's OpenAPI document, which is committed.

use scim_server::http::openapi;
use tempfile::TempDir;
use tribe_app::Tribe;

#[path = "../../../scim-server/tests/support/committed.rs"]
mod committed;

#[tokio::test]
async fn the_committed_openapi_document_is_that_of_tribe() {
    let folder = TempDir::new().unwrap();
    let tribe = Tribe::open(&format!("sqlite://{}?mode=rwc", folder.path().join("tribe.db").display())).await.unwrap();
    committed::assert_committed("tribe.json", openapi(&tribe.scim("https://tribe.example/scim/v2")).document());
}

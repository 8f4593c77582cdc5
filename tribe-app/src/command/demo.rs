//! The demo tenant of an empty database, and what to do next with it.

use tribe_app::Tribe;
use tribe_app::domain::{tenant, token};

use super::Failed;

/// The demo's next steps: the same lines as in the README, where a test runs them.
const STEPS: &str = include_str!("demo.sh");

/// Makes the demo tenant and tells how to use it. The token is in these words only.
pub(super) async fn make(tribe: &Tribe, tenant_url: &str) -> Result<String, Failed> {
    let demo = tenant::create(tribe.database(), "demo").await?;
    let issued = token::issue(tribe.database(), &demo.id, "demo").await?;
    Ok(format!(
        "The database was empty: here is a demo tenant. Paste these two into Azure, or try them with the lines below.\n\
         The token is shown only now.\n\n\
         Tenant URL:   {tenant_url}\n\
         Secret Token: {secret}\n\n\
         URL={tenant_url}\n\
         AUTH='Authorization: Bearer {secret}'\n\
         {STEPS}\n\
         Then see the employee: tribe-app employee list --tenant demo",
        secret = issued.secret
    ))
}

//! `tribe-app link`

use clap::Subcommand;
use serde_json::json;
use tribe_app::Tribe;
use tribe_app::domain::link::{Switch, status, switch};
use tribe_app::domain::printable;

use super::{Failed, OfTenant, known_tenant_url};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Let the tenant's Azure in
    Activate(OfTenant),
    /// Refuse all tokens of the tenant; employees stay as they are
    Deactivate(OfTenant),
    /// Show how the link stands
    Status(OfTenant),
}

impl Command {
    pub(super) async fn run(self, tribe: &Tribe) -> Result<(), Failed> {
        let (Command::Activate(of) | Command::Deactivate(of) | Command::Status(of)) = &self;
        let tenant = of.find(tribe).await?;
        match &self {
            Command::Activate(_) => switch(tribe.database(), &tenant.id, Switch::On).await?,
            Command::Deactivate(_) => switch(tribe.database(), &tenant.id, Switch::Off).await?,
            Command::Status(_) => {}
        }
        let status = status(tribe.database(), &tenant.id).await?;
        let tenant_url = known_tenant_url(tribe, None).await?;
        if of.json {
            println!(
                "{}",
                json!({
                    "tenant": tenant.name,
                    "tenantUrl": tenant_url,
                    "active": status.active,
                    "activeTokens": status.tokens,
                    "linkedEmployees": status.linked,
                    "pendingDrift": status.drift,
                    "conflicts": status.conflicts,
                })
            );
            return Ok(());
        }
        println!("the link of {} is {}", tenant.name, if status.active { "active" } else { "not active" });
        println!("tenant URL:       {tenant_url}");
        println!("active tokens:    {}", status.tokens);
        println!("linked employees: {}", status.linked);
        println!("pending drift:    {}", status.drift);
        for conflict in &status.conflicts {
            let user_name = printable(&conflict.user_name);
            println!("conflict: the Azure user `{user_name}` has the {} of employee {}", conflict.field, conflict.employee);
        }
        Ok(())
    }
}

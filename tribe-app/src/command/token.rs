//! `tribe-app token`

use clap::{Args, Subcommand};
use serde_json::json;
use tribe_app::Tribe;
use tribe_app::database::now;
use tribe_app::domain::token::{issue, list, revoke};

use super::{Failed, OfTenant, known_tenant_url, shown_time};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a secret token and activate the link; the token is shown this once
    Create(Create),
    /// Show the tokens, without their secrets
    List(OfTenant),
    /// Take a token back; it is refused at once
    Revoke(Revoke),
}

#[derive(Debug, Args)]
pub(super) struct Create {
    #[command(flatten)]
    of: OfTenant,
    /// What the token is for
    #[arg(long, env = "TRIBE_LABEL", default_value = "Azure")]
    label: String,
    /// The address that Azure reaches Tribe under; by default the one it was served under last
    #[arg(long, env = "TRIBE_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Revoke {
    #[command(flatten)]
    of: OfTenant,
    /// The token's id, as `token list` shows it
    #[arg(long, env = "TRIBE_ID")]
    id: String,
}

impl Command {
    pub(super) async fn run(self, tribe: &Tribe) -> Result<(), Failed> {
        match self {
            Command::Create(create) => create.run(tribe).await,
            Command::List(of) => show(tribe, &of).await,
            Command::Revoke(Revoke { of, id }) => {
                let tenant = of.find(tribe).await?;
                revoke(tribe.database(), &tenant.id, &id).await?;
                if of.json {
                    println!("{}", json!({"id": id, "state": "revoked"}));
                } else {
                    println!("revoked the token {id}");
                }
                Ok(())
            }
        }
    }
}

impl Create {
    async fn run(self, tribe: &Tribe) -> Result<(), Failed> {
        let tenant = self.of.find(tribe).await?;
        let tenant_url = known_tenant_url(tribe, self.public_url.as_deref()).await?;
        let issued = issue(tribe.database(), &tenant.id, &self.label).await?;
        if self.of.json {
            println!("{}", json!({"tenantUrl": tenant_url, "token": issued.secret, "id": issued.token.id}));
        } else {
            println!("Paste these two into Azure; the token is shown only now:");
            println!("Tenant URL:   {tenant_url}");
            println!("Secret Token: {}", issued.secret);
            println!("It expires on {}.", shown_time(issued.token.expires));
        }
        Ok(())
    }
}

async fn show(tribe: &Tribe, of: &OfTenant) -> Result<(), Failed> {
    let tenant = of.find(tribe).await?;
    let tokens = list(tribe.database(), &tenant.id).await?;
    if of.json {
        let all: Vec<_> = tokens
            .iter()
            .map(|token| {
                json!({
                    "id": token.id,
                    "label": token.label,
                    "state": token.state(now()).name(),
                    "created": shown_time(token.created),
                    "expires": shown_time(token.expires),
                    "lastUsed": token.last_used.map(shown_time),
                })
            })
            .collect();
        println!("{}", json!(all));
        return Ok(());
    }
    for token in &tokens {
        let used = token.last_used.map_or_else(|| "never used".to_owned(), |at| format!("last used {}", shown_time(at)));
        println!("{}  {}  {}  expires {}  {used}", token.id, token.state(now()).name(), token.label, shown_time(token.expires));
    }
    Ok(())
}

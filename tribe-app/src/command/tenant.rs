//! `tribe-app tenant`

use clap::Subcommand;
use serde_json::json;
use tribe_app::Tribe;
use tribe_app::domain::tenant::{create, list};

use super::Failed;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a tenant; its link is off until a token is created
    Create {
        /// Its name
        #[arg(env = "TRIBE_TENANT")]
        name: String,
        /// Answer in JSON
        #[arg(long, env = "TRIBE_JSON")]
        json: bool,
    },
    /// Show all tenants
    List {
        /// Answer in JSON
        #[arg(long, env = "TRIBE_JSON")]
        json: bool,
    },
}

impl Command {
    pub(super) async fn run(self, tribe: &Tribe) -> Result<(), Failed> {
        match self {
            Command::Create { name, json } => {
                let tenant = create(tribe.database(), &name).await?;
                if json {
                    println!("{}", json!({"id": tenant.id, "name": tenant.name}));
                } else {
                    println!("created the tenant {}; next: tribe-app token create --tenant '{}'", tenant.name, tenant.name);
                }
            }
            Command::List { json } => {
                let tenants = list(tribe.database()).await?;
                if json {
                    let all: Vec<_> = tenants.iter().map(|tenant| json!({"id": tenant.id, "name": tenant.name})).collect();
                    println!("{}", json!(all));
                } else {
                    tenants.iter().for_each(|tenant| println!("{}", tenant.name));
                }
            }
        }
        Ok(())
    }
}

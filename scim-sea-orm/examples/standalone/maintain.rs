//! `standalone reindex` and `standalone check`

use clap::Args;
use scim_sea_orm::SqlStores;

use crate::Failure;
use crate::database::Database;
use crate::progress::Bar;

#[derive(Args)]
pub(crate) struct Reindex {
    #[command(flatten)]
    database: Database,
}

impl Reindex {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let bar = Bar::new();
        let stores = SqlStores::reindex(&self.database.options()?, self.database.registry()?, &|progress| bar.show(progress)).await?;
        bar.clear();
        stores.close().await?;
        eprintln!("the index is made");
        Ok(())
    }
}

#[derive(Args)]
pub(crate) struct Check {
    #[command(flatten)]
    database: Database,
}

impl Check {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let stores = self.database.open().await?;
        let bar = Bar::new();
        let check = stores.check(&|progress| bar.show(progress)).await?;
        bar.clear();
        stores.close().await?;
        println!(
            "{} resources, {} indexed values, {} elements and references ({} of them name nothing)",
            check.resources, check.values, check.links, check.unknown
        );
        for fault in &check.faults {
            println!("{fault}");
        }
        match check.fault_count {
            0 => Ok(()),
            faults => Err(format!("{faults} faults: `standalone reindex` mends them").into()),
        }
    }
}

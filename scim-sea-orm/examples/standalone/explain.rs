//! `standalone explain`

use std::sync::Arc;

use clap::Args;
use scim_server::filter::{Condition, Logic, Term, resolve};
use scim_server::sort::SortOrder;
use scim_server::store::{Load, Page, Query, Target};
use scim_server::{BoundPath, Leniency, Profile, ResourceType, Stores};

use crate::Failure;
use crate::database::{Database, operator};

#[derive(Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    database: Database,
    /// The filter, e.g. `userName sw "a" and active eq true`; all resources without it.
    filter: Option<String>,
    /// The type that is asked for, e.g. `Group`. Several are one query over all of them.
    #[arg(long = "type", default_value = "User")]
    types: Vec<String>,
    /// The attribute that the answer is sorted by.
    #[arg(long)]
    sort: Option<String>,
    /// The greatest first.
    #[arg(long, requires = "sort")]
    descending: bool,
    /// The position of the first resource of the page, from 1.
    #[arg(long, default_value_t = 1)]
    start: u64,
    /// How many resources the page has.
    #[arg(long, default_value_t = 100)]
    count: u32,
}

impl Explain {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let stores = self.database.open().await?;
        let mut targets = Vec::new();
        for name in &self.types {
            let kind = stores.registry().by_name(name).ok_or_else(|| format!("there is no resource type `{name}`"))?.clone();
            let filter = self.filter.as_deref().map(|text| resolve(text, &kind, &Leniency::new(Profile::RFC))).transpose()?;
            let sort = self.sort.as_deref().map(|path| attribute(path, &kind)).transpose()?;
            targets.push(Target { kind, filter, sort });
        }
        let query = Query {
            targets,
            order: if self.descending { SortOrder::Descending } else { SortOrder::Ascending },
            page: Page::Index { start: self.start, count: self.count },
            total: true,
            load: Load::DOCUMENT,
            may_be_stale: false,
        };
        let explanation = stores.of(&operator()).explain(&query).await?;
        stores.close().await?;
        println!("answered {}", explanation.answer);
        for search in &explanation.searches {
            println!("{search}");
        }
        for explained in &explanation.statements {
            println!("\n{}", explained.statement);
            for step in &explained.steps {
                println!("    {step}");
            }
        }
        Ok(())
    }
}

/// The attribute of that path: the one that a filter `PATH pr` asks for.
fn attribute(path: &str, kind: &Arc<ResourceType>) -> Result<BoundPath, Failure> {
    match resolve(&format!("{path} pr"), kind, &Leniency::new(Profile::RFC)) {
        Ok(Logic::Term(Term::Attribute(path, Condition::Present))) => Ok(path),
        _ => Err(format!("`{path}` is no attribute of `{}`", kind.name).into()),
    }
}

//! `tribe-app employee`

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use tribe_app::Tribe;
use tribe_app::domain::employee::{Block, Blocker, Which, block, create, find, give_role, list};
use tribe_app::domain::field::Field;
use tribe_app::domain::{Employee, printable};

use super::{Failed, OfTenant};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make an employee by hand
    Create(Create),
    /// Show all employees of the tenant
    List(OfTenant),
    /// Show one employee
    Show(OfEmployee),
    /// Set Tribe's block
    Block(OfEmployee),
    /// Lift Tribe's block; one by Azure stays until Azure lifts it
    Unblock(OfEmployee),
    /// Give a role
    Grant(Grant),
}

#[derive(Debug, Args)]
pub(super) struct Create {
    #[command(flatten)]
    of: OfTenant,
    /// The e-mail address; it is the username too
    #[arg(long, env = "TRIBE_EMAIL")]
    email: String,
    /// The name that is shown
    #[arg(long, env = "TRIBE_NAME")]
    name: String,
    /// A role; repeat it for more
    #[arg(long = "role", env = "TRIBE_ROLE", value_name = "ROLE", value_delimiter = ',')]
    roles: Vec<String>,
}

#[derive(Debug, Args)]
pub(super) struct OfEmployee {
    #[command(flatten)]
    of: OfTenant,
    #[command(flatten)]
    which: WhichArguments,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct WhichArguments {
    /// The employee with this e-mail address
    #[arg(long, env = "TRIBE_EMAIL")]
    email: Option<String>,
    /// The employee with this id
    #[arg(long, env = "TRIBE_ID")]
    id: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Grant {
    #[command(flatten)]
    employee: OfEmployee,
    /// The role
    #[arg(long, env = "TRIBE_ROLE")]
    role: String,
}

impl Command {
    pub(super) async fn run(self, tribe: &Tribe) -> Result<(), Failed> {
        let database = tribe.database();
        match self {
            Command::Create(Create { of, email, name, roles }) => {
                let tenant = of.find(tribe).await?;
                show(&create(database, &tenant.id, &email, &name, &roles).await?, &of);
            }
            Command::List(of) => {
                let tenant = of.find(tribe).await?;
                show_all(&list(database, &tenant.id).await?, &of);
            }
            Command::Show(employee) => {
                let (_, found) = employee.find(tribe).await?;
                show(&found, &employee.of);
            }
            Command::Block(employee) => employee.block(tribe, Block::Set).await?,
            Command::Unblock(employee) => employee.block(tribe, Block::Lifted).await?,
            Command::Grant(Grant { employee, role }) => {
                let (tenant, found) = employee.find(tribe).await?;
                give_role(database, &tenant, &found.record.id, &role).await?;
                show(&find(database, &tenant, &Which::Id(found.record.id)).await?, &employee.of);
            }
        }
        Ok(())
    }
}

impl OfEmployee {
    async fn find(&self, tribe: &Tribe) -> Result<(String, Employee), Failed> {
        let tenant = self.of.find(tribe).await?;
        let which = match (&self.which.email, &self.which.id) {
            (_, Some(id)) => Which::Id(id.clone()),
            (Some(email), None) => Which::Email(email.clone()),
            // INVARIANT: the group of the two is required.
            (None, None) => Which::Id(String::new()),
        };
        let found = find(tribe.database(), &tenant.id, &which).await?;
        Ok((tenant.id, found))
    }

    async fn block(&self, tribe: &Tribe, change: Block) -> Result<(), Failed> {
        let (tenant, found) = self.find(tribe).await?;
        block(tribe.database(), &tenant, &found.record.id, Blocker::Tribe, change).await?;
        show(&find(tribe.database(), &tenant, &Which::Id(found.record.id)).await?, &self.of);
        Ok(())
    }
}

/// Prints a line in which names and words from Azure stand.
macro_rules! say {
    ($($line:tt)*) => { println!("{}", printable(&format!($($line)*))) };
}

fn show(employee: &Employee, of: &OfTenant) {
    if of.json {
        println!("{}", employee.to_json());
        return;
    }
    say!("{} <{}>", employee.record.display_name, employee.record.email);
    say!("  id:         {}", employee.record.id);
    say!("  username:   {}", employee.username);
    say!("  blocked:    {}", blocks(employee));
    say!("  linked:     {}", if employee.linked { "yes" } else { "no" });
    say!("  externalId: {}", employee.external_id.as_deref().unwrap_or("-"));
    say!("  roles:      {}", if employee.roles.is_empty() { "none yet".to_owned() } else { employee.roles.join(", ") });
    for field in Field::ALL {
        if let Some(value) = (field.of)(&employee.record) {
            say!("  {}: {value}", field.name);
        }
    }
    for drift in &employee.drift {
        say!("  {}: Azure says {}, Tribe has {} ({})", drift.field, drift.azure, drift.tribe, drift.state);
    }
    for conflict in &employee.conflicts {
        say!("  conflict: the Azure user `{}` has the {} of this employee and was refused", conflict.user_name, conflict.field);
    }
}

fn show_all(employees: &[Employee], of: &OfTenant) {
    if of.json {
        println!("{}", json!(employees.iter().map(Employee::to_json).collect::<Vec<Value>>()));
        return;
    }
    for employee in employees {
        let linked = if employee.linked { "linked" } else { "not linked" };
        say!(
            "{}  {} <{}>  {linked}  blocked: {}",
            employee.record.id,
            employee.record.display_name,
            employee.record.email,
            blocks(employee)
        );
    }
}

fn blocks(employee: &Employee) -> String {
    if employee.is_blocked() { format!("by {}", employee.blocked_by().join(" and ")) } else { "no".to_owned() }
}

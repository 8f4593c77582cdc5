//! A directory that changes, and a provisioning service that keeps a SCIM server up to date with it, as Microsoft Entra's does:
//! an initial cycle, incremental cycles, retries, escrow and quarantine; at the end the server is compared with the directory.

mod changes;
mod client;
pub mod command;
mod compare;
mod cycle;
mod directory;
mod entra;
mod escrow;
mod figures;
mod import;
mod mapping;
mod people;
mod progress;
mod provision;
mod report;

use std::path::PathBuf;

use futures_util::stream::{self, StreamExt};

use client::Client;
use cycle::Service;
use directory::Directory;
use entra::ObjectType;
use escrow::Part;
use people::Maker;
use progress::Progress;

use crate::model::Model;
use crate::target::Target;

pub use compare::Difference;
pub use entra::Dialect;
pub use figures::{Figures, Latency, Stretch};

/// What is simulated.
#[derive(Debug, Clone, clap::Args)]
pub struct Simulation {
    /// Whose service.
    #[arg(value_enum)]
    pub service: Dialect,
    /// The base URL of the server.
    pub url: String,
    /// How many people the directory has at first.
    #[arg(long, value_name = "NUMBER", default_value_t = 100, conflicts_with = "csv")]
    pub users: usize,
    /// How many groups it has at first.
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    pub groups: usize,
    /// Provision no groups.
    #[arg(long, conflicts_with = "groups")]
    pub users_only: bool,
    /// The people from this CSV file instead of made ones.
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// How many incremental cycles follow the initial one.
    #[arg(long, value_name = "NUMBER", default_value_t = 3)]
    pub cycles: u32,
    /// How many requests are under way at the same time.
    #[arg(long, value_name = "NUMBER", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub connections: u16,
    /// How many requests a second at most.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: Option<u32>,
    /// Leave on the server what was created.
    #[arg(long)]
    pub keep: bool,
}

/// How a simulation ended.
#[derive(Debug)]
pub struct Outcome {
    /// How many people and groups the directory has at the end.
    pub people: usize,
    /// How many groups it has at the end.
    pub groups: usize,
    /// What the requests have cost.
    pub figures: Figures,
    /// What could not be provisioned in the end, and why.
    pub escrow: Vec<String>,
    /// When and why the job went into quarantine.
    pub quarantines: Vec<String>,
    /// Why the job ended early, if it did.
    pub ended: Option<String>,
    /// What is not the same.
    pub differences: Vec<Difference>,
}

impl Outcome {
    /// Whether the server holds what the directory has.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.differences.is_empty() && self.escrow.is_empty() && self.ended.is_none()
    }
}

/// Simulates it and compares. What was created stays: see [`remove`].
///
/// # Errors
/// Says why it could not run, or why the server could not be read in the end.
pub async fn run(simulation: &Simulation, target: &Target, model: &Model) -> Result<Outcome, String> {
    let users = model.kind("User").ok_or("/ResourceTypes has no User")?;
    let groups = model.kind("Group").filter(|_| !simulation.users_only);
    if groups.is_none() && !simulation.users_only {
        return Err("/ResourceTypes has no Group: say --users-only".into());
    }
    let mut maker = Maker::new(target.mark());
    let mut directory = directory(simulation, &mut maker, groups.is_some())?;
    let progress = Progress::new();
    let client = Client::new(target, simulation.rate);
    let user_type = ObjectType::users(users, simulation.service);
    let group_type = groups.map(|kind| ObjectType::groups(kind, simulation.service));
    let mut service = Service::new(client, user_type, group_type, usize::from(simulation.connections), &progress);
    for cycle in 0..=simulation.cycles {
        let name = if cycle == 0 {
            "initial cycle".to_owned()
        } else {
            changes::happen(&mut directory, &mut maker, cycle, groups.is_some());
            format!("cycle {cycle}")
        };
        service.cycle(&name, &maker.object_id(), &directory).await?;
        if service.client.halted().is_some() {
            break;
        }
    }
    // Nothing changes any more; what failed is tried again when its time has come.
    while service.client.halted().is_none() && service.escrow.skip_to_next() {
        service.cycle("retries", &maker.object_id(), &directory).await?;
    }
    let ended = service.client.halted().map(ToOwned::to_owned);
    let differences = if ended.is_some() { Vec::new() } else { service.compare(&directory).await? };
    progress.clear();
    let name = |part: Part| match part {
        Part::User(number) | Part::Manager(number) => directory.people[number].user_name().to_owned(),
        Part::Group(number) | Part::Members(number) => directory.teams[number].name.clone(),
    };
    Ok(Outcome {
        people: directory.people.len(),
        groups: directory.teams.len(),
        figures: service.client.figures(),
        escrow: service.escrow.failures().map(|(part, reason)| format!("{}: {}", name(part), target.redact(reason))).collect(),
        quarantines: service.escrow.quarantines().to_vec(),
        ended,
        differences,
    })
}

fn directory(simulation: &Simulation, maker: &mut Maker, has_groups: bool) -> Result<Directory, String> {
    let groups = if has_groups { simulation.groups } else { 0 };
    let Some(path) = &simulation.csv else { return Ok(maker.directory(simulation.users, groups)) };
    let told = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let file = std::fs::File::open(path).map_err(|error| told(&error))?;
    let mut directory = import::read(file, maker).map_err(|error| told(&error))?;
    maker.add_teams(&mut directory, groups);
    Ok(directory)
}

/// Removes what was created, the last first, several at a time, and gives how many resources are left.
pub async fn remove(target: &Target, connections: usize) -> usize {
    let left = target.left_over();
    stream::iter(&left).for_each_concurrent(connections, |created| crate::run::remove(target, created)).await;
    target.left_over().len()
}

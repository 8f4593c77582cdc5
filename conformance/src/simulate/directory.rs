//! The directory: the people and groups of an organisation as they are at the moment, and what of them belongs on the server.

use std::collections::BTreeSet;

use super::mapping::{ACTIVE, DISPLAY_NAME, EXTERNAL_ID, Mapped, Record, USER_NAME};

/// What a directory knows of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// May sign in.
    Active,
    /// Was disabled.
    Disabled,
    /// Was deleted softly and can be restored.
    Deleted,
    /// Is gone for good, since that cycle.
    Purged(u32),
}

/// A person.
#[derive(Debug, Clone)]
pub(super) struct Person {
    /// The attributes by the paths that they are mapped to.
    pub(super) attributes: Record,
    /// Which person is the manager.
    pub(super) manager: Option<usize>,
    pub(super) status: Status,
}

/// A group.
#[derive(Debug, Clone)]
pub(super) struct Team {
    pub(super) object_id: String,
    pub(super) name: String,
    /// Which people belong to it.
    pub(super) members: BTreeSet<usize>,
    pub(super) deleted: bool,
}

/// The whole. Nobody is ever taken out: what is gone has a status that says so.
#[derive(Debug, Clone, Default)]
pub(super) struct Directory {
    pub(super) people: Vec<Person>,
    pub(super) teams: Vec<Team>,
}

/// What belongs on the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// An object with these values.
    Present(Record),
    /// Nothing.
    Absent,
}

impl Person {
    /// The name by which the person is matched.
    pub(super) fn user_name(&self) -> &str {
        self.attributes.get(USER_NAME).map(String::as_str).unwrap_or_default()
    }

    /// What the server should have, by the rows of the mapping. Without a row for `active`, whoever may not sign in is deleted at once.
    pub(super) fn wanted(&self, mapping: &[Mapped]) -> Wanted {
        let can_be_inactive = mapping.iter().any(|row| row.path == ACTIVE);
        let active = match self.status {
            Status::Active => "True",
            Status::Disabled | Status::Deleted if can_be_inactive => "False",
            Status::Disabled | Status::Deleted | Status::Purged(_) => return Wanted::Absent,
        };
        let value = |row: &Mapped| if row.path == ACTIVE { Some(active.to_owned()) } else { self.attributes.get(row.path).cloned() };
        Wanted::Present(mapping.iter().filter_map(|row| Some((row.path, value(row)?))).collect())
    }
}

impl Team {
    /// What the server should have.
    pub(super) fn wanted(&self, mapping: &[Mapped]) -> Wanted {
        if self.deleted {
            return Wanted::Absent;
        }
        let value = |row: &Mapped| match row.path {
            DISPLAY_NAME => Some(self.name.clone()),
            EXTERNAL_ID => Some(self.object_id.clone()),
            _ => None,
        };
        Wanted::Present(mapping.iter().filter_map(|row| Some((row.path, value(row)?))).collect())
    }
}

impl Directory {
    /// The people with that status.
    pub(super) fn with_status(&self, wanted: impl Fn(Status) -> bool) -> Vec<usize> {
        (0..self.people.len()).filter(|person| wanted(self.people[*person].status)).collect()
    }

    /// The groups that are there.
    pub(super) fn living_teams(&self) -> Vec<usize> {
        (0..self.teams.len()).filter(|team| !self.teams[*team].deleted).collect()
    }

    /// Removes a person for good: out of the groups, and the reports get the manager's manager.
    pub(super) fn purge(&mut self, person: usize, cycle: u32) {
        self.people[person].status = Status::Purged(cycle);
        let above = self.people[person].manager;
        for report in 0..self.people.len() {
            if self.people[report].manager == Some(person) {
                self.people[report].manager = above.filter(|above| *above != report);
            }
        }
        for team in &mut self.teams {
            team.members.remove(&person);
        }
    }
}

//! One cycle of the service: users, then groups, then what refers to them.

use std::collections::{BTreeSet, HashMap};
use std::time::Instant;

use futures_util::stream::{self, StreamExt};
use serde_json::Value;

use super::client::{Client, Failure};
use super::directory::{Directory, Wanted};
use super::entra::{ObjectType, patch};
use super::escrow::{Escrow, Part};
use super::progress::Progress;
use super::provision::{Link, provision};

/// How many members one request adds or removes.
const BATCH: usize = 100;

/// The provisioning service, and what it remembers of the server.
#[derive(Debug)]
pub(super) struct Service<'a> {
    pub(super) client: Client<'a>,
    pub(super) user_type: ObjectType,
    /// Nothing if only users are provisioned.
    pub(super) group_type: Option<ObjectType>,
    pub(super) connections: usize,
    pub(super) progress: &'a Progress,
    pub(super) users: Vec<Link>,
    pub(super) groups: Vec<Link>,
    pub(super) escrow: Escrow,
    /// For each user the id of the manager, as it was sent.
    managers: Vec<Option<String>>,
    /// For each group the ids of the members, as they were sent.
    members: Vec<BTreeSet<String>>,
}

/// A change of one group's members.
struct MemberChange {
    group: usize,
    id: String,
    add: Vec<String>,
    remove: Vec<String>,
}

impl<'a> Service<'a> {
    pub(super) fn new(
        client: Client<'a>,
        user_type: ObjectType,
        group_type: Option<ObjectType>,
        connections: usize,
        progress: &'a Progress,
    ) -> Self {
        let (users, groups, managers, members) = Default::default();
        Self { client, user_type, group_type, connections, progress, users, groups, escrow: Escrow::default(), managers, members }
    }

    /// One cycle. The probe asks for an object that nobody has.
    ///
    /// # Errors
    /// If the server gives no list of nothing to the probe: such a server cannot be provisioned.
    pub(super) async fn cycle(&mut self, name: &str, probe: &str, directory: &Directory) -> Result<(), String> {
        let started = Instant::now();
        self.users.resize_with(directory.people.len(), Link::default);
        self.groups.resize_with(directory.teams.len(), Link::default);
        self.managers.resize(directory.people.len(), None);
        self.members.resize(directory.teams.len(), BTreeSet::new());
        self.probe(probe).await?;
        self.provision_users(name, directory).await;
        self.provision_groups(name, directory).await;
        self.send_managers(name, directory).await;
        self.send_members(name, directory).await;
        self.escrow.end_cycle(name);
        self.client.end_stretch(name.to_owned(), started.elapsed());
        Ok(())
    }

    /// Does something about each of them, several at a time.
    pub(super) async fn each<W, T, F: Future<Output = T>>(&self, what: String, works: Vec<W>, act: impl Fn(W) -> F) -> Vec<T> {
        self.progress.begin(what, works.len());
        let acts = works.into_iter().map(|work| {
            let acting = act(work);
            async {
                let outcome = acting.await;
                self.progress.one();
                outcome
            }
        });
        stream::iter(acts).buffer_unordered(self.connections).collect().await
    }

    async fn probe(&self, nobody: &str) -> Result<(), String> {
        for kind in [Some(&self.user_type), self.group_type.as_ref()].into_iter().flatten() {
            let reply = match self.client.ask("probe", "GET", &kind.match_path(nobody), None).await {
                Ok(reply) => reply,
                // The server is away, or the job has been stopped: the objects will tell.
                Err(_) => continue,
            };
            let is_empty = reply.status == 200 && reply.body["totalResults"].as_u64() == Some(0);
            if !is_empty && self.client.halted().is_none() {
                let reason = reply.refused("probe").0;
                return Err(format!("the query for a {} that nobody is must give an empty list: {reason}", kind.name));
            }
        }
        Ok(())
    }

    async fn provision_users(&mut self, cycle: &str, directory: &Directory) {
        let works = directory.people.iter().enumerate().map(|(number, person)| (number, person.wanted(&self.user_type.mapping)));
        let works = due(works, &self.users, &self.escrow, Part::User);
        let act =
            async |(number, link, wanted): (usize, Link, Wanted)| (number, provision(&self.client, &self.user_type, link, &wanted).await);
        for (number, (link, outcome)) in self.each(format!("{cycle}: users"), works, act).await {
            // The server forgets the membership of a user that it has deleted.
            if let (None, Some(gone)) = (&link.id, &self.users[number].id) {
                self.members.iter_mut().for_each(|members| members.retain(|member| member != gone));
                self.managers[number] = None;
            }
            self.users[number] = link;
            self.escrow.note(Part::User(number), outcome.map_err(|failure| failure.0));
        }
        self.leave_what_others_have(directory);
    }

    /// Somebody new may have been matched with the account of somebody who has left and could not be deleted: then it is not deleted.
    fn leave_what_others_have(&mut self, directory: &Directory) {
        let present = |number: &usize| matches!(directory.people[*number].wanted(&self.user_type.mapping), Wanted::Present(_));
        let numbers = (0..self.users.len()).filter(present);
        let taken: HashMap<String, usize> = numbers.filter_map(|number| Some((self.users[number].id.clone()?, number))).collect();
        for number in 0..self.users.len() {
            let holder = self.users[number].id.as_ref().and_then(|id| taken.get(id));
            if holder.is_some_and(|holder| *holder != number) {
                self.users[number] = Link::default();
            }
        }
    }

    async fn provision_groups(&mut self, cycle: &str, directory: &Directory) {
        let Some(kind) = &self.group_type else { return };
        let works = directory.teams.iter().enumerate().map(|(number, team)| (number, team.wanted(&kind.mapping)));
        let works = due(works, &self.groups, &self.escrow, Part::Group);
        let act = async |(number, link, wanted): (usize, Link, Wanted)| (number, provision(&self.client, kind, link, &wanted).await);
        for (number, (link, outcome)) in self.each(format!("{cycle}: groups"), works, act).await {
            if link.id != self.groups[number].id {
                self.members[number].clear();
            }
            self.groups[number] = link;
            self.escrow.note(Part::Group(number), outcome.map_err(|failure| failure.0));
        }
    }

    /// The id of the manager that a person should have on the server; nothing if the manager is not there.
    pub(super) fn manager_id(&self, directory: &Directory, person: usize) -> Option<String> {
        let manager = directory.people[person].manager?;
        self.users.get(manager)?.id.clone()
    }

    async fn send_managers(&mut self, cycle: &str, directory: &Directory) {
        if !self.user_type.has_manager() {
            return;
        }
        let mut works = Vec::new();
        for number in 0..directory.people.len() {
            let wanted = self.manager_id(directory, number);
            // A manager who is not there yet is sent later.
            let is_known = wanted.is_some() || directory.people[number].manager.is_none();
            if let Some(id) = self.users[number].id.clone()
                && is_known
                && wanted != self.managers[number]
                && self.escrow.is_due(Part::Manager(number))
            {
                works.push((number, id, self.managers[number].clone(), wanted));
            }
        }
        let act = async |(number, id, before, wanted): (usize, String, Option<String>, Option<String>)| {
            let operation = self.user_type.manager(before.as_deref(), wanted.as_deref());
            (number, wanted, self.change("set manager", &self.user_type.path(&id), vec![operation]).await)
        };
        for (number, wanted, outcome) in self.each(format!("{cycle}: managers"), works, act).await {
            if outcome.is_ok() {
                self.managers[number] = wanted;
            }
            self.escrow.note(Part::Manager(number), outcome.map_err(|failure| failure.0));
        }
    }

    /// The ids of the members that a group should have on the server.
    pub(super) fn member_ids(&self, directory: &Directory, group: usize) -> BTreeSet<String> {
        directory.teams[group].members.iter().filter_map(|person| self.users.get(*person)?.id.clone()).collect()
    }

    async fn send_members(&mut self, cycle: &str, directory: &Directory) {
        let Some(kind) = &self.group_type else { return };
        let mut works = Vec::new();
        for group in directory.living_teams() {
            let Some(id) = self.groups[group].id.clone().filter(|_| self.escrow.is_due(Part::Members(group))) else { continue };
            let (wanted, sent) = (self.member_ids(directory, group), &self.members[group]);
            let change = MemberChange {
                group,
                id,
                add: wanted.difference(sent).cloned().collect(),
                remove: sent.difference(&wanted).cloned().collect(),
            };
            if !(change.add.is_empty() && change.remove.is_empty()) {
                works.push(change);
            }
        }
        let act = async |change: MemberChange| {
            let path = kind.path(&change.id);
            let (mut added, mut removed) = (Vec::new(), Vec::new());
            let mut outcome = Ok(());
            for batch in change.add.chunks(BATCH) {
                if outcome.is_ok() {
                    outcome = self.change("add members", &path, kind.add_members(batch)).await;
                    added.extend(outcome.is_ok().then(|| batch.to_vec()).into_iter().flatten());
                }
            }
            for batch in change.remove.chunks(BATCH) {
                if outcome.is_ok() {
                    outcome = self.change("remove members", &path, kind.remove_members(batch)).await;
                    removed.extend(outcome.is_ok().then(|| batch.to_vec()).into_iter().flatten());
                }
            }
            (change.group, added, removed, outcome)
        };
        for (group, added, removed, outcome) in self.each(format!("{cycle}: members"), works, act).await {
            self.members[group].extend(added);
            self.members[group].retain(|id| !removed.contains(id));
            self.escrow.note(Part::Members(group), outcome.map_err(|failure| failure.0));
        }
    }

    async fn change(&self, kind: &'static str, path: &str, operations: Vec<Value>) -> Result<(), Failure> {
        let reply = self.client.ask(kind, "PATCH", path, Some(&patch(operations))).await?;
        if reply.is_success() { Ok(()) } else { Err(reply.refused(kind)) }
    }
}

/// The objects that need something and whose time has come, each with its link.
fn due(
    wanted: impl Iterator<Item = (usize, Wanted)>,
    links: &[Link],
    escrow: &Escrow,
    part: fn(usize) -> Part,
) -> Vec<(usize, Link, Wanted)> {
    let due = wanted.filter(|(number, wanted)| links[*number].needs(wanted) && escrow.is_due(part(*number)));
    due.map(|(number, wanted)| (number, links[number].clone(), wanted)).collect()
}

//! What the server holds, compared with the directory.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Instant;

use serde_json::Value;

use super::cycle::Service;
use super::directory::{Directory, Status, Wanted};
use super::entra::ObjectType;
use super::mapping::{ACTIVE, Mapped, Record, manager_of};
use super::provision::Link;

/// How many resources a page has.
const PAGE: usize = 100;

/// One thing that is not the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// `user` or `group`, and its name.
    pub object: String,
    /// The id on the server, if it is there.
    pub id: Option<String>,
    /// What differs: the path of an attribute, `members`, or nothing if it is the whole object.
    pub attribute: Option<String>,
    /// What the directory has.
    pub directory: Option<String>,
    /// What the server has.
    pub server: Option<String>,
}

impl Service<'_> {
    /// Every difference between the directory and what the server holds of this run.
    ///
    /// # Errors
    /// Says why the server could not be read.
    pub(super) async fn compare(&self, directory: &Directory) -> Result<Vec<Difference>, String> {
        let started = Instant::now();
        let mut differences = self.compare_users(directory).await?;
        if let Some(kind) = &self.group_type {
            differences.extend(self.compare_groups(kind, directory).await?);
        }
        self.client.end_stretch("comparison".into(), started.elapsed());
        differences.sort();
        Ok(differences)
    }

    async fn compare_users(&self, directory: &Directory) -> Result<Vec<Difference>, String> {
        let kind = &self.user_type;
        let names = directory.people.iter().map(|person| person.user_name().to_lowercase()).collect();
        let (objects, unknown) = self.sort_out(kind, &self.users, names).await?;
        let mut differences = unknown;
        for ((number, person), found) in directory.people.iter().enumerate().zip(objects) {
            let object = format!("user {}", person.user_name());
            match (found, person.wanted(&kind.mapping)) {
                (None, wanted) => differences.extend(missing(object, &self.users[number], &wanted)),
                (Some((id, _)), Wanted::Absent) => differences.push(whole(object, id, "deleted")),
                (Some((id, resource)), Wanted::Present(record)) => {
                    differences.extend(values(kind, &object, &id, &record, &resource));
                    differences.extend(self.manager(directory, number, &object, &id, &resource));
                }
            }
        }
        Ok(differences)
    }

    async fn compare_groups(&self, kind: &ObjectType, directory: &Directory) -> Result<Vec<Difference>, String> {
        let names = directory.teams.iter().map(|team| team.name.to_lowercase()).collect();
        let (objects, unknown) = self.sort_out(kind, &self.groups, names).await?;
        let (mut differences, mut to_read) = (unknown, Vec::new());
        for ((number, team), found) in directory.teams.iter().enumerate().zip(objects) {
            let object = format!("group {}", team.name);
            match (found, team.wanted(&kind.mapping)) {
                (None, wanted) => differences.extend(missing(object, &self.groups[number], &wanted)),
                (Some((id, _)), Wanted::Absent) => differences.push(whole(object, id, "deleted")),
                (Some((id, resource)), Wanted::Present(record)) => {
                    differences.extend(values(kind, &object, &id, &record, &resource));
                    to_read.push((number, object, id));
                }
            }
        }
        let linked = self.users.iter().zip(&directory.people);
        let names: HashMap<&str, &str> = linked.filter_map(|(link, person)| Some((link.id.as_deref()?, person.user_name()))).collect();
        let act = async |(number, object, id): (usize, String, String)| {
            let reply = self.client.ask("read members", "GET", &kind.path(&id), None).await.map_err(|failure| failure.0)?;
            if reply.status != 200 {
                return Err(reply.refused("read members").0);
            }
            Ok(members(&object, &id, &self.member_ids(directory, number), &reply.body, &names))
        };
        for found in self.each("comparison: members".into(), to_read, act).await {
            differences.extend(found?);
        }
        Ok(differences)
    }

    /// For each object of the directory what the server holds of it: the resource with its id, or else with its name. What is left is
    /// unknown to the directory.
    async fn sort_out(
        &self,
        kind: &ObjectType,
        links: &[Link],
        names: Vec<String>,
    ) -> Result<(Vec<Option<(String, Value)>>, Vec<Difference>), String> {
        let mut held = self.walk(kind).await?;
        let mut objects: Vec<Option<(String, Value)>> = vec![None; links.len()];
        let mut unlisted = Vec::new();
        for (number, link) in links.iter().enumerate() {
            let Some(id) = link.id.clone() else { continue };
            match held.remove(&id) {
                Some(resource) => objects[number] = Some((id, resource)),
                None => unlisted.push((number, id)),
            }
        }
        // What a list leaves out may be there all the same.
        let act =
            async |(number, id): (usize, String)| (number, self.client.ask(kind.words.read, "GET", &kind.read_path(&id), None).await, id);
        for (number, reply, id) in self.each(format!("comparison: {}s", kind.name), unlisted, act).await {
            let reply = reply.map_err(|failure| failure.0)?;
            if reply.status == 200 {
                objects[number] = Some((id, reply.body));
            }
        }
        let mut by_name: HashMap<String, String> =
            held.iter().map(|(id, resource)| (kind.name_of(resource).to_lowercase(), id.clone())).collect();
        for (number, name) in names.into_iter().enumerate() {
            if links[number].id.is_none()
                && let Some(id) = by_name.remove(&name)
                && let Some(resource) = held.remove(&id)
            {
                objects[number] = Some((id, resource));
            }
        }
        let unknown = held.into_iter().map(|(id, resource)| whole(format!("{} {}", kind.name, kind.name_of(&resource)), id, "not known"));
        Ok((objects, unknown.collect()))
    }

    /// All resources of a type whose name begins with the mark, by id.
    async fn walk(&self, kind: &ObjectType) -> Result<BTreeMap<String, Value>, String> {
        let (mut held, mut seen, mut start) = (BTreeMap::new(), BTreeSet::new(), 1);
        let mark = self.client.target().mark().to_lowercase();
        self.progress.begin(format!("comparison: {}s", kind.name), 0);
        loop {
            let reply = self.client.ask("list", "GET", &kind.page_path(start, PAGE), None).await.map_err(|failure| failure.0)?;
            if reply.status != 200 {
                return Err(reply.refused("list").0);
            }
            let page = reply.body["Resources"].as_array().map(Vec::as_slice).unwrap_or_default();
            start += page.len();
            let known = seen.len();
            for resource in page {
                let Some(id) = resource["id"].as_str() else { return Err(format!("list: a {} without an id", kind.name)) };
                self.progress.one();
                seen.insert(id.to_owned());
                if kind.name_of(resource).to_lowercase().starts_with(&mark) {
                    held.insert(id.to_owned(), resource.clone());
                }
            }
            // A page that has nothing new is the last, whatever the server promises.
            let is_last = reply.body["totalResults"].as_u64().is_some_and(|total| start as u64 > total);
            if is_last || seen.len() == known {
                return Ok(held);
            }
        }
    }

    fn manager(&self, directory: &Directory, person: usize, object: &str, id: &str, resource: &Value) -> Option<Difference> {
        let manager = directory.people[person].manager;
        let wanted = self.manager_id(directory, person);
        // A manager who is disabled and was never provisioned cannot be referred to.
        let cannot_be = wanted.is_none() && manager.is_some_and(|manager| directory.people[manager].status != Status::Active);
        let server = manager_of(resource);
        if !self.user_type.has_manager() || cannot_be || (server == wanted && (wanted.is_some() || manager.is_none())) {
            return None;
        }
        let directory = manager.map(|manager| directory.people[manager].user_name().to_owned());
        Some(part(object, id, "manager", directory, server))
    }
}

fn values(kind: &ObjectType, object: &str, id: &str, record: &Record, resource: &Value) -> Vec<Difference> {
    let differs = |row: &Mapped| {
        let (directory, server) = (record.get(row.path)?, row.read(resource));
        (server.as_ref() != Some(directory)).then(|| part(object, id, row.path, Some(directory.clone()), server))
    };
    kind.mapping.iter().filter_map(differs).collect()
}

fn members(object: &str, id: &str, wanted: &BTreeSet<String>, resource: &Value, names: &HashMap<&str, &str>) -> Vec<Difference> {
    let members = resource["members"].as_array().map(Vec::as_slice).unwrap_or_default();
    let held: BTreeSet<String> = members.iter().filter_map(|member| member["value"].as_str()).map(ToOwned::to_owned).collect();
    let name = |id: &String| names.get(id.as_str()).map_or_else(|| id.clone(), |name| format!("{name} ({id})"));
    let lost = wanted.difference(&held).map(|member| part(object, id, "members", Some(name(member)), None));
    let added = held.difference(wanted).map(|member| part(object, id, "members", None, Some(name(member))));
    lost.chain(added).collect()
}

fn part(object: &str, id: &str, attribute: &str, directory: Option<String>, server: Option<String>) -> Difference {
    Difference { object: object.to_owned(), id: Some(id.to_owned()), attribute: Some(attribute.to_owned()), directory, server }
}

/// An object that should be there and is not. An account that is disabled and was never provisioned need not be.
fn missing(object: String, link: &Link, wanted: &Wanted) -> Option<Difference> {
    let Wanted::Present(record) = wanted else { return None };
    let is_active = record.get(ACTIVE).is_none_or(|active| active == "True");
    let should_be = is_active || link.id.is_some();
    should_be.then(|| Difference { object, id: None, attribute: None, directory: Some("there".into()), server: None })
}

fn whole(object: String, id: String, directory: &str) -> Difference {
    Difference { object, id: Some(id), attribute: None, directory: Some(directory.into()), server: Some("there".into()) }
}

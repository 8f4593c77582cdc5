//! A mixed load whose every step is remembered, so that it can be held against the database after a crash.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use crate::client::{Answer, Client, joining, leaving, marking, user};

/// What a person should look like.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum State {
    Gone,
    There { mark: String, member: bool },
}

/// One user and all that was asked for it.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    name: String,
    id: Option<String>,
    /// As the last answer said.
    acknowledged: State,
    /// As it may be instead: the request was sent, but not answered.
    unanswered: Option<State>,
}

/// Method, path, body and the status that it must have.
struct Request<'r>(&'r str, &'r str, Option<Value>, u16);

/// A worker and the people that it alone changes.
pub(crate) struct Worker {
    number: usize,
    group: String,
    steps: usize,
    pub(crate) people: Vec<Person>,
    /// How many changes were acknowledged.
    pub(crate) acknowledged: usize,
}

impl Worker {
    pub(crate) fn new(number: usize, group: &str) -> Self {
        Self { number, group: format!("/Groups/{group}"), steps: 0, people: Vec::new(), acknowledged: 0 }
    }

    /// Works until it is told to stop or is no longer answered.
    pub(crate) async fn work(&mut self, client: &Client, stop: &Arc<AtomicBool>) -> Result<(), String> {
        while !stop.load(Ordering::Relaxed) {
            self.steps += 1;
            if !self.step(client).await? {
                break;
            }
        }
        Ok(())
    }

    /// One request. False if it was not answered.
    async fn step(&mut self, client: &Client) -> Result<bool, String> {
        let mark = format!("{}-{}", self.number, self.steps);
        let chosen = self.people.len().checked_sub(1).map(|last| last - self.steps * 7 % self.people.len().min(5));
        let known = chosen.filter(|chosen| self.people[*chosen].acknowledged != State::Gone);
        let (Some(chosen), true) = (known, !self.steps.is_multiple_of(4)) else {
            let name = format!("{mark}@x");
            let body = user(&name, &mark);
            self.people.push(Person { name, id: None, acknowledged: State::Gone, unanswered: None });
            let after = State::There { mark, member: false };
            return self.send(client, self.people.len() - 1, after, &Request("POST", "/Users", Some(body), 201)).await;
        };
        let State::There { mark: old, member } = self.people[chosen].acknowledged.clone() else { return Ok(true) };
        let id = self.people[chosen].id.clone().unwrap_or_default();
        let path = format!("/Users/{id}");
        if self.steps % 4 == 2 {
            let body = if member { leaving(&id) } else { joining(&id) };
            let group = self.group.clone();
            let after = State::There { mark: old, member: !member };
            return self.send(client, chosen, after, &Request("PATCH", &group, Some(body), 204)).await;
        }
        if self.steps % 4 == 3 && self.steps.is_multiple_of(3) {
            return self.send(client, chosen, State::Gone, &Request("DELETE", &path, None, 204)).await;
        }
        let body = marking(&mark);
        self.send(client, chosen, State::There { mark, member }, &Request("PATCH", &path, Some(body), 200)).await
    }

    async fn send(&mut self, client: &Client, person: usize, after: State, request: &Request<'_>) -> Result<bool, String> {
        let Request(method, path, body, expected) = request;
        self.people[person].unanswered = Some(after.clone());
        let answer: Option<Answer> = client.send(method, path, None, body.as_ref()).await;
        let Some(answer) = answer else { return Ok(false) };
        // While the database is away a refusal is right, and nothing was changed.
        if answer.status == 503 {
            self.people[person].unanswered = None;
            return Ok(false);
        }
        if answer.status != *expected {
            return Err(format!("{method} {path}: status {}: {}", answer.status, answer.body));
        }
        let person = &mut self.people[person];
        person.unanswered = None;
        person.acknowledged = after;
        if *method == "POST" {
            person.id = Some(answer.id());
        }
        self.acknowledged += 1;
        Ok(true)
    }

    /// Holds everything from that person on against the database: what was acknowledged is there, nothing is torn. What was not
    /// answered is from here on as it was found.
    pub(crate) async fn verify(&mut self, client: &Client, from: usize) -> Result<(), String> {
        let group = self.group.trim_start_matches("/Groups/").to_owned();
        for person in self.people.iter_mut().skip(from) {
            let found = find(client, person, &group).await?;
            if found != person.acknowledged && Some(&found) != person.unanswered.as_ref() {
                return Err(format!("{person:?} is found as {found:?}"));
            }
            person.acknowledged = found;
            person.unanswered = None;
        }
        Ok(())
    }
}

/// What the database has of a person, by its name, by its id and by its group.
async fn find(client: &Client, person: &mut Person, group: &str) -> Result<State, String> {
    let filter: String = format!("userName eq \"{}\"", person.name).bytes().map(|byte| format!("%{byte:02x}")).collect();
    let list = client.get(&format!("/Users?filter={filter}")).await?.expect(&[200])?;
    let Some(found) = list.body["Resources"].get(0) else {
        if let Some(id) = &person.id {
            client.get(&format!("/Users/{id}")).await?.expect(&[404])?;
        }
        return Ok(State::Gone);
    };
    if list.total() != 1 || found["title"] != found["displayName"] {
        return Err(format!("{} is torn: {}", person.name, list.body));
    }
    let id = found["id"].as_str().unwrap_or_default().to_owned();
    if person.id.as_ref().is_some_and(|known| *known != id) {
        return Err(format!("{} has another id", person.name));
    }
    let member = found["groups"].as_array().is_some_and(|groups| groups.iter().any(|shown| shown["value"] == *group));
    let as_member = client.count("/Groups", &format!("id eq \"{group}\" and members.value eq \"{id}\"")).await? == 1;
    if member != as_member {
        return Err(format!("{} is a member on one side only", person.name));
    }
    person.id = Some(id);
    Ok(State::There { mark: found["title"].as_str().unwrap_or_default().to_owned(), member })
}

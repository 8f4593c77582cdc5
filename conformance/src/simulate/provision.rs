//! What the service does about one object: match, create or change, or delete it.

use serde_json::Value;

use super::client::{Client, Failure};
use super::directory::Wanted;
use super::entra::{ObjectType, patch};
use super::mapping::{ACTIVE, Record};
use crate::target::{Created, Credential};

/// What the service remembers of an object of the directory.
#[derive(Debug, Clone, Default)]
pub(super) struct Link {
    /// Its id on the server.
    pub(super) id: Option<String>,
    /// What the server has of it, as far as is known.
    pub(super) done: Option<Record>,
    /// The names that a creation was tried with whose end is not known.
    names: Vec<String>,
}

impl Link {
    /// Whether the server has to be asked or told anything.
    pub(super) fn needs(&self, wanted: &Wanted) -> bool {
        let unknown = self.id.is_none() && self.names.is_empty();
        match wanted {
            Wanted::Absent => !unknown,
            // An account that is disabled before it was ever provisioned is not created.
            Wanted::Present(record) => self.done.as_ref() != Some(record) && !(unknown && is_inactive(record)),
        }
    }

    fn is(&mut self, id: String) {
        self.id = Some(id);
        self.names.clear();
    }
}

fn is_inactive(record: &Record) -> bool {
    record.get(ACTIVE).is_some_and(|active| active == "False")
}

/// Brings the server to what the directory wants, as far as it goes; the link is what is known afterwards.
pub(super) async fn provision(client: &Client<'_>, kind: &ObjectType, mut link: Link, wanted: &Wanted) -> (Link, Result<(), Failure>) {
    let outcome = match wanted {
        Wanted::Present(record) => present(client, kind, &mut link, record).await,
        Wanted::Absent => absent(client, kind, &mut link).await,
    };
    (link, outcome)
}

async fn present(client: &Client<'_>, kind: &ObjectType, link: &mut Link, record: &Record) -> Result<(), Failure> {
    if let Some(id) = link.id.clone() {
        let reply = client.ask(kind.words.read, "GET", &kind.read_path(&id), None).await?;
        match reply.status {
            200 => return update(client, kind, link, &id, &reply.body, record).await,
            // Gone: it is matched again, and created if nothing is found.
            404 | 410 => *link = Link::default(),
            _ => return Err(reply.refused(kind.words.read)),
        }
    }
    let name = record.get(kind.matched_by).cloned().unwrap_or_default();
    let mut tries = 0;
    loop {
        let before = link.names.iter().filter(|known| **known != name);
        for name in std::iter::once(&name).chain(before).cloned().collect::<Vec<_>>() {
            if let Some((id, found)) = find(client, kind, &name).await? {
                link.is(id.clone());
                return update(client, kind, link, &id, &found, record).await;
            }
        }
        if is_inactive(record) {
            *link = Link::default();
            return Ok(());
        }
        if !link.names.contains(&name) {
            link.names.push(name.clone());
        }
        match client.once(kind.words.create, "POST", &kind.endpoint, Some(&kind.new_resource(record))).await {
            Ok(reply) if reply.is_success() => {
                let id = reply.body["id"].as_str().filter(|id| !id.is_empty());
                let id = id.ok_or_else(|| Failure(format!("{}: no id in the answer", kind.words.create)))?;
                note_created(client, kind, id);
                link.is(id.to_owned());
                link.done = Some(record.clone());
                return Ok(());
            }
            Ok(reply) => return Err(reply.refused(kind.words.create)),
            // It may have been created all the same: so it is looked for before it is sent again.
            Err(missed) => client.wait(kind.words.create, &mut tries, missed).await?,
        }
    }
}

/// The one object with that name, with its id.
async fn find(client: &Client<'_>, kind: &ObjectType, name: &str) -> Result<Option<(String, Value)>, Failure> {
    let word = kind.words.matching;
    let reply = client.ask(word, "GET", &kind.match_path(name), None).await?;
    if reply.status != 200 {
        return Err(reply.refused(word));
    }
    match reply.body["Resources"].as_array().map(Vec::as_slice) {
        None if reply.body["totalResults"] == 0 => Ok(None),
        Some([]) => Ok(None),
        Some([found]) => {
            let id = found["id"].as_str().filter(|id| !id.is_empty());
            let id = id.ok_or_else(|| Failure(format!("{word}: a resource without an id")))?.to_owned();
            note_created(client, kind, &id);
            Ok(Some((id, found.clone())))
        }
        Some(several) => Err(Failure(format!("{word}: `{name}` matches {} objects", several.len()))),
        None => Err(Failure(format!("{word}: the answer is no list"))),
    }
}

/// Sends what differs.
async fn update(
    client: &Client<'_>,
    kind: &ObjectType,
    link: &mut Link,
    id: &str,
    resource: &Value,
    record: &Record,
) -> Result<(), Failure> {
    let operations = kind.operations(record, resource);
    if !operations.is_empty() {
        let reply = client.ask(kind.words.update, "PATCH", &kind.path(id), Some(&patch(operations))).await?;
        if !reply.is_success() {
            return Err(reply.refused(kind.words.update));
        }
    }
    link.done = Some(record.clone());
    Ok(())
}

async fn absent(client: &Client<'_>, kind: &ObjectType, link: &mut Link) -> Result<(), Failure> {
    let mut ids: Vec<String> = link.id.iter().cloned().collect();
    if ids.is_empty() {
        for name in &link.names {
            ids.extend(find(client, kind, name).await?.map(|(id, _)| id));
        }
    }
    for id in ids {
        let path = kind.path(&id);
        let reply = client.ask(kind.words.delete, "DELETE", &path, None).await?;
        // The answer to an earlier try may have been lost: then it is gone already.
        if !reply.is_success() && !matches!(reply.status, 404 | 410) {
            return Err(reply.refused(kind.words.delete));
        }
        client.target().note_removed(&path);
    }
    *link = Link::default();
    Ok(())
}

fn note_created(client: &Client<'_>, kind: &ObjectType, id: &str) {
    client.target().note_created(Created { path: kind.path(id), credential: Credential::Own });
}

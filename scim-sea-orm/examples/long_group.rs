//! What memory a group with very many members takes: read whole, and in pieces.
//!
//! ```sh
//! cargo run --release -p scim-sea-orm --example long_group -- 1000000
//! ```
//!
//! A group gets that many members, users with names, in a temporary database of SQLite. Then it is read over HTTP and changed by a PATCH
//! that selects by more than the id, by servers in this process with several limits; the reader keeps nothing. The figures are the peak
//! of resident memory (VmHWM), set back before each request, so it needs Linux.

use std::fs;
use std::sync::Arc;
use std::time::Instant;

use scim_sea_orm::{Options, SqlStores, Synchronous};
use scim_server::store::{Change, Content, Edit, Element, Expected, ResourceKey, Unknown};
use scim_server::{Caller, Limits, Profile, Registry, ScimServer, StaticTokens, Store, Stores, TenantId};
use serde_json::json;
use tokio::net::TcpListener;

/// How many are written at once.
const PIECE: usize = 1_000;
const TOKEN: &str = "long-group";

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let members: usize = std::env::args().nth(1).map_or(Ok(1_000_000), |count| count.parse())?;
    let folder = tempfile::tempdir()?;
    let registry = Arc::new(Registry::rfc7643());
    let url = format!("sqlite://{}/long.db?mode=rwc", folder.path().display());
    let stores = SqlStores::connect(&Options::new(url).synchronous(Synchronous::Off), registry.clone()).await?;
    let id = fill(&stores, &registry, members).await?;
    println!("{members} members; at rest {} MiB", peak()?);
    for elements_at_once in [1_000, u32::MAX] {
        let limits = Limits { elements_at_once, ..Limits::default() };
        let tokens = StaticTokens::new().with(TOKEN, TenantId::new("long"), Profile::RFC);
        let server = ScimServer::new(registry.clone(), stores.clone(), tokens).with_limits(limits);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let group = format!("http://{}/scim/v2/Groups/{id}", listener.local_addr()?);
        let serving = tokio::spawn(server.serve(listener, std::future::pending()));
        let way = if elements_at_once == u32::MAX { "whole" } else { "in pieces" };
        let client = reqwest::Client::new();

        fs::write("/proc/self/clear_refs", "5")?;
        let (before, started) = (peak()?, Instant::now());
        let mut answer = client.get(&group).bearer_auth(TOKEN).send().await?.error_for_status()?;
        let mut bytes = 0;
        while let Some(piece) = answer.chunk().await? {
            bytes += piece.len();
        }
        println!("GET {way}: {bytes} bytes in {:.1} s, {before} MiB, at most {}", started.elapsed().as_secs_f64(), peak()?);

        fs::write("/proc/self/clear_refs", "5")?;
        let (before, started) = (peak()?, Instant::now());
        let operation = json!({"op": "remove", "path": "members[display ew \"7777\"]"});
        let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]});
        let request = client.patch(&group).bearer_auth(TOKEN).header("content-type", "application/scim+json").body(body.to_string());
        let status = request.send().await?.error_for_status()?.status();
        println!("PATCH {way}: {status} in {:.1} s, {before} MiB, at most {}", started.elapsed().as_secs_f64(), peak()?);
        serving.abort();
    }
    Ok(())
}

/// A group with that many members, each a user.
async fn fill(stores: &SqlStores, registry: &Registry, members: usize) -> Result<String, Failure> {
    let store = stores.of(&Caller::new(TenantId::new("long"), "long_group"));
    let kind = |name| registry.by_name(name).cloned().ok_or("the type is registered");
    let (user, group) = (kind("User")?, kind("Group")?);
    let document = |name: String| json!({"userName": name, "displayName": name}).as_object().cloned().unwrap_or_default();
    let key = |kind, id: String| ResourceKey { kind, id };
    let id = uuid::Uuid::new_v4().to_string();
    let new = Content { document: document("everybody".into()), ..Content::default() };
    store.commit(&[Change::Create { key: key(group.clone(), id.clone()), new }]).await?;
    for start in (0..members).step_by(PIECE) {
        let some = start..members.min(start + PIECE);
        let ids: Vec<String> = some.clone().map(|_| uuid::Uuid::new_v4().to_string()).collect();
        let creates = some.zip(&ids).map(|(number, id)| Change::Create {
            key: key(user.clone(), id.clone()),
            new: Content { document: document(format!("user{number}")), ..Content::default() },
        });
        store.commit(&creates.collect::<Vec<_>>()).await?;
        let put = ids.into_iter().map(|value| Element { value, item: Default::default(), referent: None }).collect();
        let edits = vec![("members".to_owned(), Edit::Delta { put, remove: Vec::new(), unknown: Unknown::Refuse })];
        store.commit(&[Change::Update { key: key(group.clone(), id.clone()), expected: Expected::Any, new: None, edits }]).await?;
    }
    Ok(id)
}

/// The peak of resident memory in MiB.
fn peak() -> Result<u64, Failure> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("Linux tells the peak")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? / 1_024)
}

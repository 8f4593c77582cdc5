//! T13: a PATCH with very many members takes bounded memory.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{Client, patch};
use crate::database::Database;
use crate::server::Server;
use crate::{Outcome, Size};

const MEMORY: u64 = 64 * 1024;
const SLOWEST: Duration = Duration::from_secs(10);
const AT_ONCE: usize = 500;

pub(crate) async fn run(database: &Database, size: Size) -> Outcome {
    let members = size.of(2_000, 50_000);
    let server = Server::start(&database.url).await?;
    let client = server.client();
    let people = hire(&client, members).await?;
    let group = format!("/Groups/{}", client.new_group("large").await?);
    let all: Vec<Value> = people.iter().map(|id| json!({"value": id})).collect();
    let half: Vec<Value> = all.iter().step_by(2).cloned().collect();
    let steps = [
        ("add", json!([{"op": "add", "path": "members", "value": all}]), members),
        ("add again", json!([{"op": "add", "path": "members", "value": all}]), members),
        ("replace by half", json!([{"op": "replace", "path": "members", "value": half}]), members.div_ceil(2)),
        ("remove all", json!([{"op": "remove", "path": "members"}]), 0),
    ];
    let (mut figures, mut failed) = (Vec::new(), false);
    for (name, operations, left) in steps {
        let body = patch(operations);
        let before = server.memory("VmRSS")?;
        server.forget_peak()?;
        let started = Instant::now();
        client.must("PATCH", &group, Some(&body)).await?.expect(&[200, 204])?;
        let took = started.elapsed();
        let more = server.memory("VmHWM")?.saturating_sub(before);
        failed |= more > MEMORY || size.full && took > SLOWEST;
        figures.push(format!("{name} {:.1} MiB more, {:.1} s", more as f64 / 1024.0, took.as_secs_f64()));
        let found = client.get(&group).await?.expect(&[200])?.body["members"].as_array().map_or(0, Vec::len);
        if found != left {
            return Err(format!("{name}: {found} members instead of {left}"));
        }
    }
    server.end().await;
    let figures = format!("PATCH of {members} members: {}", figures.join("; "));
    if failed { Err(figures) } else { Ok(figures) }
}

/// New users, by bulk requests.
async fn hire(client: &Client, number: usize) -> Result<Vec<String>, String> {
    let mut ids = Vec::with_capacity(number);
    let numbers: Vec<usize> = (0..number).collect();
    for some in numbers.chunks(AT_ONCE) {
        let operation = |number: &usize| json!({"method": "POST", "path": "/Users", "bulkId": number.to_string(), "data": crate::client::user(&format!("{number}@x"), "")});
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": some.iter().map(operation).collect::<Vec<_>>(),
        });
        let answer = client.must("POST", "/Bulk", Some(&body)).await?.expect(&[200])?;
        for result in answer.body["Operations"].as_array().into_iter().flatten() {
            let location = result["location"].as_str().ok_or_else(|| format!("not created: {result}"))?;
            ids.extend(location.rsplit('/').next().map(ToOwned::to_owned));
        }
    }
    Ok(ids)
}

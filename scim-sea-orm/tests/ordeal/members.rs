//! T15: parallel changes of one group's members leave exactly what was asked for.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::client::{joining, leaving};
use crate::database::Database;
use crate::server::Server;
use crate::{Outcome, Size};

const CONNECTIONS: usize = 32;
const SLOWEST: Duration = Duration::from_millis(250);

pub(crate) async fn run(database: &Database, size: Size) -> Outcome {
    let changes = size.of(640, 10_016) / CONNECTIONS;
    let servers = [Server::start(&database.url).await?, Server::start(&database.url).await?];
    let group = servers[0].client().new_group("all").await?;
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|task| {
            // Each has a connection of its own.
            let (client, group) = (servers[task % 2].client(), format!("/Groups/{group}"));
            tokio::spawn(async move {
                let mut people = Vec::new();
                for number in 0..5 {
                    people.push(client.new_user(&format!("{task}-{number}@x")).await?);
                }
                let mut present = BTreeSet::new();
                let mut times = Vec::new();
                for change in 0..changes {
                    // Present, absent, again: adding who is there and removing who is not come up, too.
                    let person = &people[change * 7 % people.len()];
                    let joins = (change * 5 + task) % 3 != 0;
                    let body = if joins { joining(person) } else { leaving(person) };
                    let started = Instant::now();
                    client.must("PATCH", &group, Some(&body)).await?.expect(&[200, 204])?;
                    times.push(started.elapsed());
                    if joins {
                        present.insert(person.clone())
                    } else {
                        present.remove(person)
                    };
                }
                Ok::<_, String>((present, times))
            })
        })
        .collect();
    let started = Instant::now();
    let (mut expected, mut times) = (BTreeSet::new(), Vec::new());
    for task in tasks {
        let (present, own) = task.await.expect("no panic")?;
        expected.extend(present);
        times.extend(own);
    }
    let seconds = started.elapsed().as_secs_f64();
    let body = servers[1].client().get(&format!("/Groups/{group}")).await?.expect(&[200])?.body;
    let members = body["members"].as_array().into_iter().flatten();
    let found: BTreeSet<String> = members.filter_map(|member| member["value"].as_str().map(ToOwned::to_owned)).collect();
    if found != expected {
        return Err(format!("{} members instead of {}", found.len(), expected.len()));
    }
    times.sort_unstable();
    let (median, slow) = (times[times.len() / 2], times[times.len() * 99 / 100]);
    let figures = format!(
        "{} changes from {CONNECTIONS} connections on two instances, {} members as in the model, {:.0}/s, median {} ms, p99 {} ms",
        times.len(),
        found.len(),
        times.len() as f64 / seconds,
        median.as_millis(),
        slow.as_millis()
    );
    // The figure is held at full size, on a machine that does nothing else.
    if size.full && slow > SLOWEST { Err(format!("p99 above {} ms: {figures}", SLOWEST.as_millis())) } else { Ok(figures) }
}

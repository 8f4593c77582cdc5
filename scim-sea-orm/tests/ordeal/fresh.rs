//! T27: what one instance wrote the other reads, filters and changes at once.

use crate::client::{marking, user};
use crate::database::Database;
use crate::server::Server;
use crate::{Outcome, Size};

const TASKS: usize = 8;

pub(crate) async fn run(database: &Database, size: Size) -> Outcome {
    let rounds = size.of(200, 10_000) / TASKS;
    let servers = [Server::start(&database.url).await?, Server::start(&database.url).await?];
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let (writer, reader) = (servers[task % 2].client(), servers[(task + 1) % 2].client());
            tokio::spawn(async move {
                for round in 0..rounds {
                    let name = format!("{task}-{round}@x");
                    let body = user(&name, &name);
                    let created = writer.must("POST", "/Users", Some(&body)).await?.expect(&[201])?;
                    let path = format!("/Users/{}", created.id());
                    let read = reader.get(&path).await?.expect(&[200])?;
                    if (read.etag.as_str(), &read.body["title"]) != (created.etag.as_str(), &body["title"]) {
                        return Err(format!("{name} is read as {}", read.body));
                    }
                    if reader.count("/Users", &format!("userName eq \"{name}\"")).await? != 1 {
                        return Err(format!("{name} is not found by its name"));
                    }
                    let mark = format!("mark {task}-{round}");
                    let patched = reader.send("PATCH", &path, Some(&created.etag), Some(&marking(&mark))).await;
                    let patched = patched.ok_or("a PATCH is not answered")?.expect(&[200])?;
                    if writer.count("/Users", &format!("displayName eq \"{mark}\" and title eq \"{mark}\"")).await? != 1 {
                        return Err(format!("{mark} is not found by the other"));
                    }
                    let again = writer.get(&path).await?.expect(&[200])?;
                    if again.etag != patched.etag {
                        return Err(format!("{} is read as {}", patched.etag, again.etag));
                    }
                }
                Ok(())
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic")?;
    }
    Ok(format!("{} writes, each read, filtered and patched on the other instance at once, none stale", rounds * TASKS))
}

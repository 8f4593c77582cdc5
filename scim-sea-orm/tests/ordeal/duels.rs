//! T16: of two writes at one version one wins; a write without effect leaves the version.

use crate::client::marking;
use crate::database::Database;
use crate::server::Server;
use crate::{Outcome, Size};

pub(crate) async fn run(database: &Database, size: Size) -> Outcome {
    let rounds = size.of(50, 1_000);
    let servers = [Server::start(&database.url).await?, Server::start(&database.url).await?];
    let clients = [servers[0].client(), servers[1].client()];
    let path = format!("/Users/{}", clients[0].new_user("duel@x").await?);
    for round in 0..rounds {
        let tag = clients[round % 2].get(&path).await?.expect(&[200])?.etag;
        let duel: Vec<_> = (0..2)
            .map(|side| {
                let (client, path, tag) = (clients[side].clone(), path.clone(), tag.clone());
                let body = marking(&format!("{round} {side}"));
                tokio::spawn(async move { client.send("PATCH", &path, Some(&tag), Some(&body)).await })
            })
            .collect();
        let mut statuses = Vec::new();
        for side in duel {
            statuses.push(side.await.expect("no panic").ok_or("a duel is not answered")?.status);
        }
        statuses.sort_unstable();
        if statuses != [200, 412] {
            return Err(format!("round {round}: {statuses:?}"));
        }
    }
    let before = clients[0].get(&path).await?.expect(&[200])?;
    let mark = before.body["title"].as_str().unwrap_or_default().to_owned();
    let same = clients[1].must("PATCH", &path, Some(&marking(&mark))).await?.expect(&[200])?;
    if same.etag != before.etag || before.etag != format!("W/\"{}\"", rounds + 1) {
        return Err(format!("after {rounds} duels the version is {}, after a write without effect {}", before.etag, same.etag));
    }
    Ok(format!("{rounds} duels on two instances, one 200 and one 412 in each, the last version {}", before.etag))
}

//! T14: of equal creates one wins.

use crate::client::user;
use crate::database::Database;
use crate::server::Server;
use crate::{Outcome, Size};

const AT_ONCE: usize = 16;

pub(crate) async fn run(database: &Database, size: Size) -> Outcome {
    let rounds = size.of(25, 1_000);
    let servers = [Server::start(&database.url).await?, Server::start(&database.url).await?];
    let clients = [servers[0].client(), servers[1].client()];
    for round in 0..rounds {
        // The same name in four spellings: case, composed and decomposed, full width.
        let names = [format!("josé{round}@x"), format!("JOSÉ{round}@X"), format!("jose\u{301}{round}@x"), format!("ｊosé{round}@x")];
        let tasks: Vec<_> = (0..AT_ONCE)
            .map(|task| {
                let (client, body) = (clients[task % 2].clone(), user(&names[task / 2 % names.len()], "x"));
                tokio::spawn(async move { client.must("POST", "/Users", Some(&body)).await })
            })
            .collect();
        let mut created = 0;
        for task in tasks {
            let answer = task.await.expect("no panic")?.expect(&[201, 409])?;
            created += usize::from(answer.status == 201);
            if answer.status == 409 && answer.body["scimType"] != "uniqueness" {
                return Err(format!("round {round}: {}", answer.body));
            }
        }
        if created != 1 {
            return Err(format!("round {round}: {created} of {AT_ONCE} equal creates won"));
        }
    }
    let total = clients[1].get("/Users?count=0").await?.total();
    if total != rounds as u64 {
        return Err(format!("{total} users after {rounds} rounds"));
    }
    Ok(format!("{rounds} rounds of {AT_ONCE} equal creates on two instances, one 201 and fifteen 409 in each, {total} users"))
}

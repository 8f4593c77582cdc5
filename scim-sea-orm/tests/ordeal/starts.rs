//! T27: four servers start at once, on empty databases and on old ones, also where a migration was cut off.

use scim_sea_orm::Migrator;
use sea_orm_migration::MigratorTrait;

use crate::database::{Database, connect, run as sql};
use crate::server::Server;
use crate::{Outcome, Size};

const AT_ONCE: usize = 4;

pub(crate) async fn run(database: &Database, size: Size) -> Outcome {
    let starts = size.of(4, 50);
    let steps = u32::try_from(Migrator::migrations().len()).expect("a few steps");
    let (mut empty, mut old, mut cut_off) = (0, 0, 0);
    for round in 0..starts {
        let fresh = Database::new(database.engine).await.ok_or("the engine is gone")?;
        match round % 3 {
            0 => empty += 1,
            kind => {
                let connection = connect(&fresh).await;
                let done = u32::try_from(round).expect("small") % steps + 1;
                Migrator::up(&connection, Some(done)).await.map_err(|error| error.to_string())?;
                if kind == 1 {
                    old += 1;
                } else {
                    // The statement ran, but the server was killed before it noted so.
                    let last = Migrator::migrations()[done as usize - 1].name().to_owned();
                    sql(&connection, &format!("DELETE FROM scim_migration WHERE version = '{last}'")).await;
                    cut_off += 1;
                }
            }
        }
        let starting = (0..AT_ONCE).map(|_| {
            let url = fresh.url.clone();
            tokio::spawn(async move { Server::start(&url).await })
        });
        let mut servers = Vec::new();
        for server in starting.collect::<Vec<_>>() {
            servers.push(server.await.expect("no panic").map_err(|error| format!("start {round}: {error}"))?);
        }
        for (number, server) in servers.iter().enumerate() {
            server.client().new_user(&format!("{number}@x")).await.map_err(|error| format!("start {round}: {error}"))?;
        }
        let total = servers[0].client().get("/Users?count=0").await?.total();
        if total != AT_ONCE as u64 {
            return Err(format!("start {round}: {total} users"));
        }
        for server in servers {
            server.end().await;
        }
    }
    Ok(format!("{starts} times {AT_ONCE} servers at once: {empty} on empty databases, {old} on old ones, {cut_off} on cut-off migrations"))
}

//! T25: what was acknowledged survives `kill -9`, of the server and of the database, and nothing is torn.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use scim_sea_orm::{Options, SqlStores};
use scim_server::Registry;

use crate::database::Database;
use crate::load::Worker;
use crate::server::Server;
use crate::{Outcome, Size};

mod postgres;

const WORKERS: usize = 8;

/// How soon the service is back after its database, without a restart.
const BACK: Duration = Duration::from_secs(5);

/// Kills the server again and again in the midst of its work.
pub(crate) async fn of_the_server(database: &Database, size: Size) -> Outcome {
    let kills = size.of(5, 200);
    let mut server = Server::start(&database.url).await?;
    let group = server.client().new_group("all").await?;
    let mut workers: Vec<Worker> = (0..WORKERS).map(|number| Worker::new(number, &group)).collect();
    for kill in 0..kills {
        let seen: Vec<usize> = workers.iter().map(|worker| worker.people.len().saturating_sub(5)).collect();
        let running = start(&server, workers);
        // Each time somewhere else.
        tokio::time::sleep(Duration::from_millis(40 + (kill as u64 * 37) % 160)).await;
        server.kill().await;
        workers = end(running).await.map_err(|error| format!("kill {kill}: {error}"))?;
        server = Server::start(&database.url).await?;
        verify(&server, &mut workers, &seen).await.map_err(|error| format!("kill {kill}: {error}"))?;
    }
    let acknowledged: usize = workers.iter().map(|worker| worker.acknowledged).sum();
    verify(&server, &mut workers, &[0; WORKERS]).await?;
    whole(&database.url).await?;
    let people: usize = workers.iter().map(|worker| worker.people.len()).sum();
    Ok(format!("{kills} kills of the server, {acknowledged} acknowledged changes of {people} users: none lost, none torn"))
}

/// Kills every process of PostgreSQL while the server goes on.
pub(crate) async fn of_the_database(size: Size) -> Outcome {
    let kills = size.of(3, 50);
    let mut postgres = postgres::Postgres::start().await?;
    let server = Server::start(&postgres.url()).await?;
    let group = server.client().new_group("all").await?;
    let mut workers: Vec<Worker> = (0..WORKERS).map(|number| Worker::new(number, &group)).collect();
    let mut slowest = Duration::ZERO;
    for kill in 0..kills {
        let seen: Vec<usize> = workers.iter().map(|worker| worker.people.len().saturating_sub(5)).collect();
        let running = start(&server, workers);
        tokio::time::sleep(Duration::from_millis(60 + (kill as u64 * 37) % 160)).await;
        postgres.kill().await;
        postgres.start_again().await?;
        let back = Instant::now();
        workers = end(running).await.map_err(|error| format!("kill {kill}: {error}"))?;
        // The server is the same process: it finds its database again by itself.
        while server.client().get("/Users?count=0").await?.status != 200 {
            if back.elapsed() > BACK {
                return Err(format!("kill {kill}: the service is not back {} s after its database", BACK.as_secs()));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        slowest = slowest.max(back.elapsed());
        verify(&server, &mut workers, &seen).await.map_err(|error| format!("kill {kill}: {error}"))?;
    }
    let acknowledged: usize = workers.iter().map(|worker| worker.acknowledged).sum();
    verify(&server, &mut workers, &[0; WORKERS]).await?;
    whole(&postgres.url()).await?;
    Ok(format!(
        "{kills} kills of every PostgreSQL process, {acknowledged} acknowledged changes: none lost, none torn; service back after at most {} ms",
        slowest.as_millis()
    ))
}

/// Index, links and tally are those of the documents.
async fn whole(url: &str) -> Result<(), String> {
    let opened = SqlStores::connect(&Options::new(url), Arc::new(Registry::rfc7643())).await;
    let findings = opened.map_err(|error| error.to_string())?.check(&|_| {}).await.map_err(|error| error.to_string())?;
    if findings.fault_count == 0 && findings.unknown == 0 {
        Ok(())
    } else {
        Err(format!("the index does not fit the documents: {findings:?}"))
    }
}

type Running = (Arc<AtomicBool>, Vec<tokio::task::JoinHandle<Result<Worker, String>>>);

fn start(server: &Server, workers: Vec<Worker>) -> Running {
    let stop = Arc::new(AtomicBool::new(false));
    let tasks = workers.into_iter().map(|mut worker| {
        let (client, stop) = (server.client(), stop.clone());
        tokio::spawn(async move { worker.work(&client, &stop).await.map(|()| worker) })
    });
    let tasks = tasks.collect();
    (stop, tasks)
}

async fn end((stop, tasks): Running) -> Result<Vec<Worker>, String> {
    stop.store(true, Ordering::Relaxed);
    let mut workers = Vec::new();
    for task in tasks {
        workers.push(task.await.expect("no panic")?);
    }
    Ok(workers)
}

async fn verify(server: &Server, workers: &mut [Worker], from: &[usize]) -> Result<(), String> {
    let client = server.client();
    for (worker, from) in workers.iter_mut().zip(from) {
        worker.verify(&client, *from).await?;
    }
    Ok(())
}

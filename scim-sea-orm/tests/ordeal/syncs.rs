//! T25: an acknowledgement waits for the disk, and several waiting writes share one wait.

use std::process::Stdio;

use crate::client::user;
use crate::database::Database;
use crate::server::Server;
use crate::{Outcome, Size};

const CONNECTIONS: usize = 32;

pub(crate) async fn run(database: &Database, size: Size) -> Outcome {
    let creates = size.of(640, 6_400) / CONNECTIONS;
    let available = tokio::process::Command::new("strace").arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status().await;
    if !available.is_ok_and(|status| status.success()) {
        return Err("strace is missing: install the package `strace`".into());
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let report = folder.path().join("calls");
    let report = report.to_str().ok_or("the temporary folder has no name in UTF-8")?;
    // The tables are there before anything is counted.
    Server::start(&database.url).await?.end().await;
    let server = Server::start_with(&database.url, &["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", report], &[]).await?;
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|task| {
            let client = server.client();
            tokio::spawn(async move {
                for number in 0..creates {
                    let name = format!("{task}-{number}@x");
                    client.must("POST", "/Users", Some(&user(&name, &name))).await?.expect(&[201])?;
                }
                Ok::<_, String>(())
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic")?;
    }
    server.end().await;
    let calls = std::fs::read_to_string(report).map_err(|error| error.to_string())?;
    let syncs = calls.lines().filter(|line| line.contains("sync(") && !line.contains("resumed")).count();
    let total = creates * CONNECTIONS;
    let figures = format!(
        "{total} creates from {CONNECTIONS} connections, {syncs} disk synchronisations, {:.1} creates each",
        total as f64 / syncs as f64
    );
    // No group is longer than 64, so fewer would mean that a group was acknowledged before it was on the disk.
    if syncs * 64 < total || syncs * 8 > total { Err(figures) } else { Ok(figures) }
}

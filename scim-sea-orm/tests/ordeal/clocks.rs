//! T33: clocks that disagree by twenty minutes and step back.

use crate::client::marking;
use crate::database::Database;
use crate::server::Server;
use crate::{Outcome, Size};

/// Debian's package `faketime` has it.
const LIBRARY: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

pub(crate) async fn run(database: &Database, size: Size) -> Outcome {
    let rounds = size.of(4, 25);
    let (ahead, behind) = (start(database, "+10m").await?, start(database, "-10m").await?);
    let path = format!("/Users/{}", ahead.client().new_user("clock@x").await?);
    let mut last = ahead.client().get(&path).await?.expect(&[200])?.body["meta"]["lastModified"].to_string();
    let created = ahead.client().get(&path).await?.body["meta"]["created"].clone();
    let mut writes = 0;
    let mut offsets = vec![ahead, behind];
    for round in 0..rounds {
        // A third instance whose clock was set back between two writes.
        offsets.push(start(database, if round % 2 == 0 { "-1h" } else { "+1m" }).await?);
        for server in &offsets {
            let client = server.client();
            let before = client.get(&path).await?.expect(&[200])?;
            let mark = format!("{round} {writes}");
            let after = client.send("PATCH", &path, Some(&before.etag), Some(&marking(&mark))).await.ok_or("no answer")?.expect(&[200])?;
            writes += 1;
            if after.etag != format!("W/\"{}\"", writes + 1) {
                return Err(format!("write {writes} has the version {}", after.etag));
            }
            let modified = after.body["meta"]["lastModified"].to_string();
            if modified < last {
                return Err(format!("lastModified went back from {last} to {modified}"));
            }
            if after.body["meta"]["created"] != created {
                return Err(format!("created moved to {}", after.body["meta"]["created"]));
            }
            last = modified;
            // The order of creation is not that of the clocks.
            client.new_user(&format!("{writes}@x")).await?;
        }
        if let Some(server) = offsets.pop() {
            server.end().await;
        }
    }
    let page = offsets[0].client().get("/Users?startIndex=1&count=1000").await?.expect(&[200])?;
    let found = page.body["Resources"].as_array().map_or(0, Vec::len);
    if found != writes + 1 || page.total() != found as u64 {
        return Err(format!("{found} users are listed, {} counted", page.total()));
    }
    Ok(format!(
        "{writes} writes on instances whose clocks stand ten minutes ahead, behind, an hour back: no time went back, no version skipped"
    ))
}

async fn start(database: &Database, offset: &str) -> Result<Server, String> {
    if !std::path::Path::new(LIBRARY).exists() {
        return Err(format!("{LIBRARY} is missing: install the package `faketime`"));
    }
    let environment = [("LD_PRELOAD", LIBRARY), ("FAKETIME", offset), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")];
    Server::start_with(&database.url, &[], &environment).await
}

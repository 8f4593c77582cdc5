//! T29: a client that asks for ten times what it may have gets what it may have, and others notice nothing.

use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval};

use crate::client::{Client, OTHER_TOKEN, TOKEN};
use crate::database::Database;
use crate::server::Server;
use crate::{Outcome, Size};

/// Requests a second that one token may have, by default.
const PERMITTED: u32 = 100;
/// What a provider needs at least.
const MODEST: u32 = 25;

pub(crate) async fn run(database: &Database, size: Size) -> Outcome {
    let seconds = size.of(2, 30);
    let server = Server::start_limited(&database.url).await?;
    let (greedy, modest) = (server.client_of(TOKEN, [127, 0, 0, 1]), server.client_of(OTHER_TOKEN, [127, 0, 0, 2]));
    for client in [&greedy, &modest] {
        client.new_user("somebody@x").await?;
    }
    let peak = ask(&greedy, PERMITTED, seconds).await?.served;
    // Meanwhile the greedy one may again have at once what it may have in a second.
    let alone = ask(&modest, MODEST, seconds).await?;
    let (flood, beside) = tokio::try_join!(ask(&greedy, PERMITTED * 10, seconds), ask(&modest, MODEST, seconds))?;
    server.end().await;
    let share = flood.served as f64 / peak as f64;
    let figures = format!(
        "ten times the permitted rate for {seconds} s: {} served, {} told to wait, {:.0} % of the peak; beside it {} requests of another tenant, {} not served, p99 {:.1} ms after {:.1} ms alone",
        flood.served,
        flood.told_to_wait,
        share * 100.0,
        beside.served,
        beside.told_to_wait,
        beside.p99() * 1000.0,
        alone.p99() * 1000.0,
    );
    let fair = flood.told_to_wait > 0 && share >= 0.8 && alone.told_to_wait + beside.told_to_wait == 0;
    // Times are held at full size, on a machine that does nothing else.
    let prompt = !size.full || beside.p99() <= 2.0 * alone.p99();
    if fair && prompt { Ok(figures) } else { Err(figures) }
}

/// What came of the requests.
#[derive(Default)]
struct Tally {
    served: usize,
    told_to_wait: usize,
    times: Vec<f64>,
}

impl Tally {
    fn p99(&self) -> f64 {
        let mut times = self.times.clone();
        times.sort_by(f64::total_cmp);
        times.get(times.len() * 99 / 100).copied().unwrap_or_default()
    }
}

/// Asks at that rate, whether it is answered or not. Anything but an answer or 429 is a failure.
async fn ask(client: &Client, rate: u32, seconds: usize) -> Result<Tally, String> {
    let mut ticks = interval(Duration::from_secs(1) / rate);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut asked = Vec::new();
    for _ in 0..rate as usize * seconds {
        ticks.tick().await;
        let client = client.clone();
        asked.push(tokio::spawn(async move {
            let begun = Instant::now();
            let answer = client.get("/Users?filter=userName%20eq%20%22somebody@x%22").await?.expect(&[200, 429])?;
            Ok::<_, String>((answer.status, begun.elapsed().as_secs_f64()))
        }));
    }
    let mut tally = Tally::default();
    for answer in asked {
        let (status, took) = answer.await.expect("no panic")?;
        if status == 200 {
            tally.served += 1;
            tally.times.push(took);
        } else {
            tally.told_to_wait += 1;
        }
    }
    Ok(tally)
}

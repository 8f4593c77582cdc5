//! T19: two spellings of one name get the same verdict in memory and in the database.

use std::sync::Arc;

use scim_sea_orm::SqlStores;
use scim_server::{MemoryStores, Registry};
use tokio::task::JoinSet;

use super::{open, post, serve, serve_on, user};
use crate::support::{Database, on_each_engine};

on_each_engine!(two_spellings_get_the_same_verdict_in_memory_and_in_the_database);

/// Pairs of names: what is done to the second one, over many first ones.
fn pairs() -> Vec<(String, String)> {
    let stems = [
        "jose",
        "josé",
        "JOSÉ",
        "straße",
        "ISTANBUL",
        "ıstanbul",
        "Σίσυφος",
        "ǆ",
        "ŉ",
        "ﬁsh",
        "ﬀ",
        "Å",
        "한글",
        "ｗｉｄｅ",
        "o'neil",
        "a+b",
        "Ⅷ",
        "ℌ",
    ];
    let changes: [fn(&str) -> String; 14] = [
        str::to_owned,
        str::to_uppercase,
        str::to_lowercase,
        |name| name.chars().flat_map(|c| if c == 'é' { vec!['e', '\u{301}'] } else { vec![c] }).collect(),
        |name| name.replace("e\u{301}", "é"),
        |name| name.chars().map(|c| if c.is_ascii_graphic() { char::from_u32(c as u32 + 0xfee0).unwrap_or(c) } else { c }).collect(),
        |name| name.replace('ß', "ss"),
        |name| name.replace('ß', "ẞ"),
        |name| name.replace('i', "ı"),
        |name| name.replace('I', "İ"),
        |name| format!("{name} "),
        |name| format!("{name}\u{200b}"),
        |name| format!("\u{feff}{name}"),
        |name| format!("{name}\u{301}"),
    ];
    let mut pairs = Vec::new();
    for (number, stem) in stems.iter().cycle().take(144).enumerate() {
        for change in changes {
            let first = format!("{stem}{number}");
            let second = change(&first);
            pairs.push((first, second));
        }
    }
    pairs
}

async fn two_spellings_get_the_same_verdict_in_memory_and_in_the_database(database: Database) {
    let stores = open(&database).await;
    let pairs = pairs();
    assert!(pairs.len() >= 2_000, "{}", pairs.len());
    let mut tasks = JoinSet::new();
    for (task, pairs) in pairs.chunks(pairs.len().div_ceil(8)).enumerate() {
        tasks.spawn(compare(task, pairs.to_vec(), stores.clone()));
    }
    let statuses: Vec<u16> = tasks.join_all().await.into_iter().flatten().collect();
    let [alike, refused] = [409, 400].map(|status| statuses.iter().filter(|one| **one == status).count());
    // Both verdicts occur often, or the pairs would prove nothing.
    assert!(alike > 500 && refused > 200 && pairs.len() - alike - refused > 200, "{alike} alike, {refused} refused of {}", pairs.len());
}

/// How the second name of each pair is answered, which is the same in memory and in the database.
async fn compare(task: usize, pairs: Vec<(String, String)>, stores: SqlStores) -> Vec<u16> {
    let mut statuses = Vec::new();
    for (number, (first, second)) in pairs.into_iter().enumerate() {
        let tenant = format!("{task} {number}");
        let mut verdicts = Vec::new();
        let memory = serve_on(Arc::new(Registry::rfc7643()), MemoryStores::new(), &tenant);
        for server in [memory, serve(&stores, &tenant)] {
            let (one, two) = (post(&server, "/Users", &user(&first)).await, post(&server, "/Users", &user(&second)).await);
            verdicts.push((one.status, one.body["userName"].clone(), two.status, two.body["scimType"].clone()));
        }
        assert_eq!(verdicts[0], verdicts[1], "{first:?} and {second:?}");
        assert_eq!(verdicts[0].1, first.as_str(), "the spelling that was sent comes back");
        statuses.push(verdicts[0].2);
    }
    statuses
}

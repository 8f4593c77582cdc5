//! T19: two spellings of one name get the same verdict in memory and in the database.

use std::sync::Arc;

use scim_server::{MemoryStores, Registry};

use super::{Database, post, serve, user};

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

#[tokio::test(flavor = "multi_thread")]
async fn two_spellings_get_the_same_verdict_in_memory_and_in_the_database() {
    let database = Database::new();
    let stores = database.open().await;
    let pairs = pairs();
    assert!(pairs.len() >= 2_000, "{}", pairs.len());
    let (mut alike, mut refused) = (0, 0);
    for (number, (first, second)) in pairs.iter().enumerate() {
        let tenant = format!("pair {number}");
        let mut verdicts = Vec::new();
        let memory = serve(Arc::new(Registry::rfc7643()), MemoryStores::new(), &tenant);
        for server in [memory, database.serve(&stores, &tenant)] {
            let (one, two) = (post(&server, "/Users", &user(first)).await, post(&server, "/Users", &user(second)).await);
            verdicts.push((one.status, one.body["userName"].clone(), two.status, two.body["scimType"].clone()));
        }
        assert_eq!(verdicts[0], verdicts[1], "{first:?} and {second:?}");
        assert_eq!(verdicts[0].1, first.as_str(), "the spelling that was sent comes back");
        alike += usize::from(verdicts[0].2 == 409);
        refused += usize::from(verdicts[0].2 == 400);
    }
    // Both verdicts occur often, or the pairs would prove nothing.
    assert!(alike > 500 && refused > 200 && pairs.len() - alike - refused > 200, "{alike} alike, {refused} refused of {}", pairs.len());
}

//! Filters of many terms (T12): an engine must not think longer about the order in which it looks than it then looks.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Database, on_each_engine};
use crate::{open, post, serve, user};

on_each_engine!(a_filter_of_hundreds_of_terms_is_answered_at_once);

const TERMS: usize = 400;

async fn a_filter_of_hundreds_of_terms_is_answered_at_once(database: Database) {
    let server = serve(&open(&database).await, "acme");
    for name in ["found", "other"] {
        let mut user = user(name);
        user["displayName"] = json!(name);
        assert_eq!(post(&server, "/Users", &user).await.status, 201);
    }
    let terms = |term: &dyn Fn(usize) -> String, between: &str| (0..TERMS).map(term).collect::<Vec<_>>().join(between);
    let is = |_| r#"displayName eq "found""#.to_owned();
    let is_not = |number| format!("displayName ne \"o{number}\"");
    let filters = [
        terms(&is, " and "),
        terms(&is, " or "),
        // In brackets, four and four.
        terms(
            &|number| format!("{}{}{}", if number % 4 == 0 { "(" } else { "" }, is(number), if number % 4 == 3 { ")" } else { "" }),
            " and ",
        ),
        format!("displayName sw \"f\" and {}", terms(&is_not, " and ")),
        format!("not ({} or displayName eq \"other\")", terms(&|number| format!("displayName eq \"o{number}\""), " or ")),
    ];
    for filter in filters {
        let started = Instant::now();
        let answer = post(&server, "/Users/.search", &json!({ "filter": filter })).await;
        let start: String = filter.chars().take(80).collect();
        assert_eq!((answer.status, &answer.body["totalResults"]), (200, &json!(1)), "{start}…: {}", answer.body);
        assert_eq!(answer.body["Resources"][0]["userName"], "found", "{start}…");
        assert!(started.elapsed() < Duration::from_secs(5), "{start}… took {:?}", started.elapsed());
    }
}

//! The choice between cursors and indexes, and cursors with sorting and `.search`.

use serde_json::json;

use super::{five, ids, once_each, page, walk};
use crate::check::{Check, Judged, Need, Outcome, must, records, should};
use crate::checks::population::one_of_each;
use crate::session::Session;

pub(super) fn checks() -> Vec<Check> {
    vec![
        should("9865-2.2-sorted", "If sorting is implemented as described Section 3.4.2.3 of [RFC7644], then cursor-paged results should be sorted")
            .rows(&["9865-2.2-01"])
            .needs(&[Need::Cursor, Need::Filter, Need::Sort])
            .why("a client that shows pages of names shows them in disorder")
            .talk(sorted),
        records("9865-2.3-default", "should use index as the default pagination method to avoid incompatibility with clients that expect index-based pagination")
            .rows(&["9865-2.3-01", "9865-2.4-02"])
            .needs(&[Need::Cursor])
            .talk(default_noted),
        must(
            "9865-2.4-default-method",
            "service providers supporting both pagination methods MUST choose a default pagination method to use when responding to requests that have not specified a pagination query parameter",
        )
        .rows(&["9865-2.4-01"])
        .needs(&[Need::Cursor, Need::IndexPaging])
        .why("a client that knows one method only cannot get at the second page")
        .talk(default_method),
        must("9865-2.4-chosen-method", "clients can use the 'startIndex' or 'cursor' query parameters to request a specific method")
            .rows(&["9865-2.4-03"])
            .needs(&[Need::Cursor, Need::Filter, Need::IndexPaging])
            .why("a client that pages by index gets a cursor, or the other way round")
            .talk(chosen_method),
        must("9865-3-search", "When posting to /.search, the client would pass the parameters defined in Section 2 in the body of the POST request")
            .rows(&["9865-3-01"])
            .why("a client whose filter is too long or too secret for a URL gets the first page only")
            .talk(search),
    ]
}

async fn sorted(s: Session) -> Outcome {
    let people = five(&s).await?;
    let pages = walk(&s, &people, &[("count", "3"), ("sortBy", &people.text.path()), ("sortOrder", "ascending")]).await?;
    let wanted: Vec<&str> = [1, 3, 0, 4, 2].iter().map(|place| people.made[*place].id.as_str()).collect();
    let found = ids(&pages);
    s.expect(found == wanted, format!("in this order: {wanted:?}"), format!("{found:?}"))
}

async fn default_noted(s: Session) -> Outcome {
    let config = s.get("/ServiceProviderConfig").await.or_blocked()?;
    let kind = s.any_type()?;
    let answer = s.get(&kind.endpoint).await.or_blocked()?;
    let leads_on = answer.at("/nextCursor").is_string();
    s.note(format!(
        "defaultPaginationMethod is {}; a query without parameters is answered with {}",
        config.at("/pagination/defaultPaginationMethod"),
        if leads_on { "nextCursor" } else { "no nextCursor" }
    ));
    Ok(())
}

async fn default_method(s: Session) -> Outcome {
    let config = s.get("/ServiceProviderConfig").await.or_blocked()?;
    for resource in one_of_each(&s).await? {
        let answer = s.get(&resource.kind.endpoint).await?;
        if answer.status == 400 && answer.at("/scimType") == "tooMany" {
            continue;
        }
        answer.expect_status(&[200]).or_blocked()?;
        let shown = answer.at("/Resources").as_array().map_or(0, Vec::len) as u64;
        let is_partial = answer.at("/totalResults").as_u64().is_some_and(|total| total > shown);
        match config.at("/pagination/defaultPaginationMethod").as_str() {
            Some("index") => {
                answer.expect_absent("/nextCursor")?;
            }
            Some("cursor") if is_partial => {
                answer.expect_present("/nextCursor")?;
            }
            // Without a word on it, one of the two has to lead on.
            _ if is_partial => {
                let leads_on = answer.at("/nextCursor").is_string() || answer.at("/startIndex").is_number();
                answer.expect(leads_on, "startIndex or nextCursor with a part of the results", "neither")?;
            }
            _ => {}
        }
    }
    Ok(())
}

async fn chosen_method(s: Session) -> Outcome {
    let people = five(&s).await?;
    let filter = people.with_names("$text sw \"$mark-\"");
    let parameters = [("filter", filter.as_str()), ("startIndex", "1"), ("count", "3")];
    let by_index = s.query(&people.kind.endpoint, &parameters).await?;
    by_index.expect_status(&[200])?.expect_absent("/nextCursor")?.expect_value("/startIndex", 1)?;
    page(&s, &people, "", &[("count", "3")]).await?.expect_status(&[200])?.expect_present("/nextCursor")?;
    Ok(())
}

async fn search(s: Session) -> Outcome {
    let people = five(&s).await?;
    let mut message = json!({ "filter": people.with_names("$text sw \"$mark-\""), "count": 3, "cursor": "" });
    let mut pages = Vec::new();
    for _ in 0..people.made.len() + 2 {
        let answer = s.search(&people.kind.endpoint, message.clone()).await?;
        if pages.is_empty() {
            answer.expect(!matches!(answer.status, 404 | 405 | 501), "an answer of `.search`", "none").or_blocked()?;
            answer.expect_present("/nextCursor")?;
        }
        answer.expect_status(&[200])?;
        let led_on = answer.at("/nextCursor").clone();
        pages.push(answer);
        if !led_on.is_string() {
            break;
        }
        message["cursor"] = led_on;
    }
    once_each(&s, &people, &pages)
}

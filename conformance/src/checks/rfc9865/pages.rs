//! Pages, their cursors, and cursors that are none.

use serde_json::json;

use super::{five, ids, next, once_each, page, walk};
use crate::check::{Check, Judged, Need, Outcome, Stop, may, must, records, should};
use crate::checks::population::one_of_each;
use crate::session::{Kind, Session};

pub(super) fn checks() -> Vec<Check> {
    [pages(), errors()].concat()
}

fn pages() -> Vec<Check> {
    vec![
        must("9865-2-first-request", "The cursor value MUST be empty or omitted for the first request of a cursor-paginated query")
            .rows(&["9865-2-01"])
            .why("a client that begins as the RFC's example does gets no cursor to go on with")
            .talk(first_request),
        must(
            "9865-2-walk",
            "nextCursor … A cursor value string that MAY be used in a subsequent request to obtain the next page of results",
        )
        .rows(&["9865-2-02"])
        .why("a client that reads everything misses some, and removes what it does not find")
        .talk(async |s: Session| {
            let people = five(&s).await?;
            let pages = walk(&s, &people, &[("count", "2")]).await?;
            once_each(&s, &people, &pages)
        }),
        must(
            "9865-2-unreserved",
            "This value may only contain characters from the unreserved characters set defined in section 2.3 of [RFC3986]",
        )
        .rows(&["9865-2-03", "9865-2-12"])
        .why("a client that puts the cursor into a URL as it came asks for another page, or for none")
        .talk(unreserved),
        must("9865-2-negative-count", "A negative value SHALL be interpreted as \"0\"")
            .rows(&["9865-2-04"])
            .why("a client is refused, or gets everything")
            .talk(async |s: Session| no_resources(&s, "-1").await),
        must("9865-2-count-zero", "A value of \"0\" indicates that no resource results are to be returned except for \"totalResults\"")
            .rows(&["9865-2-05"])
            .why("a client that only wants to know how many there are gets all of them")
            .talk(async |s: Session| no_resources(&s, "0").await),
        must("9865-2-count", "the service provider MUST NOT return more although it MAY return fewer results")
            .rows(&["9865-2-06"])
            .needs(&[Need::Cursor])
            .why("a client with room for a page is overwhelmed")
            .talk(count),
        must("9865-2-without-count", "If unspecified, the maximum number of returned is set by the service provider")
            .rows(&["9865-2-07"])
            .why("a client relies on the maximum that the server has promised")
            .talk(without_count),
        must("9865-2-next-cursor", "MUST include nextCursor in all paged query responses except when returning the last page")
            .rows(&["9865-2-08"])
            .why("a client without a cursor takes the first page for all there is")
            .talk(async |s: Session| {
                let people = five(&s).await?;
                let answer = page(&s, &people, "", &[("count", "1")]).await?;
                answer.expect_kind("/nextCursor", Kind::String)?;
                Ok(())
            }),
        must("9865-2-last-page", "nextCursor MUST be omitted from a response only to indicate that there are no more result pages")
            .rows(&["9865-2-09"])
            .why("a client asks for pages without end")
            .talk(last_page),
        may("9865-2-previous-cursor", "previousCursor … to obtain the previous page of results. Returning previousCursor is OPTIONAL")
            .rows(&["9865-2-10"])
            .why("a client that goes back comes to another page")
            .talk(previous_cursor),
        must("9865-2-no-previous-cursor", "previousCursor MUST NOT be returned with the first page")
            .rows(&["9865-2-11"])
            .why("a client that goes back to the beginning never gets there")
            .talk(async |s: Session| {
                let people = five(&s).await?;
                page(&s, &people, "", &[("count", "2")]).await?.expect_absent("/previousCursor")?;
                Ok(())
            }),
        should(
            "9865-2-total-results",
            "service providers should return an accurate value for totalResults which is the total number of resources for all pages",
        )
        .rows(&["9865-2-15", "9865-2-16"])
        .why("a client compares what it has read with it, and begins again")
        .talk(total_results),
    ]
}

fn errors() -> Vec<Check> {
    vec![
        should(
            "9865-2.1-invalid-parameters",
            "If a service provider encounters invalid pagination query parameters …, the service provider SHOULD return the appropriate HTTP response status code and detailed JSON error response",
        )
        .rows(&["9865-2.1-01"])
        .why("a client with a cursor that is no good does not learn that it has to begin again")
        .talk(async |s: Session| {
            let people = five(&s).await?;
            let answer = page(&s, &people, "conformance-no-cursor", &[("count", "2")]).await?;
            answer.expect_status(&[400])?.expect_json()?;
            Ok(())
        }),
        must("9865-2.1-invalid-cursor", "invalidCursor … Cursor value is invalid")
            .rows(&["9865-2.1-02"])
            .why("a client with a cursor that is no good does not learn that it has to begin again")
            .talk(async |s: Session| {
                let people = five(&s).await?;
                page(&s, &people, "conformance.unknown", &[("count", "2")]).await?.expect_error(400, "invalidCursor")?;
                Ok(())
            }),
        records("9865-2.1-another-count", "invalidCount … Count value must be between 0 and service provider's maxPageSize and must value identical count of the initial query")
            .rows(&["9865-2.1-04"])
            .talk(another_count),
    ]
}

async fn first_request(s: Session) -> Outcome {
    let people = five(&s).await?;
    let filter = people.with_names("$text sw \"$mark-\"");
    for beginning in ["?cursor", "?cursor="] {
        let answer = s.query(format!("{}{beginning}", people.kind.endpoint), &[("filter", &filter), ("count", "3")]).await?;
        answer.expect_status(&[200])?.expect_kind("/nextCursor", Kind::String)?;
    }
    Ok(())
}

async fn unreserved(s: Session) -> Outcome {
    let people = five(&s).await?;
    let answer = page(&s, &people, "", &[("count", "4")]).await?;
    let cursor = next(&answer)?;
    let is_fine = !cursor.is_empty() && cursor.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
    answer.expect(is_fine, "a cursor of letters, digits, `-`, `.`, `_` and `~`", format!("`{cursor}`"))?;
    Ok(())
}

async fn no_resources(s: &Session, count: &str) -> Outcome {
    let people = five(s).await?;
    let answer = page(s, &people, "", &[("count", count)]).await?;
    answer.expect_status(&[200])?.expect_absent("/Resources")?;
    // It may be left out where it cannot be estimated.
    if !answer.at("/totalResults").is_null() {
        answer.expect_value("/totalResults", people.made.len())?;
    }
    Ok(())
}

async fn count(s: Session) -> Outcome {
    for resource in one_of_each(&s).await? {
        s.create(&resource.kind, json!({})).await?;
        s.create(&resource.kind, json!({})).await?;
        let answer = s.query(&resource.kind.endpoint, &[("cursor", ""), ("count", "2")]).await?;
        answer.expect_status(&[200]).or_blocked()?;
        let found = answer.at("/Resources").as_array().map_or(0, Vec::len);
        answer.expect(found <= 2, "at most two resources", format!("{found}"))?;
    }
    Ok(())
}

async fn without_count(s: Session) -> Outcome {
    let config = s.get("/ServiceProviderConfig").await.or_blocked()?;
    let Some(most) = config.at("/pagination/maxPageSize").as_u64() else {
        return Err(Stop::Skipped("ServiceProviderConfig has no pagination.maxPageSize".into()));
    };
    let people = five(&s).await?;
    let answer = page(&s, &people, "", &[]).await?;
    answer.expect_status(&[200])?;
    let found = answer.at("/Resources").as_array().map_or(0, Vec::len) as u64;
    answer.expect(found <= most, format!("at most pagination.maxPageSize, {most} resources"), format!("{found}"))?;
    Ok(())
}

async fn last_page(s: Session) -> Outcome {
    let people = five(&s).await?;
    let pages = walk(&s, &people, &[("count", "5")]).await?;
    let Some(last) = pages.last() else { return Ok(()) };
    let body = last.expect_json().or_blocked()?;
    // null says the same as no value (RFC 7643 §2.5), but not to every client.
    last.expect(body.get("nextCursor").is_none(), "no nextCursor on the last page", "nextCursor null").or_warning()?;
    Ok(())
}

async fn previous_cursor(s: Session) -> Outcome {
    let people = five(&s).await?;
    let first = page(&s, &people, "", &[("count", "2")]).await.or_blocked()?;
    let second = page(&s, &people, &next(&first)?, &[("count", "2")]).await.or_blocked()?;
    let Some(back) = second.at("/previousCursor").as_str() else {
        return Err(Stop::Skipped("the server gives no previousCursor".into()));
    };
    let again = page(&s, &people, back, &[("count", "2")]).await?;
    again.expect_status(&[200])?;
    let (expected, came) = (ids(std::slice::from_ref(&first)), ids(std::slice::from_ref(&again)));
    again.expect(expected == came, format!("the page before, {expected:?}"), format!("{came:?}"))?;
    Ok(())
}

async fn total_results(s: Session) -> Outcome {
    let people = five(&s).await?;
    let answer = page(&s, &people, "", &[("count", "2")]).await?;
    answer.expect_status(&[200])?;
    if answer.at("/totalResults").is_null() {
        return Err(Stop::Skipped("the server omits totalResults, as RFC 9865 §2 allows".into()));
    }
    answer.expect_value("/totalResults", people.made.len())?;
    Ok(())
}

async fn another_count(s: Session) -> Outcome {
    let people = five(&s).await?;
    let first = page(&s, &people, "", &[("count", "1")]).await.or_blocked()?;
    let answer = page(&s, &people, &next(&first)?, &[("count", "4")]).await?;
    let scim_type = answer.at("/scimType").as_str().unwrap_or_default();
    s.note(format!("a second page with another count is answered with status {} {scim_type}", answer.status));
    Ok(())
}

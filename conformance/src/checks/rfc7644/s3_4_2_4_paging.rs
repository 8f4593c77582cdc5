//! RFC 7644 §3.4.2.4: paging by index.

use serde_json::json;

use crate::check::{Check, Judged, Need, Outcome, Stop, must};
use crate::checks::population::{Population, one_of_each};
use crate::session::{Answer, Session};

pub(super) fn checks() -> Vec<Check> {
    let checks = vec![
        must("7644-3.4.2.4-start-index", "startIndex … The 1-based index of the first query result. … Default 1")
            .rows(&["7644-3.4.2.4-02"])
            .why("a client that pages loses or repeats one resource on each page")
            .talk(one_based),
        must("7644-3.4.2.4-start-below-one", "startIndex … A value less than 1 SHALL be interpreted as 1")
            .rows(&["7644-3.4.2.4-03"])
            .why("a client that counts from 0 is refused, or skips the first resource")
            .talk(below_one),
        must(
            "7644-3.4.2.4-count",
            "count … the service provider MUST NOT return more results than specified, although it MAY return fewer results",
        )
        .rows(&["7644-3.4.2.4-04"])
        .why("a client with room for a page is overwhelmed")
        .talk(count),
        must("7644-3.4.2.4-negative-count", "count … A negative value SHALL be interpreted as \"0\"")
            .rows(&["7644-3.4.2.4-05"])
            .why("a client is refused, or gets everything")
            .talk(async |s: Session| no_resources(&s, "-1").await),
        must(
            "7644-3.4.2.4-count-zero",
            "count … A value of \"0\" indicates that no resource results are to be returned except for \"totalResults\"",
        )
        .rows(&["7644-3.4.2.4-06"])
        .why("a client that only wants to know how many there are gets all of them")
        .talk(async |s: Session| no_resources(&s, "0").await),
        must("7644-3.4.2.4-without-count", "count … If unspecified, the maximum number of results is set by the service provider")
            .rows(&["7644-3.4.2.4-07"])
            .why("a client relies on the maximum that the server has promised")
            .talk(without_count),
        must("7644-3.4.2.4-items-per-page", "itemsPerPage … Specifies the number of query results returned in a query response page")
            .rows(&["7644-3.4.2.4-08"])
            .why("a client that adds it to startIndex skips resources")
            .talk(items_per_page),
        must("7644-3.4.2.4-total-results", "totalResults … Specifies the total number of results matching the client query")
            .rows(&["7644-3.4.2.4-09"])
            .why("a client that is told less than there are stops early")
            .talk(async |s: Session| {
                let people = population(&s, FOUR).await?;
                page(&s, &people, &[("count", "1")]).await?.expect_value("/totalResults", 4)?;
                Ok(())
            }),
        must("7644-3.4.2.4-start-index-of-page", "startIndex … The 1-based index of the first result in the current set of query results")
            .rows(&["7644-3.4.2.4-10"])
            .why("a client computes the next page from it, and goes round in circles")
            .talk(async |s: Session| {
                let people = population(&s, FOUR).await?;
                page(&s, &people, &[("startIndex", "3"), ("count", "1")]).await?.expect_value("/startIndex", 3)?;
                Ok(())
            }),
        must("7644-3.4.2.4-beyond-the-end", "startIndex … The 1-based index of the first query result")
            .rows(&["7644-3.4.2.4-11"])
            .why("a client that pages until nothing comes never ends, or ends with an error")
            .talk(beyond_the_end),
        must("7644-3.4.2.4-walk", "Pagination parameters can be used together to \"page through\" large numbers of resources")
            .rows(&["7644-3.4.2.4-12"])
            .why("a client that reads everything misses some, and removes what it does not find")
            .talk(walk),
        must("7644-3.4.2.4-no-number", "count … Non-negative integer")
            .rows(&["7644-3.4.2.4-13"])
            .why("a client with a broken parameter takes the answer for the right one, or sees the server fail")
            .talk(no_number),
    ];
    checks.into_iter().map(|check| check.needs(&[Need::IndexPaging, Need::Filter])).collect()
}

/// Alike in what they are found by, and not in what they are sorted by.
const FIVE: &[(&str, &str)] =
    &[("$mark", "$mark-a"), ("$mark", "$mark-b"), ("$mark", "$mark-c"), ("$mark", "$mark-d"), ("$mark", "$mark-e")];
const FOUR: &[(&str, &str)] = FIVE.split_at(4).0;

/// Set-up: a population that the simplest of all filters finds.
async fn population(s: &Session, texts: &[(&str, &str)]) -> Outcome<Population> {
    let people = Population::of_pairs(s, texts).await?;
    people.found_by(s, FILTER).await?;
    Ok(people)
}

const FILTER: &str = "$text eq \"$mark\"";

/// A page of the population.
async fn page(s: &Session, people: &Population, parameters: &[(&str, &str)]) -> Outcome<Answer> {
    let filter = people.with_names(FILTER);
    let all: Vec<(&str, &str)> = [("filter", filter.as_str())].into_iter().chain(parameters.iter().copied()).collect();
    let answer = s.query(&people.kind.endpoint, &all).await?;
    answer.expect_list()?;
    Ok(answer)
}

async fn one_based(s: Session) -> Outcome {
    let people = population(&s, FOUR).await?;
    let by = people.with_names("$other");
    // Only a sorted list has an order; without it, the same order for the same query can be hoped for.
    let sorts = s.model().supports("sort").is_ok();
    let sort = if sorts { vec![("sortBy", by.as_str())] } else { Vec::new() };
    let all = page(&s, &people, &sort).await?;
    people.are(&all, &[0, 1, 2, 3]).or_blocked()?;
    if !all.at("/startIndex").is_null() {
        all.expect_value("/startIndex", 1)?;
    }
    let second = page(&s, &people, &[&sort[..], &[("startIndex", "2"), ("count", "1")]].concat()).await?;
    let (expected, came) = (all.at("/Resources/1/id"), second.at("/Resources/0/id"));
    let judged = second.expect(expected == came, format!("the second of the list, {expected}"), format!("{came}"));
    if sorts {
        judged?;
    } else {
        judged.or_warning()?;
    }
    Ok(())
}

async fn below_one(s: Session) -> Outcome {
    let people = population(&s, FOUR).await?;
    let first = page(&s, &people, &[("startIndex", "1"), ("count", "2")]).await.or_blocked()?;
    for start in ["0", "-5"] {
        let answer = page(&s, &people, &[("startIndex", start), ("count", "2")]).await?;
        let (expected, came) = (first.at("/Resources").as_array().map(Vec::len), answer.at("/Resources").as_array().map(Vec::len));
        answer.expect(expected == came, format!("{expected:?} resources, as from 1"), format!("{came:?}"))?;
        // It is required of a part of the results only.
        if came != Some(people.made.len()) || !answer.at("/startIndex").is_null() {
            answer.expect_value("/startIndex", 1)?;
        }
    }
    Ok(())
}

async fn count(s: Session) -> Outcome {
    for resource in one_of_each(&s).await? {
        s.create(&resource.kind, json!({})).await?;
        s.create(&resource.kind, json!({})).await?;
        let answer = s.query(&resource.kind.endpoint, &[("count", "2")]).await?;
        let found = answer.expect_list().or_blocked()?.resources.len();
        answer.expect(found <= 2, "at most two resources", format!("{found}"))?;
    }
    Ok(())
}

async fn no_resources(s: &Session, count: &str) -> Outcome {
    let people = population(s, FOUR).await?;
    let answer = page(s, &people, &[("count", count)]).await?;
    answer.expect_absent("/Resources")?.expect_value("/totalResults", 4)?;
    Ok(())
}

async fn without_count(s: Session) -> Outcome {
    let config = s.get("/ServiceProviderConfig").await.or_blocked()?;
    let Some(most) = config.at("/filter/maxResults").as_u64().filter(|most| *most > 0) else {
        return Err(Stop::Skipped("ServiceProviderConfig has no filter.maxResults".into()));
    };
    let people = population(&s, FOUR).await?;
    let found = page(&s, &people, &[]).await?;
    let shown = found.expect_list()?.resources.len() as u64;
    found.expect(shown <= most, format!("at most filter.maxResults, {most} resources"), format!("{shown}"))?;
    Ok(())
}

async fn items_per_page(s: Session) -> Outcome {
    let people = population(&s, FOUR).await?;
    let answer = page(&s, &people, &[("count", "7")]).await?;
    // It is required of a part of the results only; and some servers repeat the count of the request.
    match answer.at("/itemsPerPage").as_u64() {
        None if answer.at("/itemsPerPage").is_null() => {}
        Some(7) => {
            answer.expect_value("/itemsPerPage", 4).or_warning()?;
        }
        _ => {
            answer.expect_value("/itemsPerPage", 4)?;
        }
    }
    let part = page(&s, &people, &[("count", "3")]).await?;
    let shown = part.expect_list()?.resources.len();
    part.expect_value("/itemsPerPage", shown)?;
    Ok(())
}

async fn beyond_the_end(s: Session) -> Outcome {
    let people = population(&s, FOUR).await?;
    let filter = people.with_names(FILTER);
    let answer = s.query(&people.kind.endpoint, &[("filter", &filter), ("startIndex", "5")]).await?;
    // The text does not say what comes behind the last result.
    if (400..500).contains(&answer.status) {
        answer.expect_status(&[200]).or_warning()?;
    }
    answer.expect_list()?;
    answer.expect_absent("/Resources")?;
    Ok(())
}

async fn walk(s: Session) -> Outcome {
    let people = population(&s, FIVE).await?;
    if s.model().supports("sort").is_ok() {
        walked(&s, &people, Some(&people.with_names("$other"))).await?;
    }
    // §3.4.2.4 warns clients of inconsistent results; that a query that nothing has changed loses resources is no use to anybody.
    walked(&s, &people, None).await.or_warning()
}

/// Walks through the population by pages of two: each of it comes once.
async fn walked(s: &Session, people: &Population, sort_by: Option<&str>) -> Outcome {
    let mut seen: Vec<String> = Vec::new();
    for _ in 0..people.made.len() + 1 {
        let start = (seen.len() + 1).to_string();
        let mut parameters = vec![("startIndex", start.as_str()), ("count", "2")];
        parameters.extend(sort_by.map(|by| ("sortBy", by)));
        let answer = page(s, people, &parameters).await?;
        let list = answer.expect_list()?;
        for id in list.ids() {
            let is_one = people.made.iter().any(|resource| resource.id == id) && !seen.iter().any(|known| known == id);
            answer.expect(is_one, "each resource once", format!("{id} again"))?;
        }
        seen.extend(list.ids().into_iter().map(ToOwned::to_owned));
        if list.resources.is_empty() || seen.len() >= people.made.len() {
            break;
        }
    }
    s.expect(seen.len() == people.made.len(), format!("all {} resources", people.made.len()), format!("{} of them", seen.len()))
}

async fn no_number(s: Session) -> Outcome {
    let people = population(&s, FOUR).await?;
    let filter = people.with_names(FILTER);
    for parameter in [("count", "abc"), ("startIndex", "1.5")] {
        let answer = s.query(&people.kind.endpoint, &[("filter", &filter), parameter]).await?;
        // That it is an error follows from the type; the text does not say so.
        if answer.is_success() {
            answer.expect_error(400, "invalidValue").or_warning()?;
        }
        answer.expect_refusal()?;
    }
    Ok(())
}

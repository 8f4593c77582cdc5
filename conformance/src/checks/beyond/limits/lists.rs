//! Numbers at the edge, many names of attributes, long URLs and headers.

use serde_json::{Value, json};

use super::{BAD_REQUEST, succeeds, survives};
use crate::check::{Check, Judged, Need, Outcome, must, should};
use crate::session::{Answer, Resource, Session};

pub(super) fn checks() -> Vec<Check> {
    vec![
        should("beyond-limits-count", "count … Non-negative integer. Specifies the desired maximum number of query results per page")
            .needs(&[Need::Limits, Need::Filter])
            .why("a client that asks for all there is gets an error of the server, or nothing")
            .talk(count),
        should("beyond-limits-start-index", "startIndex … The 1-based index of the first query result. A value less than 1 SHALL be interpreted as 1")
            .needs(&[Need::Limits, Need::Filter, Need::IndexPaging])
            .why("a client that reads beyond the end gets an error of the server, or the first page again and again")
            .talk(start_index),
        should("beyond-limits-attributes", BAD_REQUEST)
            .needs(&[Need::Limits])
            .why("a long list of attributes stops the server, or is cut")
            .talk(attributes),
        should(
            "beyond-limits-url-of-8000",
            "It is RECOMMENDED that all senders and recipients support, at a minimum, URIs with lengths of 8000 octets in protocol elements",
        )
        .needs(&[Need::Limits])
        .why("a filter of some dozen terms is refused")
        .talk(url_of_8000),
        should(
            "beyond-limits-url",
            "The 414 (URI Too Long) status code indicates that the server is refusing to service the request \
             because the target URI is longer than the server is willing to interpret",
        )
        .needs(&[Need::Limits])
        .why("a client does not learn that its filter is too long")
        .talk(url),
        must(
            "beyond-limits-header",
            "A server that receives a request header field line, field value, or set of fields larger than it wishes to process \
             MUST respond with an appropriate 4xx (Client Error) status code",
        )
        .needs(&[Need::Limits])
        .why("a client with a long token cannot tell what is wrong")
        .talk(header),
    ]
}

/// The list of the one resource that the check has made, with these parameters.
async fn page(s: &Session, resource: &Resource, parameter: (&str, &str)) -> Outcome<Answer> {
    let filter = format!("id eq {}", Value::from(resource.id.as_str()));
    s.query(&resource.kind.endpoint, &[("filter", &filter), parameter]).await
}

/// The edges of 32 and 64 bits, and what no machine has.
const LARGE: [&str; 6] = [
    "2147483647",
    "2147483648",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "10000000000000000000000000000000000000000",
];

async fn count(s: Session) -> Outcome {
    let resource = s.create(&s.any_type()?, json!({})).await?;
    for number in LARGE {
        let answer = page(&s, &resource, ("count", number)).await?;
        if succeeds(&s, &answer).await? {
            let list = answer.expect_list()?;
            answer.expect(list.ids() == [resource.id.as_str()], "the one result", format!("{} in `Resources`", list.resources.len()))?;
        }
    }
    Ok(())
}

async fn start_index(s: Session) -> Outcome {
    let resource = s.create(&s.any_type()?, json!({})).await?;
    let below = ["-2147483648", "-2147483649", "-9223372036854775808", "-9223372036854775809"];
    for (number, shown) in LARGE.map(|number| (number, 0)).into_iter().chain(below.map(|number| (number, 1))) {
        let answer = page(&s, &resource, ("startIndex", number)).await?;
        if succeeds(&s, &answer).await? {
            let list = answer.expect_list()?;
            let expected = if shown == 0 { "no resource beyond the end" } else { "the first page" };
            answer.expect(list.resources.len() == shown, expected, format!("{} in `Resources`", list.resources.len()))?;
        }
    }
    Ok(())
}

async fn attributes(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let value = s.mark();
    let resource = s.create(&kind, text.with(value.as_str())).await?;
    for number in [10, 500, 4_000] {
        // The one that there is stands at the end: who cuts the list leaves it out.
        let names: String = (0..number).map(|number| format!("x-{number},")).collect();
        let answer = s.query(&resource.path, &[("attributes", &format!("{names}{}", text.path()))]).await?;
        if succeeds(&s, &answer).await? {
            answer.expect_value(&text.pointer(), value.as_str())?;
        }
    }
    Ok(())
}

/// The endpoint of a type with a parameter that nobody knows, so that the whole URL has that length.
async fn padded(s: &Session, length: usize) -> Outcome<Answer> {
    let path = format!("{}?count=1&x-padding=", s.any_type()?.endpoint);
    let missing = length.saturating_sub(s.base().len() + path.len());
    s.get(format!("{path}{}", "x".repeat(missing))).await
}

async fn url_of_8000(s: Session) -> Outcome {
    // A server that refuses every parameter that it does not know refuses no length.
    padded(&s, 0).await.or_blocked()?.expect_status(&[200]).or_blocked()?;
    padded(&s, 8_000).await?.expect_status(&[200])?;
    Ok(())
}

async fn url(s: Session) -> Outcome {
    padded(&s, 0).await.or_blocked()?.expect_status(&[200]).or_blocked()?;
    // Some clients cannot send more.
    for length in [16_000, 64_000] {
        let answer = padded(&s, length).await?;
        if !survives(&s, &answer).await? {
            answer.expect_status(&[414, 431, 400])?;
        }
    }
    Ok(())
}

async fn header(s: Session) -> Outcome {
    for length in [10_000, 40_000] {
        let ask = s.ask("GET", &s.any_type()?.endpoint).query("count", "1").header("X-Padding", &"x".repeat(length));
        // Who hangs up before the client has sent all may have answered, and the client does not see it.
        let answer = ask.send().await.or_warning()?;
        survives(&s, &answer).await?;
    }
    Ok(())
}

//! RFC 7644 §3.13: versions of the protocol.

use crate::check::{Check, Judged, Outcome, Stop, must, should};
use crate::session::Session;

/// The URN of lists of version 2.
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

pub(super) fn checks() -> Vec<Check> {
    vec![
        must(
            "7644-3.13-place",
            "If specified, the version identifier MUST appear in the URL path immediately preceding the resource endpoint and conform to the following \
             scheme: the character 'v' followed by the desired SCIM version number",
        )
        .rows(&["7644-3.13-01", "7644-3.13-02"])
        .why("a client that takes its base URL from a location asks in another version")
        .talk(place),
        must("7644-3.13-other-version", "When specified, service providers MUST perform the operation using the desired version or reject the request")
            .rows(&["7644-3.13-03"])
            .why("a client of another version misreads what it gets")
            .talk(other_version),
        should(
            "7644-3.13-without-version",
            "When omitted, service providers SHOULD perform the operation using the most recent SCIM protocol version supported by the service provider",
        )
        .rows(&["7644-3.13-04"])
        .why("a client that names no version is left with an old one")
        .talk(without_version),
    ]
}

/// Whether a segment of a path is a version: `v2`.
fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The base URL without its version; a server whose base has none skips the check.
fn unversioned(s: &Session) -> Outcome<&str> {
    let split = s.base().rsplit_once('/').filter(|(_, last)| is_version(last));
    split.map(|(before, _)| before).ok_or_else(|| Stop::Skipped("its base URL has no version".into()))
}

async fn place(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let resource = s.create(&kind, text.with("at its place")).await?;
    let answer = s.current(&resource).await?;
    let location = answer.expect_present("/meta/location").or_blocked()?.as_str().unwrap_or_default();
    let path = location.split_once("://").map_or(location, |(_, rest)| rest);
    let before = path.split(&kind.endpoint).next().unwrap_or_default();
    let mut segments = before.split('/').rev();
    let is_in_place = segments.next().is_some_and(is_version);
    let misplaced = segments.find(|segment| !is_in_place && is_version(segment));
    // It may be the version of something else than SCIM.
    let expected = "the version directly before the endpoint, if there is one";
    answer.expect(misplaced.is_none(), expected, format!("the location {location}")).or_warning()?;
    Ok(())
}

async fn other_version(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let answer = s.get(format!("{}/v9{}?count=1", unversioned(&s)?, kind.endpoint)).await?;
    // What stands there may be something else than SCIM.
    let is_served = answer.is_success() && answer.at("/schemas").as_array().is_some_and(|schemas| schemas.iter().any(|urn| urn == LIST));
    answer.expect(!is_served, "a refusal", "a list of version 2")?;
    Ok(())
}

async fn without_version(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let answer = s.get(format!("{}{}?count=1", unversioned(&s)?, kind.endpoint)).await?;
    if !answer.is_success() || answer.expect_json().is_err() {
        return Err(Stop::Skipped(format!("it serves nothing without a version: {}", answer.status)));
    }
    answer.expect_list()?;
    Ok(())
}

//! RFC 7644 §3.4.2, §3.4.2.1: queries and their answers.

use std::sync::Arc;

use serde_json::json;

use crate::check::{Check, Judged, Need, Outcome, Stop, may, must, records, should};
use crate::checks::population::{one_of_each, quoted, told};
use crate::model::{Attribute, Found, ResourceType};
use crate::session::{Answer, Kind, Resource, Session};

pub(super) fn checks() -> Vec<Check> {
    let mut checks = answers();
    checks.extend(endpoints());
    checks
}

fn answers() -> Vec<Check> {
    vec![
        should(
            "7644-3.4.2-unknown-parameter",
            "SCIM service providers … SHOULD ignore any query parameters they do not recognize instead of rejecting the query",
        )
        .rows(&["7644-3.4.2-03"])
        .why("a newer client cannot talk to an older server")
        .talk(unknown_parameter),
        must(
            "7644-3.4.2-list-response",
            "Responses MUST be identified using the following URI: \"urn:ietf:params:scim:api:messages:2.0:ListResponse\"",
        )
        .rows(&["7644-3.4.2-04"])
        .why("a client tells lists from single resources and from errors by this URI")
        .talk(list_response),
        must("7644-3.4.2-total-results", "totalResults  The total number of results returned by the list or query operation.  …  REQUIRED")
            .rows(&["7644-3.4.2-05"])
            .why("a client pages until it has as many as this says")
            .talk(total_results),
        must("7644-3.4.2-resources", "Resources  A multi-valued list of complex objects …  REQUIRED if \"totalResults\" is non-zero")
            .rows(&["7644-3.4.2-06"])
            .why("a client that looks for `Resources` finds nothing under another name, and takes the server for empty")
            .talk(resources),
        must("7644-3.4.2-start-index", "startIndex  The 1-based index of the first result …  REQUIRED when partial results are returned due to pagination")
            .rows(&["7644-3.4.2-07", "7644-3.4.2-10"])
            .needs(&[Need::IndexPaging])
            .why("a client computes the next page from it")
            .talk(start_index),
        must("7644-3.4.2-items-per-page", "itemsPerPage  The number of resources returned in a list response page.  REQUIRED when partial results are returned")
            .rows(&["7644-3.4.2-08"])
            .needs(&[Need::IndexPaging])
            .why("a client computes the next page from it")
            .talk(items_per_page),
        must(
            "7644-3.4.2-no-match",
            "A query that does not return any matches SHALL return success (HTTP status code 200) with \"totalResults\" set to a value of 0",
        )
        .rows(&["7644-3.4.2-09"])
        .needs(&[Need::Filter])
        .why("every provisioning of a new user begins with a query that finds nothing; an error there stops it")
        .talk(no_match),
    ]
}

fn endpoints() -> Vec<Check> {
    vec![
        may(
            "7644-3.4.2.1-endpoints",
            "Queries MAY be performed against a SCIM resource object, a resource type endpoint, or a SCIM server root",
        )
        .rows(&["7644-3.4.2.1-01", "7644-3.4.2-01"])
        .why("a client leaves out large attributes with query parameters, also of a single resource")
        .talk(both_endpoints),
        must(
            "7644-3.4.2.1-root",
            "A query against a server root indicates that all resources within the server SHALL be included, subject to filtering",
        )
        .rows(&["7644-3.4.2.1-02"])
        .needs(&[Need::Filter])
        .why("a client that looks for an id at the root believes that the resource does not exist")
        .talk(root),
        may("7644-3.4.2.1-resource-type", "A filter expression using \"meta.resourceType\" MAY be used to restrict results to one or more specific resource types")
            .rows(&["7644-3.4.2.1-03"])
            .needs(&[Need::Filter])
            .why("a client gets resources of a type that it cannot handle")
            .talk(resource_type),
        must(
            "7644-3.4.2.1-filter-of-many-types",
            "When processing query operations using endpoints that include more than one SCIM resource type …, filters MUST be processed as outlined in Section 3.4.2.2",
        )
        .rows(&["7644-3.4.2.1-05"])
        .needs(&[Need::Filter])
        .why("a query over all types gives resources that do not match")
        .talk(filter_of_many_types),
        must(
            "7644-3.4.2.1-foreign-attribute",
            "For filtered attributes that are not part of a particular resource type, the service provider SHALL treat the attribute as if there is no attribute value",
        )
        .rows(&["7644-3.4.2.1-06"])
        .needs(&[Need::Filter])
        .why("a query over all types fails as soon as one of them lacks the attribute")
        .talk(foreign_attribute),
        must("7644-3.4.2.1-undefined-attribute", "a presence or equality filter for an undefined attribute evaluates to false")
            .rows(&["7644-3.4.2.1-07"])
            .needs(&[Need::Filter])
            .why("a client with a misspelled attribute takes everybody for a match, and changes or removes them")
            .talk(undefined_attribute),
        records("7644-3.4.2.1-filter-of-one", "Queries MAY be performed against a SCIM resource object")
            .rows(&["7644-3.4.2.1-08"])
            .needs(&[Need::Filter])
            .talk(filter_of_one),
    ]
}

// ---- Answers ------------------------------------------------------------------------------------------------------------------

/// A list of resources of that type, of which there are at least two. A server may find that all of them are too many (§3.4.2.1).
async fn listed(s: &Session, kind: &Arc<ResourceType>, parameters: &[(&str, &str)]) -> Outcome<Answer> {
    let answer = s.query(&kind.endpoint, parameters).await?;
    if answer.status == 400 && answer.at("/scimType") == "tooMany" {
        return Err(Stop::Skipped(format!("the server refuses to list all of {}: tooMany", kind.endpoint)));
    }
    answer.expect_status(&[200])?;
    answer.expect_json()?;
    Ok(answer)
}

async fn unknown_parameter(s: Session) -> Outcome {
    let kind = s.any_type()?;
    listed(&s, &kind, &[("count", "1")]).await.or_blocked()?;
    listed(&s, &kind, &[("count", "1"), ("conformanceUnknown", "1")]).await?;
    Ok(())
}

async fn list_response(s: Session) -> Outcome {
    const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
    for resource in one_of_each(&s).await? {
        for count in ["1", "0"] {
            let answer = listed(&s, &resource.kind, &[("count", count)]).await.or_blocked()?;
            answer.expect_element("/schemas", &format!("\"{LIST}\""), |urn| urn == LIST)?;
        }
    }
    Ok(())
}

async fn total_results(s: Session) -> Outcome {
    for resource in one_of_each(&s).await? {
        let answer = listed(&s, &resource.kind, &[]).await.or_blocked()?;
        // RFC 9865 §2 allows to omit it where only cursors lead through the results.
        if answer.at("/totalResults").is_null() && answer.at("/nextCursor").is_string() {
            continue;
        }
        answer.expect_kind("/totalResults", Kind::Number)?;
        let shown = answer.at("/Resources").as_array().map_or(0, Vec::len).max(1) as u64;
        let total = answer.at("/totalResults").as_u64().unwrap_or_default();
        answer.expect(total >= shown, format!("totalResults is at least {shown}"), format!("it is {}", answer.at("/totalResults")))?;
    }
    Ok(())
}

async fn resources(s: Session) -> Outcome {
    for resource in one_of_each(&s).await? {
        let answer = listed(&s, &resource.kind, &[]).await.or_blocked()?;
        answer.expect_kind("/Resources", Kind::Array)?;
        answer.expect_kind("/Resources/0", Kind::Object)?;
    }
    Ok(())
}

/// A page of one resource of each type, of which there are at least two.
async fn first_pages(s: &Session) -> Outcome<Vec<Answer>> {
    let mut pages = Vec::new();
    for resource in one_of_each(s).await? {
        s.create(&resource.kind, json!({})).await?;
        let answer = listed(s, &resource.kind, &[("count", "1")]).await.or_blocked()?;
        let is_partial = answer.at("/Resources").as_array().is_some_and(|resources| resources.len() == 1);
        answer.expect(is_partial, "a page with the one resource that was asked for", "another number of resources").or_blocked()?;
        pages.push(answer);
    }
    Ok(pages)
}

async fn start_index(s: Session) -> Outcome {
    for page in first_pages(&s).await? {
        page.expect_value("/startIndex", 1)?;
    }
    Ok(())
}

async fn items_per_page(s: Session) -> Outcome {
    for page in first_pages(&s).await? {
        page.expect_value("/itemsPerPage", 1)?;
    }
    Ok(())
}

async fn no_match(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let nothing = format!("{} eq {}", text.path(), quoted(&format!("{}-nobody", s.mark())));
    let answer = s.query(&kind.endpoint, &[("filter", &nothing)]).await?;
    answer.expect_status(&[200])?;
    answer.expect_value("/totalResults", 0)?.expect_absent("/Resources")?;
    Ok(())
}

// ---- Endpoints ----------------------------------------------------------------------------------------------------------------

async fn both_endpoints(s: Session) -> Outcome {
    for resource in one_of_each(&s).await? {
        s.current(&resource).await?;
        s.query(&resource.path, &[("attributes", "meta")]).await?.expect_status(&[200])?.expect_value("/id", resource.id.as_str())?;
        listed(&s, &resource.kind, &[("count", "1")]).await.or_blocked()?;
        listed(&s, &resource.kind, &[("attributes", "meta"), ("count", "1")]).await?;
    }
    Ok(())
}

/// Two types, a resource of each, and an attribute that the first requires and the second does not have.
struct TwoTypes {
    own: Resource,
    foreign: Resource,
    attribute: Found,
}

impl TwoTypes {
    async fn create(s: &Session) -> Outcome<Self> {
        let types = &s.model().types;
        let pairs = types.iter().flat_map(|first| types.iter().map(move |second| (first, second)));
        let found = pairs.filter(|(first, second)| first.name != second.name).find_map(|(first, second)| {
            let lacks = |name: &str| second.attributes().all(|found| !found.attribute.name.eq_ignore_ascii_case(name));
            let has = |found: &Attribute| found.required && !found.multi_valued && found.is_read_write() && lacks(&found.name);
            Some((first, second, first.find(has).filter(|found| found.urn.is_none())?))
        });
        let Some((first, second, attribute)) = found else {
            return Err(Stop::Skipped("no two types differ in what they require".into()));
        };
        Ok(Self { own: s.create(first, json!({})).await?, foreign: s.create(second, json!({})).await?, attribute })
    }

    /// A query at the root for one or both of the resources and that filter besides.
    async fn at_root(&self, s: &Session, filter: &str) -> Outcome<Answer> {
        let ids = format!("(id eq {} or id eq {})", quoted(&self.own.id), quoted(&self.foreign.id));
        let filter = if filter.is_empty() { ids } else { format!("{ids} and {filter}") };
        let searched = s.search("", json!({ "filter": filter })).await?;
        match searched.status {
            404 | 405 | 501 => s.query("/", &[("filter", &filter)]).await,
            _ => Ok(searched),
        }
    }
}

/// The answer of a server that has queries at its root; one that has none skips what needs them.
fn if_it_has_a_root(answer: Answer) -> Outcome<Answer> {
    match answer.status {
        403 | 404 | 405 | 501 => Err(Stop::Skipped(format!("a query at the root is answered with status {}", answer.status))),
        _ => Ok(answer),
    }
}

/// The list has exactly these resources.
fn expect_ids(answer: &Answer, expected: &[&Resource]) -> Outcome {
    let list = answer.expect_list()?;
    let mut found = list.ids();
    let mut wanted: Vec<&str> = expected.iter().map(|resource| resource.id.as_str()).collect();
    found.sort_unstable();
    wanted.sort_unstable();
    answer.expect(found == wanted, told(&wanted), told(&found))?;
    Ok(())
}

async fn root(s: Session) -> Outcome {
    let two = TwoTypes::create(&s).await?;
    let filter = format!("id eq {} or id eq {}", quoted(&two.own.id), quoted(&two.foreign.id));
    let got = s.query("/", &[("filter", &filter)]).await?;
    let searched = s.search("", json!({ "filter": filter })).await?;
    // A server may leave queries at its root out; what it answers has to be right.
    let leaves_out = |answer: &Answer| matches!(answer.status, 403 | 404 | 405 | 501);
    let answers = [got, searched];
    for answer in answers.iter().filter(|answer| !leaves_out(answer)) {
        expect_ids(answer, &[&two.own, &two.foreign])?;
    }
    for answer in answers.iter().filter(|answer| leaves_out(answer)) {
        answer.expect_status(&[200]).or_warning()?;
    }
    Ok(())
}

async fn resource_type(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let resource = s.create(&kind, json!({})).await?;
    let of = |name: &str| format!("id eq {} and meta.resourceType eq {}", quoted(&resource.id), quoted(name));
    let by_id = format!("id eq {0} and id eq {0}", quoted(&resource.id));
    expect_ids(&s.query(&kind.endpoint, &[("filter", &by_id)]).await?, &[&resource]).or_blocked()?;
    expect_ids(&s.query(&kind.endpoint, &[("filter", &of(&kind.name))]).await?, &[&resource])?;
    expect_ids(&s.query(&kind.endpoint, &[("filter", &of("NoSuchType"))]).await?, &[])
}

async fn filter_of_many_types(s: Session) -> Outcome {
    let two = TwoTypes::create(&s).await?;
    for (searched, other) in [(&two.own, &two.foreign), (&two.foreign, &two.own)] {
        let filter = format!("meta.resourceType eq {}", quoted(&searched.kind.name));
        let answer = if_it_has_a_root(two.at_root(&s, &filter).await?)?;
        expect_ids(&answer, &[searched])?;
        let none = format!("id eq {} and meta.resourceType eq {}", quoted(&other.id), quoted(&searched.kind.name));
        expect_ids(&two.at_root(&s, &none).await?, &[])?;
    }
    Ok(())
}

async fn foreign_attribute(s: Session) -> Outcome {
    let two = TwoTypes::create(&s).await?;
    let name = &two.attribute.attribute.name;
    let present = if_it_has_a_root(two.at_root(&s, &format!("{name} pr")).await?)?;
    expect_ids(&present, &[&two.own])?;
    expect_ids(&two.at_root(&s, &format!("not ({name} pr)")).await?, &[&two.foreign])
}

async fn undefined_attribute(s: Session) -> Outcome {
    let kind = s.any_type()?;
    s.create(&kind, json!({})).await?;
    for filter in ["noSuchAttribute pr", "noSuchAttribute eq \"x\""] {
        let answer = s.query(&kind.endpoint, &[("filter", filter)]).await?;
        // At an endpoint of one type, a refusal tells the client what it has misspelled.
        if answer.status == 400 {
            continue;
        }
        expect_ids(&answer, &[])?;
    }
    Ok(())
}

async fn filter_of_one(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let resource = s.create(&kind, text.with(s.mark())).await?;
    let other = format!("{} eq {}", text.path(), quoted(&s.mark()));
    let answer = s.query(&resource.path, &[("filter", &other)]).await?;
    s.note(format!("a filter on one resource that it does not match is answered with status {}", answer.status));
    Ok(())
}

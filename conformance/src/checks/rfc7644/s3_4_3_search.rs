//! RFC 7644 §3.4.3: queries by POST to `.search`.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::check::{Check, Judged, Need, Outcome, Stop, must};
use crate::checks::population::{Population, one_of_each};
use crate::model::{AttributeType, Found, ResourceType};
use crate::session::{Answer, Session};

pub(super) fn checks() -> Vec<Check> {
    vec![
        must(
            "7644-3.4.3-search",
            "The inclusion of \"/.search\" on the end of a valid SCIM endpoint SHALL be used to indicate that the HTTP POST verb is intended to be a query operation",
        )
        .rows(&["7644-3.4.3-01", "7644-3.4.3-02"])
        .why("a client whose filter is too long or too secret for a URL cannot ask at all")
        .talk(search),
        must("7644-3.4.3-answer", "After receiving an HTTP POST request, a response is returned as specified in Section 3.4.2")
            .rows(&["7644-3.4.3-13"])
            .why("a client takes 201 for a resource that it has created")
            .talk(answer),
        must("7644-3.4.3-creates-nothing", "the HTTP POST verb is intended to be a query operation")
            .rows(&["7644-3.4.3-19"])
            .why("every search leaves a resource behind")
            .talk(creates_nothing),
        must("7644-3.4.3-parameters", "The body of the POST request MAY include any of the parameters defined in Section 3.4.2")
            .rows(&[
                "7644-3.4.3-03", "7644-3.4.3-05", "7644-3.4.3-06", "7644-3.4.3-07", "7644-3.4.3-08", "7644-3.4.3-09", "7644-3.4.3-10",
                "7644-3.4.3-11", "7644-3.4.3-17",
            ])
            .needs(&[Need::Filter])
            .why("the same query has two answers")
            .talk(parameters),
        must("7644-3.4.3-schemas", "Query requests MUST be identified using the following URI: \"urn:ietf:params:scim:api:messages:2.0:SearchRequest\"")
            .rows(&["7644-3.4.3-04"])
            .why("a server takes another message for a query")
            .talk(schemas),
        must("7644-3.4.3-invalid-filter", "The filter string MUST be a valid filter (Section 3.4.2.2) expression")
            .rows(&["7644-3.4.3-12"])
            .needs(&[Need::Filter])
            .why("a client with a broken filter reads, and perhaps changes, everybody")
            .talk(invalid_filter),
        must("7644-3.4.3-root", "For brevity, only two matches are shown: one User and one Group")
            .rows(&["7644-3.4.3-14"])
            .needs(&[Need::Filter])
            .why("a client that looks for a name among users and groups finds one kind of them")
            .talk(root),
        must("7644-3.4.3-notation", "attributes … Attribute names MUST be in standard attribute notation (Section 3.10) form")
            .rows(&["7644-3.4.3-15"])
            .needs(&[Need::Filter])
            .why("a client that writes full names, as it has to for extensions, gets nothing")
            .talk(notation),
        must("7644-3.4.3-excluded-always", "This parameter SHALL have no effect on attributes whose schema \"returned\" setting is \"always\"")
            .rows(&["7644-3.4.3-16"])
            .needs(&[Need::Filter])
            .why("a client cannot tell of which resource the rest is")
            .talk(excluded_always),
        must("7644-3.4.3-sort-notation", "The \"sortBy\" attribute MUST be in standard attribute notation (Section 3.10) form")
            .rows(&["7644-3.4.3-18"])
            .needs(&[Need::Filter, Need::Sort])
            .why("a client that writes full names, as it has to for extensions, gets them in disorder")
            .talk(sort_notation),
    ]
}

/// Set-up: a query by POST that the server answers, or finds fault with.
async fn searched(s: &Session, kind: &Arc<ResourceType>, message: Value) -> Outcome<Answer> {
    let answer = s.search(&kind.endpoint, message).await?;
    let exists = !matches!(answer.status, 404 | 405 | 501);
    answer.expect(exists, "an answer of `.search`", format!("status {}", answer.status)).or_blocked()?;
    Ok(answer)
}

async fn search(s: Session) -> Outcome {
    for resource in one_of_each(&s).await? {
        let answer = s.search(&resource.kind.endpoint, json!({ "count": 1 })).await?;
        answer.expect_success()?;
        answer.expect_present("/totalResults")?;
    }
    let root = s.search("", json!({ "count": 1 })).await?;
    // A server may leave queries at its root out, or refuse one that gives everything.
    if matches!(root.status, 403 | 404 | 405 | 501) {
        root.expect_success().or_warning()?;
    }
    let is_too_much = root.status == 400 && root.at("/scimType") == "tooMany";
    if !is_too_much {
        root.expect_success()?;
    }
    Ok(())
}

async fn answer(s: Session) -> Outcome {
    for resource in one_of_each(&s).await? {
        searched(&s, &resource.kind, json!({ "count": 1 })).await?.expect_list()?;
    }
    Ok(())
}

async fn creates_nothing(s: Session) -> Outcome {
    let people = Population::of(&s, &["$mark-a"]).await?;
    let filter = people.with_names("$text sw \"$mark\"");
    let mut message = json!({ "filter": filter });
    people.text.put(&mut message, people.with_names("$mark-b"));
    searched(&s, &people.kind, message).await?;
    let answer = s.get(format!("{}/.search", people.kind.endpoint)).await?;
    answer.expect(answer.at("/id").is_null(), "no resource at the URL of the query", format!("one with the id {}", answer.at("/id")))?;
    if s.model().supports("filter").is_ok() {
        people.finds(&s, "$text sw \"$mark\"", &[0]).await?;
    }
    Ok(())
}

/// Each parameter does in the body what it does in the URL; each is a row.
async fn parameters(s: Session) -> Outcome {
    let people = Population::of_pairs(&s, &[("$mark-b", "$mark-x"), ("$mark-a", "$mark-y"), ("$mark-c", "$mark-z")]).await?;
    let (text, other) = (people.with_names("$text"), people.with_names("$other"));
    people.found_by(&s, "$text sw \"$mark-\"").await?;
    let all = people.are(&with(&s, &people, json!({})).await?, &[0, 1, 2]);
    s.row("7644-3.4.3-07", all.clone());
    all.or_blocked()?;
    for (row, member, named, absent) in
        [("7644-3.4.3-05", "attributes", &people.text, &people.other), ("7644-3.4.3-06", "excludedAttributes", &people.text, &people.other)]
    {
        let Some(absent) = absent else { continue };
        let name = if member == "attributes" { &text } else { &other };
        s.row(row, shows(&with(&s, &people, json!({ member: [name] })).await?, named, absent));
    }
    for (row, message, order) in [
        ("7644-3.4.3-08", json!({ "sortBy": text }), [1, 0, 2]),
        ("7644-3.4.3-17", json!({ "sortBy": other, "sortOrder": "ascending" }), [0, 1, 2]),
        ("7644-3.4.3-09", json!({ "sortBy": text, "sortOrder": "descending" }), [2, 0, 1]),
    ] {
        let outcome = match s.model().supports("sort") {
            Ok(()) => people.stand(&with(&s, &people, message).await?, &order),
            Err(reason) => Err(Stop::Skipped(reason)),
        };
        s.row(row, outcome);
    }
    for (row, message, most) in [
        ("7644-3.4.3-10", json!({ "startIndex": 2 }), 2),
        ("7644-3.4.3-11", json!({ "count": 2 }), 2),
        ("7644-3.4.3-03", json!({ "startIndex": 3, "count": 2, "attributes": [text, other] }), 1),
    ] {
        let outcome = match s.model().config["pagination"]["index"] == false {
            false => is_page(&with(&s, &people, message).await?, most),
            true => Err(Stop::Skipped("ServiceProviderConfig says pagination.index is false".into())),
        };
        s.row(row, outcome);
    }
    Ok(())
}

/// A query by POST for the population, with these members besides.
async fn with(s: &Session, people: &Population, mut message: Value) -> Outcome<Answer> {
    message["filter"] = people.with_names("$text sw \"$mark-\"").into();
    searched(s, &people.kind, message).await
}

/// Each resource of the list has the one attribute and not the other.
fn shows(answer: &Answer, named: &Found, absent: &Found) -> Outcome {
    let count = answer.expect_list()?.resources.len();
    answer.expect(count > 0, "the resources that match", "none").or_blocked()?;
    for place in 0..count {
        answer.expect_present(&format!("/Resources/{place}{}", named.pointer()))?;
        answer.expect_absent(&format!("/Resources/{place}{}", absent.pointer()))?;
    }
    Ok(())
}

/// A part of three results, of at least one resource and at most so many.
fn is_page(answer: &Answer, most: usize) -> Outcome {
    let list = answer.expect_list()?;
    let count = list.resources.len();
    answer.expect((1..=most).contains(&count), format!("at least one resource and at most {most}"), format!("{count}"))?;
    answer.expect(list.total == 3, "totalResults 3", format!("{}", list.total))?;
    Ok(())
}

async fn schemas(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let wrong = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "count": 1 });
    let answer = searched(&s, &kind, wrong).await?;
    // It is the client that must: the path says already that it is a query.
    answer.expect_status(&[400]).or_warning()?;
    // What to do without any is left open.
    let without = s.post(format!("{}/.search", kind.endpoint), json!({ "count": 1 })).await?;
    s.note(format!("a search without `schemas` is answered with status {}", without.status));
    Ok(())
}

async fn invalid_filter(s: Session) -> Outcome {
    let people = Population::of(&s, &["$mark"]).await?;
    for filter in ["$text", "$text eq", "($text pr"] {
        searched(&s, &people.kind, json!({ "filter": people.with_names(filter) })).await?.expect_status(&[400])?;
    }
    Ok(())
}

async fn root(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let name = &text.attribute.name;
    let has_it = |other: &&Arc<ResourceType>| {
        let theirs = other.attribute(name);
        other.name != kind.name
            && theirs.is_some_and(|theirs| theirs.kind == AttributeType::String && !theirs.multi_valued && theirs.is_read_write())
    };
    let Some(other) = s.model().types.iter().find(has_it).filter(|_| text.urn.is_none()) else {
        return Err(Stop::Skipped(format!("no other type has `{name}`")));
    };
    let mark = s.mark();
    let first = s.create(&kind, json!({ name.as_str(): format!("{mark}-a") })).await?;
    let second = s.create(other, json!({ name.as_str(): format!("{mark}-b") })).await?;
    let answer = s.search("", json!({ "filter": format!("{name} sw \"{mark}-\"") })).await?;
    if matches!(answer.status, 403 | 404 | 405 | 501) {
        return Err(Stop::Skipped(format!("a query at the root is answered with status {}", answer.status)));
    }
    let list = answer.expect_list()?;
    for resource in [&first, &second] {
        let is_there = list.ids().contains(&resource.id.as_str());
        answer.expect(is_there, format!("the {} {}", resource.kind.name, resource.id), "it is not in the list")?;
    }
    answer.expect(list.resources.len() == 2, "no other resource", format!("{} resources", list.resources.len()))?;
    Ok(())
}

async fn notation(s: Session) -> Outcome {
    let people = Population::of_pairs(&s, &[("$mark", "$mark-x")]).await?;
    let Some(other) = people.other.clone() else { return Ok(()) };
    let urn = other.urn.clone().unwrap_or(people.kind.schema.id.clone());
    let full = format!("{urn}:{}", other.attribute.name);
    let at = |found: &str| format!("/Resources/0{found}");
    let filter = people.with_names("$text eq \"$mark\"");
    people.are(&searched(&s, &people.kind, json!({ "filter": filter })).await?, &[0]).or_blocked()?;
    let only = searched(&s, &people.kind, json!({ "filter": filter, "attributes": [full] })).await?;
    only.expect_present(&at(&other.pointer()))?;
    only.expect_absent(&at(&people.text.pointer()))?;
    let without = searched(&s, &people.kind, json!({ "filter": filter, "excludedAttributes": [full] })).await?;
    without.expect_absent(&at(&other.pointer()))?;
    without.expect_present(&at(&people.text.pointer()))?;
    Ok(())
}

async fn excluded_always(s: Session) -> Outcome {
    let people = Population::of(&s, &["$mark"]).await?;
    let filter = people.with_names("$text eq \"$mark\"");
    people.are(&searched(&s, &people.kind, json!({ "filter": filter })).await?, &[0]).or_blocked()?;
    let message = json!({ "filter": filter, "excludedAttributes": ["id"] });
    searched(&s, &people.kind, message).await?.expect_value("/Resources/0/id", people.made[0].id.as_str())?;
    Ok(())
}

async fn sort_notation(s: Session) -> Outcome {
    let people = Population::of(&s, &["$mark-b", "$mark-a", "$mark-c"]).await?;
    people.found_by(&s, "$text sw \"$mark-\"").await?;
    let urn = people.text.urn.clone().unwrap_or(people.kind.schema.id.clone());
    let by = format!("{urn}:{}", people.text.attribute.name);
    let message = json!({ "filter": people.with_names("$text sw \"$mark-\""), "sortBy": by, "sortOrder": "descending" });
    people.stand(&searched(&s, &people.kind, message).await?, &[2, 0, 1])
}

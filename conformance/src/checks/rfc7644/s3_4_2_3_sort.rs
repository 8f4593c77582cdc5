//! RFC 7644 §3.4.2.3: sorting.

use serde_json::{Value, json};

use crate::check::{Check, Judged, Need, Outcome, Stop, may, must};
use crate::checks::population::{Population, quoted};
use crate::model::{Attribute, AttributeType};
use crate::session::{Answer, Session};

pub(super) fn checks() -> Vec<Check> {
    let with_sort = vec![
        must("7644-3.4.2.3-sort-by", "The \"sortBy\" parameter specifies the attribute whose value SHALL be used to order the returned responses")
            .rows(&["7644-3.4.2.3-02", "7644-3.4.2.3-03"])
            .why("a client that shows pages of names shows them in disorder")
            .talk(async |s: Session| {
                let people = Population::of(&s, &["$mark-b", "$mark-c", "$mark-a"]).await?;
                let answer = sorted(&s, &people, &people.text.path(), Some("ascending")).await?;
                people.stand(&answer, &[2, 0, 1])
            }),
        must(
            "7644-3.4.2.3-multi-valued",
            "if it's a multi-valued attribute, resources are sorted by the value of the primary attribute …, if any, or else the first value in the list",
        )
        .rows(&["7644-3.4.2.3-04"])
        .why("a client finds resources in an order that none of the values that it shows explains")
        .talk(multi_valued),
        must("7644-3.4.2.3-complex", "If the attribute is complex, the attribute name must be a path to a sub-attribute")
            .rows(&["7644-3.4.2.3-05"])
            .why("a client cannot sort by given name")
            .talk(complex),
        must("7644-3.4.2.3-no-value", "if there is no data for the specified \"sortBy\" value, … they are ordered last if ascending and first if descending")
            .rows(&["7644-3.4.2.3-06"])
            .why("a client that pages through users sees those without a title where it does not look for them")
            .talk(async |s: Session| {
                let people = Population::of_pairs(&s, &[("$mark-1", ""), ("$mark-2", "$mark-a"), ("$mark-3", "$mark-b")]).await?;
                let path = people.with_names("$other");
                people.stand(&sorted(&s, &people, &path, Some("ascending")).await?, &[1, 2, 0])?;
                people.stand(&sorted(&s, &people, &path, Some("descending")).await?, &[0, 2, 1])
            }),
        must("7644-3.4.2.3-sort-order", "Allowed values are \"ascending\" and \"descending\"")
            .rows(&["7644-3.4.2.3-07"])
            .why("a client with a misspelled order takes the wrong one for right, or sees the server fail")
            .talk(sort_order),
        must("7644-3.4.2.3-default-order", "If a value for \"sortBy\" is provided and no \"sortOrder\" is specified, \"sortOrder\" SHALL default to ascending")
            .rows(&["7644-3.4.2.3-08"])
            .why("a client that relies on the default gets the last ones first")
            .talk(async |s: Session| {
                let people = Population::of_pairs(&s, &[("$mark-1", "$mark-b"), ("$mark-2", "$mark-a")]).await?;
                people.stand(&sorted(&s, &people, &people.with_names("$other"), None).await?, &[1, 0])
            }),
        must("7644-3.4.2.3-without-case", "for case-insensitive attributes, sort the result using case-insensitive Unicode alphabetic sort order")
            .rows(&["7644-3.4.2.3-09"])
            .why("a client that shows names finds all small letters behind the capitals")
            .talk(async |s: Session| {
                let people = Population::of(&s, &["$mark-C", "$mark-b", "$mark-D", "$mark-a"]).await?;
                let by_folded = [3, 1, 0, 2];
                if people.text.attribute.case_exact {
                    return Err(Stop::Skipped(format!("`{}` is case-exact", people.text.path())));
                }
                people.stand(&sorted(&s, &people, &people.text.path(), Some("ascending")).await?, &by_folded)
            }),
        must("7644-3.4.2.3-case-exact", "for case-exact attribute types, sort the result using case-sensitive Unicode alphabetic sort order")
            .rows(&["7644-3.4.2.3-10"])
            .why("two identifiers that differ in case change places from page to page")
            .talk(case_exact),
        must("7644-3.4.2.3-by-type", "\"sortOrder\" MUST sort according to the attribute type")
            .rows(&["7644-3.4.2.3-11"])
            .why("10 comes before 9")
            .talk(by_type),
    ];
    let supported =
        may("7644-3.4.2.3-supported", "Sort is OPTIONAL.  Clients MAY discover sort capability by looking at the \"sort\" attribute")
            .rows(&["7644-3.4.2.3-01"])
            .why("a client that sorts although it need not is met by an error of the server")
            .talk(supported);
    let with_sort = with_sort.into_iter().map(|check| check.needs(&[Need::Sort, Need::Filter]));
    [supported].into_iter().chain(with_sort).collect()
}

/// Those of the population, sorted.
async fn sorted(s: &Session, people: &Population, by: &str, order: Option<&str>) -> Outcome<Answer> {
    people.found_by(s, "$text sw \"$mark\"").await?;
    let filter = people.with_names("$text sw \"$mark\"");
    let mut parameters = vec![("filter", filter.as_str()), ("sortBy", by)];
    parameters.extend(order.map(|order| ("sortOrder", order)));
    let answer = s.query(&people.kind.endpoint, &parameters).await?;
    answer.expect_status(&[200])?;
    Ok(answer)
}

async fn supported(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let answer = s.query(&kind.endpoint, &[("sortBy", &text.path()), ("sortOrder", "descending"), ("count", "1")]).await?;
    match s.model().supports("sort") {
        Ok(()) => answer.expect_status(&[200])?,
        // It may ignore what it does not know, or say so.
        Err(_) if answer.is_success() => answer.expect_status(&[200])?,
        Err(_) => answer.expect_refusal()?,
    };
    Ok(())
}

async fn multi_valued(s: Session) -> Outcome {
    let (kind, plural) = s.plural_complex()?;
    let mark = s.mark();
    let value = |letter: &str| format!("{mark}-{letter}@example.com");
    let canonical = plural.attribute.sub("type").map(|kind| kind.canonical_values.clone()).unwrap_or_default();
    let one = canonical.first().cloned().unwrap_or("work".into());
    let two = canonical.get(1).cloned().unwrap_or("home".into());
    let mut bodies =
        vec![plural.with(json!([{ "value": value("m"), "type": one }])), plural.with(json!([{ "value": value("x"), "type": one }]))];
    if plural.attribute.sub("primary").is_some() {
        let both = json!([{ "value": value("z"), "type": one }, { "value": value("a"), "type": two, "primary": true }]);
        bodies.push(plural.with(both));
    }
    let count = bodies.len();
    let people = Population::of_type(&s, &kind, bodies).await?;
    let answer = sorted(&s, &people, &format!("{}.value", plural.path()), Some("ascending")).await?;
    people.stand(&answer, if count == 3 { &[2, 0, 1] } else { &[0, 1] })
}

async fn complex(s: Session) -> Outcome {
    let (kind, found, first, second) = s.singular_complex()?;
    let name = |value: &str| found.with(json!({ first.as_str(): value, second.as_str(): "x" }));
    let people = Population::of_type(&s, &kind, vec![name("b"), name("a")]).await?;
    let answer = sorted(&s, &people, &format!("{}.{first}", found.path()), Some("ascending")).await?;
    people.stand(&answer, &[1, 0])?;
    let whole = s.query(&kind.endpoint, &[("sortBy", &found.path()), ("count", "1")]).await?;
    if !whole.is_success() {
        whole.expect_refusal()?;
    }
    Ok(())
}

async fn sort_order(s: Session) -> Outcome {
    let people = Population::of(&s, &["$mark-b", "$mark-a"]).await?;
    people.found_by(&s, "$text sw \"$mark-\"").await?;
    let filter = people.with_names("$text sw \"$mark-\"");
    let parameters = [("filter", filter.as_str()), ("sortBy", &people.text.path()), ("sortOrder", "sideways")];
    let answer = s.query(&people.kind.endpoint, &parameters).await?;
    // What a server does with another value is not said: one that reads it as the default serves, too.
    if answer.is_success() { people.stand(&answer, &[1, 0]).or_warning() } else { answer.expect_refusal().map(|_| ()) }
}

/// `externalId` is case-exact by definition (RFC 7643 §3.1).
async fn case_exact(s: Session) -> Outcome {
    let (kind, _) = s.free_text()?;
    let mark = s.mark();
    let bodies = ["a", "B", "c"].map(|letter| json!({ "externalId": format!("{mark}-{letter}") }));
    let sent = bodies.clone().map(|body| body["externalId"].clone());
    let people = Population::of_type(&s, &kind, bodies.into()).await?;
    if people.made.iter().zip(&sent).any(|(resource, sent)| resource.body["externalId"] != *sent) {
        return Err(Stop::Skipped(format!("{} does not keep `externalId`", kind.name)));
    }
    let answer = sorted(&s, &people, "externalId", Some("ascending")).await?;
    // Alphabets put capitals before all small letters, as Unicode's numbers do, or each beside its small one.
    people.stand(&answer, &[1, 0, 2]).or_else(|stop| people.stand(&answer, &[0, 1, 2]).map_err(|_| stop))
}

async fn by_type(s: Session) -> Outcome {
    let (kind, _) = s.free_text()?;
    // Times of creation may be equal: then the order of two says nothing.
    let people = Population::of_type(&s, &kind, vec![json!({}), json!({}), json!({})]).await?;
    let answer = sorted(&s, &people, "meta.created", Some("descending")).await?;
    let list = answer.expect_list()?;
    let place = |id: &Value| people.made.iter().position(|resource| *id == resource.id.as_str());
    for pair in list.resources.windows(2) {
        let (first, second) = (place(&pair[0]["id"]), place(&pair[1]["id"]));
        let are_equal = pair[0]["meta"]["created"] == pair[1]["meta"]["created"];
        answer.expect(first >= second || are_equal, "the one that was created last first", "an older one before a younger one")?;
    }
    let is_number = |attribute: &Attribute| {
        matches!(attribute.kind, AttributeType::Integer | AttributeType::Decimal) && !attribute.multi_valued && attribute.is_read_write()
    };
    for kind in &s.model().types {
        let (Some(number), Some(_)) = (kind.find(is_number), kind.find(Attribute::is_free_text)) else { continue };
        let things = Population::of_type(&s, kind, vec![number.with(10), number.with(9), number.with(100)]).await?;
        things.stand(&sorted(&s, &things, &number.path(), Some("ascending")).await?, &[1, 0, 2])?;
        return Ok(());
    }
    s.note(format!("the server has no number to sort by; only {} was sorted", quoted("meta.created")));
    Ok(())
}

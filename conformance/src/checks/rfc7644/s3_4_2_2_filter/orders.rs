//! The operators of Table 3 that compare by order.

use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

use crate::check::{Check, Judged, Outcome, Stop, must};
use crate::checks::population::{Population, quoted};
use crate::model::{Attribute, AttributeType};
use crate::session::Session;

pub(super) fn checks() -> Vec<Check> {
    vec![
        must("7644-3.4.2.2-gt", "gt … If the attribute value is greater than the operator value, there is a match")
            .rows(&["7644-3.4.2.2-15"])
            .why("a client that reads what has changed since its last run misses changes")
            .talk(async |s: Session| ordered(&s, "gt", &[2]).await),
        must("7644-3.4.2.2-ge", "ge … If the attribute value is greater than or equal to the operator value, there is a match")
            .rows(&["7644-3.4.2.2-16"])
            .why("a client that reads what has changed since its last run misses changes")
            .talk(async |s: Session| ordered(&s, "ge", &[1, 2]).await),
        must("7644-3.4.2.2-lt", "lt … If the attribute value is less than the operator value, there is a match")
            .rows(&["7644-3.4.2.2-17"])
            .why("a client that looks for what has not changed for long finds the wrong ones")
            .talk(async |s: Session| ordered(&s, "lt", &[0]).await),
        must("7644-3.4.2.2-le", "le … If the attribute value is less than or equal to the operator value, there is a match")
            .rows(&["7644-3.4.2.2-18"])
            .why("a client that looks for what has not changed for long finds the wrong ones")
            .talk(async |s: Session| ordered(&s, "le", &[0, 1]).await),
        must("7644-3.4.2.2-lexicographical", "For string attribute types, this is a lexicographical comparison")
            .rows(&["7644-3.4.2.2-27"])
            .why("two servers give different ranges of names")
            .talk(async |s: Session| {
                let people = Population::of(&s, &["$mark-10", "$mark-9"]).await?;
                people.found_by(&s, "$text sw \"$mark-\"").await?;
                people.joined(&s).await?;
                people.finds(&s, "$text sw \"$mark-\" and $text gt \"$mark-10\"", &[1]).await?;
                Ok(())
            }),
        must("7644-3.4.2.2-chronological", "for DateTime types, it is a chronological comparison")
            .rows(&["7644-3.4.2.2-28"])
            .why("a client in another time zone misses changes, or reads them twice")
            .talk(chronological),
        must(
            "7644-3.4.2.2-order-of-booleans",
            "Boolean and Binary attributes SHALL cause a failed response (HTTP status code 400) with \"scimType\" of \"invalidFilter\"",
        )
        .rows(&["7644-3.4.2.2-19", "7644-3.4.2.2-21", "7644-3.4.2.2-23", "7644-3.4.2.2-25"])
        .why("a client takes an order of true and false, which have none, for an answer")
        .talk(order_of_booleans),
        must(
            "7644-3.4.2.2-order-of-binaries",
            "Boolean and Binary attributes SHALL cause a failed response (HTTP status code 400) with \"scimType\" of \"invalidFilter\"",
        )
        .rows(&["7644-3.4.2.2-20", "7644-3.4.2.2-22", "7644-3.4.2.2-24", "7644-3.4.2.2-26"])
        .why("a client takes an order of certificates, which have none, for an answer")
        .talk(order_of_binaries),
    ]
}

/// Compares three texts, and the time at which a resource was created with others and with itself.
async fn ordered(s: &Session, operator: &str, expected: &[usize]) -> Outcome {
    let people = Population::of(s, &["$mark-a", "$mark-b", "$mark-c"]).await?;
    people.found_by(s, "$text sw \"$mark-\"").await?;
    people.joined(s).await?;
    people.finds(s, &format!("$text sw \"$mark-\" and $text {operator} \"$mark-b\""), expected).await?;
    let Some(created) = people.made[0].body["meta"]["created"].as_str() else { return Ok(()) };
    let if_it = |holds: bool| if holds { vec![0] } else { Vec::new() };
    let (is_greater, or_equal) = (operator.starts_with('g'), operator.ends_with('e'));
    for (moment, expected) in [("2001-01-01T00:00:00Z", if_it(is_greater)), ("2999-01-01T00:00:00Z", if_it(!is_greater))] {
        people.finds(s, &format!("$text eq \"$mark-a\" and meta.created {operator} \"{moment}\""), &expected).await?;
    }
    // A server may hold the time more exactly than it shows it.
    let itself = format!("$text eq \"$mark-a\" and meta.created {operator} {}", quoted(created));
    people.finds(s, &itself, &if_it(or_equal)).await.or_warning()?;
    Ok(())
}

async fn chronological(s: Session) -> Outcome {
    let people = Population::of(&s, &["$mark-a"]).await?;
    people.joined(&s).await?;
    let created = people.made[0].body["meta"]["created"].as_str().unwrap_or_default();
    let Ok(created) = OffsetDateTime::parse(created, &Rfc3339) else {
        return Err(Stop::failed("`meta.created` as a DateTime", format!("it is `{created}`")).blocked());
    };
    // An hour later, written as the clock shows it eleven hours west, and an hour earlier, eleven hours east: as texts they stand the
    // other way round.
    let written = |hours: i64, zone: i8| {
        let offset = UtcOffset::from_hms(zone, 0, 0).unwrap_or(UtcOffset::UTC);
        // In whole seconds, which every server can read.
        let moment = (created + time::Duration::hours(hours)).replace_nanosecond(0).unwrap_or(created);
        moment.to_offset(offset).format(&Rfc3339).unwrap_or_default()
    };
    for (moment, is_later) in [(written(1, -11), true), (written(-1, 11), false)] {
        let (found, none) = if is_later { ("lt", "gt") } else { ("gt", "lt") };
        people.finds(&s, &format!("$text eq \"$mark-a\" and meta.created {found} \"{moment}\""), &[0]).await?;
        people.finds(&s, &format!("$text eq \"$mark-a\" and meta.created {none} \"{moment}\""), &[]).await?;
    }
    Ok(())
}

/// The order of an attribute that has none is refused with each of the operators; each is a row.
async fn no_order(s: &Session, endpoint: &str, path: &str, value: &str, rows: [&'static str; 4]) -> Outcome {
    for (row, operator) in rows.into_iter().zip(["gt", "ge", "lt", "le"]) {
        let answer = s.query(endpoint, &[("filter", &format!("{path} {operator} {value}"))]).await?;
        s.row(row, answer.expect_error(400, "invalidFilter").map(|_| ()));
    }
    Ok(())
}

async fn order_of_booleans(s: Session) -> Outcome {
    let is_it =
        |attribute: &Attribute| attribute.kind == AttributeType::Boolean && !attribute.multi_valued && attribute.returned != "never";
    let (kind, found) = s.find("a Boolean attribute", is_it)?;
    let rows = ["7644-3.4.2.2-19", "7644-3.4.2.2-21", "7644-3.4.2.2-23", "7644-3.4.2.2-25"];
    no_order(&s, &kind.endpoint, &found.path(), "true", rows).await
}

async fn order_of_binaries(s: Session) -> Outcome {
    let is_binary = |attribute: &Attribute| attribute.kind == AttributeType::Binary && attribute.returned != "never";
    let holds_one = |attribute: &Attribute| is_binary(attribute) || attribute.sub_attributes.iter().any(is_binary);
    let (kind, found) = s.find("a Binary attribute", holds_one)?;
    let sub = found.attribute.sub_attributes.iter().find(|sub| is_binary(sub));
    let path = sub.map_or_else(|| found.path(), |sub| format!("{}.{}", found.path(), sub.name));
    let rows = ["7644-3.4.2.2-20", "7644-3.4.2.2-22", "7644-3.4.2.2-24", "7644-3.4.2.2-26"];
    no_order(&s, &kind.endpoint, &path, "\"AQID\"", rows).await
}

//! RFC 7644 §3.4.2.2: filtering.

mod combinations;
mod examples;
mod grammar;
mod meanings;
mod operators;
mod orders;
mod values;

use serde_json::{Value, json};

use crate::check::{Check, Judged, Need, Outcome, Stop, may, must};
use crate::checks::population::{Population, quoted};
use crate::model::AttributeType;
use crate::session::Session;

pub(super) fn checks() -> Vec<Check> {
    let mut checks = vec![
        may(
            "7644-3.4.2.2-not-supported",
            "Filtering is an OPTIONAL parameter … only those resources matching the filter expression SHALL be returned",
        )
        .rows(&["7644-3.4.2.2-01"])
        .why("a client takes the first of all users for the one that it asked for, and changes or removes that one")
        .talk(not_supported),
    ];
    let with_filter = [
        names(),
        operators::checks(),
        orders::checks(),
        combinations::checks(),
        values::checks(),
        grammar::checks(),
        meanings::checks(),
        examples::checks(),
    ]
    .concat();
    checks.extend(with_filter.into_iter().map(|check| check.needs(&[Need::Filter])));
    checks
}

fn names() -> Vec<Check> {
    vec![
        must("7644-3.4.2.2-only-matching", "When specified, only those resources matching the filter expression SHALL be returned")
            .rows(&["7644-3.4.2.2-02"])
            .why("a client takes the first of all users for the one that it asked for, and changes or removes that one")
            .talk(only_matching),
        must("7644-3.4.2.2-names-without-case", "Attribute names and attribute operators used in filters are case insensitive")
            .rows(&["7644-3.4.2.2-03"])
            .why("clients write `username` and `userName`, and are refused or find nothing")
            .talk(async |s: Session| {
                let people = Population::of(&s, &["$mark-a", "$mark-b"]).await?;
                people.finds(&s, "$text eq \"$mark-a\"", &[0]).await.or_blocked()?;
                for name in [people.text.path().to_uppercase(), people.text.path().to_lowercase()] {
                    people.finds(&s, &format!("{name} eq \"$mark-a\""), &[0]).await?;
                }
                Ok(())
            }),
        must("7644-3.4.2.2-operators-without-case", "Attribute names and attribute operators used in filters are case insensitive")
            .rows(&["7644-3.4.2.2-04"])
            .why("clients write `Eq` and `Pr`, and are refused")
            .talk(async |s: Session| {
                let people = Population::of(&s, &["$mark-a", "$mark-b"]).await?;
                for (usual, unusual) in [
                    ("$text eq \"$mark-a\"", "$text Eq \"$mark-a\""),
                    ("$text eq \"$mark-a\"", "$text EQ \"$mark-a\""),
                    ("$text eq \"$mark-a\" and $text pr", "$text Eq \"$mark-a\" and $text Pr"),
                ] {
                    people.finds(&s, usual, &[0]).await.or_blocked()?;
                    people.finds(&s, unusual, &[0]).await?;
                }
                Ok(())
            }),
    ]
}

async fn not_supported(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let one = s.create(&kind, json!({})).await?;
    s.create(&kind, json!({})).await?;
    let answer = s.query(&kind.endpoint, &[("filter", &format!("id eq {}", quoted(&one.id)))]).await?;
    match s.model().supports("filter") {
        Ok(()) => answer.expect(answer.status != 501, "an answer to the filter that the server says to support", "status 501")?,
        // What does not filter must say so.
        Err(_) if !answer.is_success() => answer.expect_refusal()?,
        Err(_) => answer.expect(answer.expect_list()?.ids() == [one.id.as_str()], "a refusal (4xx, 501)", "the list without the filter")?,
    };
    Ok(())
}

async fn only_matching(s: Session) -> Outcome {
    let (kind, unique) = s.find("a required text", |attribute| {
        attribute.required && attribute.kind == AttributeType::String && !attribute.multi_valued && attribute.is_read_write()
    })?;
    let first = s.create(&kind, json!({})).await?;
    s.create(&kind, json!({})).await?;
    let Some(value) = first.body.pointer(&unique.pointer()).and_then(Value::as_str) else {
        return Err(Stop::failed(format!("`{}` in the new resource", unique.path()), "it is absent").blocked());
    };
    let filter = format!("{} eq {}", unique.path(), quoted(value));
    let list = s.query(&kind.endpoint, &[("filter", &filter)]).await?;
    let found = list.expect_list()?;
    list.expect(found.ids() == [first.id.as_str()], format!("the one resource {}", first.id), format!("{:?}", found.ids()))?;
    Ok(())
}

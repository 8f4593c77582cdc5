//! The operators of Table 3 that have no order.

use serde_json::{Value, json};

use crate::check::{Check, Outcome, must};
use crate::checks::population::Population;
use crate::model::{Attribute, AttributeType};
use crate::session::Session;

pub(super) fn checks() -> Vec<Check> {
    vec![
        must("7644-3.4.2.2-eq", "eq … The attribute and operator values must be identical for a match")
            .rows(&["7644-3.4.2.2-09"])
            .why("a client that looks for one user before it creates it gets another one")
            .talk(eq),
        must("7644-3.4.2.2-ne", "ne … The attribute and operator values are not identical")
            .rows(&["7644-3.4.2.2-10"])
            .why("a client finds those that it wants to leave out")
            .talk(async |s: Session| {
                let people = Population::of_pairs(&s, &[("$mark", "$mark-a"), ("$mark", "$mark-b")]).await?;
                people.joined(&s).await?;
                people.finds(&s, "$text eq \"$mark\" and $other ne \"$mark-a\"", &[1]).await?;
                Ok(())
            }),
        must("7644-3.4.2.2-co", "co … The entire operator value must be a substring of the attribute value for a match")
            .rows(&["7644-3.4.2.2-11"])
            .why("a search by a part of a name finds nobody, or the wrong ones")
            .talk(async |s: Session| {
                let people = Population::of(&s, &["x-$mark-y", "$mark-y", "x-$mark-", "other"]).await?;
                people.finds(&s, "$text co \"$mark-\"", &[0, 1, 2]).await?;
                Ok(())
            }),
        must(
            "7644-3.4.2.2-sw",
            "sw … a substring of the attribute value, starting at the beginning …  This criterion is satisfied if the two strings are identical",
        )
        .rows(&["7644-3.4.2.2-12"])
        .why("a search by the beginning of a name finds nobody, or the wrong ones")
        .talk(async |s: Session| {
            let people = Population::of(&s, &["$mark-a", "$mark-ab", "x-$mark-a", "other"]).await?;
            people.finds(&s, "$text sw \"$mark-a\"", &[0, 1]).await?;
            Ok(())
        }),
        must(
            "7644-3.4.2.2-ew",
            "ew … a substring of the attribute value, matching at the end …  This criterion is satisfied if the two strings are identical",
        )
        .rows(&["7644-3.4.2.2-13"])
        .why("a search by domain or ending finds nobody, or the wrong ones")
        .talk(async |s: Session| {
            let people = Population::of(&s, &["$mark-a", "x-$mark-a", "$mark-ab", "other"]).await?;
            people.finds(&s, "$text ew \"$mark-a\"", &[0, 1]).await?;
            Ok(())
        }),
        must(
            "7644-3.4.2.2-pr",
            "pr … If the attribute has a non-empty or non-null value, or if it contains a non-empty node for complex attributes, there is a match",
        )
        .rows(&["7644-3.4.2.2-14"])
        .why("a client that looks for users with a title gets all of them, or none")
        .talk(pr),
    ]
}

async fn eq(s: Session) -> Outcome {
    let people = Population::of(&s, &["$mark-a", "$mark-ab", "x$mark-a"]).await?;
    people.finds(&s, "$text eq \"$mark-a\"", &[0]).await?;
    // Of the other types of attributes, what the server has.
    for (kind, values) in
        [(AttributeType::Boolean, ["true", "false"]), (AttributeType::Integer, ["7", "70"]), (AttributeType::Decimal, ["1.5", "15"])]
    {
        let is_that = |attribute: &Attribute| attribute.kind == kind && !attribute.multi_valued && attribute.is_read_write();
        let Ok((of, found)) = s.find("one of that type", is_that) else { continue };
        if of.find(Attribute::is_free_text).is_none() {
            continue;
        }
        let bodies = values.map(|value| found.with(serde_json::from_str::<Value>(value).unwrap_or_default()));
        let things = Population::of_type(&s, &of, bodies.into()).await?;
        things.found_by(&s, "$text eq \"$mark\"").await?;
        things.joined(&s).await?;
        for (place, value) in values.iter().enumerate() {
            things.finds(&s, &format!("$text eq \"$mark\" and {} eq {value}", found.path()), &[place]).await?;
        }
    }
    Ok(())
}

async fn pr(s: Session) -> Outcome {
    let people = Population::of_pairs(&s, &[("$mark", "$mark-a"), ("$mark", "")]).await?;
    people.joined(&s).await?;
    people.finds(&s, "$text eq \"$mark\" and $other pr", &[0]).await?;
    let Ok((kind, complex, first, _)) = s.singular_complex() else { return Ok(()) };
    if kind.find(Attribute::is_free_text).is_none() {
        return Ok(());
    }
    let people = Population::of_type(&s, &kind, vec![complex.with(json!({ first: "x" })), json!({})]).await?;
    people.finds(&s, &format!("$text eq \"$mark\" and {} pr", complex.path()), &[0]).await?;
    Ok(())
}

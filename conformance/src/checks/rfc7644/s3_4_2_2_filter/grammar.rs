//! What is a filter, and what is none.

use serde_json::json;

use crate::check::{Check, Judged, Outcome, must};
use crate::checks::population::{Population, quoted};
use crate::session::Session;

pub(super) fn checks() -> Vec<Check> {
    vec![
        must("7644-3.4.2.2-empty", "The filter parameter MUST contain at least one valid expression")
            .rows(&["7644-3.4.2.2-05"])
            .why("a client that has lost its filter reads, and perhaps changes, everybody")
            .talk(empty),
        must(
            "7644-3.4.2.2-expression",
            "Each expression MUST contain an attribute name followed by an attribute operator and optional value",
        )
        .rows(&["7644-3.4.2.2-06"])
        .why("a client with a broken filter takes the answer for the right one")
        .talk(async |s: Session| refused(&s, &["$text", "eq \"x\"", "$text eq", "\"x\" eq $text"]).await),
        must("7644-3.4.2.2-grammar", "SCIM filters MUST conform to the following ABNF")
            .rows(&["7644-3.4.2.2-38"])
            .why("a client with a broken filter takes the answer for the right one")
            .talk(async |s: Session| {
                refused(
                    &s,
                    &[
                        "$text eq \"x", "($text pr", "$text pr)", "$text pr and", "and $text pr", "$text pr $text pr", "$text pr or or $text pr",
                        "()", "$text eq \"x\" \"y\"", "not", "$text..x eq \"x\"", "[$text pr]",
                    ],
                )
                .await
            }),
        must("7644-3.4.2.2-literals", "compValue = false / null / true / number / string ; rules from JSON")
            .rows(&["7644-3.4.2.2-39"])
            .why("what one server takes for a text is an attribute or an error for the next one")
            .talk(literals),
        must(
            "7644-3.4.2.2-unknown-operator",
            "Providers MUST decline to filter results if the specified filter operation is not recognized and return an HTTP 400 error with a \"scimType\" error of \"invalidFilter\"",
        )
        .rows(&["7644-3.4.2.2-50"])
        .why("a client with an operator of another server reads, and perhaps changes, everybody")
        .talk(unknown_operator),
        must("7644-3.4.2.2-with-urn", "attrPath  = [URI \":\"] ATTRNAME *1subAttr … URI is SCIM \"schema\" URI")
            .rows(&["7644-3.4.2.2-41"])
            .why("a client that writes full names, as it has to for extensions, is refused")
            .talk(async |s: Session| {
                let people = Population::of(&s, &["$mark-a", "$mark-b"]).await?;
                let urn = people.text.urn.clone().unwrap_or(people.kind.schema.id.clone());
                let name = &people.text.attribute.name;
                people.finds(&s, &format!("{urn}:{name} eq \"$mark-b\""), &[1]).await?;
                Ok(())
            }),
        must("7644-3.4.2.2-sub-attribute", "subAttr   = \".\" ATTRNAME … a sub-attribute of a complex attribute")
            .rows(&["7644-3.4.2.2-42"])
            .why("a client that looks for a family name is refused")
            .talk(sub_attribute),
        must("7644-3.4.2.2-escapes", "the \"compValue\" (comparison value) rule is built on JSON Data Interchange format ABNF rules")
            .rows(&["7644-3.4.2.2-43"])
            .why("users with quotes or accents in their names are not found, and are created again")
            .talk(async |s: Session| {
                let people = Population::of(&s, &["$mark-a\"b", "$mark-\u{e9}", "$mark-a\\b"]).await?;
                people.finds(&s, r#"$text eq "$mark-a\"b""#, &[0]).await?;
                people.finds(&s, r#"$text eq "$mark-\u00e9""#, &[1]).await?;
                people.finds(&s, r#"$text eq "$mark-a\\b""#, &[2]).await?;
                people.finds(&s, "$text eq \"$mark-\u{e9}\"", &[1]).await?;
                Ok(())
            }),
    ]
}

/// Each of these filters is refused. That the error is called invalidFilter is another requirement (§3.12).
async fn refused(s: &Session, filters: &[&str]) -> Outcome {
    let people = Population::of(s, &["$mark"]).await?;
    for filter in filters {
        let answer = s.query(&people.kind.endpoint, &[("filter", &people.with_names(filter))]).await?;
        answer.expect_status(&[400])?;
    }
    Ok(())
}

/// A server that understands more than the grammar has is no danger if it understands it well: none of these matches.
async fn literals(s: Session) -> Outcome {
    let people = Population::of(&s, &["$mark"]).await?;
    for filter in ["$text eq john", "$text eq 'john'", "$text eq \"a\tb\nc\"", "$text eq [\"x\"]"] {
        let answer = s.query(&people.kind.endpoint, &[("filter", &people.with_names(filter))]).await?;
        if answer.is_success() {
            let is_found = answer.expect_list()?.ids().contains(&people.made[0].id.as_str());
            answer.expect(!is_found, "a refusal, or no match", "a resource that does not match")?;
            answer.expect_status(&[400]).or_warning()?;
        }
        answer.expect_status(&[400])?;
    }
    Ok(())
}

async fn empty(s: Session) -> Outcome {
    let kind = s.any_type()?;
    s.create(&kind, json!({})).await?;
    let answer = s.query(&kind.endpoint, &[("filter", ""), ("count", "1")]).await?;
    // Some frameworks cannot tell an empty parameter from none.
    if answer.is_success() {
        answer.expect_status(&[400]).or_warning()?;
    }
    answer.expect_status(&[400])?;
    Ok(())
}

async fn unknown_operator(s: Session) -> Outcome {
    let people = Population::of(&s, &["$mark"]).await?;
    for filter in ["$text regex \"x\"", "$text pr and $text like \"x\""] {
        let answer = s.query(&people.kind.endpoint, &[("filter", &people.with_names(filter))]).await?;
        answer.expect_error(400, "invalidFilter")?;
        let detail = answer.at("/detail").as_str().unwrap_or_default();
        answer.expect(!detail.is_empty(), "an appropriate human-readable response in `detail`", "none")?;
    }
    Ok(())
}

async fn sub_attribute(s: Session) -> Outcome {
    let (kind, found, first, _) = s.singular_complex()?;
    let mark = s.mark();
    let resource = s.create(&kind, found.with(json!({ first.as_str(): mark }))).await?;
    s.create(&kind, json!({})).await?;
    let urn = found.urn.clone().unwrap_or(kind.schema.id.clone());
    let full = format!("{urn}:{}", found.attribute.name);
    for path in [found.path(), full] {
        let answer = s.query(&kind.endpoint, &[("filter", &format!("{path}.{first} eq {}", quoted(&mark)))]).await?;
        let list = answer.expect_list()?;
        answer.expect(list.ids() == [resource.id.as_str()], format!("the resource {}", resource.id), format!("{:?}", list.ids()))?;
    }
    Ok(())
}

//! What the values in filters mean.

use serde_json::json;

use crate::check::{Check, Outcome, Stop, must, records};
use crate::checks::population::{Population, quoted};
use crate::session::{Resource, Session};

pub(super) fn checks() -> Vec<Check> {
    vec![
        records("7644-3.4.2.2-null", "compValue = false / null / true / number / string")
            .rows(&["7644-3.4.2.2-40"])
            .talk(null),
        must(
            "7644-3.4.2.2-case-exact",
            "When comparing attributes of type String, the case sensitivity for String type attributes SHALL be determined by the attribute's \"caseExact\" characteristic",
        )
        .rows(&["7644-3.4.2.2-51"])
        .why("a user whose name was typed in capitals is not found, and is created again")
        .talk(case_exact),
        must(
            "7644-3.4.2.2-schemas",
            "Clients MAY query by schema or schema extensions by using a filter expression including the \"schemas\" attribute",
        )
        .rows(&["7644-3.4.2.2-52"])
        .why("a client cannot find the resources that have an extension")
        .talk(schemas),
    ]
}

async fn null(s: Session) -> Outcome {
    let people = Population::of_pairs(&s, &[("$mark", "$mark-a"), ("$mark", "")]).await?;
    let filter = people.with_names("$text eq \"$mark\" and $other eq null");
    let answer = s.query(&people.kind.endpoint, &[("filter", &filter)]).await?;
    s.note(match answer.status {
        200 if people.are(&answer, &[1]).is_ok() => "`eq null` finds what has no value".to_owned(),
        200 => format!("`eq null` finds {} of one with a value and one without", answer.at("/totalResults")),
        status => format!("`eq null` is answered with status {status}"),
    });
    Ok(())
}

async fn case_exact(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let people = Population::of(&s, &["$mark-abc"]).await?;
    let is_exact = text.attribute.case_exact;
    people.finds(&s, "$text eq \"$mark-ABC\"", if is_exact { &[] } else { &[0] }).await?;
    // A server without `co` has another fault.
    if people.finds(&s, "$text co \"$mark-ab\"", &[0]).await.is_ok() {
        people.finds(&s, "$text co \"$mark-AB\"", if is_exact { &[] } else { &[0] }).await?;
    }
    // `externalId` is case-exact by definition (RFC 7643 §3.1).
    let mark = s.mark();
    let exact = Population::of_type(&s, &kind, vec![json!({ "externalId": format!("{mark}-abc") })]).await?;
    if exact.made[0].body["externalId"] == format!("{mark}-abc") {
        exact.finds(&s, &format!("externalId eq \"{mark}-abc\""), &[0]).await?;
        exact.finds(&s, &format!("externalId eq \"{mark}-ABC\""), &[]).await?;
    }
    Ok(())
}

async fn schemas(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let part = kind.extensions.iter().find_map(|(schema, required)| {
        let part = schema.attributes.iter().find(|attribute| attribute.is_free_text())?;
        (!required).then(|| (schema.id.clone(), part.name.clone()))
    });
    let Some((urn, name)) = part else {
        return Err(Stop::Skipped(format!("{} has no extension that can be left out", kind.name)));
    };
    let mut with = s.valid(&kind, json!({}));
    if let Some(schemas) = with["schemas"].as_array_mut() {
        schemas.push(urn.as_str().into());
    }
    let extended = json!({ "schemas": with["schemas"], urn.as_str(): { name: "x" } });
    let people = Population::of_type(&s, &kind, vec![extended, json!({})]).await?;
    people.joined(&s).await?;
    // Which schemas a resource has, it says itself.
    let has_it = |resource: &Resource| resource.body["schemas"].as_array().is_some_and(|all| all.iter().any(|known| *known == urn));
    let expected: Vec<usize> = (0..people.made.len()).filter(|place| has_it(&people.made[*place])).collect();
    people.finds(&s, &format!("{} eq \"$mark\" and schemas eq {}", text.path(), quoted(&urn)), &expected).await?;
    Ok(())
}

//! RFC 7644 §3.10: how attributes are named.

use serde_json::json;

use crate::check::{Check, Judged, Need, Outcome, Stop, must};
use crate::checks::population::{Population, put_with_schema, quoted};
use crate::model::Found;
use crate::session::Session;

pub(super) fn checks() -> Vec<Check> {
    vec![
        must(
            "7644-3.10-full-name",
            "attributes are uniquely identified by prefixing the attribute name with its schema URN separated by a colon (\":\") character",
        )
        .rows(&["7644-3.10-01"])
        .needs(&[Need::Filter])
        .why("a client that names attributes without any doubt is refused")
        .talk(full_name),
        must("7644-3.10-core-prefix", "Clients MAY omit core schema attribute URN prefixes")
            .rows(&["7644-3.10-02"])
            .why("the same attribute has two meanings")
            .talk(core_prefix),
        must("7644-3.10-extended", "SHOULD fully qualify extended attributes with the associated schema extension URN")
            .rows(&["7644-3.10-03"])
            .needs(&[Need::Filter])
            .why("a client cannot look for what extensions add")
            .talk(extended),
        must(
            "7644-3.10-sub-attribute",
            "sub-attributes are referenced via nested dot ('.') notation, i.e., {urn}:{Attribute name}.{Sub-Attribute name}",
        )
        .rows(&["7644-3.10-04"])
        .why("a server that looks for the first dot finds it in the 2.0 of the URN")
        .talk(sub_attribute),
        must(
            "7644-3.10-without-case",
            "All facets (URN, attribute, and sub-attribute name) of the fully encoded attribute name are case insensitive",
        )
        .rows(&["7644-3.10-05"])
        .why("a client that writes `urn:…:user:username` is refused or finds nothing")
        .talk(without_case),
    ]
}

async fn full_name(s: Session) -> Outcome {
    let people = Population::of(&s, &["$mark-full", "$mark-b"]).await?;
    let urn = people.text.urn.clone().unwrap_or(people.kind.schema.id.clone());
    let name = format!("{urn}:{}", people.text.attribute.name);
    people.finds(&s, "$text eq \"$mark-full\"", &[0]).await.or_blocked()?;
    people.finds(&s, &format!("{name} eq \"$mark-full\""), &[0]).await?;
    if s.model().supports("sort").is_ok() {
        people.found_by(&s, "$text sw \"$mark-\"").await?;
        let filter = people.with_names("$text sw \"$mark-\"");
        let parameters = [("filter", filter.as_str()), ("sortBy", name.as_str()), ("sortOrder", "descending")];
        people.stand(&s.query(&people.kind.endpoint, &parameters).await?, &[0, 1])?;
    }
    if s.model().supports("patch").is_ok() {
        let answer = s.patch(&people.made[0], json!([{ "op": "replace", "path": name, "value": people.with_names("$mark-c") }])).await?;
        answer.expect_success()?;
        s.current(&people.made[0]).await?.expect_value(&people.text.pointer(), people.with_names("$mark-c"))?;
    }
    Ok(())
}

async fn core_prefix(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let Some(text) = kind.attributes().find(|found| found.urn.is_none() && found.attribute.is_free_text()) else {
        return Err(Stop::Skipped(format!("{} has no free text", kind.name)));
    };
    let resource = s.create(&kind, text.with(s.mark())).await?;
    let short = s.query(&resource.path, &[("attributes", &text.path())]).await?;
    let full = s.query(&resource.path, &[("attributes", &format!("{}:{}", kind.schema.id, text.path()))]).await?;
    short.expect_present(&text.pointer())?;
    full.expect_value(&text.pointer(), short.at(&text.pointer()).clone())?;
    full.expect_value("/id", resource.id.as_str())?;
    Ok(())
}

async fn extended(s: Session) -> Outcome {
    let extended = |found: &Found| found.urn.is_some() && found.attribute.is_free_text();
    let found = s.model().types.iter().find_map(|kind| Some((kind, kind.attributes().filter(extended).last()?)));
    let Some((kind, text)) = found else {
        return Err(Stop::Skipped("no extension has a free text".into()));
    };
    let mark = s.mark();
    let mut body = s.valid(kind, json!({}));
    put_with_schema(&mut body, &text, &mark);
    let resource = s.create_from(kind, body).await?;
    let answer = s.query(&kind.endpoint, &[("filter", &format!("{} eq {}", text.path(), quoted(&mark)))]).await?;
    let list = answer.expect_list()?;
    answer.expect(list.ids() == [resource.id.as_str()], format!("the resource {}", resource.id), format!("{:?}", list.ids()))?;
    let part = s.query(&resource.path, &[("attributes", &text.path())]).await?;
    part.expect_value(&text.pointer(), mark)?;
    Ok(())
}

async fn sub_attribute(s: Session) -> Outcome {
    let (kind, found, first, second) = s.singular_complex()?;
    let resource = s.create(&kind, found.with(json!({ first.as_str(): "x", second.as_str(): "y" }))).await?;
    let urn = found.urn.clone().unwrap_or(kind.schema.id.clone());
    let answer = s.query(&resource.path, &[("attributes", &format!("{urn}:{}.{second}", found.attribute.name))]).await?;
    answer.expect_value(&format!("{}/{second}", found.pointer()), "y")?;
    answer.expect_absent(&format!("{}/{first}", found.pointer()))?;
    Ok(())
}

async fn without_case(s: Session) -> Outcome {
    let (kind, found, first, _) = s.singular_complex()?;
    let mark = s.mark();
    let resource = s.create(&kind, found.with(json!({ first.as_str(): mark }))).await?;
    let urn = found.urn.clone().unwrap_or(kind.schema.id.clone());
    let name = format!("{urn}:{}.{first}", found.attribute.name);
    for name in [name.to_uppercase(), name.to_lowercase()] {
        s.query(&resource.path, &[("attributes", &name)]).await?.expect_value(&format!("{}/{first}", found.pointer()), mark.as_str())?;
        if s.model().supports("filter").is_ok() {
            let answer = s.query(&kind.endpoint, &[("filter", &format!("{name} eq {}", quoted(&mark)))]).await?;
            let list = answer.expect_list()?;
            answer.expect(list.ids() == [resource.id.as_str()], format!("the resource {}", resource.id), format!("{:?}", list.ids()))?;
        }
    }
    Ok(())
}

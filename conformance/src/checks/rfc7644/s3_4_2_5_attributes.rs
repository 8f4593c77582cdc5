//! RFC 7644 §3.4.2.5: which attributes a query returns.

use crate::check::{Check, Judged, Outcome, Stop, must};
use crate::checks::population::{full_of_each, put_with_schema, quoted};
use crate::model::Found;
use crate::session::{Answer, Resource, Session};
use serde_json::{Value, json};

pub(super) fn checks() -> Vec<Check> {
    vec![
        must("7644-3.4.2.5-supported", "SCIM clients MAY use one of these two OPTIONAL parameters, which MUST be supported by SCIM service providers")
            .rows(&["7644-3.4.2.5-01"])
            .why("a client that leaves out members gets groups that it cannot hold")
            .talk(supported),
        must(
            "7644-3.4.2.5-overrides",
            "attributes … the names of resource attributes to return in the response, overriding the set of attributes that would be returned by default",
        )
        .rows(&["7644-3.4.2.5-02"])
        .why("a client that asks for names gets everything that is known of everybody")
        .talk(overrides),
        must("7644-3.4.2.5-notation", "attributes … Attribute names MUST be in standard attribute notation (Section 3.10) form")
            .rows(&["7644-3.4.2.5-03"])
            .why("a client that writes full names, as it has to for extensions, gets nothing")
            .talk(async |s: Session| notation(&s, false).await),
        must("7644-3.4.2.5-excluded-always", "This parameter SHALL have no effect on attributes whose schema \"returned\" setting is \"always\"")
            .rows(&["7644-3.4.2.5-04"])
            .why("a client cannot tell of which resource the rest is")
            .talk(excluded_always),
        must("7644-3.4.2.5-excluded-notation", "excludedAttributes … Attribute names MUST be in standard attribute notation (Section 3.10) form")
            .rows(&["7644-3.4.2.5-05"])
            .why("a client that leaves something out by its full name gets it all the same")
            .talk(async |s: Session| notation(&s, true).await),
    ]
}

/// A resource with two texts, found among others.
struct Listed {
    resource: Resource,
    first: Found,
    second: Found,
}

impl Listed {
    async fn create(s: &Session) -> Outcome<Self> {
        let (kind, first, second) = s.two_free_texts()?;
        let mut body = first.with(s.mark());
        second.put(&mut body, s.mark());
        Ok(Self { resource: s.create(&kind, body).await?, first, second })
    }

    async fn shown(&self, s: &Session, parameter: &str, value: &str) -> Outcome<(Answer, String)> {
        shown(s, &self.resource, parameter, value).await
    }
}

/// A resource as a query with that parameter shows it, and where. Without filters it is looked for in the list.
async fn shown(s: &Session, resource: &Resource, parameter: &str, value: &str) -> Outcome<(Answer, String)> {
    let filter = format!("id eq {}", quoted(&resource.id));
    let parameters = [("filter", filter.as_str()), (parameter, value)];
    let has_filter = s.model().supports("filter").is_ok();
    let parameters = if has_filter { &parameters[..] } else { &parameters[1..] };
    let answer = s.query(&resource.kind.endpoint, parameters).await?;
    let list = answer.expect_list()?;
    let place = list.resources.iter().position(|listed| listed["id"] == resource.id.as_str());
    // An answer without `id` is recognized where a filter has found it alone.
    match place.or((has_filter && list.resources.len() == 1).then_some(0)) {
        Some(place) => Ok((answer, format!("/Resources/{place}"))),
        None => Err(answer.failure(format!("the resource {} in the list", resource.id), "it is not there").blocked()),
    }
}

async fn supported(s: Session) -> Outcome {
    let listed = Listed::create(&s).await?;
    let (only, at) = listed.shown(&s, "attributes", &listed.first.path()).await?;
    only.expect_present(&format!("{at}{}", listed.first.pointer()))?;
    only.expect_absent(&format!("{at}{}", listed.second.pointer()))?;
    let (without, at) = listed.shown(&s, "excludedAttributes", &listed.first.path()).await?;
    without.expect_absent(&format!("{at}{}", listed.first.pointer()))?;
    without.expect_present(&format!("{at}{}", listed.second.pointer()))?;
    Ok(())
}

async fn overrides(s: Session) -> Outcome {
    let listed = Listed::create(&s).await?;
    let (only, at) = listed.shown(&s, "attributes", &listed.second.path()).await?;
    let kind = &listed.resource.kind;
    let allowed = |name: &str| {
        let is_always =
            kind.attributes().any(|found| found.attribute.name.eq_ignore_ascii_case(name) && found.attribute.returned == "always");
        is_always || ["id", "schemas", &listed.second.attribute.name].contains(&name) || name.starts_with("urn:")
    };
    let surplus: Vec<&String> =
        only.at(&at).as_object().into_iter().flatten().map(|(name, _)| name).filter(|name| !allowed(name)).collect();
    let judged =
        only.expect(surplus.is_empty(), "nothing but what was asked for and what is always returned", format!("{surplus:?} besides"));
    // `meta` is returned by default only (RFC 7643 §3.1), but nobody is harmed by it.
    if surplus.iter().all(|name| *name == "meta") {
        judged.or_warning()?
    } else {
        judged?
    };
    Ok(())
}

/// An attribute of each notation: by its URN, of an extension, a sub-attribute.
async fn notation(s: &Session, excluded: bool) -> Outcome {
    let kind = s.any_type()?;
    let text = kind.attributes().find(|found| found.urn.is_none() && found.attribute.is_free_text());
    let extended = kind.attributes().find(|found| found.urn.is_some() && found.attribute.is_free_text());
    let complex = kind.attributes().find(|found| found.urn.is_none() && found.attribute.is_singular_complex());
    let mut body = s.valid(&kind, json!({}));
    let mut paths: Vec<(String, String)> = Vec::new();
    if let Some(text) = text {
        paths.push((format!("{}:{}", kind.schema.id, text.path()), text.pointer()));
        text.put(&mut body, s.mark());
    }
    if let Some(found) = extended {
        paths.push((found.path(), found.pointer()));
        put_with_schema(&mut body, &found, &s.mark());
    }
    if let Some((found, sub)) = complex.and_then(|found| {
        let sub = found.attribute.sub_attributes.iter().filter(|sub| sub.is_free_text() && sub.name != "formatted").nth(1)?.name.clone();
        Some((found, sub))
    }) {
        paths.push((format!("{}.{sub}", found.path()), format!("{}/{sub}", found.pointer())));
        found.put(&mut body, json!({ sub: "x" }));
    }
    if paths.is_empty() {
        return Err(Stop::Skipped(format!("{} has nothing to name", kind.name)));
    }
    let resource = s.create_from(&kind, body).await?;
    for (path, pointer) in paths {
        if resource.body.pointer(&pointer).is_none_or(Value::is_null) {
            continue;
        }
        let parameter = if excluded { "excludedAttributes" } else { "attributes" };
        let (answer, at) = shown(s, &resource, parameter, &path).await?;
        if excluded {
            answer.expect_absent(&format!("{at}{pointer}"))?;
        } else {
            answer.expect_present(&format!("{at}{pointer}"))?;
        }
    }
    Ok(())
}

async fn excluded_always(s: Session) -> Outcome {
    for resource in full_of_each(&s).await? {
        let always: Vec<Found> = resource.kind.attributes().filter(|found| found.attribute.returned == "always").collect();
        let names: Vec<String> = always.iter().map(Found::path).chain(["id".to_owned()]).collect();
        let answer = s.query(&resource.path, &[("excludedAttributes", &names.join(","))]).await?;
        answer.expect_status(&[200]).or_blocked()?;
        answer.expect_value("/id", resource.id.as_str())?;
        for found in always.iter().filter(|found| resource.body.pointer(&found.pointer()).is_some()) {
            answer.expect_present(&found.pointer())?;
        }
        let (answer, at) = shown(&s, &resource, "excludedAttributes", "id").await.or_blocked()?;
        answer.expect_present(&format!("{at}/id"))?;
    }
    Ok(())
}

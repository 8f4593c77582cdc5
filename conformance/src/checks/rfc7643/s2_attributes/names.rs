//! RFC 7643 §1.2, §2.1 and §2.2: the names of attributes, and what holds if nothing is said.

use serde_json::{Value, json};

use super::super::published::{accepted, described, filtered, is_type, path_of, published, taken};
use crate::check::{Check, Judged, Outcome, Stop, may, must, records};
use crate::model::{Found, ResourceType};
use crate::session::{Kind, Session};

pub(super) fn checks() -> Vec<Check> {
    vec![
        may("7643-1.2-schemas", "Service provider schemas MAY be returned from the \"/Schemas\" endpoint")
            .rows(&["7643-1.2-01"])
            .why("a client that looks for the schemas where they may be finds something else")
            .talk(async |s| {
                let answer = s.get("/Schemas").await?;
                if matches!(answer.status, 403 | 404 | 501) {
                    return Err(Stop::Skipped(format!("GET /Schemas answers {}", answer.status)));
                }
                answer.expect_list().map(|_| ())
            }),
        must("7643-1.2-simple", "A simple attribute MUST NOT contain sub-attributes")
            .rows(&["7643-1.2-02"])
            .why("a client cannot tell whether a value is a text or an object")
            .talk(async |s| {
                let is_simple = |attribute: &Value| !is_type(attribute, "complex");
                let no_parts = |attribute: &Value| attribute["subAttributes"].as_array().is_none_or(Vec::is_empty);
                published(&s).await?.expect_every("simple attributes have no subAttributes", is_simple, no_parts)
            }),
        must("7643-2.1-names-without-case", "Attribute names are case insensitive")
            .rows(&["7643-2.1-01"])
            .why("what a client sends with another case of letters is lost without a word")
            .talk(names_without_case),
        records(
            "7643-2.1-schemas-in-requests",
            "SCIM resources are represented in JSON [RFC7159] format and MUST specify schema via the \"schemas\" attribute",
        )
        .rows(&["7643-2.1-02", "7643-3-03", "7643-3.3-02"])
        .talk(schemas_in_requests),
        must("7643-2.1-name-syntax", "Attribute names MUST conform to the following ABNF rules: ATTRNAME = ALPHA *(nameChar)")
            .rows(&["7643-2.1-03"])
            .why("a filter or path with such a name cannot be written")
            .talk(name_syntax),
        must("7643-2.2-defaults", "If not otherwise stated in Section 7, SCIM attributes have the following characteristics")
            .rows(&["7643-2.2-01", "7643-2.2-02", "7643-2.2-03", "7643-2.2-04", "7643-2.2-05", "7643-2.2-06", "7643-2.2-07"])
            .why("a client that relies on what is not said otherwise is refused or loses data")
            .talk(defaults),
    ]
}

async fn names_without_case(s: Session) -> Outcome {
    let (kind, text) = s.find("a free text of the base schema", |attribute| attribute.is_free_text())?;
    if text.urn.is_some() {
        return Err(Stop::Skipped("no base schema has a free text".into()));
    }
    described(&s, &kind.schema.id)?;
    let value = s.mark();
    let upper = json!({ text.attribute.name.to_uppercase(): value });
    // A Group has no other text than the one that it requires.
    let mut body = s.valid(&kind, upper);
    text.take(&mut body);
    accepted(&s, &kind, body).await?.expect_value(&text.pointer(), value)?;
    Ok(())
}

async fn schemas_in_requests(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let cases =
        [("no schemas", Value::Null), ("an empty array", json!([])), ("a URN that is not the base schema", json!(["urn:example:none"]))];
    for (what, schemas) in cases {
        let answer = s.post(&kind.endpoint, s.valid(&kind, json!({ "schemas": schemas }))).await?;
        s.note(format!("POST with {what}: {} {}", answer.status, answer.at("/scimType").as_str().unwrap_or_default()).trim_end());
    }
    Ok(())
}

async fn name_syntax(s: Session) -> Outcome {
    let is_name = |attribute: &Value| {
        let name = attribute["name"].as_str().unwrap_or_default();
        let is_char = |byte: u8| byte.is_ascii_alphanumeric() || b"$-_".contains(&byte);
        // The RFC's own `$ref` does not begin with a letter.
        name == "$ref" || (name.starts_with(|first: char| first.is_ascii_alphabetic()) && name.bytes().all(is_char))
    };
    published(&s).await?.expect_every("a letter, then letters, digits, `$`, `-` and `_`", |_| true, is_name)
}

async fn defaults(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    described(&s, text.urn.as_deref().unwrap_or(&kind.schema.id))?;
    let value = format!("{{any}} Value % {}", s.mark());
    let create = || taken(&s, &kind, s.valid(&kind, text.with(value.as_str())));
    let first = create().await?;
    let path = path_of(&kind, &first)?;
    let id = first.at("/id").as_str().unwrap_or_default();
    let read = s.get(&path).await?;
    read.expect_status(&[200]).or_blocked()?;
    s.row("7643-2.2-01", Ok(()));
    s.row("7643-2.2-02", read.expect_value(&text.pointer(), value.as_str()).map(|_| ()));
    s.row("7643-2.2-05", read.expect_present(&text.pointer()).map(|_| ()));
    s.row("7643-2.2-07", read.expect_kind(&text.pointer(), Kind::String).map(|_| ()));
    s.row("7643-2.2-06", create().await.map(|_| ()));
    s.row("7643-2.2-03", found_without_case(&s, &kind, &text, &value, id).await);
    let mut body = read.body.unwrap_or_default();
    s.ask("PUT", &path).json(body.clone()).send().await.or_blocked()?.expect_success().or_blocked()?;
    text.put(&mut body, "other");
    let changed = s.ask("PUT", &path).json(body).send().await?;
    s.row("7643-2.2-04", changed.expect_success().map(|_| ()));
    Ok(())
}

async fn found_without_case(s: &Session, kind: &ResourceType, text: &Found, value: &str, id: &str) -> Outcome {
    s.model().supports("filter").map_err(Stop::Skipped)?;
    if text.attribute.case_exact {
        return Err(Stop::Skipped(format!("the schema says that case counts in {}", text.path())));
    }
    let filter = format!("{} eq \"{}\"", text.path(), value.to_uppercase());
    let answer = filtered(s, kind, &filter).await?;
    answer.expect_element("/Resources", "the resource", |resource| resource["id"] == id)?;
    Ok(())
}

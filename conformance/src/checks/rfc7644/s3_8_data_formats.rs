//! RFC 7644 §3.8: data input and output formats.

use serde_json::{Value, json};

use crate::check::{Check, Judged, Outcome, must, should};
use crate::model::{Attribute, Model};
use crate::session::{Answer, Kind, Session};

/// Letters with two, three and four bytes in UTF-8.
const WORDS: &str = "Zoë 名前 🎉";

pub(super) fn checks() -> Vec<Check> {
    let mut checks = utf_8();
    checks.extend(media_types());
    checks.push(
        must(
            "7644-3.8-json",
            "Multi-valued attributes in JSON are encoded as arrays … Elements with nested elements are represented as objects in JSON",
        )
        .rows(&["7644-3.8-10"])
        .why("a typed client cannot read one value where it waits for an array")
        .talk(shapes),
    );
    checks
}

fn utf_8() -> Vec<Check> {
    vec![
        must(
            "7644-3.8-utf-8",
            "Servers MUST accept requests and be able to return JSON-structured responses using UTF-8 encoding [RFC3629]",
        )
        .rows(&["7644-3.8-01"])
        .why("names of people come back as something else")
        .talk(async |s| {
            let (kind, text) = s.free_text()?;
            let answer = s.post(&kind.endpoint, s.valid(&kind, text.with(WORDS))).await?;
            answer.expect_success()?;
            stored(&s, &answer).await?.expect_value(&text.pointer(), WORDS)?;
            Ok(())
        }),
        must("7644-3.8-utf-8-by-default", "UTF-8 SHALL be the default encoding format")
            .rows(&["7644-3.8-02"])
            .why("what is decoded in another encoding is stored as nonsense")
            .talk(utf_8_by_default),
    ]
}

fn media_types() -> Vec<Check> {
    vec![
        must("7644-3.8-accept-scim-json", "Service providers MUST support the \"Accept\" header \"Accept: application/scim+json\"")
            .rows(&["7644-3.8-06"])
            .why("every client sends it")
            .talk(async |s| {
                let (kind, text) = s.free_text()?;
                let resource = s.create(&kind, text.with("as SCIM")).await?;
                let answer = s.ask("GET", &resource.path).header("Accept", "application/scim+json").send().await?;
                answer.expect_status(&[200])?.expect_scim_json()?.expect_json()?;
                Ok(())
            }),
        should("7644-3.8-accept-json", "Service providers … SHOULD support the header \"Accept: application/json\"")
            .rows(&["7644-3.8-07"])
            .why("clients that are made with common HTTP libraries send it")
            .talk(async |s| {
                let resource = s.create(&s.any_type()?, json!({})).await?;
                let answer = s.ask("GET", &resource.path).header("Accept", "application/json").send().await?;
                answer.expect_status(&[200])?.expect_json()?;
                let found = answer.header("content-type").unwrap_or_default();
                answer.expect(found.contains("json"), "a Content-Type of JSON", format!("`{found}`"))?;
                Ok(())
            }),
        must("7644-3.8-default-format", "The format defaults to \"application/scim+json\" if no format is specified")
            .rows(&["7644-3.8-08"])
            .why("a client that reads bodies by their type reads none")
            .talk(async |s| {
                let resource = s.create(&s.any_type()?, json!({})).await?;
                let none = s.ask("GET", &resource.path).header("Accept", "").send().await?;
                none.expect_status(&[200])?.expect_scim_json()?.expect_json()?;
                // Who takes anything has not said that it is indifferent to the default.
                let any = s.ask("GET", &resource.path).header("Accept", "*/*").send().await?;
                any.expect_status(&[200])?.expect_json()?;
                any.expect_scim_json().or_warning()?;
                Ok(())
            }),
        should(
            "7644-3.8-send-json",
            "\"Accept: application/scim+json\" and … \"Accept: application/json\", both of which specify JSON documents",
        )
        .rows(&["7644-3.8-09"])
        .why("clients that are made with common HTTP libraries send application/json")
        .talk(async |s| {
            let kind = s.any_type()?;
            for media_type in ["application/json", "application/scim+json; charset=utf-8"] {
                let body = s.valid(&kind, json!({}));
                s.ask("POST", &kind.endpoint).header("Content-Type", media_type).json(body).send().await?.expect_success()?;
            }
            Ok(())
        }),
    ]
}

/// The resource that an answer says to have been created, as it is now.
async fn stored(s: &Session, created: &Answer) -> Outcome<Answer> {
    let location = created.header("location").or(created.at("/meta/location").as_str());
    let Some(location) = location else { return Err(created.failure("the location of the new resource", "it is absent").blocked()) };
    let answer = s.get(location).await.or_blocked()?;
    answer.expect_status(&[200]).or_blocked()?;
    Ok(answer)
}

async fn utf_8_by_default(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let body = s.valid(&kind, text.with("Zo\u{e9}")).to_string();
    // The same text in Latin-1, which is no UTF-8.
    let latin_1: Vec<u8> = body.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap_or(b'?')).collect();
    let other = s.ask("POST", &kind.endpoint).bytes(latin_1).send().await?;
    if other.is_success() {
        let found = stored(&s, &other).await?;
        let found =
            found.expect(*found.at(&text.pointer()) != "Zo\u{e9}", "UTF-8, of which this is none", "the text was read as Latin-1")?;
        // Some decoders put a sign in the place of what they cannot read: the text is lost all the same.
        found.expect(false, "a refusal of what is no UTF-8", "it is stored as something else").or_warning()?;
    }
    other.expect_refusal()?;
    let answer = s.ask("POST", &kind.endpoint).bytes(body.into_bytes()).send().await?;
    answer.expect_success()?;
    stored(&s, &answer).await?.expect_value(&text.pointer(), "Zo\u{e9}")?;
    Ok(())
}

async fn shapes(s: Session) -> Outcome {
    let (kind, plural) = s.plural_complex()?;
    let mut body = plural.with(s.elements(&plural, 1)?);
    if let Some(text) = kind.find(Attribute::is_free_text).filter(|text| text.urn.is_none()) {
        text.put(&mut body, "as JSON");
    }
    if let Some(complex) = kind.find(Attribute::is_singular_complex).filter(|complex| complex.urn.is_none()) {
        let value = Model::value(&complex.attribute, &s.mark());
        complex.put(&mut body, value);
    }
    let resource = s.create(&kind, body).await?;
    let answer = s.current(&resource).await?;
    for found in kind.attributes() {
        if !matches!(answer.at(&found.pointer()), Value::Null) {
            answer.expect_kind(&found.pointer(), Kind::of_attribute(&found.attribute))?;
        }
    }
    Ok(())
}

//! Deep JSON, long bodies and texts, many values, members and operations.

use serde_json::{Value, json};

use super::{BAD_REQUEST, count, succeeds};
use crate::check::{Check, Judged, Need, Outcome, must, should};
use crate::model::AttributeType;
use crate::session::{Resource, Session};

/// What is judged is whether all or nothing is done; how the rest is refused counts as SHOULD, as in the other checks.
const ATOMIC: &str = "A PATCH request, regardless of the number of operations, SHALL be treated as atomic";
const TOO_LARGE: &str = "The 413 (Content Too Large) status code indicates that the server is refusing to process a request \
                         because the request content is larger than the server is willing or able to process";

pub(super) fn checks() -> Vec<Check> {
    vec![
        should("beyond-limits-json-depth", "An implementation may set limits on the maximum depth of nesting")
            .needs(&[Need::Limits, Need::Filter])
            .why("a parser without a limit ends the whole process with a body of some kilobytes")
            .talk(json_depth),
        should("beyond-limits-body", TOO_LARGE)
            .needs(&[Need::Limits, Need::Filter])
            .why("a client does not learn that its request is too large, or somebody fills the memory")
            .talk(body),
        should("beyond-limits-text", BAD_REQUEST)
            .needs(&[Need::Limits])
            .why("a column that is too short is an error of the server, or the text is cut and nobody is told")
            .talk(text),
        should("beyond-limits-unique-text", BAD_REQUEST)
            .needs(&[Need::Limits])
            .why("an index that is too short is an error of the server, or two long names count as one")
            .talk(unique_text),
        should("beyond-limits-values", BAD_REQUEST)
            .needs(&[Need::Limits, Need::Filter])
            .why("a person with many addresses has but some of them, and nobody is told")
            .talk(values),
        must("beyond-limits-patch-operations", ATOMIC)
            .needs(&[Need::Limits, Need::Patch])
            .why("of a long list of changes the first ones are done, although the client was told that none is")
            .talk(patch_operations),
        must("beyond-limits-members", ATOMIC)
            .needs(&[Need::Limits, Need::Patch, Need::Type("Group")])
            .why("of those that come into a large group some are missing, and nobody is told")
            .talk(members),
    ]
}

async fn json_depth(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    for depth in [60, 1_000, 100_000] {
        let value = s.mark();
        let whole = s.valid(&kind, text.with(value.as_str())).to_string();
        let whole = whole.strip_suffix('}').unwrap_or(&whole);
        for (deep, closes) in [("[", "]"), ("{\"a\":", "}")] {
            let inner = if deep == "[" { "" } else { "1" };
            let sent = format!("{whole},\"x-deep\":{}{inner}{}}}", deep.repeat(depth), closes.repeat(depth));
            let answer = s.ask("POST", &kind.endpoint).text(sent).send().await?;
            if succeeds(&s, &answer).await? {
                // Who ignores what it does not know may take it. The next one has the same text.
                let id = answer.expect_present("/id")?.as_str().unwrap_or_default();
                s.ask("DELETE", format!("{}/{id}", kind.endpoint)).send().await.or_blocked()?;
            }
            let left = count(&s, &kind, &text, &value).await?;
            answer.expect(left == 0, "nothing of what was refused", format!("{left} new resources"))?;
            let unclosed = format!("{whole},\"x-deep\":{}", deep.repeat(depth));
            let answer = s.ask("POST", &kind.endpoint).text(unclosed).send().await?;
            answer.expect(!succeeds(&s, &answer).await?, "a refusal of what is no JSON", format!("status {}", answer.status))?;
        }
    }
    Ok(())
}

async fn body(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let value = s.mark();
    let mut sent = s.valid(&kind, text.with(value.as_str()));
    sent["x-padding"] = "x".repeat(2 << 20).into();
    // RFC 9110 §15.5.14 lets a server hang up before it has read all; then some clients never see the answer.
    let answer = s.post(&kind.endpoint, sent).await.or_warning()?;
    let expected = u64::from(succeeds(&s, &answer).await?);
    let found = count(&s, &kind, &text, &value).await?;
    answer.expect(found == expected, "nothing of what was refused", format!("{found} new resources"))?;
    if !answer.is_success() {
        answer.expect_status(&[413, 400])?;
    }
    Ok(())
}

async fn text(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    // Letters of one byte, and of two: limits may count either.
    for (letter, length) in [("x", 300), ("é", 300), ("x", 5_000), ("é", 40_000), ("x", 300_000)] {
        let value = format!("{}{}", s.mark(), letter.repeat(length));
        let answer = s.post(&kind.endpoint, s.valid(&kind, text.with(value.as_str()))).await?;
        if succeeds(&s, &answer).await? {
            let path = format!("{}/{}", kind.endpoint, answer.expect_present("/id")?.as_str().unwrap_or_default());
            s.get(path).await?.expect_value(&text.pointer(), value)?;
        }
    }
    Ok(())
}

async fn unique_text(s: Session) -> Outcome {
    let (kind, unique) = s.find("a unique text", |attribute| {
        attribute.uniqueness != "none" && attribute.is_writable() && attribute.name != "id" && attribute.kind == AttributeType::String
    })?;
    for length in [200, 1_000, 5_000, 100_000] {
        let start = s.mark();
        // Two names that are equal but for their ends.
        let name = |end: &str| format!("{start}{}-{end}@example.com", "x".repeat(length));
        let first = s.post(&kind.endpoint, s.valid(&kind, unique.with(name("first")))).await?;
        if succeeds(&s, &first).await? {
            first.expect_value(&unique.pointer(), name("first"))?;
            s.post(&kind.endpoint, s.valid(&kind, unique.with(name("second")))).await?.expect_status(&[201])?;
        }
    }
    Ok(())
}

async fn values(s: Session) -> Outcome {
    let (kind, plural) = s.plural_complex()?;
    for number in [100, 2_000] {
        let mark = s.mark();
        let value = |number: usize| format!("{mark}-{number}@example.com");
        let values: Vec<Value> = (0..number).map(|number| json!({ "value": value(number) })).collect();
        let answer = s.post(&kind.endpoint, s.valid(&kind, plural.with(values))).await?;
        if succeeds(&s, &answer).await? {
            let path = format!("{}/{}", kind.endpoint, answer.expect_present("/id")?.as_str().unwrap_or_default());
            let now = s.get(path).await?;
            let found = now.at(&plural.pointer()).as_array().map_or(0, Vec::len);
            now.expect(found == number, format!("all {number} values"), format!("{found}"))?;
        }
    }
    Ok(())
}

async fn patch_operations(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let resource = s.create(&kind, text.with("before")).await?;
    for number in [100, 2_000, 20_000] {
        let before = s.current(&resource).await?.at(&text.pointer()).clone();
        let value = |number: usize| format!("value-{number}");
        let operations: Vec<Value> =
            (1..=number).map(|number| json!({ "op": "replace", "path": text.path(), "value": value(number) })).collect();
        let answer = s.patch(&resource, operations.into()).await.or_warning()?;
        let expected = if succeeds(&s, &answer).await.or_warning()? { value(number).into() } else { before };
        s.current(&resource).await?.expect_value(&text.pointer(), expected)?;
    }
    Ok(())
}

/// How many users are put into the group at once.
const MEMBERS: usize = 40;

async fn members(s: Session) -> Outcome {
    let group = s.group(json!({ "displayName": s.mark() })).await?;
    let mut users: Vec<Resource> = Vec::new();
    for _ in 0..MEMBERS {
        users.push(s.user(json!({})).await?);
    }
    let known = users.iter().map(|user| user.id.clone());
    // With thousands of others who do not exist: a server may refuse them, leave them out, or take them.
    let all: Vec<String> = known.clone().chain((0..5_000).map(|number| format!("{}-{number}", s.mark()))).collect();
    for ids in [all, known.collect()] {
        let values: Vec<Value> = ids.iter().map(|id| json!({ "value": id })).collect();
        let answer = s.patch(&group, json!([{ "op": "add", "path": "members", "value": values }])).await.or_warning()?;
        let expected = if succeeds(&s, &answer).await.or_warning()? { MEMBERS } else { 0 };
        let now = s.current(&group).await?;
        let members = now.at("/members").as_array().map(Vec::as_slice).unwrap_or_default();
        let found = users.iter().filter(|user| members.iter().any(|member| member["value"] == user.id.as_str())).count();
        now.expect(found == expected, format!("{expected} of the new members"), format!("{found}"))?;
    }
    Ok(())
}

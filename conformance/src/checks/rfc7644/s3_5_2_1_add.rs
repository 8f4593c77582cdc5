//! RFC 7644 §3.5.2.1: the PATCH operation `add`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::check::{Check, Judged, Need, Outcome, must, should};
use crate::model::Found;
use crate::session::{Resource, Session};

pub(super) fn checks() -> Vec<Check> {
    let mut checks = singular();
    checks.extend(plural());
    checks.extend(repeated());
    checks.into_iter().map(|check| check.needs(&[Need::Patch])).collect()
}

fn singular() -> Vec<Check> {
    vec![
        must(
            "7644-3.5.2.1-without-path",
            "If omitted, the target location is assumed to be the resource itself. The \"value\" parameter contains a set of attributes to be \
             added to the resource.",
        )
        .rows(&["7644-3.5.2.1-02"])
        .why("clients that send several attributes at once lose some of them")
        .talk(without_path),
        must(
            "7644-3.5.2.1-no-value-yet",
            "If the target location specifies an attribute that does not exist (has no value), the attribute is added with the new value",
        )
        .rows(&["7644-3.5.2.1-03", "7644-3.5.2.1-09"])
        .why("a client that fills in what is missing fills in nothing")
        .talk(async |s| {
            let (kind, text) = s.free_text()?;
            let resource = s.create(&kind, text.with(Value::Null)).await?;
            added(&s, &resource, &text, "first value".into()).await?;
            s.current(&resource).await?.expect_value(&text.pointer(), "first value")?;
            Ok(())
        }),
        must(
            "7644-3.5.2.1-single-valued",
            "If the target location specifies a single-valued attribute, the existing value is replaced",
        )
        .rows(&["7644-3.5.2.1-08", "7644-3.5.2.1-10"])
        .why("a client that adds the new value of an attribute leaves the old one there")
        .talk(async |s| {
            let (kind, text) = s.free_text()?;
            let resource = s.create(&kind, text.with("old value")).await?;
            added(&s, &resource, &text, "second value".into()).await?;
            s.current(&resource).await?.expect_value(&text.pointer(), "second value")?;
            Ok(())
        }),
        must(
            "7644-3.5.2.1-complex",
            "If the target location specifies a complex attribute, a set of sub-attributes SHALL be specified in the \"value\" parameter",
        )
        .rows(&["7644-3.5.2.1-04"])
        .why("a text in the place of an object breaks clients that read the attribute")
        .talk(complex),
    ]
}

fn plural() -> Vec<Check> {
    vec![
        must(
            "7644-3.5.2.1-multi-valued",
            "If the target location specifies a multi-valued attribute, a new value is added to the attribute",
        )
        .rows(&["7644-3.5.2.1-05"])
        .why("a client that adds one value removes all others")
        .talk(async |s| {
            let (resource, plural, elements) = with_first_of(&s, 2).await?;
            added(&s, &resource, &plural, json!([elements[1]])).await?;
            has_all(&s, &resource, &plural, &elements).await
        }),
        must(
            "7644-3.5.2.1-array-or-object",
            "The value MAY be a quoted value, or it may be a JSON object containing the sub-attributes of the complex attribute specified in the \
             operation's \"path\"",
        )
        .rows(&["7644-3.5.2.1-06"])
        .why("some clients add one value as an object, others several as an array")
        .talk(array_or_object),
        must(
            "7644-3.5.2.1-multi-valued-without-path",
            "In the above example, an additional value is added to the multi-valued attribute \"emails\"",
        )
        .rows(&["7644-3.5.2.1-07"])
        .why("a client that adds one value removes all others")
        .talk(async |s| {
            let (resource, plural, elements) = with_first_of(&s, 2).await?;
            let operation = json!({ "op": "add", "value": plural.with(json!([elements[1]])) });
            s.patch(&resource, json!([operation])).await?.expect_success().or_blocked()?;
            has_all(&s, &resource, &plural, &elements).await
        }),
        must("7644-3.5.2.1-member", "The following example shows how to add a member to a group")
            .rows(&["7644-3.5.2.1-13"])
            .why("provisioning gives and takes rights through groups")
            .talk(member),
    ]
}

fn repeated() -> Vec<Check> {
    vec![
        should(
            "7644-3.5.2.1-present-no-change",
            "If the target location already contains the value specified, no changes SHOULD be made to the resource",
        )
        .rows(&["7644-3.5.2.1-11"])
        .why("a client that tries again makes duplicates")
        .talk(present_no_change),
        should(
            "7644-3.5.2.1-present-success",
            "If the target location already contains the value specified, … a success response SHOULD be returned",
        )
        .rows(&["7644-3.5.2.1-15"])
        .why("a client that tries again after a lost answer never gets through")
        .talk(async |s| {
            let (resource, plural, elements) = with_first_of(&s, 1).await?;
            added(&s, &resource, &plural, json!(elements)).await?;
            Ok(())
        }),
        must(
            "7644-3.5.2.1-present-not-modified",
            "Unless other operations change the resource, this operation SHALL NOT change the modify timestamp of the resource",
        )
        .rows(&["7644-3.5.2.1-12"])
        .why("a client that synchronises by lastModified reads again what has not changed")
        .talk(present_not_modified),
    ]
}

/// An `add` with a path succeeds.
async fn added(s: &Session, resource: &Resource, target: &Found, value: Value) -> Outcome {
    s.patch(resource, json!([{ "op": "add", "path": target.path(), "value": value }])).await?.expect_success()?;
    Ok(())
}

/// A resource with the first of so many elements.
async fn with_first_of(s: &Session, count: usize) -> Outcome<(Resource, Found, Vec<Value>)> {
    let (kind, plural) = s.plural_complex()?;
    let elements = s.elements(&plural, count)?;
    let resource = s.create(&kind, plural.with(elements[..1].to_vec())).await?;
    Ok((resource, plural, elements))
}

/// The resource has all these elements.
async fn has_all(s: &Session, resource: &Resource, plural: &Found, elements: &[Value]) -> Outcome {
    let after = s.current(resource).await?;
    for element in elements {
        after.expect_element(&plural.pointer(), &format!("the value {}", element["value"]), |found| found["value"] == element["value"])?;
    }
    Ok(())
}

async fn without_path(s: Session) -> Outcome {
    let (kind, first, second) = s.two_free_texts()?;
    let resource = s.create(&kind, json!({})).await?;
    let mut both = first.with("added first");
    second.put(&mut both, "added second");
    // A server whose schemas could not be read may not have the attributes that were assumed.
    let as_created = s.create(&kind, both.clone()).await?;
    s.current(&as_created).await?.expect_value(&second.pointer(), "added second").or_blocked()?;
    s.patch(&resource, json!([{ "op": "add", "value": both }])).await?.expect_success()?;
    let after = s.current(&resource).await?;
    after.expect_value(&first.pointer(), "added first")?.expect_value(&second.pointer(), "added second")?;
    Ok(())
}

async fn complex(s: Session) -> Outcome {
    let (kind, complex, first, second) = s.singular_complex()?;
    let part = |name: &str, value: &str| Value::Object([(name.to_owned(), value.into())].into_iter().collect());
    let resource = s.create(&kind, complex.with(part(&first, "kept"))).await?;
    added(&s, &resource, &complex, part(&second, "added")).await?;
    let after = s.current(&resource).await?;
    after.expect_value(&format!("{}/{second}", complex.pointer()), "added")?;
    let text = s.patch(&resource, json!([{ "op": "add", "path": complex.path(), "value": "a text" }])).await?;
    text.expect_refusal()?;
    // "If the target location exists, the value is replaced" can be read to take the others away.
    after.expect_value(&format!("{}/{first}", complex.pointer()), "kept").or_warning()?;
    Ok(())
}

async fn array_or_object(s: Session) -> Outcome {
    let (resource, plural, elements) = with_first_of(&s, 3).await?;
    added(&s, &resource, &plural, elements[1].clone()).await?;
    has_all(&s, &resource, &plural, &elements[..2]).await?;
    let (resource, plural, elements) = with_first_of(&s, 3).await?;
    added(&s, &resource, &plural, json!(elements[1..])).await?;
    has_all(&s, &resource, &plural, &elements).await
}

async fn member(s: Session) -> Outcome {
    let (user, group) = (s.user(json!({})).await?, s.group(json!({})).await?);
    let operation = json!({ "op": "add", "path": "members", "value": [{ "value": user.id }] });
    s.patch(&group, json!([operation])).await?.expect_success()?;
    let after = s.current(&group).await?;
    after.expect_element("/members", "the new member", |member| member["value"] == user.id.as_str())?;
    Ok(())
}

async fn present_no_change(s: Session) -> Outcome {
    let (resource, plural, elements) = with_first_of(&s, 1).await?;
    let before = s.current(&resource).await?;
    added(&s, &resource, &plural, json!(elements)).await.or_blocked()?;
    let after = s.current(&resource).await?;
    after.expect_value(&plural.pointer(), before.at(&plural.pointer()).clone())?;
    Ok(())
}

async fn present_not_modified(s: Session) -> Outcome {
    let (resource, plural, elements) = with_first_of(&s, 1).await?;
    let before = s.current(&resource).await?;
    // Many clocks of servers count seconds: within one of them no change can be seen.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let answer = s.patch(&resource, json!([{ "op": "add", "path": plural.path(), "value": elements }])).await?;
    answer.expect_success().or_blocked()?;
    let modified = before.expect_present("/meta/lastModified").or_blocked()?.clone();
    s.current(&resource).await?.expect_value("/meta/lastModified", modified.clone())?;
    if answer.at("/meta/lastModified").is_string() {
        answer.expect_value("/meta/lastModified", modified)?;
    }
    Ok(())
}

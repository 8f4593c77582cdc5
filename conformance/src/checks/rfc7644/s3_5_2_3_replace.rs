//! RFC 7644 §3.5.2.3: the PATCH operation `replace`.

use serde_json::{Map, Value, json};

use crate::check::{Check, Judged, Need, Outcome, Stop, must};
use crate::model::Found;
use crate::session::{Answer, Resource, Session};

pub(super) fn checks() -> Vec<Check> {
    let mut checks = singular();
    checks.extend(plural());
    checks.into_iter().map(|check| check.needs(&[Need::Patch])).collect()
}

fn singular() -> Vec<Check> {
    vec![
        must(
            "7644-3.5.2.3-without-path",
            "If the \"path\" parameter is omitted, … the \"value\" attribute SHALL contain a list of one or more attributes that are to be replaced",
        )
        .rows(&["7644-3.5.2.3-01"])
        .why("clients that send several attributes at once lose some of them")
        .talk(without_path),
        must("7644-3.5.2.3-others-unaffected", "Note that other attributes are unaffected")
            .rows(&["7644-3.5.2.3-10"])
            .why("a client that changes one attribute clears all others")
            .talk(others_unaffected),
        must("7644-3.5.2.3-single-valued", "If the target location is a single-value attribute, the attributes value is replaced")
            .rows(&["7644-3.5.2.3-02", "7644-3.2-06"])
            .why("a client that changes one attribute is told of success and has changed nothing")
            .talk(async |s| {
                let (kind, text) = s.free_text()?;
                let resource = s.create(&kind, text.with("old value")).await?;
                replaced(&s, &resource, &text.path(), "replaced value".into()).await?;
                s.current(&resource).await?.expect_value(&text.pointer(), "replaced value")?;
                Ok(())
            }),
        must(
            "7644-3.5.2.3-no-value-yet",
            "If the target location path specifies an attribute that does not exist, the service provider SHALL treat the operation as an \"add\"",
        )
        .rows(&["7644-3.5.2.3-04"])
        .why("clients replace without knowing whether there is a value")
        .talk(async |s| {
            let (kind, text) = s.free_text()?;
            let resource = s.create(&kind, text.with(Value::Null)).await?;
            replaced(&s, &resource, &text.path(), "as if added".into()).await?;
            s.current(&resource).await?.expect_value(&text.pointer(), "as if added")?;
            Ok(())
        }),
        must(
            "7644-3.5.2.3-complex",
            "If the target location specifies a complex attribute, a set of sub-attributes SHALL be specified … Sub-attributes that are not \
             specified in the \"value\" parameter are left unchanged",
        )
        .rows(&["7644-3.5.2.3-05"])
        .why("a client that changes the given name loses the family name")
        .talk(complex),
    ]
}

fn plural() -> Vec<Check> {
    vec![
        must(
            "7644-3.5.2.3-multi-valued",
            "If the target location is a multi-valued attribute and no filter is specified, the attribute and all values are replaced",
        )
        .rows(&["7644-3.5.2.3-03"])
        .why("values that a client has replaced are still used")
        .talk(async |s| {
            let (resource, plural, elements) = with_first_of(&s, 2).await?;
            replaced(&s, &resource, &plural.path(), json!([elements[1]])).await?;
            let after = s.current(&resource).await?;
            after.expect_element(&plural.pointer(), "the new value", is(&elements[1]))?;
            after.expect_no_element(&plural.pointer(), "the old value", is(&elements[0]))?;
            Ok(())
        }),
        must(
            "7644-3.5.2.3-selected",
            "If the target location is a multi-valued attribute and a value selection (\"valuePath\") filter is specified that matches …, then \
             all matching record values SHALL be replaced",
        )
        .rows(&["7644-3.5.2.3-06"])
        .why("a client that changes the work address changes the one at home, too, or none")
        .talk(selected),
        must(
            "7644-3.5.2.3-part-of-records",
            "a complex multi-valued attribute with a value selection filter (\"valuePath\") and a specific sub-attribute …, the matching \
             sub-attribute of all matching records is replaced",
        )
        .rows(&["7644-3.5.2.3-07"])
        .why("a client that changes one part of some records changes only the first of them, or all records")
        .talk(part_of_records),
        must(
            "7644-3.5.2.3-no-match",
            "a value selection filter … has been supplied and no record match was made, the service provider SHALL indicate failure by returning \
             HTTP status code 400 and a \"scimType\" error code of \"noTarget\"",
        )
        .rows(&["7644-3.5.2.3-08", "7644-3.12-23"])
        .why("a client that is told of success believes that what it has selected was there (what some clients need is for them alone)")
        .talk(no_match),
        must(
            "7644-3.5.2.3-primary",
            "by setting \"primary\" to \"true\", the service provider will reset \"primary\" to \"false\" for any other existing values",
        )
        .rows(&["7644-3.5.2.3-09"])
        .why("with two primary values nobody knows which one counts")
        .talk(primary),
        must(
            "7644-3.5.2.3-members",
            "The following example shows how to replace all of the members of a group with a different members list in a single replace operation",
        )
        .rows(&["7644-3.5.2.3-11"])
        .why("who was taken out of a group keeps its rights")
        .talk(members),
    ]
}

/// A `replace` succeeds.
async fn replaced(s: &Session, resource: &Resource, path: &str, value: Value) -> Outcome<Answer> {
    let answer = s.patch(resource, json!([{ "op": "replace", "path": path, "value": value }])).await?;
    answer.expect_success()?;
    Ok(answer)
}

/// A resource with the first of so many elements.
async fn with_first_of(s: &Session, count: usize) -> Outcome<(Resource, Found, Vec<Value>)> {
    let (kind, plural) = s.plural_complex()?;
    let elements = s.elements(&plural, count)?;
    let resource = s.create(&kind, plural.with(elements[..1].to_vec())).await?;
    Ok((resource, plural, elements))
}

/// Whether an element has the same value and type.
fn is(element: &Value) -> impl Fn(&Value) -> bool {
    let (value, kind) = (element["value"].clone(), element["type"].clone());
    move |found| found["value"] == value && found["type"] == kind
}

async fn without_path(s: Session) -> Outcome {
    let (kind, first, second) = s.two_free_texts()?;
    let both = |one: &str, other: &str| {
        let mut both = first.with(one);
        second.put(&mut both, other);
        both
    };
    let resource = s.create(&kind, both("old first", "old second")).await?;
    s.current(&resource).await?.expect_value(&second.pointer(), "old second").or_blocked()?;
    s.patch(&resource, json!([{ "op": "replace", "value": both("new first", "new second") }])).await?.expect_success()?;
    let after = s.current(&resource).await?;
    after.expect_value(&first.pointer(), "new first")?.expect_value(&second.pointer(), "new second")?;
    Ok(())
}

async fn others_unaffected(s: Session) -> Outcome {
    let (kind, first, second) = s.two_free_texts()?;
    let mut both = first.with("old");
    second.put(&mut both, "unaffected");
    let resource = s.create(&kind, both).await?;
    s.current(&resource).await?.expect_value(&second.pointer(), "unaffected").or_blocked()?;
    s.patch(&resource, json!([{ "op": "replace", "value": first.with("the only one") }])).await?.expect_success().or_blocked()?;
    let after = s.current(&resource).await?;
    after.expect_value(&first.pointer(), "the only one").or_blocked()?;
    after.expect_value(&second.pointer(), "unaffected")?;
    Ok(())
}

async fn complex(s: Session) -> Outcome {
    let (kind, complex, first, second) = s.singular_complex()?;
    let parts: Map<String, Value> = [(first.clone(), json!("old")), (second.clone(), json!("unchanged"))].into_iter().collect();
    let resource = s.create(&kind, complex.with(parts)).await?;
    let part: Map<String, Value> = [(first.clone(), json!("a new part"))].into_iter().collect();
    replaced(&s, &resource, &complex.path(), part.into()).await?;
    let after = s.current(&resource).await?;
    after.expect_value(&format!("{}/{first}", complex.pointer()), "a new part")?;
    after.expect_value(&format!("{}/{second}", complex.pointer()), "unchanged")?;
    Ok(())
}

async fn selected(s: Session) -> Outcome {
    let (kind, plural) = s.plural_complex()?;
    let elements = s.elements(&plural, 2)?;
    let resource = s.create(&kind, plural.with(elements.clone())).await?;
    let mut new = s.elements(&plural, 1)?.remove(0);
    if new["value"] == elements[0]["value"] {
        new = json!({ "value": s.elements(&plural, 3)?[2]["value"], "type": elements[0]["type"] });
    }
    replaced(&s, &resource, &format!("{}[type eq {}]", plural.path(), elements[0]["type"]), new.clone()).await?;
    let after = s.current(&resource).await?;
    after.expect_element(&plural.pointer(), "the new record", is(&new))?;
    after.expect_no_element(&plural.pointer(), "the record that was replaced", is(&elements[0]))?;
    after.expect_element(&plural.pointer(), "the record that was not selected", is(&elements[1]))?;
    Ok(())
}

async fn part_of_records(s: Session) -> Outcome {
    let (kind, plural) = s.plural_complex()?;
    let mut elements = s.elements(&plural, 3)?;
    let types: Vec<Value> = elements.iter().map(|element| element["type"].clone()).collect();
    // Two records of the first type, one of the second; the third type is new.
    elements[1]["type"] = types[0].clone();
    elements[2]["type"] = types[1].clone();
    let resource = s.create(&kind, plural.with(elements.clone())).await?;
    replaced(&s, &resource, &format!("{}[type eq {}].type", plural.path(), types[0]), types[2].clone()).await?;
    let after = s.current(&resource).await?;
    for element in &mut elements[..2] {
        element["type"] = types[2].clone();
        after.expect_element(&plural.pointer(), "each matching record with the new type", is(element))?;
    }
    after.expect_element(&plural.pointer(), "the other record as it was", is(&elements[2]))?;
    Ok(())
}

async fn no_match(s: Session) -> Outcome {
    let (resource, plural, elements) = with_first_of(&s, 2).await?;
    let path = format!("{}[type eq {}].value", plural.path(), elements[1]["type"]);
    let operation = json!({ "op": "replace", "path": path, "value": elements[1]["value"] });
    s.patch(&resource, json!([operation])).await?.expect_error(400, "noTarget")?;
    Ok(())
}

async fn primary(s: Session) -> Outcome {
    let (kind, plural) = s.plural_complex()?;
    if plural.attribute.sub("primary").is_none() {
        return Err(Stop::Skipped(format!("`{}` has no primary", plural.path())));
    }
    let mut elements = s.elements(&plural, 2)?;
    elements[0]["primary"] = true.into();
    let resource = s.create(&kind, plural.with(elements.clone())).await?;
    elements[1]["primary"] = true.into();
    replaced(&s, &resource, &format!("{}[type eq {}]", plural.path(), elements[1]["type"]), elements[1].clone()).await.or_blocked()?;
    let after = s.current(&resource).await?;
    let (first, second) = (is(&elements[0]), is(&elements[1]));
    after.expect_element(&plural.pointer(), "the new primary value", move |found| second(found) && found["primary"] == true)?;
    after.expect_no_element(&plural.pointer(), "the old primary value as a primary one", move |found| {
        first(found) && found["primary"] == true
    })?;
    Ok(())
}

async fn members(s: Session) -> Outcome {
    let (first, second) = (s.user(json!({})).await?, s.user(json!({})).await?);
    let group = s.group(json!({ "members": [{ "value": first.id }] })).await?;
    replaced(&s, &group, "members", json!([{ "value": second.id }])).await?;
    let after = s.current(&group).await?;
    after.expect_element("/members", "the new member", |member| member["value"] == second.id.as_str())?;
    after.expect_no_element("/members", "the old member", |member| member["value"] == first.id.as_str())?;
    Ok(())
}

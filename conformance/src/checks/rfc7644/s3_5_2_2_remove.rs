//! RFC 7644 §3.5.2.2: the PATCH operation `remove`.

use serde_json::{Value, json};

use crate::check::{Check, Judged, Need, Outcome, Stop, must, records};
use crate::model::Found;
use crate::session::{Resource, Session};

pub(super) fn checks() -> Vec<Check> {
    let mut checks = whole_attributes();
    checks.extend(selected_values());
    checks.extend(members());
    checks.into_iter().map(|check| check.needs(&[Need::Patch])).collect()
}

fn whole_attributes() -> Vec<Check> {
    vec![
        must(
            "7644-3.5.2.2-without-path",
            "If \"path\" is unspecified, the operation fails with HTTP status code 400 and a \"scimType\" error code of \"noTarget\"",
        )
        .rows(&["7644-3.5.2.2-01"])
        .why("a client that forgot the path must not be told that something was removed")
        .talk(async |s| {
            let (kind, text) = s.free_text()?;
            let resource = s.create(&kind, text.with("kept")).await?;
            s.patch(&resource, json!([{ "op": "remove" }])).await?.expect_error(400, "noTarget")?;
            Ok(())
        }),
        must(
            "7644-3.5.2.2-single-valued",
            "If the target location is a single-value attribute, the attribute and its associated value is removed, and the attribute SHALL be \
             considered unassigned",
        )
        .rows(&["7644-3.5.2.2-02"])
        .why("a value that a client has removed is still shown to others")
        .talk(async |s| {
            let (kind, text) = s.free_text()?;
            let resource = s.create(&kind, text.with("to be removed")).await?;
            removed(&s, &resource, &text.path()).await?;
            s.current(&resource).await?.expect_absent(&text.pointer())?;
            Ok(())
        }),
        must(
            "7644-3.5.2.2-multi-valued",
            "If the target location is a multi-valued attribute and no filter is specified, the attribute and all values are removed, and the \
             attribute SHALL be considered unassigned",
        )
        .rows(&["7644-3.5.2.2-03"])
        .why("values that a client has removed are still used")
        .talk(async |s| {
            let (resource, plural, _) = with(&s, 2).await?;
            removed(&s, &resource, &plural.path()).await?;
            s.current(&resource).await?.expect_absent(&plural.pointer())?;
            Ok(())
        }),
        must(
            "7644-3.5.2.2-part",
            "The \"remove\" operation removes the value at the target location specified by the required attribute \"path\"",
        )
        .rows(&["7644-3.5.2.2-08"])
        .why("a client that removes one part of a name removes the whole name")
        .talk(part),
        must(
            "7644-3.5.2.2-required",
            "If an attribute is removed or becomes unassigned and is defined as a required attribute …, the server SHALL return … a \"scimType\" \
             error code of \"mutability\"",
        )
        .rows(&["7644-3.5.2.2-09"])
        .why("a user without a userName cannot be found or logged in")
        .talk(required),
        must(
            "7644-3.5.2.2-read-only",
            "If an attribute is removed … and is defined as … a read-only attribute, the server SHALL return … a \"scimType\" error code of \
             \"mutability\"",
        )
        .rows(&["7644-3.5.2.2-10"])
        .why("a client that is told of success believes that the value is gone")
        .talk(read_only),
    ]
}

fn selected_values() -> Vec<Check> {
    vec![
        must(
            "7644-3.5.2.2-value-filter",
            "If the target location is a multi-valued attribute and a complex filter is specified comparing a \"value\", the values matched by \
             the filter are removed",
        )
        .rows(&["7644-3.5.2.2-04"])
        .why("a client that takes one value away takes all of them, or none")
        .talk(async |s| {
            let (resource, plural, elements) = with(&s, 2).await?;
            removed(&s, &resource, &format!("{}[value eq {}]", plural.path(), elements[0]["value"])).await?;
            only_second(&s, &resource, &plural, &elements).await
        }),
        must(
            "7644-3.5.2.2-nothing-left",
            "If no other values remain after removal of the selected values, the multi-valued attribute SHALL be considered unassigned",
        )
        .rows(&["7644-3.5.2.2-05"])
        .why("an attribute with an empty value is found by clients that look for resources that have one")
        .talk(async |s| {
            let (resource, plural, elements) = with(&s, 1).await?;
            removed(&s, &resource, &format!("{}[type eq {}]", plural.path(), elements[0]["type"])).await?;
            s.current(&resource).await?.expect_absent(&plural.pointer())?;
            Ok(())
        }),
        must(
            "7644-3.5.2.2-complex-filter",
            "If the target location is a complex multi-valued attribute and a complex filter is specified based on the attribute's \
             sub-attributes, the matching records are removed",
        )
        .rows(&["7644-3.5.2.2-06"])
        .why("the wrong records go where two conditions are read as one")
        .talk(complex_filter),
        must("7644-3.5.2.2-part-of-records", "Sub-attributes whose values have been removed SHALL be considered unassigned")
            .rows(&["7644-3.5.2.2-07"])
            .why("a client that clears one part of a record removes the whole record")
            .talk(part_of_records),
    ]
}

fn members() -> Vec<Check> {
    vec![
        must(
            "7644-3.5.2.2-no-member",
            "If the user was not a member of this group, no changes should be made to the resource, and a success response should be returned",
        )
        .rows(&["7644-3.5.2.2-11"])
        .why("a client that tries again after a lost answer never gets through")
        .talk(no_member),
        records(
            "7644-3.5.2.2-with-value",
            "The \"remove\" operation removes the value at the target location specified by the required attribute \"path\"",
        )
        .rows(&["7644-3.5.2.2-12"])
        .why("a widely used client names the member to be removed in `value`: who ignores it empties the group")
        .talk(with_value),
    ]
}

/// A `remove` of that path succeeds.
async fn removed(s: &Session, resource: &Resource, path: &str) -> Outcome {
    s.patch(resource, json!([{ "op": "remove", "path": path }])).await?.expect_success()?;
    Ok(())
}

/// A resource with so many elements.
async fn with(s: &Session, count: usize) -> Outcome<(Resource, Found, Vec<Value>)> {
    let (kind, plural) = s.plural_complex()?;
    let elements = s.elements(&plural, count)?;
    let resource = s.create(&kind, plural.with(elements.clone())).await?;
    Ok((resource, plural, elements))
}

/// Of two elements the second one is left.
async fn only_second(s: &Session, resource: &Resource, plural: &Found, elements: &[Value]) -> Outcome {
    let after = s.current(resource).await?;
    after.expect_no_element(&plural.pointer(), "the value that was removed", |found| found["value"] == elements[0]["value"])?;
    after.expect_element(&plural.pointer(), "the value that was not selected", |found| found["value"] == elements[1]["value"])?;
    Ok(())
}

async fn part(s: Session) -> Outcome {
    let (kind, complex, first, second) = s.singular_complex()?;
    let both: Value =
        [(first.clone(), json!("goes")), (second.clone(), json!("stays"))].into_iter().collect::<serde_json::Map<_, _>>().into();
    let resource = s.create(&kind, complex.with(both)).await?;
    removed(&s, &resource, &format!("{}.{first}", complex.path())).await?;
    let after = s.current(&resource).await?;
    after.expect_absent(&format!("{}/{first}", complex.pointer()))?;
    after.expect_value(&format!("{}/{second}", complex.pointer()), "stays")?;
    Ok(())
}

async fn required(s: Session) -> Outcome {
    let (kind, required) = s.find("a required attribute", |attribute| {
        attribute.required && attribute.is_read_write() && !attribute.multi_valued && attribute.name != "schemas"
    })?;
    let resource = s.create(&kind, json!({})).await?;
    s.patch(&resource, json!([{ "op": "remove", "path": required.path() }])).await?.expect_error(400, "mutability")?;
    Ok(())
}

async fn read_only(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let resource = s.create(&kind, json!({})).await?;
    for path in ["id", "meta"] {
        s.patch(&resource, json!([{ "op": "remove", "path": path }])).await?.expect_error(400, "mutability")?;
    }
    if kind.attribute("groups").is_some_and(|groups| !groups.is_writable()) {
        let answer = s.patch(&resource, json!([{ "op": "remove", "path": "groups" }])).await?;
        // The user is in no group: where there is nothing to remove, nothing is removed.
        answer.expect_error(400, "mutability").or_warning()?;
    }
    Ok(())
}

async fn complex_filter(s: Session) -> Outcome {
    let (resource, plural, elements) = with(&s, 2).await?;
    let value = elements[0]["value"].as_str().unwrap_or_default();
    let end: String = value.chars().skip(value.chars().count().saturating_sub(6)).collect();
    let selected = format!("{}[type eq {} and value ew {}]", plural.path(), elements[0]["type"], Value::from(end));
    removed(&s, &resource, &selected).await?;
    only_second(&s, &resource, &plural, &elements).await
}

async fn part_of_records(s: Session) -> Outcome {
    let (resource, plural, elements) = with(&s, 2).await?;
    if plural.attribute.sub("type").is_some_and(|kind| kind.required) {
        return Err(Stop::Skipped(format!("`{}.type` is required", plural.path())));
    }
    removed(&s, &resource, &format!("{}[value eq {}].type", plural.path(), elements[0]["value"])).await?;
    let after = s.current(&resource).await?;
    let first = after.expect_element(&plural.pointer(), "the record", |found| found["value"] == elements[0]["value"])?;
    after.expect(first["type"].is_null(), "the record without `type`", format!("it has {}", first["type"]))?;
    let second = |found: &Value| found["value"] == elements[1]["value"] && found["type"] == elements[1]["type"];
    after.expect_element(&plural.pointer(), "the other record as it was", second)?;
    Ok(())
}

async fn no_member(s: Session) -> Outcome {
    let user = s.user(json!({})).await?;
    let group = s.group(json!({ "members": [{ "value": user.id }] })).await?;
    let path = format!("members[value eq \"{}\"]", s.mark());
    let answer = s.patch(&group, json!([{ "op": "remove", "path": path }])).await?;
    // Table 9 has noTarget for a filter that yields no match.
    answer.expect(
        answer.is_success() || answer.status == 400 && answer.at("/scimType") == "noTarget",
        "a success, or 400 noTarget",
        format!("status {}", answer.status),
    )?;
    s.current(&group).await?.expect_element("/members", "the member as before", |member| member["value"] == user.id.as_str())?;
    answer.expect_success().or_warning()?;
    Ok(())
}

async fn with_value(s: Session) -> Outcome {
    let (first, second) = (s.user(json!({})).await?, s.user(json!({})).await?);
    let group = s.group(json!({ "members": [{ "value": first.id }, { "value": second.id }] })).await?;
    let answer = s.patch(&group, json!([{ "op": "remove", "path": "members", "value": [{ "value": first.id }] }])).await?;
    let after = s.current(&group).await?;
    let members = after.at("/members").as_array().map_or(0, Vec::len);
    s.note(match (answer.is_success(), members) {
        (false, _) => format!("a remove of members with a value is refused with {}", answer.status),
        (true, 0) => "a remove of members with a value removes all members".to_owned(),
        (true, 1) => "a remove of members with a value removes that member only".to_owned(),
        (true, _) => "a remove of members with a value removes nobody".to_owned(),
    });
    answer.expect(!answer.is_success() || members > 0, "at most that member to be removed", "all members were removed").or_warning()?;
    Ok(())
}

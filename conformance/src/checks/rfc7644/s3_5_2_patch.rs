//! RFC 7644 §3.5.2: modifying with PATCH, whatever the operation.

use serde_json::{Value, json};

use crate::check::{Check, Judged, Need, Outcome, Stop, may, must};
use crate::model::AttributeType;
use crate::session::{Answer, Kind, Session};

pub(super) fn checks() -> Vec<Check> {
    let mut checks = paths();
    checks.extend(compatibility());
    checks.extend(sequences());
    checks.extend(answers());
    checks
}

/// What a request is made of.
fn paths() -> Vec<Check> {
    vec![
        may("7644-3.5.2-optional", "Clients may discover service provider support for PATCH by querying the service provider configuration")
            .rows(&["7644-3.5.2-01"])
            .why("a client chooses between PUT and PATCH by it")
            .talk(optional),
        must("7644-3.5.2-no-array-index", "SCIM servers do not support array indexing")
            .rows(&["7644-3.5.2-02"])
            .needs(&[Need::Patch])
            .why("the order of values is nothing that clients can rely on: an index names another value than they mean")
            .talk(no_array_index),
        must(
            "7644-3.5.2-no-move",
            "SCIM servers … do not support [RFC6902] operation types relating to array element manipulation, such as \"move\"",
        )
        .rows(&["7644-3.5.2-02"])
        .needs(&[Need::Patch])
        .why("a client that is told of success believes that the change was made")
        .talk(no_move),
        must(
            "7644-3.5.2-path-is-text",
            "The \"path\" attribute value is a String containing an attribute path describing the target of the operation",
        )
        .rows(&["7644-3.5.2-06"])
        .needs(&[Need::Patch])
        .talk(async |s| refuses_paths(&s, &[json!(5), json!(["a"]), json!({ "name": "a" })]).await),
        must("7644-3.5.2-path-grammar", "PATH = attrPath / valuePath [subAttr]")
            .rows(&["7644-3.5.2-09"])
            .needs(&[Need::Patch])
            .why("a path that was cut off or mistyped must not change something else")
            .talk(async |s| {
                let broken = ["..", ".value", "emails[type eq", "emails]", "emails[]", "na me"];
                refuses_paths(&s, &broken.map(Value::from)).await
            }),
        must("7644-3.5.2-path-examples", "Valid examples of \"path\" are as follows: …")
            .rows(&["7644-3.5.2-10", "7644-3.5.2-11", "7644-3.5.2-12", "7644-3.5.2-13", "7644-3.5.2-14"])
            .needs(&[Need::Patch])
            .why("clients are written after the examples of the RFC")
            .talk(path_examples),
        must(
            "7644-3.5.2-default-schemas",
            "For all operations, the value of the \"schemas\" attribute on the SCIM service provider's representation of the resource SHALL be assumed by default",
        )
        .rows(&["7644-3.5.2-19"])
        .needs(&[Need::Patch])
        .why("clients name attributes of the core schema without its URN")
        .talk(default_schemas),
    ]
}

/// What an operation may not do.
fn compatibility() -> Vec<Check> {
    vec![
        must(
            "7644-3.5.2-compatible",
            "Each operation against an attribute MUST be compatible with the attribute's mutability and schema",
        )
        .rows(&["7644-3.5.2-15"])
        .needs(&[Need::Patch])
        .why("a value of another type, or a changed id, comes back to clients that cannot read it")
        .talk(compatible),
        must(
            "7644-3.5.2-incompatible-error",
            "An operation that is not compatible … SHALL return the appropriate HTTP response status code and a JSON detail error response",
        )
        .rows(&["7644-3.5.2-18"])
        .needs(&[Need::Patch])
        .why("an administrator cannot tell what to change")
        .talk(incompatible_error),
        must(
            "7644-3.5.2-error",
            "If a request fails, the server SHALL return an HTTP response status code and a JSON detail error response as defined in Section 3.12",
        )
        .rows(&["7644-3.5.2-26"])
        .needs(&[Need::Patch])
        .why("a failure that looks like one of the server is tried again without end")
        .talk(error),
    ]
}

/// Several operations, and what one of them does to other values.
fn sequences() -> Vec<Check> {
    vec![
        must("7644-3.5.2-in-order", "Operations are applied sequentially in the order they appear in the array")
            .rows(&["7644-3.5.2-22"])
            .needs(&[Need::Patch])
            .why("a client that removes a value and then adds it has lost it")
            .talk(in_order),
        must(
            "7644-3.5.2-primary",
            "a PATCH operation that sets a value's \"primary\" sub-attribute to \"true\" SHALL cause the server to automatically set \"primary\" to \
             \"false\" for any other values in the array",
        )
        .rows(&["7644-3.5.2-23"])
        .needs(&[Need::Patch])
        .why("with two primary values nobody knows which one counts")
        .talk(primary),
        must("7644-3.5.2-atomic", "A PATCH request, regardless of the number of operations, SHALL be treated as atomic")
            .rows(&["7644-3.5.2-24"])
            .needs(&[Need::Patch])
            .why("a client that repeats a failed request does the first half twice")
            .talk(atomic),
        must(
            "7644-3.5.2-restored",
            "If a single operation encounters an error condition, the original SCIM resource MUST be restored, and a failure status SHALL be returned",
        )
        .rows(&["7644-3.5.2-25"])
        .needs(&[Need::Patch])
        .why("a client that watches lastModified and versions takes the resource for a changed one")
        .talk(restored),
    ]
}

/// What comes back.
fn answers() -> Vec<Check> {
    vec![
        must(
            "7644-3.5.2-success",
            "the server either MUST return a 200 OK response code and the entire resource within the response body … or MAY return HTTP status \
             code 204 (No Content)",
        )
        .rows(&["7644-3.5.2-27"])
        .needs(&[Need::Patch])
        .why("a client that reads a 200 without a body, or waits for a 202 to be done, goes wrong")
        .talk(success),
        must("7644-3.5.2-attributes", "The server MUST return a 200 OK if the \"attributes\" parameter is specified in the request")
            .rows(&["7644-3.5.2-28"])
            .needs(&[Need::Patch])
            .why("a client that has asked for attributes waits for them")
            .talk(attributes),
    ]
}

/// One operation.
fn one(op: &str, path: &str, value: impl Into<Value>) -> Value {
    json!({ "op": op, "path": path, "value": value.into() })
}

async fn optional(s: Session) -> Outcome {
    let config = s.get("/ServiceProviderConfig").await.or_blocked()?;
    config.expect_status(&[200]).or_blocked()?;
    let supported = config.expect_kind("/patch/supported", Kind::Boolean).or_blocked()?.clone();
    let (kind, text) = s.free_text()?;
    let resource = s.create(&kind, text.with("before")).await?;
    let answer = s.patch(&resource, json!([one("replace", &text.path(), "as discovered")])).await?;
    if supported == true {
        let is_there = !matches!(answer.status, 404 | 405 | 501);
        answer.expect(is_there, "PATCH is there, as patch.supported says", format!("status {}", answer.status))?;
    } else {
        // With which status, Table 8 says.
        answer.expect_refusal()?;
    }
    Ok(())
}

/// Each of these paths is refused, with 400 and a keyword that fits.
async fn refuses_paths(s: &Session, paths: &[Value]) -> Outcome {
    let (kind, text) = s.free_text()?;
    let resource = s.create(&kind, text.with("before")).await?;
    for path in paths {
        let answer = s.patch(&resource, json!([{ "op": "replace", "path": path, "value": "x" }])).await?;
        answer.expect_refusal()?;
        bad_request(&answer, &["invalidPath", "invalidFilter", "invalidSyntax", "invalidValue"]).or_warning()?;
    }
    Ok(())
}

/// Status 400 and, if there is a `scimType`, one of these.
fn bad_request(answer: &Answer, fitting: &[&str]) -> Outcome {
    answer.expect_status(&[400])?;
    if let Some(found) = answer.at("/scimType").as_str() {
        answer.expect(fitting.contains(&found), format!("the scimType {}", fitting.join(" or ")), format!("it is {found}"))?;
    }
    Ok(())
}

async fn no_array_index(s: Session) -> Outcome {
    let (kind, plural) = s.plural_complex()?;
    let elements = s.elements(&plural, 2)?;
    let resource = s.create(&kind, plural.with(elements[..1].to_vec())).await?;
    for path in [format!("{}[0]", plural.path()), format!("{}[0].value", plural.path())] {
        let answer = s.patch(&resource, json!([one("replace", &path, elements[1]["value"].clone())])).await?;
        answer.expect_refusal()?;
        answer.expect_status(&[400]).or_warning()?;
    }
    Ok(())
}

async fn no_move(s: Session) -> Outcome {
    let (kind, first, second) = s.two_free_texts()?;
    let resource = s.create(&kind, first.with("before")).await?;
    for op in ["move", "copy", "test"] {
        let operation = json!({ "op": op, "from": first.path(), "path": second.path(), "value": "before" });
        let answer = s.patch(&resource, json!([operation])).await?;
        answer.expect_refusal()?;
        bad_request(&answer, &["invalidSyntax", "invalidValue"]).or_warning()?;
    }
    Ok(())
}

/// The examples are sent to resources that have what they name, so that only a server that cannot read them refuses them.
async fn path_examples(s: Session) -> Outcome {
    for (row, path) in [
        ("7644-3.5.2-10", "members"),
        ("7644-3.5.2-13", "members[value eq \"{id}\"]"),
        ("7644-3.5.2-14", "members[value eq \"{id}\"].displayName"),
    ] {
        s.row(row, of_members(&s, path).await);
    }
    s.row("7644-3.5.2-11", of_user(&s, "name", json!({ "familyName": "Jensen" }), "name.familyName").await);
    let work = json!([{ "type": "work", "locality": "Hollywood" }]);
    s.row("7644-3.5.2-12", of_user(&s, "addresses", work, "addresses[type eq \"work\"]").await);
    Ok(())
}

/// What that path names is removed from a group with one member.
async fn of_members(s: &Session, path: &str) -> Outcome {
    if s.kind("Group")?.attribute("members").is_none() {
        return Err(Stop::Skipped("its groups have no members".into()));
    }
    let user = s.user(json!({})).await?;
    let group = s.group(json!({ "members": [{ "value": user.id }] })).await?;
    let answer = s.patch(&group, json!([{ "op": "remove", "path": path.replace("{id}", &user.id) }])).await?;
    // `displayName` is no part of a member: the path can be read, and then names nothing.
    let is_unreadable = matches!(answer.at("/scimType").as_str(), Some("invalidSyntax" | "invalidFilter"));
    if !path.ends_with(".displayName") || is_unreadable {
        answer.expect_success()?;
    }
    Ok(())
}

/// What that path names is removed from a user with that attribute.
async fn of_user(s: &Session, name: &str, value: Value, path: &str) -> Outcome {
    let kind = s.kind("User")?;
    if kind.attribute(name).is_none() {
        return Err(Stop::Skipped(format!("its users have no `{name}`")));
    }
    let user = s.user(Value::Object([(name.to_owned(), value)].into_iter().collect())).await?;
    s.patch(&user, json!([{ "op": "remove", "path": path }])).await?.expect_success()?;
    Ok(())
}

async fn default_schemas(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let text = kind.attributes().find(|found| found.urn.is_none() && found.attribute.is_free_text());
    let text = text.ok_or_else(|| Stop::Skipped(format!("the schema of {} has no free text", kind.name)))?;
    let resource = s.create(&kind, text.with("before")).await?;
    s.patch(&resource, json!([one("replace", &text.attribute.name, "without URN")])).await?.expect_success()?;
    s.current(&resource).await?.expect_value(&text.pointer(), "without URN")?;
    Ok(())
}

/// An operation whose value is of another type than its attribute.
fn incompatible(s: &Session, kind: &crate::model::ResourceType) -> Outcome<Value> {
    let wrong = kind.attributes().find(|found| found.attribute.is_read_write() && found.attribute.kind == AttributeType::Boolean);
    if let Some(found) = wrong.filter(|found| !found.attribute.multi_valued) {
        return Ok(one("replace", &found.path(), "neither"));
    }
    let text = s.find_in(kind, "a free text", |attribute| attribute.is_free_text())?;
    Ok(one("replace", &text.path(), json!({ "no": "text" })))
}

async fn compatible(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let resource = s.create(&kind, json!({})).await?;
    s.patch(&resource, json!([incompatible(&s, &kind)?])).await?.expect_refusal()?;
    let answer = s.patch(&resource, json!([one("replace", "id", s.mark())])).await?;
    s.current(&resource).await?.expect_value("/id", resource.id.as_str())?;
    // A success that has changed nothing ignores what it should refuse.
    answer.expect_refusal().or_warning()?;
    Ok(())
}

async fn incompatible_error(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let resource = s.create(&kind, json!({})).await?;
    let answer = s.patch(&resource, json!([incompatible(&s, &kind)?])).await?;
    answer.expect_refusal().or_blocked()?;
    answer.expect_error_message()?;
    bad_request(&answer, &["invalidValue", "invalidSyntax"]).or_warning()?;
    Ok(())
}

async fn error(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let resource = s.create(&kind, text.with("before")).await?;
    let answer = s.patch(&resource, json!([one("replace", "no way[", "x")])).await?;
    answer.expect(!answer.is_success(), "a refusal", "a success").or_blocked()?;
    answer.expect_refusal()?.expect_error_message()?;
    answer.expect_status(&[400]).or_warning()?;
    Ok(())
}

async fn in_order(s: Session) -> Outcome {
    let (kind, first, second) = s.two_free_texts()?;
    let resource = s.create(&kind, first.with("0")).await?;
    let operations = json!([
        one("replace", &first.path(), "1"),
        one("add", &second.path(), "to be removed"),
        one("replace", &first.path(), "2"),
        { "op": "remove", "path": second.path() },
    ]);
    s.patch(&resource, operations).await?.expect_success().or_blocked()?;
    let after = s.current(&resource).await?;
    after.expect_value(&first.pointer(), "2")?.expect_absent(&second.pointer())?;
    Ok(())
}

async fn primary(s: Session) -> Outcome {
    let (kind, plural) = s.plural_complex()?;
    if plural.attribute.sub("primary").is_none() {
        return Err(Stop::Skipped(format!("`{}` has no primary", plural.path())));
    }
    let mut elements = s.elements(&plural, 2)?;
    elements.iter_mut().for_each(|element| element["primary"] = true.into());
    let resource = s.create(&kind, plural.with(elements[..1].to_vec())).await?;
    s.patch(&resource, json!([one("add", &plural.path(), elements[1..].to_vec())])).await?.expect_success().or_blocked()?;
    let after = s.current(&resource).await?;
    let is = |index: usize| {
        let value = elements[index]["value"].clone();
        move |found: &Value| found["value"] == value && found["primary"] == true
    };
    after.expect_element(&plural.pointer(), "the new value as the primary one", is(1))?;
    after.expect_no_element(&plural.pointer(), "the old value as the primary one", is(0))?;
    Ok(())
}

async fn atomic(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let resource = s.create(&kind, text.with("before")).await?;
    let operations = json!([one("replace", &text.path(), "half done"), one("replace", "no way[", "x")]);
    s.patch(&resource, operations).await?.expect_refusal().or_blocked()?;
    s.current(&resource).await?.expect_value(&text.pointer(), "before")?;
    Ok(())
}

async fn restored(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let resource = s.create(&kind, text.with("before")).await?;
    let before = s.current(&resource).await?;
    let operations = json!([one("add", &text.path(), "to be restored"), { "op": "remove" }]);
    s.patch(&resource, operations).await?.expect_refusal()?;
    let after = s.current(&resource).await?;
    for pointer in ["/meta/lastModified".to_owned(), "/meta/version".to_owned(), text.pointer()] {
        after.expect_value(&pointer, before.at(&pointer).clone())?;
    }
    Ok(())
}

async fn success(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let resource = s.create(&kind, text.with("before")).await?;
    let answer = s.patch(&resource, json!([one("replace", &text.path(), "told in full")])).await?;
    answer.expect_success().or_blocked()?;
    answer.expect_status(&[200, 204])?;
    if answer.status == 204 {
        answer.expect_no_body()?;
        return Ok(());
    }
    let read = s.current(&resource).await?;
    answer.expect_attributes_of(&read)?;
    answer.expect_kind("/schemas", Kind::Array)?;
    Ok(())
}

async fn attributes(s: Session) -> Outcome {
    let (kind, first, second) = s.two_free_texts()?;
    let mut both = first.with("before");
    second.put(&mut both, "not asked for");
    let resource = s.create(&kind, both).await?;
    s.current(&resource).await?.expect_value(&second.pointer(), "not asked for").or_blocked()?;
    let operations = json!([one("replace", &first.path(), "after")]);
    s.patched(&resource, operations.clone()).await?;
    let answer = s.ask("PATCH", &resource.path).query("attributes", &first.path()).patch(operations).send().await?;
    answer.expect_status(&[200])?;
    answer.expect_value(&first.pointer(), "after")?;
    answer.expect_value("/id", resource.id.as_str())?;
    answer.expect_absent(&second.pointer())?;
    Ok(())
}

//! RFC 7643 §7: what holds for the documents at `/Schemas`.

use serde_json::{Value, json};

use super::super::published::{SCHEMA, is_type, published, resource_types};
use crate::check::{Check, Judged, Outcome, Stop, must, records, should};
use crate::session::{Kind, Session};

/// What holds for the documents at `/Schemas`.
pub(super) fn checks() -> Vec<Check> {
    vec![
        must("7643-7-schema-of-each-urn", "For every schema URI used in a resource object, there is a corresponding \"Schema\" resource")
            .rows(&["7643-7-01"])
            .why("a client finds attributes in a resource that nothing describes")
            .talk(schema_of_each_urn),
        must("7643-7-read-only", "\"Schema\" resources are not modifiable")
            .rows(&["7643-7-02"])
            .why("a client that could change a schema would change it for all others")
            .talk(read_only_documents),
        must(
            "7643-7-schemas",
            "These resources have a \"schemas\" attribute with the following schema URI: urn:ietf:params:scim:schemas:core:2.0:Schema",
        )
        .rows(&["7643-7-03"])
        .why("a client cannot tell by the resource that it is a schema")
        .talk(schemas_of_documents),
        records(
            "7643-7-nested",
            "Unlike other core resources, the \"Schema\" resource MAY contain a complex object within a sub-attribute",
        )
        .rows(&["7643-7-04"])
        .talk(nested),
        must("7643-7-members", "all attributes are REQUIRED unless otherwise specified")
            .rows(&[
                "7643-7-05",
                "7643-7-06",
                "7643-7-07",
                "7643-7-08",
                "7643-7-09",
                "7643-7-10",
                "7643-7-11",
                "7643-7-12",
                "7643-7-13",
                "7643-7-14",
                "7643-7-15",
                "7643-7-16",
                "7643-7-17",
                "7643-7-18",
                "7643-7-19",
                "7643-7-20",
                "7643-7-39",
                "7643-7-41",
            ])
            .why("a client that maps attributes by their schemas cannot tell what it may send")
            .talk(members),
        should(
            "7643-7-sub-attributes",
            "When an attribute is of type \"complex\", there SHOULD be a corresponding schema attribute \"subAttributes\" defined",
        )
        .rows(&["7643-7-21"])
        .why("a client cannot know what a complex value consists of")
        .talk(async |s| {
            let has_parts = |attribute: &Value| attribute["subAttributes"].as_array().is_some_and(|parts| !parts.is_empty());
            let expected = "every complex attribute lists its subAttributes";
            published(&s).await?.expect_every(expected, |attribute| is_type(attribute, "complex"), has_parts)
        }),
        must(
            "7643-7-group-references",
            "A multi-valued array of JSON strings that indicate the SCIM resource types that may be referenced",
        )
        .rows(&["7643-7-40"])
        .why("a client follows the reference of a membership and expects something else than a group")
        .talk(group_references),
        must("7643-7-names", "When applicable, service providers MUST specify the name … service providers MUST specify the description")
            .rows(&["7643-7-42", "7643-7-43"])
            .why("an administrator who maps attributes sees only their technical names")
            .talk(names),
    ]
}

async fn schema_of_each_urn(s: Session) -> Outcome {
    let published = published(&s).await?;
    for kind in &s.model().types {
        let created = s.create(kind, json!({})).await?;
        let read = s.current(&created).await?;
        for urn in read.at("/schemas").as_array().into_iter().flatten().filter_map(Value::as_str) {
            read.expect(published.schema(urn).is_some(), format!("/Schemas has {urn}"), "it does not list it")?;
        }
    }
    Ok(())
}

async fn read_only_documents(s: Session) -> Outcome {
    let published = published(&s).await?;
    let Some(schema) = published.schemas.first() else { return Err(Stop::Skipped("/Schemas is empty".into())) };
    let path = format!("/Schemas/{}", schema["id"].as_str().unwrap_or_default());
    let mut changed = schema.clone();
    changed["description"] = "changed".into();
    s.ask("PUT", &path).json(changed).send().await?.expect_refusal()?;
    let operations = json!([{ "op": "replace", "path": "description", "value": "changed" }]);
    s.ask("PATCH", &path).patch(operations).send().await?.expect_refusal()?;
    s.ask("DELETE", &path).send().await?.expect_refusal()?;
    Ok(())
}

async fn schemas_of_documents(s: Session) -> Outcome {
    let published = published(&s).await?;
    for (index, schema) in published.schemas.iter().enumerate() {
        let what = format!("\"{SCHEMA}\" ({})", schema["id"]);
        // The schemas as they were published lack it, which errata 5999 and 8417 repair.
        published.answer.expect_element(&format!("/Resources/{index}/schemas"), &what, |urn| urn == SCHEMA).or_warning()?;
    }
    Ok(())
}

async fn nested(s: Session) -> Outcome {
    let published = published(&s).await?;
    s.note(match published.attribute(SCHEMA, "attributes.subAttributes") {
        Ok(parts) => format!("the schema of schemas describes subAttributes as {}", parts["type"]),
        Err(_) => "the schema of schemas is not listed, or says nothing of subAttributes".to_owned(),
    });
    Ok(())
}

async fn members(s: Session) -> Outcome {
    const TYPES: &[&str] = &["string", "boolean", "decimal", "integer", "dateTime", "reference", "complex", "binary"];
    let published = published(&s).await?;
    let answer = &published.answer;
    for (index, schema) in published.schemas.iter().enumerate() {
        let at = |member: &str| format!("/Resources/{index}/{member}");
        let if_there = |member: &str| if schema[member].is_null() { Ok(()) } else { is(answer.expect_kind(&at(member), Kind::String)) };
        s.row("7643-7-05", is(answer.expect_kind(&at("id"), Kind::String)));
        s.row("7643-7-06", if_there("name"));
        s.row("7643-7-07", if_there("description"));
        s.row("7643-7-08", is(answer.expect_kind(&at("attributes"), Kind::Array)));
        let is_uri = schema["id"].as_str().is_some_and(|id| id.contains(':') && !id.contains(char::is_whitespace));
        s.row("7643-7-41", answer.expect(is_uri, format!("`{}` is a URI", at("id")), format!("it is {}", schema["id"])).map(|_| ()));
    }
    let every = |row, expected: &str, concerns: &dyn Fn(&Value) -> bool, holds: &dyn Fn(&Value) -> bool| {
        s.row(row, published.expect_every(expected, concerns, holds));
    };
    let all = |_: &Value| true;
    let is_one_of = |value: &Value, words: &[&str]| value.as_str().is_some_and(|found| words.contains(&found));
    let texts = |value: &Value| value.as_array().is_some_and(|all| all.iter().all(Value::is_string));
    every("7643-7-09", "every attribute has a name", &all, &|attribute| attribute["name"].is_string());
    every("7643-7-10", "every attribute has a type of §2.3", &all, &|attribute| TYPES.iter().any(|name| is_type(attribute, name)));
    every("7643-7-11", "every attribute has multiValued true or false", &all, &|attribute| attribute["multiValued"].is_boolean());
    every("7643-7-12", "a description is a text", &all, &|attribute| {
        attribute["description"].is_null() || attribute["description"].is_string()
    });
    // §8.7.2 says of these four that they need not be there, and §2.2 has defaults for them: what is there has to be right.
    let absent_or =
        |member: &'static str, holds: fn(&Value) -> bool| move |attribute: &Value| attribute[member].is_null() || holds(&attribute[member]);
    every("7643-7-13", "required is true or false", &all, &absent_or("required", Value::is_boolean));
    every("7643-7-15", "caseExact is true or false", &all, &absent_or("caseExact", Value::is_boolean));
    every(
        "7643-7-16",
        "mutability is readOnly, readWrite, immutable or writeOnly",
        &all,
        &absent_or("mutability", |value| matches!(value.as_str(), Some("readOnly" | "readWrite" | "immutable" | "writeOnly"))),
    );
    every(
        "7643-7-17",
        "returned is always, never, default or request",
        &all,
        &absent_or("returned", |value| matches!(value.as_str(), Some("always" | "never" | "default" | "request"))),
    );
    every(
        "7643-7-18",
        "uniqueness is none, server or global",
        &all,
        &absent_or("uniqueness", |value| matches!(value.as_str(), Some("none" | "server" | "global"))),
    );
    every("7643-7-14", "canonicalValues is an array of strings", &all, &|attribute| {
        attribute["canonicalValues"].is_null() || texts(&attribute["canonicalValues"])
    });
    let is_reference = |attribute: &Value| is_type(attribute, "reference");
    s.row(
        "7643-7-19",
        published
            .expect_every("every reference has referenceTypes", is_reference, |attribute| texts(&attribute["referenceTypes"]))
            .or_warning(),
    );
    let is_complex = |attribute: &Value| is_type(attribute, "complex");
    every("7643-7-20", "only complex attributes have subAttributes", &all, &|attribute| {
        is_complex(attribute) || attribute["subAttributes"].as_array().is_none_or(Vec::is_empty)
    });
    let (_, types) = resource_types(&s).await?;
    let known: Vec<&str> = types.iter().filter_map(|kind| kind["name"].as_str()).chain(["external", "uri", "User", "Group"]).collect();
    every("7643-7-39", "referenceTypes are names of resource types, \"external\" or \"uri\"", &is_reference, &|attribute| {
        attribute["referenceTypes"].as_array().into_iter().flatten().all(|found| is_one_of(found, &known))
    });
    Ok(())
}

/// An expectation of which only the verdict counts.
fn is<T>(outcome: Outcome<T>) -> Outcome {
    outcome.map(|_| ())
}

async fn group_references(s: Session) -> Outcome {
    let published = published(&s).await?;
    let reference = published.attribute(crate::model::USER, "groups.$ref")?;
    let found = reference["referenceTypes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let came = format!("it is {}", reference["referenceTypes"]);
    if found.is_empty() {
        // That they are there at all is for the check of the members.
        return Err(Stop::Skipped("groups.$ref has no referenceTypes".into()));
    }
    let is_group = found.iter().any(|kind| kind == "Group");
    published.answer.expect(is_group, "groups.$ref has referenceTypes [\"Group\"]", &came)?;
    // The RFC as it was published also had "User" there, which erratum 8471 repairs.
    published.answer.expect(found.len() == 1, "groups.$ref has referenceTypes [\"Group\"]", came).map(|_| ()).or_warning()
}

/// All three are asked for "when applicable": what is absent is a warning.
async fn names(s: Session) -> Outcome {
    let published = published(&s).await?;
    for schema in &published.schemas {
        for member in ["name", "description"] {
            let is_there = schema[member].as_str().is_some_and(|text| !text.is_empty());
            let outcome = published.answer.expect(is_there, format!("{} has a {member}", schema["id"]), "it has none").map(|_| ());
            s.row("7643-7-42", outcome.or_warning());
        }
    }
    let is_described = |attribute: &Value| attribute["description"].as_str().is_some_and(|text| !text.is_empty());
    s.row("7643-7-43", published.expect_every("every attribute has a description", |_| true, is_described).or_warning());
    Ok(())
}

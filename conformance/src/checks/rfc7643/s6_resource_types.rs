//! RFC 7643 §6: resource types.

use serde_json::{Value, json};

use super::published::{published, resource_types};
use crate::check::{Check, Judged, Outcome, Stop, may, must};
use crate::session::{Answer, Kind, Session, resource_path};

const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";

pub(super) fn checks() -> Vec<Check> {
    vec![
        must("7643-6-read-only", "Resource type resources are READ-ONLY and identified using the following schema URI: \"urn:ietf:params:scim:schemas:core:2.0:ResourceType\"")
            .rows(&["7643-6-01"])
            .why("a client that could change a resource type would change it for all others")
            .talk(read_only),
        must("7643-6-members", "all attributes are REQUIRED unless otherwise specified. The \"id\" attribute is not required for the resource type resource.")
            .rows(&[
                "7643-6-02", "7643-6-03", "7643-6-04", "7643-6-05", "7643-6-06", "7643-6-07", "7643-6-08", "7643-6-09", "7643-6-14",
                "7643-6-15",
            ])
            .why("a client that finds types by discovery cannot use a type that does not say where it is and what it consists of")
            .talk(members),
        must("7643-6-name-of-resources", "This name is referenced by the \"meta.resourceType\" attribute in all resources")
            .rows(&["7643-6-03"])
            .why("a client that looks up the type of a resource does not find it")
            .talk(name_of_resources),
        must("7643-6-schema", "This MUST be equal to the \"id\" attribute of the associated \"Schema\" resource")
            .rows(&["7643-6-10"])
            .why("a client cannot learn what resources of the type consist of")
            .talk(async |s| known(&s, "/schema").await),
        must("7643-6-extension-schema", "The URI of an extended schema … This MUST be equal to the \"id\" attribute of a \"Schema\" resource")
            .rows(&["7643-6-11"])
            .why("a client cannot learn what the extension consists of")
            .talk(async |s| known(&s, "/schemaExtensions").await),
        must("7643-6-required-extension", "If true, a resource of this type MUST include this schema extension and also include any attributes declared as required in this schema extension")
            .rows(&["7643-6-12"])
            .why("a client finds resources without what the discovery promises of all of them")
            .talk(required_extension),
        may("7643-6-optional-extension", "If false, a resource of this type MAY omit this schema extension")
            .rows(&["7643-6-13"])
            .why("a client that knows nothing of the extension cannot create resources")
            .talk(optional_extension),
    ]
}

async fn read_only(s: Session) -> Outcome {
    let (answer, types) = resource_types(&s).await?;
    for index in 0..types.len() {
        let is_urn = |urn: &Value| urn == RESOURCE_TYPE;
        answer.expect_element(&format!("/Resources/{index}/schemas"), &format!("\"{RESOURCE_TYPE}\""), is_urn)?;
    }
    let Some(id) = types.iter().find_map(|kind| kind["id"].as_str()) else { return Ok(()) };
    let path = resource_path("/ResourceTypes", id);
    let mut changed = types.iter().find(|kind| kind["id"] == id).cloned().unwrap_or_default();
    changed["description"] = "changed".into();
    s.ask("PUT", &path).json(changed).send().await?.expect_refusal()?;
    let operations = json!([{ "op": "replace", "path": "description", "value": "changed" }]);
    s.ask("PATCH", &path).patch(operations).send().await?.expect_refusal()?;
    s.ask("DELETE", &path).send().await?.expect_refusal()?;
    Ok(())
}

async fn members(s: Session) -> Outcome {
    let (answer, types) = resource_types(&s).await?;
    for (index, kind) in types.iter().enumerate() {
        let at = |member: &str| format!("/Resources/{index}/{member}");
        let is = |member: &str, kind: Kind| answer.expect_kind(&at(member), kind).map(|_| ());
        let if_there = |member: &str, found: Kind| if kind[member].is_null() { Ok(()) } else { is(member, found) };
        let filled = |member: &str| {
            let text = kind[member].as_str().unwrap_or_default();
            answer.expect(!text.is_empty(), format!("`{}` with a text", at(member)), "there is none").map(|_| ())
        };
        s.row("7643-6-02", if_there("id", Kind::String));
        s.row("7643-6-03", is("name", Kind::String));
        s.row("7643-6-04", if_there("description", Kind::String));
        s.row("7643-6-05", is("endpoint", Kind::String).and_then(|()| relative(&answer, kind)));
        s.row("7643-6-06", is("schema", Kind::String));
        s.row("7643-6-07", if_there("schemaExtensions", Kind::Array));
        for extension in 0..kind["schemaExtensions"].as_array().map_or(0, Vec::len) {
            s.row("7643-6-08", is(&format!("schemaExtensions/{extension}/schema"), Kind::String));
            s.row("7643-6-09", is(&format!("schemaExtensions/{extension}/required"), Kind::Boolean));
        }
        s.row("7643-6-14", filled("name"));
        // The description is OPTIONAL, and MUST be there "when applicable".
        s.row("7643-6-15", filled("description").or_warning());
    }
    Ok(())
}

fn relative(answer: &Answer, kind: &Value) -> Outcome {
    let endpoint = kind["endpoint"].as_str().unwrap_or_default();
    let is_relative = !endpoint.contains("://") && !endpoint.trim_matches('/').is_empty();
    answer.expect(is_relative, "an endpoint relative to the base URL, e.g. \"/Users\"", format!("\"{endpoint}\"")).map(|_| ())
}

async fn name_of_resources(s: Session) -> Outcome {
    let (_, types) = resource_types(&s).await?;
    for kind in &s.model().types {
        let created = s.create(kind, json!({})).await?;
        let found = &s.current(&created).await?;
        let resource_type = found.at("/meta/resourceType");
        let is_listed = types.iter().any(|listed| listed["name"] == *resource_type);
        found.expect(is_listed, "`/meta/resourceType` names an entry of /ResourceTypes", format!("it is {resource_type}"))?;
    }
    Ok(())
}

/// What stands there in each resource type is the id of a schema.
async fn known(s: &Session, member: &str) -> Outcome {
    let published = published(s).await?;
    let (answer, types) = resource_types(s).await?;
    let mut urns = Vec::new();
    for kind in &types {
        match kind.pointer(member) {
            Some(Value::Array(extensions)) => urns.extend(extensions.iter().filter_map(|extension| extension["schema"].as_str())),
            Some(Value::String(urn)) => urns.push(urn),
            _ => {}
        }
    }
    if urns.is_empty() {
        return Err(Stop::Skipped(format!("no resource type has {member}")));
    }
    for urn in urns {
        answer.expect(published.schema(urn).is_some(), format!("/Schemas has {urn}"), "it does not list it")?;
    }
    Ok(())
}

async fn required_extension(s: Session) -> Outcome {
    let found = s.model().types.iter().find_map(|kind| {
        let (extension, _) = kind.extensions.iter().find(|(_, required)| *required)?;
        Some((kind.clone(), extension.clone()))
    });
    let Some((kind, extension)) = found else {
        return Err(Stop::Skipped("no resource type requires an extension".into()));
    };
    let mut body = s.valid(&kind, json!({}));
    if let Some(members) = body.as_object_mut() {
        members.shift_remove(&extension.id);
        members.insert("schemas".into(), json!([kind.schema.id]));
    }
    let answer = s.post(&kind.endpoint, body).await?;
    if extension.attributes.iter().any(|attribute| attribute.required) {
        answer.expect_refusal()?;
    } else if answer.is_success() {
        let is_urn = |urn: &Value| urn.as_str().is_some_and(|urn| urn.eq_ignore_ascii_case(&extension.id));
        answer.expect_element("/schemas", &format!("the required extension {}", extension.id), is_urn)?;
    }
    Ok(())
}

async fn optional_extension(s: Session) -> Outcome {
    let found = s.model().types.iter().find(|kind| kind.extensions.iter().any(|(_, required)| !required));
    let Some(kind) = found.cloned() else {
        return Err(Stop::Skipped("no resource type has an optional extension".into()));
    };
    let plain = json!({ "externalId": format!("no-extension-{}", s.mark()) });
    let answer = s.post(&kind.endpoint, s.valid(&kind, plain)).await?;
    if !answer.is_success() {
        // If it is refused with the extension, too, it is for another reason.
        s.create_from(&kind, s.full(&kind, json!({}))).await?;
    }
    answer.expect_success()?;
    Ok(())
}

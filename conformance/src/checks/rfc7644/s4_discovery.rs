//! RFC 7644 §4: service provider configuration endpoints.

use serde_json::Value;

use crate::check::{Check, Judged, Outcome, must, should};
use crate::session::{Answer, Kind, Session};

const CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";

pub(super) fn checks() -> Vec<Check> {
    vec![
        must("7644-4-service-provider-config", "This endpoint SHALL return responses with a JSON object using a \"schemas\" attribute of \"urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig\"")
            .rows(&["7644-4-02"])
            .why("a client reads here what it may use; a list or another schema looks like a server without any feature")
            .talk(service_provider_config),
        must("7644-4-schemas-list", "An HTTP GET to the endpoint \"/Schemas\" SHALL return all supported schemas in ListResponse format")
            .rows(&["7644-4-03"])
            .why("a client that maps attributes by schema cannot map those of a schema that is not listed")
            .talk(schemas_list),
        must("7644-4-one-schema", "Individual schema definitions can be returned by appending the schema URI to the /Schemas endpoint")
            .rows(&["7644-4-04"])
            .why("a client that looks up one schema by its URN finds nothing, or believes that an unknown one exists")
            .talk(one_schema),
        must("7644-4-resource-types", "Each resource type defines the endpoints, the core schema URI that defines the resource, and any supported schema extensions")
            .rows(&["7644-4-05"])
            .why("a client finds endpoints and extensions of types here")
            .talk(resource_types),
        must("7644-4-list-response", "When returning multiple ResourceTypes or Schemas, the … ListResponse form SHALL be used")
            .rows(&["7644-4-06"])
            .why("a client that pages by totalResults stops early or never")
            .talk(list_response),
        must("7644-4-parameters-ignored", "Query parameters described in Section 3.4.2, such as filtering, sorting, and pagination, SHALL be ignored")
            .rows(&["7644-4-07"])
            .why("a client that sends its usual parameters sees only a part of what the server supports")
            .talk(parameters_ignored),
        should("7644-4-filter-forbidden", "If a \"filter\" is provided, the service provider SHOULD respond with HTTP status code 403 (Forbidden)")
            .rows(&["7644-4-08"])
            .why("a client could believe that a filtered list is the whole list of what the server supports")
            .talk(filter_forbidden),
        must("7644-4-endpoints-reachable", "An HTTP GET to this endpoint is used to discover the types of resources available on a SCIM service provider (e.g., Users and Groups)")
            .rows(&["7644-4-09"])
            .why("a type whose endpoint does not answer cannot be used")
            .talk(endpoints_reachable),
    ]
}

async fn service_provider_config(s: Session) -> Outcome {
    let answer = s.get("/ServiceProviderConfig").await?;
    answer.expect_status(&[200])?;
    answer.expect_json()?;
    answer.expect_element("/schemas", &format!("\"{CONFIG}\""), |urn| urn == CONFIG)?;
    answer.expect_absent("/Resources")?;
    Ok(())
}

async fn schemas_list(s: Session) -> Outcome {
    let schemas = s.get("/Schemas").await?;
    let listed = schemas.expect_list()?;
    let known: Vec<&str> = listed.ids();
    let types = s.get("/ResourceTypes").await.or_blocked()?;
    for kind in types.expect_list().or_blocked()?.resources {
        let extensions = kind["schemaExtensions"].as_array().into_iter().flatten().map(|extension| &extension["schema"]);
        for urn in extensions.chain([&kind["schema"]]).filter_map(Value::as_str) {
            let is_known = known.iter().any(|known| known.eq_ignore_ascii_case(urn));
            schemas.expect(is_known, format!("{urn}, which {} uses, in the list", kind["name"]), "it is not in the list")?;
        }
    }
    Ok(())
}

async fn one_schema(s: Session) -> Outcome {
    let listed = s.get("/Schemas").await.or_blocked()?.expect_list().or_blocked()?;
    for urn in listed.ids() {
        let answer = s.get(format!("/Schemas/{urn}")).await?;
        answer.expect_status(&[200])?.expect_value("/id", urn)?;
    }
    let unknown = s.get("/Schemas/urn:example:params:scim:schemas:no-such-schema").await?;
    unknown.expect_status(&[404])?;
    Ok(())
}

async fn resource_types(s: Session) -> Outcome {
    let answer = s.get("/ResourceTypes").await?;
    let types = answer.expect_list()?.resources;
    answer.expect(!types.is_empty(), "at least one resource type", "the list is empty")?;
    for (index, kind) in types.iter().enumerate() {
        for member in ["name", "endpoint", "schema"] {
            answer.expect_kind(&format!("/Resources/{index}/{member}"), Kind::String)?;
        }
        // `id` is optional; without it nothing says how one of them is named in a URL.
        if let Some(id) = kind["id"].as_str() {
            s.get(format!("/ResourceTypes/{id}")).await?.expect_status(&[200])?.expect_value("/name", kind["name"].clone())?;
        }
    }
    Ok(())
}

async fn list_response(s: Session) -> Outcome {
    for path in ["/Schemas", "/ResourceTypes"] {
        let answer = s.get(path).await?;
        let list = answer.expect_list()?;
        let count = list.resources.len();
        answer.expect(
            list.total == count as u64,
            format!("totalResults is {count}, as many as there are"),
            format!("it is {}", list.total),
        )?;
    }
    Ok(())
}

/// `count` of the resources that a discovery endpoint lists.
async fn listed(s: &Session, path: &str, parameters: &[(&str, &str)]) -> Outcome<(usize, Answer)> {
    let answer = s.query(path, parameters).await?;
    Ok((answer.expect_list()?.resources.len(), answer))
}

async fn parameters_ignored(s: Session) -> Outcome {
    for path in ["/Schemas", "/ResourceTypes"] {
        let (all, _) = listed(&s, path, &[]).await.or_blocked()?;
        for parameters in [&[("count", "1")], &[("startIndex", "99")], &[("count", "0")], &[("sortBy", "name")]] {
            let (found, answer) = listed(&s, path, parameters).await?;
            answer.expect(found == all, format!("all {all} resources, whatever the parameter says"), format!("{found} resources"))?;
        }
    }
    Ok(())
}

async fn filter_forbidden(s: Session) -> Outcome {
    for path in ["/Schemas", "/ResourceTypes", "/ServiceProviderConfig"] {
        s.query(path, &[("filter", "id eq \"x\"")]).await?.expect_status(&[403])?;
    }
    Ok(())
}

async fn endpoints_reachable(s: Session) -> Outcome {
    let types = s.get("/ResourceTypes").await.or_blocked()?.expect_list().or_blocked()?.resources;
    for kind in types {
        let Some(endpoint) = kind["endpoint"].as_str() else { continue };
        // §3.4.2 leaves room to refuse a query that would give too much; that the endpoint is there is what counts.
        s.get(format!("/{}?count=1", endpoint.trim_start_matches('/'))).await?.expect_status(&[200])?;
    }
    Ok(())
}

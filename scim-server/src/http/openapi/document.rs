//! The document: every endpoint and method of the route table, and the components that they name.

use std::collections::{BTreeMap, BTreeSet};

use poem_openapi::registry::{MetaInfo, MetaPath, MetaSchema, MetaSecurityScheme, MetaServer};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::operation::{BEARER, OWN, describe, tag};
use super::schema::{Side, resource};
use super::{example, message, schema};
use crate::http::route::{self, Route};
use crate::{Registry, ResourceType, Schema};

/// What poem-openapi's descriptions are written for: version 3.0, whose last edition is this.
const VERSION: &str = "3.0.3";

/// The components of the messages, whose names no resource type may take.
const MESSAGES: &[&str] = &[
    "Error",
    "PatchOp",
    "SearchRequest",
    "BulkRequest",
    "BulkResponse",
    "ListResponse",
    "ServiceProviderConfig",
    "ResourceType",
    "ResourceTypeList",
    "Schema",
    "SchemaList",
    OWN,
    "OwnResourceRequest",
];

/// The name of a resource type in the document.
#[derive(Debug, Clone)]
pub(super) struct Name {
    /// As components and operations are called.
    pub(super) name: String,
    /// As people read it.
    pub(super) title: String,
}

impl Name {
    pub(super) fn list(&self) -> String {
        format!("{}List", self.name)
    }

    fn request(&self) -> String {
        format!("{}Request", self.name)
    }
}

/// The names of all resource types, by their endpoints.
#[derive(Debug)]
pub(super) struct Names {
    by_endpoint: BTreeMap<String, Name>,
}

impl Names {
    fn of_all(registry: &Registry) -> Self {
        let mut taken: BTreeSet<String> = MESSAGES.iter().map(|name| (*name).to_owned()).collect();
        let mut by_endpoint = BTreeMap::new();
        for kind in registry.types() {
            // Names of components have only these characters (OpenAPI 3.0.3, Components Object).
            let legal = |c: char| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '_' };
            let mut name = Name { name: kind.name.chars().map(legal).collect(), title: kind.name.clone() };
            while [&name.name, &name.request(), &name.list()].iter().any(|candidate| taken.contains(*candidate)) {
                name.name.push('_');
            }
            taken.extend([name.name.clone(), name.request(), name.list()]);
            by_endpoint.insert(kind.endpoint.trim_start_matches('/').to_owned(), name);
        }
        Self { by_endpoint }
    }

    /// The name of the type with that endpoint.
    pub(super) fn of(&self, endpoint: &str) -> &Name {
        &self.by_endpoint[endpoint.trim_start_matches('/')]
    }
}

/// The whole document of a server with these types below that URL, without the endpoints that it does not offer.
pub(super) fn document(registry: &Registry, url: &str, offers: impl Fn(&Route) -> bool) -> Value {
    let names = Names::of_all(registry);
    let info = MetaInfo {
        title: "SCIM 2.0".into(),
        summary: None,
        description: Some("System for Cross-domain Identity Management (RFC 7643, RFC 7644).".into()),
        version: env!("CARGO_PKG_VERSION").into(),
        terms_of_service: None,
        contact: None,
        license: None,
    };
    let mut tags: Vec<Value> = Vec::new();
    let mut paths = Map::new();
    for route in route::all(registry).into_iter().filter(offers) {
        let (name, description) = tag(&route, &names);
        let tag = json!({"name": name, "description": description});
        if !tags.contains(&tag) {
            tags.push(tag);
        }
        let operations = route.methods().split(", ").map(|method| describe(&route, method, &names)).collect();
        let path = MetaPath { path: route.to_string(), operations };
        paths.insert(path.path.clone(), written(&path));
    }
    let components: Map<String, Value> =
        components(registry, &names, url).iter().map(|(name, schema)| (name.clone(), written(schema))).collect();
    let server = MetaServer { url: url.to_owned(), description: None, variables: BTreeMap::new() };
    let bearer = MetaSecurityScheme {
        ty: "http",
        description: Some("The secret token that the client was given (RFC 6750)."),
        name: None,
        key_in: None,
        scheme: Some("bearer"),
        bearer_format: None,
        flows: None,
        openid_connect_url: None,
    };
    let mut document = json!({
        "openapi": VERSION,
        "info": written(&info),
        "servers": [written(&server)],
        "tags": tags,
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": {BEARER: written(&bearer)}},
    });
    share_responses(&mut document);
    drop_unused_schemas(&mut document);
    document
}

fn components(registry: &Registry, names: &Names, url: &str) -> BTreeMap<String, MetaSchema> {
    let mut all = BTreeMap::new();
    let mut shown = Vec::new();
    for kind in registry.types() {
        let name = names.of(&kind.endpoint);
        let of = |side, example| MetaSchema { example: Some(example), ..resource(kind, side) };
        let response = example::response(kind, url);
        all.insert(name.name.clone(), of(Side::Response, response.clone()));
        all.insert(name.request(), of(Side::Request, example::request(kind)));
        all.insert(name.list(), message::list(std::slice::from_ref(&name.name), Some(response)));
        shown.push(name.name.clone());
    }
    let of_any = |names: Vec<String>| MetaSchema {
        example: names.first().and_then(|first| all.get(first)?.example.clone()),
        any_of: names.iter().map(|name| message::reference(name)).collect(),
        ..MetaSchema::ANY
    };
    let own = of_any(shown.clone());
    let own_request = of_any(registry.types().iter().map(|kind| names.of(&kind.endpoint).request()).collect());
    all.insert(OWN.into(), own);
    all.insert(format!("{OWN}Request"), own_request);
    let [config, resource_type, schema] = Schema::discovery().map(|declared| schema::discovery(&declared));
    all.insert("ServiceProviderConfig".into(), config);
    all.insert("ResourceType".into(), resource_type);
    all.insert("Schema".into(), schema);
    for name in ["ResourceType", "Schema"] {
        all.insert(format!("{name}List"), message::list(&[name.to_owned()], None));
    }
    all.insert("ListResponse".into(), message::list(&shown, None));
    all.insert("Error".into(), message::error());
    all.insert("PatchOp".into(), message::patch());
    all.insert("SearchRequest".into(), message::search());
    let first: Option<&ResourceType> = registry.types().first().map(AsRef::as_ref);
    all.insert("BulkRequest".into(), message::bulk_request(first.map(|kind| (kind.endpoint.as_str(), example::request(kind)))));
    all.insert("BulkResponse".into(), message::bulk_response(url));
    all
}

/// As poem-openapi writes it.
fn written(described: &impl Serialize) -> Value {
    serde_json::to_value(described).expect("a description is plain data")
}

/// Writes each refusal once: it is the same for every operation.
fn share_responses(document: &mut Value) {
    let mut shared = Map::new();
    let operations = document["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
    for operation in operations.filter_map(Value::as_object_mut).flat_map(|methods| methods.values_mut()) {
        let responses = operation["responses"].as_object_mut().into_iter().flatten();
        for (status, response) in responses.filter(|(status, _)| status.as_str() >= "400") {
            let name = format!("{status}{}", if response.get("content").is_some() { "" } else { "-head" });
            let reference = json!({"$ref": format!("#/components/responses/{name}")});
            shared.insert(name, std::mem::replace(response, reference));
        }
    }
    shared.sort_keys();
    document["components"]["responses"] = Value::Object(shared);
}

/// Takes out the schemas that nothing refers to: those of endpoints that the server lacks.
fn drop_unused_schemas(document: &mut Value) {
    let mut open = vec![document["paths"].clone(), document["components"]["responses"].clone()];
    let Some(schemas) = document["components"]["schemas"].as_object_mut() else { return };
    let mut used = BTreeSet::new();
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(members) => {
                let target = members.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix("#/components/schemas/"));
                if let Some(name) = target.filter(|name| used.insert((*name).to_owned())) {
                    open.extend(schemas.get(name).cloned());
                }
                open.extend(members.into_iter().map(|(_, member)| member));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    schemas.retain(|name, _| used.contains(name));
}

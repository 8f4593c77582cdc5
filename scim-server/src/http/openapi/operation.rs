//! One operation: an endpoint and a method of the route table, in OpenAPI's words.

use std::collections::HashMap;

use poem::http::Method;
use poem_openapi::registry::{
    MetaMediaType, MetaOperation, MetaOperationParam, MetaParamIn, MetaRequest, MetaResponse, MetaResponses, MetaSchema,
};
use serde_json::json;

use super::answer::{self, Header, MEDIA_TYPE};
use super::document::Names;
use super::message::{reference, said};
use super::schema::inline;
use super::text::kept;
use crate::http::route::Route;

/// The name of the only security scheme.
pub(super) const BEARER: &str = "bearer";

/// The component of the resource of whoever holds the credential: of any type.
pub(super) const OWN: &str = "OwnResource";

/// The headers of an answer that shows one resource.
const ONE: &[Header] = &[Header::Location, Header::ContentLocation, Header::ETag];

/// What any request may be refused with.
const ALWAYS: &[u16] = &[401, 414, 429, 431, 500, 503];

/// What a request with a body may be refused with besides.
const WITH_BODY: &[u16] = &[408, 413, 415];

/// What is said of one operation; what follows from its method and route is added by [`describe`].
struct Told {
    id: String,
    summary: String,
    description: &'static str,
    parameters: Vec<MetaOperationParam>,
    /// The component of the body.
    body: Option<String>,
    successes: Vec<MetaResponse>,
    failures: Vec<u16>,
}

/// The operation of that method on that endpoint.
pub(super) fn describe(route: &Route, method: &str, names: &Names) -> MetaOperation {
    let told = match method {
        "OPTIONS" => options(route, names),
        "HEAD" => head(route, names),
        method => tell(route, method, names),
    };
    let has_body = told.body.is_some();
    let mut failures: Vec<u16> = ALWAYS.iter().chain(if has_body { WITH_BODY } else { &[] }).copied().chain(told.failures).collect();
    failures.sort_unstable();
    failures.dedup();
    let mut responses = told.successes;
    responses.extend(failures.into_iter().map(|status| answer::failure(status, method != "HEAD" && status != 304)));
    responses.sort_by_key(|response| response.status);
    let mut params: Vec<MetaOperationParam> = path_parameters(route).into_iter().collect();
    params.extend(told.parameters);
    MetaOperation {
        method: Method::from_bytes(method.as_bytes()).expect("the route table names methods of HTTP"),
        tags: vec![kept(&tag(route, names).0)],
        summary: Some(kept(&told.summary)),
        description: (!told.description.is_empty()).then_some(told.description),
        external_docs: None,
        params,
        request: told.body.as_deref().map(request_body),
        responses: MetaResponses { responses },
        deprecated: false,
        security: vec![HashMap::from([(BEARER, Vec::new())])],
        operation_id: Some(kept(&told.id)),
        code_samples: Vec::new(),
    }
}

/// The group that the operation stands in, and what it is.
pub(super) fn tag(route: &Route, names: &Names) -> (String, String) {
    let (name, description) = match route {
        Route::Type(endpoint) | Route::Resource(endpoint, _) | Route::Search(endpoint) => {
            let name = names.of(endpoint);
            return (name.name.clone(), format!("Resources of type {}.", name.title));
        }
        Route::Root | Route::SearchAll => ("All types", "Resources of all types at once (RFC 7644 section 3.4.2.1)."),
        Route::Bulk => ("Bulk", "Several operations in one request (RFC 7644 section 3.7)."),
        Route::Me => ("Me", "The resource of whoever holds the credential (RFC 7644 section 3.11)."),
        Route::ServiceProviderConfig | Route::ResourceTypes | Route::ResourceType(_) | Route::Schemas | Route::Schema(_) => {
            ("Discovery", "What the server can do (RFC 7644 section 4).")
        }
    };
    (name.to_owned(), description.to_owned())
}

fn options(route: &Route, names: &Names) -> Told {
    Told {
        id: format!("optionsOf{}", place(route, names)),
        summary: "List the methods of the endpoint".to_owned(),
        description: "",
        parameters: Vec::new(),
        body: None,
        successes: vec![answer::success(204, "The methods are in `Allow`.", None, &[Header::Allow])],
        failures: Vec::new(),
    }
}

/// What GET answers, without its bodies (RFC 9110 §9.3.2).
fn head(route: &Route, names: &Names) -> Told {
    let mut told = tell(route, "GET", names);
    told.id = format!("headOf{}", place(route, names));
    told.summary = "Ask for the head of the answer to GET".to_owned();
    told.description = "";
    for success in &mut told.successes {
        success.content.clear();
    }
    told
}

/// A word for the endpoint, for ids of operations.
fn place(route: &Route, names: &Names) -> String {
    match route {
        Route::Type(endpoint) => format!("{}Endpoint", names.of(endpoint).name),
        Route::Resource(endpoint, _) => names.of(endpoint).name.clone(),
        Route::Search(endpoint) => format!("{}Search", names.of(endpoint).name),
        Route::Root => "Base".to_owned(),
        Route::SearchAll => "BaseSearch".to_owned(),
        Route::ResourceType(_) => "OneResourceType".to_owned(),
        Route::Schema(_) => "OneSchema".to_owned(),
        Route::ServiceProviderConfig | Route::ResourceTypes | Route::Schemas | Route::Bulk | Route::Me => {
            format!("{}Endpoint", route.to_string().trim_start_matches('/'))
        }
    }
}

/// The table of RFC 7644 §3.2, in words. It has the rows of the `match` that carries the operations out.
fn tell(route: &Route, method: &str, names: &Names) -> Told {
    match (method, route) {
        ("GET", Route::ServiceProviderConfig) => {
            discovery("getServiceProviderConfig", "Tell what the server can do", "ServiceProviderConfig", true)
        }
        ("GET", Route::ResourceTypes) => discovery("listResourceTypes", "List the resource types", "ResourceTypeList", false),
        ("GET", Route::ResourceType(_)) => discovery("getResourceType", "Tell one resource type, by its name", "ResourceType", true),
        ("GET", Route::Schemas) => discovery("listSchemas", "List the schemas", "SchemaList", false),
        ("GET", Route::Schema(_)) => discovery("getSchema", "Tell one schema, by its URN", "Schema", true),
        ("GET", Route::Type(endpoint)) => {
            let name = names.of(endpoint);
            query(format!("query{}", name.name), format!("Query resources of type {}", name.title), name.list())
        }
        ("GET", Route::Root) => query("query".to_owned(), "Query resources of all types".to_owned(), "ListResponse".to_owned()),
        ("POST", Route::Search(endpoint)) => {
            let name = names.of(endpoint);
            search(format!("search{}", name.name), format!("Query resources of type {}, in a body", name.title), name.list())
        }
        ("POST", Route::SearchAll) => {
            search("search".to_owned(), "Query resources of all types, in a body".to_owned(), "ListResponse".to_owned())
        }
        ("POST", Route::Type(endpoint)) => {
            let name = names.of(endpoint);
            one("create", &name.name, format!("Create a resource of type {}", name.title), &name.name, method)
        }
        (_, Route::Resource(endpoint, _)) => {
            let name = names.of(endpoint);
            let summary = format!("{} a resource of type {}", capital(verb(method)), name.title);
            one(verb(method), &name.name, summary, &name.name, method)
        }
        ("POST", Route::Bulk) => Told {
            id: "bulk".to_owned(),
            summary: "Carry out several operations in one request".to_owned(),
            description: "Each operation is authorised and answered as a single request would be (RFC 7644 section 3.7).",
            parameters: Vec::new(),
            body: Some("BulkRequest".to_owned()),
            successes: vec![answer::success(
                200,
                "The request was processed; each operation has its own status.",
                Some("BulkResponse"),
                &[],
            )],
            failures: vec![400, 403],
        },
        (_, Route::Me) => {
            let summary = format!("{} the resource of whoever holds the credential", capital(verb(method)));
            one(verb(method), "Own", summary, OWN, method)
        }
        (method, route) => unreachable!("{method} {route} is in the route table and has no description"),
    }
}

fn discovery(id: &str, summary: &str, component: &str, is_one: bool) -> Told {
    let headers: &[Header] = if is_one { &[Header::Location, Header::ContentLocation] } else { &[] };
    Told {
        id: id.to_owned(),
        summary: summary.to_owned(),
        description: "The parameters of queries are ignored here, but a filter is refused with 403 (RFC 7644 section 4).",
        parameters: Vec::new(),
        body: None,
        successes: vec![answer::success(200, "It is in the body.", Some(component), headers)],
        failures: vec![400, 403, 404],
    }
}

fn query(id: String, summary: String, list: String) -> Told {
    let mut parameters = vec![
        parameter("filter", "Which resources to return (RFC 7644 section 3.4.2.2).", MetaSchema::new("string")),
        parameter("sortBy", "The attribute that orders the resources (RFC 7644 section 3.4.2.3).", MetaSchema::new("string")),
        parameter(
            "sortOrder",
            "The direction; `ascending` unless given.",
            MetaSchema { enum_items: vec![json!("ascending"), json!("descending")], ..MetaSchema::new("string") },
        ),
        parameter("startIndex", "The position of the first resource, from 1; not together with `cursor`.", MetaSchema::new("integer")),
        parameter(
            "count",
            "How many resources to return at most; more than the server's limit means the limit.",
            MetaSchema::new("integer"),
        ),
        parameter(
            "cursor",
            "Where the page begins (RFC 9865): empty for the first page, then `nextCursor` of the page before.",
            MetaSchema::new("string"),
        ),
    ];
    parameters.extend(projection());
    parameters
        .push(header("Cache-Control", "`max-stale`: the answer may come from a replica that lags behind (RFC 9111 section 5.2.1.2)."));
    Told {
        id,
        summary,
        description: "A filter in the URL can end up in logs: POST `.search` asks the same in a body.",
        parameters,
        body: None,
        successes: vec![answer::success(200, "The page is in the body.", Some(&list), &[])],
        failures: vec![400, 403],
    }
}

fn search(id: String, summary: String, list: String) -> Told {
    Told {
        id,
        summary,
        description: "",
        parameters: Vec::new(),
        body: Some("SearchRequest".to_owned()),
        successes: vec![answer::success(200, "The page is in the body.", Some(&list), &[])],
        failures: vec![400, 403],
    }
}

fn verb(method: &str) -> &'static str {
    match method {
        "GET" => "retrieve",
        "POST" => "create",
        "PUT" => "replace",
        "PATCH" => "patch",
        "DELETE" => "delete",
        other => unreachable!("{other} is no method of a resource"),
    }
}

/// An operation on one resource.
fn one(verb: &str, name: &str, summary: String, component: &str, method: &str) -> Told {
    let id = format!("{verb}{name}");
    let shown = |status, description| answer::success(status, description, Some(component), ONE);
    let if_match = || header("If-Match", "The versions that the resource must be at, or `*` for any (RFC 7644 section 3.14).");
    let if_none_match = || header("If-None-Match", "The versions that the client has already (RFC 7644 section 3.14).");
    let conditions =
        || vec![if_match(), header("If-None-Match", "The versions that the resource must not be at, or `*`: it must not exist.")];
    let (description, mut parameters, body, successes, failures) = match method {
        "POST" => (
            "The id is the server's own. `readOnly` attributes in the body are ignored.",
            Vec::new(),
            Some(format!("{component}Request")),
            vec![shown(201, "The resource is created.")],
            vec![400, 403, 409],
        ),
        "GET" => (
            "",
            vec![if_none_match()],
            None,
            vec![
                shown(200, "The resource is in the body."),
                answer::success(304, "The resource is at a version that `If-None-Match` names.", None, ONE),
            ],
            vec![400, 403, 404],
        ),
        "PUT" => (
            "Attributes that are left out are cleared, except secrets and `active`. `readOnly` attributes in the body are ignored.",
            conditions(),
            Some(format!("{component}Request")),
            vec![shown(200, "The resource is replaced.")],
            vec![400, 403, 404, 409, 412],
        ),
        "PATCH" => (
            "The operations are carried out in their order, all or none.",
            conditions(),
            Some("PatchOp".to_owned()),
            vec![
                shown(200, "The resource is changed."),
                answer::success(
                    204,
                    "The resource is changed; it has members, and is shown only if the request asks for attributes.",
                    None,
                    &[Header::Location, Header::ETag],
                ),
            ],
            vec![400, 403, 404, 409, 412],
        ),
        "DELETE" => (
            "Every membership and reference that names the resource goes with it.",
            conditions(),
            None,
            vec![answer::success(204, "The resource is deleted.", None, &[])],
            vec![400, 403, 404, 412],
        ),
        other => unreachable!("{other} is no method of a resource"),
    };
    if method != "DELETE" {
        parameters.splice(0..0, projection());
    }
    Told { id, summary, description, parameters, body, successes, failures }
}

/// `attributes` and `excludedAttributes` (RFC 7644 §3.9).
fn projection() -> [MetaOperationParam; 2] {
    [
        parameter("attributes", "The attributes to return, separated by commas.", MetaSchema::new("string")),
        parameter(
            "excludedAttributes",
            "The attributes not to return, separated by commas; not together with `attributes`.",
            MetaSchema::new("string"),
        ),
    ]
}

fn path_parameters(route: &Route) -> Option<MetaOperationParam> {
    let description = match route {
        Route::Resource(..) => "The id that the server gave to the resource.",
        Route::ResourceType(_) => "The name of the resource type.",
        Route::Schema(_) => "The URN of the schema.",
        _ => return None,
    };
    Some(MetaOperationParam { in_type: MetaParamIn::Path, required: true, ..parameter("id", description, MetaSchema::new("string")) })
}

fn parameter(name: &str, description: &str, schema: MetaSchema) -> MetaOperationParam {
    MetaOperationParam {
        name: name.to_owned(),
        schema: inline(schema),
        in_type: MetaParamIn::Query,
        description: Some(description.to_owned()),
        required: false,
        deprecated: false,
        explode: true,
        style: None,
    }
}

fn header(name: &str, description: &str) -> MetaOperationParam {
    MetaOperationParam { in_type: MetaParamIn::Header, ..parameter(name, description, said("string", "")) }
}

/// A body in either of its media types (RFC 7644 §3.1, §3.8).
fn request_body(component: &str) -> MetaRequest {
    let content = [MEDIA_TYPE, "application/json"].map(|content_type| MetaMediaType { content_type, schema: reference(component) });
    MetaRequest { description: None, content: content.into(), required: true }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

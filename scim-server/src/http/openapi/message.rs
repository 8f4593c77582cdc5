//! The messages of RFC 7644, which belong to no resource type.

use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use serde_json::{Value, json};

use super::schema::{Side, inline, schemas};
use super::text::kept;
use crate::{ERROR_URN, ScimType};

const LIST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const PATCH_URN: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const SEARCH_URN: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
const BULK_REQUEST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const BULK_RESPONSE_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

/// What a failed request answers (§3.12).
pub(super) fn error() -> MetaSchema {
    let status = MetaSchema { pattern: Some("^[45][0-9]{2}$".into()), ..said("string", "The HTTP status, as text.") };
    let keyword = MetaSchema {
        enum_items: ScimType::ALL.iter().map(|keyword| json!(keyword)).collect(),
        ..said("string", "The detail error keyword, if one applies.")
    };
    MetaSchema {
        description: Some("A failed request (RFC 7644 section 3.12)."),
        required: vec!["schemas", "status", "detail"],
        properties: vec![
            ("schemas", inline(schemas([ERROR_URN], Side::Response))),
            ("status", inline(status)),
            ("scimType", inline(keyword)),
            ("detail", inline(said("string", "What an administrator should change."))),
        ],
        example: Some(crate::Error::invalid_value("`userName` is required and cannot be empty").to_json()),
        ..MetaSchema::new("object")
    }
}

/// A page of resources of these components (§3.4.2).
pub(super) fn list(components: &[String], example: Option<Value>) -> MetaSchema {
    let resources = match components {
        [one] => reference(one),
        several => inline(MetaSchema { any_of: several.iter().map(|name| reference(name)).collect(), ..MetaSchema::ANY }),
    };
    let page = example
        .map(|resource| json!({"schemas": [LIST_URN], "totalResults": 1, "startIndex": 1, "itemsPerPage": 1, "Resources": [resource]}));
    MetaSchema {
        description: Some("A page of resources (RFC 7644 section 3.4.2)."),
        required: vec!["schemas", "totalResults", "itemsPerPage", "Resources"],
        properties: vec![
            ("schemas", inline(schemas([LIST_URN], Side::Response))),
            ("totalResults", inline(whole("How many resources match altogether."))),
            ("startIndex", inline(whole("The position of the first resource of this page, from 1; absent with a cursor."))),
            ("itemsPerPage", inline(whole("How many resources this page has."))),
            ("nextCursor", inline(said("string", "The cursor of the next page (RFC 9865); absent on the last."))),
            ("previousCursor", inline(said("string", "The cursor of the previous page (RFC 9865)."))),
            ("Resources", inline(MetaSchema { items: Some(Box::new(resources)), ..MetaSchema::new("array") })),
        ],
        example: page,
        ..MetaSchema::new("object")
    }
}

/// A list of changes to one resource (§3.5.2).
pub(super) fn patch() -> MetaSchema {
    let op = MetaSchema { enum_items: vec![json!("add"), json!("remove"), json!("replace")], ..said("string", "What to do.") };
    let operation = MetaSchema {
        required: vec!["op"],
        properties: vec![
            ("op", inline(op)),
            (
                "path",
                inline(said("string", "The attribute, e.g. `name.familyName` or `emails[type eq \"work\"].value`; required for `remove`.")),
            ),
            (
                "value",
                inline(MetaSchema { description: Some("The new value; without a path, an object of attributes."), ..MetaSchema::ANY }),
            ),
        ],
        ..MetaSchema::new("object")
    };
    MetaSchema {
        description: Some("A list of changes to one resource, which are made all or none (RFC 7644 section 3.5.2)."),
        required: vec!["schemas", "Operations"],
        properties: vec![
            ("schemas", inline(schemas([PATCH_URN], Side::Request))),
            ("Operations", inline(MetaSchema { items: Some(Box::new(inline(operation))), min_items: Some(1), ..MetaSchema::new("array") })),
        ],
        example: Some(json!({"schemas": [PATCH_URN], "Operations": [{"op": "replace", "path": "externalId", "value": "701984"}]})),
        ..MetaSchema::new("object")
    }
}

/// A query in a body (§3.4.3).
pub(super) fn search() -> MetaSchema {
    let names = |description| MetaSchema { items: Some(Box::new(inline(MetaSchema::new("string")))), ..said("array", description) };
    let order = MetaSchema { enum_items: vec![json!("ascending"), json!("descending")], ..said("string", "The direction.") };
    MetaSchema {
        description: Some("A query in a body, which keeps filters out of URLs and their logs (RFC 7644 section 3.4.3)."),
        required: vec!["schemas"],
        properties: vec![
            ("schemas", inline(schemas([SEARCH_URN], Side::Request))),
            ("attributes", inline(names("The attributes to return."))),
            ("excludedAttributes", inline(names("The attributes not to return; not together with `attributes`."))),
            ("filter", inline(said("string", "Which resources to return (RFC 7644 section 3.4.2.2)."))),
            ("sortBy", inline(said("string", "The attribute that orders the resources."))),
            ("sortOrder", inline(order)),
            ("startIndex", inline(MetaSchema::new("integer"))),
            ("count", inline(MetaSchema::new("integer"))),
            ("cursor", inline(said("string", "Where the page begins (RFC 9865): empty for the first page, then `nextCursor`."))),
        ],
        example: Some(json!({"schemas": [SEARCH_URN], "filter": "meta.created gt \"2011-05-13T04:42:34Z\"", "startIndex": 1, "count": 10})),
        ..MetaSchema::new("object")
    }
}

/// Several operations in one request (§3.7).
pub(super) fn bulk_request(example: Option<(&str, Value)>) -> MetaSchema {
    let method = ["POST", "PUT", "PATCH", "DELETE"].map(|method| json!(method)).into();
    let operation = MetaSchema {
        required: vec!["method", "path"],
        properties: vec![
            ("method", inline(MetaSchema { enum_items: method, ..said("string", "The HTTP method of the operation.") })),
            (
                "bulkId",
                inline(said(
                    "string",
                    "The client's name for the new resource; required for POST. `bulkId:NAME` stands for its id elsewhere.",
                )),
            ),
            ("version", inline(said("string", "The version that the resource must be at, as in `If-Match`."))),
            ("path", inline(said("string", "The endpoint, and the id unless the method is POST."))),
            ("data", inline(said("object", "The body of the operation."))),
        ],
        ..MetaSchema::new("object")
    };
    let example = example.map(|(path, data)| {
        json!({"schemas": [BULK_REQUEST_URN], "Operations": [{"method": "POST", "bulkId": "first", "path": path, "data": data}]})
    });
    MetaSchema {
        description: Some("Several operations in one request (RFC 7644 section 3.7)."),
        required: vec!["schemas", "Operations"],
        properties: vec![
            ("schemas", inline(schemas([BULK_REQUEST_URN], Side::Request))),
            (
                "failOnErrors",
                inline(MetaSchema { minimum: Some(1.0), ..said("integer", "After how many failures the rest is left undone.") }),
            ),
            ("Operations", inline(MetaSchema { items: Some(Box::new(inline(operation))), min_items: Some(1), ..MetaSchema::new("array") })),
        ],
        example,
        ..MetaSchema::new("object")
    }
}

/// What became of each operation (§3.7.3).
pub(super) fn bulk_response(url: &str) -> MetaSchema {
    let operation = MetaSchema {
        required: vec!["status"],
        properties: vec![
            ("method", inline(said("string", "As in the request; absent if the operation had none."))),
            ("bulkId", inline(MetaSchema::new("string"))),
            ("version", inline(said("string", "The version of the resource now."))),
            (
                "location",
                inline(MetaSchema { format: Some("uri"), ..said("string", "Where the resource is; absent if its creation failed.") }),
            ),
            (
                "status",
                inline(MetaSchema {
                    pattern: Some("^[1-5][0-9]{2}$".into()),
                    ..said("string", "The HTTP status of the operation, as text.")
                }),
            ),
            ("response", inline(said("object", "The error, if the operation failed."))),
        ],
        ..MetaSchema::new("object")
    };
    let location = format!("{url}/Users/2819c223-7f76-453a-919d-413861904646");
    MetaSchema {
        description: Some("What became of each operation, in their order (RFC 7644 section 3.7.3)."),
        required: vec!["schemas", "Operations"],
        properties: vec![
            ("schemas", inline(schemas([BULK_RESPONSE_URN], Side::Response))),
            ("Operations", inline(MetaSchema { items: Some(Box::new(inline(operation))), ..MetaSchema::new("array") })),
        ],
        example: Some(json!({"schemas": [BULK_RESPONSE_URN], "Operations": [
            {"method": "POST", "bulkId": "first", "version": "W/\"1\"", "location": location, "status": "201"}
        ]})),
        ..MetaSchema::new("object")
    }
}

pub(super) fn reference(component: &str) -> MetaSchemaRef {
    MetaSchemaRef::Reference(component.to_owned())
}

fn whole(description: &str) -> MetaSchema {
    MetaSchema { minimum: Some(0.0), ..said("integer", description) }
}

pub(super) fn said(ty: &'static str, description: &str) -> MetaSchema {
    MetaSchema { description: Some(kept(description)), ..MetaSchema::new(ty) }
}

//! `/ServiceProviderConfig`, `/ResourceTypes`, `/Schemas` (RFC 7643 §5 to §7, RFC 7644 §4).

use serde_json::{Value, json};

use crate::{BASE, ENTERPRISE, GROUP, Scim, USER, assert_error, text, user};

const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

type HasType = fn(&Value) -> bool;

/// The JSON type of each member that a configuration must have.
const CONFIGURATION: [(&str, HasType); 18] = [
    ("/patch", Value::is_object),
    ("/patch/supported", Value::is_boolean),
    ("/bulk", Value::is_object),
    ("/bulk/supported", Value::is_boolean),
    ("/bulk/maxOperations", Value::is_u64),
    ("/bulk/maxPayloadSize", Value::is_u64),
    ("/filter", Value::is_object),
    ("/filter/supported", Value::is_boolean),
    ("/filter/maxResults", Value::is_u64),
    ("/changePassword", Value::is_object),
    ("/changePassword/supported", Value::is_boolean),
    ("/sort", Value::is_object),
    ("/sort/supported", Value::is_boolean),
    ("/etag", Value::is_object),
    ("/etag/supported", Value::is_boolean),
    ("/authenticationSchemes", Value::is_array),
    ("/meta/location", Value::is_string),
    ("/meta/resourceType", Value::is_string),
];

/// RFC: 7643-5-03..21 7643-5-25 7644-4-02
#[tokio::test]
async fn the_configuration_has_all_that_it_must() {
    let scim = Scim::start();
    let config = scim.read("/ServiceProviderConfig").await;
    assert_eq!(config["schemas"], json!(["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"]));
    for (pointer, has_type) in CONFIGURATION {
        assert!(config.pointer(pointer).is_some_and(has_type), "{pointer}: {config}");
    }
    let schemes = config["authenticationSchemes"].as_array().expect("a list");
    assert!(!schemes.is_empty());
    for scheme in schemes {
        for name in ["type", "name", "description"] {
            assert!(!text(&scheme[name]).is_empty(), "{scheme}");
        }
        assert!(["oauth", "oauth2", "oauthbearertoken", "httpbasic", "httpdigest"].contains(&text(&scheme["type"]).as_str()));
    }
}

/// RFC: 7643-5-01 7643-6-01 7643-7-02 7644-3.2-11..13 9110-15.5.6-01
#[tokio::test]
async fn what_describes_the_server_can_only_be_read() {
    let scim = Scim::start();
    for path in ["/ServiceProviderConfig", "/ResourceTypes", "/ResourceTypes/User", "/Schemas", &format!("/Schemas/{USER}")] {
        let before = scim.read(path).await;
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let answer = scim.send(method, path, &before).await;
            assert_error(&answer, 405, None);
            assert_eq!(answer.headers["allow"], "GET, HEAD, OPTIONS", "{method} {path}");
        }
        assert_eq!(scim.read(path).await, before);
    }
}

/// RFC: 7643-6-01..03 7643-6-05..11 7643-6-14 7643-6-15 7644-4-05 7644-4-06 7644-4-09 7644-3.2-01
#[tokio::test]
async fn each_resource_type_says_where_it_is_and_what_it_has() {
    let scim = Scim::start();
    let list = scim.read("/ResourceTypes").await;
    assert_eq!(list["schemas"], json!([LIST]));
    let types = list["Resources"].as_array().expect("a list");
    assert_eq!(list["totalResults"], types.len());
    for kind in types {
        assert_eq!(kind["schemas"], json!(["urn:ietf:params:scim:schemas:core:2.0:ResourceType"]));
        for name in ["id", "name", "description", "endpoint", "schema"] {
            assert!(kind[name].as_str().is_some_and(|text| !text.is_empty()), "{name}: {kind}");
        }
        assert_eq!(kind["endpoint"], format!("/{}s", text(&kind["name"])), "the name of the type with an `s`");
        assert_eq!(scim.read(&text(&kind["endpoint"])).await["schemas"], json!([LIST]));
        assert_eq!(scim.read(&format!("/ResourceTypes/{}", text(&kind["id"]))).await, *kind);
        let schema = scim.read(&format!("/Schemas/{}", text(&kind["schema"]))).await;
        assert_eq!(schema["id"], kind["schema"]);
        for extension in kind["schemaExtensions"].as_array().into_iter().flatten() {
            assert!(extension["required"].is_boolean(), "{extension}");
            assert_eq!(scim.read(&format!("/Schemas/{}", text(&extension["schema"]))).await["id"], extension["schema"]);
        }
    }
    assert_eq!(types[0]["schemaExtensions"], json!([{"schema": ENTERPRISE, "required": false}]));
    let user = scim.read(&scim.create("/Users", &user("bjensen")).await).await;
    assert_eq!(user["meta"]["resourceType"], types[0]["name"]);
}

/// RFC: 7643-1.2-01 7643-7-01 7643-7-03 7643-7-05..13 7643-7-15..18 7643-7-41..43 7644-3.1-03 7644-4-03 7644-4-04 7644-4-06
#[tokio::test]
async fn each_schema_is_described_in_full() {
    let scim = Scim::start();
    let list = scim.read("/Schemas").await;
    assert_eq!(list["schemas"], json!([LIST]));
    let schemas = list["Resources"].as_array().expect("a list");
    assert_eq!(list["totalResults"], schemas.len());
    let of_discovery = ["ServiceProviderConfig", "ResourceType", "Schema"];
    let mut expected = of_discovery.map(|name| format!("urn:ietf:params:scim:schemas:core:2.0:{name}")).to_vec();
    expected.extend([USER, GROUP, ENTERPRISE].map(str::to_owned));
    let mut listed: Vec<String> = schemas.iter().map(|schema| text(&schema["id"])).collect();
    listed.sort();
    expected.sort();
    assert_eq!(listed, expected, "those of the resources, of their extensions and of discovery (§8.7), each once");
    for schema in schemas {
        assert_eq!((&schema["schemas"], &schema["meta"]["resourceType"]), (&json!([SCHEMA]), &json!("Schema")));
        for name in ["id", "name", "description"] {
            assert!(!text(&schema[name]).is_empty(), "{name} of {}", schema["id"]);
        }
        assert!(text(&schema["id"]).starts_with("urn:"));
        assert_eq!(schema["meta"]["location"], format!("{BASE}/Schemas/{}", text(&schema["id"])));
        assert_eq!(scim.read(&format!("/Schemas/{}", text(&schema["id"]))).await, *schema);
        each_attribute(&schema["attributes"], &mut |attribute| {
            let words = |name: &str, allowed: &[&str]| {
                assert!(attribute[name].as_str().is_some_and(|word| allowed.contains(&word)), "{name} of {attribute}");
            };
            for name in ["name", "description"] {
                assert!(!text(&attribute[name]).is_empty(), "{name} of {attribute}");
            }
            for name in ["multiValued", "required"] {
                assert!(attribute[name].is_boolean(), "{name} of {attribute}");
            }
            words("type", &["string", "boolean", "decimal", "integer", "dateTime", "reference", "complex", "binary"]);
            words("mutability", &["readOnly", "readWrite", "immutable", "writeOnly"]);
            words("returned", &["always", "never", "default", "request"]);
            if attribute["type"] == "string" {
                assert!(attribute["caseExact"].is_boolean(), "{attribute}");
                words("uniqueness", &["none", "server", "global"]);
            }
        });
    }
    assert_error(&scim.get("/Schemas/urn:example:unknown").await, 404, None);
}

fn each_attribute(attributes: &Value, look: &mut impl FnMut(&Value)) {
    for attribute in attributes.as_array().into_iter().flatten() {
        look(attribute);
        each_attribute(&attribute["subAttributes"], look);
    }
}

/// RFC: 7644-3.1-05
#[tokio::test]
async fn the_schemas_of_messages_are_not_listed() {
    let scim = Scim::start();
    let list = scim.read("/Schemas").await;
    for schema in list["Resources"].as_array().expect("a list") {
        assert!(!text(&schema["id"]).starts_with("urn:ietf:params:scim:api:"), "{}", schema["id"]);
    }
    for message in ["ListResponse", "PatchOp", "Error", "BulkRequest", "BulkResponse", "SearchRequest"] {
        assert_error(&scim.get(&format!("/Schemas/urn:ietf:params:scim:api:messages:2.0:{message}")).await, 404, None);
    }
}

/// RFC: 7644-4-07 7644-4-08
#[tokio::test]
async fn discovery_is_always_whole() {
    let scim = Scim::start();
    for path in ["/Schemas", "/ResourceTypes", "/ServiceProviderConfig"] {
        let whole = scim.read(path).await;
        for query in ["count=1", "count=0", "startIndex=99", "sortBy=id&sortOrder=descending", "cursor=x", "count=1&startIndex=2"] {
            assert_eq!(scim.read(&format!("{path}?{query}")).await, whole, "{path}?{query}");
        }
        assert_error(&scim.filter(path, r#"id eq "x""#).await, 403, None);
    }
}

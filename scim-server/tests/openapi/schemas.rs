//! The schemas of the document are made from the SCIM schemas.

use scim_server::{Registry, RegistryDocument};
use serde_json::{Map, Value, json};

use crate::both;

const ROBOT: &str = "urn:example:2.0:Robot";
const WARRANTY: &str = "urn:example:2.0:Warranty";

/// A type with every data type and characteristic, a required extension, and a name that is no name of a component.
fn robots() -> Registry {
    let document: RegistryDocument = serde_json::from_value(json!({
        "schemas": [
            {"id": ROBOT, "name": "Robot", "attributes": [
                {"name": "serial", "required": true, "returned": "always", "uniqueness": "server", "mutability": "immutable"},
                {"name": "wheels", "type": "integer"},
                {"name": "weight", "type": "decimal", "description": "In kilograms"},
                {"name": "built", "type": "dateTime"},
                {"name": "image", "type": "binary", "caseExact": true},
                {"name": "manual", "type": "reference", "referenceTypes": ["external"]},
                {"name": "colours", "multiValued": true, "canonicalValues": ["red", "green"]},
                {"name": "active", "type": "boolean"},
                {"name": "pin", "returned": "never", "mutability": "writeOnly"},
                {"name": "mileage", "type": "integer", "mutability": "readOnly"},
                {"name": "notes", "returned": "request"},
                {"name": "dock", "type": "complex", "subAttributes": [
                    {"name": "place", "required": true}, {"name": "code", "returned": "never"}, {"name": "free", "type": "boolean", "mutability": "readOnly"}
                ]}
            ]},
            {"id": WARRANTY, "name": "Warranty", "attributes": [{"name": "until", "type": "dateTime", "required": true}]}
        ],
        "resourceTypes": [{"name": "Error", "endpoint": "/Robots", "schema": ROBOT,
            "schemaExtensions": [{"schema": WARRANTY, "required": true}]}]
    }))
    .expect("it is a registry document");
    Registry::rfc7643_and(document).expect("the types fit")
}

#[test]
fn each_characteristic_has_its_word_in_json_schema() {
    let (openapi, _) = both(robots());
    let schemas = &openapi.document()["components"]["schemas"];
    // `Error` is the message's name.
    let (request, response) = (&schemas["Error_Request"], &schemas["Error_"]);
    assert_eq!(request["required"], json!(["schemas", "serial", WARRANTY]));
    assert_eq!(response["required"], json!(["schemas", "id", "serial"]));
    assert_eq!(
        request["properties"]["serial"],
        json!({"type": "string", "description": "Can be set once. No other resource of the type has the same value.", "minLength": 1})
    );
    for (name, expected) in [
        ("wheels", json!({"type": "integer", "format": "int64"})),
        ("weight", json!({"type": "number", "description": "In kilograms"})),
        ("built", json!({"type": "string", "format": "date-time"})),
        ("image", json!({"type": "string", "format": "byte"})),
        ("colours", json!({"type": "array", "items": {"type": "string"}, "description": "Canonical values: `red`, `green`."})),
        ("active", json!({"type": "boolean"})),
        ("notes", json!({"type": "string", "description": "Returned if `attributes` names it."})),
    ] {
        assert_eq!(request["properties"][name], expected);
        assert_eq!(response["properties"][name], expected);
    }
    assert_eq!(request["properties"]["manual"]["format"], "uri");
    assert_eq!(response["properties"]["manual"]["format"], Value::Null);
    assert_eq!(request["properties"]["pin"], json!({"type": "string", "writeOnly": true}));
    assert_eq!(response["properties"]["pin"], Value::Null);
    assert_eq!(request["properties"]["mileage"], Value::Null);
    assert_eq!(response["properties"]["mileage"]["readOnly"], json!(true));
    assert_eq!(request["properties"]["dock"]["required"], json!(["place"]));
    let parts = |schema: &Value| -> Vec<String> { members(&schema["properties"]["dock"]["properties"]).keys().cloned().collect() };
    assert_eq!(
        (parts(request), parts(response)),
        (vec!["place".to_owned(), "code".to_owned()], vec!["place".to_owned(), "free".to_owned()])
    );
    assert_eq!(request["properties"][WARRANTY]["required"], json!(["until"]));
    assert_eq!(response["properties"][WARRANTY]["required"], Value::Null, "a projection may leave it out");
    assert!(request["properties"]["id"].is_null() && request["properties"]["meta"].is_null());
    assert_eq!(response["properties"]["meta"]["properties"]["created"]["format"], "date-time");
}

#[tokio::test]
async fn the_examples_are_valid_and_the_server_takes_them() {
    let (openapi, server) = both(robots());
    let schemas = &openapi.document()["components"]["schemas"];
    for (endpoint, name) in [("/Users", "User"), ("/Groups", "Group"), ("/Robots", "Error_")] {
        let example = &schemas[format!("{name}Request")]["example"];
        let created = server.send("POST", endpoint, &Map::new(), Some(example)).await;
        assert_eq!(created.status, 201, "{}", created.body);
        let location = format!("{endpoint}/{}", created.body["id"].as_str().expect("it has an id"));
        assert_eq!(server.get(&location).await.body["meta"], created.body["meta"]);
        // The example of the answer has what the server shows, and what other resources would add (`groups`).
        let shown = &schemas[name]["example"];
        for (member, value) in members(&created.body) {
            assert!(shown.get(member).is_some(), "{name}: the example lacks {member}: {value}");
            assert!(schemas[name]["properties"].get(member).is_some(), "{name} lacks {member}");
        }
        assert_eq!(members(shown).keys().filter(|member| !members(&schemas[name]["properties"]).contains_key(*member)).count(), 0);
    }
}

fn members(value: &Value) -> &Map<String, Value> {
    value.as_object().expect("it is an object")
}

//! Declarations that RFC 7643 does not allow, or that a server could not keep, are refused at start with the place and the rule.

use scim_server::{Registry, RegistryDocument};
use serde_json::{Value, json};

/// What the registry says of that document.
fn refusal(document: &Value) -> String {
    // As text, like a file: what JSON itself refuses has a line and a column.
    match serde_json::from_str::<RegistryDocument>(&document.to_string()) {
        Err(error) => format!("JSON: {error}"),
        Ok(document) => Registry::rfc7643_and(document).map_or_else(|error| error.to_string(), |_| "accepted".to_owned()),
    }
}

/// A type whose base schema has these attributes.
fn with(attributes: Value) -> Value {
    json!({
        "schemas": [{"id": "urn:example:2.0:T", "name": "T", "attributes": attributes}],
        "resourceTypes": [{"name": "T", "endpoint": "/Ts", "schema": "urn:example:2.0:T"}],
    })
}

/// RFC: 7643-2.1-03 7643-2.3.8-02 7643-2.3.8-03 7643-7-21 7643-7-39
#[test]
fn an_attribute_that_cannot_be_is_refused_with_its_place_and_the_rule() {
    let complex = |more: Value| {
        let mut attribute = json!({"name": "a", "type": "complex", "subAttributes": [{"name": "b"}]});
        attribute.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        json!([attribute])
    };
    let sub = |sub: Value| complex(json!({"subAttributes": [sub]}));
    let list_of = |sub: Value| complex(json!({"multiValued": true, "subAttributes": [sub]}));
    for (attributes, place, rule) in [
        (json!([{"name": "1st"}]), "`1st`", "this is no attribute name: it must begin with a letter"),
        (json!([{"name": ""}]), "``", "no attribute name"),
        (json!([{"name": "a b"}]), "`a b`", "no attribute name"),
        (json!([{"name": "a.b"}]), "`a.b`", "no attribute name"),
        (json!([{"name": "größe"}]), "`größe`", "no attribute name"),
        (json!([{"name": "$ref", "type": "reference", "referenceTypes": ["uri"]}]), "`$ref`", "only a sub-attribute may be `$ref`"),
        (sub(json!({"name": "$id"})), "`a.$id`", "no attribute name"),
        (sub(json!({"name": "$ref"})), "`a.$ref`", "must be single and of the type reference"),
        (json!([{"name": "a"}, {"name": "A"}]), "schema `urn:example:2.0:T`", "`A` is declared twice: names do not heed case"),
        (complex(json!({"subAttributes": [{"name": "b"}, {"name": "B"}]})), "`a`", "`B` is declared twice"),
        (json!([{"name": "ID"}]), "schema `urn:example:2.0:T`", "every resource has `ID` already (RFC 7643 section 3.1)"),
        (json!([{"name": "meta"}]), "schema `urn:example:2.0:T`", "every resource has `meta` already"),
        (json!([{"name": "externalId"}]), "schema `urn:example:2.0:T`", "every resource has `externalId` already"),
        (json!([{"name": "schemas"}]), "schema `urn:example:2.0:T`", "every resource has `schemas` already"),
        (json!([{"name": "a", "type": "complex"}]), "`a`", "a complex attribute needs `subAttributes`"),
        (json!([{"name": "a", "subAttributes": [{"name": "b"}]}]), "`a`", "only a complex attribute has `subAttributes`"),
        (
            sub(json!({"name": "b", "type": "complex", "subAttributes": [{"name": "c"}]})),
            "`a.b`",
            "must not be complex (RFC 7643 section 2.3.8)",
        ),
        (json!([{"name": "a", "type": "reference"}]), "`a`", "a reference needs `referenceTypes`"),
        (json!([{"name": "a", "referenceTypes": ["User"]}]), "`a`", "only a reference has `referenceTypes`"),
        (
            json!([{"name": "a", "type": "reference", "referenceTypes": ["Robot"]}]),
            "`a`",
            "`Robot`, which is no resource type of this server",
        ),
        (sub(json!({"name": "$ref", "type": "reference", "referenceTypes": ["user"]})), "`a.$ref`", "`user`, which is no resource type"),
        (json!([{"name": "a", "type": "boolean", "canonicalValues": ["true"]}]), "`a`", "only a string has `canonicalValues`"),
        (json!([{"name": "a", "enforceCanonicalValues": true}]), "`a`", "without `canonicalValues` there are none to enforce"),
        (json!([{"name": "a", "canonicalValues": ["x", "X"]}]), "`a`", "`canonicalValues` has `X` twice"),
        (json!([{"name": "a", "type": "boolean", "uniqueness": "server"}]), "`a`", "a value of this type has no `uniqueness`"),
        (json!([{"name": "a", "type": "dateTime", "uniqueness": "global"}]), "`a`", "no `uniqueness` (RFC 7643 section 2.3)"),
        (json!([{"name": "a", "type": "binary", "uniqueness": "server"}]), "`a`", "no `uniqueness`"),
        (complex(json!({"uniqueness": "server"})), "`a`", "no `uniqueness`"),
        (json!([{"name": "a", "required": true, "mutability": "readOnly"}]), "`a`", "required and readOnly: no client could send it"),
        (sub(json!({"name": "b", "required": true, "mutability": "readOnly"})), "`a.b`", "required and readOnly"),
        (list_of(json!({"name": "primary"})), "`a.primary`", "must be single and of the type boolean"),
        (list_of(json!({"name": "type", "type": "integer"})), "`a.type`", "must be single and of the type string"),
        (list_of(json!({"name": "display", "multiValued": true})), "`a.display`", "must be single and of the type string"),
    ] {
        let message = refusal(&with(attributes.clone()));
        let expected =
            if place.starts_with("schema") { place.to_owned() } else { format!("schema `urn:example:2.0:T`, attribute {place}") };
        assert!(message.starts_with(&format!("{expected}: ")), "{attributes}: {message}");
        assert!(message.contains(rule), "{attributes}: {message}");
    }
}

#[test]
fn what_the_rfc_allows_is_accepted() {
    for attributes in [
        json!([{"name": "a-b_c$1"}]),
        json!([{"name": "a", "type": "reference", "referenceTypes": ["external", "uri", "T", "User"]}]),
        json!([{"name": "a", "canonicalValues": ["x", "X"], "caseExact": true}]),
        json!([{"name": "a", "type": "integer", "uniqueness": "global"}]),
        json!([{"name": "a", "type": "complex", "subAttributes": [{"name": "code", "uniqueness": "server"}, {"name": "primary"}]}]),
        json!([{"name": "a", "mutability": "readOnly", "type": "complex", "multiValued": true, "subAttributes": [
            {"name": "value", "required": true, "mutability": "readOnly"},
        ]}]),
        json!([{"name": "a", "mutability": "writeOnly", "returned": "never", "required": true}]),
        json!([{"name": "a", "multiValued": true, "uniqueness": "server"}]),
        json!([]),
    ] {
        assert_eq!(refusal(&with(attributes.clone())), "accepted", "{attributes}");
    }
    // As it is served at `/Schemas` and `/ResourceTypes`: nothing of it is in the way.
    let served = json!({
        "schemas": [{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"], "id": "urn:example:2.0:T", "name": "T", "description": "",
            "attributes": [{"name": "a", "type": "string", "multiValued": false, "description": "", "required": false, "caseExact": false,
                "mutability": "readWrite", "returned": "default", "uniqueness": "none"}],
            "meta": {"resourceType": "Schema", "location": "/v2/Schemas/urn:example:2.0:T"}}],
        "resourceTypes": [{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"], "id": "T", "name": "T", "endpoint": "/Ts",
            "description": "", "schema": "urn:example:2.0:T", "schemaExtensions": [],
            "meta": {"resourceType": "ResourceType", "location": "/v2/ResourceTypes/T"}}],
    });
    assert_eq!(refusal(&served), "accepted");
}

#[test]
fn a_schema_or_type_that_cannot_be_is_refused_with_its_place_and_the_rule() {
    let schema = |id: &str| json!({"id": id, "name": "T", "attributes": [{"name": "a"}]});
    let schemas = |ids: &[&str]| json!({"schemas": ids.iter().map(|id| schema(id)).collect::<Vec<_>>()});
    let kind = |more: Value| {
        let mut kind = json!({"name": "T", "endpoint": "/Ts", "schema": "urn:example:2.0:T"});
        kind.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        kind
    };
    let extension = json!({"id": "urn:example:2.0:E", "attributes": [{"name": "e", "mutability": "readOnly"}]});
    let types = |kinds: Vec<Value>| json!({"schemas": [schema("urn:example:2.0:T"), extension.clone()], "resourceTypes": kinds});
    for (document, message) in [
        (schemas(&["http://example.com/T"]), "schema `http://example.com/T`: the id must be a URN"),
        (schemas(&["urn:T"]), "schema `urn:T`: the id must be a URN"),
        (schemas(&["urn:example:a b"]), "schema `urn:example:a b`: the id must be a URN"),
        (schemas(&["urn:example:T", "URN:EXAMPLE:T"]), "schema `URN:EXAMPLE:T`: it is declared twice"),
        (
            schemas(&["urn:ietf:params:scim:schemas:core:2.0:Schema"]),
            "schema `urn:ietf:params:scim:schemas:core:2.0:Schema`: this is a schema of the discovery endpoints",
        ),
        (types(vec![kind(json!({"schema": "urn:example:2.0:X"}))]), "resource type `T`: it uses the unknown schema `urn:example:2.0:X`"),
        (types(vec![kind(json!({"name": ""}))]), "resource type ``: the name must begin with a letter"),
        (types(vec![kind(json!({"name": "1/T"}))]), "resource type `1/T`: the name must begin with a letter"),
        (types(vec![kind(json!({"name": "external"}))]), "resource type `external`: `referenceTypes` has another meaning for this name"),
        (types(vec![kind(json!({"endpoint": "Ts"}))]), "resource type `T`: the endpoint `Ts` must be `/` and one segment"),
        (types(vec![kind(json!({"endpoint": "/"}))]), "resource type `T`: the endpoint `/` must be"),
        (types(vec![kind(json!({"endpoint": "/a/b"}))]), "resource type `T`: the endpoint `/a/b` must be"),
        (types(vec![kind(json!({"endpoint": "/schemas"}))]), "resource type `T`: the endpoint `/schemas` is another one's"),
        (types(vec![kind(json!({"endpoint": "/Me"}))]), "resource type `T`: the endpoint `/Me` is another one's"),
        (types(vec![kind(json!({})), kind(json!({"name": "t"}))]), "resource type `t`: it or its endpoint `/Ts` is declared twice"),
        (types(vec![kind(json!({"endpoint": "/users"}))]), "resource type `T`: it or its endpoint `/users` is declared twice"),
        (
            types(vec![kind(json!({"schemaExtensions": [{"schema": "URN:example:2.0:T"}]}))]),
            "resource type `T`: it has the schema `URN:example:2.0:T` twice",
        ),
        (
            types(vec![kind(json!({"schemaExtensions": [{"schema": "urn:example:2.0:X"}]}))]),
            "resource type `T`: it uses the unknown schema `urn:example:2.0:X`",
        ),
        (
            types(vec![kind(json!({"schemaExtensions": [{"schema": "urn:example:2.0:E", "required": true}]}))]),
            "resource type `T`, extension `urn:example:2.0:E`: it is required, but has no attribute that a client can write and see",
        ),
        // What JSON itself says: a misspelt word would otherwise be lost in silence.
        (with(json!([{"name": "a", "requird": true}])), "JSON: unknown field `requird`"),
        (with(json!([{"name": "a", "type": "text"}])), "JSON: unknown variant `text`"),
        (with(json!([{"type": "string"}])), "JSON: missing field `name`"),
        (types(vec![kind(json!({"schemaExtension": []}))]), "JSON: unknown field `schemaExtension`"),
        (
            types(vec![kind(json!({"schemaExtensions": [{"schema": "urn:example:2.0:E", "require": true}]}))]),
            "JSON: unknown field `require`",
        ),
        (types(vec![kind(json!({"collections": [{"attribute": "a", "inverse": "b"}]}))]), "JSON: unknown field `inverse`"),
        (json!({"schema": []}), "JSON: unknown field `schema`"),
    ] {
        let found = refusal(&document);
        assert!(found.starts_with(message), "{document}:\n{found}\n{message}");
        assert!(!found.starts_with("JSON") || found.contains(" at line 1 column "), "{found}");
    }
}

#[test]
fn a_collection_that_cannot_be_is_refused_with_its_place_and_the_rule() {
    let reference = |types: Value| json!({"name": "$ref", "type": "reference", "referenceTypes": types});
    let list = |name: &str, types: Value| json!({"name": name, "type": "complex", "multiValued": true, "subAttributes": [{"name": "value"}, reference(types)]});
    let derived = |name: &str| {
        let mut attribute = list(name, json!(["T"]));
        attribute["mutability"] = json!("readOnly");
        attribute
    };
    let document = |attributes: Value, collections: Value| {
        let mut document = with(attributes);
        document["resourceTypes"][0]["collections"] = collections;
        document
    };
    let must_be = "it must be a multi-valued complex attribute of the base schema that clients write";
    for (attributes, collections, message) in [
        (json!([{"name": "b"}]), json!([{"attribute": "a"}]), must_be),
        (json!([{"name": "a", "multiValued": true}]), json!([{"attribute": "a"}]), must_be),
        (json!([list("a", json!(["external"]))]), json!([{"attribute": "a"}]), must_be),
        (json!([derived("a")]), json!([{"attribute": "a"}]), must_be),
        (
            json!([{"name": "a", "type": "complex", "subAttributes": [{"name": "value"}, reference(json!(["User"]))]}]),
            json!([{"attribute": "a"}]),
            must_be,
        ),
        (
            json!([{"name": "a", "type": "complex", "multiValued": true, "subAttributes": [{"name": "value", "type": "integer"}, reference(json!(["User"]))]}]),
            json!([{"attribute": "a"}]),
            must_be,
        ),
        (json!([list("a", json!(["User"]))]), json!([{"attribute": "a"}, {"attribute": "A"}]), "it is declared twice"),
        (
            json!([{"name": "a", "type": "complex", "multiValued": true, "subAttributes": [
                {"name": "value"}, reference(json!(["User"])), {"name": "place", "uniqueness": "server"},
            ]}]),
            json!([{"attribute": "a"}]),
            "`place` cannot have `uniqueness`",
        ),
        (json!([list("a", json!(["User"]))]), json!([{"attribute": "a", "indirect": true}]), "`indirect` says what the `reverse` lists"),
        (
            json!([list("a", json!(["User"]))]),
            json!([{"attribute": "a", "reverse": "ts"}]),
            "none of the types that it names has the attribute `ts` in its base schema",
        ),
        (
            json!([list("a", json!(["T"])), list("b", json!(["T"]))]),
            json!([{"attribute": "a", "reverse": "b"}]),
            "`b` of `T` must be readOnly, multi-valued and complex",
        ),
        (
            json!([list("a", json!(["T"])), {"name": "b", "mutability": "readOnly"}]),
            json!([{"attribute": "a", "reverse": "b"}]),
            "`b` of `T` must be readOnly, multi-valued and complex",
        ),
    ] {
        let document = document(attributes, collections);
        let found = refusal(&document);
        assert!(found.starts_with("resource type `T`, collection `") && found.contains(message), "{document}:\n{found}");
    }
    let fine =
        document(json!([list("a", json!(["T", "User"])), derived("b")]), json!([{"attribute": "a", "reverse": "b", "indirect": true}]));
    assert_eq!(refusal(&fine), "accepted");
}

#[test]
fn the_document_and_the_message_of_the_page_are_real() {
    let page = include_str!("../../../docs/resource-types.md");
    let block =
        |language: &str| page.split_once(&format!("```{language}\n")).and_then(|(_, rest)| rest.split_once("```")).expect("a block").0;
    let mut document: Value = serde_json::from_str(block("json")).expect("the block is JSON");
    assert_eq!(refusal(&document), "accepted");
    document["schemas"][0]["id"] = json!("urn:example:2.0:Badge");
    document["schemas"][0]["attributes"][2]["subAttributes"][1]["referenceTypes"] = json!(["Robot"]);
    assert_eq!(refusal(&document), block("text").trim());
}

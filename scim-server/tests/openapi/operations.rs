//! The document names the operations that the server carries out, and no other.

use std::collections::BTreeSet;

use poem::Request;
use scim_server::http::{endpoint, openapi, routes};
use scim_server::{MemoryStores, Registry, ScimServer, StaticTokens};
use serde_json::{Value, json};

use crate::exchange::{Server, TOKEN};
use crate::{both, inhabitants, operations, scim_server};

/// A path that leads to something.
fn filled(path: &str, inhabitants: &[(String, String)]) -> String {
    let id = match path {
        "/ResourceTypes/{id}" => "User",
        "/Schemas/{id}" => "urn:ietf:params:scim:schemas:core:2.0:User",
        _ => inhabitants.iter().find(|(endpoint, _)| path.starts_with(endpoint)).map_or("", |(_, id)| id),
    };
    path.replace("{id}", id)
}

/// The body that the document has as the example of an operation.
fn example<'d>(document: &'d Value, operation: &Value) -> Option<&'d Value> {
    let reference = operation["requestBody"]["content"]["application/scim+json"]["schema"]["$ref"].as_str()?;
    let name = reference.rsplit('/').next()?;
    Some(&document["components"]["schemas"][name]["example"])
}

#[test]
fn every_method_of_an_endpoint_that_the_server_has_is_an_operation_and_nothing_else_is() {
    let (openapi, _) = both(Registry::rfc7643());
    let described: BTreeSet<String> =
        operations(openapi.document()).map(|(path, method, _)| format!("{} {path}", method.to_uppercase())).collect();
    let routes = routes(&Registry::rfc7643());
    let served: BTreeSet<String> =
        routes.iter().flat_map(|route| route.methods.split(", ").map(move |method| format!("{method} {}", route.path))).collect();
    assert_eq!(described, served);
    let ids: BTreeSet<&str> = operations(openapi.document()).filter_map(|(_, _, operation)| operation["operationId"].as_str()).collect();
    assert_eq!(ids.len(), served.len(), "an operationId occurs twice");
}

#[test]
fn what_a_server_lacks_is_not_in_its_document() {
    let document = |server: &ScimServer<MemoryStores>| openapi(server).document().clone();
    let without = document(&scim_server(Registry::rfc7643()).without_root_queries());
    let nobody = ScimServer::new(Registry::rfc7643(), MemoryStores::new(), StaticTokens::new());
    assert!(document(&nobody)["paths"]["/Me"].is_null() && without["paths"]["/Me"].is_object());
    assert!(document(&scim_server(Registry::rfc7643()))["paths"]["/.search"].is_object());
    for path in ["/", "/.search"] {
        assert!(without["paths"][path].is_null(), "{path}");
    }
    assert!(without["components"]["schemas"]["ListResponse"].is_null());
    assert!(without["components"]["schemas"]["SearchRequest"].is_object(), "each type has its own search");
}

#[tokio::test]
async fn every_operation_is_carried_out_and_answers_a_status_that_it_names() {
    let (openapi, _) = both(Registry::rfc7643());
    let document = openapi.document();
    for (path, method, operation) in operations(document) {
        let server = Server::new(endpoint(scim_server(Registry::rfc7643())));
        // Whoever is a user already cannot create itself.
        let inhabitants = if (path, method) == ("/Me", "post") { Vec::new() } else { inhabitants(&server).await };
        let request = Request::builder()
            .method(method.to_uppercase().parse().expect("a method"))
            .uri_str(filled(path, &inhabitants))
            .header("authorization", format!("Bearer {TOKEN}"));
        let request = match example(document, operation) {
            Some(example) => request.header("content-type", "application/scim+json").body(example.to_string()),
            None => request.finish(),
        };
        let answer = server.answer(request).await;
        assert!(answer.status < 300, "{method} {path}: {} {}", answer.status, answer.body);
        let described = &operation["responses"][answer.status.to_string()];
        assert!(described.is_object(), "{method} {path} does not name {}", answer.status);
        for (header, described) in described["headers"].as_object().into_iter().flatten() {
            let there = answer.headers.contains_key(&header.to_ascii_lowercase());
            assert!(there || described["required"] != json!(true), "{method} {path}: the answer lacks {header}");
        }
    }
}

#[test]
fn every_operation_wants_the_bearer_token_and_says_what_comes_without_it() {
    let (openapi, _) = both(Registry::rfc7643());
    let mut seen = 0;
    for (path, method, operation) in operations(openapi.document()) {
        assert_eq!(operation["security"], json!([{"bearer": []}]), "{method} {path}");
        for status in ["401", "414", "429", "431", "500", "503"] {
            assert!(operation["responses"][status].is_object(), "{method} {path} lacks {status}");
        }
        seen += 1;
    }
    assert!(seen > 30);
    let responses = &openapi.document()["components"]["responses"];
    assert!(responses["401"]["headers"]["WWW-Authenticate"].is_object());
    assert!(responses["429"]["headers"]["Retry-After"].is_object());
    for (name, response) in responses.as_object().expect("there are responses") {
        assert_eq!(response["content"].is_null(), name.ends_with("-head"), "{name}");
        assert!(response["headers"]["X-Request-Id"].is_object(), "{name}");
    }
}

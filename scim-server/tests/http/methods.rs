//! Methods: HEAD, OPTIONS, 405 with `Allow`, 501 (RFC 7644 §3.2, Table 8; S40, S92).

use scim_server::http::{endpoint, routes};
use scim_server::{Boxed, Caller, Me, Profile, Registry, Result};
use serde_json::json;

use crate::exchange::Server;
use crate::{assert_error, create, everything, patch, request, scim_server, send, send_bytes, server, user};

#[tokio::test]
async fn options_answers_204_with_the_methods_on_every_route() {
    let server = server(Profile::RFC);
    for route in routes(&Registry::rfc7643()) {
        let answer = server.answer(request("OPTIONS", &route.path.replace("{id}", "x")).finish()).await;
        assert_eq!(answer.status, 204, "{}", route.path);
        assert_eq!(answer.headers["allow"], route.methods, "{}", route.path);
        assert!(answer.body.is_null() && !answer.headers.contains_key("content-type"), "{}", route.path);
        assert!(!answer.headers.keys().any(|name| name.starts_with("access-control-")), "CORS is the embedder's: {}", route.path);
    }
}

/// Every caller is a client, none is a person.
struct Nobody;

impl Me for Nobody {
    fn of<'a>(&'a self, _: &'a Caller) -> Boxed<'a, Result<Option<(String, String)>>> {
        Box::pin(std::future::ready(Ok(None)))
    }
}

#[tokio::test]
async fn every_method_that_a_route_lists_is_served() {
    let server = Server::new(endpoint(scim_server(Profile::RFC).with_me(Nobody)));
    for route in routes(&Registry::rfc7643()) {
        for method in route.methods.split(", ") {
            let status = send_bytes(&server, method, &route.path.replace("{id}", "x"), "{}").await.status;
            assert!(status != 405 && status != 501, "{method} {}: {status}", route.path);
        }
    }
}

/// RFC: 9110-15.5.6-01
#[tokio::test]
async fn a_method_that_a_route_lacks_is_405_with_allow_or_501_if_the_feature_is_absent() {
    let server = server(Profile::RFC);
    let (mut refused, mut absent) = (0, 0);
    for route in routes(&Registry::rfc7643()) {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW", "get"] {
            let known = route.methods.split(", ").any(|known| known == method);
            // This server does not know whom a caller is.
            let lacks = route.path == "/Me";
            if known && !lacks {
                continue;
            }
            let answer = send_bytes(&server, method, &route.path.replace("{id}", "x"), "{}").await;
            let status = if known { 501 } else { 405 };
            assert_error(&answer, status, None);
            if status == 405 {
                assert_eq!(answer.headers["allow"], route.methods);
                refused += 1;
            } else {
                absent += 1;
            }
        }
    }
    assert!(refused >= 72 && absent == 5, "{refused} refused, {absent} absent");
}

/// RFC: 7644-3.12-11
#[tokio::test]
async fn unknown_endpoints_are_404_by_every_method() {
    let server = server(Profile::RFC);
    for path in ["/Widgets", "/Widgets/1", "/Widgets/.search", "/Schemas/.search", "/ResourceTypes/.search", "/Users/1/2", "/users"] {
        for method in ["GET", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "BREW"] {
            assert_error(&send_bytes(&server, method, path, "{}").await, 404, None);
        }
        assert_eq!(server.answer(request("HEAD", path).finish()).await.status, 404);
    }
}

/// RFC: 9110-9.3.2-01
#[tokio::test]
async fn head_is_get_without_its_body() {
    let server = server(Profile::RFC);
    let id = create(&server, "/Users", &user("bjensen")).await;
    for path in [
        format!("/Users/{id}"),
        "/Users".into(),
        "/Users?filter=userName%20eq%20%22bjensen%22".into(),
        "/ServiceProviderConfig".into(),
        "/Schemas".into(),
        "/Users/unknown".into(),
        "/Users?filter=(".into(),
        "/".into(),
        "/nothing/at/all".into(),
        "/Me".into(),
    ] {
        let get = server.get(&path).await;
        let head = server.answer(request("HEAD", &path).finish()).await;
        assert!(head.body.is_null(), "{path}");
        assert_eq!(head.status, get.status, "{path}");
        // serde_json writes a body in the one way that it has, so its length is that of the body that was read.
        assert_eq!(head.headers.get("content-length").map(String::as_str), Some(get.body.to_string().len().to_string().as_str()), "{path}");
        let without = |answer: &crate::exchange::Answer| {
            let mut headers = answer.headers.clone();
            headers.retain(|name, _| name != "x-request-id" && name != "content-length");
            headers
        };
        assert_eq!(without(&head), without(&get), "{path}");
    }
}

#[tokio::test]
async fn a_header_does_not_override_the_method() {
    let server = server(Profile::LENIENT);
    let id = create(&server, "/Users", &user("bjensen")).await;
    let before = everything(&server).await;
    for header in ["x-http-method-override", "x-http-method", "x-method-override"] {
        for method in ["DELETE", "PUT", "PATCH"] {
            let answer = server.answer(request("GET", &format!("/Users/{id}")).header(header, method).finish()).await;
            assert_eq!(answer.status, 200);
            let answer = server.answer(request("POST", &format!("/Users/{id}?_method={method}")).header(header, method).body("{}")).await;
            assert_error(&answer, 405, None);
        }
    }
    assert_eq!(everything(&server).await, before);
}

#[tokio::test]
async fn a_body_is_ignored_where_the_method_has_none() {
    let server = server(Profile::RFC);
    let id = create(&server, "/Users", &user("bjensen")).await;
    assert_eq!(send_bytes(&server, "GET", &format!("/Users/{id}"), "not JSON").await.body["id"], json!(id));
    let answer = send(&server, "DELETE", &format!("/Users/{id}"), &patch(json!([]))).await;
    assert_eq!((answer.status, answer.body.is_null()), (204, true));
    assert!(!answer.headers.contains_key("content-type"));
}

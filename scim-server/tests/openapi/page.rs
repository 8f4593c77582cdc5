//! The page that shows the document.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use poem::{Endpoint, Request};
use scim_server::{Registry, RegistryDocument};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::both;

/// The scripts of a page as a browser finds them: from the tag's name to the first end.
fn scripts(page: &str) -> Vec<&str> {
    let (mut rest, mut found) = (page, Vec::new());
    while let Some((_, script)) = rest.split_once("<script") {
        let (script, after) = script.split_once("</script>").expect("a script ends");
        found.push(script);
        rest = after;
    }
    found
}

async fn get(registry: Registry, path: &str) -> (poem::http::HeaderMap, String) {
    let (openapi, _) = both(registry);
    let mut response = openapi.get_response(Request::builder().uri_str(path).finish()).await;
    assert_eq!(response.status(), 200);
    (response.headers().clone(), response.take_body().into_string().await.expect("it is text"))
}

#[tokio::test]
async fn the_document_is_json_and_needs_no_credential() {
    let (headers, body) = get(Registry::rfc7643(), "/openapi.json").await;
    assert_eq!(headers["content-type"], "application/json");
    let document: Value = serde_json::from_str(&body).expect("it is JSON");
    assert_eq!(document["openapi"], "3.0.3");
    assert_eq!(document["servers"], json!([{"url": "https://scim.example/scim/v2"}]));
}

#[tokio::test]
async fn the_page_loads_nothing_from_elsewhere_and_runs_only_its_own_scripts() {
    let (headers, page) = get(Registry::rfc7643(), "/openapi").await;
    assert_eq!(headers["content-type"], "text/html; charset=utf-8");
    let policy = headers["content-security-policy"].to_str().expect("it is ASCII");
    let mut allowed = Vec::new();
    for script in scripts(&page) {
        let (attributes, text) = script.split_once('>').expect("the tag ends");
        assert!(!attributes.contains("src"), "{attributes}");
        allowed.push(format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text))));
    }
    assert_eq!(allowed.len(), 2);
    let directives: Vec<&str> = policy.split("; ").collect();
    assert!(directives.contains(&"default-src 'none'"), "{policy}");
    assert!(directives.contains(&format!("script-src {}", allowed.join(" ")).as_str()), "{policy}");
    assert!(!page.contains("<link"));
}

#[tokio::test]
async fn a_description_cannot_end_the_script_that_it_stands_in() {
    let document: RegistryDocument = serde_json::from_value(json!({
        "schemas": [{"id": "urn:example:2.0:Robot", "name": "Robot", "description": "</script><script>alert(1)</script>",
            "attributes": [{"name": "model", "description": "<!--"}]}],
        "resourceTypes": [{"name": "Robot", "endpoint": "/Robots", "schema": "urn:example:2.0:Robot", "description": "</script>"}]
    }))
    .expect("it is a registry document");
    let (_, page) = get(Registry::rfc7643_and(document).expect("the types fit"), "/openapi").await;
    assert_eq!(scripts(&page).len(), 2);
    assert_eq!(page.matches("</script>").count(), 2);
    assert!(page.contains(r"\u003c/script>"));
}

#[tokio::test]
async fn other_methods_are_refused_and_head_has_no_body() {
    let (openapi, _) = both(Registry::rfc7643());
    for path in ["/openapi.json", "/openapi"] {
        let send = async |method: &str| {
            let method = method.parse().expect("a method");
            openapi.get_response(Request::builder().method(method).uri_str(path).finish()).await
        };
        let answer = send("POST").await;
        assert_eq!((answer.status().as_u16(), answer.headers()["allow"].to_str().ok()), (405, Some("GET, HEAD")));
        let length = send("GET").await.take_body().into_bytes().await.expect("it can be read").len();
        let mut head = send("HEAD").await;
        assert_eq!(head.headers()["content-length"].to_str().ok(), Some(length.to_string().as_str()));
        assert!(head.take_body().into_bytes().await.expect("it can be read").is_empty());
    }
}

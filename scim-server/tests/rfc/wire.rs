//! URLs, encodings and media types (RFC 7644 §1.2, §1.3, §3.8, §3.13).

use poem::Route;
use scim_server::http::endpoint;
use scim_server::{Profile, Registry};
use serde_json::json;

use crate::exchange::Server;
use crate::{BASE, Scim, USER, assert_error, scim_server, text, user};

/// RFC: 7644-1.2-01
#[tokio::test]
async fn urls_are_percent_encoded() {
    let scim = Scim::start();
    for name in ["a+b@x.example", "a b", "50%", "\u{e9}", "q\"x\\y"] {
        scim.create("/Users", &user(name)).await;
        let filter = format!("userName eq {}", json!(name));
        assert_eq!(scim.found("/Users", &filter).await, [name]);
    }
    let plus = scim.get("/Users?filter=userName+eq+%22a+b@x.example%22").await;
    assert_eq!(crate::names(&plus), ["a+b@x.example"], "outside of quotes a plus is a blank");
}

/// RFC: 7644-1.3-01
#[tokio::test]
async fn the_base_has_no_query() {
    for url in [format!("{BASE}?tenant=1"), format!("{BASE}/?a=b#c"), format!("{BASE}#top"), format!("{BASE}/")] {
        let scim = Scim::of(scim_server(Registry::rfc7643(), Profile::RFC).with_public_url(&url));
        let path = scim.create("/Users", &user("bjensen")).await;
        assert_eq!(scim.read(&path).await["meta"]["location"], format!("{BASE}{path}"), "{url}");
    }
}

/// RFC: 7644-3.8-01 7644-3.8-02 7643-2.3.1-01 7644-3.2-16
#[tokio::test]
async fn text_is_utf_8_both_ways() {
    let scim = Scim::start();
    for media_type in ["application/scim+json", "application/json"] {
        let name = format!("山田\u{1f98a}-{media_type}");
        let sent = scim.exchange("POST", "/Users", &[("content-type", media_type)], user(&name).to_string()).await;
        assert_eq!((sent.status, &sent.body["userName"]), (201, &json!(name)));
    }
    for bytes in [&b"\xff\xfe"[..], b"\xe9", b"\xc3", b"\xed\xa0\x80"] {
        let mut body = format!(r#"{{"schemas": ["{USER}"], "userName": "x"#).into_bytes();
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\"}");
        assert_error(&scim.exchange("POST", "/Users", &[], body).await, 400, Some("invalidSyntax"));
    }
}

/// RFC: 7644-3.1-01 7644-3.8-06..08 7644-8.1-01 7644-3.12-01 7644-3.12-28
#[tokio::test]
async fn every_body_is_of_the_media_type_of_scim() {
    let scim = Scim::start();
    let path = scim.create("/Users", &user("bjensen")).await;
    for accept in ["application/scim+json", "application/json", "*/*"] {
        for (path, status) in [
            (path.as_str(), 200),
            ("/Users", 200),
            ("/Schemas", 200),
            ("/ServiceProviderConfig", 200),
            ("/Users/unknown", 404),
            ("/Users?filter=x", 400),
        ] {
            let answer = scim.exchange("GET", path, &[("accept", accept)], "").await;
            assert_eq!(answer.status, status, "{path} {accept}: {}", answer.body);
            assert!(answer.headers["content-type"].starts_with("application/scim+json"), "{path} {accept}: {:?}", answer.headers);
            assert!(answer.body.is_object());
        }
    }
}

/// RFC: 7644-3.13-01 7644-3.13-02 7644-3.13-04 7644-3.13-03
#[tokio::test]
async fn the_version_stands_before_the_endpoint_or_nowhere() {
    let scim = scim_server(Registry::rfc7643(), Profile::RFC);
    let server = Server::new(Route::new().nest("/v2", endpoint(scim.clone())).nest("/", endpoint(scim)));
    let made = server.send("POST", "/v2/Users", &serde_json::Map::new(), Some(&user("bjensen"))).await;
    assert_eq!(made.status, 201);
    let id = text(&made.body["id"]);
    for path in [format!("/v2/Users/{id}"), format!("/Users/{id}")] {
        assert_eq!(server.get(&path).await.body, made.body, "{path}");
    }
    assert_error(&server.get(&format!("/v1/Users/{id}")).await, 400, Some("invalidVers"));
    assert_error(&server.get(&format!("/Users/v2/{id}")).await, 404, None);
}

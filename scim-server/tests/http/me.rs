//! The caller's own resource (RFC 7644 §3.11).

use std::sync::{Arc, Mutex};

use poem::Request;
use poem::http::Method;
use scim_server::http::endpoint;
use scim_server::{Access, Boxed, Caller, Me, MemoryStores, Profile, Registry, Result, Rights, ScimServer, StaticTokens, TenantId};
use serde_json::{Value, json};

use crate::exchange::{Answer, Server, TOKEN};
use crate::{GROUP, assert_error, create, patch, user};

/// Which user each credential is.
#[derive(Clone, Default)]
struct Known(Arc<Mutex<Vec<(String, String)>>>);

impl Known {
    fn is(&self, credential: &str, id: &str) {
        self.0.lock().expect("nobody panics here").push((credential.to_owned(), id.to_owned()));
    }
}

impl Me for Known {
    fn of<'a>(&'a self, caller: &'a Caller) -> Boxed<'a, Result<Option<(String, String)>>> {
        let known = self.0.lock().expect("nobody panics here");
        let id = known.iter().find(|(credential, _)| *credential == caller.credential).map(|(_, id)| ("User".to_owned(), id.clone()));
        Box::pin(std::future::ready(Ok(id)))
    }
}

/// A server on which `TOKEN` may do everything, and each of the named callers what is said.
fn server(known: &Known) -> Server {
    let callers = [
        ("admin", Rights::all()),
        ("reader", Rights::none().with(Access::Read, "User")),
        ("self-service", Rights::none().with_own(Access::Write)),
        ("self-reader", Rights::none().with_own(Access::Read)),
        ("nobody", Rights::none()),
    ];
    let tokens =
        callers.into_iter().fold(StaticTokens::new().with(TOKEN, TenantId::new("acme"), Profile::RFC), |tokens, (name, rights)| {
            tokens.with_caller(name, Caller::new(TenantId::new("acme"), name).with_rights(rights))
        });
    Server::new(endpoint(ScimServer::new(Registry::rfc7643(), MemoryStores::new(), tokens).with_me(known.clone())))
}

async fn ask(server: &Server, token: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    let request = Request::builder().method(Method::from_bytes(method.as_bytes()).expect("a method")).uri_str(path);
    let request = request.header("authorization", format!("Bearer {token}")).header("content-type", "application/scim+json");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    server.answer(request.body(if body.is_null() { String::new() } else { body.to_string() })).await
}

/// RFC: 7644-3.11-01 7644-3.11-04 7644-3.11-05 7644-3.2-10 7644-2-08 7644-2.1-03
#[tokio::test]
async fn what_is_asked_of_me_is_asked_of_the_resource_and_its_location_is_the_permanent_one() {
    let known = Known::default();
    let server = server(&known);
    let id = create(&server, "/Users", &user("ana")).await;
    known.is("admin", &id);
    let path = format!("/Users/{id}");
    let location = format!("http://localhost/scim/v2{path}");
    let mut replaced = user("ana");
    replaced["nickName"] = json!("A");
    for (method, query, body, status) in [
        ("GET", "", Value::Null, 200),
        ("GET", "?attributes=userName", Value::Null, 200),
        ("PUT", "", replaced, 200),
        ("PATCH", "", patch(json!([{"op": "add", "path": "title", "value": "Lead"}])), 200),
        ("DELETE", "", Value::Null, 204),
    ] {
        let direct = server.get(&format!("{path}{query}")).await;
        let answer = ask(&server, "admin", method, &format!("/Me{query}"), &[], &body).await;
        assert_eq!(answer.status, status, "{method}: {}", answer.body);
        assert_eq!(answer.headers["location"], location, "{method}");
        match method {
            "GET" => assert_eq!((&answer.body, &answer.headers["etag"]), (&direct.body, &direct.headers["etag"])),
            "DELETE" => assert_error(&server.get(&path).await, 404, None),
            _ => assert_eq!(answer.body, server.get(&path).await.body, "{method}"),
        }
    }
    assert_error(&ask(&server, "admin", "GET", "/Me", &[], &Value::Null).await, 404, None);
}

#[tokio::test]
async fn preconditions_and_other_methods_are_those_of_the_resource() {
    let known = Known::default();
    let server = server(&known);
    let id = create(&server, "/Users", &user("ana")).await;
    known.is("admin", &id);
    let stale = ask(&server, "admin", "DELETE", "/Me", &[("if-match", "W/\"stale\"")], &Value::Null).await;
    assert_error(&stale, 412, None);
    let options = ask(&server, "admin", "OPTIONS", "/Me", &[], &Value::Null).await;
    assert_eq!((options.status, options.headers["allow"].as_str()), (204, "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"));
    assert_error(&ask(&server, "admin", "TRACE", "/Me", &[], &Value::Null).await, 405, None);
    assert_error(&ask(&server, "admin", "GET", "/Me/.search", &[], &Value::Null).await, 404, None);
    assert_eq!(server.get(&format!("/Users/{id}")).await.status, 200);
}

/// RFC: 7644-2-09 7644-2-10 7644-7.7-03
#[tokio::test]
async fn rights_to_the_own_resource_reach_it_through_me_and_nothing_else() {
    let known = Known::default();
    let server = server(&known);
    let id = create(&server, "/Users", &user("ana")).await;
    let other = create(&server, "/Users", &user("bea")).await;
    let change = patch(json!([{"op": "replace", "path": "nickName", "value": "changed"}]));
    for (caller, reads, writes) in
        [("admin", 200, 200), ("reader", 200, 403), ("self-service", 200, 200), ("self-reader", 200, 403), ("nobody", 403, 403)]
    {
        known.is(caller, &id);
        let read = ask(&server, caller, "GET", "/Me", &[], &Value::Null).await;
        assert_eq!(read.status, reads, "{caller}: {}", read.body);
        let before = server.get(&format!("/Users/{id}")).await.body;
        let write = ask(&server, caller, "PATCH", "/Me", &[], &change).await;
        assert_eq!(write.status, writes, "{caller}: {}", write.body);
        if writes == 403 {
            assert_eq!(write.headers["www-authenticate"], r#"Bearer realm="scim", error="insufficient_scope""#);
            assert_eq!(server.get(&format!("/Users/{id}")).await.body, before);
        }
    }
    for path in ["/Users".to_owned(), format!("/Users/{id}"), format!("/Users/{other}"), "/Groups".into()] {
        assert_error(&ask(&server, "self-service", "GET", &path, &[], &Value::Null).await, 403, None);
    }
    for (method, path, body) in [("POST", "/Users", user("eve")), ("PATCH", &*format!("/Users/{other}"), change)] {
        assert_error(&ask(&server, "self-service", method, path, &[], &body).await, 403, None);
    }
}

/// T32
#[tokio::test]
async fn neither_a_role_nor_a_group_of_any_name_gives_its_owner_a_right() {
    let known = Known::default();
    let server = server(&known);
    let id = create(&server, "/Users", &user("ana")).await;
    known.is("self-service", &id);
    // Every name that some credential, right or type has here.
    for name in ["admin", "everything", "User", "write", "self-service", "Admins"] {
        let role = patch(json!([{"op": "add", "path": "roles", "value": [{"value": name}]}]));
        assert_eq!(ask(&server, "self-service", "PATCH", "/Me", &[], &role).await.status, 200);
        let group = json!({"schemas": [GROUP], "displayName": name, "externalId": name, "members": [{"value": id}]});
        create(&server, "/Groups", &group).await;
    }
    let me = ask(&server, "self-service", "GET", "/Me", &[], &Value::Null).await.body;
    assert_eq!((me["roles"].as_array().map(Vec::len), me["groups"].as_array().map(Vec::len)), (Some(6), Some(6)), "{me}");
    for path in ["/Users", "/Groups", &format!("/Users/{id}")] {
        assert_error(&ask(&server, "self-service", "GET", path, &[], &Value::Null).await, 403, None);
    }
    assert_error(&ask(&server, "self-service", "POST", "/Users", &[], &user("eve")).await, 403, None);
    assert_error(&ask(&server, "self-service", "DELETE", &format!("/Users/{id}"), &[], &Value::Null).await, 403, None);
}

/// RFC: 7644-3.11-06
#[tokio::test]
async fn post_creates_a_resource_of_the_type_that_its_schemas_name_for_whoever_is_none_yet() {
    let known = Known::default();
    let server = server(&known);
    for (body, endpoint) in [(user("ana"), "Users"), (json!({"schemas": [GROUP], "displayName": "Staff"}), "Groups")] {
        let answer = ask(&server, "admin", "POST", "/Me", &[], &body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let id = answer.body["id"].as_str().expect("an id");
        assert_eq!(answer.headers["location"], format!("http://localhost/scim/v2/{endpoint}/{id}"));
        assert_eq!(server.get(&format!("/{endpoint}/{id}")).await.status, 200);
    }
    for caller in ["reader", "self-service", "nobody"] {
        assert_error(&ask(&server, caller, "POST", "/Me", &[], &user("eve")).await, 403, None);
    }
    assert_error(
        &ask(&server, "admin", "POST", "/Me", &[], &json!({"schemas": ["urn:x"], "userName": "eve"})).await,
        400,
        Some("invalidSyntax"),
    );
    assert_error(&ask(&server, "admin", "POST", "/Me", &[], &json!({"userName": "eve"})).await, 400, Some("invalidSyntax"));
    let id = create(&server, "/Users", &user("bea")).await;
    known.is("admin", &id);
    assert_error(&ask(&server, "admin", "POST", "/Me", &[], &user("eve")).await, 409, Some("uniqueness"));
    assert_eq!(server.get("/Users").await.body["totalResults"], 2);
}

/// RFC: 7644-3.11-02
#[tokio::test]
async fn a_server_that_knows_nobody_says_that_it_has_no_me() {
    let server = crate::server(Profile::LENIENT);
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        assert_error(&ask(&server, TOKEN, method, "/Me", &[], &user("ana")).await, 501, None);
    }
}

//! New passwords, where a hasher takes them and where there is none (S55).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use scim_server::http::endpoint;
use scim_server::{Boxed, Error, HashPassword, Profile, Result};
use serde_json::json;

use crate::exchange::Server;
use crate::{assert_error, create, everything, patch, scim_server, send, server, user};

/// Any hash will do, of any password but one.
struct Hasher;

impl HashPassword for Hasher {
    fn hash<'a>(&'a self, text: &'a str) -> Boxed<'a, Result<String>> {
        let weak = text == "123456";
        let hash = if weak { Err(Error::invalid_value("the password is too easy to guess")) } else { Ok("a hash".to_owned()) };
        Box::pin(std::future::ready(hash))
    }
}

/// A hasher so slow that another client changes the resource at least once meanwhile.
#[derive(Clone, Default)]
struct Slow {
    server: Arc<OnceLock<Server>>,
    path: Arc<OnceLock<String>>,
    hashed: Arc<AtomicUsize>,
}

impl HashPassword for Slow {
    fn hash<'a>(&'a self, _: &'a str) -> Boxed<'a, Result<String>> {
        Box::pin(async move {
            let number = self.hashed.fetch_add(1, Ordering::Relaxed);
            if let (Some(server), Some(path)) = (self.server.get(), self.path.get()) {
                let title = patch(json!([{"op": "add", "path": "title", "value": format!("title {number}")}]));
                assert_eq!(send(server, "PATCH", path, &title).await.status, 200);
            }
            Ok("a hash".to_owned())
        })
    }
}

#[tokio::test]
async fn a_password_is_hashed_once_however_often_the_resource_changes_meanwhile() {
    let slow = Slow::default();
    let new = Server::new(endpoint(scim_server(Profile::RFC).with_password_hasher(slow.clone())));
    let server = slow.server.get_or_init(|| new);
    let id = create(server, "/Users", &user("ana")).await;
    let path = slow.path.get_or_init(|| format!("/Users/{id}"));
    let mut replaced = user("ana");
    replaced["password"] = json!("second");
    for (method, body, title) in [
        ("PATCH", patch(json!([{"op": "replace", "path": "password", "value": "first"}])), json!("title 0")),
        ("PUT", replaced, json!(null)),
    ] {
        let before = slow.hashed.load(Ordering::Relaxed);
        let answer = send(server, method, path, &body).await;
        assert_eq!((answer.status, &answer.body["title"]), (200, &title), "{method}: {}", answer.body);
        assert_eq!(slow.hashed.load(Ordering::Relaxed), before + 1, "{method}");
    }
}

/// RFC: 7643-4.1.1-18
#[tokio::test]
async fn a_password_that_the_policy_does_not_accept_is_refused_and_changes_nothing() {
    let server = Server::new(endpoint(scim_server(Profile::RFC).with_password_hasher(Hasher)));
    let mut weak = user("ana");
    weak["password"] = json!("123456");
    assert_error(&send(&server, "POST", "/Users", &weak).await, 400, Some("invalidValue"));
    let id = create(&server, "/Users", &user("ana")).await;
    let before = everything(&server).await;
    for (method, body) in [("PUT", weak), ("PATCH", patch(json!([{"op": "add", "path": "password", "value": "123456"}])))] {
        assert_error(&send(&server, method, &format!("/Users/{id}"), &body).await, 400, Some("invalidValue"));
    }
    assert_eq!(everything(&server).await, before);
}

/// RFC: 7644-3.5.1-03
#[tokio::test]
async fn where_passwords_are_hashed_they_can_be_changed_and_the_configuration_says_so() {
    for (server, supported) in
        [(Server::new(endpoint(scim_server(Profile::RFC).with_password_hasher(Hasher))), true), (server(Profile::RFC), false)]
    {
        assert_eq!(server.get("/ServiceProviderConfig").await.body["changePassword"]["supported"], supported);
        let with = |password: &str| {
            let mut user = user("ana");
            user["password"] = json!(password);
            user
        };
        let id = create(&server, "/Users", &with("first")).await;
        let path = format!("/Users/{id}");
        let mut etag = server.get(&path).await.headers["etag"].clone();
        for (method, body) in [
            ("PUT", with("second")),
            ("PATCH", patch(json!([{"op": "replace", "path": "password", "value": "third"}]))),
            ("PATCH", patch(json!([{"op": "add", "value": {"password": "fourth"}}]))),
            ("PATCH", patch(json!([{"op": "remove", "path": "password"}]))),
        ] {
            let answer = send(&server, method, &path, &body).await;
            if !supported {
                assert_error(&answer, 400, Some("mutability"));
                continue;
            }
            assert_eq!(answer.status, 200, "{body}: {}", answer.body);
            assert!(!answer.body.to_string().contains("password") && !answer.body.to_string().contains("hash"), "{}", answer.body);
            assert_ne!(answer.headers["etag"], etag, "a new password is a change: {body}");
            etag = answer.headers["etag"].clone();
        }
        for wrong in [json!(5), json!(""), json!(["x"]), json!({"value": "x"}), json!("bell\u{7}")] {
            if supported {
                let answer = send(&server, "PATCH", &path, &patch(json!([{"op": "replace", "path": "password", "value": wrong}]))).await;
                assert_eq!(answer.status, 400, "{wrong}: {}", answer.body);
            }
        }
        assert_eq!(server.get(&path).await.headers["etag"], etag, "what was refused changed nothing");
    }
}

#[tokio::test]
async fn a_put_without_a_password_changes_none() {
    let server = Server::new(endpoint(scim_server(Profile::RFC).with_password_hasher(Hasher)));
    let id = create(&server, "/Users", &user("ana")).await;
    let path = format!("/Users/{id}");
    let before = server.get(&path).await;
    let answer = send(&server, "PUT", &path, &user("ana")).await;
    assert_eq!((answer.status, &answer.headers["etag"]), (200, &before.headers["etag"]));
}

//! The real app on a loopback port, on a database of each kind, and the words of the tests.

use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tribe_app::Tribe;
use tribe_app::domain::employee::{Which, create, find, list};
use tribe_app::domain::{Employee, tenant, token};
use tribe_app::serve::{Listening, Wire};

#[path = "../../../scim-sea-orm/tests/support/mod.rs"]
mod databases;

pub(crate) use databases::{Database, Engine, on_each_engine};

pub(crate) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Tribe on a port.
pub(crate) struct App {
    pub(crate) tribe: Tribe,
    pub(crate) url: String,
}

/// One tenant of it: its people in Tribe, and its Azure with a token.
pub(crate) struct TestTenant<'a> {
    pub(crate) app: &'a App,
    pub(crate) id: String,
    pub(crate) token: String,
    client: Client,
}

/// An answer over HTTP.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl App {
    pub(crate) async fn start(database: &Database) -> Self {
        let tribe = Tribe::open(&database.url).await.unwrap();
        let listening = Listening::open(tribe.clone(), "127.0.0.1:0", None, &Wire::Loopback).await.unwrap();
        let url = listening.tenant_url().to_owned();
        tokio::spawn(listening.run(std::future::pending()));
        Self { tribe, url }
    }

    pub(crate) async fn tenant(&self, name: &str) -> TestTenant<'_> {
        let id = tenant::create(self.tribe.database(), name).await.unwrap().id;
        let token = token::issue(self.tribe.database(), &id, "test").await.unwrap().secret;
        TestTenant { app: self, id, token, client: Client::builder().no_proxy().build().unwrap() }
    }
}

impl TestTenant<'_> {
    /// The same tenant, reached through another instance.
    pub(crate) fn through<'a>(&self, app: &'a App) -> TestTenant<'a> {
        TestTenant { app, id: self.id.clone(), token: self.token.clone(), client: self.client.clone() }
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        self.send_as(&self.token, method, path, body).await
    }

    /// Sends as Azure does: when it is told to wait, it waits (T29).
    pub(crate) async fn send_as(&self, token: &str, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let mut request = self.client.request(method, format!("{}{path}", self.app.url)).bearer_auth(token);
        if let Some(body) = body {
            request = request.header("Content-Type", "application/scim+json").body(body.to_string());
        }
        let mut answer = request.try_clone().unwrap().send().await.unwrap();
        while answer.status().as_u16() == 429 {
            let seconds = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            answer = request.try_clone().unwrap().send().await.unwrap();
        }
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() };
        Answer { status, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, user: &Value) -> Answer {
        self.send(Method::POST, "/Users", Some(user)).await
    }

    /// Creates a user that must be taken in, and tells its SCIM id.
    pub(crate) async fn provision(&self, user: &Value) -> String {
        let answer = self.post(user).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn patch(&self, id: &str, operations: Value) -> Answer {
        let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations});
        self.send(Method::PATCH, &format!("/Users/{id}"), Some(&body)).await
    }

    /// One operation in Azure's manner.
    pub(crate) async fn replace(&self, id: &str, path: &str, value: Value) -> Answer {
        self.patch(id, json!([{"op": "Replace", "path": path, "value": value}])).await
    }

    pub(crate) async fn delete(&self, id: &str) -> Answer {
        self.send(Method::DELETE, &format!("/Users/{id}"), None).await
    }

    /// An employee that an administrator makes by hand.
    pub(crate) async fn hire(&self, email: &str, name: &str, roles: &[&str]) -> Employee {
        let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
        create(self.app.tribe.database(), &self.id, email, name, &roles).await.unwrap()
    }

    pub(crate) async fn employees(&self) -> Vec<Employee> {
        list(self.app.tribe.database(), &self.id).await.unwrap()
    }

    /// The only employee there is.
    pub(crate) async fn only_employee(&self) -> Employee {
        let mut all = self.employees().await;
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    pub(crate) async fn employee(&self, email: &str) -> Employee {
        find(self.app.tribe.database(), &self.id, &Which::Email(email.to_owned())).await.unwrap()
    }
}

impl Answer {
    /// An error of that status and keyword, whose detail has these words.
    #[track_caller]
    pub(crate) fn refuses(&self, status: u16, scim_type: Option<&str>, words: &[&str]) {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
        assert_eq!(self.body["scimType"].as_str(), scim_type, "{}", self.body);
        let detail = self.body["detail"].as_str().unwrap_or_default();
        for word in words {
            assert!(detail.contains(word), "{word:?} is not in {detail:?}");
        }
    }
}

/// A user as Azure creates it.
pub(crate) fn user(user_name: &str) -> Value {
    json!({"schemas": [USER], "userName": user_name, "displayName": "Ana Diaz", "active": true})
}

/// The same with a work address that is flagged primary.
pub(crate) fn user_with_email(user_name: &str, email: &str) -> Value {
    let mut user = user(user_name);
    user["emails"] = json!([{"type": "work", "value": email, "primary": true}]);
    user
}

/// The same with an `externalId`.
pub(crate) fn with_external_id(mut user: Value, external_id: &str) -> Value {
    user["externalId"] = json!(external_id);
    user
}

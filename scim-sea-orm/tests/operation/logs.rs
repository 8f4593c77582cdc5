//! What is told of statements: slow ones, and how many an exchange needed. Never a value.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use poem::Endpoint;
use poem::http::{Method, Uri};
use scim_sea_orm::Options;
use scim_server::{Exchange, Observer, Profile, Registry, ScimServer, StaticTokens, TenantId};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{Database, on_each_engine};
use crate::world::{create, ids, open, query, sqlite, store};

on_each_engine!(each_exchange_says_how_many_statements_it_ran);

/// A log that can be read.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("nobody panics here").clone()).expect("a log is text")
    }
}

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panics here").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Written {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_slow_statement_is_told_with_its_duration_and_without_any_value() {
    let log = Written::default();
    let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let database = sqlite().await;
    let quick = open(&Options::new(&database.url).slow_statements(Duration::from_secs(60))).await;
    drop(quick);
    assert!(!log.text().contains("slow statement"), "{}", log.text());

    let stores = open(&Options::new(&database.url).slow_statements(Duration::ZERO)).await;
    let body = json!({"userName": "hidden-name@example.com", "title": "hidden title", "emails": [{"value": "hidden-mail@example.com"}]});
    create(&store(&stores), &stores, "User", "hidden-id", body).await;
    let filter = r#"userName sw "hidden-name" and title co "hidden" or emails.value eq "hidden-mail@example.com""#;
    assert_eq!(ids(&stores, &query(&stores, "User", Some(filter))).await, ["hidden-id"]);
    let text = log.text();
    for told in ["slow statement", "scim_resource", "scim_value", "millis=", "failed=false"] {
        assert!(text.contains(told), "{told} is not in\n{text}");
    }
    for value in ["hidden", "acme", "68696464656E"] {
        assert!(!text.to_lowercase().contains(&value.to_lowercase()), "{value} is in\n{text}");
    }
}

/// Remembers how many statements each exchange ran.
#[derive(Clone, Default)]
struct Counts(Arc<Mutex<Vec<Counted>>>);

/// An exchange, and how many statements it ran.
type Counted = (String, Option<u64>);

impl Observer for Counts {
    fn finished(&self, exchange: &Exchange<'_>) {
        self.0.lock().expect("nobody panics here").push((format!("{} {}", exchange.method, exchange.path), exchange.statements));
    }
}

async fn each_exchange_says_how_many_statements_it_ran(database: Database) {
    let told = Arc::new(Mutex::new(0_u64));
    let count = told.clone();
    let options = Options::new(&database.url).statement_log(move |_| *count.lock().expect("nobody panics here") += 1);
    let stores = open(&options).await;
    let counts = Counts::default();
    let tokens = StaticTokens::new().with("s3cret", TenantId::new("acme"), Profile::RFC);
    let server = ScimServer::new(Registry::rfc7643(), stores.clone(), tokens).with_observer(counts.clone());
    let endpoint = Arc::new(scim_server::http::endpoint(server));
    let send = async |method: Method, uri: &'static str, token: &str, body: String| {
        let request = poem::Request::builder()
            .method(method)
            .uri(Uri::from_static(uri))
            .header("authorization", format!("Bearer {token}"))
            .content_type("application/scim+json")
            .body(body);
        endpoint.call(request).await.expect("an answer").status().as_u16()
    };
    let body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ana"}).to_string();
    let mut before = *told.lock().expect("nobody panics here");
    for (method, uri, token, body, status) in [
        (Method::POST, "/Users", "s3cret", body.as_str(), 201),
        (Method::GET, "/Users?filter=userName%20eq%20%22ana%22", "s3cret", "", 200),
        (Method::GET, "/Users/nobody", "s3cret", "", 404),
        (Method::GET, "/ServiceProviderConfig", "s3cret", "", 200),
        (Method::GET, "/Users", "wrong", "", 401),
    ] {
        assert_eq!(send(method, uri, token, body.to_owned()).await, status);
        let after = *told.lock().expect("nobody panics here");
        let (exchange, counted) = counts.0.lock().expect("nobody panics here").pop().expect("it was observed");
        let expected = (status != 401).then_some(after - before);
        assert_eq!(counted, expected, "{exchange}");
        before = after;
    }

    // Of exchanges at the same time each counts its own.
    let tasks = (0..32).map(|_| {
        let endpoint = endpoint.clone();
        tokio::spawn(async move {
            let request = poem::Request::builder()
                .uri(Uri::from_static("/Users?filter=userName%20eq%20%22ana%22"))
                .header("authorization", "Bearer s3cret")
                .finish();
            endpoint.call(request).await.expect("an answer");
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("no panic");
    }
    let counted: Vec<Option<u64>> = counts.0.lock().expect("nobody panics here").iter().map(|(_, counted)| *counted).collect();
    assert_eq!(counted.len(), 32);
    assert!(counted[0].is_some_and(|statements| statements > 0) && counted.iter().all(|other| *other == counted[0]), "{counted:?}");
}

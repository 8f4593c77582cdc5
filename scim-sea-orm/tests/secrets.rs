//! Where secrets and personal data must not turn up (T10): a process of its own, because the log of the whole process is read.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use poem::http::Method;
use poem::{Endpoint, Request};
use scim_sea_orm::{Event, Hook, Options, SqlStores, Stop};
use scim_server::http::RateLimits;
use scim_server::{Boxed, Caller, Exchange, HashPassword, Observer, Profile, Registry, Result, ScimServer, StaticTokens, TenantId};
use sea_orm::DatabaseTransaction;
use serde_json::{Value, json};
use tempfile::TempDir;

/// How every planted secret begins, and every planted name.
const SECRET: &str = "m4rk3r";
const PERSON: &str = "p3rs0n";

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// Plants secrets and names, and counts them.
#[derive(Default)]
struct Planted(AtomicUsize);

impl Planted {
    fn of(&self, kind: &str) -> String {
        format!("{kind}-{}", self.0.fetch_add(1, Ordering::Relaxed))
    }

    fn secret(&self) -> String {
        self.of(SECRET)
    }

    fn person(&self) -> String {
        self.of(PERSON)
    }
}

/// Everything that was written somewhere.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn note(&self, text: &str) {
        self.0.lock().expect("nobody panics here").extend_from_slice(text.as_bytes());
    }

    fn bytes(&self) -> Vec<u8> {
        self.0.lock().expect("nobody panics here").clone()
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

/// What observers see, and what of it they may log.
#[derive(Clone, Default)]
struct Observed {
    all: Written,
    for_logs: Written,
}

impl Observer for Observed {
    fn finished(&self, exchange: &Exchange<'_>) {
        self.all.note(&format!("{exchange:?}\n"));
        self.for_logs.note(&format!("{:?}\n", Exchange { detail: None, ..exchange.clone() }));
    }
}

/// What hooks see.
impl Hook for Written {
    fn run<'a>(&'a self, _: &'a DatabaseTransaction, _: &'a Caller, event: Event<'a>) -> Boxed<'a, Result<(), Stop>> {
        let seen = match event {
            Event::Created { secrets, .. } | Event::Updated { secrets, .. } => format!("{secrets:?}\n"),
            _ => String::new(),
        };
        self.note(&seen);
        Box::pin(std::future::ready(Ok(())))
    }
}

/// A hash that costs nothing, and counts.
struct Hasher(Arc<AtomicUsize>);

impl HashPassword for Hasher {
    fn hash<'a>(&'a self, _: &'a str) -> Boxed<'a, Result<String>> {
        Box::pin(std::future::ready(Ok(format!("hash {}", self.0.fetch_add(1, Ordering::Relaxed)))))
    }
}

fn found(marker: &str, bytes: &[u8]) -> Option<String> {
    let at = bytes.windows(marker.len()).position(|window| window.eq_ignore_ascii_case(marker.as_bytes()))?;
    Some(String::from_utf8_lossy(&bytes[at.saturating_sub(200)..(at + 50).min(bytes.len())]).into_owned())
}

/// Sends a request, notes all of the answer, and gives its status and body.
async fn send(server: &impl Endpoint, answers: &Written, token: &str, method: &str, path: &str, body: String) -> (u16, Value) {
    let request = Request::builder().method(Method::from_bytes(method.as_bytes()).expect("a method")).uri_str(path);
    let request = request.header("authorization", format!("Bearer {token}")).header("content-type", "application/scim+json");
    let mut answer = server.get_response(request.body(body)).await;
    let body = answer.take_body().into_string().await.expect("a text");
    answers.note(&format!("{answer:?} {:?} {body}\n", answer.headers()));
    (answer.status().as_u16(), serde_json::from_str(&body).unwrap_or_default())
}

/// A user with a secret and names in it.
fn user(planted: &Planted, password: Value) -> Value {
    json!({
        "schemas": [USER], "userName": planted.person(), "displayName": planted.person(), "password": password,
        "emails": [{"value": format!("{}@example.com", planted.person())}],
    })
}

/// Every request that carries secrets, right or wrong.
fn requests(planted: &Planted, id: &str) -> Vec<(&'static str, String, String)> {
    let secret = || planted.secret();
    let users = || "/Users".to_owned();
    let one = || format!("/Users/{id}");
    let patch =
        |operations: Value| json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations}).to_string();
    let mut all: Vec<(&str, String, String)> = Vec::new();
    for password in [
        json!(secret()),
        json!([secret()]),
        json!({"value": secret()}),
        json!([{secret(): secret()}]),
        json!(format!("{}\u{7}", secret())),
        json!(secret().repeat(100)),
        json!(format!("{}\u{200b}", secret())),
    ] {
        all.push(("POST", users(), user(planted, password.clone()).to_string()));
        all.push(("PUT", one(), user(planted, password.clone()).to_string()));
        for operation in ["add", "replace", "remove"] {
            all.push(("PATCH", one(), patch(json!([{"op": operation, "path": "password", "value": password}]))));
            all.push(("PATCH", one(), patch(json!([{"op": operation, "path": format!("{USER}:password"), "value": password}]))));
            all.push(("PATCH", one(), patch(json!([{"op": operation, "value": {"password": password}}]))));
        }
        // Refused for something else than the password.
        let mut wrong = user(planted, password.clone());
        wrong["active"] = json!("perhaps");
        all.push(("POST", users(), wrong.to_string()));
        all.push((
            "PATCH",
            one(),
            patch(json!([{"op": "add", "path": "password", "value": password}, {"op": "add", "path": "id", "value": "1"}])),
        ));
        all.push(("PATCH", one(), patch(json!([{"op": "add", "path": "password.value", "value": password}]))));
        all.push(("POST", "/Groups".into(), user(planted, password.clone()).to_string()));
    }
    let text = user(planted, json!(secret())).to_string();
    all.push(("POST", users(), text.replacen('{', &format!(r#"{{"password":"{}","#, secret()), 1)));
    all.push(("POST", users(), text[..text.len() - 1].to_owned()));
    all.push(("POST", users(), text.replace(r#""password":""#, r#""password":"\q"#)));
    for name in ["filter", "sortBy", "attributes", "excludedAttributes"] {
        for operator in ["eq", "sw", "co", "pr"] {
            let filter = format!("password%20{operator}%20%22{}%22", secret());
            all.push(("GET", format!("/Users?{name}={filter}"), String::new()));
            all.push(("GET", format!("/Users?{name}=password%5Bvalue%20{operator}%20%22{}%22%5D", secret()), String::new()));
            all.push(("GET", format!("/Users?{name}=userName%20pr%20and%20{filter}"), String::new()));
        }
    }
    for path in [format!("pets[name eq \"{}\"]", planted.person()), format!("pets[name eq \"{}\"].kind", planted.person())] {
        all.push(("PATCH", one(), patch(json!([{"op": "add", "path": path, "value": "x"}]))));
    }
    for path in ["password[value eq \"$\"]", "passwords[value eq \"$\"]", "password eq \"$\"", "password[value eq \"$\"].x"] {
        for operation in ["add", "replace", "remove"] {
            all.push(("PATCH", one(), patch(json!([{"op": operation, "path": path.replace('$', &secret()), "value": "x"}]))));
        }
    }
    let message = |name: &str, name_of_value: &str, value: Value| {
        let mut message = json!({"schemas": [format!("urn:ietf:params:scim:api:messages:2.0:{name}")]});
        message[name_of_value] = value;
        message.to_string()
    };
    for path in ["/.search", "/Users/.search"] {
        for filter in ["password eq \"$\"", "password.value eq \"$\"", "password[value eq \"$\"]"] {
            for name in ["filter", "sortBy"] {
                all.push(("POST", path.into(), message("SearchRequest", name, json!(filter.replace('$', &secret())))));
            }
        }
    }
    let bulk = |operations: Value| message("BulkRequest", "Operations", operations);
    let in_bulk = |method: &str, path: &str, data: Value| json!({"method": method, "path": path, "bulkId": "b", "data": data});
    let patched = |operation: Value| json!({"Operations": [operation]});
    for fitting in ["userName", "nothing"] {
        let with = |password: Value| {
            let mut user = user(planted, password);
            user[fitting] = json!(planted.person());
            user
        };
        all.push((
            "POST",
            "/Bulk".into(),
            bulk(json!([
                in_bulk("POST", "/Users", with(json!(secret()))),
                in_bulk("POST", "/Users", with(json!([secret()]))),
                in_bulk("PUT", &one(), with(json!(secret()))),
                in_bulk("PATCH", &one(), patched(json!({"op": "add", "path": "password", "value": secret()}))),
                in_bulk(
                    "PATCH",
                    &one(),
                    patched(json!({"op": "add", "path": format!("password[value eq \"{}\"]", secret()), "value": "x"}))
                ),
                in_bulk("PATCH", &one(), patched(json!({"op": "add", "value": {"password": secret(), "id": "x"}}))),
                in_bulk("POST", "/Groups", with(json!(secret()))),
            ])),
        ));
    }
    all.push(("GET", format!("{}?access_token={}&password={}", one(), secret(), secret()), String::new()));
    all.push(("GET", format!("/Users?filter=userName%20eq%20%22{}%22", planted.person()), String::new()));
    all.push(("GET", format!("/Users?filter=emails.value%20co%20%22{}%22&count=1", planted.person()), String::new()));
    all.push(("GET", format!("{}?attributes=password,userName", one()), String::new()));
    all
}

/// T10
/// RFC: 7643-4.1.1-16 7643-4.1.1-17 7643-4.1.1-23 7643-7-29 7643-7-31 7644-7.7-01 7643-9.2-01
#[tokio::test]
async fn secrets_turn_up_nowhere_and_names_in_no_log() {
    let (log, answers, observed, hooked) = (Written::default(), Written::default(), Observed::default(), Written::default());
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).with_ansi(false).finish();
    tracing::subscriber::set_global_default(subscriber).expect("this process has one test");
    let folder = TempDir::new().expect("a folder");
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("scim.sqlite").display());
    let stores = SqlStores::connect(&Options::new(url).slow_statements(Duration::ZERO), Registry::rfc7643()).await;
    let stores = stores.expect("the database opens").with_hook(hooked.clone());
    let (planted, hashes) = (Planted::default(), Arc::new(AtomicUsize::new(0)));
    let valid = planted.secret();
    for profile in Profile::ALL.iter().copied().cycle() {
        if planted.0.load(Ordering::Relaxed) >= 10_000 {
            break;
        }
        let tokens = StaticTokens::new().with(&valid, TenantId::new(profile.name()), profile);
        let server = ScimServer::new(Registry::rfc7643(), stores.clone(), tokens).with_observer(observed.clone());
        let server = server.with_password_hasher(Hasher(hashes.clone()));
        answers.note(&format!("{server:?}\n"));
        let limits = RateLimits { per_token: 100_000, ..RateLimits::default() };
        let server = scim_server::http::endpoint(server).with_rate_limits(limits);
        let (status, created) =
            send(&server, &answers, &valid, "POST", "/Users", user(&planted, json!(planted.secret())).to_string()).await;
        assert_eq!(status, 201, "{created}");
        let id = created["id"].as_str().expect("an id").to_owned();
        for (method, path, body) in requests(&planted, &id) {
            let (status, answer) = send(&server, &answers, &valid, method, &path, body.clone()).await;
            assert!(status < 500, "{method} {path} {body}: {answer}");
            // The same with a credential that is a secret of somebody, but not one of ours.
            for token in [planted.secret(), format!("{}\"", planted.secret()), planted.secret().repeat(2000)] {
                assert_eq!(send(&server, &answers, &token, method, &path, body.clone()).await.0, 401);
            }
        }
    }
    assert!(hashes.load(Ordering::Relaxed) >= 30, "passwords were hashed");
    assert!(found("hash 1", &hooked.bytes()).is_some(), "hooks get the hashes");
    assert!(found("scim_resource", &log.bytes()).is_some() && found("/Users", &log.bytes()).is_some(), "the log is at its most verbose");

    for (place, written) in [("the log", &log), ("an answer", &answers), ("an observer", &observed.all), ("a hook", &hooked)] {
        if let Some(context) = found(SECRET, &written.bytes()) {
            panic!("a secret is in {place}: {context}");
        }
    }
    for (place, written) in [("the log", &log), ("an observer", &observed.for_logs)] {
        if let Some(context) = found(PERSON, &written.bytes()) {
            panic!("personal data is in {place}: {context}");
        }
    }
    stores.backup(&folder.path().join("backup"), &|_| {}).await.expect("it is taken");
    let mut export = Vec::new();
    stores.export(None, &mut export, &|_| {}).await.expect("it is exported");
    std::fs::write(folder.path().join("export"), export).expect("the folder is ours");
    let mut files = 0;
    for file in std::fs::read_dir(folder.path()).expect("it can be read") {
        let path = file.expect("an entry").path();
        let bytes = std::fs::read(&path).expect("a file");
        files += usize::from(found(PERSON, &bytes).is_some());
        assert_eq!(found(SECRET, &bytes), None, "a secret is in {}", path.display());
    }
    assert!(files >= 3, "the files are the ones that hold the users: the database, its backup, an export");
}

//! Signed tokens: what is accepted, what is not, and where the keys come from (T23).

mod issuer;
mod key_set;
mod keys;
mod log;
mod vectors;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use scim_server::Boxed;
use scim_server::jwt::KeySource;
use serde_json::{Value, json};

const ISSUER: &str = "https://login.example.com/acme";
const SUBJECT: &str = "5f1b9d6e-provisioning";
const AUDIENCE: &str = "https://scim.example.com/v2";

/// The seconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    i64::try_from(since.as_secs()).expect("it is before the year 292277026596")
}

/// The claims of a valid token.
fn claims() -> Value {
    let now = now();
    json!({"iss": ISSUER, "sub": SUBJECT, "aud": AUDIENCE, "iat": now, "nbf": now, "exp": now + 3600, "scope": "scim"})
}

/// A key set that tests can change, count and take away.
#[derive(Clone)]
struct Source {
    retrieved: Arc<AtomicUsize>,
    document: Arc<std::sync::Mutex<Option<Value>>>,
    delay: Arc<std::sync::Mutex<Duration>>,
}

impl Source {
    fn of(keys: &[Value]) -> Self {
        // As long as a server of the web takes.
        let delay = Arc::new(std::sync::Mutex::new(Duration::from_millis(100)));
        let source = Self { retrieved: Arc::default(), document: Arc::default(), delay };
        source.publish(keys);
        source
    }

    fn publish(&self, keys: &[Value]) {
        *self.document.lock().expect("no test panicked here") = Some(json!({"keys": keys}));
    }

    /// Nobody answers any more.
    fn go_away(&self) {
        *self.document.lock().expect("no test panicked here") = None;
    }

    fn answer_after(&self, delay: Duration) {
        *self.delay.lock().expect("no test panicked here") = delay;
    }

    fn retrieved(&self) -> usize {
        self.retrieved.load(Ordering::Relaxed)
    }
}

impl KeySource for Source {
    fn retrieve(&self) -> Boxed<'_, Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>>> {
        self.retrieved.fetch_add(1, Ordering::Relaxed);
        let document = self.document.lock().expect("no test panicked here").clone();
        let delay = *self.delay.lock().expect("no test panicked here");
        Box::pin(async move {
            tokio::time::sleep(delay).await;
            document.map(|document| document.to_string().into_bytes()).ok_or_else(|| "nobody answers".into())
        })
    }
}

//! Nothing of a token stands in the log or in an answer (T10), whatever becomes of it.

use std::io;
use std::sync::{Arc, Mutex};

use scim_server::Authenticate;
use scim_server::jwt::SigningAlgorithm;
use serde_json::json;

use crate::key_set::authenticator;
use crate::keys::{Key, encode, signed};
use crate::{Source, claims};

/// How everything begins that is planted in tokens.
const MARKER: &str = "m4rk3r";

/// What is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panics here").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// T10
#[tokio::test(start_paused = true)]
async fn the_log_at_its_most_verbose_shows_nothing_of_a_token() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).with_ansi(false).finish();
    // One of a thread would miss what another thread has logged before.
    tracing::subscriber::set_global_default(subscriber).expect("no other test of this process sets one");
    let key = Key::of(SigningAlgorithm::EdDsa);
    let source = Source::of(&[key.public("one")]);
    let known = authenticator(&source);
    let mut marked = claims();
    for name in ["jti", "tid", "email", "nonce"] {
        marked[name] = json!(format!("{MARKER}-{name}"));
    }
    let mut tokens = Vec::new();
    for header in [
        json!({"alg": "EdDSA", "kid": "one", "typ": MARKER}),
        json!({"alg": "EdDSA", "kid": MARKER}),
        json!({"alg": MARKER, "kid": "one"}),
        json!({"alg": "none", "kid": "one", "jku": format!("https://{MARKER}.example")}),
        json!({"alg": "EdDSA", "kid": "one", "crit": [MARKER]}),
    ] {
        tokens.push(signed(&key, &header.to_string(), &marked.to_string()));
        for name in ["iss", "sub", "aud", "scope", "exp", "nbf"] {
            let mut wrong = marked.clone();
            wrong[name] = json!([MARKER, 1]);
            tokens.push(signed(&key, &header.to_string(), &wrong.to_string()));
            wrong[name] = json!(MARKER);
            tokens.push(signed(&key, &header.to_string(), &wrong.to_string()));
        }
    }
    tokens.push(MARKER.to_owned());
    tokens.push(format!("{MARKER}.{MARKER}.{MARKER}"));
    tokens.push(format!("{}.{}.{MARKER}", encode(format!("{{\"{MARKER}")), encode(MARKER)));
    let mut accepted = 0;
    for token in &tokens {
        let outcome = known.authenticate(token).await;
        accepted += usize::from(matches!(outcome, Ok(Some(_))));
        if let Err(error) = outcome {
            panic!("{error}: the keys are there");
        }
    }
    assert_eq!(accepted, 2, "the one that is right, and the one with a scope that says nothing");
    // The key server answers with what it should not have.
    let broken = Source::of(&[json!(MARKER), json!({"kty": MARKER, "kid": MARKER})]);
    assert!(authenticator(&broken).authenticate(&tokens[0]).await.expect("the set is there").is_none());
    let logged = String::from_utf8(log.0.lock().expect("nobody panics here").clone()).expect("UTF-8");
    assert!(logged.contains("not accepted as a JWT"), "the log is at its most verbose: {logged}");
    assert!(!logged.contains(MARKER), "{logged}");
    for token in &tokens {
        let signature = token.rsplit('.').next().expect("a text has parts");
        assert!(!logged.contains(token) && (signature.len() < 20 || !logged.contains(signature)), "{logged}");
    }
}

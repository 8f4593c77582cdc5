//! Where the keys come from: cached, rotated, and never asked for more than once a minute.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use scim_server::jwt::{Identity, JwtAuthenticator, KeySet, SigningAlgorithm, Trust, Trusts};
use scim_server::{Authenticate, Boxed, Result, Rights, TenantId};
use serde_json::json;
use tokio::time::{advance, sleep};

use crate::keys::{Key, signed};
use crate::{AUDIENCE, ISSUER, SUBJECT, Source, claims};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

fn identity() -> Identity {
    Identity::new(ISSUER, SUBJECT, AUDIENCE)
}

fn trust(source: &Source) -> Trust {
    let keys = KeySet::new(source.clone());
    Trust::new(TenantId::new("acme"), identity(), &keys).with_algorithms([SigningAlgorithm::EdDsa]).with_rights(Rights::all())
}

pub(crate) fn authenticator(source: &Source) -> JwtAuthenticator<Vec<Trust>> {
    JwtAuthenticator::new(vec![trust(source)])
}

fn token(key: &Key, id: &str) -> String {
    signed(key, &json!({"alg": "EdDSA", "kid": id}).to_string(), &claims().to_string())
}

async fn accepts(authenticator: &impl Authenticate, token: &str) -> bool {
    authenticator.authenticate(token).await.expect("the keys are known").is_some()
}

/// T23
#[tokio::test(start_paused = true)]
async fn a_flood_of_unknown_keys_causes_one_retrieval_a_minute_and_known_keys_stay_valid() {
    let key = Key::of(SigningAlgorithm::EdDsa);
    let source = Source::of(&[key.public("one")]);
    let authenticator = Arc::new(authenticator(&source));
    assert!(accepts(&*authenticator, &token(&key, "one")).await);
    assert_eq!(source.retrieved(), 1);
    for minute in 0..30 {
        let flood: Vec<_> = (0..100)
            .map(|number| {
                let (authenticator, token) = (authenticator.clone(), token(&key, &format!("{minute}-{number}")));
                tokio::spawn(async move { accepts(&*authenticator, &token).await })
            })
            .collect();
        for request in flood {
            assert!(!request.await.expect("no panic"));
        }
        assert!(accepts(&*authenticator, &token(&key, "one")).await);
        advance(MINUTE / 2).await;
    }
    // Fifteen minutes: one retrieval in each, and the first.
    assert!((14..=16).contains(&source.retrieved()), "{} retrievals", source.retrieved());
}

#[tokio::test(start_paused = true)]
async fn a_set_that_serves_is_retrieved_once_an_hour() {
    let key = Key::of(SigningAlgorithm::EdDsa);
    let source = Source::of(&[key.public("one")]);
    let authenticator = authenticator(&source);
    for _ in 0..100 {
        assert!(accepts(&authenticator, &token(&key, "one")).await);
        advance(3 * MINUTE).await;
    }
    assert!((5..=6).contains(&source.retrieved()), "{} retrievals in five hours", source.retrieved());
}

/// T23
#[tokio::test(start_paused = true)]
async fn known_keys_stay_valid_while_the_key_server_is_away_for_a_day_and_asking_it_delays_nobody() {
    let key = Key::of(SigningAlgorithm::EdDsa);
    let source = Source::of(&[key.public("one")]);
    let authenticator = authenticator(&source);
    assert!(accepts(&authenticator, &token(&key, "one")).await);
    source.go_away();
    for _ in 0..25 {
        advance(HOUR).await;
        let started = tokio::time::Instant::now();
        assert!(accepts(&authenticator, &token(&key, "one")).await);
        assert!(started.elapsed() < Duration::from_millis(100), "{:?}", started.elapsed());
        assert!(!accepts(&authenticator, &token(&key, "two")).await);
    }
    let second = Key::of(SigningAlgorithm::EdDsa);
    source.publish(&[key.public("one"), second.public("two")]);
    advance(MINUTE).await;
    assert!(accepts(&authenticator, &token(&second, "two")).await, "the server is back");
}

#[tokio::test(start_paused = true)]
async fn keys_rotate() {
    let [first, second] = std::array::from_fn(|_| Key::of(SigningAlgorithm::EdDsa));
    let source = Source::of(&[first.public("one")]);
    let authenticator = authenticator(&source);
    assert!(accepts(&authenticator, &token(&first, "one")).await);
    // A key that was just published is found with its first token, a minute after the last retrieval at most.
    source.publish(&[first.public("one"), second.public("two")]);
    advance(MINUTE).await;
    assert!(accepts(&authenticator, &token(&second, "two")).await);
    assert!(accepts(&authenticator, &token(&first, "one")).await);
    // One that was taken back goes within the hour, though nobody asks for another.
    source.publish(&[second.public("two")]);
    advance(HOUR).await;
    assert!(accepts(&authenticator, &token(&second, "two")).await);
    sleep(MINUTE).await;
    assert!(!accepts(&authenticator, &token(&first, "one")).await);
    // The same id with another key: the new one counts.
    source.publish(&[first.public("two")]);
    advance(HOUR).await;
    accepts(&authenticator, &token(&second, "two")).await;
    sleep(MINUTE).await;
    assert!(!accepts(&authenticator, &token(&second, "two")).await);
    assert!(accepts(&authenticator, &token(&first, "two")).await);
}

#[tokio::test(start_paused = true)]
async fn a_set_that_was_never_retrieved_is_no_reason_to_refuse_a_token_for_good() {
    let key = Key::of(SigningAlgorithm::EdDsa);
    let source = Source::of(&[]);
    source.go_away();
    let authenticator = authenticator(&source);
    for _ in 0..3 {
        let error = authenticator.authenticate(&token(&key, "one")).await.expect_err("nobody can tell");
        assert_eq!(error.status(), 503);
    }
    assert_eq!(source.retrieved(), 1);
    source.publish(&[key.public("one")]);
    advance(MINUTE).await;
    assert!(accepts(&authenticator, &token(&key, "one")).await);
}

#[tokio::test(start_paused = true)]
async fn a_key_server_that_never_answers_holds_up_no_request_for_long_and_is_asked_again() {
    let key = Key::of(SigningAlgorithm::EdDsa);
    let source = Source::of(&[key.public("one")]);
    source.answer_after(Duration::MAX);
    let authenticator = authenticator(&source);
    let started = tokio::time::Instant::now();
    let error = authenticator.authenticate(&token(&key, "one")).await.expect_err("nobody can tell");
    assert_eq!(error.status(), 503);
    assert!(started.elapsed() < MINUTE / 2, "{:?}", started.elapsed());
    source.answer_after(Duration::ZERO);
    advance(MINUTE).await;
    assert!(accepts(&authenticator, &token(&key, "one")).await);
}

#[tokio::test(start_paused = true)]
async fn only_public_keys_for_signatures_are_taken_from_a_set() {
    let key = Key::of(SigningAlgorithm::EdDsa);
    let public = key.public("one");
    let change = |name: &str, value: serde_json::Value| {
        let mut public = public.clone();
        public[name] = value;
        public
    };
    let secret = json!({"kty": "oct", "k": "AAAA", "kid": "one", "alg": "HS256"});
    for (what, keys, accepted) in [
        ("among others", vec![json!("no key"), json!({"kty": "XYZ", "kid": "one"}), secret.clone(), public.clone()], true),
        ("for encryption", vec![change("use", json!("enc"))], false),
        ("to verify with", vec![change("key_ops", json!(["verify"]))], true),
        ("for other operations", vec![change("key_ops", json!(["encrypt", "wrapKey"]))], false),
        ("for no operation", vec![change("key_ops", json!([]))], false),
        ("for another algorithm", vec![change("alg", json!("RS256"))], false),
        ("of another curve", vec![change("crv", json!("P-256"))], false),
        ("without an id", vec![change("kid", json!(null))], false),
        ("broken", vec![change("x", json!("AAAA"))], false),
        ("a secret", vec![secret], false),
    ] {
        let authenticator = authenticator(&Source::of(&keys));
        assert_eq!(accepts(&authenticator, &token(&key, "one")).await, accepted, "{what}");
    }
}

/// Trusts that an administrator can switch off.
struct Switched(RwLock<Option<Trust>>);

impl Trusts for Switched {
    fn of<'a>(&'a self, _: &'a Identity) -> Boxed<'a, Result<Option<Trust>>> {
        let trust = self.0.read().expect("no test panicked here").clone();
        Box::pin(std::future::ready(Ok(trust)))
    }
}

/// T23
#[tokio::test]
async fn a_trust_that_is_switched_off_refuses_at_once() {
    let key = Key::of(SigningAlgorithm::EdDsa);
    let source = Source::of(&[key.public("one")]);
    let authenticator = JwtAuthenticator::new(Switched(RwLock::new(Some(trust(&source)))));
    assert!(accepts(&authenticator, &token(&key, "one")).await);
    // Whatever the application finds them by, the parties are compared to the byte.
    let claims = claims().to_string().replace("login.example.com", "LOGIN.example.com");
    assert!(!accepts(&authenticator, &signed(&key, r#"{"alg":"EdDSA","kid":"one"}"#, &claims)).await);
    *authenticator.trusts().0.write().expect("no test panicked here") = None;
    assert!(!accepts(&authenticator, &token(&key, "one")).await);
}

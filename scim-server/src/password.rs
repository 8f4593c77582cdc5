//! What is never returned is hashed before anything but validation sees it (S55; RFC 7644 §7.7).

#[cfg(feature = "argon2")]
mod argon2id;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use icu_normalizer::ComposingNormalizerBorrowed;
use serde_json::Value;

#[cfg(feature = "argon2")]
pub use argon2id::Argon2id;

use crate::store::Document;
use crate::{Boxed, Error, Result};

/// The port that hashes passwords, and every other value that is never returned.
///
/// A server that has one accepts new passwords, says so (`changePassword` of RFC 7643 §5), and gives stores and hooks the hash in
/// the place of the value; null means that the value was removed. A server without one accepts a password when a user is
/// created, as every client expects, and forgets it.
pub trait HashPassword: Send + Sync + 'static {
    /// A slow, salted hash of that text, prepared by the rules for passwords of RFC 8265 §4.2.
    ///
    /// # Errors
    /// Fails if the text cannot be hashed at the moment. A text that an application's policy does not accept as a password is refused
    /// here, with [`Error::invalid_value`].
    fn hash<'a>(&'a self, text: &'a str) -> Boxed<'a, Result<String>>;
}

/// The hashes that one request has come to. A change that is decided anew after a lost race is not hashed anew: while a slow hash is made,
/// the next race would be lost too.
#[derive(Default)]
pub(crate) struct Hashes {
    /// By the id of the resource: what was hashed last, and its hashes.
    known: Mutex<HashMap<String, (Document, Document)>>,
}

impl Hashes {
    /// The same attributes of that resource with hashes for values.
    pub(crate) async fn of(&self, id: &str, secrets: Document, hasher: Option<&dyn HashPassword>) -> Result<Document> {
        let Some(hasher) = hasher else { return Ok(Document::new()) };
        if let Some((_, hashes)) = self.known().get(id).filter(|(hashed, _)| *hashed == secrets) {
            return Ok(hashes.clone());
        }
        let hashes = hashed(secrets.clone(), hasher).await?;
        self.known().insert(id.to_owned(), (secrets, hashes.clone()));
        Ok(hashes)
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, (Document, Document)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same attributes with hashes for values.
async fn hashed(secrets: Document, hasher: &dyn HashPassword) -> Result<Document> {
    let mut hashes = Document::new();
    for (name, value) in secrets {
        let hash = match value {
            Value::Null => Value::Null,
            // The attributes of an extension stand under its URN.
            Value::Object(extension) if name.contains(':') => Box::pin(hashed(extension, hasher)).await?.into(),
            Value::String(text) => hasher.hash(&prepared(&name, &text)?).await?.into(),
            // A type of an application's own may keep more than a text to itself.
            other => hasher.hash(&other.to_string()).await?.into(),
        };
        hashes.insert(name, hash);
    }
    Ok(hashes)
}

/// Every way to type the same password is one text (OpaqueString of RFC 8265 §4.2; S51).
fn prepared(name: &str, text: &str) -> Result<String> {
    if text.chars().any(char::is_control) {
        return Err(Error::invalid_value(format!("`{name}` has a control character: leave it out")));
    }
    if text.is_empty() {
        return Err(Error::invalid_value(format!("`{name}` is empty: send a value, or leave the attribute out")));
    }
    let spaces: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    Ok(ComposingNormalizerBorrowed::new_nfc().normalize(&spaces).into_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use serde_json::json;

    use super::*;

    /// Shows what it was given.
    struct Bare;

    impl HashPassword for Bare {
        fn hash<'a>(&'a self, text: &'a str) -> Boxed<'a, Result<String>> {
            Box::pin(std::future::ready(Ok(format!("<{text}>"))))
        }
    }

    async fn of(secrets: Value) -> Result<Value> {
        hashed(secrets.as_object().expect("an object").clone(), &Bare).await.map(Value::Object)
    }

    #[tokio::test]
    async fn every_value_is_hashed_wherever_it_stands_and_a_removal_stays_one() {
        let secrets = json!({"password": "a", "gone": null, "pin": 17, "answers": ["x", "y"], "urn:example:2.0:User": {"code": "b"}});
        let hashes =
            json!({"password": "<a>", "gone": null, "pin": "<17>", "answers": "<[\"x\",\"y\"]>", "urn:example:2.0:User": {"code": "<b>"}});
        assert_eq!(of(secrets).await.expect("it is hashed"), hashes);
    }

    /// RFC: 7644-5-01 7643-4.1.1-18
    #[tokio::test]
    async fn every_way_to_type_a_password_is_one() {
        for (typed, one) in [
            ("correct horse", "correct horse"),
            ("correct\u{3000}horse", "correct horse"),
            ("correct\u{a0}horse", "correct horse"),
            ("Pa\u{308}ss", "P\u{e4}ss"),
            ("P\u{e4}ss", "P\u{e4}ss"),
            ("PASS", "PASS"),
            (" a ", " a "),
        ] {
            assert_eq!(of(json!({"password": typed})).await.expect("it is hashed"), json!({"password": format!("<{one}>")}));
        }
        let error = of(json!({"password": "t1me\u{7}Machine"})).await.expect_err("nobody types that");
        assert_eq!(error.to_json()["scimType"], "invalidValue");
        assert!(!error.detail().contains("t1me"), "{error}");
        let error = of(json!({"password": ""})).await.expect_err("nobody has none");
        assert_eq!(error.to_json()["scimType"], "invalidValue");
    }

    /// Hashes of one text differ.
    #[derive(Default)]
    struct Counting(AtomicUsize);

    impl HashPassword for Counting {
        fn hash<'a>(&'a self, _: &'a str) -> Boxed<'a, Result<String>> {
            Box::pin(std::future::ready(Ok(self.0.fetch_add(1, Ordering::Relaxed).to_string())))
        }
    }

    #[tokio::test]
    async fn within_a_request_each_resource_s_password_is_hashed_once_and_no_two_share_a_hash() {
        let (hashes, hasher) = (Hashes::default(), Counting::default());
        let mut found = Vec::new();
        for (id, password) in [("1", "a"), ("1", "a"), ("2", "a"), ("1", "a"), ("1", "b"), ("1", "b"), ("2", "a")] {
            let secrets = json!({"password": password}).as_object().expect("an object").clone();
            let hashed = hashes.of(id, secrets, Some(&hasher)).await.expect("it is hashed");
            found.push(hashed["password"].as_str().expect("a text").to_owned());
        }
        assert_eq!(found, ["0", "0", "1", "0", "2", "2", "1"]);
    }

    #[tokio::test]
    async fn without_a_hasher_nothing_is_left() {
        let secrets = json!({"password": "a"}).as_object().expect("an object").clone();
        assert!(Hashes::default().of("1", secrets, None).await.expect("there is nothing to do").is_empty());
    }
}

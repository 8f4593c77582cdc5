//! What is never returned is hashed before anything but validation sees it (S55; RFC 7644 §7.7).

#[cfg(feature = "argon2")]
mod argon2id;

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

/// The same attributes with hashes for values.
pub(crate) async fn hashed(secrets: Document, hasher: Option<&dyn HashPassword>) -> Result<Document> {
    let mut hashes = Document::new();
    let Some(hasher) = hasher else { return Ok(hashes) };
    for (name, value) in secrets {
        let hash = match value {
            Value::Null => Value::Null,
            // The attributes of an extension stand under its URN.
            Value::Object(extension) if name.contains(':') => Box::pin(hashed(extension, Some(hasher))).await?.into(),
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
    let spaces: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    Ok(ComposingNormalizerBorrowed::new_nfc().normalize(&spaces).into_owned())
}

#[cfg(test)]
mod tests {
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
        hashed(secrets.as_object().expect("an object").clone(), Some(&Bare)).await.map(Value::Object)
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
    }

    #[tokio::test]
    async fn without_a_hasher_nothing_is_left() {
        let secrets = json!({"password": "a"}).as_object().expect("an object").clone();
        assert!(hashed(secrets, None).await.expect("there is nothing to do").is_empty());
    }
}

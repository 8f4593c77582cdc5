//! What must not appear in any record.

use std::fmt;

/// What stands in the place of a secret.
const MASK: &str = "***";

/// Texts that are taken out of everything that is recorded.
#[derive(Clone, Default)]
pub struct Secrets {
    known: Vec<String>,
}

impl Secrets {
    /// These texts, longest first, so that a secret within another leaves nothing of it.
    pub fn new(secrets: impl IntoIterator<Item = String>) -> Self {
        Self::default().and(secrets)
    }

    /// Also these.
    #[must_use]
    pub fn and(mut self, secrets: impl IntoIterator<Item = String>) -> Self {
        for secret in secrets.into_iter().filter(|secret| !secret.is_empty()) {
            let escaped = serde_json::Value::from(secret.as_str()).to_string();
            self.known.push(escaped.trim_matches('"').to_owned());
            self.known.push(percent_encoding::utf8_percent_encode(&secret, percent_encoding::NON_ALPHANUMERIC).to_string());
            self.known.push(secret);
        }
        self.known.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        self.known.dedup();
        self
    }

    /// The text with every secret masked.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        let mut clean = text.to_owned();
        for secret in &self.known {
            if clean.contains(secret.as_str()) {
                clean = clean.replace(secret.as_str(), MASK);
            }
        }
        clean
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.known.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_form_of_a_secret_remains() {
        let secrets = Secrets::new(["abc".into(), "abc/\"def".into(), String::new()]);
        for text in ["abc", "x abc/\"def y", r#"{"echo":"abc/\"def"}"#, "?token=abc%2F%22def", "abcabc"] {
            let clean = secrets.redact(text);
            assert!(!clean.contains("abc") && !clean.contains("def"), "{clean}");
        }
        assert_eq!(secrets.redact("nothing to hide"), "nothing to hide");
    }
}

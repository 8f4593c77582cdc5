//! A token taken apart (RFC 7515 §3.1), before anything in it is believed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde_json::Value;

use super::{Identity, Rejected};
use crate::json::parse_object;
use crate::store::Document;

/// By how many seconds the clocks of issuer and server may differ (T33).
const LEEWAY: u64 = 60;

/// How many seconds ahead a token may end. One that lives longer could hardly be taken back.
const LONGEST: u64 = 48 * 60 * 60;

/// A JWT whose signature nobody has looked at yet. Header and claims are objects without a member twice.
pub(super) struct Token<'t> {
    signed: &'t str,
    signature: &'t str,
    header: Document,
    claims: Document,
}

impl<'t> Token<'t> {
    /// Takes the text apart; nothing if it is no JWT.
    pub(super) fn parse(text: &'t str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let object = |part: &str| parse_object(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
        Some(Self { signed, signature, header: object(header)?, claims: object(claims)? })
    }

    /// Who it says it is from, about and for: one text each (`aud` may stand alone in a list).
    pub(super) fn identity(&self) -> Result<Identity, Rejected> {
        let text = |name: &str| self.claims.get(name).and_then(Value::as_str);
        let audience = match self.claims.get("aud") {
            Some(Value::Array(list)) if list.len() == 1 => list[0].as_str(),
            other => other.and_then(Value::as_str),
        };
        match (text("iss"), text("sub"), audience) {
            (Some(issuer), Some(subject), Some(audience)) => Ok(Identity::new(issuer, subject, audience)),
            _ => Err(Rejected("`iss`, `sub` or `aud` is missing or no single text")),
        }
    }

    /// The name of its algorithm, if the header has nothing that must be understood beyond it (RFC 7515 §4.1.11).
    pub(super) fn algorithm(&self) -> Result<&str, Rejected> {
        if self.header.contains_key("crit") {
            return Err(Rejected("its header has critical members"));
        }
        self.header.get("alg").and_then(Value::as_str).ok_or(Rejected("it names no algorithm"))
    }

    /// The name of the key: plain text, compared and nothing else.
    pub(super) fn key_id(&self) -> Result<&str, Rejected> {
        self.header.get("kid").and_then(Value::as_str).ok_or(Rejected("it names no key"))
    }

    /// Whether it says that it is an access token (RFC 9068 §4, RFC 7515 §4.1.9). Those of other issuers often do not.
    pub(super) fn is_access_token(&self) -> bool {
        let name = self.header.get("typ").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
        ["at+jwt", "application/at+jwt"].contains(&name.as_str())
    }

    /// Whether that key signed it. The algorithm is the caller's, not the token's.
    pub(super) fn verify(&self, key: &DecodingKey, algorithm: Algorithm) -> Result<(), Rejected> {
        match crypto::verify(self.signature, self.signed.as_bytes(), key, algorithm) {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(Rejected("the signature is not of its key")),
        }
    }

    /// Whether it is valid at that second.
    pub(super) fn check_time(&self, now: u64) -> Result<(), Rejected> {
        let seconds = |name: &str| self.claims.get(name).and_then(numeric_date);
        let (Some(starts), Some(ends)) = (seconds("nbf"), seconds("exp")) else {
            return Err(Rejected("`exp` or `nbf` is missing or no number of seconds"));
        };
        if self.claims.contains_key("iat") && seconds("iat").is_none_or(|issued| issued > now + LEEWAY) {
            return Err(Rejected("`iat` is no number of seconds, or lies ahead"));
        }
        if starts > now + LEEWAY {
            return Err(Rejected("it is not valid yet"));
        }
        if ends + LEEWAY <= now {
            return Err(Rejected("it has expired"));
        }
        if ends > now + LONGEST || ends <= starts {
            return Err(Rejected("it would live too long, or ends before it starts"));
        }
        Ok(())
    }

    /// Its scopes: the words of `scope` (RFC 8693 §4.2) and `scp`, the texts of `roles` (RFC 9068 §2.2.3.1).
    pub(super) fn scopes(&self) -> Result<Vec<&str>, Rejected> {
        let mut scopes = Vec::new();
        for name in ["scope", "scp", "roles"] {
            match self.claims.get(name) {
                None => {}
                Some(Value::String(words)) => scopes.extend(words.split(' ').filter(|word| !word.is_empty())),
                Some(Value::Array(list)) => {
                    for scope in list {
                        scopes.push(scope.as_str().ok_or(Rejected("a scope is no text"))?);
                    }
                }
                Some(_) => return Err(Rejected("its scopes are neither a text nor a list of texts")),
            }
        }
        Ok(scopes)
    }
}

/// A NumericDate (RFC 7519 §2) between 1970 and the year 9999. What stands behind the point is of no account.
fn numeric_date(value: &Value) -> Option<u64> {
    const END_OF_9999: f64 = 253_402_300_800.0;
    let seconds = value.as_number()?.as_f64().filter(|seconds| (0.0..END_OF_9999).contains(seconds))?;
    // Within these bounds nothing is lost.
    Some(seconds as u64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn token(claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.", part(&json!({"alg": "RS256"})), part(claims))
    }

    #[test]
    fn times_hold_give_or_take_a_minute_and_no_token_outlives_two_days() {
        let now = 1_000_000;
        for (starts, ends, valid) in [
            (now, now + 60, true),
            (now + 60, now + 120, true),
            (now + 61, now + 120, false),
            (now - 600, now - 59, true),
            (now - 600, now - 60, false),
            (now - 600, now + LONGEST, true),
            (now - 600, now + LONGEST + 1, false),
            (now, now, false),
            (now, now - 1, false),
        ] {
            let text = token(&json!({"nbf": starts, "exp": ends}));
            let token = Token::parse(&text).expect("a JWT");
            assert_eq!(token.check_time(now).is_ok(), valid, "{starts} to {ends} at {now}");
        }
    }

    #[test]
    fn a_time_is_a_number_of_seconds_of_our_era() {
        for (value, seconds) in [
            (json!(0), Some(0)),
            (json!(1_500_000_000), Some(1_500_000_000)),
            (json!(1_500_000_000.9), Some(1_500_000_000)),
            (json!(1.5e9), Some(1_500_000_000)),
            (json!(-1), None),
            (json!(253_402_300_800_u64), None),
            (json!(1e300), None),
            (json!("1500000000"), None),
            (json!(true), None),
            (json!([1_500_000_000]), None),
            (json!(null), None),
        ] {
            assert_eq!(numeric_date(&value), seconds, "{value}");
        }
        let huge: Value = serde_json::from_str("1e999").unwrap_or_default();
        assert_eq!(numeric_date(&huge), None);
    }

    #[test]
    fn scopes_are_read_from_each_of_their_claims() {
        let text = token(&json!({"scope": "read  write", "scp": ["users"], "roles": ["Admin of all"]}));
        let token = Token::parse(&text).expect("a JWT");
        assert_eq!(token.scopes(), Ok(vec!["read", "write", "users", "Admin of all"]));
    }
}

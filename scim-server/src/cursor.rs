//! Cursors (RFC 9865): places in an answer that a client carries to the next page.
//!
//! A cursor is sealed (XChaCha20-Poly1305): nobody reads the value of a resource that it holds, nobody makes or changes one, and it
//! opens for the tenant and the query that it was made for alone. The key is the store's, so that every instance has it, and
//! changes with the days.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};

use crate::store::{CursorKey, Position, StoreError};
use crate::{Error, Result, Timestamp};

/// How long a key seals. It opens as long again, and no cursor longer than that.
pub(crate) const KEY_PERIOD: Duration = Duration::from_secs(24 * 60 * 60);

/// The longest cursor, in bytes of base64: it fits into a URL beside a filter.
const MAX_CURSOR: usize = 8 << 10;

/// The first byte of a cursor: how the rest is to be read.
const FORM: u8 = 1;

/// The form and the generation of the key.
const HEAD: usize = 5;
const NONCE: usize = 24;

/// What a cursor holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cursor {
    /// Where the page before ended.
    pub(crate) position: Position,
    /// How many resources each page has at most.
    pub(crate) count: u32,
    /// When it was made.
    pub(crate) issued: Timestamp,
}

/// The digest of what a cursor is bound to. Each part stands with its length, so that no two lists are one.
pub(crate) fn bound_to<'a>(parts: impl IntoIterator<Item = Option<&'a str>>) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.map_or(u64::MAX, |part| part.len() as u64).to_be_bytes());
        digest.update(part.unwrap_or_default());
    }
    digest.finalize().into()
}

/// The generation of the key that seals at that time.
pub(crate) fn generation(now: Timestamp) -> u32 {
    let period = i64::try_from(KEY_PERIOD.as_micros()).unwrap_or(i64::MAX);
    u32::try_from(now.micros().div_euclid(period)).unwrap_or_default()
}

/// Seals a cursor with the key of that generation.
///
/// # Errors
/// `invalidValue` if the value that the answer is sorted by is too long to be carried.
pub(crate) fn seal(cursor: &Cursor, generation: u32, key: &CursorKey, bound: &[u8; 32]) -> Result<String> {
    let held = serde_json::to_vec(&(&cursor.position, cursor.count, cursor.issued.micros())).map_err(Error::internal)?;
    let mut bytes = vec![FORM];
    bytes.extend(generation.to_be_bytes());
    let mut nonce = [0; NONCE];
    getrandom::fill(&mut nonce).map_err(|error| Error::internal(StoreError::Internal(Box::new(error))))?;
    let aad = [bytes.as_slice(), bound].concat();
    let sealed = cipher(key).encrypt(&XNonce::from(nonce), Payload { msg: &held, aad: &aad });
    let sealed = sealed.map_err(|_| Error::internal("a cursor could not be sealed"))?;
    bytes.extend(nonce);
    bytes.extend(sealed);
    let text = URL_SAFE_NO_PAD.encode(bytes);
    if text.len() > MAX_CURSOR {
        return Err(Error::invalid_value(
            "the values of this `sortBy` are too long for a cursor: sort by another attribute, or use `startIndex`",
        ));
    }
    Ok(text)
}

/// A cursor as it came, not opened yet.
#[derive(Debug)]
pub(crate) struct Sealed {
    /// The generation of its key.
    pub(crate) generation: u32,
    bytes: Vec<u8>,
}

impl Sealed {
    /// Reads what stands outside of the seal; nothing if no key that is still there can have made it.
    pub(crate) fn read(text: &str, now: Timestamp) -> Option<Self> {
        if text.len() > MAX_CURSOR {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let [FORM, a, b, c, d, _, ..] = bytes[..] else { return None };
        let made = u32::from_be_bytes([a, b, c, d]);
        // The clock of the instance that made it may have been ahead.
        let present = generation(now);
        (made.abs_diff(present) <= 1).then_some(Self { generation: made, bytes })
    }

    /// Opens it; nothing if it is not one of this key and binding.
    pub(crate) fn open(&self, key: &CursorKey, bound: &[u8; 32]) -> Option<Cursor> {
        let (head, rest) = self.bytes.split_at_checked(HEAD)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE>()?;
        let aad = [head, bound].concat();
        let held = cipher(key).decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: &aad }).ok()?;
        let (position, count, issued) = serde_json::from_slice(&held).ok()?;
        Some(Cursor { position, count, issued: Timestamp::from_micros(issued) })
    }
}

impl Cursor {
    /// Checks that it is not too old. One that was made by a clock ahead of this one is as young as can be.
    ///
    /// # Errors
    /// `expiredCursor`.
    pub(crate) fn check_age(&self, now: Timestamp, timeout: Duration) -> Result<()> {
        let age = u64::try_from(now.micros().saturating_sub(self.issued.micros())).unwrap_or_default();
        if Duration::from_micros(age) > timeout.min(KEY_PERIOD) { Err(Error::expired_cursor()) } else { Ok(()) }
    }
}

fn cipher(key: &CursorKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.as_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 60 * 60 * 1_000_000;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_micros(20_000 * DAY + day * DAY)
    }

    fn cursor(key: &str) -> Cursor {
        Cursor { position: Position { key: Some(key.to_owned()), target: 1, number: 7 }, count: 20, issued: at(0) }
    }

    fn sealed(key: &CursorKey, bound: &[u8; 32]) -> String {
        seal(&cursor("jensen"), generation(at(0)), key, bound).unwrap()
    }

    #[test]
    fn a_cursor_opens_for_its_key_and_binding_alone() {
        let (key, bound) = (CursorKey::random().unwrap(), bound_to([Some("acme"), None]));
        let text = sealed(&key, &bound);
        let read = Sealed::read(&text, at(0)).unwrap();
        assert_eq!(read.open(&key, &bound), Some(cursor("jensen")));
        assert_eq!(read.open(&CursorKey::random().unwrap(), &bound), None);
        for parts in [[Some("other"), None], [Some("acme"), Some("")], [None, Some("acme")]] {
            assert_eq!(read.open(&key, &bound_to(parts)), None, "{parts:?}");
        }
    }

    /// RFC: 9865-2-03 9865-5.2-04
    #[test]
    fn every_changed_or_missing_character_is_noticed() {
        let (key, bound) = (CursorKey::random().unwrap(), bound_to([Some("acme")]));
        let text = sealed(&key, &bound);
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)), "{text}");
        let opens = |text: &str| Sealed::read(text, at(0)).is_some_and(|read| read.open(&key, &bound).is_some());
        assert!(opens(&text));
        for place in 0..text.len() {
            for other in ["A", "B", "-", "_", "+", "="] {
                let changed = format!("{}{other}{}", &text[..place], &text[place + 1..]);
                assert!(changed == text || !opens(&changed), "{place} {other}");
            }
            assert!(!opens(&text[..place]), "{place}");
        }
        for other in [format!("{text}A"), format!("{text}{text}"), "A".repeat(10_000), "\u{e9}".to_owned()] {
            assert!(!opens(&other), "{other}");
        }
    }

    #[test]
    fn two_cursors_of_one_place_tell_nothing_of_each_other() {
        let (key, bound) = (CursorKey::random().unwrap(), bound_to([]));
        let (one, other) = (sealed(&key, &bound), sealed(&key, &bound));
        let (one, other) = (URL_SAFE_NO_PAD.decode(one).unwrap(), URL_SAFE_NO_PAD.decode(other).unwrap());
        assert_eq!(one[..HEAD], other[..HEAD]);
        let same = one[HEAD..].iter().zip(&other[HEAD..]).filter(|(one, other)| one == other).count();
        assert!(same < one.len() / 4, "{same} of {} bytes are the same", one.len());
        assert!(!String::from_utf8_lossy(&one).contains("jensen"), "a value of a resource can be read");
    }

    #[test]
    fn a_key_seals_for_a_day_and_opens_until_the_end_of_the_next() {
        let (key, bound) = (CursorKey::random().unwrap(), bound_to([]));
        assert_eq!(generation(at(1)), generation(at(0)) + 1);
        assert_eq!(generation(Timestamp::from_micros(at(1).micros() - 1)), generation(at(0)));
        let text = sealed(&key, &bound);
        for (day, is_read) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            assert_eq!(Sealed::read(&text, at(day)).is_some(), is_read, "{day}");
        }
    }

    /// RFC: 9865-2.1-03
    #[test]
    fn a_cursor_is_too_old_after_its_timeout_and_never_older_than_its_key() {
        let (second, minute) = (1_000_000, Duration::from_secs(60));
        for (age, timeout, expired) in [
            (0, minute, false),
            (60 * second, minute, false),
            (61 * second, minute, true),
            (-3_600 * second, minute, false),
            (DAY, Duration::MAX, false),
            (DAY + 1, Duration::MAX, true),
        ] {
            let outcome = cursor("a").check_age(Timestamp::from_micros(at(0).micros() + age), timeout);
            assert_eq!(outcome.is_err(), expired, "{age} {timeout:?}");
        }
    }

    #[test]
    fn a_value_that_does_not_fit_into_a_url_is_refused_in_words() {
        let (key, bound) = (CursorKey::random().unwrap(), bound_to([]));
        assert!(seal(&cursor(&"x".repeat(5_900)), 1, &key, &bound).is_ok());
        let error = seal(&cursor(&"x".repeat(6_200)), 1, &key, &bound).unwrap_err();
        assert_eq!((error.status(), error.detail().contains("sortBy")), (400, true));
    }
}

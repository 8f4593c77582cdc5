//! Texts that live as long as the process: poem-openapi's descriptions hold `&'static str`.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

static KEPT: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

/// The same text for the rest of the process's life. Each distinct text is kept once, so that a second document of the same types
/// keeps nothing more.
pub(super) fn kept(text: &str) -> &'static str {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = kept.get(text) {
        return known;
    }
    let new: &'static str = Box::leak(text.into());
    kept.insert(new);
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_once() {
        let first = kept(&format!("urn:example:{}", 1));
        let again = kept(&format!("urn:example:{}", 1));
        assert!(std::ptr::eq(first, again));
        assert_eq!(kept("urn:example:2"), "urn:example:2");
    }
}

//! The secret that a store keeps for the cursors of its tenant.

use std::fmt;

use super::StoreError;

/// A key that seals cursors (RFC 9865): 32 secret bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct CursorKey([u8; 32]);

impl CursorKey {
    /// A new one, of the operating system's random bytes.
    ///
    /// # Errors
    /// [`StoreError::Internal`] if the operating system has none.
    pub fn random() -> Result<Self, StoreError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| StoreError::Internal(Box::new(error)))?;
        Ok(Self(bytes))
    }

    /// The key of these bytes, as a store has kept it.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Without its bytes (T10).
impl fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CursorKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_random_and_not_shown() {
        let key = CursorKey::random().unwrap();
        assert_ne!(key, CursorKey::random().unwrap());
        assert_eq!(CursorKey::from_bytes(*key.as_bytes()), key);
        assert_eq!(format!("{key:?}"), "CursorKey");
    }
}

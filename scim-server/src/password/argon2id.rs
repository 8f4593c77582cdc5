//! Argon2id (RFC 9106), the hash for passwords of today.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::PasswordHasher;
use argon2::password_hash::phc::PasswordHash;
use tokio::sync::Semaphore;

use super::HashPassword;
use crate::{Boxed, Error, Result};

/// Argon2id with the parameters that OWASP recommends (19 MiB, two passes), each hash with a salt of its own.
///
/// It gives texts like `$argon2id$v=19$m=19456,t=2,p=1$…`, which every implementation of Argon2 can verify. As many are made at the same
/// time as there are processors: a crowd of new users takes time, not memory.
///
/// # Examples
/// ```
/// use scim_server::{Argon2id, HashPassword};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), scim_server::Error> {
/// let hash = Argon2id::new().hash("t1meMa$heen").await?;
/// assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Argon2id {
    at_a_time: Arc<Semaphore>,
}

impl Argon2id {
    /// Hashes with Argon2id.
    #[must_use]
    pub fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self { at_a_time: Arc::new(Semaphore::new(processors)) }
    }
}

impl Default for Argon2id {
    fn default() -> Self {
        Self::new()
    }
}

impl HashPassword for Argon2id {
    fn hash<'a>(&'a self, text: &'a str) -> Boxed<'a, Result<String>> {
        Box::pin(async move {
            let permit = self.at_a_time.clone().acquire_owned().await.map_err(Error::unavailable)?;
            let text = text.to_owned();
            // It takes tens of milliseconds: other requests go on meanwhile. The permit goes along: a client that goes away frees nothing.
            let hashing = tokio::task::spawn_blocking(move || {
                let _permit = permit;
                Argon2::default().hash_password(text.as_bytes()).map(|hash: PasswordHash| hash.to_string())
            });
            hashing.await.map_err(Error::internal)?.map_err(|error| Error::internal(error.to_string()))
        })
    }
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::PasswordVerifier;

    use super::*;

    #[tokio::test]
    async fn a_hash_verifies_its_password_alone_and_two_of_one_differ() {
        let hasher = Argon2id::new();
        let first = hasher.hash("t1meMa$heen").await.expect("a hash");
        let second = hasher.hash("t1meMa$heen").await.expect("a hash");
        assert_ne!(first, second);
        let first = PasswordHash::new(&first).expect("the common form");
        assert!(Argon2::default().verify_password(b"t1meMa$heen", &first).is_ok());
        assert!(Argon2::default().verify_password(b"t1meMa$heem", &first).is_err());
    }
}

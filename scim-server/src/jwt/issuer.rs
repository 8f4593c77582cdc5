//! Access tokens issued here, e.g. for client credentials (RFC 6749 §4.4): signed with HS256 and a secret of the application.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, encode};
use serde_json::json;
use uuid::Uuid;

use super::{Identity, Trust, now};
use crate::TenantId;

/// How long a token lives at least and at most (T23).
const SHORTEST: Duration = Duration::from_secs(60 * 60);
const LONGEST: Duration = Duration::from_secs(6 * 60 * 60);

/// A key for HS256 is as long as its hash (RFC 7518 §3.2).
const SECRET: usize = 32;

/// Issues access tokens for this server.
///
/// Whoever has one is let in through [`Self::trust`], which the application's [`Trusts`](super::Trusts) answer for the subjects
/// that it still knows: a client that was taken back is refused at once, however long its tokens would have lived.
///
/// # Examples
/// ```
/// use std::time::Duration;
///
/// use scim_server::jwt::{JwtAuthenticator, TokenIssuer};
/// use scim_server::{Authenticate, Rights, TenantId};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let secret = b"32 random bytes that nobody knows";
/// let issuer = TokenIssuer::new("https://crm.example.com", "https://crm.example.com/scim/v2", secret, Duration::from_secs(3600))?;
/// let issued = issuer.issue("client-17", &["scim"])?;
///
/// let trust = issuer.trust(TenantId::new("acme"), "client-17").with_scope("scim", Rights::all());
/// let caller = JwtAuthenticator::new(vec![trust]).authenticate(&issued.token).await?.expect("it was issued here");
/// assert_eq!(caller.tenant, TenantId::new("acme"));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct TokenIssuer {
    issuer: String,
    audience: String,
    signs: EncodingKey,
    verifies: Arc<DecodingKey>,
    life: Duration,
}

/// Why tokens cannot be issued.
#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    /// The secret could be guessed.
    #[error("the secret that signs tokens has fewer than {SECRET} bytes: make it of {SECRET} random ones")]
    ShortSecret,
    /// A token would live too short or too long.
    #[error("an access token must live between one hour and six")]
    Life,
    /// The token could not be signed.
    #[error("the token could not be signed")]
    Signature(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A token to hand out (RFC 6749 §5.1). Its `Debug` does not show it.
#[derive(Clone)]
pub struct IssuedToken {
    /// `access_token`.
    pub token: String,
    /// `expires_in`.
    pub expires_in: Duration,
}

impl TokenIssuer {
    /// Issues tokens under that name (`iss`) for that audience (`aud`), which live so long; the secret signs them.
    ///
    /// # Errors
    /// [`IssuerError::ShortSecret`] below 32 bytes, [`IssuerError::Life`] outside of one to six hours.
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>, secret: &[u8], life: Duration) -> Result<Self, IssuerError> {
        if secret.len() < SECRET {
            return Err(IssuerError::ShortSecret);
        }
        if !(SHORTEST..=LONGEST).contains(&life) {
            return Err(IssuerError::Life);
        }
        let (signs, verifies) = (EncodingKey::from_secret(secret), Arc::new(DecodingKey::from_secret(secret)));
        Ok(Self { issuer: issuer.into(), audience: audience.into(), signs, verifies, life })
    }

    /// A token for that subject, with these scopes.
    ///
    /// # Errors
    /// [`IssuerError::Signature`]
    pub fn issue(&self, subject: &str, scopes: &[&str]) -> Result<IssuedToken, IssuerError> {
        let now = now();
        let claims = json!({
            "iss": self.issuer,
            "sub": subject,
            "aud": self.audience,
            "iat": now,
            "nbf": now,
            "exp": now + self.life.as_secs(),
            "jti": Uuid::new_v4().to_string(),
            "scope": scopes.join(" "),
        });
        let header = Header { typ: Some("at+jwt".into()), ..Header::new(Algorithm::HS256) };
        let token = encode(&header, &claims, &self.signs).map_err(|error| IssuerError::Signature(error.into()))?;
        Ok(IssuedToken { token, expires_in: self.life })
    }

    /// The trust in the tokens of that subject, for that tenant.
    #[must_use]
    pub fn trust(&self, tenant: TenantId, subject: &str) -> Trust {
        Trust::own(tenant, Identity::new(self.issuer.as_str(), subject, self.audience.as_str()), self.verifies.clone())
    }
}

impl fmt::Debug for TokenIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenIssuer").field("issuer", &self.issuer).field("audience", &self.audience).finish_non_exhaustive()
    }
}

impl fmt::Debug for IssuedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedToken").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

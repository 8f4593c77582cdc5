//! Bearer tokens that are signed JSON Web Tokens (RFC 7519): of trusted issuers, and issued here (T23).

#[cfg(feature = "jwks")]
mod https;
mod issuer;
mod key_set;
mod token;
mod trust;

use std::time::{SystemTime, UNIX_EPOCH};

#[cfg(feature = "jwks")]
pub use https::{HttpsKeySource, KeySetUrlError};
pub use issuer::{IssuedToken, IssuerError, TokenIssuer};
pub use key_set::{KeySet, KeySource};
pub use trust::{Identity, SigningAlgorithm, Trust, Trusts};

use crate::{Authenticate, AuthenticationScheme, Boxed, Caller, Error, Result};
use token::Token;

/// Finds the callers of JWT whose issuer, subject and audience are trusted.
///
/// A token is accepted only if all of this holds: its algorithm is one of its trust's; its key is in the trust's key set under
/// exactly its `kid` (keys that the token brings along or links to are ignored); `iss`, `sub` and `aud` are exactly the trust's;
/// `exp` and `nbf` are there, are numbers and hold, give or take a minute; it ends within two days; no claim stands twice.
#[derive(Debug)]
pub struct JwtAuthenticator<T> {
    trusts: T,
}

impl<T: Trusts> JwtAuthenticator<T> {
    /// Accepts the tokens of these trusts.
    pub fn new(trusts: T) -> Self {
        Self { trusts }
    }

    /// The trusts.
    pub fn trusts(&self) -> &T {
        &self.trusts
    }

    async fn verify(&self, token: &str) -> Result<Caller, Unaccepted> {
        let token = Token::parse(token).ok_or(Rejected("it is no signed JWT"))?;
        let identity = token.identity()?;
        let trust = self.trusts.of(&identity).await?.ok_or(Rejected("no trust has its `iss`, `sub` and `aud`"))?;
        // Whatever the trusts compare by: a byte that differs is another party.
        if *trust.identity() != identity {
            return Err(Rejected("the trust found is of another `iss`, `sub` or `aud`").into());
        }
        trust.accept(&token, now()).await
    }
}

impl<T: Trusts> Authenticate for JwtAuthenticator<T> {
    fn authenticate<'a>(&'a self, token: &'a str) -> Boxed<'a, Result<Option<Caller>>> {
        Box::pin(async move {
            match self.verify(token).await {
                Ok(caller) => Ok(Some(caller)),
                Err(Unaccepted::Failed(error)) => Err(error),
                Err(Unaccepted::Rejected(Rejected(why))) => {
                    tracing::debug!(why, "a token was not accepted as a JWT");
                    Ok(None)
                }
            }
        })
    }

    fn schemes(&self) -> Vec<AuthenticationScheme> {
        vec![AuthenticationScheme {
            name: "JSON Web Token".into(),
            description: "Authentication with a signed JWT of a trusted issuer as bearer token in the Authorization header".into(),
            spec_uri: Some("https://www.rfc-editor.org/info/rfc9068".into()),
            ..AuthenticationScheme::bearer_token()
        }]
    }
}

/// Why a token is not accepted: for the log, in fixed words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rejected(&'static str);

/// Why there is no caller.
#[derive(Debug)]
enum Unaccepted {
    /// The token is not good enough.
    Rejected(Rejected),
    /// Nobody can tell at the moment.
    Failed(Error),
}

impl From<Rejected> for Unaccepted {
    fn from(rejected: Rejected) -> Self {
        Self::Rejected(rejected)
    }
}

impl From<Error> for Unaccepted {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// The seconds since 1970: what `exp` and `nbf` count in (RFC 7519 §2).
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

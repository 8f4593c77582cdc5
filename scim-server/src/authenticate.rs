//! The port that finds out who makes a request (RFC 7644 §2), and its plainest implementation.

use std::fmt;

use serde::Serialize;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{Boxed, Caller, Profile, Result, TenantId};

/// Finds the caller that a bearer token (RFC 6750) stands for.
pub trait Authenticate: Send + Sync + 'static {
    /// The caller, or nothing if the token is not valid. The HTTP layer sets `request_id`.
    ///
    /// # Errors
    /// Fails if the credential cannot be looked up at the moment, or stands for somebody who may not come in.
    fn authenticate<'a>(&'a self, token: &'a str) -> Boxed<'a, Result<Option<Caller>>>;

    /// The ways to authenticate, for `/ServiceProviderConfig`; the preferred one first.
    fn schemes(&self) -> Vec<AuthenticationScheme> {
        vec![AuthenticationScheme::bearer_token()]
    }
}

/// A way to authenticate, as `/ServiceProviderConfig` describes it (`authenticationSchemes` of RFC 7643 §5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthenticationScheme {
    /// `oauth`, `oauth2`, `oauthbearertoken`, `httpbasic` or `httpdigest`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The common name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// The URL of its specification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spec_uri: Option<String>,
    /// The URL of the application's own words about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub documentation_uri: Option<String>,
}

impl AuthenticationScheme {
    /// A bearer token (RFC 6750).
    #[must_use]
    pub fn bearer_token() -> Self {
        Self {
            kind: "oauthbearertoken".into(),
            name: "OAuth Bearer Token".into(),
            description: "Authentication with a bearer token in the Authorization header".into(),
            spec_uri: Some("https://www.rfc-editor.org/info/rfc6750".into()),
            documentation_uri: None,
        }
    }
}

/// Several authenticators: the first that knows a token tells whose it is, or that nobody comes in with it. One that cannot tell at the
/// moment (5xx) does not keep out whom another knows.
///
/// # Examples
/// ```
/// use scim_server::{Authenticators, Profile, StaticTokens, TenantId};
///
/// let one = StaticTokens::new().with("s3cret", TenantId::new("acme"), Profile::ENTRA);
/// let other = StaticTokens::new().with("an0ther", TenantId::new("acme"), Profile::RFC);
/// let both = Authenticators::new().with(one).with(other);
/// ```
#[derive(Default)]
pub struct Authenticators {
    all: Vec<Box<dyn Authenticate>>,
}

impl Authenticators {
    /// None yet: every request is refused.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Also this one, after the others.
    #[must_use]
    pub fn with(mut self, authenticator: impl Authenticate) -> Self {
        self.all.push(Box::new(authenticator));
        self
    }
}

impl fmt::Debug for Authenticators {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authenticators({})", self.all.len())
    }
}

impl Authenticate for Authenticators {
    fn authenticate<'a>(&'a self, token: &'a str) -> Boxed<'a, Result<Option<Caller>>> {
        Box::pin(async move {
            let mut failed = None;
            for authenticator in &self.all {
                match authenticator.authenticate(token).await {
                    Ok(Some(caller)) => return Ok(Some(caller)),
                    Ok(None) => {}
                    Err(error) if error.status() < 500 => return Err(error),
                    Err(error) => failed = failed.or(Some(error)),
                }
            }
            failed.map_or(Ok(None), Err)
        })
    }

    fn schemes(&self) -> Vec<AuthenticationScheme> {
        let mut all = Vec::new();
        for scheme in self.all.iter().flat_map(|authenticator| authenticator.schemes()) {
            if !all.contains(&scheme) {
                all.push(scheme);
            }
        }
        all
    }
}

/// A fixed list of bearer tokens, kept as digests and compared in constant time.
///
/// # Examples
/// ```
/// use scim_server::{Profile, StaticTokens, TenantId};
/// let tokens = StaticTokens::new().with("s3cret", TenantId::new("acme"), Profile::ENTRA);
/// ```
#[derive(Clone, Default)]
pub struct StaticTokens {
    known: Vec<([u8; 32], Caller)>,
}

impl StaticTokens {
    /// No token at all: every request is refused.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Also this token, which stands for that tenant, whose client is of that profile. It may do everything.
    #[must_use]
    pub fn with(self, token: &str, tenant: TenantId, profile: Profile) -> Self {
        let credential = format!("static token {}", self.known.len() + 1);
        self.with_caller(token, Caller::new(tenant, credential).with_profile(profile))
    }

    /// Also this token, which stands for that caller.
    #[must_use]
    pub fn with_caller(mut self, token: &str, caller: Caller) -> Self {
        self.known.push((Sha256::digest(token.as_bytes()).into(), caller));
        self
    }
}

impl fmt::Debug for StaticTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StaticTokens({})", self.known.len())
    }
}

impl Authenticate for StaticTokens {
    fn authenticate<'a>(&'a self, token: &'a str) -> Boxed<'a, Result<Option<Caller>>> {
        let digest: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        // Every entry is compared, so that the time tells nothing about which one it was.
        let mut found = None;
        for (known, caller) in &self.known {
            if bool::from(known.ct_eq(&digest)) && !token.is_empty() {
                found = Some(caller.clone());
            }
        }
        Box::pin(std::future::ready(Ok(found)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    /// An authenticator whose database is away.
    struct Away;

    impl Authenticate for Away {
        fn authenticate<'a>(&'a self, _: &'a str) -> Boxed<'a, Result<Option<Caller>>> {
            Box::pin(std::future::ready(Err(Error::unavailable("the database is away"))))
        }

        fn schemes(&self) -> Vec<AuthenticationScheme> {
            vec![AuthenticationScheme { kind: "oauth2".into(), ..AuthenticationScheme::bearer_token() }]
        }
    }

    /// An authenticator that knows the token of somebody who may not come in.
    struct Barred;

    impl Authenticate for Barred {
        fn authenticate<'a>(&'a self, token: &'a str) -> Boxed<'a, Result<Option<Caller>>> {
            let barred = if token == "barred" { Err(Error::forbidden("the tenant is blocked: ask its owner")) } else { Ok(None) };
            Box::pin(std::future::ready(barred))
        }
    }

    #[tokio::test]
    async fn whom_one_bars_no_other_lets_in() {
        let tokens = |token| StaticTokens::new().with(token, TenantId::new("acme"), Profile::RFC);
        for all in [
            Authenticators::new().with(Barred).with(tokens("barred")),
            Authenticators::new().with(Away).with(Barred).with(tokens("barred")),
        ] {
            assert_eq!(all.authenticate("barred").await.expect_err("it is known and barred").status(), 403);
        }
        let all = Authenticators::new().with(Barred).with(tokens("other"));
        assert!(all.authenticate("other").await.expect("nobody fails").is_some());
    }

    #[tokio::test]
    async fn the_first_that_knows_a_token_tells_whose_it_is() {
        let tokens = |token, tenant| StaticTokens::new().with(token, TenantId::new(tenant), Profile::RFC);
        let both =
            Authenticators::new().with(tokens("both", "first")).with(Away).with(tokens("both", "second")).with(tokens("last", "third"));
        for (token, tenant) in [("both", "first"), ("last", "third")] {
            let caller = both.authenticate(token).await.expect("one of them knows it").expect("a caller");
            assert_eq!(caller.tenant, TenantId::new(tenant));
        }
        let error = both.authenticate("unknown").await.expect_err("one of them cannot tell");
        assert_eq!(error.status(), 503);
        assert!(Authenticators::new().authenticate("both").await.expect("nobody fails").is_none());
        let schemes: Vec<String> = both.schemes().into_iter().map(|scheme| scheme.kind).collect();
        assert_eq!(schemes, ["oauthbearertoken", "oauth2"], "each once, in order");
    }
}

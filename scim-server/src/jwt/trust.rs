//! Whose tokens are accepted, for which tenant, with which rights.

use std::collections::BTreeMap;
use std::sync::Arc;

use jsonwebtoken::{Algorithm, DecodingKey};

use super::token::Token;
use super::{KeySet, Rejected, Unaccepted};
use crate::{Boxed, Caller, Profile, Result, Rights, TenantId};

/// The parties of a token: who issued it, about whom, for whom (`iss`, `sub` and `aud` of RFC 7519 §4.1). Compared byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The issuer.
    pub issuer: String,
    /// The subject: the client, as its issuer calls it.
    pub subject: String,
    /// The audience: this server, as the issuer calls it.
    pub audience: String,
}

impl Identity {
    /// The parties of that issuer, subject and audience.
    #[must_use]
    pub fn new(issuer: impl Into<String>, subject: impl Into<String>, audience: impl Into<String>) -> Self {
        Self { issuer: issuer.into(), subject: subject.into(), audience: audience.into() }
    }
}

/// How tokens of a trust may be signed: always with a private key that the issuer keeps to itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SigningAlgorithm {
    /// RSA with SHA-256 (RFC 7518 §3.3), keys of 2048 bits and more.
    Rs256,
    /// ECDSA on P-256 with SHA-256 (RFC 7518 §3.4).
    Es256,
    /// Ed25519 (RFC 8037).
    EdDsa,
}

impl SigningAlgorithm {
    /// The name in a header.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    pub(super) fn algorithm(self) -> Algorithm {
        match self {
            Self::Rs256 => Algorithm::RS256,
            Self::Es256 => Algorithm::ES256,
            Self::EdDsa => Algorithm::EdDSA,
        }
    }
}

/// What the signatures of a trust are checked with.
#[derive(Debug, Clone)]
enum Keys {
    /// The issuer's published keys.
    Published { set: KeySet, algorithms: Vec<SigningAlgorithm> },
    /// The secret of this server's own issuer, for HS256.
    Own(Arc<DecodingKey>),
}

/// One issuer's tokens about one subject, accepted for one tenant.
///
/// By itself a trust gives no right: say which with [`Self::with_rights`] or, by the scopes of each token, [`Self::with_scope`].
#[derive(Debug, Clone)]
pub struct Trust {
    identity: Identity,
    keys: Keys,
    caller: Caller,
    scopes: BTreeMap<String, Rights>,
}

impl Trust {
    /// Tokens of these parties stand for that tenant; they are signed with RS256 by a key of that set.
    #[must_use]
    pub fn new(tenant: TenantId, identity: Identity, keys: &KeySet) -> Self {
        Self::with_keys(tenant, identity, Keys::Published { set: keys.clone(), algorithms: vec![SigningAlgorithm::Rs256] })
    }

    /// Tokens of this server's own issuer.
    pub(super) fn own(tenant: TenantId, identity: Identity, key: Arc<DecodingKey>) -> Self {
        Self::with_keys(tenant, identity, Keys::Own(key))
    }

    fn with_keys(tenant: TenantId, identity: Identity, keys: Keys) -> Self {
        let credential = format!("token of {} for {}", identity.issuer, identity.subject);
        Self { identity, keys, caller: Caller::new(tenant, credential).with_rights(Rights::none()), scopes: BTreeMap::new() }
    }

    /// Signed in one of these ways and no other. The tokens of a [`TokenIssuer`](super::TokenIssuer) are always signed with HS256.
    #[must_use]
    pub fn with_algorithms(mut self, allowed: impl IntoIterator<Item = SigningAlgorithm>) -> Self {
        if let Keys::Published { algorithms, .. } = &mut self.keys {
            *algorithms = allowed.into_iter().collect();
        }
        self
    }

    /// From a client of that profile.
    #[must_use]
    pub fn with_profile(self, profile: Profile) -> Self {
        Self { caller: self.caller.with_profile(profile), ..self }
    }

    /// Each of its tokens may do that, whatever its scopes.
    #[must_use]
    pub fn with_rights(self, rights: Rights) -> Self {
        Self { caller: self.caller.with_rights(rights), ..self }
    }

    /// A token that has this scope, in `scope`, `scp` or `roles`, may also do that.
    #[must_use]
    pub fn with_scope(mut self, scope: impl Into<String>, rights: Rights) -> Self {
        let given = self.scopes.entry(scope.into()).or_insert_with(Rights::none);
        *given = given.clone().and(&rights);
        self
    }

    /// The parties.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The caller of a token of these parties, at that second.
    pub(super) async fn accept(&self, token: &Token<'_>, now: u64) -> Result<Caller, Unaccepted> {
        let (algorithm, key) = self.key(token).await?;
        token.verify(&key, algorithm)?;
        token.check_time(now)?;
        let scopes = token.scopes()?;
        let given = scopes.iter().filter_map(|scope| self.scopes.get(*scope));
        let rights = given.fold(self.caller.rights.clone(), |rights, given| rights.and(given));
        Ok(self.caller.clone().with_rights(rights))
    }

    /// The key that the token names, and the algorithm that goes with it here.
    async fn key(&self, token: &Token<'_>) -> Result<(Algorithm, Arc<DecodingKey>), Unaccepted> {
        let named = token.algorithm()?;
        match &self.keys {
            Keys::Own(_) if named != "HS256" => Err(Rejected("it is not signed with HS256").into()),
            // The secret may sign other things of the application too: only what says that it is an access token is one.
            Keys::Own(_) if !token.is_access_token() => Err(Rejected("its type is not that of an access token").into()),
            Keys::Own(key) => Ok((Algorithm::HS256, key.clone())),
            Keys::Published { set, algorithms } => {
                let algorithm = algorithms.iter().find(|algorithm| algorithm.name() == named);
                let algorithm = algorithm.ok_or(Rejected("its algorithm is not one of the trust's"))?;
                let key = set.key(token.key_id()?, *algorithm).await?;
                Ok((algorithm.algorithm(), key.ok_or(Rejected("its key is not in the key set"))?))
            }
        }
    }
}

/// The port to the trusts of an application. It is asked with every request, so that a trust that was taken back is refused at once.
pub trait Trusts: Send + Sync + 'static {
    /// The trust in these parties, if there is one and it is not switched off.
    ///
    /// # Errors
    /// Fails if the trusts cannot be looked up at the moment.
    fn of<'a>(&'a self, identity: &'a Identity) -> Boxed<'a, Result<Option<Trust>>>;
}

/// A fixed list of trusts.
impl Trusts for Vec<Trust> {
    fn of<'a>(&'a self, identity: &'a Identity) -> Boxed<'a, Result<Option<Trust>>> {
        let found = self.iter().find(|trust| trust.identity == *identity).cloned();
        Box::pin(std::future::ready(Ok(found)))
    }
}

//! Which tenant a secret token stands for. The token alone decides: no URL and no header names a tenant (T02).

use std::fmt;

use scim_server::{Authenticate, Boxed, Caller, Error, Profile, Result, TenantId};
use sea_orm::DatabaseConnection;

use crate::database::now;
use crate::domain::token;

/// The tokens of all tenants. Nothing is cached: one that is revoked is refused at once.
pub struct TribeTokens {
    database: DatabaseConnection,
}

impl TribeTokens {
    /// The tokens in that database.
    pub fn new(database: DatabaseConnection) -> Self {
        Self { database }
    }
}

impl fmt::Debug for TribeTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TribeTokens").finish_non_exhaustive()
    }
}

impl Authenticate for TribeTokens {
    fn authenticate<'a>(&'a self, token: &'a str) -> Boxed<'a, Result<Option<Caller>>> {
        Box::pin(async move {
            let at = now();
            let Some(found) = token::verify(&self.database, token, at).await.map_err(Error::unavailable)? else { return Ok(None) };
            // The last use is for people: a request does not fail because of it.
            if let Err(error) = token::used(&self.database, &found, at).await {
                tracing::warn!(%error, "the last use of a token was not kept");
            }
            Ok(Some(Caller::new(TenantId::new(found.tenant), found.label).with_profile(Profile::ENTRA)))
        })
    }
}

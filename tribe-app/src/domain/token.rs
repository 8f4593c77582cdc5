//! Secret tokens (T17): `tribe_`, the tenant, 256 random bits, a checksum. Shown once, stored as a digest.

use std::fmt;

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::database::token::{Column, Entity, Model};
use crate::database::{begin, digest, now, token};
use crate::domain::link::{self, Switch};
use crate::domain::{Refusal, visible_text};

/// By this beginning a token is recognised, in a log or in a repository where it does not belong.
const PREFIX: &str = "tribe_";

/// A token lives twelve months.
const LIFE: i64 = 365 * 24 * 60 * 60 * 1_000_000;

/// The last use is kept to the minute: one write a minute, not one a request.
const PRECISION: i64 = 60 * 1_000_000;

/// A new token. Its `Debug` does not show the secret.
pub struct Issued {
    /// What is kept of it.
    pub token: Model,
    /// The secret, to be shown once.
    pub secret: String,
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued").field("token", &self.token).finish_non_exhaustive()
    }
}

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It lets its bearer in while the link is on.
    Active,
    /// Its time is over.
    Expired,
    /// An administrator took it back.
    Revoked,
}

impl State {
    /// The word for people and for JSON.
    pub fn name(self) -> &'static str {
        match self {
            State::Active => "active",
            State::Expired => "expired",
            State::Revoked => "revoked",
        }
    }
}

impl Model {
    /// What the token is good for at that instant.
    pub fn state(&self, at: i64) -> State {
        match self.revoked {
            Some(_) => State::Revoked,
            None if self.expires <= at => State::Expired,
            None => State::Active,
        }
    }
}

/// Issues a token and switches the link on. Older tokens stay, so that Azure can be moved to the new one without a gap.
///
/// # Errors
/// [`Refusal::BadText`], [`Refusal::NoRandomness`]
pub async fn issue(database: &DatabaseConnection, tenant: &str, label: &str) -> Result<Issued, Refusal> {
    let label = visible_text("a label", label, 64)?;
    let secret = make(tenant)?;
    let created = now();
    let new = token::ActiveModel {
        tenant: Set(tenant.to_owned()),
        id: Set(Uuid::new_v4().to_string()),
        digest: Set(digest(&secret)),
        label: Set(label),
        created: Set(created),
        expires: Set(created + LIFE),
        last_used: Set(None),
        revoked: Set(None),
    };
    let transaction = begin(database).await?;
    let token = new.insert(&transaction).await?;
    link::switch(&transaction, tenant, Switch::On).await?;
    transaction.commit().await?;
    Ok(Issued { token, secret })
}

/// The tokens of a tenant, oldest first.
///
/// # Errors
/// If the database fails.
pub async fn list<C: ConnectionTrait>(database: &C, tenant: &str) -> Result<Vec<Model>, Refusal> {
    Ok(Entity::find().filter(Column::Tenant.eq(tenant)).order_by_asc(Column::Created).order_by_asc(Column::Id).all(database).await?)
}

/// Takes a token back; the next request with it is refused.
///
/// # Errors
/// [`Refusal::NoToken`] if there is none of that id that lets somebody in.
pub async fn revoke<C: ConnectionTrait>(database: &C, tenant: &str, id: &str) -> Result<(), Refusal> {
    let changed = Entity::update_many()
        .col_expr(Column::Revoked, Expr::value(now()))
        .filter(Column::Tenant.eq(tenant))
        .filter(Column::Id.eq(id))
        .filter(Column::Revoked.is_null())
        .exec(database)
        .await?;
    if changed.rows_affected == 0 { Err(Refusal::NoToken(id.to_owned())) } else { Ok(()) }
}

/// The token that this text is, if it lets its bearer in at that instant: known, not expired, not revoked, its link on.
///
/// # Errors
/// If the database fails.
pub async fn verify<C: ConnectionTrait>(database: &C, secret: &str, at: i64) -> Result<Option<Model>, Refusal> {
    // A mistyped token costs no statement.
    let Some(tenant) = tenant_of(secret) else { return Ok(None) };
    let digest = digest(secret);
    let found = Entity::find().filter(Column::Tenant.eq(tenant)).filter(Column::Digest.eq(digest.clone())).one(database).await?;
    let Some(token) = found.filter(|token| bool::from(token.digest.ct_eq(&digest)) && token.state(at) == State::Active) else {
        return Ok(None);
    };
    Ok(link::is_on(database, &token.tenant).await?.then_some(token))
}

/// Remembers that the token was used.
///
/// # Errors
/// If the database fails.
pub async fn used<C: ConnectionTrait>(database: &C, token: &Model, at: i64) -> Result<(), Refusal> {
    if token.last_used.is_some_and(|last| last > at - PRECISION) {
        return Ok(());
    }
    let older = Condition::any().add(Column::LastUsed.is_null()).add(Column::LastUsed.lt(at));
    Entity::update_many()
        .col_expr(Column::LastUsed, Expr::value(at))
        .filter(Column::Tenant.eq(&token.tenant))
        .filter(Column::Id.eq(&token.id))
        .filter(older)
        .exec(database)
        .await?;
    Ok(())
}

/// A new secret for that tenant.
fn make(tenant: &str) -> Result<String, Refusal> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| Refusal::NoRandomness(error.to_string()))?;
    let body = format!("{PREFIX}{}_{}", tenant.replace('-', ""), hex(&random));
    Ok(format!("{body}_{}", checksum(&body)))
}

/// The tenant that a well-formed token names; nothing if a character is wrong or missing.
fn tenant_of(secret: &str) -> Option<String> {
    let (body, sum) = secret.rsplit_once('_')?;
    let (tenant, random) = body.strip_prefix(PREFIX)?.split_once('_')?;
    let whole = random.len() == 64 && sum == checksum(body);
    Uuid::try_parse(tenant).ok().filter(|_| whole).map(|tenant| tenant.to_string())
}

fn checksum(body: &str) -> String {
    hex(&digest(body)[..4])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC: 7644-7.4-01
    #[test]
    fn a_token_names_its_tenant_and_no_two_are_alike() {
        let tenant = Uuid::new_v4().to_string();
        let (one, other) = (make(&tenant).unwrap(), make(&tenant).unwrap());
        assert_eq!(tenant_of(&one), Some(tenant));
        assert_ne!(one, other);
        assert!(one.starts_with(PREFIX));
        assert_eq!(one.split('_').rev().nth(1).map(str::len), Some(64), "256 bits of randomness");
    }

    #[test]
    fn a_mistyped_token_is_recognised_without_the_database() {
        let good = make(&Uuid::new_v4().to_string()).unwrap();
        for place in 0..good.len() {
            let mut wrong = good.clone().into_bytes();
            wrong[place] = if wrong[place] == b'0' { b'1' } else { b'0' };
            assert_eq!(tenant_of(std::str::from_utf8(&wrong).unwrap()), None, "character {place}");
        }
        for wrong in ["", "tribe_", "tribe__", "tribe___", &good[1..], &good[..good.len() - 1]] {
            assert_eq!(tenant_of(wrong), None, "{wrong}");
        }
    }
}

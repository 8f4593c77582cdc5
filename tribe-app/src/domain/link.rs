//! The link of a tenant: whether its Azure may come in. Switching it changes no employee (T37).

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};

use crate::database::{azure_user, drift, link, now};
use crate::domain::conflict::{self, Conflict};
use crate::domain::{Refusal, token};

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// Azure may come in.
    On,
    /// Every token of the tenant is refused.
    Off,
}

/// Switches the link.
///
/// # Errors
/// If the database fails.
pub async fn switch<C: ConnectionTrait>(database: &C, tenant: &str, to: Switch) -> Result<(), Refusal> {
    link::Entity::update_many()
        .col_expr(link::Column::Active, Expr::value(to == Switch::On))
        .col_expr(link::Column::Changed, Expr::value(now()))
        .filter(link::Column::Tenant.eq(tenant))
        .exec(database)
        .await?;
    Ok(())
}

/// Whether the link is on.
///
/// # Errors
/// If the database fails.
pub async fn is_on<C: ConnectionTrait>(database: &C, tenant: &str) -> Result<bool, Refusal> {
    Ok(link::Entity::find_by_id(tenant).one(database).await?.is_some_and(|link| link.active))
}

/// How a link stands.
#[derive(Debug, Clone)]
pub struct Status {
    /// Whether it is on.
    pub active: bool,
    /// The tokens that let somebody in now.
    pub tokens: usize,
    /// The employees that are bound to an Azure user.
    pub linked: u64,
    /// The differences that wait for an administrator.
    pub drift: u64,
    /// The Azure users that were refused.
    pub conflicts: Vec<Conflict>,
}

/// How the link of a tenant stands.
///
/// # Errors
/// If the database fails.
pub async fn status<C: ConnectionTrait>(database: &C, tenant: &str) -> Result<Status, Refusal> {
    let linked = azure_user::Entity::find()
        .filter(azure_user::Column::Tenant.eq(tenant))
        .filter(azure_user::Column::Unlinked.eq(azure_user::LINKED))
        .count(database)
        .await?;
    Ok(Status {
        active: is_on(database, tenant).await?,
        tokens: token::list(database, tenant).await?.iter().filter(|token| token.state(now()) == token::State::Active).count(),
        linked,
        drift: drift::Entity::find().filter(drift::Column::Tenant.eq(tenant)).count(database).await?,
        conflicts: conflict::list(database, tenant).await?,
    })
}

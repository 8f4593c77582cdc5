//! Whether an account may sign in, and what its employee may do then. Every way of signing in asks here first.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::database::role;
use crate::domain::Refusal;
use crate::domain::employee::{by_id, by_username, is_blocked};

/// What the check of an account says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountCheck {
    /// The employee may sign in with these roles. Without one it sees that it has no permissions yet (P8).
    Allowed {
        /// The employee's id.
        employee: String,
        /// The roles that administrators have given.
        roles: Vec<String>,
    },
    /// A block stands (P6, P7). Nothing is said to the person who tries.
    Blocked,
    /// The tenant has no such account.
    Unknown,
}

/// Checks the account with that username.
///
/// # Errors
/// If the database fails: then nobody signs in.
pub async fn check_account<C: ConnectionTrait>(database: &C, tenant: &str, username: &str) -> Result<AccountCheck, Refusal> {
    let Some(account) = by_username(database, tenant, username).await? else { return Ok(AccountCheck::Unknown) };
    let Some(record) = by_id(database, tenant, &account.employee).await? else { return Ok(AccountCheck::Unknown) };
    if is_blocked(&record) {
        return Ok(AccountCheck::Blocked);
    }
    let rows = role::Entity::find()
        .filter(role::Column::Tenant.eq(tenant))
        .filter(role::Column::Employee.eq(&record.id))
        .order_by_asc(role::Column::Role)
        .all(database)
        .await?;
    Ok(AccountCheck::Allowed { employee: record.id, roles: rows.into_iter().map(|row| row.role).collect() })
}

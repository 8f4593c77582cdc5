//! Drift (P5): e-mail address and username are not changed by Azure; the difference waits for an administrator.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use serde::Serialize;

use crate::database::drift::{ActiveModel, Column, Entity};
use crate::database::{key, now};

/// The state of a difference that nobody has decided on.
const PENDING: &str = "pending";

/// One difference between Azure and Tribe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// `email` or `username`.
    pub field: String,
    /// What Azure says.
    pub azure: String,
    /// What Tribe has.
    pub tribe: String,
    /// `pending`.
    pub state: String,
}

/// The fields that can drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guarded {
    /// The employee's e-mail address.
    Email,
    /// The account's username.
    Username,
}

impl Guarded {
    /// The name in rows and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Guarded::Email => "email",
            Guarded::Username => "username",
        }
    }
}

/// Notes whether Azure's value differs from Tribe's. The row goes when both say the same, and when Azure says nothing.
///
/// # Errors
/// If the database fails.
pub async fn note<C: ConnectionTrait>(
    database: &C,
    tenant: &str,
    employee: &str,
    field: Guarded,
    azure: Option<&str>,
    tribe: &str,
) -> Result<(), DbErr> {
    let Some(azure) = azure.filter(|azure| key(azure) != key(tribe)) else {
        Entity::delete_many()
            .filter(Column::Tenant.eq(tenant))
            .filter(Column::Employee.eq(employee))
            .filter(Column::Field.eq(field.name()))
            .exec(database)
            .await?;
        return Ok(());
    };
    let row = ActiveModel {
        tenant: Set(tenant.to_owned()),
        employee: Set(employee.to_owned()),
        field: Set(field.name().to_owned()),
        azure: Set(azure.to_owned()),
        state: Set(PENDING.to_owned()),
        since: Set(now()),
    };
    let again =
        OnConflict::columns([Column::Tenant, Column::Employee, Column::Field]).update_columns([Column::Azure, Column::State]).to_owned();
    Entity::insert(row).on_conflict(again).exec_without_returning(database).await?;
    Ok(())
}

/// Forgets the differences of an employee: Azure does not speak of it any more.
///
/// # Errors
/// If the database fails.
pub async fn forget<C: ConnectionTrait>(database: &C, tenant: &str, employee: &str) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::Tenant.eq(tenant)).filter(Column::Employee.eq(employee)).exec(database).await?;
    Ok(())
}

//! Conflicts (B7): an Azure user that cannot be taken in because an employee stands in its way. The administrator sees both.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;

use crate::database::conflict::{ActiveModel, Column, Entity, Model};
use crate::database::{digest, key, now};
use crate::domain::Refusal;
use crate::domain::azure::AzureUser;
use crate::domain::drift::Guarded;

/// A refused Azure user and the employee in its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Conflict {
    /// The id of the employee.
    pub employee: String,
    /// Which field collides: `email` or `username`.
    pub field: String,
    /// The Azure user's `userName`.
    pub user_name: String,
    /// Its `externalId`.
    pub external_id: Option<String>,
    /// Its e-mail address.
    pub email: Option<String>,
    /// The id of its SCIM resource, if it was an older user that changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
}

impl Conflict {
    /// That Azure user and that employee collide in that field.
    pub fn new(azure: &AzureUser, resource: Option<&str>, employee: &str, field: Guarded) -> Self {
        Self {
            employee: employee.to_owned(),
            field: field.name().to_owned(),
            user_name: azure.user_name.clone(),
            external_id: azure.external_id.clone(),
            email: azure.email.clone(),
            resource: resource.map(str::to_owned),
        }
    }
}

/// Records a conflict; one that is known already moves to the present.
///
/// # Errors
/// If the database fails.
pub async fn record<C: ConnectionTrait>(database: &C, tenant: &str, conflict: Conflict) -> Result<(), DbErr> {
    let row = ActiveModel {
        tenant: Set(tenant.to_owned()),
        employee: Set(conflict.employee),
        user_name_key: Set(name_key(&conflict.user_name)),
        user_name: Set(conflict.user_name),
        external_id_key: Set(conflict.external_id.as_ref().map(digest)),
        external_id: Set(conflict.external_id),
        email: Set(conflict.email),
        resource: Set(conflict.resource),
        field: Set(conflict.field),
        last: Set(now()),
    };
    let again = OnConflict::columns([Column::Tenant, Column::Employee, Column::UserNameKey])
        .update_columns([
            Column::UserName,
            Column::ExternalIdKey,
            Column::ExternalId,
            Column::Email,
            Column::Resource,
            Column::Field,
            Column::Last,
        ])
        .to_owned();
    Entity::insert(row).on_conflict(again).exec_without_returning(database).await?;
    Ok(())
}

/// Forgets the conflicts of an Azure user that was taken in after all: known by its name or its `externalId`.
///
/// # Errors
/// If the database fails.
pub async fn resolve<C: ConnectionTrait>(database: &C, tenant: &str, azure: &AzureUser) -> Result<(), DbErr> {
    let mut same = Condition::any().add(Column::UserNameKey.eq(name_key(&azure.user_name)));
    if let Some(external_id) = &azure.external_id {
        same = same.add(Column::ExternalIdKey.eq(digest(external_id)));
    }
    Entity::delete_many().filter(Column::Tenant.eq(tenant)).filter(same).exec(database).await?;
    Ok(())
}

/// Forgets the conflicts of a SCIM resource: it has changed after all, or is gone.
///
/// # Errors
/// If the database fails.
pub async fn forget<C: ConnectionTrait>(database: &C, tenant: &str, resource: &str) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::Tenant.eq(tenant)).filter(Column::Resource.eq(resource)).exec(database).await?;
    Ok(())
}

/// The conflicts of a tenant, the latest first.
///
/// # Errors
/// If the database fails.
pub async fn list<C: ConnectionTrait>(database: &C, tenant: &str) -> Result<Vec<Conflict>, Refusal> {
    let rows = Entity::find().filter(Column::Tenant.eq(tenant)).order_by_desc(Column::Last).all(database).await?;
    Ok(rows.into_iter().map(Conflict::from).collect())
}

impl From<Model> for Conflict {
    fn from(row: Model) -> Self {
        Self {
            employee: row.employee,
            field: row.field,
            user_name: row.user_name,
            external_id: row.external_id,
            email: row.email,
            resource: row.resource,
        }
    }
}

/// A refused `userName` may be long.
fn name_key(user_name: &str) -> Vec<u8> {
    digest(key(user_name))
}

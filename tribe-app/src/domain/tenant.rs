//! Tenants: the customers of Tribe.

use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::database::{begin, is_taken, key, link, now, tenant};
use crate::domain::{Refusal, visible_text};

pub use crate::database::tenant::Model as Tenant;

/// Makes a tenant, whose link is off.
///
/// # Errors
/// [`Refusal::TenantExists`], [`Refusal::BadText`]
pub async fn create(database: &DatabaseConnection, name: &str) -> Result<Tenant, Refusal> {
    let name = visible_text("a tenant's name", name, 64)?;
    let transaction = begin(database).await?;
    let new = tenant::ActiveModel {
        id: Set(Uuid::new_v4().to_string()),
        name_key: Set(key(&name)),
        name: Set(name.clone()),
        created: Set(now()),
    };
    let made = match new.insert(&transaction).await {
        Err(error) if is_taken(&error) => return Err(Refusal::TenantExists(name)),
        made => made?,
    };
    let off = link::ActiveModel { tenant: Set(made.id.clone()), active: Set(false), changed: Set(now()) };
    link::Entity::insert(off).exec_without_returning(&transaction).await?;
    transaction.commit().await?;
    Ok(made)
}

/// The tenant of that name.
///
/// # Errors
/// [`Refusal::NoTenant`]
pub async fn by_name<C: ConnectionTrait>(database: &C, name: &str) -> Result<Tenant, Refusal> {
    let found = tenant::Entity::find().filter(tenant::Column::NameKey.eq(key(name))).one(database).await?;
    found.ok_or_else(|| Refusal::NoTenant(name.to_owned()))
}

/// All tenants by name.
///
/// # Errors
/// If the database fails.
pub async fn list<C: ConnectionTrait>(database: &C) -> Result<Vec<Tenant>, Refusal> {
    Ok(tenant::Entity::find().order_by_asc(tenant::Column::NameKey).all(database).await?)
}

/// Whether there is no tenant at all.
///
/// # Errors
/// If the database fails.
pub async fn is_none<C: ConnectionTrait>(database: &C) -> Result<bool, Refusal> {
    Ok(tenant::Entity::find().count(database).await? == 0)
}

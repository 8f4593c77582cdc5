//! The statements behind the rules.

use scim_sea_orm::Stop;
use scim_server::store::Document;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

use crate::database::azure_user::{ActiveModel, Column, Entity, LINKED};
use crate::database::{account, digest, employee, is_taken, now};
use crate::domain::azure::display_name;
use crate::domain::field::Field;

/// Somebody else took the address, the username or the employee between our look and our write: decide again.
pub(super) fn lost_a_race(stop: Stop) -> Stop {
    match stop {
        Stop::Database(error) if is_taken(&error) => Stop::Again,
        other => other,
    }
}

/// Links a SCIM user and an employee.
pub(super) async fn link<C: ConnectionTrait>(
    database: &C,
    tenant: &str,
    resource: &str,
    employee: &str,
    external_id: Option<&str>,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        tenant: Set(tenant.to_owned()),
        resource: Set(resource.to_owned()),
        employee: Set(employee.to_owned()),
        external_id: Set(external_id.map(str::to_owned)),
        external_id_key: Set(external_id.map(digest)),
        linked: Set(now()),
        unlinked: Set(LINKED),
    };
    Entity::insert(row).exec_without_returning(database).await?;
    Ok(())
}

/// Ends the link of a SCIM user.
pub(super) async fn unlink<C: ConnectionTrait>(database: &C, tenant: &str, resource: &str) -> Result<(), DbErr> {
    let of_user = Entity::update_many().filter(Column::Tenant.eq(tenant)).filter(Column::Resource.eq(resource));
    of_user.col_expr(Column::Unlinked, Expr::value(now())).exec(database).await?;
    Ok(())
}

/// Notes another `externalId` of a SCIM user.
pub(super) async fn rename<C: ConnectionTrait>(database: &C, tenant: &str, resource: &str, external_id: Option<&str>) -> Result<(), DbErr> {
    let of_user = Entity::update_many().filter(Column::Tenant.eq(tenant)).filter(Column::Resource.eq(resource));
    of_user
        .col_expr(Column::ExternalId, Expr::value(external_id.map(str::to_owned)))
        .col_expr(Column::ExternalIdKey, Expr::value(external_id.map(digest)))
        .exec(database)
        .await?;
    Ok(())
}

/// The employee that a SCIM user is linked to.
pub(super) async fn employee_of<C: ConnectionTrait>(database: &C, tenant: &str, resource: &str) -> Result<Option<String>, DbErr> {
    let link = Entity::find_by_id((tenant.to_owned(), resource.to_owned())).one(database).await?;
    Ok(link.map(|link| link.employee))
}

/// The employees whose former Azure user had that `externalId`, the latest first.
pub(super) async fn formerly<C: ConnectionTrait>(database: &C, tenant: &str, external_id: &str) -> Result<Vec<String>, DbErr> {
    let links = Entity::find()
        .filter(Column::Tenant.eq(tenant))
        .filter(Column::ExternalIdKey.eq(digest(external_id)))
        .filter(Column::Unlinked.ne(LINKED))
        .order_by_desc(Column::Unlinked)
        .all(database)
        .await?;
    Ok(links.into_iter().map(|link| link.employee).collect())
}

/// Whether an employee is bound to an Azure user now.
pub(super) async fn is_linked<C: ConnectionTrait>(database: &C, tenant: &str, employee: &str) -> Result<bool, DbErr> {
    let live = Entity::find()
        .filter(Column::Tenant.eq(tenant))
        .filter(Column::Employee.eq(employee))
        .filter(Column::Unlinked.eq(LINKED))
        .one(database)
        .await?;
    Ok(live.is_some())
}

/// The username of an employee.
pub(super) async fn username<C: ConnectionTrait>(database: &C, tenant: &str, employee: &str) -> Result<String, DbErr> {
    let account = account::Entity::find_by_id((tenant.to_owned(), employee.to_owned())).one(database).await?;
    Ok(account.map(|account| account.username).unwrap_or_default())
}

/// Writes the fields that follow Azure (P4). What Azure never sent stays; what it took away goes, but for the name.
pub(super) async fn follow<C: ConnectionTrait>(
    database: &C,
    record: &employee::Model,
    before: &Document,
    after: &Document,
) -> Result<(), DbErr> {
    let mut update = employee::Entity::update_many()
        .filter(employee::Column::Tenant.eq(&record.tenant))
        .filter(employee::Column::Id.eq(&record.id))
        .col_expr(employee::Column::Changed, Expr::value(now()));
    if let Some(name) = display_name(after) {
        update = update.col_expr(employee::Column::DisplayName, Expr::value(name));
    }
    for field in Field::ALL {
        let (was, is) = ((field.read)(before), (field.read)(after));
        if was.is_some() || is.is_some() {
            update = update.col_expr(field.entity, Expr::value(is));
        }
    }
    update.exec(database).await?;
    Ok(())
}

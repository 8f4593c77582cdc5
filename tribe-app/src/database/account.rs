//! User accounts: the sign-in that belongs to an employee.

use sea_orm::entity::prelude::*;

/// One account. It has no password yet; one that comes over SCIM is never kept (T03).
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tribe_account")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub employee: String,
    pub username: String,
    pub username_key: Vec<u8>,
    pub created: i64,
}

/// No relations: rows are joined by their keys.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! Roles: what an employee may do. Only administrators of Tribe give and take them.

use sea_orm::entity::prelude::*;

/// One role of one employee.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tribe_role")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub employee: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub role: String,
}

/// No relations: rows are joined by their keys.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

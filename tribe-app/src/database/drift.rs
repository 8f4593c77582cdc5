//! Drift: what Azure says and Tribe does not follow by itself (P5).

use sea_orm::entity::prelude::*;

/// One field of one employee that differs.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tribe_drift")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub employee: String,
    /// `email` or `username`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub field: String,
    /// What Azure says. What Tribe has stands in the employee.
    pub azure: String,
    /// `pending`.
    pub state: String,
    pub since: i64,
}

/// No relations: rows are joined by their keys.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

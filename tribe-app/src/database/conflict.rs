//! Conflicts: Azure users that were refused because of an employee (B7).

use sea_orm::entity::prelude::*;

/// One refused Azure user and the employee that stands in its way.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tribe_conflict")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub employee: String,
    /// The key of `user_name`: a repeated request does not repeat the row.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_name_key: Vec<u8>,
    pub user_name: String,
    pub external_id: Option<String>,
    /// The digest of `external_id`, by which it is found.
    pub external_id_key: Option<Vec<u8>>,
    pub email: Option<String>,
    /// The id of the SCIM resource, if it was an older user that changed.
    pub resource: Option<String>,
    /// Which field collides: `email` or `username`.
    pub field: String,
    /// When it happened last.
    pub last: i64,
}

/// No relations: rows are joined by their keys.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

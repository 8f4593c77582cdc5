//! Tenants: the customers of Tribe.

use sea_orm::entity::prelude::*;

/// One customer organisation.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tribe_tenant")]
pub struct Model {
    /// Random; it stands in the tenant's tokens and names the tenant to the SCIM store.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub name: String,
    pub name_key: Vec<u8>,
    pub created: i64,
}

/// No relations: rows are joined by their keys.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

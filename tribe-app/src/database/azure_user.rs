//! Azure users: which SCIM resource is, or was, linked to which employee.

use sea_orm::entity::prelude::*;

/// One link of a SCIM resource and an employee. Former ones stay, so that each can be told and a rehire is recognised (T03, B6).
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tribe_azure_user")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant: String,
    /// The id of the SCIM resource, which is never used again.
    #[sea_orm(primary_key, auto_increment = false)]
    pub resource: String,
    pub employee: String,
    pub external_id: Option<String>,
    /// The digest of `external_id`, by which it is found.
    pub external_id_key: Option<Vec<u8>>,
    pub linked: i64,
    /// When the user was deleted in Azure; [`LINKED`] until then. An employee has one live link: a unique key holds it.
    pub unlinked: i64,
}

/// No relations: rows are joined by their keys.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The value of `unlinked` while the link stands.
pub const LINKED: i64 = 0;

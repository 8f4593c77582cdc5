//! The application's own table, which was there before SCIM.

use sea_orm::entity::prelude::*;

/// A user of one of the application's customers.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub number: i64,
    pub company: String,
    pub id: String,
    pub login: String,
    /// The login as it is compared, so that `Ana` and `ana` are one.
    pub login_key: String,
    pub external_id: Option<String>,
    pub name: Option<String>,
    pub title: Option<String>,
    pub mail: Option<String>,
    pub active: Option<bool>,
    pub revision: i64,
    pub created: i64,
    pub modified: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! Tribe, a CRM whose customers manage their people in Azure AD: the program's parts, for its commands and its tests.
//!
//! Start at [`provisioning`]: the page that says what Tribe does when Azure creates, changes, blocks or deletes a user.

pub mod authentication;
pub mod database;
pub mod domain;
pub mod provisioning;
pub mod serve;

use std::sync::Arc;

use scim_sea_orm::{ConnectError, Options, SqlStores, migrate};
use scim_server::{Registry, RegistryError, ResourceTypeDeclaration, ScimServer};
use sea_orm::{DatabaseConnection, DbErr};

use authentication::TribeTokens;
use database::migration::Migrator;
use provisioning::{Conflicts, Provisioning, TribeStores};

/// Where the SCIM endpoints stand below the address of Tribe.
pub const BASE_PATH: &str = "/scim/v2";

/// What Azure reads in its log when it sends a group (P9).
const NO_GROUPS: &str = "Tribe has no groups as Azure has them: set the mapping *Provision Azure Active Directory Groups* to No. Assign the \
                         group under *Users and groups* all the same: its members are then provisioned as users";

/// Tribe on its database.
#[derive(Debug, Clone)]
pub struct Tribe {
    registry: Arc<Registry>,
    database: DatabaseConnection,
    stores: TribeStores,
}

/// Why Tribe cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The SCIM store cannot use the database.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The tables of Tribe cannot be made.
    #[error("the tables of Tribe cannot be made: {0}")]
    Migration(#[from] DbErr),
    /// The resource types do not fit together.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl Tribe {
    /// Opens the database and makes or updates its tables.
    ///
    /// # Errors
    /// Any [`OpenError`].
    pub async fn open(database_url: &str) -> Result<Self, OpenError> {
        // P9: users only.
        let registry = Arc::new(Registry::new(Vec::new(), vec![ResourceTypeDeclaration::user()])?);
        let conflicts = Conflicts::default();
        let stores = SqlStores::connect(&Options::new(database_url), registry.clone()).await?;
        let database = stores.database().clone();
        migrate::<Migrator>(&database).await?;
        let stores = stores.with_hook(Provisioning::new(conflicts.clone()));
        Ok(Self { registry, database, stores: TribeStores::new(stores, conflicts) })
    }

    /// The database, for what is done beside SCIM.
    pub fn database(&self) -> &DatabaseConnection {
        &self.database
    }

    /// The SCIM server of all tenants, whose tenant URL is `tenant_url`.
    pub fn scim(&self, tenant_url: &str) -> ScimServer<TribeStores> {
        ScimServer::new(self.registry.clone(), self.stores.clone(), TribeTokens::new(self.database.clone()))
            .with_public_url(tenant_url)
            .with_absent_endpoint("/Groups", NO_GROUPS)
    }
}

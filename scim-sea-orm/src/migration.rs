//! The tables, made step by step: one statement each, and each may be repeated.

use sea_orm_migration::prelude::*;

use crate::table::{link, resource, setting, tenant, value};

/// The migrations of this crate. They keep their own record, so an application may have its own beside them.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(Tenants),
            Box::new(Settings),
            Box::new(Resources),
            Box::new(ResourceIds),
            Box::new(ResourceTimes),
            Box::new(Values),
            Box::new(Links),
            Box::new(LinkTargets),
        ]
    }

    fn migration_table_name() -> DynIden {
        "scim_migration".into_iden()
    }
}

macro_rules! step {
    ($step:ident, $name:literal, $manager:ident => $statement:expr) => {
        struct $step;

        impl MigrationName for $step {
            fn name(&self) -> &str {
                $name
            }
        }

        #[async_trait::async_trait]
        impl MigrationTrait for $step {
            async fn up(&self, $manager: &SchemaManager) -> Result<(), DbErr> {
                $statement.await
            }
        }
    };
}

fn number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

step!(Tenants, "0001_tenants", manager => manager.create_table(
    Table::create()
        .table(tenant::TABLE)
        .if_not_exists()
        .col(number(tenant::NUMBER).primary_key())
        .col(ColumnDef::new(tenant::NAME).text().not_null())
        .to_owned()
));

step!(Settings, "0002_settings", manager => manager.create_table(
    Table::create()
        .table(setting::TABLE)
        .if_not_exists()
        .col(ColumnDef::new(setting::NAME).string_len(64).not_null().primary_key())
        .col(ColumnDef::new(setting::VALUE).text().not_null())
        .to_owned()
));

step!(Resources, "0003_resources", manager => manager.create_table(
    Table::create()
        .table(resource::TABLE)
        .if_not_exists()
        .col(number(resource::TENANT))
        .col(number(resource::TYPE))
        .col(number(resource::KEY))
        .col(ColumnDef::new(resource::ID).string_len(64).not_null())
        .col(number(resource::VERSION))
        .col(number(resource::CREATED))
        .col(number(resource::MODIFIED))
        .col(ColumnDef::new(resource::DISPLAY).text())
        .col(ColumnDef::new(resource::DOCUMENT).text().not_null())
        .primary_key(Index::create().col(resource::TENANT).col(resource::TYPE).col(resource::KEY))
        .to_owned()
));

step!(ResourceIds, "0004_resource_ids", manager => manager.create_index(
    Index::create()
        .name("scim_resource_id")
        .if_not_exists()
        .table(resource::TABLE)
        .col(resource::TENANT)
        .col(resource::ID)
        .unique()
        .to_owned()
));

step!(ResourceTimes, "0005_resource_times", manager => manager.create_index(
    Index::create()
        .name("scim_resource_modified")
        .if_not_exists()
        .table(resource::TABLE)
        .col(resource::TENANT)
        .col(resource::TYPE)
        .col(resource::MODIFIED)
        .col(resource::KEY)
        .to_owned()
));

step!(Values, "0006_values", manager => manager.create_table(
    Table::create()
        .table(value::TABLE)
        .if_not_exists()
        .col(number(value::TENANT))
        .col(number(value::ATTRIBUTE))
        .col(ColumnDef::new(value::VALUE).var_binary(crate::index::MAX_VALUE).not_null())
        .col(number(value::SLOT))
        .col(number(value::ELEMENT))
        .col(number(value::KEY))
        .primary_key(
            Index::create().col(value::TENANT).col(value::ATTRIBUTE).col(value::VALUE).col(value::SLOT).col(value::ELEMENT),
        )
        .extra("WITHOUT ROWID")
        .to_owned()
));

step!(Links, "0007_links", manager => manager.create_table(
    Table::create()
        .table(link::TABLE)
        .if_not_exists()
        .col(number(link::TENANT))
        .col(number(link::ATTRIBUTE))
        .col(number(link::OWNER))
        .col(ColumnDef::new(link::VALUE).string_len(255).not_null())
        .col(ColumnDef::new(link::COMPARED).string_len(255).not_null())
        .col(ColumnDef::new(link::ITEM).text())
        .primary_key(Index::create().col(link::TENANT).col(link::ATTRIBUTE).col(link::OWNER).col(link::VALUE))
        .extra("WITHOUT ROWID")
        .to_owned()
));

step!(LinkTargets, "0008_link_targets", manager => manager.create_index(
    Index::create()
        .name("scim_link_value")
        .if_not_exists()
        .table(link::TABLE)
        .col(link::TENANT)
        .col(link::COMPARED)
        .col(link::ATTRIBUTE)
        .col(link::OWNER)
        .to_owned()
));

//! The tables, made step by step: one statement each, and each may be repeated.

use scim_sea_orm::Step;
use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;

use crate::domain::field::Field;

/// The migrations of Tribe. They keep their own record beside that of the SCIM store.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            table("0001_tenants", "tribe_tenant", &["id"], tenants),
            index("0002_tenant_names", "tribe_tenant", &["name_key"], Unique::Yes),
            table("0003_links", "tribe_link", &["tenant"], links),
            table("0004_tokens", "tribe_token", &["tenant", "id"], tokens),
            index("0005_token_digests", "tribe_token", &["tenant", "digest"], Unique::Yes),
            table("0006_employees", "tribe_employee", &["tenant", "id"], employees),
            index("0007_employee_emails", "tribe_employee", &["tenant", "email_key"], Unique::Yes),
            table("0008_accounts", "tribe_account", &["tenant", "employee"], accounts),
            index("0009_usernames", "tribe_account", &["tenant", "username_key"], Unique::Yes),
            table("0010_roles", "tribe_role", &["tenant", "employee", "role"], roles),
            table("0011_azure_users", "tribe_azure_user", &["tenant", "resource"], azure_users),
            index("0012_live_links", "tribe_azure_user", &["tenant", "employee", "unlinked"], Unique::Yes),
            index("0013_external_ids", "tribe_azure_user", &["tenant", "external_id_key"], Unique::No),
            table("0014_drift", "tribe_drift", &["tenant", "employee", "field"], drift),
            table("0015_conflicts", "tribe_conflict", &["tenant", "employee", "user_name_key"], conflicts),
            table("0016_settings", "tribe_setting", &["name"], settings),
        ]
    }

    fn migration_table_name() -> DynIden {
        "tribe_migration".into_iden()
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Unique {
    Yes,
    No,
}

type Columns = fn() -> Vec<ColumnDef>;

fn table(name: &'static str, table: &'static str, primary: &'static [&'static str], columns: Columns) -> Box<dyn MigrationTrait> {
    Box::new(Step::table(name, move |backend| {
        let mut key = Index::create();
        for column in primary {
            key.col(*column);
        }
        let mut create = Table::create();
        create.table(table);
        let mysql = backend == DbBackend::MySql;
        if mysql {
            // The collation that tells all letters apart. It ignores blanks at the end, which no word that is compared has.
            create.engine("InnoDB").character_set("utf8mb4").collate("utf8mb4_bin");
        }
        for mut column in columns() {
            // Its `text` ends at 64 KiB.
            if mysql && column.get_column_type() == Some(&ColumnType::Text) {
                column.custom("longtext");
            }
            create.col(column);
        }
        create.primary_key(&mut key).take()
    }))
}

fn index(name: &'static str, table: &'static str, columns: &'static [&'static str], unique: Unique) -> Box<dyn MigrationTrait> {
    Box::new(Step::index(name, table, format!("tribe_{name}"), move || {
        let mut create = Index::create();
        for column in columns {
            create.col(*column);
        }
        if unique == Unique::Yes {
            create.unique();
        }
        create
    }))
}

/// A random id of ours, or a word from a short list.
fn id(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).string_len(64).not_null().take()
}

fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().take()
}

fn maybe_text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().null().take()
}

/// A comparison key: bytes, so that no collation can differ.
fn key(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).var_binary(1024).not_null().take()
}

/// A digest, if there is something to digest.
fn maybe_digest(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).var_binary(32).null().take()
}

fn number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

fn maybe_number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().null().take()
}

fn yes_or_no(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).boolean().not_null().take()
}

fn tenants() -> Vec<ColumnDef> {
    vec![id("id"), text("name"), key("name_key"), number("created")]
}

fn links() -> Vec<ColumnDef> {
    vec![id("tenant"), yes_or_no("active"), number("changed")]
}

fn tokens() -> Vec<ColumnDef> {
    let digest = ColumnDef::new("digest").var_binary(32).not_null().take();
    let times = [number("created"), number("expires"), maybe_number("last_used"), maybe_number("revoked")];
    [id("tenant"), id("id"), digest, text("label")].into_iter().chain(times).collect()
}

fn employees() -> Vec<ColumnDef> {
    let mut columns = vec![id("tenant"), id("id"), text("email"), key("email_key"), text("display_name")];
    columns.extend(Field::ALL.iter().map(|field| maybe_text(field.column)));
    columns.extend([yes_or_no("blocked_by_azure"), yes_or_no("blocked_by_tribe"), number("created"), number("changed")]);
    columns
}

fn accounts() -> Vec<ColumnDef> {
    vec![id("tenant"), id("employee"), text("username"), key("username_key"), number("created")]
}

fn roles() -> Vec<ColumnDef> {
    vec![id("tenant"), id("employee"), id("role")]
}

fn azure_users() -> Vec<ColumnDef> {
    let external_id = [maybe_text("external_id"), maybe_digest("external_id_key")];
    [id("tenant"), id("resource"), id("employee")].into_iter().chain(external_id).chain([number("linked"), number("unlinked")]).collect()
}

fn drift() -> Vec<ColumnDef> {
    vec![id("tenant"), id("employee"), id("field"), text("azure"), id("state"), number("since")]
}

fn conflicts() -> Vec<ColumnDef> {
    let mut columns = vec![id("tenant"), id("employee"), key("user_name_key"), text("user_name")];
    columns.extend([maybe_text("external_id"), maybe_digest("external_id_key"), maybe_text("email"), maybe_text("resource")]);
    columns.extend([id("field"), number("last")]);
    columns
}

fn settings() -> Vec<ColumnDef> {
    vec![id("name"), text("value")]
}

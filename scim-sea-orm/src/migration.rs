//! The tables, made step by step: one statement each, and each may be repeated. One server at a time makes them.

use std::time::{Duration, Instant};

use sea_orm::sea_query::{OnConflict, Query as Sql};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use sea_orm_migration::prelude::*;

use crate::engine::Engine;
use crate::step::Step;
use crate::table::{cleanup, cursor_key, key_range, lease, link, receipt, resource, setting, tally, tenant, value};

/// How long others watch a server that makes the tables before they take over from it, by their own monotone clock (T33). Steps may
/// run twice, so one that is only slow does no harm.
const LEASE: Duration = Duration::from_secs(10);

/// How often a server looks whether the one that has the lease is done.
const PATIENCE: Duration = Duration::from_millis(50);

/// The longest id of a resource, and of what an element names, in bytes.
pub(crate) const MAX_ID: u32 = 255;

/// The migrations of this crate. They keep their own record, so an application may have its own beside them.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            table("0001_tenants", tenants),
            table("0002_settings", settings),
            table("0003_resources", resources),
            index("0004_resource_ids", resource::TABLE, "scim_resource_id", resource_ids),
            index("0005_resource_created", resource::TABLE, "scim_resource_created", resource_created),
            index("0006_resource_modified", resource::TABLE, "scim_resource_modified", resource_modified),
            table("0007_values", values),
            table("0008_links", links),
            index("0009_link_targets", link::TABLE, "scim_link_compared", link_targets),
            table("0010_tally", tallies),
            table("0011_key_ranges", key_ranges),
            table("0012_receipts", receipts),
            table("0013_cleanups", cleanups),
            table("0014_cursor_keys", cursor_keys),
        ]
    }

    fn migration_table_name() -> DynIden {
        "scim_migration".into_iden()
    }
}

/// Brings the tables of that migrator up to date. Of several servers that start at once one does it and the others wait: a row
/// elects it, so that no lock of a session is needed.
///
/// # Errors
/// Fails if the database does, or if it was made by a newer server.
pub async fn migrate<M: MigratorTrait>(database: &DatabaseConnection) -> Result<(), DbErr> {
    refuse_newer::<M>(database).await?;
    let holder = uuid::Uuid::new_v4().to_string();
    let mut refused = None;
    for _ in 0..RACES {
        match try_migrate::<M>(database, &holder).await {
            Ok(()) => return Ok(()),
            // Two servers made the same table at once: it is there now.
            Err(error) => refused = Some(error),
        }
        tokio::time::sleep(PATIENCE).await;
    }
    Err(refused.unwrap_or_else(|| DbErr::Migration("the migrations never ran".into())))
}

/// A database that a newer server has changed is not for this one.
async fn refuse_newer<M: MigratorTrait>(database: &DatabaseConnection) -> Result<(), DbErr> {
    if !SchemaManager::new(database).has_table(M::migration_table_name().to_string()).await? {
        return Ok(());
    }
    let known: Vec<String> = M::migrations().iter().map(|step| step.name().to_owned()).collect();
    let applied = M::get_migration_models(database).await?;
    match applied.into_iter().find(|step| !known.contains(&step.version)) {
        None => Ok(()),
        Some(step) => Err(DbErr::Migration(format!(
            "a newer server has changed the tables (step `{}`): start that version or a later one, or restore a backup from before",
            step.version
        ))),
    }
}

/// How often a start is tried again that met another one.
const RACES: u32 = 20;

async fn try_migrate<M: MigratorTrait>(database: &DatabaseConnection, holder: &str) -> Result<(), DbErr> {
    let manager = SchemaManager::new(database);
    let record = M::migration_table_name().to_string();
    if !manager.has_table(lease::TABLE).await? {
        manager.create_table(leases(Engine::of(database.get_database_backend()))).await?;
    }
    let mut watched: Option<(String, Instant)> = None;
    loop {
        if manager.has_table(record.as_str()).await? && M::get_pending_migrations(database).await?.is_empty() {
            return Ok(());
        }
        let present = lease_holder(database, &record).await?;
        let since = match &watched {
            Some((other, since)) if *other == present => *since,
            _ => Instant::now(),
        };
        if (present.is_empty() || since.elapsed() > LEASE) && pass_lease(database, &record, &present, holder).await? {
            let outcome = M::up(database, None).await;
            pass_lease(database, &record, holder, "").await?;
            return outcome;
        }
        watched = Some((present, since));
        tokio::time::sleep(PATIENCE).await;
    }
}

/// Who has the lease; the empty text if nobody has.
async fn lease_holder(database: &DatabaseConnection, name: &str) -> Result<String, DbErr> {
    let insert = Sql::insert()
        .into_table(lease::TABLE)
        .columns([lease::NAME, lease::HOLDER])
        .values_panic([name.into(), "".into()])
        .on_conflict(OnConflict::column(lease::NAME).do_nothing_on([lease::NAME]).to_owned())
        .to_owned();
    database.execute(&insert).await?;
    let select = Sql::select().column(lease::HOLDER).from(lease::TABLE).and_where(Expr::col(lease::NAME).eq(name)).to_owned();
    let row = database.query_one(&select).await?.ok_or_else(|| DbErr::RecordNotFound(name.to_owned()))?;
    row.try_get("", lease::HOLDER)
}

/// Hands the lease on, if it is still where it was seen.
async fn pass_lease(database: &DatabaseConnection, name: &str, from: &str, to: &str) -> Result<bool, DbErr> {
    let update = Sql::update()
        .table(lease::TABLE)
        .value(lease::HOLDER, to)
        .and_where(Expr::col(lease::NAME).eq(name))
        .and_where(Expr::col(lease::HOLDER).eq(from))
        .to_owned();
    Ok(database.execute(&update).await?.rows_affected() == 1)
}

fn table(name: &'static str, make: fn(Engine) -> TableCreateStatement) -> Box<dyn MigrationTrait> {
    Box::new(Step::table(name, move |backend| make(Engine::of(backend))))
}

fn index(name: &'static str, table: &'static str, index: &'static str, make: fn() -> IndexCreateStatement) -> Box<dyn MigrationTrait> {
    Box::new(Step::index(name, table, index, make))
}

fn create(name: &'static str, engine: Engine) -> TableCreateStatement {
    let mut create = Table::create();
    create.table(name);
    if engine == Engine::MySql {
        create.engine("InnoDB").character_set("utf8mb4");
    }
    create
}

/// A table that is nothing but its primary key's tree, where the engine does not make every table so.
fn clustered(name: &'static str, engine: Engine) -> TableCreateStatement {
    let mut create = create(name, engine);
    if engine == Engine::Sqlite {
        create.extra("WITHOUT ROWID");
    }
    create
}

fn number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

/// What is compared stands as bytes: no collation can differ.
fn id(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).var_binary(MAX_ID).not_null().take()
}

/// JSON of any length.
fn json(name: &'static str, engine: Engine) -> ColumnDef {
    match engine {
        Engine::MySql => ColumnDef::new(name).custom("longtext").take(),
        Engine::Sqlite | Engine::Postgres => ColumnDef::new(name).text().take(),
    }
}

/// Bytes of any length.
fn blob(name: &'static str, engine: Engine) -> ColumnDef {
    match engine {
        Engine::MySql => ColumnDef::new(name).custom("longblob").take(),
        Engine::Sqlite | Engine::Postgres => ColumnDef::new(name).blob().take(),
    }
}

fn leases(engine: Engine) -> TableCreateStatement {
    create(lease::TABLE, engine)
        .if_not_exists()
        .col(ColumnDef::new(lease::NAME).string_len(64).not_null().primary_key())
        .col(ColumnDef::new(lease::HOLDER).string_len(64).not_null())
        .take()
}

fn tenants(engine: Engine) -> TableCreateStatement {
    create(tenant::TABLE, engine).col(number(tenant::NUMBER).primary_key()).col(ColumnDef::new(tenant::NAME).text().not_null()).take()
}

fn settings(engine: Engine) -> TableCreateStatement {
    create(setting::TABLE, engine)
        .col(ColumnDef::new(setting::NAME).string_len(64).not_null().primary_key())
        .col(ColumnDef::new(setting::VALUE).text().not_null())
        .take()
}

fn resources(engine: Engine) -> TableCreateStatement {
    create(resource::TABLE, engine)
        .col(number(resource::TENANT))
        .col(number(resource::TYPE))
        .col(number(resource::KEY))
        .col(id(resource::ID))
        .col(number(resource::VERSION))
        .col(number(resource::CREATED))
        .col(number(resource::MODIFIED))
        .col(blob(resource::DISPLAY, engine))
        .col(json(resource::DOCUMENT, engine).not_null())
        .primary_key(Index::create().col(resource::TENANT).col(resource::TYPE).col(resource::KEY))
        .take()
}

fn resource_ids() -> IndexCreateStatement {
    Index::create().col(resource::TENANT).col(resource::ID).unique().take()
}

fn resource_created() -> IndexCreateStatement {
    Index::create().col(resource::TENANT).col(resource::TYPE).col(resource::CREATED).col(resource::KEY).take()
}

fn resource_modified() -> IndexCreateStatement {
    Index::create().col(resource::TENANT).col(resource::TYPE).col(resource::MODIFIED).col(resource::KEY).take()
}

fn values(engine: Engine) -> TableCreateStatement {
    clustered(value::TABLE, engine)
        .col(number(value::TENANT))
        .col(number(value::ATTRIBUTE))
        .col(ColumnDef::new(value::VALUE).var_binary(crate::index::MAX_VALUE).not_null())
        .col(number(value::SLOT))
        .col(number(value::ELEMENT))
        .col(number(value::KEY))
        .primary_key(Index::create().col(value::TENANT).col(value::ATTRIBUTE).col(value::VALUE).col(value::SLOT).col(value::ELEMENT))
        .take()
}

fn links(engine: Engine) -> TableCreateStatement {
    clustered(link::TABLE, engine)
        .col(number(link::TENANT))
        .col(number(link::ATTRIBUTE))
        .col(number(link::OWNER))
        .col(id(link::VALUE))
        .col(id(link::COMPARED))
        .col(json(link::ITEM, engine))
        .primary_key(Index::create().col(link::TENANT).col(link::ATTRIBUTE).col(link::OWNER).col(link::VALUE))
        .take()
}

fn link_targets() -> IndexCreateStatement {
    Index::create().col(link::TENANT).col(link::COMPARED).col(link::ATTRIBUTE).col(link::OWNER).take()
}

fn tallies(engine: Engine) -> TableCreateStatement {
    clustered(tally::TABLE, engine)
        .col(number(tally::TENANT))
        .col(number(tally::TYPE))
        .col(number(tally::BLOCK))
        .col(number(tally::SLOT))
        .col(number(tally::COUNT))
        .primary_key(Index::create().col(tally::TENANT).col(tally::TYPE).col(tally::BLOCK).col(tally::SLOT))
        .take()
}

fn key_ranges(engine: Engine) -> TableCreateStatement {
    clustered(key_range::TABLE, engine)
        .col(number(key_range::TENANT))
        .col(number(key_range::TYPE))
        .col(number(key_range::NEXT))
        .primary_key(Index::create().col(key_range::TENANT).col(key_range::TYPE))
        .take()
}

fn receipts(engine: Engine) -> TableCreateStatement {
    clustered(receipt::TABLE, engine)
        .col(number(receipt::TENANT))
        .col(number(receipt::SLOT))
        .col(number(receipt::MARK))
        .col(number(receipt::USED))
        .primary_key(Index::create().col(receipt::TENANT).col(receipt::SLOT))
        .take()
}

fn cleanups(engine: Engine) -> TableCreateStatement {
    clustered(cleanup::TABLE, engine)
        .col(number(cleanup::TENANT))
        .col(number(cleanup::TYPE))
        .col(number(cleanup::KEY))
        .col(id(cleanup::ID))
        .primary_key(Index::create().col(cleanup::TENANT).col(cleanup::TYPE).col(cleanup::KEY))
        .take()
}

fn cursor_keys(engine: Engine) -> TableCreateStatement {
    clustered(cursor_key::TABLE, engine)
        .col(number(cursor_key::TENANT))
        .col(number(cursor_key::GENERATION))
        .col(ColumnDef::new(cursor_key::SECRET).var_binary(32).not_null())
        .primary_key(Index::create().col(cursor_key::TENANT).col(cursor_key::GENERATION))
        .take()
}

//! The trigram index of searchable attributes: made where it is declared and the database has one, kept by the database itself.
//!
//! On PostgreSQL it is an index of the value table, over those of its rows that stand under a number below 0. SQLite has it as a table
//! of FTS5; triggers keep it beside the value table, in the same transaction.

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, Statement, TransactionTrait};
use sea_orm_migration::prelude::*;

use crate::engine::Engine;
use crate::migration::migrate;
use crate::step::Step;
use crate::stores::SqlStore;

/// The record of these steps, beside that of the tables.
const RECORD: &str = "scim_search_migration";

struct OnSqlite;

impl MigratorTrait for OnSqlite {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let step = |name, statement| Box::new(Step::sql(name, statement)) as Box<dyn MigrationTrait>;
        vec![
            step(
                "0001_search",
                "CREATE TABLE IF NOT EXISTS scim_search (id INTEGER PRIMARY KEY, tenant bigint NOT NULL, attribute bigint NOT NULL, \
                 value blob NOT NULL, UNIQUE (tenant, attribute, value))",
            ),
            // What is searched is folded already, and what is found is looked at once more: neither cases nor positions are needed.
            step(
                "0002_trigrams",
                "CREATE VIRTUAL TABLE IF NOT EXISTS scim_trigram USING fts5 (value, content = 'scim_search', content_rowid = 'id', \
                 tokenize = 'trigram case_sensitive 1', detail = 'none', columnsize = 0)",
            ),
            step(
                "0003_text_comes",
                "CREATE TRIGGER IF NOT EXISTS scim_search_insert AFTER INSERT ON scim_search BEGIN \
                 INSERT INTO scim_trigram (rowid, value) VALUES (new.id, CAST(new.value AS TEXT)); END",
            ),
            step(
                "0004_text_goes",
                "CREATE TRIGGER IF NOT EXISTS scim_search_delete AFTER DELETE ON scim_search BEGIN \
                 INSERT INTO scim_trigram (scim_trigram, rowid, value) VALUES ('delete', old.id, CAST(old.value AS TEXT)); END",
            ),
            step(
                "0005_value_comes",
                "CREATE TRIGGER IF NOT EXISTS scim_value_insert AFTER INSERT ON scim_value WHEN new.attribute < 0 BEGIN \
                 INSERT INTO scim_search (tenant, attribute, value) SELECT new.tenant, new.attribute, new.value WHERE NOT EXISTS \
                 (SELECT 1 FROM scim_search WHERE tenant = new.tenant AND attribute = new.attribute AND value = new.value); END",
            ),
            // Several resources can have one value.
            step(
                "0006_value_goes",
                "CREATE TRIGGER IF NOT EXISTS scim_value_delete AFTER DELETE ON scim_value WHEN old.attribute < 0 BEGIN \
                 DELETE FROM scim_search WHERE tenant = old.tenant AND attribute = old.attribute AND value = old.value AND NOT EXISTS \
                 (SELECT 1 FROM scim_value WHERE tenant = old.tenant AND attribute = old.attribute AND value = old.value); END",
            ),
            // What was written before the triggers were there.
            step("0007_texts", MISSING),
        ]
    }

    fn migration_table_name() -> DynIden {
        RECORD.into_iden()
    }
}

struct OnPostgres;

impl MigratorTrait for OnPostgres {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(Step::sql("0001_extension", "CREATE EXTENSION IF NOT EXISTS pg_trgm")),
            // Every byte that is no letter of ASCII becomes its number: whatever stands there, and whatever the database's own alphabet
            // is, it is a text, and that of a part is a part of that of the whole.
            // A write puts its trigrams into a list first. Every search reads that list, so it is kept short.
            Box::new(Step::sql(
                "0002_trigrams",
                "CREATE INDEX IF NOT EXISTS scim_value_search ON scim_value USING gin (encode(value, 'escape') gin_trgm_ops) \
                 WITH (gin_pending_list_limit = 256) WHERE attribute < 0",
            )),
        ]
    }

    fn migration_table_name() -> DynIden {
        RECORD.into_iden()
    }
}

/// The texts that the trigram index of SQLite lacks.
const MISSING: &str = "INSERT INTO scim_search (tenant, attribute, value) SELECT DISTINCT tenant, attribute, value FROM scim_value AS v \
                       WHERE attribute < 0 AND NOT EXISTS (SELECT 1 FROM scim_search AS s WHERE s.tenant = v.tenant \
                       AND s.attribute = v.attribute AND s.value = v.value)";

/// The texts that it has and no resource.
const STRANGE: &str = "DELETE FROM scim_search WHERE NOT EXISTS (SELECT 1 FROM scim_value AS v WHERE v.tenant = scim_search.tenant \
                       AND v.attribute = scim_search.attribute AND v.value = scim_search.value)";

/// Makes the trigram index, if the database has any. Whether it is there: without it the values are walked.
pub(crate) async fn make(database: &DatabaseConnection, engine: Engine) -> bool {
    let made = match engine {
        Engine::Sqlite => migrate::<OnSqlite>(database).await,
        Engine::Postgres => migrate::<OnPostgres>(database).await,
        Engine::MySql => return false,
    };
    if let Err(error) = &made {
        tracing::warn!(%error, "the database refuses a trigram index: `co` and `ew` look at each value of a searchable attribute");
    }
    made.is_ok()
}

/// Whether a database that is only read has it.
pub(crate) async fn are_there(database: &DatabaseConnection, engine: Engine) -> Result<bool, DbErr> {
    let steps = match engine {
        Engine::MySql => return Ok(false),
        _ if !SchemaManager::new(database).has_table(RECORD).await? => return Ok(false),
        Engine::Sqlite => OnSqlite::migrations(),
        Engine::Postgres => OnPostgres::migrations(),
    };
    // Not through the migrator, which would make its record.
    let select = Query::select().column("version").from(RECORD).take();
    let rows = database.query_all(&select).await?;
    let taken = rows.iter().map(|row| row.try_get::<String>("", "version")).collect::<Result<Vec<_>, _>>()?;
    Ok(steps.iter().all(|step| taken.iter().any(|name| name == step.name())))
}

/// The attributes of a tenant's texts that SQLite's trigram index lacks or has too much, each as often as there are such texts.
pub(crate) async fn wrong_texts(store: &SqlStore, snapshot: &DatabaseTransaction) -> Result<Vec<i64>, DbErr> {
    let engine = store.inner.engine;
    if engine != Engine::Sqlite || !store.inner.trigrams {
        return Ok(Vec::new());
    }
    let wrong = "SELECT attribute, value FROM (SELECT DISTINCT attribute, value FROM scim_value WHERE tenant = ?1 AND attribute < 0 \
                 UNION ALL SELECT attribute, value FROM scim_search WHERE tenant = ?1) GROUP BY attribute, value HAVING COUNT(*) = 1";
    let statement = Statement::from_sql_and_values(snapshot.get_database_backend(), wrong, [store.tenant.into()]);
    snapshot.query_all_raw(statement).await?.iter().map(|row| row.try_get("", "attribute")).collect()
}

/// Makes it anew from the rows of the value table. PostgreSQL keeps such an index by itself.
pub(crate) async fn mend(database: &DatabaseConnection, engine: Engine) -> Result<(), DbErr> {
    if engine != Engine::Sqlite || !are_there(database, engine).await? {
        return Ok(());
    }
    let transaction = database.begin_with_options(engine.writing()).await?;
    for statement in [STRANGE, MISSING, "INSERT INTO scim_trigram (scim_trigram) VALUES ('rebuild')"] {
        transaction.execute_unprepared(statement).await?;
    }
    transaction.commit().await
}

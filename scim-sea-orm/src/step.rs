//! The steps of migrations: each is one statement that may be repeated.

use std::fmt;

use sea_orm::{ConnectionTrait, DbBackend};
use sea_orm_migration::prelude::*;

/// One step of a migration: a name that never changes and one statement, which does nothing where it was carried out already.
///
/// # Examples
/// ```
/// use scim_sea_orm::Step;
/// use sea_orm_migration::prelude::*;
///
/// struct Migrator;
///
/// impl MigratorTrait for Migrator {
///     fn migrations() -> Vec<Box<dyn MigrationTrait>> {
///         let notes = || Table::create().table("note").col(ColumnDef::new("id").big_integer().primary_key()).take();
///         vec![Box::new(Step::table("0001_notes", move |_| notes()))]
///     }
/// }
/// ```
pub struct Step {
    name: &'static str,
    statement: Statement,
}

enum Statement {
    Table(Box<dyn Fn(DbBackend) -> TableCreateStatement + Send + Sync>),
    Index(&'static str, String, Box<dyn Fn() -> IndexCreateStatement + Send + Sync>),
    Sql(&'static str),
}

impl Step {
    /// Creates a table, as that database has it.
    pub fn table(name: &'static str, make: impl Fn(DbBackend) -> TableCreateStatement + Send + Sync + 'static) -> Self {
        Self { name, statement: Statement::Table(Box::new(make)) }
    }

    /// Creates an index of a table, under a name of its own.
    pub fn index(
        name: &'static str,
        table: &'static str,
        index: impl Into<String>,
        make: impl Fn() -> IndexCreateStatement + Send + Sync + 'static,
    ) -> Self {
        Self { name, statement: Statement::Index(table, index.into(), Box::new(make)) }
    }

    /// Carries out a statement of one database only, which may be repeated as it is.
    pub(crate) fn sql(name: &'static str, statement: &'static str) -> Self {
        Self { name, statement: Statement::Sql(statement) }
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Step").field("name", &self.name).finish_non_exhaustive()
    }
}

impl MigrationName for Step {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        match &self.statement {
            Statement::Table(make) => manager.create_table(make(manager.get_database_backend()).if_not_exists().to_owned()).await,
            // MySQL has no `IF NOT EXISTS` for an index.
            Statement::Index(table, index, _) if manager.has_index(*table, index).await? => Ok(()),
            Statement::Index(table, index, make) => manager.create_index(make().name(index).table(*table).to_owned()).await,
            Statement::Sql(statement) => manager.get_connection().execute_unprepared(statement).await.map(drop),
        }
    }
}

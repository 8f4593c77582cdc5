//! Opening a database: what is refused, and what an interrupted start leaves behind.

mod support;

use std::sync::Arc;

use scim_sea_orm::{ConnectError, Migrator, Options, SqlStores};
use scim_server::Registry;
use sea_orm::{ConnectionTrait, Database as Orm, DatabaseConnection};
use sea_orm_migration::MigratorTrait;
use support::{Database, Engine, on_each_engine};

on_each_engine![
    a_database_that_a_newer_server_changed_is_refused_in_words,
    a_migration_that_was_cut_off_at_any_step_is_taken_up_again,
    a_start_takes_over_from_one_that_died,
];

async fn open(options: &Options) -> Result<SqlStores, ConnectError> {
    SqlStores::connect(options, Arc::new(Registry::rfc7643())).await
}

async fn connect(database: &Database) -> DatabaseConnection {
    Orm::connect(&database.url).await.expect("the database opens")
}

async fn run(connection: &DatabaseConnection, statement: &str) {
    connection.execute_unprepared(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
}

async fn a_database_that_a_newer_server_changed_is_refused_in_words(database: Database) {
    let options = Options::new(&database.url);
    open(&options).await.expect("a new database");
    run(&connect(&database).await, "INSERT INTO scim_migration (version, applied_at) VALUES ('9999_a_later_step', 0)").await;
    let error = open(&options).await.expect_err("the tables are newer").to_string();
    assert!(error.contains("a newer server has changed the tables (step `9999_a_later_step`)"), "{error}");
}

async fn a_migration_that_was_cut_off_at_any_step_is_taken_up_again(database: Database) {
    let connection = connect(&database).await;
    for step in Migrator::migrations() {
        Migrator::up(&connection, Some(1)).await.expect("one step");
        // The statement ran, its record was not written.
        run(&connection, &format!("DELETE FROM scim_migration WHERE version = '{}'", step.name())).await;
        Migrator::up(&connection, Some(1)).await.unwrap_or_else(|error| panic!("{} again: {error}", step.name()));
    }
    open(&Options::new(&database.url)).await.expect("the tables are whole");
}

async fn a_start_takes_over_from_one_that_died(database: Database) {
    let connection = connect(&database).await;
    open(&Options::new(&database.url)).await.expect("a new database");
    let last = Migrator::migrations().last().expect("there are steps").name().to_owned();
    run(&connection, &format!("DELETE FROM scim_migration WHERE version = '{last}'")).await;
    run(&connection, "UPDATE scim_lease SET holder = 'one that died'").await;
    open(&Options::new(&database.url)).await.expect("the lease is taken over");
}

#[tokio::test]
async fn a_url_of_no_known_engine_is_refused_without_being_shown() {
    let error = open(&Options::new("oracle://scim:s3cret@host/db")).await.expect_err("no such engine").to_string();
    assert!(error.contains("sqlite:") && !error.contains("s3cret"), "{error}");
}

#[tokio::test]
async fn a_postgresql_that_acknowledges_early_is_refused_unless_told_otherwise() {
    let Some(database) = Database::new(Engine::Postgres).await else { return };
    let connection = connect(&database).await;
    let name = database.url.rsplit('/').next().expect("a URL ends in a name");
    run(&connection, &format!("ALTER DATABASE {name} SET synchronous_commit = off")).await;
    let error = open(&Options::new(&database.url)).await.expect_err("an early answer");
    assert!(
        matches!(&error, ConnectError::EarlyAnswers { setting, value } if setting == "synchronous_commit" && value == "off"),
        "{error}"
    );
    assert!(error.to_string().contains("`synchronous_commit` is `off`"), "{error}");
    open(&Options::new(&database.url).early_answers(true)).await.expect("it was told so");
}

//! The databases of the ordeals, and statements on them beside the server.

use sea_orm::{ConnectOptions, ConnectionTrait, Database as Orm, DatabaseConnection, Statement};

pub(crate) use crate::support::{Database, Engine};

pub(crate) const ENGINES: [Engine; 3] = [Engine::Sqlite, Engine::Postgres, Engine::MariaDb];

pub(crate) fn name(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
        Engine::MariaDb => "MariaDB",
    }
}

/// A connection of one's own.
pub(crate) async fn connect(database: &Database) -> DatabaseConnection {
    let mut options = ConnectOptions::new(&database.url);
    options.max_connections(1).sqlx_logging(false);
    Orm::connect(options).await.unwrap_or_else(|error| panic!("the database does not open: {error}"))
}

pub(crate) async fn run(connection: &DatabaseConnection, statement: &str) {
    let built = Statement::from_string(connection.get_database_backend(), statement);
    connection.execute_raw(built).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
}

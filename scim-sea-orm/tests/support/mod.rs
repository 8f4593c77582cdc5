//! A fresh database on each engine for each test. Shared with the tests of Tribe.

use std::env::var;

use sea_orm::{ConnectionTrait, Database as Connection, DbErr};
use tempfile::TempDir;

/// A kind of database that the tests run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
    MariaDb,
}

/// A database of its own, which is gone with the value.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) engine: Engine,
    pub(crate) url: String,
    /// Where the file of SQLite is.
    folder: Option<TempDir>,
    /// Where the others are dropped from.
    server: Option<String>,
}

impl Database {
    /// A new one; none if the tests may go without that engine and it is not there.
    ///
    /// # Panics
    /// If the engine must be there and is not.
    pub(crate) async fn new(engine: Engine) -> Option<Self> {
        let variable = match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                let url = format!("sqlite://{}/test.db?mode=rwc", folder.path().display());
                return Some(Self { engine, url, folder: Some(folder), server: None });
            }
            Engine::Postgres => "SCIM_TEST_POSTGRES",
            Engine::MariaDb => "SCIM_TEST_MARIADB",
        };
        let Ok(server) = var(variable) else {
            assert!(var("SCIM_TEST_DATABASES").as_deref() != Ok("required"), "{variable} must name a server: see `./databases`");
            eprintln!("left out on {engine:?}: {variable} names no server (`./databases COMMAND` starts one)");
            return None;
        };
        let name = format!("test_{}", uuid::Uuid::new_v4().simple());
        // Our tables say themselves what letters they hold: what a database says is another thing.
        let letters = if engine == Engine::MariaDb { " CHARACTER SET latin1 COLLATE latin1_german2_ci" } else { "" };
        execute(&server, &format!("CREATE DATABASE {name}{letters}")).await.expect("a new database");
        let (place, options) = server.split_once('?').map_or((&*server, String::new()), |(place, options)| (place, format!("?{options}")));
        let (address, _) = place.rsplit_once('/').expect("the URL of a server ends with a database");
        Some(Self { engine, url: format!("{address}/{name}{options}"), folder: None, server: Some(server) })
    }

    /// The folder of a database that is a file.
    #[allow(dead_code, reason = "not every test looks at the file")]
    pub(crate) fn folder(&self) -> Option<&std::path::Path> {
        self.folder.as_ref().map(TempDir::path)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some(server) = self.server.take() else { return };
        let name = self.url.split('?').next().and_then(|place| place.rsplit('/').next()).unwrap_or_default();
        // A test that ends, also by a panic, leaves connections behind.
        let force = if self.engine == Engine::Postgres { " WITH (FORCE)" } else { "" };
        let statement = format!("DROP DATABASE {name}{force}");
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(execute(&server, &statement))
        });
        if let Ok(Err(error)) = dropped.join() {
            eprintln!("a test database was left behind: {error}");
        }
    }
}

async fn execute(server: &str, statement: &str) -> Result<(), DbErr> {
    let connection = Connection::connect(server).await?;
    connection.execute_unprepared(statement).await?;
    connection.close().await
}

/// Makes a test for each engine of each function that takes a [`Database`].
macro_rules! on_each_engine {
    ($($claim:ident),+ $(,)?) => {
        $(mod $claim {
            use $crate::support::{Database, Engine};

            async fn on(engine: Engine) {
                if let Some(database) = Database::new(engine).await {
                    super::$claim(database).await;
                }
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn sqlite() {
                on(Engine::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn postgres() {
                on(Engine::Postgres).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn mariadb() {
                on(Engine::MariaDb).await;
            }
        })+
    };
}
pub(crate) use on_each_engine;

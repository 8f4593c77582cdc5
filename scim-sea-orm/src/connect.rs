//! Opening a database: connections, tables, and the checks of what was found.

use std::time::Duration;

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query as Sql};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, RuntimeErr, Statement};

use crate::engine::Engine;
use crate::migration::{Migrator, migrate};
use crate::options::{ConnectError, Options};
use crate::statements::watch;
use crate::table::setting;

/// How long a query waits for a connection to the replica before the primary answers it.
const REPLICA_TIMEOUT: Duration = Duration::from_secs(1);

/// What a database is to the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Primary,
    Replica,
}

/// Opens the database and brings its tables up to date.
pub(crate) async fn open(options: &Options) -> Result<DatabaseConnection, ConnectError> {
    let (engine, connect) = prepare(options, &options.url, Role::Primary)?;
    let mut database = Database::connect(connect).await.map_err(without_the_url)?;
    if !options.early_answers {
        refuse_early_answers(&database, engine).await?;
    }
    watch(&mut database, options);
    migrate::<Migrator>(&database).await?;
    Ok(database)
}

/// A replica's connections: nothing is ever written there.
pub(crate) async fn open_replica(options: &Options, url: &str) -> Result<DatabaseConnection, ConnectError> {
    let (_, mut connect) = prepare(options, url, Role::Replica)?;
    connect.acquire_timeout(Ord::min(options.acquire_timeout, REPLICA_TIMEOUT));
    let mut database = Database::connect(connect).await.map_err(without_the_url)?;
    watch(&mut database, options);
    Ok(database)
}

fn prepare(options: &Options, url: &str, role: Role) -> Result<(Engine, ConnectOptions), ConnectError> {
    let engine = Engine::of_url(url).ok_or(ConnectError::Url)?;
    let mut connect = ConnectOptions::new(words_of_mysql(url));
    connect.max_connections(options.connections).acquire_timeout(options.acquire_timeout).sqlx_logging(false);
    match engine {
        Engine::Sqlite => sqlite(options, role, &mut connect)?,
        Engine::Postgres => postgres(options, &mut connect),
        Engine::MySql => mysql(options, &mut connect),
    }
    Ok((engine, connect))
}

/// An error about the URL has it in its text, and with it the password (T10).
fn without_the_url(error: DbErr) -> ConnectError {
    let names_it = match &error {
        DbErr::Conn(RuntimeErr::Internal(_)) => true,
        DbErr::Conn(RuntimeErr::SqlxError(error)) => matches!(**error, sea_orm::sqlx::Error::Configuration(_)),
        _ => false,
    };
    if names_it { ConnectError::Url } else { ConnectError::Database(error) }
}

/// MariaDB is asked in the words of MySQL.
fn words_of_mysql(url: &str) -> String {
    url.strip_prefix("mariadb:").map_or_else(|| url.to_owned(), |rest| format!("mysql:{rest}"))
}

#[cfg(feature = "sqlite")]
fn sqlite(options: &Options, role: Role, connect: &mut ConnectOptions) -> Result<(), ConnectError> {
    use sea_orm::sqlx::Connection as _;
    use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};

    use crate::options::Synchronous;
    let level = match options.synchronous {
        Synchronous::Full => SqliteSynchronous::Full,
        Synchronous::Off => SqliteSynchronous::Off,
    };
    let wait = options.statement_timeout;
    connect.map_sqlx_sqlite_opts(move |sqlite| {
        let sqlite = sqlite.busy_timeout(wait).foreign_keys(true);
        match role {
            Role::Primary => sqlite.journal_mode(SqliteJournalMode::Wal).synchronous(level),
            Role::Replica => sqlite,
        }
    });
    if role == Role::Primary {
        make_private_file(options)?;
    }
    if options.in_memory() {
        // The database lives as long as its one connection.
        connect.max_connections(1).idle_timeout(None::<Duration>).max_lifetime(None::<Duration>);
    } else {
        connect.map_sqlx_sqlite_pool_opts(|pool| {
            // A transaction that could not be rolled back would keep the write lock for ever: it ends with its connection.
            pool.after_release(|connection, _| Box::pin(std::future::ready(Ok(!connection.is_in_transaction()))))
        });
    }
    Ok(())
}

#[cfg(feature = "postgres")]
fn postgres(options: &Options, connect: &mut ConnectOptions) {
    let timeout = options.statement_timeout.as_millis().to_string();
    let names = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"];
    connect.map_sqlx_postgres_opts(move |postgres| postgres.options(names.map(|name| (name, timeout.clone()))).application_name("scim"));
}

/// How many statements a connection to MariaDB or MySQL remembers. The server keeps 16,382 for all connections together.
#[cfg(feature = "mysql")]
const STATEMENTS: usize = 200;

/// How deep containers may be nested: the server's own limit of 1,000 would leave some out.
#[cfg(feature = "mysql")]
const NESTING: u32 = 1_000_000;

#[cfg(feature = "mysql")]
fn mysql(options: &Options, connect: &mut ConnectOptions) {
    let timeout = options.statement_timeout;
    let (lock, seconds, millis) = (f64::max(timeout.as_secs_f64().ceil(), 1.0), timeout.as_secs_f64(), timeout.as_millis());
    // The comments are of MariaDB and MySQL: each server runs its own and skips the other's.
    let timeouts = format!(
        "SET SESSION innodb_lock_wait_timeout = {lock} /*M!100101 , max_statement_time = {seconds} */ \
         /*!50708 , max_execution_time = {millis} */ \
         /*M!100201 , max_recursive_iterations = {NESTING} */ /*!80003 , cte_max_recursion_depth = {NESTING} */"
    );
    // To forget a statement is said without an answer, and over TCP what is said next waits for the system's acknowledgement: 40 ms.
    if !options.url.contains("statement-cache-capacity=") {
        connect.map_sqlx_mysql_opts(|mysql| mysql.statement_cache_capacity(STATEMENTS));
    }
    // A client that goes away can leave a transaction open that the driver had not yet counted. Whoever has the connection next ends it,
    // which also tells whether the connection still stands.
    connect.test_before_acquire(false);
    connect.map_sqlx_mysql_pool_opts(move |pool| {
        let timeouts = timeouts.clone();
        let pool = pool.before_acquire(|connection, _| {
            Box::pin(async move {
                use sea_orm::sqlx::Executor as _;
                connection.execute("ROLLBACK").await.map(|_| true)
            })
        });
        pool.after_connect(move |connection, _| {
            let timeouts = timeouts.clone();
            Box::pin(async move {
                use sea_orm::sqlx::Executor as _;
                connection.execute(sea_orm::sqlx::AssertSqlSafe(timeouts)).await.map(drop)
            })
        })
    });
}

#[cfg(not(feature = "sqlite"))]
fn sqlite(_: &Options, _: Role, _: &mut ConnectOptions) -> Result<(), ConnectError> {
    Err(ConnectError::Url)
}

#[cfg(not(feature = "postgres"))]
fn postgres(_: &Options, _: &mut ConnectOptions) {}

#[cfg(not(feature = "mysql"))]
fn mysql(_: &Options, _: &mut ConnectOptions) {}

/// The file belongs to the service alone (T26); its journal gets the same rights from SQLite.
#[cfg(feature = "sqlite")]
fn make_private_file(options: &Options) -> Result<(), ConnectError> {
    use std::path::Path;

    use percent_encoding::percent_decode_str;
    // As the driver reads it.
    let place = options.url.trim_start_matches("sqlite://").trim_start_matches("sqlite:").split('?').next().unwrap_or_default();
    let path = percent_decode_str(place).decode_utf8().map_err(|_| ConnectError::Url)?;
    let creates = options.url.contains("mode=rwc");
    if options.in_memory() || !creates || path.is_empty() || Path::new(&*path).exists() {
        return Ok(());
    }
    let mut file = std::fs::OpenOptions::new();
    file.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    file.open(&*path).map(|_| ()).map_err(ConnectError::File)
}

/// What is acknowledged is on the disk (T25).
async fn refuse_early_answers(database: &DatabaseConnection, engine: Engine) -> Result<(), ConnectError> {
    let (asked, early): (&str, &[(&str, &[&str])]) = match engine {
        // Its connections set this themselves.
        Engine::Sqlite => return Ok(()),
        Engine::Postgres => (
            "SELECT current_setting('synchronous_commit') AS synchronous_commit, current_setting('fsync') AS fsync",
            &[("synchronous_commit", &["off"]), ("fsync", &["off"])],
        ),
        Engine::MySql => (
            "SELECT CAST(@@innodb_flush_log_at_trx_commit AS CHAR) AS innodb_flush_log_at_trx_commit",
            &[("innodb_flush_log_at_trx_commit", &["0", "2"])],
        ),
    };
    let statement = Statement::from_string(database.get_database_backend(), asked);
    let Some(row) = database.query_one_raw(statement).await? else { return Ok(()) };
    for (setting, values) in early {
        let value: String = row.try_get("", setting)?;
        if values.contains(&value.as_str()) {
            return Err(ConnectError::EarlyAnswers { setting: (*setting).to_owned(), value });
        }
    }
    Ok(())
}

/// The declaration that the index of the database was made with; the first one to come sets it.
pub(crate) async fn index_declaration(database: &DatabaseConnection, fingerprint: &str) -> Result<Option<String>, DbErr> {
    let insert = Sql::insert()
        .into_table(setting::TABLE)
        .columns([setting::NAME, setting::VALUE])
        .values_panic(["index".into(), fingerprint.into()])
        .on_conflict(OnConflict::column(setting::NAME).do_nothing_on([setting::NAME]).to_owned())
        .to_owned();
    database.execute(&insert).await?;
    declared_index(database).await
}

/// The declaration that the index of the database was made with.
pub(crate) async fn declared_index(database: &DatabaseConnection) -> Result<Option<String>, DbErr> {
    let select = Sql::select().column(setting::VALUE).from(setting::TABLE).and_where(Expr::col(setting::NAME).eq("index")).to_owned();
    database.query_one(&select).await?.map(|row| row.try_get("", setting::VALUE)).transpose()
}

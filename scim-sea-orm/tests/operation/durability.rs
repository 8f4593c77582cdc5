//! A database that would lose what it has acknowledged is refused (T25), and its file is the service's alone (T26).

use std::os::unix::fs::PermissionsExt;

use scim_sea_orm::{ConnectError, Options, SqlStores};
use scim_server::Registry;
use sea_orm::ConnectionTrait;

use crate::support::{Database, Engine};
use crate::world::{open, sqlite, user};

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_acknowledges_early_is_refused_unless_told_otherwise() {
    let Some(database) = Database::new(Engine::Postgres).await else { return };
    let options = Options::new(&database.url);
    let stores = open(&options).await;
    let (_, name) = database.url.rsplit_once('/').expect("a URL with a database");
    for (value, refused) in [("off", true), ("local", false), ("on", false)] {
        let statement = format!("ALTER DATABASE {name} SET synchronous_commit = '{value}'");
        stores.database().execute_unprepared(&statement).await.expect("its owner may");
        match SqlStores::connect(&options, Registry::rfc7643()).await {
            Ok(_) => assert!(!refused, "{value}"),
            Err(ConnectError::EarlyAnswers { setting, value: found }) => {
                assert!(refused, "{value}");
                assert_eq!((setting.as_str(), found.as_str()), ("synchronous_commit", "off"));
            }
            Err(error) => panic!("{value}: {error}"),
        }
        open(&options.clone().early_answers(true)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_and_its_journal_belong_to_the_service_alone() {
    let database = sqlite().await;
    let stores = open(&Options::new(&database.url)).await;
    user(&stores, "ana", "ana").await;
    let folder = database.folder().expect("SQLite is a file");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        assert_eq!(entry.metadata().expect("a file").permissions().mode() & 0o777, 0o600, "{:?}", entry.file_name());
        files += 1;
    }
    assert!(files >= 2, "the file and its journal");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_belongs_to_the_service_alone_however_its_url_spells_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path().display();
    for (name, url) in [
        ("with blanks.db", format!("sqlite://{place}/with%20blanks.db?mode=rwc")),
        ("short.db", format!("sqlite:{place}/short.db?mode=rwc")),
        ("four slashes.db", format!("sqlite:////{place}/four%20slashes.db?mode=rwc")),
        ("100%.db", format!("sqlite://{place}/100%25.db?mode=rwc")),
        ("why?.db", format!("sqlite://{place}/why%3f.db?mode=rwc")),
        ("other word.db", format!("sqlite://{place}/other%20word.db?cache=private&mode=rwc")),
    ] {
        open(&Options::new(&url)).await.close().await.expect("it closes");
        let rights = std::fs::metadata(folder.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}")).permissions().mode();
        assert_eq!(rights & 0o777, 0o600, "{name}");
    }
    let names: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").map(|entry| entry.expect("an entry").file_name()).collect();
    assert_eq!(names.len(), 6, "{names:?}");
}

#[test]
fn options_do_not_show_the_url() {
    let options = Options::new("postgres://scim:hidden@host/scim").replica("postgres://scim:hidden@other/scim");
    let shown = format!("{options:?}");
    assert!(shown.contains("postgres") && !shown.contains("hidden"), "{shown}");
}

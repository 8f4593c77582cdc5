//! A backup that is taken while the database is in use is of one moment.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use scim_sea_orm::{Options, PrivateFile, SqlStores};
use scim_server::store::{Change, Edit, Element, Expected, Store, Unknown};
use serde_json::json;

use crate::search::PATHS;
use crate::support::{Database, Engine, on_each_engine};
use crate::world::{checked, creation, key, open, population, quiet, store};

on_each_engine!(a_backup_under_load_has_no_dangling_reference_and_opens);

/// Creates users and puts them into a group, and deletes others, until it is told to stop.
async fn write(stores: SqlStores, writer: u32, stop: Arc<AtomicBool>, written: Arc<AtomicU64>) {
    let store = store(&stores);
    for round in 0.. {
        if stop.load(Ordering::SeqCst) {
            return;
        }
        let id = format!("writer-{writer}-{round}");
        let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        let manager = format!("user-{}", 6 + round % 10);
        let body = json!({"userName": id, "displayName": id, enterprise: {"manager": {"value": manager}}});
        store.commit(&[creation(&stores, "User", &id, body, scim_server::Profile::RFC)]).await.expect("it is new");
        let put = vec![Element { value: id.clone(), item: Default::default(), referent: None }];
        let edits = vec![("members".to_owned(), Edit::Delta { put, remove: Vec::new(), unknown: Unknown::Refuse })];
        let group = key(&stores, "Group", &format!("group-{}", round % 4));
        store.commit(&[Change::Update { key: group, expected: Expected::Any, new: None, edits }]).await.expect("the group is there");
        if round % 2 == 1 {
            let gone = key(&stores, "User", &format!("writer-{writer}-{}", round - 1));
            store.commit(&[Change::Delete { key: gone, expected: Expected::Any }]).await.expect("it is there");
        }
        written.fetch_add(1, Ordering::SeqCst);
    }
}

async fn a_backup_under_load_has_no_dangling_reference_and_opens(database: Database) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let stores = open(&Options::new(&database.url).searchable(PATHS)).await;
    population(&stores).await;
    let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let writers: Vec<_> = (0..4).map(|writer| tokio::spawn(write(stores.clone(), writer, stop.clone(), written.clone()))).collect();
    for round in 0..4 {
        let (file, before) = (folder.path().join(format!("backup-{round}")), written.load(Ordering::SeqCst));
        while written.load(Ordering::SeqCst) < before + 8 {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        stores.backup(&file, &quiet).await.expect("it is taken");
        assert_eq!(fs::metadata(&file).expect("the file is there").permissions().mode() & 0o777, 0o600);
        let fresh = Database::new(database.engine).await.expect("the engine is there");
        let copy = match database.engine {
            Engine::Sqlite => open(&Options::new(format!("sqlite://{}?mode=rw", file.display())).searchable(PATHS)).await,
            Engine::Postgres | Engine::MariaDb => {
                let copy = open(&Options::new(&fresh.url).searchable(PATHS)).await;
                copy.import(&mut std::io::BufReader::new(fs::File::open(&file).expect("a file")), &quiet).await.expect("it is imported");
                copy
            }
        };
        let check = checked(&copy).await;
        assert_eq!(check.unknown, 0);
        assert!(check.resources > 24, "{check:?}");
        // The present is checked under load, too.
        assert_eq!(checked(&stores).await.unknown, 0);
        let again = stores.backup(&file, &quiet).await.expect_err("the file is there");
        assert!(again.to_string().contains("is there already"), "{again}");
    }
    assert!(writers.iter().all(|writer| !writer.is_finished()), "the writers still write");
    stop.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.await.expect("no write failed");
    }
    checked(&stores).await;
    let names: Vec<_> = fs::read_dir(folder.path()).expect("a folder").map(|entry| entry.expect("an entry").file_name()).collect();
    assert!(names.iter().all(|name| !name.to_string_lossy().contains("partial")), "{names:?}");
}

#[test]
fn a_private_file_has_its_name_when_it_is_whole() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (name, partial) = (folder.path().join("out"), folder.path().join("out.partial"));
    fs::write(&partial, "of an earlier attempt").expect("a file");
    let mut file = PrivateFile::create(&name).expect("it is new");
    file.write_all(b"all of it").expect("the disk has room");
    assert!(!name.exists());
    assert_eq!(fs::metadata(&partial).expect("it is being written").permissions().mode() & 0o777, 0o600);
    file.finish().expect("the disk has room");
    assert_eq!(fs::read_to_string(&name).expect("it is there"), "all of it");
    assert!(!partial.exists());
    assert!(PrivateFile::create(&name).is_err());
    let unfinished = PrivateFile::create(folder.path().join("other")).expect("it is new");
    drop(unfinished);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
}

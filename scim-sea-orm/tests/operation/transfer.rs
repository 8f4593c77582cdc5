//! Export and import: what comes out goes in again, all of it or nothing.

use std::io::{Cursor, Read};
use std::time::Duration;

use scim_sea_orm::{Options, SqlStores, TransferError, Transferred};
use scim_server::store::{Change, Edit, Element, Expected, Store, StoreError, Unknown};
use scim_server::{Profile, Stores, TenantId};
use serde_json::{Value, json};

use crate::support::{Database, on_each_engine};
use crate::world::{caller, checked, create, creation, ids, key, open, population, query, quiet, read, sqlite, store, user};

on_each_engine!(
    what_is_exported_is_imported_as_it_was,
    a_file_that_is_not_whole_and_right_leaves_nothing_behind,
    a_long_collection_is_never_in_one_line,
    an_import_and_a_server_that_creates_meanwhile_do_no_harm_to_each_other,
);

async fn export(stores: &SqlStores, tenant: Option<&str>) -> (String, Transferred) {
    let mut file = Vec::new();
    let tenant = tenant.map(TenantId::new);
    let done = stores.export(tenant.as_ref(), &mut file, &quiet).await.expect("it is exported");
    (String::from_utf8(file).expect("JSON is text"), done)
}

async fn import(stores: &SqlStores, file: &str) -> Result<Transferred, TransferError> {
    stores.import(&mut Cursor::new(file), &quiet).await
}

async fn what_is_exported_is_imported_as_it_was(database: Database) {
    let stores = open(&Options::new(&database.url)).await;
    population(&stores).await;
    // Not every version is the first one, and not every number of a creation is in use.
    let update = Edit::Delta { put: Vec::new(), remove: vec!["user-0".into()], unknown: Unknown::Refuse };
    let edits = vec![("members".to_owned(), update)];
    let change = Change::Update { key: key(&stores, "Group", "group-0"), expected: Expected::Any, new: None, edits };
    store(&stores).commit(&[change]).await.expect("it is there");
    store(&stores).commit(&[Change::Delete { key: key(&stores, "User", "user-5"), expected: Expected::Any }]).await.expect("it is there");
    let other = stores.of(&caller("another \"tenant\""));
    create(&other, &stores, "User", "user-0", json!({"userName": "user0@example.com"})).await;
    let (file, done) = export(&stores, None).await;
    assert_eq!(done.resources, 24);

    // Into a database of another kind, and of the same.
    let (lite, fresh) = (sqlite().await, Database::new(database.engine).await.expect("the engine is there"));
    for target in [lite, fresh] {
        let copy = open(&Options::new(&target.url)).await;
        assert_eq!(import(&copy, &file).await.expect("it is imported"), done);
        assert_eq!(checked(&copy).await.resources, 24);
        assert_eq!(export(&copy, None).await.0, file);
        for (name, id) in [("User", "user-4"), ("Group", "group-0"), ("Group", "group-3")] {
            let (was, is) = (read(&stores, name, id).await, read(&copy, name, id).await);
            assert!(was.is_some());
            assert_eq!(format!("{was:?}"), format!("{is:?}"));
        }
        for name in ["User", "Group"] {
            let all = query(&stores, name, None);
            assert_eq!(ids(&copy, &all).await, ids(&stores, &all).await);
        }
        // What was unique is, by the schema and by a profile.
        for taken in [
            creation(&copy, "User", "new", json!({"userName": "USER7@example.com"}), Profile::RFC),
            creation(&copy, "Group", "new", json!({"displayName": "GROUP 0"}), Profile::ENTRA),
        ] {
            assert!(matches!(store(&copy).commit(&[taken]).await, Err(StoreError::NotUnique { .. })));
        }
        user(&copy, "new", "new@example.com").await;
        assert_eq!(ids(&copy, &query(&copy, "User", None)).await.last().map(String::as_str), Some("new"));
        checked(&copy).await;
        assert!(matches!(import(&copy, &file).await, Err(TransferError::NotEmpty(_))));
        checked(&copy).await;
    }

    let (one, done) = export(&stores, Some("another \"tenant\"")).await;
    assert_eq!((done, one.lines().count()), (Transferred { resources: 1, elements: 0 }, 4));
    assert!(!one.contains("acme"));
}

async fn a_file_that_is_not_whole_and_right_leaves_nothing_behind(database: Database) {
    // Its files are there as long as it is: a connection that is made later opens them again.
    let origin = sqlite().await;
    let source = open(&Options::new(&origin.url)).await;
    population(&source).await;
    let (file, _) = export(&source, None).await;
    let stores = open(&Options::new(&database.url)).await;
    let lines: Vec<&str> = file.lines().collect();
    let line_of = |part: &str| lines.iter().position(|line| line.contains(part)).expect("the line is there");
    let with = |place: usize, line: &str| {
        let mut lines = lines.clone();
        lines[place] = line;
        lines.join("\n")
    };
    let changed = |place: usize, change: &dyn Fn(&mut Value)| {
        let mut line: Value = serde_json::from_str(lines[place]).expect("a line is JSON");
        change(&mut line);
        with(place, &line.to_string())
    };
    let (some_user, some_group) = (line_of("\"user-3\""), line_of("\"group-0\""));
    let whole = lines.len();
    let wrong = [
        ("nothing", String::new()),
        ("no beginning", lines[1..].join("\n")),
        ("another format", changed(0, &|line| line["begin"]["format"] = json!(2))),
        ("no end", lines[..whole - 1].join("\n")),
        ("half a line", file[..file.len() / 2].to_owned()),
        ("other numbers", changed(whole - 1, &|line| line["end"]["resources"] = json!(1))),
        ("more behind the end", format!("{file}{}\n", lines[1])),
        ("a tenant twice", format!("{}\n{}\n{}", lines[..whole - 1].join("\n"), lines[1], lines[whole - 1])),
        ("no tenant", [&lines[..1], &lines[2..]].concat().join("\n")),
        ("an unknown type", changed(some_user, &|line| line["resource"]["type"] = json!("Robot"))),
        ("an unknown member", changed(some_user, &|line| line["resource"]["password"] = json!("secret"))),
        ("no id", changed(some_user, &|line| line["resource"]["id"] = json!(""))),
        ("a long id", changed(some_user, &|line| line["resource"]["id"] = json!("x".repeat(256)))),
        ("an id twice", changed(some_user, &|line| line["resource"]["id"] = json!("user-4"))),
        ("a name twice", changed(some_user, &|line| line["resource"]["document"]["userName"] = json!("USER4@example.com"))),
        ("no version", changed(some_user, &|line| line["resource"]["version"] = json!(0))),
        ("a change before the creation", changed(some_user, &|line| line["resource"]["modified"] = json!(1))),
        ("no object", changed(some_user, &|line| line["resource"]["document"] = json!([]))),
        ("a secret", changed(some_user, &|line| line["resource"]["document"]["password"] = json!("hidden-text"))),
        ("members in the document", changed(some_group, &|line| line["resource"]["document"]["members"] = json!([]))),
        ("an id in the document", changed(some_group, &|line| line["resource"]["document"]["id"] = json!("x"))),
        ("an unknown collection", changed(some_group + 1, &|line| line["elements"]["path"] = json!("friends"))),
        ("an element twice", changed(some_group + 1, &|line| line["elements"]["elements"][0] = line["elements"]["elements"][1].clone())),
        ("a long element", changed(some_group + 1, &|line| line["elements"]["elements"][0]["value"] = json!("x".repeat(256)))),
        ("elements of nothing", with(2, r#"{"elements":{"path":"members","elements":[]}}"#)),
        ("no JSON", with(some_user, "{\"resource\": hidden-text")),
        ("no line of an export", with(some_user, r#"{"robot":{}}"#)),
    ];
    for (what, broken) in wrong {
        let error = import(&stores, &broken).await.err().unwrap_or_else(|| panic!("{what} is refused"));
        let TransferError::Content { line, .. } = &error else { panic!("{what}: {error}") };
        assert!(*line >= 1 && *line <= whole as u64 + 2, "{what}: {error}");
        assert!(!error.to_string().contains("hidden-text") && !error.to_string().contains("example.com"), "{what}: {error}");
        assert_eq!(checked(&stores).await.resources, 0, "{what}");
        assert!(ids(&stores, &query(&stores, "User", None)).await.is_empty(), "{what}");
    }
    import(&stores, &file).await.expect("it is right");
    assert_eq!(export(&stores, None).await.0, file);
}

async fn a_long_collection_is_never_in_one_line(database: Database) {
    let stores = open(&Options::new(&database.url)).await;
    create(&store(&stores), &stores, "Group", "long", json!({"displayName": "Long"})).await;
    let put = (0..5_500).map(|number| Element { value: format!("kept-{number:05}"), item: Default::default(), referent: None }).collect();
    let edits = vec![("members".to_owned(), Edit::Delta { put, remove: Vec::new(), unknown: Unknown::Keep })];
    let change = Change::Update { key: key(&stores, "Group", "long"), expected: Expected::Any, new: None, edits };
    store(&stores).commit(&[change]).await.expect("it is there");
    let (file, done) = export(&stores, None).await;
    assert_eq!(done, Transferred { resources: 1, elements: 5_500 });
    let elements: Vec<usize> =
        file.lines().filter(|line| line.starts_with("{\"elements\"")).map(|line| line.matches("kept-").count()).collect();
    assert_eq!(elements, [1_000, 1_000, 1_000, 1_000, 1_000, 500]);
    let fresh = Database::new(database.engine).await.expect("the engine is there");
    let copy = open(&Options::new(&fresh.url)).await;
    import(&copy, &file).await.expect("it is imported");
    let check = checked(&copy).await;
    assert_eq!((check.links, check.unknown), (5_500, 5_500));
    assert_eq!(export(&copy, None).await.0, file);
}

/// A file that comes slowly: a moment passes before every piece. When the second one is read, the import has begun.
struct Slowly<'a> {
    left: &'a [u8],
    pieces: tokio::sync::watch::Sender<u32>,
}

impl Read for Slowly<'_> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let length = self.left.len().min(to.len()).min(16_384);
        self.pieces.send_modify(|pieces| *pieces += 1);
        std::thread::sleep(Duration::from_millis(5));
        to[..length].copy_from_slice(&self.left[..length]);
        self.left = &self.left[length..];
        Ok(length)
    }
}

async fn an_import_and_a_server_that_creates_meanwhile_do_no_harm_to_each_other(database: Database) {
    const IMPORTED: usize = 3_000;
    const CREATED: usize = 200;
    let source = sqlite().await;
    let source = open(&Options::new(&source.url)).await;
    for number in 0..IMPORTED / 500 {
        let user = |place: usize| {
            let id = format!("imported-{:05}", number * 500 + place);
            creation(&source, "User", &id, json!({"userName": id}), Profile::RFC)
        };
        store(&source).commit(&(0..500).map(user).collect::<Vec<_>>()).await.expect("they are new");
    }
    let (file, _) = export(&source, None).await;
    let stores = open(&Options::new(&database.url)).await;
    let server = open(&Options::new(&database.url)).await;
    // The server has keys in reserve, and the tenant is empty.
    user(&server, "first", "first").await;
    store(&server).commit(&[Change::Delete { key: key(&server, "User", "first"), expected: Expected::Any }]).await.expect("it is there");
    let (pieces, mut begun) = tokio::sync::watch::channel(0);
    let creating = tokio::spawn(async move {
        begun.wait_for(|pieces| *pieces > 1).await.expect("the import begins");
        for number in 0..CREATED {
            let id = format!("created-{number:05}");
            let change = creation(&server, "User", &id, json!({"userName": id}), Profile::RFC);
            // On SQLite it waits until the import is done.
            store(&server).commit(&[change]).await.unwrap_or_else(|error| panic!("{id}: {error}"));
        }
    });
    let mut from = std::io::BufReader::new(Slowly { left: file.as_bytes(), pieces });
    let importing = stores.clone();
    let done = importing.import(&mut from, &quiet).await.expect("it is imported");
    creating.await.expect("all were created");
    assert_eq!(done.resources as usize, IMPORTED);
    assert_eq!(checked(&stores).await.resources as usize, IMPORTED + CREATED);
    let page = query(&stores, "User", None);
    let total = store(&stores).query(&page).await.expect("the store answers").total;
    assert_eq!(total, Some((IMPORTED + CREATED) as u64));
    user(&stores, "last", "last").await;
    checked(&stores).await;
}

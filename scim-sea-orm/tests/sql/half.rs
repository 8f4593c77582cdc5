//! A failed request leaves nothing (T18): statement N fails, for every N of every kind of write.

use std::sync::Arc;

use scim_sea_orm::{Event, Hook, Stop, Synchronous};
use scim_server::store::{Change, Content, Document, Edit, Element, Expected, Store, Unknown};
use scim_server::{Boxed, Caller, Profile, Registry, Stores};
use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseTransaction, Statement};
use serde_json::json;

use crate::meter::{Metered, Work};
use crate::world::{Chance, FileDatabase, caller, creation, key, kind, open, read};

const ANA: &str = "00000000-0000-4000-8000-00000000000a";
const BEN: &str = "00000000-0000-4000-8000-00000000000b";
const GROUP: &str = "00000000-0000-4000-8000-0000000000aa";
const NEW: &str = "00000000-0000-4000-8000-0000000000ff";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// An application that writes a row of its own beside every change.
struct Diary;

impl Hook for Diary {
    fn run<'a>(&'a self, transaction: &'a DatabaseTransaction, _: &'a Caller, event: Event<'a>) -> Boxed<'a, Result<(), Stop>> {
        let (word, id) = match event {
            Event::Created { after, .. } => ("created", &after.key.id),
            Event::Updated { after, .. } => ("updated", &after.key.id),
            Event::Deleted { before } => ("deleted", &before.key.id),
        };
        let values = [word.into(), id.as_str().into()];
        let insert = Statement::from_sql_and_values(DatabaseBackend::Sqlite, "INSERT INTO diary (word, id) VALUES (?, ?)", values);
        Box::pin(async move {
            transaction.execute_raw(insert).await?;
            Ok(())
        })
    }
}

/// Every row of every table, as text.
async fn state(metered: &Metered) -> Vec<String> {
    let columns = [
        ("scim_resource", "tenant, type, key, id, version, document, display, created, modified"),
        ("scim_value", "tenant, attribute, value, slot, element, key"),
        ("scim_link", "tenant, attribute, owner, value, compared, item"),
        ("scim_tally", "tenant, type, block, slot, n"),
        ("diary", "word, id"),
    ];
    let mut rows = Vec::new();
    for (table, columns) in columns {
        let quoted: Vec<String> = columns.split(", ").map(|column| format!("quote(\"{column}\")")).collect();
        let select = format!("SELECT {} AS line FROM {table} ORDER BY 1", quoted.join(" || '|' || "));
        let found = metered.stores.database().query_all_raw(Statement::from_string(DatabaseBackend::Sqlite, select)).await;
        for row in found.expect("the database answers") {
            rows.push(format!("{table}: {}", row.try_get::<String>("", "line").expect("a line is text")));
        }
    }
    rows
}

async fn fill(metered: &Metered, registry: &Registry) {
    let (user, group) = (kind(registry, "User"), kind(registry, "Group"));
    let ana =
        json!({"schemas": [user.schema.id], "userName": "ana", "displayName": "Ana", "emails": [{"value": "a@x.example", "type": "work"}]});
    let ben =
        json!({"schemas": [user.schema.id, ENTERPRISE], "userName": "ben", ENTERPRISE: {"manager": {"value": ANA}, "department": "D"}});
    let members = json!({"schemas": [group.schema.id], "displayName": "G", "members": [{"value": ANA}, {"value": BEN}]});
    let changes =
        [creation(&user, ANA, ana, Profile::RFC), creation(&user, BEN, ben, Profile::RFC), creation(&group, GROUP, members, Profile::RFC)];
    metered.stores.of(&caller("acme")).commit(&changes).await.expect("they are new");
}

/// Every kind of write.
fn writes(registry: &Registry) -> Vec<(&'static str, Vec<Change>)> {
    let (user, group) = (kind(registry, "User"), kind(registry, "Group"));
    let body = json!({
        "schemas": [user.schema.id, ENTERPRISE], "userName": "neo", "emails": [{"value": "n@x.example"}], ENTERPRISE: {"manager": {"value": BEN}},
    });
    let renamed = json!({"schemas": [user.schema.id], "userName": "anna", "displayName": "Anna", "emails": [{"value": "b@x.example"}]});
    let Change::Create { new: renamed, .. } = creation(&user, ANA, renamed, Profile::RFC) else { unreachable!("it is a creation") };
    let team = json!({"schemas": [group.schema.id], "displayName": "T", "members": [{"value": ANA}, {"value": BEN}, {"value": GROUP}]});
    let element = |id: &str| Element { value: id.to_owned(), item: Document::new(), referent: None };
    let edit =
        |edit: Edit| Change::Update { key: key(&group, GROUP), expected: Expected::Any, new: None, edits: vec![("members".into(), edit)] };
    let delta = Edit::Delta { put: vec![element(GROUP)], remove: vec![BEN.into()], unknown: Unknown::Refuse };
    let replace = Edit::Replace { elements: vec![element(BEN), element(GROUP)], unknown: Unknown::Refuse };
    let named = json!({"schemas": [group.schema.id], "displayName": "H"});
    let Change::Create { new: named, .. } = creation(&group, GROUP, named, Profile::RFC) else { unreachable!("it is a creation") };
    let both = Change::Update {
        key: key(&group, GROUP),
        expected: Expected::Is(1),
        new: Some(Content { collections: Vec::new(), ..named }),
        edits: vec![("members".into(), delta.clone())],
    };
    let update = Change::Update { key: key(&user, ANA), expected: Expected::Is(1), new: Some(renamed), edits: Vec::new() };
    let delete = |kind, id| Change::Delete { key: key(kind, id), expected: Expected::Any };
    vec![
        ("create a user", vec![creation(&user, NEW, body.clone(), Profile::RFC)]),
        ("create a group", vec![creation(&group, NEW, team, Profile::RFC)]),
        ("change a document", vec![update.clone()]),
        ("add and remove members", vec![edit(delta)]),
        ("replace members", vec![edit(replace)]),
        ("change a document and members", vec![both]),
        ("delete a user who is member and manager", vec![delete(&user, ANA)]),
        ("delete a group", vec![delete(&group, GROUP)]),
        ("several at once", vec![creation(&user, NEW, body, Profile::RFC), update, delete(&user, BEN)]),
    ]
}

/// A database with an application in it, filled, and its state.
async fn filled(file: &FileDatabase, registry: &Arc<Registry>) -> (Metered, Vec<String>) {
    let mut metered = Metered::open(file.options().synchronous(Synchronous::Off), registry).await;
    let table = "CREATE TABLE diary (word TEXT NOT NULL, id TEXT NOT NULL)";
    metered.stores.database().execute_unprepared(table).await.expect("the table is new");
    metered.stores = metered.stores.with_hook(Diary);
    fill(&metered, registry).await;
    let before = state(&metered).await;
    (metered, before)
}

/// What fails last.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Commit,
    Statement,
}

/// Tries the write with a failure set at each place in turn, until it passes all of them. Returns how many there were.
async fn fail_everywhere(name: &str, changes: &[Change], registry: &Arc<Registry>, last: Last, set: impl Fn(&Metered, usize)) -> usize {
    let file = FileDatabase::new();
    let (undisturbed, _) = filled(&file, registry).await;
    let (outcome, Work { statements: all, .. }) = undisturbed.measure(undisturbed.stores.of(&caller("acme")).commit(changes)).await;
    outcome.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    let file = FileDatabase::new();
    let (metered, before) = filled(&file, registry).await;
    let store = metered.stores.of(&caller("acme"));
    let mut place = 0;
    loop {
        metered.watch().await;
        set(&metered, place);
        let earlier = metered.statements();
        let outcome = store.commit(changes).await;
        let statements = metered.statements() - earlier;
        if !metered.has_failed() {
            outcome.unwrap_or_else(|error| panic!("{name}: nothing failed, but {error:?}"));
            assert_ne!(state(&metered).await, before, "{name}: in the end it was done");
            return place;
        }
        assert!(outcome.is_err(), "{name}: place {place} failed and nobody noticed");
        if last == Last::Statement && statements == all {
            // The last statement and COMMIT fail in the other run. Here COMMIT would be broken off behind its effect, too, and say
            // that it failed: only a test breaks off there.
            return place;
        }
        let after = state(&metered).await;
        let changed: Vec<&String> =
            after.iter().filter(|row| !before.contains(row)).chain(before.iter().filter(|row| !after.contains(row))).collect();
        assert!(changed.is_empty(), "{name}: place {place} failed with {outcome:?}, and these rows are not as before: {changed:#?}");
        place += 1;
    }
}

/// The steps of BEGIN itself. Broken off behind its effect it would leave an open transaction; only a test breaks off there.
const BEGIN: usize = 6;

/// Small, so that every statement is broken off at one place of it or another.
const STRIDE: usize = 3;

#[tokio::test]
async fn whichever_statement_of_a_write_fails_nothing_is_left_of_it() {
    let registry = Arc::new(Registry::rfc7643());
    for (name, changes) in writes(&registry) {
        // Each statement as it begins: BEGIN, the second and those behind it, COMMIT …
        let statements = fail_everywhere(name, &changes, &registry, Last::Commit, |metered, place| metered.fail_after(place)).await;
        // … and all of them, the first too, somewhere in their middle.
        let steps =
            fail_everywhere(name, &changes, &registry, Last::Statement, |metered, place| metered.fail_after_steps(BEGIN + place * STRIDE))
                .await;
        println!("{name}: failed at {statements} statements and in {steps} places");
        assert!(statements >= 4 && steps >= 20, "{name}: {statements} statements and {steps} places are too few to be all");
    }
}

/// T18, the other side: who reads while another writes sees the one state or the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_never_see_half_a_change() {
    let (registry, file) = (Arc::new(Registry::rfc7643()), FileDatabase::new());
    let stores = open(&file.options().synchronous(Synchronous::Off), &registry).await;
    let group = kind(&registry, "Group");
    let store = stores.of(&caller("acme"));
    let body = |number: usize| json!({"schemas": [group.schema.id], "displayName": number.to_string()});
    store.commit(&[creation(&group, GROUP, body(0), Profile::RFC)]).await.expect("it is new");
    let writer = {
        let (store, group) = (store.clone(), group.clone());
        let mut chance = Chance::new(18);
        let changes: Vec<Change> = (1..300)
            .map(|number| {
                let Change::Create { new, .. } = creation(&group, GROUP, body(number), Profile::RFC) else {
                    unreachable!("it is a creation")
                };
                // As many members as the name says, up to ten; never the same twice.
                let elements = (0..number % 10).map(|_| Element { value: chance.id(), item: Document::new(), referent: None }).collect();
                let edits = vec![("members".to_owned(), Edit::Replace { elements, unknown: Unknown::Keep })];
                Change::Update { key: key(&group, GROUP), expected: Expected::Any, new: Some(new), edits }
            })
            .collect();
        tokio::spawn(async move {
            for change in changes {
                store.commit(&[change]).await.expect("it is written");
            }
        })
    };
    let mut seen = std::collections::BTreeSet::new();
    while !writer.is_finished() {
        let stored = read(&store, &group, GROUP).await.expect("it is there");
        let name: usize = stored.document["displayName"].as_str().and_then(|name| name.parse().ok()).expect("the name is a number");
        let members = stored.collections.get("members").map_or(0, Vec::len);
        assert_eq!((members, stored.version), (name % 10, name as u64 + 1), "name {name}");
        seen.insert(name);
    }
    writer.await.expect("the writer does not panic");
    assert!(seen.len() > 3, "the readers read while it was written: {seen:?}");
}

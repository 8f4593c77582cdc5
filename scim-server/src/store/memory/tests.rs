//! What the memory store answers where the port leaves room: every other store is compared with it, so it must answer for sure.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::example::{ENTERPRISE, kind, object};
use crate::store::{Content, Document, Edit, Expected, Reference, UniqueKey, Unknown};

fn store() -> MemoryStore {
    let caller = Caller::new(TenantId::new("acme"), "test");
    MemoryStores::new().of(&caller)
}

fn key(kind_name: &str, id: &str) -> ResourceKey {
    ResourceKey { kind: kind(kind_name), id: id.into() }
}

fn user(name: &str) -> Content {
    Content {
        document: object(json!({"userName": name})),
        unique: vec![UniqueKey { path: "userName".into(), key: name.into() }],
        ..Content::default()
    }
}

fn create(key: &ResourceKey, new: Content) -> Change {
    Change::Create { key: key.clone(), new }
}

fn keeper(duty: &str) -> Element {
    Element { value: "ana".into(), item: object(json!({"duty": duty})), referent: None }
}

async fn duties(store: &MemoryStore, device: &ResourceKey) -> Vec<Document> {
    let stored = store.get(device, &Load::Everything).await.unwrap().unwrap();
    stored.collections.get("users").into_iter().flatten().map(|element| element.item.clone()).collect()
}

#[tokio::test]
async fn a_create_with_a_taken_id_is_refused_and_leaves_what_has_it() {
    let store = store();
    let ana = key("User", "1");
    store.commit(&[create(&ana, user("ana"))]).await.unwrap();

    // Elements and references name an id without its type, so it is taken for every type.
    for (other, new) in [(ana.clone(), user("ben")), (key("Group", "1"), Content::default())] {
        let refusal = store.commit(&[create(&other, new)]).await.unwrap_err();
        assert!(matches!(&refusal, StoreError::NotUnique { path } if path == "id"), "{}: {refusal:?}", other.kind.name);
    }

    let stored = store.get(&ana, &Load::DOCUMENT).await.unwrap().unwrap();
    assert_eq!(stored.document["userName"], "ana");
    let all = Query::of(kind("User"), None, Page::Index { start: 1, count: 10 });
    assert_eq!(store.query(&all).await.unwrap().total, Some(1));
    // The name of the refused create is free.
    store.commit(&[create(&key("User", "2"), user("ben"))]).await.unwrap();
}

#[tokio::test]
async fn of_an_element_that_is_given_twice_the_last_counts() {
    let store = store();
    let device = key("Device", "press");
    let new = Content { collections: vec![("users".into(), vec![keeper("oil"), keeper("clean")])], ..Content::default() };
    store.commit(&[create(&key("User", "ana"), user("ana")), create(&device, new)]).await.unwrap();
    assert_eq!(duties(&store, &device).await, [object(json!({"duty": "clean"}))]);

    let (twice, unknown) = (vec![keeper("oil"), keeper("clean")], Unknown::Refuse);
    let edits = [Edit::Delta { put: twice.clone(), remove: Vec::new(), unknown }, Edit::Replace { elements: twice, unknown }];
    for edit in edits {
        let edits = vec![("users".to_owned(), edit)];
        let update = Change::Update { key: device.clone(), expected: Expected::Any, new: None, edits };
        let written = store.commit(&[update]).await.unwrap();
        assert!(!written[0].changed, "the last one is there already");
        assert_eq!(duties(&store, &device).await, [object(json!({"duty": "clean"}))]);
    }
}

#[tokio::test]
async fn of_an_unknown_reference_and_a_taken_value_the_reference_is_reported() {
    let store = store();
    let path = format!("{ENTERPRISE}:manager");
    let ben = key("User", "ben");
    store.commit(&[create(&key("User", "ana"), user("ana")), create(&ben, user("ben"))]).await.unwrap();
    let reference = Reference { path: path.clone(), value: "ghost".into(), types: vec!["User".into()], unknown: Unknown::Refuse };
    let both = || Content { references: vec![reference.clone()], ..user("ana") };

    let update = Change::Update { key: ben, expected: Expected::Any, new: Some(both()), edits: Vec::new() };
    for change in [create(&key("User", "cleo"), both()), update] {
        let refusal = store.commit(&[change]).await.unwrap_err();
        assert!(matches!(&refusal, StoreError::UnknownReference { path: at, .. } if *at == path), "{refusal:?}");
    }
}

#[tokio::test]
async fn a_failing_list_gives_back_what_a_delete_took() {
    let store = store();
    let (ana, group) = (key("User", "ana"), key("Group", "guides"));
    let member = Element { value: "ana".into(), item: Document::new(), referent: None };
    let new = Content { collections: vec![("members".into(), vec![member])], ..Content::default() };
    store.commit(&[create(&ana, user("ana")), create(&group, new)]).await.unwrap();

    let delete = Change::Delete { key: ana.clone(), expected: Expected::Any };
    let fails = Change::Delete { key: key("User", "ghost"), expected: Expected::Any };
    assert!(matches!(store.commit(&[delete, fails]).await.map_err(StoreError::apart), Err((Some(1), StoreError::NotFound))));

    let stored = store.get(&group, &Load::Everything).await.unwrap().unwrap();
    assert_eq!((stored.version, stored.collections["members"].len()), (1, 1));
    let stored = store.get(&ana, &Load::Everything).await.unwrap().unwrap();
    assert_eq!(stored.collections["groups"][0].value, "guides");
}

/// All that a tenant has, indexes included.
fn all(resources: &Resources) -> String {
    let rows = resources.rows.iter().map(|(number, row)| {
        let key = (&row.key.kind.name, &row.key.id);
        format!("{number} {key:?} {} {:?} {:?} {:?}\n", row.version, row.modified, row.kept, row.collections)
    });
    let numbers: BTreeMap<_, _> = resources.numbers.iter().collect();
    let taken: BTreeMap<_, _> = resources.taken.iter().collect();
    let named_by: BTreeMap<_, _> = resources.named_by.iter().collect();
    format!("{}{numbers:?}\n{taken:?}\n{named_by:?}", rows.collect::<String>())
}

fn member(id: &str) -> Element {
    Element { value: id.into(), item: Document::new(), referent: None }
}

fn members(ids: impl IntoIterator<Item = String>) -> Vec<Element> {
    ids.into_iter().map(|id| member(&id)).collect()
}

#[test]
fn a_failing_list_costs_what_it_touched_however_much_there_is() {
    let steps = |size: usize| {
        let mut resources = Resources::default();
        for number in 0..size {
            resources.apply(&create(&key("User", &format!("u{number}")), user(&format!("u{number}"))), &BTreeMap::new()).unwrap();
        }
        let group = key("Group", "guides");
        let new = Content { collections: vec![("members".into(), members((0..size).map(|n| format!("u{n}"))))], ..Content::default() };
        resources.apply(&create(&group, new), &BTreeMap::new()).unwrap();
        resources.keep();
        let before = all(&resources);

        let put = Edit::Delta { put: vec![member("new")], remove: vec!["u0".into()], unknown: Unknown::Keep };
        let changes = [
            create(&key("User", "late"), user("late")),
            Change::Update { key: group, expected: Expected::Any, new: None, edits: vec![("members".into(), put)] },
            Change::Delete { key: key("User", "u1"), expected: Expected::Any },
        ];
        changes.iter().for_each(|change| drop(resources.apply(change, &BTreeMap::new()).unwrap()));
        let steps = resources.undo.len();
        resources.take_back();
        assert_eq!(all(&resources), before);
        steps
    };
    // A row and its content; two elements and a stamp; an element, a stamp, the content and the row.
    assert_eq!((steps(2), steps(1_000)), (9, 9));
}

/// Some change of a few users and groups.
fn change() -> impl Strategy<Value = Change> {
    let user_key = || (0..4).prop_map(|number| key("User", &format!("u{number}")));
    let group_key = || (0..3).prop_map(|number| key("Group", &format!("g{number}")));
    let ids = || proptest::collection::vec("[ug][0-3]", 0..4);
    let content = |(name, manager): (u8, Option<u8>)| {
        let references = manager.map(|manager| Reference {
            path: format!("{ENTERPRISE}:manager"),
            value: format!("u{manager}"),
            types: vec!["User".into()],
            unknown: Unknown::Keep,
        });
        let mut content = Content { references: references.into_iter().collect(), ..user(&format!("name{name}")) };
        if let Some(manager) = manager {
            content.document.insert(ENTERPRISE.into(), json!({"manager": {"value": format!("u{manager}")}}));
        }
        content
    };
    let content = move || (0..5_u8, proptest::option::of(0..4_u8)).prop_map(content);
    let update = |key, new, edits| Change::Update { key, expected: Expected::Any, new, edits };
    let edit = (any::<bool>(), ids(), ids()).prop_map(|(whole, put, remove)| {
        let unknown = Unknown::Keep;
        match whole {
            true => Edit::Replace { elements: members(put), unknown },
            false => Edit::Delta { remove: remove.into_iter().filter(|id| !put.contains(id)).collect(), put: members(put), unknown },
        }
    });
    prop_oneof![
        (user_key(), content()).prop_map(|(key, new)| Change::Create { key, new }),
        (group_key(), ids()).prop_map(|(key, ids)| Change::Create {
            key,
            new: Content { collections: vec![("members".into(), members(ids))], unknown_elements: Unknown::Keep, ..Content::default() }
        }),
        (user_key(), content()).prop_map(move |(key, new)| update(key, Some(new), Vec::new())),
        (group_key(), edit).prop_map(move |(key, edit)| update(key, None, vec![("members".into(), edit)])),
        prop_oneof![user_key(), group_key()].prop_map(|key| Change::Delete { key, expected: Expected::Any }),
    ]
}

proptest! {
    #[test]
    fn a_list_that_fails_leaves_everything_as_it_was(lists in proptest::collection::vec(proptest::collection::vec(change(), 1..6), 1..12)) {
        let mut resources = Resources::default();
        for list in lists {
            let before = all(&resources);
            let failed = list.iter().any(|change| resources.apply(change, &BTreeMap::new()).is_err());
            let after = all(&resources);
            resources.take_back();
            prop_assert_eq!(&all(&resources), &before);
            prop_assert_eq!(resources.undo.len(), 0);
            if !failed {
                // What was taken back can be made again, but for the times and the numbers.
                let again = list.iter().all(|change| resources.apply(change, &BTreeMap::new()).is_ok());
                prop_assert!(again);
                prop_assert_eq!(all(&resources).lines().count(), after.lines().count());
                resources.keep();
            }
        }
    }
}

#[tokio::test]
async fn a_query_for_a_unique_value_looks_at_the_resource_that_has_it_alone() {
    let store = store();
    for name in ["ana", "ben", "eva"] {
        store.commit(&[create(&key("User", name), user(name))]).await.unwrap();
    }
    let renamed = Change::Update { key: key("User", "eva"), expected: Expected::Any, new: Some(user("zoe")), edits: Vec::new() };
    store.commit(&[renamed, Change::Delete { key: key("User", "ben"), expected: Expected::Any }]).await.unwrap();
    let leniency = crate::Leniency::new(crate::Profile::RFC);
    for (text, looked_at, found) in [
        ("userName eq \"ANA\"", 1, &["ana"][..]),
        ("userName eq \"zoe\" and id eq \"eva\"", 1, &["eva"]),
        ("userName eq \"zoe\" and id eq \"ana\"", 1, &[]),
        // Whoever had the value has it no more.
        ("userName eq \"eva\"", 0, &[]),
        ("userName eq \"ben\"", 0, &[]),
        // Whatever else may match is looked at.
        ("userName eq \"zoe\" or id eq \"ana\"", 2, &["ana", "eva"]),
        ("not (userName eq \"zoe\")", 2, &["ana"]),
        ("userName ne \"zoe\"", 2, &["ana"]),
        ("id eq \"ana\"", 2, &["ana"]),
    ] {
        let filter = crate::filter::resolve(text, &kind("User"), &leniency).unwrap();
        let candidates = store.resources.read().unwrap().candidates(&kind("User"), Some(&filter)).count();
        assert_eq!(candidates, looked_at, "{text}");
        let query = Query::of(kind("User"), Some(filter), Page::Index { start: 1, count: 10 });
        let ids: Vec<String> = store.query(&query).await.unwrap().resources.into_iter().map(|stored| stored.key.id).collect();
        assert_eq!(ids, found, "{text}");
    }
}

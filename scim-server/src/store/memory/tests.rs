//! What the memory store answers where the port leaves room: every other store is compared with it, so it must answer for sure.

use serde_json::json;

use super::*;
use crate::Profile;
use crate::example::{ENTERPRISE, kind, object};

fn store() -> MemoryStore {
    let caller = Caller { tenant: TenantId::new("acme"), credential: "test".into(), profile: Profile::RFC, request_id: "1".into() };
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
    let all = Query { kind: kind("User"), filter: None, start: 1, count: 10, load: Load::DOCUMENT };
    assert_eq!(store.query(&all).await.unwrap().total, 1);
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
    assert!(matches!(store.commit(&[delete, fails]).await, Err(StoreError::NotFound)));

    let stored = store.get(&group, &Load::Everything).await.unwrap().unwrap();
    assert_eq!((stored.version, stored.collections["members"].len()), (1, 1));
    let stored = store.get(&ana, &Load::Everything).await.unwrap().unwrap();
    assert_eq!(stored.collections["groups"][0].value, "guides");
}

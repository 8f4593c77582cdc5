//! An id that a client gives several times counts once, and its last word counts, however many elements lie between.

use scim_server::store::{Change, Content, Document, Edit, Element, Expected, Load, ResourceKey, Store, Unknown};
use scim_server::{Caller, Stores, TenantId};
use serde_json::json;

use super::open;
use super::support::{Database, on_each_engine};

on_each_engine!(an_id_given_twice_among_many_counts_once);

fn element(id: &str, kind: &str) -> Element {
    let item = json!({"type": kind}).as_object().expect("an object").clone();
    Element { value: id.to_owned(), item, referent: None }
}

async fn an_id_given_twice_among_many_counts_once(database: Database) {
    let stores = open(&database).await;
    let store = stores.of(&Caller::new(TenantId::new("repeated"), "test"));
    let key = ResourceKey { kind: stores.registry().by_name("Group").expect("a type").clone(), id: "group".into() };
    let document = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "g"});
    let new = Content { document: document.as_object().expect("an object").clone(), ..Content::default() };
    store.commit(&[Change::Create { key: key.clone(), new }]).await.expect("it is new");
    // Its first and its last word are more than one statement apart.
    let many = |first: &str, last: &str| {
        let between = (0..1_200).map(|number| element(&format!("member-{number:05}"), "User"));
        std::iter::once(element("twice", first)).chain(between).chain([element("twice", last)]).collect::<Vec<_>>()
    };
    let delta = |put| Edit::Delta { put, remove: Vec::new(), unknown: Unknown::Keep };
    let replace = |elements| Edit::Replace { elements, unknown: Unknown::Keep };
    for (what, edit, changed, last) in [
        ("new", delta(many("first", "last")), true, "last"),
        ("as it is", delta(many("other", "last")), false, "last"),
        ("all, as it is", replace(many("other", "last")), false, "last"),
        ("all, changed", replace(many("last", "final")), true, "final"),
    ] {
        let edits = vec![("members".to_owned(), edit)];
        let change = Change::Update { key: key.clone(), expected: Expected::Any, new: None, edits };
        let written = store.commit(&[change]).await.expect("the group is there").remove(0);
        assert_eq!(written.changed, changed, "{what}");
        let stored = store.get(&key, &Load::Everything).await.expect("the store answers").expect("it is there");
        let members = &stored.collections.iter().find(|(path, _)| *path == "members").expect("it has members").1;
        let twice: Vec<&Document> = members.iter().filter(|member| member.value == "twice").map(|member| &member.item).collect();
        assert_eq!(twice.len(), 1, "{what}");
        assert_eq!(twice[0]["type"], last, "{what}");
    }
    // One that is left out is told once.
    let edits = vec![("members".to_owned(), Edit::Delta { put: many("first", "last"), remove: Vec::new(), unknown: Unknown::LeaveOut })];
    let other = ResourceKey { id: "other".into(), ..key };
    let new = Content { document: document.as_object().expect("an object").clone(), ..Content::default() };
    let changes = [Change::Create { key: other.clone(), new }, Change::Update { key: other, expected: Expected::Any, new: None, edits }];
    let left_out = store.commit(&changes).await.expect("it is new").remove(1).left_out;
    assert_eq!(left_out.iter().filter(|id| *id == "twice").count(), 1, "{}", left_out.len());
}

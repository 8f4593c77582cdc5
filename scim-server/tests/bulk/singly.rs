//! A bulk request of independent operations comes to what the same operations come to one by one (RFC 7644 §3.7).

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// An operation on the third of some users or groups.
fn operation() -> impl Strategy<Value = Value> {
    let name = (0..8u8).prop_map(|number| format!("name{number}"));
    let place = || 0..6usize;
    prop_oneof![
        4 => name.clone().prop_map(|name| json!(["POST", "/Users", user(&name)])),
        2 => (name.clone(), proptest::collection::vec(place(), 0..3)).prop_map(|(name, members)| {
            let members: Vec<String> = members.iter().map(|place| format!("{{{place}}}")).collect();
            json!(["POST", "/Groups", group(&name, &members.iter().map(String::as_str).collect::<Vec<_>>())])
        }),
        2 => (place(), name.clone()).prop_map(|(place, name)| json!(["PUT", format!("/Users/{{{place}}}"), user(&name)])),
        2 => (place(), name.clone()).prop_map(|(place, name)| json!(["PATCH", format!("/Users/{{{place}}}"), {"schemas": [PATCH_OP], "Operations": [{"op": "add", "path": "userName", "value": name}]}])),
        2 => (place(), place(), prop_oneof![Just("add"), Just("replace")]).prop_map(|(place, member, op)| json!(["PATCH", format!("/Groups/{{{place}}}"), {"schemas": [PATCH_OP], "Operations": [{"op": op, "path": "members", "value": [{"value": format!("{{{member}}}")}]}]}])),
        1 => (place(), place()).prop_map(|(place, member)| json!(["PATCH", format!("/Groups/{{{place}}}"), {"schemas": [PATCH_OP], "Operations": [{"op": "remove", "path": format!("members[value eq \"{{{member}}}\"]")}]}])),
        1 => Just(json!(["POST", "/Users", {"schemas": [USER]}])),
        1 => (place(), prop_oneof![Just("Users"), Just("Groups")]).prop_map(|(place, kind)| json!(["DELETE", format!("/{kind}/{{{place}}}"), null])),
    ]
}

/// Three users, of whom one has a manager, and three groups; `{0}` … stand for them.
async fn start(server: &Server) -> Vec<String> {
    let mut ids = Vec::new();
    for name in ["name0", "name1"] {
        ids.push(create(server, "/Users", &user(name)).await);
    }
    let managed = json!({"schemas": [USER, ENTERPRISE], "userName": "name2", (ENTERPRISE): {"manager": {"value": ids[0]}}});
    ids.push(create(server, "/Users", &managed).await);
    for (name, member) in [("one", 0), ("two", 1), ("three", 2)] {
        let member = ids[member].clone();
        ids.push(create(server, "/Groups", &group(name, &[&member])).await);
    }
    ids
}

fn filled(value: &Value, ids: &[String]) -> Value {
    let text = ids.iter().enumerate().fold(value.to_string(), |text, (place, id)| text.replace(&format!("{{{place}}}"), id));
    serde_json::from_str(&text).expect("still JSON")
}

/// What is there, with each id replaced by what it stands for: new resources by the operation that created them.
async fn picture(server: &Server, ids: &[String], created: &[Option<String>]) -> Vec<Value> {
    let mut seen = Vec::new();
    for resource in everything(server)
        .await
        .as_array()
        .expect("two lists")
        .iter()
        .flat_map(|list| list["Resources"].as_array().cloned().unwrap_or_default())
    {
        let mut resource = resource;
        for time in ["created", "lastModified"] {
            resource["meta"].as_object_mut().expect("meta").shift_remove(time);
        }
        let mut text = resource.to_string();
        for (place, id) in ids.iter().enumerate() {
            text = text.replace(id, &format!("old{place}"));
        }
        for (place, id) in created.iter().enumerate() {
            if let Some(id) = id {
                text = text.replace(id, &format!("new{place}"));
            }
        }
        let mut resource: Value = serde_json::from_str(&text).expect("still JSON");
        // They stand in the order of ids, which are random.
        for attribute in ["members", "groups"] {
            if let Some(elements) = resource[attribute].as_array_mut() {
                elements.sort_by_key(Value::to_string);
            }
        }
        seen.push(resource);
    }
    seen
}

async fn compare(operations: Vec<Value>) {
    let one_by_one = server();
    let ids = start(&one_by_one).await;
    let mut expected = Vec::new();
    let mut created = Vec::new();
    for operation in &operations {
        let operation = filled(operation, &ids);
        let (method, path) = (operation[0].as_str().expect("a method"), operation[1].as_str().expect("a path"));
        let answer = send(&one_by_one, method, path, &operation[2]).await;
        expected.push((answer.status.to_string(), answer.body["scimType"].as_str().map(ToOwned::to_owned)));
        created.push((method == "POST").then(|| answer.body["id"].as_str().map(ToOwned::to_owned)).flatten());
    }
    let expected_picture = picture(&one_by_one, &ids, &created).await;
    // As one unit they come to the same if all of them succeed.
    let all_succeed = expected.iter().all(|(status, _)| status.starts_with('2'));
    for together in std::iter::once(server()).chain(all_succeed.then(atomic_server)) {
        let ids = start(&together).await;
        let sent = operations.iter().enumerate().map(|(place, operation)| {
            let operation = filled(operation, &ids);
            json!({"method": operation[0], "path": operation[1], "bulkId": place.to_string(), "data": operation[2]})
        });
        let results = bulk(&together, sent.collect()).await;
        let found: Vec<_> = results
            .iter()
            .map(|result| {
                (result["status"].as_str().expect("a text").to_owned(), result["response"]["scimType"].as_str().map(ToOwned::to_owned))
            })
            .collect();
        assert_eq!(found, expected, "{operations:?}");
        let created: Vec<Option<String>> = results
            .iter()
            .map(|result| (result["method"] == "POST").then(|| result.get("location").map(|_| id(result))).flatten())
            .collect();
        assert_eq!(picture(&together, &ids, &created).await, expected_picture, "{operations:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// RFC: 7644-3.7-20 7644-3.7-23
    #[test]
    fn a_bulk_request_comes_to_what_its_operations_come_to_singly(operations in proptest::collection::vec(operation(), 1..16)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(compare(operations));
    }
}

//! Two groups that contain each other, and a user whom both contain, in one bulk request: in every order of its operations.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::{Map, Value, json};

use crate::exchange::Server;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// A request of which at most one operation is wrong.
struct Variant {
    /// Which of the three, and its data.
    wrong: Option<(usize, Value)>,
    /// What the user, the first and the second group are answered.
    statuses: [&'static str; 3],
}

fn variants() -> Vec<Variant> {
    let variant = |place: usize, data: Value, statuses| Variant { wrong: Some((place, data)), statuses };
    let unnamed = json!({"schemas": [GROUP], "members": [{"value": "bulkId:b"}, {"value": "bulkId:u"}]});
    let with = |member: &str| json!({"schemas": [GROUP], "displayName": "B", "members": [{"value": "bulkId:a"}, {"value": member}]});
    vec![
        Variant { wrong: None, statuses: ["201", "201", "201"] },
        variant(0, json!({"schemas": [USER]}), ["400", "409", "409"]),
        variant(0, json!({"schemas": [USER], "userName": "taken"}), ["409", "409", "409"]),
        variant(1, unnamed, ["201", "400", "409"]),
        variant(2, with("ghost"), ["201", "409", "400"]),
        variant(2, with("bulkId:ghost"), ["201", "409", "400"]),
    ]
}

/// Sends the request in every order and variant, each to a server of a tenant of its own, while others read.
pub(crate) async fn in_every_order(open: impl AsyncFn(String) -> Server) {
    for (number, Variant { wrong, statuses }) in variants().into_iter().enumerate() {
        for order in ORDERS {
            let server = Arc::new(open(format!("variant {number} {order:?}")).await);
            assert_eq!(post(&server, "/Users", &json!({"schemas": [USER], "userName": "taken"})).await["userName"], "taken");
            let done = Arc::new(AtomicBool::new(false));
            let reader = tokio::spawn(read_until(server.clone(), done.clone()));
            let operations = operations(wrong.as_ref());
            let sent: Vec<&Value> = order.iter().map(|place| &operations[*place]).collect();
            let answer = post(&server, "/Bulk", &json!({"schemas": [BULK_REQUEST], "Operations": sent})).await;
            done.store(true, Ordering::Relaxed);
            assert!(reader.await.expect("nothing dangles while it is written") > 0);
            let results = answer["Operations"].as_array().expect("results");
            for (result, place) in results.iter().zip(order) {
                assert_eq!(result["status"], statuses[place], "{wrong:?} in the order {order:?}: {answer}");
                assert_eq!(result["bulkId"], operations[place]["bulkId"], "{answer}");
            }
            let ids: Vec<Option<&str>> = (0..3)
                .map(|wanted| results.iter().zip(order).find(|(_, place)| *place == wanted))
                .map(|found| found?.0["location"].as_str()?.rsplit('/').next())
                .collect();
            check(&server, &ids).await;
        }
    }
}

fn operations(wrong: Option<&(usize, Value)>) -> Vec<Value> {
    let group = |name: &str, other: &str| json!({"schemas": [GROUP], "displayName": name, "members": [{"value": format!("bulkId:{other}")}, {"value": "bulkId:u"}]});
    let mut operations = vec![
        json!({"method": "POST", "path": "/Users", "bulkId": "u", "data": {"schemas": [USER], "userName": "ana"}}),
        json!({"method": "POST", "path": "/Groups", "bulkId": "a", "data": group("A", "b")}),
        json!({"method": "POST", "path": "/Groups", "bulkId": "b", "data": group("B", "a")}),
    ];
    if let Some((place, data)) = wrong {
        operations[*place]["data"] = data.clone();
    }
    operations
}

/// What is there afterwards: exactly what was answered, and each names the other.
async fn check(server: &Server, ids: &[Option<&str>]) {
    let [user, a, b] = ids else { panic!("three operations") };
    let groups = server.get("/Groups").await.body;
    assert_eq!(groups["totalResults"], [a, b].iter().filter(|id| id.is_some()).count(), "{groups}");
    assert_eq!(server.get("/Users").await.body["totalResults"], 1 + usize::from(user.is_some()));
    for (group, other) in [(a, b), (b, a)] {
        let Some(id) = group else { continue };
        let answer = server.get(&format!("/Groups/{id}")).await;
        let shown = answer.body;
        let mut members: Vec<(&str, &str)> = shown["members"]
            .as_array()
            .expect("members")
            .iter()
            .map(|member| (member["type"].as_str().unwrap_or_default(), member["value"].as_str().unwrap_or_default()))
            .collect();
        members.sort_unstable();
        let expected = [("Group", other.expect("both or none")), ("User", user.expect("it was created"))];
        assert_eq!(members, expected, "{shown}");
        assert_eq!(answer.headers["etag"], "W/\"1\"", "it was never there without its members");
    }
    if let (Some(user), Some(_)) = (user, a) {
        let shown = server.get(&format!("/Users/{user}")).await.body;
        assert_eq!(shown["groups"].as_array().map(Vec::len), Some(2), "{shown}");
    }
}

/// Reads until it is told to stop: each member of each group is there. How often it read.
async fn read_until(server: Arc<Server>, done: Arc<AtomicBool>) -> usize {
    let reads = AtomicUsize::new(0);
    loop {
        let is_last = done.load(Ordering::Relaxed);
        let groups = server.get("/Groups").await.body;
        for group in groups["Resources"].as_array().into_iter().flatten() {
            for member in group["members"].as_array().into_iter().flatten() {
                let id = member["value"].as_str().expect("an id");
                let (user, group) = (server.get(&format!("/Users/{id}")).await, server.get(&format!("/Groups/{id}")).await);
                assert!(user.status == 200 || group.status == 200, "{id} dangles in {groups}");
            }
        }
        reads.fetch_add(1, Ordering::Relaxed);
        if is_last {
            return reads.into_inner();
        }
        tokio::task::yield_now().await;
    }
}

async fn post(server: &Server, path: &str, body: &Value) -> Value {
    let answer = server.send("POST", path, &Map::new(), Some(body)).await;
    assert!(answer.status < 300, "{path}: {}", answer.body);
    answer.body
}

//! Versions within a bulk request: as one unit it is held to those that its operations would meet one after the other.

use serde_json::{Map, Value, json};

use crate::exchange::Server;

const GHOST: &str = "2819c223-7f76-453a-919d-413861904646";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

fn patch(group: &str, operation: Value) -> Value {
    json!({"method": "PATCH", "path": format!("/Groups/{group}"), "data": [operation]})
}

fn add(group: &str, member: &str) -> Value {
    patch(group, json!({"op": "add", "path": "members", "value": [{"value": member}]}))
}

fn rename(group: &str, name: &str) -> Value {
    patch(group, json!({"op": "replace", "path": "displayName", "value": name}))
}

fn replace(group: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|member| json!({"value": member})).collect();
    json!({"method": "PUT", "path": format!("/Groups/{group}"), "data": {"schemas": [GROUP], "displayName": "Staff", "members": members}})
}

fn delete(path: &str) -> Value {
    json!({"method": "DELETE", "path": path})
}

fn create(bulk_id: &str, path: &str, data: Value) -> Value {
    json!({"method": "POST", "path": path, "bulkId": bulk_id, "data": data})
}

fn at(version: u64, mut operation: Value) -> Value {
    operation["version"] = json!(format!("W/\"{version}\""));
    operation
}

/// The id of what was created.
async fn created(server: &Server, path: &str, body: Value) -> String {
    let answer = server.send("POST", path, &Map::new(), Some(&body)).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.body["id"].as_str().expect("an id").to_owned()
}

/// Status and version of each operation, for a user `ana` who is the only member of a group at version 1.
async fn outcomes(server: &Server, operations: &dyn Fn(&str, &str) -> Vec<Value>) -> Vec<Value> {
    let ana = created(server, "/Users", json!({"schemas": [USER], "userName": "ana"})).await;
    let staff = created(server, "/Groups", json!({"schemas": [GROUP], "displayName": "Staff", "members": [{"value": ana}]})).await;
    let answer = server.send("POST", "/Bulk", &Map::new(), Some(&json!({"Operations": operations(&ana, &staff)}))).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let results = answer.body["Operations"].as_array().expect("results");
    results.iter().map(|result| json!([result["status"], result["version"]])).collect()
}

/// What the server makes: one that leaves out unknown members, for a tenant of its own, whose bulk requests are units or not.
pub(crate) async fn count_only_what_changed(serve: impl AsyncFn(String, bool) -> Server) {
    // The version at which the last operation comes.
    for (case, (met, operations)) in [
        (1, &(|_: &str, staff: &str| vec![add(staff, GHOST)]) as &dyn Fn(&str, &str) -> Vec<Value>),
        (1, &|ana, staff| vec![add(staff, ana), add(staff, GHOST)]),
        (1, &|ana, staff| vec![replace(staff, &[ana, GHOST])]),
        (2, &|_, staff| {
            vec![create("new", "/Users", json!({"schemas": [USER], "userName": "new"})), add(staff, "bulkId:new"), add(staff, GHOST)]
        }),
        (2, &|_, staff| vec![rename(staff, "Crew"), add(staff, GHOST)]),
        (2, &|ana, _| vec![delete(&format!("/Users/{ana}"))]),
        (3, &|ana, staff| vec![rename(staff, "Crew"), delete(&format!("/Users/{ana}")), add(staff, GHOST)]),
        (2, &|_, staff| vec![add(staff, GHOST), rename(staff, "Staff"), replace(staff, &[])]),
    ]
    .into_iter()
    .enumerate()
    {
        for version in 1..=4 {
            for (last, name) in [(true, "delete"), (false, "rename")] {
                let operations = |ana: &str, staff: &str| {
                    let mut operations = operations(ana, staff);
                    let last = if last { delete(&format!("/Groups/{staff}")) } else { rename(staff, "Team") };
                    operations.push(at(version, last));
                    operations
                };
                let singly = outcomes(&serve(format!("{case} {version} {name} singly"), false).await, &operations).await;
                let as_one = outcomes(&serve(format!("{case} {version} {name} as one"), true).await, &operations).await;
                let (singly_last, as_one_last) = (&singly[singly.len() - 1][0], &as_one[as_one.len() - 1][0]);
                if version == met {
                    assert_eq!((singly_last.as_str(), &as_one), (Some("204"), &singly), "case {case}, {name} at {version}");
                } else {
                    assert_eq!(
                        (singly_last.as_str(), as_one_last.as_str()),
                        (Some("412"), Some("412")),
                        "case {case}, {name} at {version}"
                    );
                    assert!(as_one[..as_one.len() - 1].iter().all(|outcome| outcome[0] == "409"), "{as_one:?}");
                }
            }
        }
    }
    // Also what changes nothing itself tells the version that there is then; and so it is with what the request creates.
    for (case, operations) in [
        &(|ana: &str, staff: &str| {
            vec![
                add(staff, GHOST),
                rename(staff, "Staff"),
                delete(&format!("/Users/{ana}")),
                rename(staff, "Staff"),
                at(2, rename(staff, "Staff")),
            ]
        }) as &dyn Fn(&str, &str) -> Vec<Value>,
        &|ana, _| {
            let group = create("g", "/Groups", json!({"schemas": [GROUP], "displayName": "G", "members": [{"value": GHOST}]}));
            vec![group, add("bulkId:g", GHOST), at(1, add("bulkId:g", ana)), add("bulkId:g", ana), at(2, rename("bulkId:g", "G"))]
        },
    ]
    .into_iter()
    .enumerate()
    {
        let singly = outcomes(&serve(format!("{case} singly"), false).await, operations).await;
        let as_one = outcomes(&serve(format!("{case} as one"), true).await, operations).await;
        assert_eq!((singly[4].clone(), &as_one), (json!(["204", "W/\"2\""]), &singly), "case {case}");
    }
}

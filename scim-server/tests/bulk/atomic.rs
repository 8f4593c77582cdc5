//! The option that makes each bulk request one unit.

use serde_json::json;

use super::*;

#[tokio::test]
async fn if_one_operation_fails_nothing_of_the_request_was_done() {
    let wrong = [
        (post("w", "/Users", json!({"schemas": [USER]})), "400"),
        (post("w", "/Users", user("BEN")), "409"),
        (post("w", "/Groups", group("W", &["ghost"])), "400"),
        (delete("/Users/2819c223-7f76-453a-919d-413861904646"), "404"),
        (json!({"method": "GET", "path": "/Users/1"}), "400"),
    ];
    for (wrong, status) in wrong {
        for place in 0..=4 {
            let server = atomic_server();
            let ben = create(&server, "/Users", &user("ben")).await;
            let before = everything(&server).await;
            let mut operations = vec![
                post("a", "/Users", user("ana")),
                patch(&format!("/Users/{ben}"), json!([{"op": "add", "path": "title", "value": "x"}])),
                post("g", "/Groups", group("G", &["bulkId:a", &ben])),
                delete("/Groups/bulkId:g"),
            ];
            operations.insert(place, wrong.clone());
            let results = bulk(&server, operations).await;
            assert_eq!(everything(&server).await, before, "{wrong}");
            for (number, result) in results.iter().enumerate() {
                if number == place {
                    assert_eq!(result["status"], status, "{result}");
                } else {
                    assert_eq!(result["status"], "409", "{result}");
                    assert!(detail(result).contains(&format!("operation {}", place + 1)), "{result}");
                }
            }
        }
    }
}

#[tokio::test]
async fn an_operation_sees_what_those_before_it_will_leave() {
    let server = atomic_server();
    let boss = create(&server, "/Users", &user("boss")).await;
    let mut ana = json!({"schemas": [USER, ENTERPRISE], "userName": "ana", (ENTERPRISE): {"manager": {"value": boss}}});
    let ana_id = create(&server, "/Users", &ana).await;
    let staff = create(&server, "/Groups", &group("Staff", &[&boss, &ana_id])).await;
    ana["title"] = json!("Guide");
    let results = bulk(
        &server,
        vec![
            // The document of ana no longer has its manager when it is patched.
            delete(&format!("/Users/{boss}")),
            patch(&format!("/Users/{ana_id}"), json!([{"op": "add", "path": "title", "value": "Guide"}])),
            // A filter over the members, of which one is gone and one has come.
            patch(&format!("/Groups/{staff}"), json!([{"op": "add", "path": "members", "value": [{"value": "bulkId:new"}]}])),
            post("new", "/Users", user("new")),
            patch(&format!("/Groups/{staff}"), json!([{"op": "remove", "path": format!("members[value ne \"{ana_id}\"]")}])),
            put(
                &format!("/Groups/{staff}"),
                json!({"schemas": [GROUP], "displayName": "Team", "members": [{"value": ana_id}, {"value": "bulkId:new"}]}),
            ),
        ],
    )
    .await;
    assert_eq!(statuses(&results), ["204", "200", "204", "201", "204", "200"], "{results:?}");
    let shown = server.get(&format!("/Users/{ana_id}")).await.body;
    assert_eq!((&shown["title"], shown.get(ENTERPRISE)), (&json!("Guide"), None));
    let mut expected = [ana_id, id(&results[3])];
    expected.sort();
    assert_eq!(members(&server, &staff).await, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_race_is_decided_anew() {
    for server in [server(), atomic_server()] {
        let server = std::sync::Arc::new(server);
        let ana = create(&server, "/Users", &user("ana")).await;
        let path = format!("/Users/{ana}");
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..4 {
            let (server, path) = (server.clone(), path.clone());
            writers.spawn(async move {
                for round in 0..10 {
                    let email = json!([{"op": "add", "path": "emails", "value": [{"value": format!("{writer}.{round}@example.com")}]}]);
                    let results = bulk(&server, vec![patch(&path, email), post("x", "/Users", user(&format!("{writer}.{round}")))]).await;
                    assert_eq!(statuses(&results), ["200", "201"], "{results:?}");
                }
            });
        }
        while let Some(writer) = writers.join_next().await {
            writer.expect("each request is carried out");
        }
        assert_eq!(server.get(&path).await.body["emails"].as_array().map(Vec::len), Some(40));
        assert_eq!(server.get("/Users?count=0").await.body["totalResults"], 41);
    }
}

/// What is answered to the operations one after the other, each on its own; and as one unit.
async fn singly_and_as_one(profile: Profile, operations: impl Fn(&str, &str) -> Vec<Value>) -> [Vec<Value>; 2] {
    let mut answers = Vec::new();
    for atomic in [false, true] {
        let server = Server::new(endpoint(scim_server("acme", profile).with_atomic_bulk(atomic)));
        let ana = create(&server, "/Users", &user("ana")).await;
        let staff = create(&server, "/Groups", &group("Staff", &[&ana])).await;
        let outcome = |result: &Value| json!([result["status"], result["version"]]);
        answers.push(bulk(&server, operations(&ana, &staff)).await.iter().map(outcome).collect());
    }
    answers.try_into().expect("two answers")
}

/// RFC: 7644-3.7-09
#[tokio::test]
async fn a_version_counts_only_those_operations_before_it_that_changed_something() {
    const GHOST: &str = "2819c223-7f76-453a-919d-413861904646";
    let add = |staff: &str, member: &str| {
        patch(&format!("/Groups/{staff}"), json!([{"op": "add", "path": "members", "value": [{"value": member}]}]))
    };
    let named =
        |staff: &str, name: &str| patch(&format!("/Groups/{staff}"), json!([{"op": "replace", "path": "displayName", "value": name}]));
    let at = |version: u64, mut operation: Value| {
        operation["version"] = json!(format!("W/\"{version}\""));
        operation
    };
    let replacement = |staff: &str, members: &[&str]| put(&format!("/Groups/{staff}"), group("Staff", members));
    // An unknown member is left out (ENTRA), one that is there already comes not again, a deleted one goes.
    for version in 1..=4 {
        let later = |staff: &str| at(version, named(staff, "Team"));
        for (expected, operations) in [
            (1, &(|_: &str, staff: &str| vec![add(staff, GHOST), later(staff)]) as &dyn Fn(&str, &str) -> Vec<Value>),
            (1, &|ana, staff| vec![add(staff, ana), later(staff)]),
            (1, &|ana, staff| vec![add(staff, ana), add(staff, GHOST), at(version, delete(&format!("/Groups/{staff}")))]),
            (1, &|ana, staff| vec![replacement(staff, &[ana, GHOST]), later(staff)]),
            (2, &|_, staff| vec![post("new", "/Users", user("new")), add(staff, "bulkId:new"), add(staff, GHOST), later(staff)]),
            (2, &|_, staff| vec![named(staff, "Crew"), add(staff, GHOST), later(staff)]),
            (2, &|ana, staff| vec![delete(&format!("/Users/{ana}")), later(staff)]),
            (3, &|ana, staff| vec![named(staff, "Crew"), delete(&format!("/Users/{ana}")), add(staff, GHOST), later(staff)]),
            (1, &|_, _| vec![post("g", "/Groups", group("G", &[])), add("bulkId:g", GHOST), later("bulkId:g")]),
        ] {
            let [singly, as_one] = singly_and_as_one(Profile::ENTRA, operations).await;
            let last = singly.last().expect("an operation")[0].clone();
            if version == expected {
                assert!(last == "204", "{singly:?}");
                assert_eq!(as_one, singly, "at {version}");
            } else {
                assert_eq!((&last, &as_one.last().expect("an operation")[0]), (&json!("412"), &json!("412")), "at {version}: {as_one:?}");
                assert!(as_one[..as_one.len() - 1].iter().all(|outcome| outcome[0] == "409"), "{as_one:?}");
            }
        }
    }
    // Also what changes nothing itself tells the version that there is then.
    let [singly, as_one] = singly_and_as_one(Profile::ENTRA, |ana, staff| {
        vec![
            add(staff, GHOST),
            named(staff, "Staff"),
            delete(&format!("/Users/{ana}")),
            named(staff, "Staff"),
            at(2, named(staff, "Staff")),
        ]
    })
    .await;
    assert_eq!(singly[3], json!(["204", "W/\"2\""]));
    assert_eq!(as_one, singly);
}

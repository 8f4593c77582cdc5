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

/// RFC: 7644-3.7-09
#[tokio::test]
async fn a_version_counts_only_those_operations_before_it_that_changed_something() {
    versions::count_only_what_changed(async |tenant, atomic| serve(scim_server(&tenant, Profile::ENTRA).with_atomic_bulk(atomic))).await;
}

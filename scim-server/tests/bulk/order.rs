//! The order in which operations are carried out (RFC 7644 §3.7, §3.7.1; S43).

use serde_json::json;

use super::*;

/// RFC: 7644-3.7.1-01
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_groups_and_a_user_that_name_each_other_are_created_in_every_order() {
    circle::in_every_order(async |tenant| serve(scim_server(&tenant, Profile::RFC))).await;
}

/// RFC: 7644-3.7-20
#[tokio::test]
async fn operations_are_carried_out_as_they_stand() {
    for server in [server(), atomic_server()] {
        let ana = create(&server, "/Users", &user("ana")).await;
        let path = format!("/Users/{ana}");
        let titled = |title: &str| patch(&path, json!([{"op": "replace", "path": "title", "value": title}]));
        let results = bulk(
            &server,
            vec![
                titled("a"),
                titled("b"),
                put(&path, user("hannah")),
                titled("c"),
                post("1", "/Users", user("ana")),
                delete(&path),
                post("2", "/Users", user("hannah")),
                patch("/Users/bulkId:1", json!([{"op": "replace", "path": "userName", "value": "ana2"}])),
                post("3", "/Users", user("ana")),
                delete("/Users/bulkId:3"),
                post("4", "/Users", user("ana")),
            ],
        )
        .await;
        assert_eq!(statuses(&results), ["200", "200", "200", "200", "201", "204", "201", "200", "201", "204", "201"], "{results:?}");
        let versions: Vec<Option<&str>> = results.iter().map(|result| result["version"].as_str()).collect();
        assert_eq!(versions[..5], [Some("W/\"2\""), Some("W/\"3\""), Some("W/\"4\""), Some("W/\"5\""), Some("W/\"1\"")]);
        let names = server.get("/Users?attributes=userName").await.body;
        let mut names: Vec<&str> =
            names["Resources"].as_array().expect("users").iter().filter_map(|user| user["userName"].as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["ana", "ana2", "hannah"]);
    }
}

#[tokio::test]
async fn what_is_needed_earlier_is_done_earlier_and_nothing_else_is() {
    let server = server();
    let ana = create(&server, "/Users", &user("ana")).await;
    let staff = create(&server, "/Groups", &group("Staff", &[])).await;
    let results = bulk(
        &server,
        vec![
            patch(
                &format!("/Groups/{staff}"),
                json!([{"op": "add", "path": "members", "value": [{"value": "bulkId:new"}, {"value": ana}]}]),
            ),
            patch(&format!("/Groups/{staff}"), json!([{"op": "remove", "path": "members"}])),
            delete(&format!("/Users/{ana}")),
            // It stands before the deletion that would make its name free.
            post("new", "/Users", user("new")),
            post("ana", "/Users", user("ana")),
        ],
    )
    .await;
    assert_eq!(statuses(&results), ["204", "204", "204", "201", "201"], "{results:?}");
    assert_eq!(members(&server, &staff).await, [""; 0]);
}

#[tokio::test]
async fn what_was_deleted_in_the_request_is_gone_for_the_rest_of_it() {
    for (server, expected) in
        [(server(), ["204", "404", "404", "404", "400", "201"]), (atomic_server(), ["409", "404", "409", "409", "409", "409"])]
    {
        let ana = create(&server, "/Users", &user("ana")).await;
        let path = format!("/Users/{ana}");
        let before = everything(&server).await;
        let results = bulk(
            &server,
            vec![
                delete(&path),
                put(&path, user("ana")),
                patch(&path, json!([{"op": "add", "path": "title", "value": "x"}])),
                delete(&path),
                post("g", "/Groups", group("G", &[&ana])),
                post("u", "/Users", user("ana")),
            ],
        )
        .await;
        assert_eq!(statuses(&results), expected, "{results:?}");
        if expected[0] == "409" {
            assert_eq!(everything(&server).await, before);
        }
    }
}

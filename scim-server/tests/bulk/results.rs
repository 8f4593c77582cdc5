//! What is answered to each operation (RFC 7644 §3.7.3; S11, S42, S43).

use serde_json::json;

use super::*;

/// RFC: 7644-3.1-04
/// RFC: 7644-3.7-03 7644-3.7-05 7644-3.7-06 7644-3.7-12 7644-3.7-14 7644-3.7-16 7644-3.7-18 7644-3.7.3-01 7644-3.7.3-02 7644-3.7.3-03
#[tokio::test]
async fn each_operation_has_its_result_in_the_order_of_the_request() {
    let server = server();
    let (ana, ben, cleo) = (
        create(&server, "/Users", &user("ana")).await,
        create(&server, "/Users", &user("ben")).await,
        create(&server, "/Users", &user("cleo")).await,
    );
    let staff = create(&server, "/Groups", &group("Staff", &[])).await;
    let message = json!({"schemas": [BULK_REQUEST], "failOnErrors": 9, "Operations": [
        post("new", "/Users", user("new")),
        put(&format!("/Users/{ana}"), json!({"schemas": [USER], "userName": "hannah"})),
        patch(&format!("/Users/{ben}"), json!([{"op": "add", "path": "title", "value": "Guide"}])),
        patch(&format!("/Users/{ben}"), json!([{"op": "add", "path": "title", "value": "Guide"}])),
        patch(&format!("/Groups/{staff}"), json!([{"op": "add", "path": "members", "value": [{"value": ben}]}])),
        delete(&format!("/Users/{cleo}")),
    ]});
    let answer = send(&server, "POST", "/Bulk", &message).await;
    assert_eq!((answer.status, &answer.body["schemas"]), (200, &json!([BULK_RESPONSE])));
    assert!(answer.body.get("failOnErrors").is_none());
    let results = answer.body["Operations"].as_array().expect("results");
    let new = id(&results[0]);
    let expected = json!([
        {"location": format!("{BASE}/Users/{new}"), "method": "POST", "bulkId": "new", "version": "W/\"1\"", "status": "201"},
        {"location": format!("{BASE}/Users/{ana}"), "method": "PUT", "version": "W/\"2\"", "status": "200"},
        {"location": format!("{BASE}/Users/{ben}"), "method": "PATCH", "version": "W/\"2\"", "status": "200"},
        {"location": format!("{BASE}/Users/{ben}"), "method": "PATCH", "version": "W/\"2\"", "status": "200"},
        {"location": format!("{BASE}/Groups/{staff}"), "method": "PATCH", "version": "W/\"2\"", "status": "204"},
        {"location": format!("{BASE}/Users/{cleo}"), "method": "DELETE", "status": "204"},
    ]);
    assert_eq!(answer.body["Operations"], expected);
    for (result, path) in results.iter().zip([&new, &ana, &ben]) {
        let shown = server.get(&format!("/Users/{path}")).await;
        assert_eq!((shown.status, &shown.body["meta"]["version"]), (200, &result["version"]));
    }
    assert_eq!(server.get(&format!("/Users/{cleo}")).await.status, 404);
    assert_eq!(members(&server, &staff).await, [ben]);
}

/// RFC: 7644-3.7-13 7644-3.7-15 7644-3.7-17 7644-3.7-23 7644-3.7.3-04 7644-3.7.3-06 7644-3.12-27
#[tokio::test]
async fn what_fails_says_why_and_the_rest_is_done() {
    let server = server();
    let ana = create(&server, "/Users", &user("ana")).await;
    let ghost = "/Users/2819c223-7f76-453a-919d-413861904646";
    let table = [
        (post("1", "/Users", user("ANA")), "409", Some("uniqueness")),
        (post("2", "/Users", json!({"schemas": [USER]})), "400", Some("invalidValue")),
        (put(ghost, user("x")), "404", None),
        (delete(ghost), "404", None),
        (patch(&format!("/Users/{ana}"), json!([{"op": "replace", "path": "id", "value": "x"}])), "400", Some("mutability")),
        (
            patch(&format!("/Users/{ana}"), json!([{"op": "replace", "path": "emails[type eq \"x\"].value", "value": "y"}])),
            "400",
            Some("noTarget"),
        ),
        (json!({"method": "PUT", "path": format!("/Users/{ana}"), "version": "W/\"7\"", "data": user("x")}), "412", None),
        (json!({"method": "DELETE", "path": format!("/Users/{ana}"), "version": "W/\"7\""}), "412", None),
        (json!({"method": "DELETE", "path": format!("/Users/{ana}"), "version": "7"}), "400", Some("invalidValue")),
        (post("3", "/Widgets", user("x")), "404", None),
    ];
    let mut operations: Vec<Value> = table.iter().map(|(operation, ..)| operation.clone()).collect();
    operations.push(post("last", "/Users", user("last")));
    let results = bulk(&server, operations).await;
    assert_eq!(results.len(), table.len() + 1);
    for ((operation, status, scim_type), result) in table.iter().zip(&results) {
        let response = &result["response"];
        assert_eq!((&result["status"], response["scimType"].as_str()), (&json!(status), *scim_type), "{operation}: {result}");
        assert_eq!(response["schemas"], json!([ERROR]));
        assert_eq!(response["status"], result["status"]);
        assert!(detail(result).len() > 12, "{result}");
        let is_post = operation["method"] == "POST";
        assert_eq!(result.get("location").is_none(), is_post, "{result}");
        assert!(
            result.get("version").is_none() && result["method"] == operation["method"] && result["bulkId"] == operation["bulkId"],
            "{result}"
        );
    }
    assert_eq!(results[table.len()]["status"], "201");
    assert_eq!(server.get("/Users").await.body["totalResults"], 2);
    assert_eq!(server.get(&format!("/Users/{ana}")).await.body["userName"], "ana");
}

/// RFC: 7644-3.7-07 7644-3.7-08 7644-3.7-10 7644-3.7-11
#[tokio::test]
async fn an_operation_that_is_no_request_fails_alone() {
    let server = server();
    let ana = create(&server, "/Users", &user("ana")).await;
    let own = format!("/Users/{ana}");
    for (operation, said) in [
        (json!(1), "an object"),
        (json!({}), "`method`"),
        (json!({"method": 1, "path": "/Users"}), "`method`"),
        (json!({"method": "GET", "path": own}), "`GET`"),
        (json!({"method": "HEAD", "path": own}), "`HEAD`"),
        (json!({"method": "DELETE"}), "`path`"),
        (json!({"method": "DELETE", "path": 1}), "`path`"),
        (json!({"method": "DELETE", "path": "/Users"}), "/Users/{id}"),
        (json!({"method": "PUT", "path": "/Users", "data": user("x")}), "/Users/{id}"),
        (post("x", &own, user("x")), "resource type"),
        (json!({"method": "POST", "path": "/Users", "data": user("x")}), "`bulkId`"),
        (json!({"method": "POST", "path": "/Users", "bulkId": "", "data": user("x")}), "`bulkId`"),
        (json!({"method": "POST", "path": "/Users", "bulkId": 1, "data": user("x")}), "`bulkId`"),
        (json!({"method": "POST", "path": "/Users", "bulkId": "x"}), "`data`"),
        (json!({"method": "POST", "path": "/Users", "bulkId": "x", "data": null}), "`data`"),
        (json!({"method": "POST", "path": "/Users", "bulkId": "x", "data": [user("x")]}), "`data`"),
        (json!({"method": "PUT", "path": own, "data": "x"}), "`data`"),
        (json!({"method": "PATCH", "path": own}), "`data`"),
        (json!({"method": "PATCH", "path": own, "data": {}}), "`Operations`"),
        (json!({"method": "PATCH", "path": own, "data": 1}), "PatchOp"),
        (json!({"method": "DELETE", "path": own, "version": 1}), "`version`"),
        (post("x", "/Bulk", json!({"Operations": [delete(&own)]})), "`path`"),
        (post("x", "/Users/.search", json!({})), "`path`"),
        (post("x", "/.search", json!({})), "`path`"),
        (post("x", "/Me", user("x")), "`path`"),
        (delete("/Schemas/urn:x"), "`path`"),
        (delete("/ServiceProviderConfig"), "`path`"),
    ] {
        let before = everything(&server).await;
        let results = bulk(&server, vec![operation.clone()]).await;
        assert_eq!(statuses(&results), ["400"], "{operation}: {results:?}");
        assert!(detail(&results[0]).contains(said), "{operation}: {results:?}");
        assert_eq!(everything(&server).await, before, "{operation}");
    }
    let results = bulk(&server, vec![post("x", "/Users", user("one")), post("x", "/Users", user("two"))]).await;
    assert_eq!(statuses(&results), ["201", "400"]);
    assert!(detail(&results[1]).contains("operation 1"), "{results:?}");
}

/// RFC: 7644-3.7-02 7644-3.7-06 7644-3.12-29
#[tokio::test]
async fn a_message_that_is_no_bulk_request_is_refused_whole() {
    let server = server();
    let strict = serve(scim_server("acme", Profile::STRICT));
    let one = json!([post("x", "/Users", user("x"))]);
    for (message, scim_type) in [
        (json!({"schemas": [BULK_REQUEST]}), "invalidSyntax"),
        (json!({"schemas": [BULK_REQUEST], "Operations": {}}), "invalidSyntax"),
        (json!({"schemas": [BULK_REQUEST], "Operations": []}), "invalidSyntax"),
        (json!({"schemas": [PATCH_OP], "Operations": one}), "invalidSyntax"),
        (json!({"schemas": BULK_REQUEST, "Operations": one}), "invalidSyntax"),
        (json!({"schemas": [BULK_REQUEST], "failOnErrors": 0, "Operations": one}), "invalidValue"),
        (json!({"schemas": [BULK_REQUEST], "failOnErrors": -1, "Operations": one}), "invalidValue"),
        (json!({"schemas": [BULK_REQUEST], "failOnErrors": 1.5, "Operations": one}), "invalidValue"),
        (json!({"schemas": [BULK_REQUEST], "failOnErrors": "1", "Operations": one}), "invalidValue"),
        (json!({"schemas": [BULK_REQUEST], "Operations": one, "operations": one}), "invalidSyntax"),
        (json!({"schemas": [BULK_REQUEST], "Schemas": [BULK_REQUEST], "Operations": one}), "invalidSyntax"),
        (json!({"schemas": [BULK_REQUEST], "failOnErrors": 1, "FailOnErrors": 2, "Operations": one}), "invalidSyntax"),
        (json!({"schemas": [BULK_REQUEST], "Operations": [{"method": "DELETE", "Method": "PUT", "path": "/Users/x"}]}), "invalidSyntax"),
        (json!([]), "invalidSyntax"),
    ] {
        for server in [&server, &strict] {
            let answer = send(server, "POST", "/Bulk", &message).await;
            assert_eq!((answer.status, answer.body["scimType"].as_str()), (400, Some(scim_type)), "{message}: {}", answer.body);
        }
    }
    let bare = json!({"Operations": one});
    assert_eq!(send(&strict, "POST", "/Bulk", &bare).await.status, 400);
    assert_eq!(server.get("/Users").await.body["totalResults"], 0);
    // Members and methods in any case, and a list of PATCH operations alone.
    let results =
        send_message(&server, &json!({"operations": [{"METHOD": "post", "Path": "Users/", "bulkid": "x", "DATA": user("x")}]})).await;
    assert_eq!((statuses(&results), &results[0]["method"]), (vec!["201"], &json!("POST")));
    let bare = json!({"method": "patch", "path": format!("{BASE}/Users/{}", id(&results[0])), "data": [{"op": "add", "path": "title", "value": "t"}]});
    assert_eq!(statuses(&bulk(&server, vec![bare]).await), ["200"]);
}

/// RFC: 7644-3.7-04 7644-3.7-21 7644-3.7.3-05
#[tokio::test]
async fn after_so_many_errors_the_rest_is_not_processed() {
    let wrong = |number: usize| post(&format!("w{number}"), "/Users", json!({"schemas": [USER]}));
    let right = |number: usize| post(&number.to_string(), "/Users", user(&format!("user{number}")));
    let taken = |number: usize| post(&format!("t{number}"), "/Users", user("user0"));
    for (limit, processed) in
        [(1, vec!["201", "400"]), (2, vec!["201", "400", "201", "409"]), (3, vec!["201", "400", "201", "409", "201", "400"])]
    {
        for atomic in [false, true] {
            let server = if atomic { atomic_server() } else { server() };
            let operations = [right(0), wrong(1), right(2), taken(3), right(4), wrong(5), right(6)];
            let message = json!({"schemas": [BULK_REQUEST], "failOnErrors": limit, "Operations": operations});
            let results = send_message(&server, &message).await;
            if atomic {
                // One unit knows no rest.
                assert_eq!((results.len(), server.get("/Users").await.body["totalResults"].clone()), (7, json!(0)));
                continue;
            }
            assert_eq!(statuses(&results), processed);
            let created = processed.iter().filter(|status| **status == "201").count();
            assert_eq!(server.get("/Users").await.body["totalResults"], created);
        }
    }
    let all = send_message(&server(), &json!({"failOnErrors": 1_000_000, "Operations": (0..5).map(wrong).collect::<Vec<_>>()})).await;
    assert_eq!(all.len(), 5);
}

/// RFC: 7644-3.7-09
#[tokio::test]
async fn a_version_is_that_of_the_moment_when_its_operation_comes() {
    for server in [server(), atomic_server()] {
        let ana = create(&server, "/Users", &user("ana")).await;
        let path = format!("/Users/{ana}");
        let titled = |title: &str, version: &str| json!({"method": "PATCH", "path": path, "version": version, "data": [{"op": "add", "path": "title", "value": title}]});
        let results = bulk(&server, vec![titled("a", "W/\"1\""), titled("b", "W/\"2\""), titled("c", "*")]).await;
        assert_eq!(statuses(&results), ["200"; 3], "{results:?}");
        let results = bulk(&server, vec![titled("d", "W/\"4\""), titled("e", "W/\"4\"")]).await;
        assert_eq!(results[1]["status"], "412", "{results:?}");
    }
}

/// RFC: 7643-4.1.1-16
#[tokio::test]
async fn a_password_is_nowhere_in_the_answer() {
    let server = server();
    let mut ana = user("ana");
    ana["password"] = json!("bulkId:t0p-s3cret");
    let mut ben = user("ben");
    ben["password"] = json!("t0p-s3cret");
    ben["emails"] = json!("wrong");
    let operations = vec![post("a", "/Users", ana), post("b", "/Users", ben.clone()), put("/Users/bulkId:a", ben)];
    let results = bulk(&server, operations).await;
    assert_eq!(statuses(&results), ["201", "400", "400"], "{results:?}");
    assert!(!json!(results).to_string().contains("s3cret"), "{results:?}");
}
